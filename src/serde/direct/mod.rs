//! The direct lane: from opcodes straight into a Rust type, with no graph between.
//!
//! Most typed data is lists, tuples and dicts of text and numbers, and a pickler writes those in an order that a
//! deserializer can follow. This lane follows it for as long as every opcode is what the shape at hand asks for. Anything
//! else (an object, a cycle, a tuple where nothing foretold one, a value of the wrong type) makes it decline; then the
//! graph lane reads the pickle from its start, and it has the whole language and the good errors. So nothing is decided
//! twice: an accepted value is the graph lane's value, and there is no error but [`Declined`].
//!
//! What is accepted, as a grammar of opcodes (FRAME is skipped, `m` is MEMOIZE or a PUT or nothing):
//!
//! ```text
//! value   = atom | str m | bytes m | GET of an earlier str or whole object
//!         | EMPTY_LIST m items | EMPTY_SET m (MARK atom* ADDITEMS)* | EMPTY_DICT m entries
//!         | EMPTY_TUPLE | MARK value* TUPLE m | value TUPLE1 m | value value TUPLE2 m | value value value TUPLE3 m
//! items   = (MARK value* APPENDS | value APPEND)*
//! entries = (MARK (key value)* SETITEMS | key value SETITEM)*
//! ```

mod access;
mod cursor;
#[cfg(test)]
mod tests;

use crate::{
    limits::Limits,
    opcode::{Op, rows},
    serde::token,
    settings::ReadOptions,
};
use access::{Filling, Kind, Marked, Tuple, Variant};
use cursor::{DEPTH, Declined, Direct, Fetched, long};
use serde::de::{
    self, Deserialize, Visitor,
    value::{BorrowedStrDeserializer, SeqDeserializer},
};

/// Reads the pickle that starts at byte `start` if it can be read directly, and says where it ends.
pub(super) fn from_slice<'de, T: Deserialize<'de>>(
    input: &'de [u8],
    start: usize,
    options: &ReadOptions,
) -> Option<(T, usize)> {
    if !within(&options.limits) {
        return None;
    }
    let read = || {
        let mut direct = Direct::new(input, start, options.rules)?;
        let value = T::deserialize(&mut direct)?;
        Ok::<_, Declined>((value, direct.end()?))
    };
    read().ok()
}

/// Whether this lane keeps within the limits, which it does not count by: it knows no nodes and no stack.
fn within(limits: &Limits) -> bool {
    let defaults = Limits::default();
    let same = Limits {
        depth: defaults.depth,
        ..limits.clone()
    };
    limits.depth >= DEPTH && same == defaults
}

/// The bytes of the opcodes that are peeked at.
mod peeked {
    use crate::opcode::Op;
    pub(super) const EMPTY_LIST: u8 = Op::EmptyList.code();
    pub(super) const EMPTY_SET: u8 = Op::EmptySet.code();
    pub(super) const EMPTY_DICT: u8 = Op::EmptyDict.code();
    pub(super) const EMPTY_TUPLE: u8 = Op::EmptyTuple.code();
    pub(super) const MARK: u8 = Op::Mark.code();
    pub(super) const BINGET: u8 = Op::BinGet(0).code();
    pub(super) const LONG_BINGET: u8 = Op::LongBinGet(0).code();
    pub(super) const SHORT_BINBYTES: u8 = Op::ShortBinBytes(&[]).code();
    pub(super) const BINBYTES: u8 = Op::BinBytes(&[]).code();
    pub(super) const BINBYTES8: u8 = Op::BinBytes8(&[]).code();
    pub(super) const BYTEARRAY8: u8 = Op::ByteArray8(&[]).code();
}
use peeked::*;

