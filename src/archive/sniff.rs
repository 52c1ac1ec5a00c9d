//! What bytes are, by their beginning.

use super::{Kind, probe::probe};

/// So much of what is packed is unpacked to see what it is.
pub(super) const HEAD: usize = 16 << 10;
/// So many opcodes in a row are no accident.
const PLENTY: usize = 2048;
/// So many opcodes are acted out among numbers: an image of one colour can be so many opcodes.
const MANY: usize = 1 << 22;
/// Prose that happens to be opcodes does not get so far.
const FEW: usize = 24;

/// Where bytes stand, which says what they are likely to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere.
    Open,
    /// Where numbers are: the storages of torch, the elements of numpy. No loader unpickles or unpacks them, and one in a
    /// hundred storages begins like some opcodes; so what counts there is an import, and what has an unmistakable magic.
    Numbers,
}

/// What bytes are. `whole` is whether there are no more behind them.
pub(super) fn sniff(bytes: &[u8], whole: bool, place: Place) -> Kind {
    if bytes.is_empty() {
        return Kind::Empty;
    }
    if let Some(kind) = by_magic(bytes, place) {
        return kind;
    }
    what_unpickles(bytes, whole, place)
}

/// What a text is to an unpickler: the import of this name from this module.
pub(super) fn import_of_text(bytes: &[u8]) -> Option<(&str, &str)> {
    let found = probe(bytes, PLENTY, Place::Open);
    let rest = found.end.and_then(|end| bytes.get(end..));
    found.prose.or_else(|| probe(rest?, PLENTY, Place::Open).prose)
}

fn by_magic(bytes: &[u8], place: Place) -> Option<Kind> {
    let kind = match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Kind::Zip,
        // Python reads it whatever its flags are.
        [0x1f, 0x8b, 8, _, ..] => Kind::Gzip,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Kind::Bzip2,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Kind::Bzip2,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Kind::Xz,
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Kind::SevenZip,
        [0x04, 0x22, 0x4d, 0x18, ..] | [0x02, 0x21, 0x4c, 0x18, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Kind::Lz4,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Kind::Zstd,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Kind::Npy,
        [0..225, ..] if place == Place::Open && is_lzma(bytes) => Kind::Lzma,
        // Windows of 32 KiB and less, a check in the low bits, no preset dictionary.
        [b @ (0x08 | 0x18 | 0x28 | 0x38 | 0x48 | 0x58 | 0x68 | 0x78), f, ..]
            if place == Place::Open
                && (usize::from(*b) * 256 + usize::from(*f)).is_multiple_of(31)
                && f & 0x20 == 0
                && is_zlib(bytes) =>
        {
            Kind::Zlib
        }
        // joblib before 0.10: the length in 19 digits, and what zlib packed.
        [b'Z', b'F', b'0', b'x', ..] => Kind::Zlib,
        _ if super::tar::is_header(bytes) => Kind::Tar,
        _ => return None,
    };
    Some(kind)
}

/// Whether an unpickler that is given a container, of which it knows nothing, comes to an import: such a file is two
/// things. zip files are left out, whose first letter is an opcode that nobody's loader takes; what stands before a zip
/// file is looked at anyway.
pub(super) fn is_pickle_too(kind: Kind, bytes: &[u8]) -> bool {
    if matches!(kind, Kind::Zip | Kind::Pickle) {
        return false;
    }
    let found = probe(bytes, PLENTY, Place::Open);
    found.reaches_out || found.limited || found.prose.is_some()
}

/// So many empty streams in a row nobody means well.
const EMPTY: usize = 16;

/// The first byte is the properties, below 225; then the size of the dictionary, and that of the content. The usual ones
/// can be no pickle, as no opcode is NUL. Python takes all others, too, and so do other files begin: these are lzma if
/// something comes out that matters, be it behind empty streams.
fn is_lzma(mut bytes: &[u8]) -> bool {
    for _ in 0..EMPTY {
        let [0..225, _, _, _, _, size @ ..] = bytes else {
            return false;
        };
        let Some(size) = size.first_chunk::<8>() else {
            return false;
        };
        // The first byte of what is packed is always zero.
        if bytes.get(13) != Some(&0) {
            return false;
        }
        // Unknown, or less than a terabyte.
        let size = u64::from_le_bytes(*size);
        let usual = size == u64::MAX || size < 1 << 40;
        if usual && bytes.starts_with(&[0x5d, 0, 0]) {
            return true;
        }
        let mut unpacker = super::unpack::Unpacker::new(super::unpack::Packing::Lzma, bytes);
        unpacker.fill(HEAD as u64);
        let unpacked = &unpacker.bytes;
        if !unpacked.is_empty() {
            return by_magic(unpacked, Place::Numbers).is_some() || unpickles(unpacked, false, Place::Open);
        }
        bytes = unpacker.behind();
        if bytes.starts_with(b"\xfd7zXZ\0") {
            return true;
        }
    }
    true
}

