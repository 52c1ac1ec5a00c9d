//! The bare scan: from opcode to opcode to STOP, and nothing done. Nobody who looks at each opcode can be faster by
//! much.

use brinery::{Info, Op};

const STOP: u8 = Op::Stop.code();

/// How far it is to the next opcode.
#[derive(Clone, Copy)]
enum Skip {
    /// So many bytes.
    Fixed(u8),
    /// A little-endian count of so many bytes, and as many bytes as it says.
    Counted(u8),
    /// So many lines.
    Lines(u8),
}

pub struct Scan {
    skips: [Skip; 256],
}

impl Scan {
    /// From the library's own table, whose names for arguments are those of `pickletools`.
    pub fn new() -> Scan {
        let mut skips = [Skip::Fixed(0); 256];
        for info in Info::ALL {
            skips[usize::from(info.code)] = match info.arg {
                None => Skip::Fixed(0),
                Some("uint1") => Skip::Fixed(1),
                Some("uint2") => Skip::Fixed(2),
                Some("uint4" | "int4") => Skip::Fixed(4),
                Some("uint8" | "float8") => Skip::Fixed(8),
                Some("string1" | "bytes1" | "unicodestring1" | "long1") => Skip::Counted(1),
                Some("string4" | "bytes4" | "unicodestring4" | "long4") => Skip::Counted(4),
                Some("bytes8" | "unicodestring8" | "bytearray8") => Skip::Counted(8),
                Some("stringnl_noescape_pair") => Skip::Lines(2),
                Some(line) => {
                    assert!(line.contains("nl"), "{line}");
                    Skip::Lines(1)
                }
            };
        }
        Scan { skips }
    }

    /// How many opcodes there are.
    pub fn count(&self, bytes: &[u8]) -> Option<usize> {
        let (mut at, mut count) = (0, 0);
        loop {
            let code = *bytes.get(at)?;
            at += 1;
            count += 1;
            match self.skips[usize::from(code)] {
                Skip::Fixed(size) => at += usize::from(size),
                Skip::Counted(size) => {
                    let size = usize::from(size);
                    let mut wide = [0; 8];
                    wide[..size].copy_from_slice(bytes.get(at..at + size)?);
                    at += size + u64::from_le_bytes(wide) as usize;
                }
                Skip::Lines(lines) => {
                    for _ in 0..lines {
                        at += bytes.get(at..)?.iter().position(|byte| *byte == b'\n')? + 1;
                    }
                }
            }
            if code == STOP {
                return Some(count);
            }
        }
    }
}
