//! Numbers among others, of which nobody knows how wide they are, so that a processor would mostly guess wrong: the same
//! opcodes as elsewhere, without a branch.

use super::writer::Writer;
use crate::opcode::Op;
use std::io::Write;

/// A number, as [`Run::numbers`](super::Run::numbers) takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An int of up to 64 bits.
    Int(i64),
    /// A float.
    Float(f64),
}

/// How many are written between two looks at the room that there is.
const MANY: usize = 32;

/// Bytes of the widest image.
const WIDEST: usize = size_of::<u128>();

/// How an int is written from protocol 2 on, by the bits of its magnitude, and 128 behind those of negative ones: the
/// opcode with its length if it has one, and how many bytes there are in all.
const INTS: [(u16, u8); 256] = {
    let mut ints = [(0, 0); 256];
    let mut bits = 0;
    while bits <= 64 {
        let image = bits as u8 / 8 + 1;
        let (byte, short) = (Op::BinInt1(0).code() as u16, Op::BinInt2(0).code() as u16);
        let (int, long) = (Op::BinInt(0).code() as u16, Op::Long1(&[]).code() as u16);
        let long = long | (image as u16) << 8;
        ints[bits] = match bits {
            0..=8 => (byte, 2),
            9..=16 => (short, 3),
            17..=31 => (int, 5),
            _ => (long, 2 + image),
        };
        ints[128 + bits] = if bits <= 31 { (int, 5) } else { (long, 2 + image) };
        bits += 1;
    }
    ints
};

/// The bytes of an int from protocol 2 on, the first one lowest, and how many there are.
#[inline(always)]
fn int(value: i64) -> (u128, usize) {
    let sign = value >> 63;
    let bits = 64 - (value ^ sign).leading_zeros() as u8;
    let (head, length) = INTS[usize::from(bits | sign as u8 & 128)];
    // The value is behind one byte or, with a length, behind two.
    let first = if bits < 32 { value << 8 } else { value << 16 };
    let image = u128::from(first as u64 | u64::from(head)) | u128::from((value >> 48) as u64) << 64;
    (image, length.into())
}

/// The same for a float.
#[inline(always)]
fn float(value: f64) -> (u128, usize) {
    let code = Op::BinFloat(value).code();
    let image = u128::from(value.to_bits().swap_bytes()) << 8 | u128::from(code);
    (image, 1 + size_of::<f64>())
}

impl<W: Write> Writer<W> {
    /// An int.
    #[inline(always)]
    pub(crate) fn any_int(&mut self, value: i64) {
        if self.settings.protocol < 2 {
            return self.int(value);
        }
        let (image, length) = int(value);
        self.out.image(image, length);
    }

    /// A float.
    #[inline(always)]
    pub(crate) fn any_float(&mut self, value: f64) {
        if self.settings.protocol < 2 {
            return self.float(value);
        }
        let (image, length) = float(value);
        self.out.image(image, length);
    }

    /// The numbers that items begin with: how many were written. It leaves off where a frame may be full.
    #[inline(always)]
    pub(crate) fn numbers<T>(&mut self, items: &[T], number: impl Fn(&T) -> Option<Number>) -> usize {
        let image = |item: &T| match number(item)? {
            Number::Int(value) => Some(int(value)),
            Number::Float(value) => Some(float(value)),
        };
        let mut count = 0;
        while self.settings.protocol >= 2 && self.out.room() > MANY * WIDEST {
            let some = items[count..].iter().take(MANY);
            let written = self.out.images(MANY, some.map_while(image));
            count += written;
            if written < MANY {
                break;
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{emit::Settings, settings::Python};

    /// All widths, one by one and in rows, are what the plain way writes.
    #[test]
    fn the_same_bytes_one_by_one() {
        let edges = (0..64).flat_map(|bits| [-1, 0, 1].map(|by| (1_i64 << bits).wrapping_add(by)));
        let ints = edges.flat_map(|int| [int, int.wrapping_neg()]);
        let numbers: Vec<Number> = ints
            .flat_map(|int| [Number::Int(int), Number::Float(int as f64 / 3.0)])
            .collect();
        for protocol in 1..=5 {
            let settings = Settings {
                protocol,
                python: Python::V3_13,
                fix_imports: true,
                fast: false,
                digits: 0,
                calls: 0,
                pids: 0,
            };
            let new = || Writer::<&mut dyn Write>::new(settings, None);
            let [mut plain, mut single, mut row] = [new(), new(), new()];
            for number in &numbers {
                match *number {
                    Number::Int(value) => {
                        plain.int(value);
                        single.any_int(value);
                    }
                    Number::Float(value) => {
                        plain.float(value);
                        single.any_float(value);
                    }
                }
            }
            let count = row.numbers(&numbers, |number| Some(*number));
            assert!(single.out.bytes == plain.out.bytes, "protocol {protocol}");
            if protocol >= 2 {
                assert_eq!(count, numbers.len());
                assert!(row.out.bytes == plain.out.bytes, "protocol {protocol}");
            }
        }
    }
}
