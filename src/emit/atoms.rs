//! What refers to nothing: numbers, text and bytes, in the opcodes of each protocol.

use super::writer::Writer;
use crate::{error::ErrorKind, number, opcode::Op, text};
use num_bigint::BigInt;
use std::io::Write;

/// Up to 16 bytes as a number, the first one lowest. Pieces that overlap say the same where they do.
#[inline(always)]
fn short(text: &[u8]) -> u128 {
    let shift = |above: usize| 8 * (text.len() - above) as u32;
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << shift(8);
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return u128::from(u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift(4));
    }
    match *text {
        [a, b, c] => u128::from(u32::from_le_bytes([a, b, c, 0])),
        [a, b] => u128::from(u16::from_le_bytes([a, b])),
        [a] => a.into(),
        _ => 0,
    }
}

impl<W: Write> Writer<W> {
    #[inline(always)]
    pub(crate) fn none(&mut self) {
        self.out.op(Op::None);
    }

    /// A `str` that is not in the memo, and the index that it is given there.
    #[inline(always)]
    pub(crate) fn new_str(&mut self, text: &[u8]) -> Result<Option<u32>, ErrorKind> {
        // Mostly all of it fits into one piece of 16 bytes.
        if text.len() <= 13 && self.settings.protocol >= 4 && !self.settings.fast {
            let head = u128::from(Op::ShortBinUnicode(text).code()) | (text.len() as u128) << 8;
            let memoize = u128::from(Op::Memoize.code()) << (8 * (text.len() + 2));
            self.out.image(head | short(text) << 16 | memoize, text.len() + 3);
            return self.give(1).map(Some);
        }
        self.str(text)?;
        self.memoize()
    }

    #[inline(always)]
    pub(crate) fn bool(&mut self, value: bool) {
        match self.settings.protocol {
            2.. => self.out.op(if value { Op::NewTrue } else { Op::NewFalse }),
            _ => self.text(Op::Int(if value { b"01" } else { b"00" })),
        }
    }

    #[inline(always)]
    pub(crate) fn int(&mut self, value: i64) {
        let Ok(short) = i32::try_from(value) else {
            return self.long(value);
        };
        match short {
            _ if self.settings.protocol == 0 => self.int_text(short),
            0..=0xff => self.out.op(Op::BinInt1(short as u8)),
            0x100..=0xffff => self.out.op(Op::BinInt2(short as u16)),
            _ => self.out.op(Op::BinInt(short)),
        }
    }

    /// What only old protocols write is kept out of the way of the others.
    #[cold]
    fn text(&mut self, op: Op<'_>) {
        self.out.op(op);
    }

    #[cold]
    fn int_text(&mut self, value: i32) {
        self.out.op(Op::Int(value.to_string().as_bytes()));
    }

    #[cold]
    fn float_text(&mut self, value: f64) {
        self.out.op(Op::Float(number::float_repr(value).as_bytes()));
    }

    pub(crate) fn long(&mut self, value: i64) {
        if self.settings.protocol < 2 {
            return self.out.op(Op::Long(format!("{value}L").as_bytes()));
        }
        let (image, len) = number::long_image(value);
        self.out.op(Op::Long1(&image[..len]));
    }

    #[inline(always)]
    pub(crate) fn float(&mut self, value: f64) {
        match self.settings.protocol {
            0 => self.float_text(value),
            _ => self.out.op(Op::BinFloat(value)),
        }
    }

    pub(crate) fn big(&mut self, value: &BigInt) -> Result<(), ErrorKind> {
        let settings = &self.settings;
        if settings.protocol < 2 {
            // CPython's own limit for the conversion, and ours for reading it back. A digit is more than three bits, so what
            // is far too long is refused before the conversion, which takes time in the square.
            let limit = || ErrorKind::Limit {
                name: "digits",
                limit: settings.digits as u64,
            };
            if value.bits() / 4 > settings.digits as u64 {
                return Err(limit());
            }
            let text = value.to_string();
            if text.trim_start_matches('-').len() > settings.digits {
                return Err(limit());
            }
            self.out.op(Op::Long((text + "L").as_bytes()));
            return Ok(());
        }
        let image = number::write_long(value);
        match image.len() {
            0..=0xff => self.out.op(Op::Long1(&image)),
            0x100..=0x7fff_ffff => self.out.op(Op::Long4(&image)),
            _ => return Err(ErrorKind::Unwritable("an int of more than 2 GiB")),
        }
        Ok(())
    }

    /// Text as UTF-8, with lone surrogates passed.
    #[inline(always)]
    pub(crate) fn str(&mut self, text: &[u8]) -> Result<(), ErrorKind> {
        match u8::try_from(text.len()) {
            Ok(_) if self.settings.protocol >= 4 => {
                self.out.op(Op::ShortBinUnicode(text));
                Ok(())
            }
            _ => self.other_str(text),
        }
    }

    #[inline(never)]
    fn other_str(&mut self, text: &[u8]) -> Result<(), ErrorKind> {
        let op = match text.len() {
            _ if self.settings.protocol == 0 => {
                let mut line = Vec::with_capacity(text.len());
                text::raw_unicode_escape_encode(text, &mut line);
                self.out.op(Op::Unicode(&line));
                return Ok(());
            }
            len if u32::try_from(len).is_ok() => Op::BinUnicode(text),
            _ if self.settings.protocol >= 4 => Op::BinUnicode8(text),
            _ => return Err(ErrorKind::Unwritable("a str of more than 4 GiB needs protocol 4")),
        };
        self.out.payload(op, text.len())
    }

    /// A `bytes`, which protocol 3 introduced.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), ErrorKind> {
        let op = match bytes.len() {
            0..=0xff => Op::ShortBinBytes(bytes),
            len if u32::try_from(len).is_ok() => Op::BinBytes(bytes),
            _ if self.settings.protocol >= 4 => Op::BinBytes8(bytes),
            _ => return Err(ErrorKind::Unwritable("a bytes of more than 4 GiB needs protocol 4")),
        };
        self.out.payload(op, bytes.len())
    }

    /// A `bytearray`, which protocol 5 introduced.
    pub(crate) fn bytearray(&mut self, bytes: &[u8]) -> Result<(), ErrorKind> {
        self.out.payload(Op::ByteArray8(bytes), bytes.len())
    }
}
