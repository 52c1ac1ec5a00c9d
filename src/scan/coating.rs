//! What may be around a pickle in a string: spellings, and what packs.

use super::nested::{begins_if_cut, can_begin};
use miniz_oxide::inflate;

/// A way to spell or pack bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coating {
    Latin1,
    Hex,
    Base64,
    Base32,
    Base85,
    Ascii85,
    Zlib,
    Gzip,
    Bzip2,
    Xz,
}

/// The coatings that bytes may have, by how they begin.
pub(super) fn coatings(bytes: &[u8], is_text: bool) -> impl Iterator<Item = Coating> {
    use Coating::*;
    let all = [Latin1, Hex, Base64, Base32, Base85, Ascii85, Zlib, Gzip, Bzip2, Xz];
    all.into_iter().filter(move |coating| coating.may_be(bytes, is_text))
}

/// Whether a text could be in one of the two spellings of 85 letters.
#[inline(always)]
pub(super) fn may_be_85(text: &[u8]) -> bool {
    Coating::Base85.may_be(text, true) || Coating::Ascii85.may_be(text, true)
}

/// Whether bytes are an archive or a file of numpy, by how they begin.
#[inline(always)]
pub(super) fn is_box(bytes: &[u8]) -> bool {
    let begins = matches!(
        bytes,
        [b'P', b'K', 3, 4, ..]
            | [b'7', b'z', 0xbc, 0xaf, ..]
            | [0x93, b'N', b'U', b'M', ..]
            | [4, 0x22, 0x4d, 0x18, ..]
    );
    begins || matches!(bytes.get(257..262), Some([b'u', b's', b't', b'a', b'r']))
}

impl Coating {
    #[inline(always)]
    fn may_be(self, bytes: &[u8], is_text: bool) -> bool {
        let head = bytes.get(..16);
        let all = |letters: &Letters| head.is_some_and(|head| are_all(head, letters));
        match self {
            Coating::Latin1 => is_text && !bytes.is_ascii(),
            Coating::Hex => all(&HEX),
            Coating::Base64 => all(&BASE64),
            Coating::Base32 => all(&BASE32),
            Coating::Base85 => head.is_some_and(|head| begins_in_85(head, &BASE85)),
            Coating::Ascii85 => head.is_some_and(|head| begins_in_85(behind_mark(head), &ASCII85)),
            Coating::Zlib => match bytes {
                [a, b, _, ..] => {
                    a & 0x8f == 8 && b & 0x20 == 0 && (u16::from(*a) << 8 | u16::from(*b)).is_multiple_of(31)
                }
                _ => false,
            },
            Coating::Gzip => matches!(bytes, [0x1f, 0x8b, 8, ..]),
            Coating::Bzip2 => matches!(bytes, [b'B', b'Z', b'h', _, b'1', b'A', b'Y', ..]),
            Coating::Xz => matches!(bytes, [0xfd, b'7', b'z', b'X', b'Z', 0, ..]),
        }
    }

    /// As it is shown.
    pub(super) fn name(self) -> &'static str {
        match self {
            Coating::Latin1 => "text",
            Coating::Hex => "hex",
            Coating::Base64 => "base64",
            Coating::Base32 => "base32",
            Coating::Base85 => "base85",
            Coating::Ascii85 => "ascii85",
            Coating::Zlib => "zlib",
            Coating::Gzip => "gzip",
            Coating::Bzip2 => "bz2",
            Coating::Xz => "xz",
        }
    }

    /// Whether it is known and cannot be taken off: what unpacks it comes with the feature `archive`.
    pub(super) fn is_closed(self) -> bool {
        !cfg!(feature = "archive") && matches!(self, Coating::Bzip2 | Coating::Xz)
    }

    /// What is inside, up to so many bytes or to what is wrong, and whether there is more.
    pub(super) fn open(self, bytes: &[u8], limit: usize) -> Option<(Vec<u8>, bool)> {
        match self {
            Coating::Latin1 => Some(latin1(bytes, limit)),
            Coating::Hex => Some(hex(bytes, limit)),
            Coating::Base64 => Some(bits(bytes, limit, 6, &BASE64)),
            Coating::Base32 => Some(bits(bytes, limit, 5, &BASE32)),
            Coating::Base85 => Some(radix_85(bytes, limit, &BASE85)),
            Coating::Ascii85 => Some(radix_85(behind_mark(bytes), limit, &ASCII85)),
            Coating::Zlib => Some(inflated(inflate::decompress_to_vec_zlib_with_limit(bytes, limit))),
            Coating::Gzip => {
                let packed = behind_gzip_header(bytes)?;
                Some(inflated(inflate::decompress_to_vec_with_limit(packed, limit)))
            }
            Coating::Bzip2 | Coating::Xz => unpacked(bytes, limit),
        }
    }
}

