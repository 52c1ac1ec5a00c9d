//! Arguments as Python's `pickletools` reads them.
//!
//! That module decodes text by rules of its own: names may have escapes, an int may not be hexadecimal, a Python 2
//! `str` is ASCII when it is quoted and Latin-1 when it is counted. What it refuses, some unpickler may well read. Then
//! there is nothing to hold a disassembly up: the argument is shown as it stands in the stream, as `bytes`.

use crate::memo::Memo;
use crate::{
    error::{ErrorKind, Result},
    number::{self, DEFAULT_DIGITS, Parsed},
    opcode::Op,
    ops,
    text::{self, Text},
};
use num_bigint::BigInt;
use std::{collections::HashMap, fmt::Write};

/// An opcode's argument.
pub(crate) enum Argument<'a> {
    /// A bool: only a decimal line can be one.
    Bool(bool),
    Int(i64),
    Big(BigInt),
    Float(f64),
    Str(Text<'a>),
    Bytes(&'a [u8]),
    ByteArray(&'a [u8]),
    /// What `pickletools` refuses and some unpickler reads.
    Raw(Vec<u8>),
}

/// A key of the memo, where `pickletools` allows any int.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Small(i64),
    Big(BigInt),
}

/// What is known of each key of the memo. Those that a pickler would use take no more than what is known of them.
#[derive(Debug, Clone)]
pub(crate) struct KeyMap<V> {
    usual: Memo<V>,
    others: HashMap<Key, V>,
}

impl<V: Clone> KeyMap<V> {
    pub(crate) fn new() -> Self {
        KeyMap {
            usual: Memo::new(),
            others: HashMap::new(),
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = KeyMap::new();
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.usual.len() + self.others.len()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<V> {
        match key {
            Key::Small(index @ 0..) => self.usual.get(*index as u64),
            key => self.others.get(key).cloned(),
        }
    }

    pub(crate) fn insert(&mut self, key: Key, value: V) {
        match key {
            // Without a limit there is no error.
            Key::Small(index @ 0..) => self.usual.put(index as u64, &value, usize::MAX).unwrap_or_default(),
            key => drop(self.others.insert(key, value)),
        }
    }
}

impl<V: Clone> Default for KeyMap<V> {
    fn default() -> Self {
        KeyMap::new()
    }
}

/// What an opcode does to the memo.
pub(crate) enum MemoUse {
    /// Stores the top of the stack under a key.
    Put(Key),
    /// Stores it under the next free number.
    Memoize,
    /// Fetches what is stored under a key.
    Get(Key),
}

impl Key {
    /// What to say when there is no such entry.
    pub(crate) fn missing(&self) -> ErrorKind {
        match self {
            Key::Small(index) => ErrorKind::MissingMemo((*index).into()),
            Key::Big(_) => ErrorKind::NumberTooLarge,
        }
    }
}

/// The opcode that starts at byte `start`, and where it ends. Frames are opcodes as any other: nobody checks what is in
/// them.
pub(crate) fn parse(input: &[u8], start: usize) -> Result<(Op<'_>, usize)> {
    let rest = input.get(start..).unwrap_or(&[]);
    let (behind, op) = Op::parse(rest).map_err(|error| ops::parse_failure(error, rest, start as u64))?;
    Ok((op, input.len() - behind.len()))
}

/// Decodes the argument, if the opcode has one.
pub(crate) fn argument<'a>(op: &Op<'a>) -> Result<Option<Argument<'a>>, ErrorKind> {
    let argument = match *op {
        Op::BinInt1(v) | Op::BinGet(v) | Op::BinPut(v) | Op::Ext1(v) | Op::Proto(v) => Argument::Int(v.into()),
        Op::BinInt2(v) | Op::Ext2(v) => Argument::Int(v.into()),
        Op::BinInt(v) | Op::Ext4(v) => Argument::Int(v.into()),
        Op::LongBinGet(v) | Op::LongBinPut(v) => Argument::Int(v.into()),
        Op::Frame(v) => i64::try_from(v).map_or_else(|_| Argument::Big(v.into()), Argument::Int),
        Op::Long1(v) | Op::Long4(v) => long(v),

        Op::Int(line) => {
            let read = |classic| number::int_line(line, classic, DEFAULT_DIGITS);
            decimal(line, line).or_else(|error| raw(line, read(false).or_else(|_| read(true)).is_ok(), error))?
        }
        Op::Long(line) => {
            let read = |classic| number::long_line(line, classic, DEFAULT_DIGITS);
            let digits = line.strip_suffix(b"L").unwrap_or(line);
            // `00` and `01` are ints here.
            let plain = number_text(digits).map(Argument::from);
            plain.or_else(|error| raw(line, read(false).or_else(|_| read(true)).is_ok(), error))?
        }
        Op::Get(line) | Op::Put(line) => {
            decimal(line, line).or_else(|error| raw(line, number::index_line(line).is_ok(), error))?
        }

        Op::BinFloat(v) => Argument::Float(v),
        Op::Float(line) => match float(line) {
            Some(value) => Argument::Float(value),
            None => raw(line, number::float_line(line).is_ok(), ErrorKind::BadNumber)?,
        },

        Op::ShortBinUnicode(v) | Op::BinUnicode(v) | Op::BinUnicode8(v) => Argument::Str(Text::decode(v)?),
        Op::Unicode(line) => Argument::Str(text::raw_unicode_escape_decode(line)?),
        Op::ShortBinString(v) | Op::BinString(v) => Argument::Str(text::latin1_decode(v)),
        Op::String(line) => match quoted(line) {
            Ok(text) => Argument::Str(text),
            // As bytes, but without quotes and escapes of its own.
            Err(_) => Argument::Raw(text::string_literal(line)?.into_owned()),
        },
        Op::PersId(line) => match name(line) {
            Ok(text) => Argument::Str(text.into()),
            Err(error) => raw(line, line.is_ascii(), error)?,
        },
        Op::Global((module, attribute)) | Op::Inst((module, attribute)) => {
            match (name(module), name(attribute)) {
                (Ok(module), Ok(attribute)) => Argument::Str(format!("{module} {attribute}").into()),
                (Err(error), _) | (_, Err(error)) => {
                    let both = [module, attribute].join(&b' ');
                    // Only GLOBAL has names that are not ASCII.
                    let readable = both.is_ascii() || matches!(op, Op::Global(_)) && str::from_utf8(&both).is_ok();
                    raw(&both, readable, error)?
                }
            }
        }

        Op::ShortBinBytes(v) | Op::BinBytes(v) | Op::BinBytes8(v) => Argument::Bytes(v),
        Op::ByteArray8(v) => Argument::ByteArray(v),
        _ => return Ok(None),
    };
    Ok(Some(argument))
}

/// What the opcode does to the memo, if anything.
pub(crate) fn memo_use(op: &Op<'_>) -> Result<Option<MemoUse>, ErrorKind> {
    Ok(Some(match *op {
        Op::Memoize => MemoUse::Memoize,
        Op::BinPut(i) => MemoUse::Put(Key::Small(i.into())),
        Op::LongBinPut(i) => MemoUse::Put(Key::Small(i.into())),
        Op::Put(line) => MemoUse::Put(key(line)?),
        Op::BinGet(i) => MemoUse::Get(Key::Small(i.into())),
        Op::LongBinGet(i) => MemoUse::Get(Key::Small(i.into())),
        Op::Get(line) => MemoUse::Get(key(line)?),
        _ => return Ok(None),
    }))
}

impl Argument<'_> {
    /// Writes Python's `repr` of it.
    pub(crate) fn repr(&self, out: &mut String) -> std::fmt::Result {
        match self {
            Argument::Bool(true) => out.write_str("True"),
            Argument::Bool(false) => out.write_str("False"),
            Argument::Int(value) => write!(out, "{value}"),
            Argument::Big(value) => write!(out, "{value}"),
            Argument::Float(value) => out.write_str(&number::float_repr(*value)),
            Argument::Str(text) => text::python_str_repr(text.as_bytes(), out),
            Argument::Bytes(bytes) => text::python_bytes_repr(bytes, out),
            Argument::Raw(bytes) => text::python_bytes_repr(bytes, out),
            Argument::ByteArray(bytes) => text::python_bytearray_repr(bytes, out),
        }
    }
}