/// Whether the first bytes can be unpacked: two bytes alone are often something else.
fn is_zlib(bytes: &[u8]) -> bool {
    let mut out = [0; 32];
    let mut stream = flate2::Decompress::new(true);
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let done = stream.decompress(head, &mut out, flate2::FlushDecompress::None);
    let unpacked = out.get(..stream.total_out() as usize).unwrap_or(&out);
    match done {
        // Nothing may come out for long, or of the first of several streams.
        Ok(_) => true,
        // Who unpacks it piece by piece may have loaded a pickle before the damage.
        Err(_) => !unpacked.is_empty() && unpickles(unpacked, false, Place::Open),
    }
}

/// Whether an unpickler comes to something that matters.
fn unpickles(bytes: &[u8], whole: bool, place: Place) -> bool {
    what_unpickles(bytes, whole, place) != Kind::Data
}

/// What bytes without a magic are: a pickle, a text that reads as an import, or something that an unpickler comes to no
/// import in.
fn what_unpickles(bytes: &[u8], whole: bool, place: Place) -> Kind {
    // PROTO: of protocols that are still to come, too.
    if place == Place::Open && matches!(bytes, [0x80, 0..=15, ..]) {
        return Kind::Pickle;
    }
    let mut prose = false;
    if is_pickle(bytes, whole, place, &mut prose) {
        Kind::Pickle
    } else if prose {
        Kind::Text
    } else {
        Kind::Data
    }
}