#[cfg(feature = "archive")]
fn unpacked(bytes: &[u8], limit: usize) -> Option<(Vec<u8>, bool)> {
    crate::archive::unpacked(bytes, limit)
}

#[cfg(not(feature = "archive"))]
fn unpacked(_: &[u8], _: usize) -> Option<(Vec<u8>, bool)> {
    None
}

/// What could be unpacked up to a limit or an error.
fn inflated(outcome: Result<Vec<u8>, inflate::DecompressError>) -> (Vec<u8>, bool) {
    match outcome {
        Ok(bytes) => (bytes, false),
        Err(error) => (error.output, error.status == inflate::TINFLStatus::HasMoreOutput),
    }
}

fn behind_gzip_header(bytes: &[u8]) -> Option<&[u8]> {
    let flags = *bytes.get(3)?;
    let mut rest = bytes.get(10..)?;
    if flags & 4 != 0 {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        rest = behind.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    rest.get(usize::from(flags & 2)..)
}

/// What the characters of a spelling stand for; 255 for what is none.
type Letters = [u8; 256];

const fn letters(alphabet: &[u8]) -> Letters {
    let mut letters = [u8::MAX; 256];
    let mut at = 0;
    while at < alphabet.len() {
        letters[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    letters
}

/// Whether characters may be of a spelling.
#[inline(always)]
fn are_all(text: &[u8], letters: &Letters) -> bool {
    text.iter().all(|byte| letters[usize::from(*byte)] != u8::MAX)
}

/// Whether a text begins as base64, base32 and hex do.
#[inline(always)]
pub(super) fn may_be_spelled(text: &[u8]) -> bool {
    Coating::Base64.may_be(text, true)
}

/// In both alphabets.
static BASE64: Letters = {
    let mut both = letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    both[b'-' as usize] = 62;
    both[b'_' as usize] = 63;
    both
};

static BASE32: Letters = letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");

static HEX: Letters = {
    let mut both = letters(b"0123456789abcdef");
    let mut digit = 10;
    while digit < 16 {
        both[(b'A' + digit - 10) as usize] = digit;
        digit += 1;
    }
    both
};

/// That of Git and of Python's `b85encode`.
static BASE85: Letters =
    letters(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~");

/// The characters from the first printable one on.
static ASCII85: Letters =
    letters(b"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstu");

/// Adobe has a mark before Ascii85.
fn behind_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"<~").unwrap_or(text)
}

/// Whether the first letters stand for something that can begin so: most words do not.
#[inline]
fn begins_in_85(head: &[u8], letters: &Letters) -> bool {
    let Some([a, b, c, d, e]) = head
        .first_chunk()
        .map(|first| first.map(|byte| letters[usize::from(byte)]))
    else {
        return false;
    };
    if (a | b | c | d | e) & 0x80 != 0 {
        return false;
    }
    let group = [b, c, d, e]
        .iter()
        .fold(u64::from(a), |group, digit| group * 85 + u64::from(*digit));
    group >> 32 == 0
        && can_begin((group >> 24) as u8)
        && head
            .iter()
            .all(|byte| letters[usize::from(*byte)] != u8::MAX || *byte == b'z')
        && begins_if_cut(&radix_85(head, 16, letters).0)
}

/// What groups of five letters stand for, up to what is none; line ends do not matter, and `z` is four NULs.
fn radix_85(text: &[u8], limit: usize, letters: &Letters) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity((text.len() / 5 * 4).min(limit) + 8);
    let (mut group, mut count) = (0u64, 0);
    for byte in text {
        if matches!(byte, b'\n' | b'\r') {
            continue;
        }
        if out.len() >= limit {
            return (out, true);
        }
        match letters[usize::from(*byte)] {
            u8::MAX if *byte == b'z' && count == 0 => {
                out.extend([0; 4]);
                continue;
            }
            u8::MAX => break,
            digit => group = group * 85 + u64::from(digit),
        }
        count += 1;
        if count == 5 {
            let Ok(whole) = u32::try_from(group) else {
                return (out, false);
            };
            out.extend(whole.to_be_bytes());
            (group, count) = (0, 0);
        }
    }
    // The last group is filled up with the highest digit, and as many bytes are left out.
    if count > 1 {
        let whole = (count..5).fold(group, |group, _| group * 85 + 84);
        if let Ok(whole) = u32::try_from(whole) {
            out.extend(whole.to_be_bytes().iter().take(count - 1));
        }
    }
    (out, false)
}

/// What characters of so many bits stand for, up to what is none; line ends do not matter.
fn bits(text: &[u8], limit: usize, width: u32, letters: &Letters) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity((text.len() / 8 * width as usize).min(limit) + 8);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text {
        let value = letters[usize::from(*byte)];
        if value == u8::MAX {
            if matches!(byte, b'\n' | b'\r') {
                continue;
            }
            break;
        }
        if out.len() >= limit {
            return (out, true);
        }
        bits = bits << width | u32::from(value);
        count += width;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    (out, false)
}

/// What hex digits stand for, up to what is none.
fn hex(text: &[u8], limit: usize) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity((text.len() / 2).min(limit));
    for pair in text.chunks_exact(2).take(limit) {
        let digits = [0, 1].map(|at| HEX[usize::from(pair[at])]);
        if digits.contains(&u8::MAX) {
            return (out, false);
        }
        out.push(digits[0] << 4 | digits[1]);
    }
    let more = out.len() >= limit;
    (out, more)
}

