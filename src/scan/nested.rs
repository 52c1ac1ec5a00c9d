//! Pickles inside the strings of a pickle: as they are, spelled in base64, base32, base85, hex or Latin-1, packed, or in
//! archives.
//!
//! Loading the outer pickle does not load them, but something will: nobody puts a pickle into a string for nothing. So they
//! are judged as if they were loaded. What begins and goes on as opcodes do, and has what an import needs, is taken for
//! one; what cannot be looked into, for it lies too deep or unpacks to too much, is said (R9).

use super::{
    ScanOptions,
    coating::{Coating, coatings, is_box, may_be_85, may_be_spelled},
    report::{Report, Rule, Verdict},
    run,
    world::World,
};
use crate::opcode::{Info, Op};
use std::borrow::Cow;

/// How far nested pickles are followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nested {
    /// How many levels more.
    depth: usize,
    /// How many bytes more, unpacked.
    budget: usize,
}

/// Pickles in pickles that are looked into.
const DEPTH: usize = 4;

/// Coatings around one pickle.
const LAYERS: usize = 4;

/// What a string may unpack to at most.
const UNPACKED: usize = 16 << 20;

/// So much is unpacked first, to see whether it is worth the rest.
const HEAD: usize = 512;

/// How many places behind a pickle are tried.
const SEARCHED: usize = 64;

/// So long may something be that stands in front of a pickle in a string of bytes: a length, a version, a checksum.
const HEADER: usize = 64;

/// How many places in a string are tried.
const TRIED: usize = 4;

/// Shorter ones do nothing: an import takes five bytes.
const SHORTEST: usize = 5;

/// How many findings, imports and calls of one pickle are looked at.
const KEPT: usize = 1000;

/// How many opcodes must be some at the first glance.
const GLANCE: usize = 3;

impl Nested {
    pub(super) fn new(input: usize) -> Self {
        Nested {
            depth: DEPTH,
            budget: (64 << 20) + input,
        }
    }

    /// Nothing nested is looked at.
    pub(super) fn none() -> Self {
        Nested {
            depth: usize::MAX,
            budget: 0,
        }
    }

    /// Whether this is about a string of another pickle.
    pub(super) fn is_inner(self) -> bool {
        self.depth < DEPTH
    }

    /// Whether these bytes could be a pickle or a packed one, at the first glance.
    #[inline(always)]
    pub(super) fn suspects_bytes(&self, bytes: &[u8]) -> bool {
        bytes.len() >= SHORTEST
            && self.depth != usize::MAX
            && (is_of_interest(bytes) || may_start_behind(bytes) && starts_behind(bytes).next().is_some())
    }

    /// The same for a text.
    #[inline(always)]
    pub(super) fn suspects_text(&self, text: &[u8]) -> bool {
        text.len() >= SHORTEST && self.depth != usize::MAX && may_be_text_of_interest(text)
    }
}

/// Most texts are words, which are neither opcodes with line ends nor letters and digits alone.
#[inline(always)]
fn may_be_text_of_interest(text: &[u8]) -> bool {
    (may_be_spelled(text) || may_be_85(text)) && is_of_interest(text)
        || is_start(text) && text.contains(&b'\n') && is_pickle(text)
        || is_latin1_of_interest(text)
}

#[inline(always)]
fn is_latin1_of_interest(text: &[u8]) -> bool {
    let may = match text {
        [0xc2, 0x80..=0x96, ..] => true,
        [first, ..] => STARTS[usize::from(*first)] || matches!(first, b'h' | b'x' | b'H' | b'8' | 0x08 | 0x18 | 0x1f),
        [] => false,
    };
    may && !text.is_ascii()
        && Coating::Latin1
            .open(text, HEAD)
            .is_some_and(|(head, _)| is_of_interest(&head))
}

/// Whether bytes begin as a pickle or as something packed or spelled.
fn is_of_interest(bytes: &[u8]) -> bool {
    is_pickle(bytes) || is_box(bytes) || coatings(bytes, false).next().is_some()
}