impl<'de> Direct<'de> {
    /// Whatever comes next, by its opcode alone.
    fn any<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        match self.peek()? {
            EMPTY_LIST => self.container(Kind::List, visitor),
            EMPTY_SET => self.container(Kind::Set, visitor),
            EMPTY_DICT => self.container(Kind::Dict, visitor),
            EMPTY_TUPLE => self.empty_tuple(visitor),
            MARK => self.marked_tuple(visitor),
            SHORT_BINBYTES | BINBYTES | BINBYTES8 | BYTEARRAY8 => self.only_bytes(visitor),
            BINGET | LONG_BINGET => self.fetched(visitor, Direct::any),
            _ => self.atom(visitor),
        }
    }

    /// A constant, a number or text.
    #[inline]
    fn atom<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        let start = self.at();
        match self.next()? {
            Op::BinInt1(value) => visitor.visit_i64(value.into()),
            Op::BinInt2(value) => visitor.visit_i64(value.into()),
            Op::BinInt(value) => visitor.visit_i64(value.into()),
            Op::Long1(image) => visitor.visit_i64(long(image)?),
            Op::BinFloat(value) => visitor.visit_f64(value),
            Op::NewTrue => visitor.visit_bool(true),
            Op::NewFalse => visitor.visit_bool(false),
            Op::None => visitor.visit_unit(),
            Op::ShortBinUnicode(bytes) | Op::BinUnicode(bytes) | Op::BinUnicode8(bytes) => {
                visitor.visit_borrowed_str(self.str(bytes, start)?)
            }
            Op::BinGet(index) => visitor.visit_borrowed_str(self.fetched_text(index.into())?),
            Op::LongBinGet(index) => visitor.visit_borrowed_str(self.fetched_text(index as usize)?),
            Op::Frame(_) => self.atom(visitor),
            _ => Err(Declined),
        }
    }

    #[inline(always)]
    fn text(&mut self) -> Result<&'de str, Declined> {
        let start = self.at();
        if let Some(index) = self.next_if::<rows::BinGet>() {
            return self.fetched_text(index.into());
        }
        if let Some(bytes) = self.next_if::<rows::ShortBinUnicode>() {
            return self.str(bytes, start);
        }
        self.other_text()
    }

    fn other_text(&mut self) -> Result<&'de str, Declined> {
        self.peek()?;
        let start = self.at();
        match self.next()? {
            Op::ShortBinUnicode(bytes) | Op::BinUnicode(bytes) | Op::BinUnicode8(bytes) => self.str(bytes, start),
            Op::BinGet(index) => self.fetched_text(index.into()),
            Op::LongBinGet(index) => self.fetched_text(index as usize),
            _ => Err(Declined),
        }
    }

    #[inline]
    fn float<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        match self.next_if::<rows::BinFloat>() {
            Some(value) => visitor.visit_f64(value),
            None => self.atom(visitor),
        }
    }

    #[inline]
    fn int<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        if let Some(value) = self.next_if::<rows::BinInt1>() {
            return visitor.visit_i64(value.into());
        }
        if let Some(value) = self.next_if::<rows::BinInt2>() {
            return visitor.visit_i64(value.into());
        }
        if let Some(value) = self.next_if::<rows::BinInt>() {
            return visitor.visit_i64(value.into());
        }
        self.atom(visitor)
    }

    #[inline(always)]
    fn fetched_text(&mut self, index: usize) -> Result<&'de str, Declined> {
        match self.fetch(index)? {
            Fetched::Str(text) => Ok(text),
            Fetched::Object(_) => Err(Declined),
        }
    }

    fn bytes(&mut self) -> Result<&'de [u8], Declined> {
        self.peek()?;
        let start = self.at();
        let (Op::BinBytes(bytes) | Op::ShortBinBytes(bytes) | Op::BinBytes8(bytes) | Op::ByteArray8(bytes)) =
            self.next()?
        else {
            return Err(Declined);
        };
        let begun = self.begun(start)?;
        self.whole(begun);
        Ok(bytes)
    }

    #[inline]
    fn only_text<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        let text = self.text()?;
        visitor.visit_borrowed_str(text)
    }

    fn only_bytes<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        let bytes = self.bytes()?;
        visitor.visit_borrowed_bytes(bytes)
    }

    /// What the memo has under the index of the next opcode, a GET.
    fn get(&mut self) -> Result<Fetched<'de>, Declined> {
        match self.next()? {
            Op::BinGet(index) => self.fetch(index.into()),
            Op::LongBinGet(index) => self.fetch(index as usize),
            _ => Err(Declined),
        }
    }

    /// Reads what the memo has as if it stood here.
    fn fetched<V: Visitor<'de>>(
        &mut self,
        visitor: V,
        read: fn(&mut Self, V) -> Result<V::Value, Declined>,
    ) -> Result<V::Value, Declined> {
        match self.get()? {
            Fetched::Str(text) => visitor.visit_borrowed_str(text),
            Fetched::Object(place) => self.again(place, |there| read(there, visitor)),
        }
    }

    fn container<V: Visitor<'de>>(&mut self, kind: Kind, visitor: V) -> Result<V::Value, Declined> {
        let start = self.at();
        self.enter()?;
        self.next()?;
        let begun = self.begun(start)?;
        let mut filling = Filling::new(self, kind, start);
        let value = match kind {
            Kind::Dict => visitor.visit_map(&mut filling)?,
            Kind::List | Kind::Set => visitor.visit_seq(&mut filling)?,
        };
        filling.end()?;
        self.leave();
        self.whole(begun);
        Ok(value)
    }

    fn empty_tuple<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        self.next()?;
        visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<u8>()))
    }

    fn marked_tuple<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        let start = self.at();
        self.enter()?;
        self.next()?;
        let value = visitor.visit_seq(Marked(self))?;
        self.made(Op::Tuple, start)?;
        Ok(value)
    }

    /// A tuple of one to three items, which is only told by what follows them.
    fn short_tuple<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        let start = self.at();
        self.enter()?;
        let mut items = Tuple { direct: self, count: 0 };
        let value = visitor.visit_seq(&mut items)?;
        let maker = items.maker()?;
        self.made(maker, start)?;
        Ok(value)
    }

    /// The opcode that makes a tuple, and what memoizes it.
    fn made(&mut self, maker: Op<'static>, start: usize) -> Result<(), Declined> {
        if !self.accept(maker)? {
            return Err(Declined);
        }
        self.leave();
        let begun = self.begun(start)?;
        self.whole(begun);
        Ok(())
    }

    /// What is asked for as a sequence: a container, or else it must be a tuple that begins here.
    fn seq<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        match self.peek()? {
            EMPTY_LIST => self.container(Kind::List, visitor),
            EMPTY_SET => self.container(Kind::Set, visitor),
            EMPTY_TUPLE => self.empty_tuple(visitor),
            MARK => self.marked_tuple(visitor),
            EMPTY_DICT => Err(Declined),
            BINGET | LONG_BINGET if !self.text_is_next()? => self.fetched(visitor, Direct::seq),
            _ => self.short_tuple(visitor),
        }
    }

    fn map<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        match self.peek()? {
            EMPTY_DICT => self.container(Kind::Dict, visitor),
            BINGET | LONG_BINGET if !self.text_is_next()? => self.fetched(visitor, Direct::map),
            _ => Err(Declined),
        }
    }

    fn option<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        // `(None,)` is how `Some(None)` is told from `None`.
        if !self.accept(Op::None)? {
            return match self.may_be_chain()? {
                true => Err(Declined),
                false => visitor.visit_some(self),
            };
        }
        if self.peek()? == Op::Tuple1.code() {
            return Err(Declined);
        }
        visitor.visit_none()
    }

    fn variant<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        if self.peek()? != EMPTY_DICT {
            let text = self.text()?;
            return visitor.visit_enum(BorrowedStrDeserializer::new(text));
        }
        let start = self.at();
        self.enter()?;
        self.next()?;
        let begun = self.begun(start)?;
        let mut entry = Filling::new(self, Kind::Dict, start);
        if !entry.more()? {
            return Err(Declined);
        }
        let value = visitor.visit_enum(Variant(entry.direct))?;
        entry.end()?;
        self.leave();
        self.whole(begun);
        Ok(value)
    }

    /// Remembers that something failed.
    #[inline]
    fn noted<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Declined>) -> Result<T, Declined> {
        let value = read(self);
        self.failed |= value.is_err();
        value
    }
}