/// Latin-1 text of UTF-8, as bytes, up to what is none.
fn latin1(text: &[u8], limit: usize) -> (Vec<u8>, bool) {
    // A letter has at most four bytes, and what does not fit into Latin-1 is cut off.
    let head = text.get(..limit.saturating_mul(2)).unwrap_or(text);
    let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let letters = valid.chars().map_while(|c| u8::try_from(u32::from(c)).ok());
    let out: Vec<u8> = letters.take(limit).collect();
    let more = out.len() >= limit;
    (out, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coatings_come_off() {
        let open = |coating: Coating, text: &[u8]| coating.open(text, 100).map(|(bytes, _)| bytes).unwrap_or_default();
        assert_eq!(open(Coating::Base64, b"gASVBQ=="), b"\x80\x04\x95\x05");
        assert_eq!(open(Coating::Base64, b"Y29zCnN5\nc3RlbQo="), b"cos\nsystem\n");
        assert_eq!(open(Coating::Base32, b"MNXXGCTTPFZXIZLNBI======"), b"cos\nsystem\n");
        assert_eq!(open(Coating::Base85, b"V{dZ`b9r-gWo-"), b"cos\nsystem");
        assert_eq!(open(Coating::Ascii85, b"<~@rHDqF*VhKASh~>"), b"cos\nsystem");
        assert_eq!(open(Coating::Ascii85, b"z@rD"), b"\0\0\0\0co");
        assert_eq!(open(Coating::Hex, b"80049g"), b"\x80\x04");
        assert_eq!(open(Coating::Latin1, "\u{80}\u{4}a".as_bytes()), b"\x80\x04a");
        assert_eq!(Coating::Hex.open(b"80049596", 2), Some((b"\x80\x04".to_vec(), true)));
    }
}