/// Whether a pickle could start behind a header. This is asked of all bytes, most of which hold none, and done without a
/// branch for each.
#[inline(always)]
fn may_start_behind(bytes: &[u8]) -> bool {
    let mut head = [0; HEADER + 2];
    match bytes.first_chunk() {
        Some(first) => head = *first,
        None => head[..bytes.len()].copy_from_slice(bytes),
    }
    let pairs = head.iter().skip(1).zip(head.iter().skip(2));
    let is_start =
        |first: u8, second: u8| (first == 0x80) & (second <= 5) | (first == b'c') & (b'A'..0x80).contains(&second);
    pairs.fold(0, |any, (first, second)| any | u8::from(is_start(*first, *second))) != 0
}

/// Where pickles could start behind a header.
#[cold]
fn starts_behind(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_start = |at: &usize| {
        let rest = bytes.get(*at..).unwrap_or_default();
        rest.len() >= SHORTEST && matches!(rest, [0x80 | b'c', ..]) && is_pickle_start(rest)
    };
    (1..=HEADER).filter(is_start)
}

/// The opcodes that an unpickler can begin with: those that need nothing on the stack. Extension codes, persistent ids and
/// buffers end the load of who knows none.
const STARTS: [bool; 256] = {
    let mut starts = [false; 256];
    let opcodes = b"()]}NIJKMLFGSTUVXBCc\x80\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96";
    let mut at = 0;
    while at < opcodes.len() {
        starts[opcodes[at] as usize] = true;
        at += 1;
    }
    starts
};

/// Whether something of interest can begin with this byte.
pub(super) fn can_begin(first: u8) -> bool {
    STARTS[usize::from(first)] || first & 0x8f == 8 || first == 0x1f
}

#[inline(always)]
fn is_start(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| STARTS[usize::from(*first)])
}

/// Whether bytes begin as a pickle does that imports something: the first opcodes are some, and those of an import are there.
#[inline(always)]
fn is_pickle(bytes: &[u8]) -> bool {
    is_start(bytes) && begins(bytes) && may_import(bytes)
}

/// Whether the first opcodes are some.
fn begins(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    for before in 0..GLANCE {
        match Op::parse(rest) {
            Ok((_, Op::Global(_) | Op::Inst(_) | Op::StackGlobal)) => return true,
            // All of it may be a string that holds another one.
            Ok((_, Op::Stop)) => return before > 0,
            Err(_) => return false,
            Ok((behind, _)) => rest = behind,
        }
    }
    true
}

/// Whether what an import needs is anywhere: STACK_GLOBAL, or GLOBAL or INST and the ends of two lines.
fn may_import(bytes: &[u8]) -> bool {
    if bytes.contains(&0x93) {
        return true;
    }
    let lines = |code: u8| {
        let at = bytes.iter().position(|byte| *byte == code);
        let rest = at.and_then(|at| bytes.get(at..)).unwrap_or_default();
        rest.iter().filter(|byte| **byte == b'\n').nth(1).is_some()
    };
    lines(b'c') || lines(b'i')
}

/// Whether bytes begin as a pickle does, among other bytes: with PROTO or GLOBAL.
fn is_pickle_start(bytes: &[u8]) -> bool {
    match bytes {
        [0x80, 0..=5, next, ..] => Info::of(*next).is_some(),
        [b'c', line @ ..] => is_import(line),
        [b'(', b'c', line @ ..] => is_import(line),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] | [0x1f, 0x8b, 0x08, ..] => true,
        _ => false,
    }
}

/// Two lines of names, as behind GLOBAL. Names are short; no more is looked at.
fn is_import(lines: &[u8]) -> bool {
    let behind_name = |line: &'_ [u8]| {
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        let end = line.iter().take(200).position(|byte| !part(byte))?;
        (end > 0 && line.get(end) == Some(&b'\n')).then_some(end + 1)
    };
    let name = behind_name(lines).and_then(|at| lines.get(at..));
    name.and_then(behind_name).is_some()
}