/// Hints that are all read the same way.
macro_rules! read_as {
    ($read:ident: $($hint:ident)*) => { $(
        #[inline]
        fn $hint<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Declined> {
            self.noted(|direct| direct.$read(visitor))
        }
    )* };
}

impl<'de> de::Deserializer<'de> for &mut Direct<'de> {
    type Error = Declined;

    read_as!(any: deserialize_any deserialize_ignored_any);
    read_as!(int: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128);
    read_as!(atom: deserialize_bool deserialize_unit);
    read_as!(float: deserialize_f32 deserialize_f64);
    read_as!(only_text: deserialize_str deserialize_string deserialize_char deserialize_identifier);
    read_as!(only_bytes: deserialize_bytes deserialize_byte_buf);
    read_as!(map: deserialize_map);
    read_as!(option: deserialize_option);

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Declined> {
        self.noted(|direct| match direct.peek()? {
            // A `Vec<u8>`, most likely.
            SHORT_BINBYTES | BINBYTES | BINBYTES8 | BYTEARRAY8 => {
                let bytes = direct.bytes()?;
                visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied()))
            }
            _ => direct.seq(visitor),
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Declined> {
        self.noted(|direct| direct.seq(visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Declined> {
        self.noted(|direct| plain(name).and_then(|()| direct.seq(visitor)))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Declined> {
        self.noted(|direct| plain(name).and_then(|()| direct.map(visitor)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Declined> {
        // The variants of a Python class are classes or members.
        if name.contains(':') {
            self.failed = true;
            return Err(Declined);
        }
        self.noted(|direct| direct.variant(visitor))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Declined> {
        self.noted(|direct| direct.atom(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Declined> {
        self.noted(|direct| plain(name).and_then(|()| visitor.visit_newtype_struct(direct)))
    }
}

/// Declines what stands for a Python type of its own.
fn plain(name: &str) -> Result<(), Declined> {
    if name.starts_with(token::PREFIX) {
        return Err(Declined);
    }
    Ok(())
}
