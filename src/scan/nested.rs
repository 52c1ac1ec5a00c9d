//! Pickles inside the strings of a pickle: as they are, in base64 or hex, behind zlib or gzip.
//!
//! Loading the outer pickle does not load them, but something will: nobody puts a pickle into a string for nothing. So they
//! are judged as if they were loaded.

use super::{report::Verdict, run, world::World};
use miniz_oxide::inflate;

/// How far nested pickles are followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nested {
    /// How many levels more.
    depth: usize,
    /// How many bytes more, unpacked.
    budget: usize,
}

/// Coatings around one pickle.
const LAYERS: usize = 4;

/// What a string may unpack to at most.
const UNPACKED: usize = 16 << 20;

/// How many places behind a pickle are tried.
const SEARCHED: usize = 64;

/// Shorter ones do nothing.
const SHORTEST: usize = 8;

impl Nested {
    pub(super) fn new(input: usize) -> Self {
        Nested {
            depth: 4,
            budget: (64 << 20) + input,
        }
    }

    /// Nothing nested is looked at.
    pub(super) fn none() -> Self {
        Nested { depth: 0, budget: 0 }
    }

    /// Whether these bytes could be a pickle or a packed one, at the first glance.
    #[inline(always)]
    pub(super) fn suspects_bytes(&self, bytes: &[u8]) -> bool {
        bytes.len() >= SHORTEST && (is_pickle(bytes) || is_packed(bytes) || is_spelled(bytes))
    }

    /// The same for a text.
    #[inline(always)]
    pub(super) fn suspects_text(&self, text: &[u8]) -> bool {
        text.len() >= SHORTEST
            && (is_spelled(text) || matches!(text, [b'c' | b'(' | b']' | b'}', ..]) && is_pickle(text))
    }
}

/// Whether bytes begin as a pickle does that imports something.
#[inline(always)]
fn is_pickle(bytes: &[u8]) -> bool {
    match bytes {
        [0x80, 0..=5, ..] => true,
        [b'c', line @ ..] => is_import(line),
        [
            b'(' | b']' | b'}',
            b'c' | b'(' | b']' | b'}' | b'S' | b'V' | b'X' | b'I' | b'K' | b'N' | b'q' | b'l' | b'd' | b'p',
            ..,
        ] => true,
        _ => false,
    }
}

/// Whether bytes begin as a pickle does, among other bytes: with PROTO or GLOBAL.
fn is_pickle_start(bytes: &[u8]) -> bool {
    match bytes {
        [0x80, 0..=5, next, ..] => crate::opcode::Info::of(*next).is_some(),
        [b'c', line @ ..] => is_import(line),
        [b'(', b'c', line @ ..] => is_import(line),
        _ => false,
    }
}

/// Two lines of names, as behind GLOBAL.
fn is_import(line: &[u8]) -> bool {
    // Names are short; no more is looked at.
    let line = line.get(..400).unwrap_or(line);
    let mut lines = line.splitn(3, |byte| *byte == b'\n');
    let is_name = |line: &[u8]| {
        !line.is_empty()
            && line.len() < 200
            && line
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
    };
    matches!((lines.next(), lines.next(), lines.next()), (Some(module), Some(name), Some(_)) if is_name(module) && is_name(name))
}

fn is_packed(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] | [0x1f, 0x8b, 0x08, ..])
}

/// Whether a text begins as base64 or hex of something of interest does.
#[inline(always)]
fn is_spelled(text: &[u8]) -> bool {
    match text {
        // Base64 of a PROTO, of zlib and gzip, of `c` and of `(`; hex of the same; a PROTO read as Latin-1.
        [b'g', b'A', b'I'..=b'X', ..] | [b'e', b'A' | b'F' | b'J' | b'N', ..] | [b'H', b'4', b's', b'I', ..] => true,
        [b'Y', b'0'..=b'9' | b'W'..=b'Z' | b'a'..=b'z', ..] | [b'K', b'A'..=b'Z', ..] => is_alphabet(text),
        [b'8', b'0', b'0', b'2'..=b'5', ..] | [b'6', b'3', b'2' | b'5' | b'6' | b'7', ..] => is_alphabet(text),
        [0xc2, 0x80, 2..=5, ..] => true,
        _ => false,
    }
}

/// Whether what begins the text is all letters and digits of base64, so that words of a language rarely pass.
fn is_alphabet(text: &[u8]) -> bool {
    text.len() >= 16 && text.iter().take(16).all(|byte| sextet(*byte).is_some())
}