/// Whether a pickle in a string is one that matters, and not a string that happens to begin like one. That one is broken
/// before it does anything: it only imports, as two lines of prose do, or meets a code that nobody has registered.
fn counts(report: &mut Report) -> bool {
    let complete = report.pickles.first().is_some_and(|pickle| pickle.complete);
    let deeds = |finding: &super::Finding| finding.verdict == Verdict::Dangerous && finding.rule != Rule::R4;
    let dangerous =
        report.verdict == Verdict::Dangerous && (complete || report.left_out > 0 || report.findings.iter().any(deeds));
    let limited = report.findings.iter().any(|finding| finding.rule == Rule::R9);
    let acts = !report.imports.is_empty() && (complete || !report.calls.is_empty());
    if !(dangerous || limited || acts) {
        return false;
    }
    // That the string breaks says nothing of the pickle around it.
    report.findings.retain(|finding| finding.verdict != Verdict::Broken);
    if report.verdict == Verdict::Broken {
        report.verdict = Verdict::Unknown;
    }
    true
}

impl World<'_, '_> {
    /// Looks into a string that could hold a pickle.
    #[cold]
    pub(super) fn note_nested(&mut self, bytes: &[u8], is_text: bool) {
        let may_matter = is_pickle(bytes)
            || is_box(bytes)
            || coatings(bytes, is_text).any(|coating| {
                let head = coating.open(bytes, HEAD);
                coating.is_closed() || head.is_some_and(|(head, cut)| matters(&head, cut))
            });
        if may_matter {
            let place = format!("{} at byte {}", if is_text { "str" } else { "bytes" }, self.offset);
            if self.look_into(bytes, is_text, place) {
                return;
            }
        }
        if is_text || !may_start_behind(bytes) {
            return;
        }
        for at in starts_behind(bytes).take(TRIED) {
            let place = format!("bytes at byte {}, behind a header of {at}", self.offset);
            if self.look_into(bytes.get(at..).unwrap_or_default(), false, place) {
                return;
            }
        }
    }

    /// Looks for pickles in what stands behind the last one, or behind a break: a program that skips some bytes may read
    /// them.
    #[cold]
    pub(super) fn search(&mut self, from: usize) {
        // A string that is none has nothing behind its break.
        if self.nested.depth == usize::MAX || self.nested.is_inner() && self.report.imports.is_empty() {
            return;
        }
        let input = self.input;
        let mut tries = SEARCHED;
        for at in from..input.len() {
            let rest = input.get(at..).unwrap_or_default();
            if rest.len() < SHORTEST || !is_pickle_start(rest) {
                continue;
            }
            if tries == 0 || self.look_into(rest, false, format!("bytes from {at}")) {
                return;
            }
            tries -= 1;
        }
    }

    /// Says that something in a string is not looked into.
    fn not_looked_into(&mut self, place: &str, why: &str) {
        let reason = format!("{place} {why}, so that it is not known what is in it");
        self.find(Verdict::Unknown, Rule::R9, None, String::new(), reason);
    }