fn is_pickle(bytes: &[u8], whole: bool, place: Place, prose: &mut bool) -> bool {
    let most = match place {
        Place::Open => PLENTY,
        Place::Numbers => MANY,
    };
    let found = probe(bytes, most, place);
    // Where the bytes are only the first of many, their end says nothing; and a limit never says that they are no pickle.
    let undecided = found.limited || found.cut && !whole && found.end.is_none();
    *prose = found.prose.is_some();
    if found.reaches_out || undecided || *prose && found.end.is_some() {
        return true;
    }
    if place == Place::Numbers {
        return false;
    }
    match found.end {
        Some(end) => {
            let rest = bytes.get(end..).unwrap_or_default();
            let mut next = || {
                let next = probe(rest, PLENTY, place);
                *prose = next.prose.is_some();
                let more = next.limited || next.cut && !whole;
                more || next.end.is_some()
                    || next.reaches_out
                    || next.opcodes >= FEW
                    || matches!(rest, [0x80, 0..=5, ..])
            };
            found.opcodes >= FEW || rest.iter().take(HEAD).all(|byte| *byte == 0) || next()
        }
        None => found.opcodes >= FEW || (found.cut && found.opcodes > 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> Kind {
        sniff(bytes, true, Place::Open)
    }

    #[test]
    fn pickles() {
        let good: [&[u8]; 9] = [
            b"N.",
            b"\x80\x04N.",
            b"\x80\x02",
            b"cos\nsystem\n(S'id'\ntR.",
            b"(lp0\nI1\naI2\na.",
            b"(dp0\nS'a'\np1\nI1\ns",
            b"K\x01.K\x02.",
            b"\x8c\x02os\x8c\x06system\x93",
            b"]K\x01a.\0\0\0",
        ];
        for bytes in good {
            assert_eq!(open(bytes), Kind::Pickle, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn others() {
        let bad: [&[u8]; 6] = [
            b"# A model\n\nIt was trained.\n",
            b"{\"a\": 1}",
            b"import os\nos.system('id')\n",
            b"N. B. this is prose.",
            b"\xff\xd8\xff\xe0\0\x10JFIF",
            b"\x89PNG\r\n\x1a\n",
        ];
        for bytes in bad {
            assert_eq!(open(bytes), Kind::Data, "{}", bytes.escape_ascii());
        }
    }

    /// GLOBAL of `onfig:`, to an unpickler.
    #[test]
    fn texts_that_import() {
        for bytes in [&b"config:\n  a: 1\n"[..], b"class Model:\n    pass\n"] {
            assert_eq!(open(bytes), Kind::Text, "{}", bytes.escape_ascii());
        }
    }

    /// Lines that an unpickler asks `find_class` for, before it fails.
    #[test]
    fn texts_that_read_as_imports() {
        let class = b"class Model:\n    def __init__(self):\n        pass\n".as_slice();
        for text in [
            class,
            b"copyright 2020\nAll rights\n",
            b"(c) 2020 by nobody\nAll rights\n",
            b"config:\n  a: 1\n",
        ] {
            assert_eq!(open(text), Kind::Text, "{}", text.escape_ascii());
        }
        assert_eq!(import_of_text(class), Some(("lass Model:", "    def __init__(self):")));
        // Behind a pickle, too; and what goes on to its end, or to a name, is a pickle.
        assert_eq!(open(b"N.class Model:\n    pass\n"), Kind::Text);
        assert_eq!(
            import_of_text(b"N.class Model:\n    pass\n"),
            Some(("lass Model:", "    pass"))
        );
        assert_eq!(open(b"class Model:\n    pass\n."), Kind::Pickle);
        assert_eq!(open(b"class Model:\n    pass\n0cos\nsystem\n"), Kind::Pickle);
    }

    /// A block as it is, then one of no known type.
    #[test]
    fn damaged() {
        let begin = b"\x78\x01\0\x0e\0\xf1\xff\x80\x04cos\nsystem\n.";
        assert_eq!(open(&[begin, &b"\x07"[..]].concat()), Kind::Zlib);
        assert_eq!(open(b"\x78\x01\0\x0e\0\xf1\xffA b c d e f g.\x07"), Kind::Data);
    }

    /// Numbers that happen to be opcodes are numbers, but not where they import something.
    #[test]
    fn numbers() {
        assert_eq!(sniff(b"\x80\x02N.", true, Place::Numbers), Kind::Data);
        assert_eq!(sniff(b"\x80\x02cos\nsystem\n", true, Place::Numbers), Kind::Pickle);
        // Extension codes, persistent ids and the magic of zlib, which many numbers begin with.
        for bytes in [
            &b"\x82\x01\x3f\x80"[..],
            b"\x83\x01\x02N",
            b"NQ\xff",
            b"Pabc\n\xff",
            b"\x78\x01\0\x0e\0\xf1\xff",
        ] {
            assert_eq!(
                sniff(bytes, true, Place::Numbers),
                Kind::Data,
                "{}",
                bytes.escape_ascii()
            );
        }
    }

    /// What an unpickler comes to behind what only our limits or the names' looks could stop.
    #[test]
    fn imports_far_behind() {
        let digits = [b"I", &[b'1'; 101][..], b"\n0cos\nsystem\n(S'id'\ntR."].concat();
        let many = [b"I", &[b'1'; 5000][..], b"\n0cos\nsystem\n(S'id'\ntR."].concat();
        let long = [b"L", &[b'1'; 101][..], b"L\n0cos\nsystem\n."].concat();
        let memo = b"Nr\0\0\x01\0".as_slice();
        let memo = [memo, b"0cos\nsystem\n\xff"].concat();
        for bytes in [digits, many, long, memo] {
            assert_eq!(open(&bytes), Kind::Pickle, "{}", bytes.escape_ascii());
        }
        for bytes in [
            &b"cmy model\nrun\n)R\xff"[..],
            b"cmodel\nrun it\n)R\xff",
            b"cmy model\nrun it\n)R\xff",
            b"S'\\x20osix'\nS'syste\\155'\n\x93X\xff",
            b"U\x02\xff\xfeU\x01\xfe\x93\xff",
            b"\x82\x01)R\xff",
        ] {
            assert_eq!(open(bytes), Kind::Pickle, "{}", bytes.escape_ascii());
        }
        assert_eq!(open(b"\x82\x01\xff"), Kind::Data, "no name is asked for");
        let head = [b"X", &70_000u32.to_le_bytes()[..], &[b'a'; HEAD]].concat();
        assert_eq!(sniff(&head, false, Place::Open), Kind::Pickle, "it goes on");
    }
}