/// What a character of base64 stands for, in both alphabets.
fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// What base64 stands for, up to what is none; line ends do not matter.
fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text {
        if matches!(byte, b'\n' | b'\r') {
            continue;
        }
        let Some(value) = sextet(*byte) else { break };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

/// What hex digits stand for, up to what is none.
fn hex(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    (text.chunks_exact(2))
        .map_while(|pair| match pair {
            [high, low] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
            _ => None,
        })
        .collect()
}

/// Latin-1 text of UTF-8, as bytes, up to what is none.
fn latin1(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    text.chars().map_while(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// One coating less, and what it was.
fn unpack(bytes: &[u8], limit: usize) -> Option<(Vec<u8>, &'static str)> {
    let inflated = |outcome: Result<Vec<u8>, inflate::DecompressError>| match outcome {
        Ok(bytes) => bytes,
        // What could be unpacked up to a limit or an error is of interest, too.
        Err(error) => error.output,
    };
    match bytes {
        [0x78, ..] => Some((
            inflated(inflate::decompress_to_vec_zlib_with_limit(bytes, limit)),
            "zlib",
        )),
        [0x1f, 0x8b, 8, flags, ..] => {
            let mut at = 10;
            if flags & 4 != 0 {
                let extra = bytes.get(at..at + 2)?;
                at += 2 + usize::from(u16::from_le_bytes([extra[0], extra[1]]));
            }
            for flag in [8, 16] {
                if flags & flag != 0 {
                    at += bytes.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
                }
            }
            at += usize::from(flags & 2);
            Some((
                inflated(inflate::decompress_to_vec_with_limit(bytes.get(at..)?, limit)),
                "gzip",
            ))
        }
        [0xc2, 0x80, ..] => Some((latin1(bytes), "text")),
        [b'8', b'0', ..] | [b'6', b'3', ..] => Some((hex(bytes), "hex")),
        _ if is_spelled(bytes) => Some((base64(bytes), "base64")),
        _ => None,
    }
}

impl World<'_, '_> {
    /// Looks into a string that could hold a pickle.
    #[cold]
    pub(super) fn note_nested(&mut self, bytes: &[u8], is_text: bool) {
        let place = format!("{} at byte {}", if is_text { "str" } else { "bytes" }, self.offset);
        self.look_into(bytes, place);
    }

    /// Looks for pickles in what stands behind the last one, or behind a break: a program that skips some bytes may read
    /// them.
    #[cold]
    pub(super) fn search(&mut self, from: usize) {
        let input = self.input;
        let mut tries = SEARCHED;
        for at in from..input.len() {
            let rest = input.get(at..).unwrap_or_default();
            if rest.len() < SHORTEST || !(is_pickle_start(rest) || is_packed(rest)) {
                continue;
            }
            if tries == 0 || self.look_into(rest, format!("bytes from {at}")) {
                return;
            }
            tries -= 1;
        }
    }

    /// Judges a string that could hold a pickle. Says whether it did, and whether that matters.
    fn look_into(&mut self, bytes: &[u8], mut place: String) -> bool {
        let Some(depth) = self.nested.depth.checked_sub(1) else {
            return false;
        };
        let mut unpacked: Vec<u8>;
        let mut found = bytes;
        for _ in 0..LAYERS {
            if is_pickle(found) {
                break;
            }
            let limit = UNPACKED.min(self.nested.budget);
            let Some((inner, coating)) = unpack(found, limit) else {
                return false;
            };
            self.nested.budget = self.nested.budget.saturating_sub(inner.len());
            place = format!("{place} ({coating})");
            unpacked = inner;
            found = &unpacked;
        }
        if !is_pickle(found) || found.len() > self.nested.budget {
            return false;
        }
        let nested = Nested {
            depth,
            budget: self.nested.budget - found.len(),
        };
        let (report, nested) = run::judge(found, self.policy, self.options, nested);
        self.nested.budget = nested.budget;
        // A string that happens to begin like a pickle is none: it is broken, or imports nothing.
        let complete = report.pickles.first().is_some_and(|pickle| pickle.complete);
        let counts = match report.verdict {
            Verdict::Dangerous => true,
            Verdict::Broken => false,
            _ => complete && !report.imports.is_empty(),
        };
        if counts {
            let findings = self.options.findings;
            let before = self.report.findings.len();
            self.report.absorb(report, &place, findings);
            let added = self.report.findings.len() - before;
            self.add_subjects(added);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coatings_come_off() {
        assert_eq!(base64(b"gASVBQ=="), b"\x80\x04\x95\x05");
        assert_eq!(base64(b"Y29zCnN5\nc3RlbQo="), b"cos\nsystem\n");
        assert_eq!(hex(b"80049g"), b"\x80\x04");
        assert_eq!(latin1("\u{80}\u{4}a".as_bytes()), b"\x80\x04a");
    }

    #[test]
    fn words_are_no_suspects() {
        let nested = Nested::new(0);
        for word in [
            "the name of a thing",
            "customer_name",
            "(see the note)",
            "Yesterday it rained",
            "eat something",
            "80000 miles",
        ] {
            let spelled = nested.suspects_text(word.as_bytes());
            assert!(!spelled, "{word}");
        }
        for packed in [
            "gASVJAAAAAAAAACMBXBvc2l4",
            "Y29zCnN5c3RlbQooUydpZCcKdFIu",
            "cos\nsystem\n(S'id'\ntR.",
        ] {
            assert!(nested.suspects_text(packed.as_bytes()), "{packed}");
        }
    }
}