impl From<Parsed> for Argument<'_> {
    fn from(number: Parsed) -> Self {
        match number {
            Parsed::Bool(value) => Argument::Bool(value),
            Parsed::Small(value) => Argument::Int(value),
            Parsed::Big(value) => Argument::Big(value),
        }
    }
}

/// The argument as it is, if an unpickler makes sense of it.
fn raw<'a>(bytes: &[u8], readable: bool, error: ErrorKind) -> Result<Argument<'a>, ErrorKind> {
    if readable {
        Ok(Argument::Raw(bytes.to_vec()))
    } else {
        Err(error)
    }
}

/// LONG1 and LONG4: Python shows no int of more than 4300 digits.
fn long<'a>(bytes: &[u8]) -> Argument<'a> {
    /// No number of so many bytes has that few digits, fill bytes aside: 256¹⁷⁸⁶ > 10⁴³⁰⁰.
    const TOO_LONG: u64 = 1787 * 8;
    match number::long_bytes(bytes) {
        Parsed::Big(value) if value.bits() > TOO_LONG || digits(&value) > DEFAULT_DIGITS => {
            Argument::Raw(bytes.to_vec())
        }
        value => value.into(),
    }
}

fn digits(value: &BigInt) -> usize {
    value.magnitude().to_string().len()
}