    /// Judges a string that could hold a pickle. Says whether it did, and whether that matters.
    fn look_into(&mut self, bytes: &[u8], is_text: bool, place: String) -> bool {
        let mut found_any = false;
        let mut open: Vec<(Cow<'_, [u8]>, usize, String)> = vec![(Cow::Borrowed(bytes), 0, place)];
        while let Some((found, layers, place)) = open.pop() {
            for coating in coatings(&found, is_text && layers == 0) {
                let head = coating.open(&found, HEAD);
                if coating.is_closed() {
                    self.not_looked_into(&place, "is packed in a way that this build does not unpack");
                    continue;
                }
                // Of what is only begun, not all that an import needs need be there.
                let Some((head, cut)) = head else { continue };
                if !matters(&head, cut) {
                    continue;
                }
                if layers == LAYERS {
                    self.not_looked_into(&place, "is packed or spelled in too many layers");
                    continue;
                }
                let limit = UNPACKED.min(self.nested.budget);
                let Some((inner, cut)) = coating.open(&found, limit) else {
                    continue;
                };
                self.nested.budget = self.nested.budget.saturating_sub(inner.len());
                if cut && begins_if_whole(&inner) {
                    self.not_looked_into(&place, "unpacks to more than is looked at");
                }
                open.push((Cow::Owned(inner), layers + 1, format!("{place} ({})", coating.name())));
            }
            if is_box(&found) {
                found_any |= self.look_into_box(&found, &place);
            }
            if is_pickle(&found) {
                found_any |= self.judge_nested(&found, &place);
            }
        }
        found_any
    }

    /// Judges the pickles in an archive.
    #[cfg(feature = "archive")]
    fn look_into_box(&mut self, found: &[u8], place: &str) -> bool {
        use crate::archive::{ArchiveLimits, Doubt, members};
        let limits = ArchiveLimits {
            total_bytes: UNPACKED.min(self.nested.budget) as u64,
            ..ArchiveLimits::default()
        };
        let mut found_any = false;
        members(found, "", &limits, &mut |member| {
            let place = format!("{place} ({})", member.path);
            // What was unpacked for this; the rest lies in the string.
            if !found.as_ptr_range().contains(&member.raw.as_ptr()) {
                self.nested.budget = self.nested.budget.saturating_sub(member.raw.len());
            }
            let is_unseen = |doubt| matches!(doubt, Doubt::Limit | Doubt::Refused);
            if member.remarks.iter().any(|remark| is_unseen(remark.doubt)) {
                self.not_looked_into(&place, "is encrypted, or more than is looked at");
            }
            if member.kind.is_pickle() {
                found_any |= self.judge_nested(&member.bytes, &place);
            }
        });
        found_any
    }

    #[cfg(not(feature = "archive"))]
    fn look_into_box(&mut self, _: &[u8], place: &str) -> bool {
        self.not_looked_into(place, "is an archive, which this build does not open");
        true
    }

    fn judge_nested(&mut self, found: &[u8], place: &str) -> bool {
        let Some(depth) = self.nested.depth.checked_sub(1) else {
            self.not_looked_into(place, "is a pickle too deep in others");
            return true;
        };
        if self.nested.budget == 0 {
            self.not_looked_into(place, "is a pickle behind too many others");
            return true;
        }
        let budget = self.nested.budget;
        // Whether it counts is asked of its findings, however few of them are to be kept.
        let options = ScanOptions {
            findings: KEPT,
            records: KEPT,
            ..self.options.clone()
        };
        let (mut report, nested) = run::judge(found, self.policy, &options, Nested { depth, budget });
        let read = report.pickles.last().map_or(0, |pickle| pickle.end as usize);
        self.nested.budget = nested.budget.saturating_sub(read);
        if !counts(&mut report) {
            return false;
        }
        let findings = self.options.findings;
        let before = self.report.findings.len();
        self.report.absorb(report, place, findings);
        self.report.imports.truncate(self.options.records);
        self.report.calls.truncate(self.options.records);
        let added = self.report.findings.len() - before;
        self.add_subjects(added);
        true
    }
}

/// Whether what begins like this is worth taking its coating off.
fn matters(head: &[u8], cut: bool) -> bool {
    is_of_interest(head) || cut && is_start(head) && begins_if_whole(head)
}

/// Whether what has lost its end could begin so: with opcodes, or with what packs.
pub(super) fn begins_if_cut(bytes: &[u8]) -> bool {
    begins_if_whole(bytes) || coatings(bytes, false).next().is_some()
}

/// Whether the first opcodes of something that is cut are some.
fn begins_if_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    for _ in 0..GLANCE {
        let known = rest.first().is_none_or(|code| Info::of(*code).is_some());
        match Op::parse(rest) {
            Ok((_, Op::Stop)) => break,
            Ok((behind, _)) => rest = behind,
            Err(error) => {
                return known
                    && matches!(
                        crate::ops::parse_failure(error, rest, 0).error,
                        crate::ErrorKind::Truncated | crate::ErrorKind::EndOfInput
                    );
            }
        }
    }
    is_start(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

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