/// `int(text)` of a `bytes`, which a NUL does not end.
fn number_text(text: &[u8]) -> Result<Parsed, ErrorKind> {
    if text.contains(&0) {
        return Err(ErrorKind::BadNumber);
    }
    number::python_int(text, 10, DEFAULT_DIGITS)
}

/// `decimalnl_short`: the bools are those of INT, though GET and PUT have them too.
fn decimal<'a>(line: &[u8], text: &[u8]) -> Result<Argument<'a>, ErrorKind> {
    match line {
        b"00" => Ok(Argument::Bool(false)),
        b"01" => Ok(Argument::Bool(true)),
        _ => number_text(text).map(Argument::from),
    }
}

/// `float(line)` of a `bytes`: blanks around it, underscores between digits; too large is infinite.
fn float(line: &[u8]) -> Option<f64> {
    let text = number::skip_blanks(line);
    let blanks = text.iter().rev().take_while(|b| number::skip_blanks(&[**b]).is_empty());
    let text = &text[..text.len() - blanks.count()];
    let digit_at = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let mut plain = String::with_capacity(text.len());
    for (at, &byte) in text.iter().enumerate() {
        if byte != b'_' {
            plain.push(byte.into());
        } else if at == 0 || !digit_at(at - 1) || !digit_at(at + 1) {
            return None;
        }
    }
    plain.parse().ok()
}

/// `stringnl`: quotes, escapes, and ASCII inside. A single quote by itself is both ends of the empty text.
fn quoted(line: &[u8]) -> Result<Text<'_>, ErrorKind> {
    let value = match line {
        b"'" | b"\"" => return Ok("".into()),
        _ => text::string_literal(line)?,
    };
    text::ascii_decode(&value).map(|text| text.to_owned().into())
}

/// `stringnl_noescape`: its name notwithstanding, escapes are undone. ASCII.
fn name(line: &[u8]) -> Result<String, ErrorKind> {
    text::ascii_decode(&text::escape_decode(line)?).map(str::to_owned)
}

/// The key in the line of GET and PUT.
fn key(line: &[u8]) -> Result<Key, ErrorKind> {
    match number_text(line) {
        Ok(Parsed::Big(value)) => Ok(Key::Big(value)),
        Ok(Parsed::Small(value)) => Ok(Key::Small(value)),
        Ok(Parsed::Bool(value)) => Ok(Key::Small(value.into())),
        Err(_) => number::index_line(line).map(|index| Key::Small(index as i64)),
    }
}
