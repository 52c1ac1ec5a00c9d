//! Serde's data as opcodes.

use super::{
    error::{Error, Result},
    ser::{BATCH, Serializer, bool},
};
use crate::Op;
use num_bigint::BigInt;
use serde::ser::{self, Serialize};
use std::io;

/// A container whose items are being written.
#[derive(Debug)]
pub struct Compound<'a, W> {
    to: &'a mut Serializer<W>,
    /// Whether a mark is on the stack for the items.
    marked: bool,
    items: usize,
}

impl<'a, W: io::Write> Compound<'a, W> {
    fn new(to: &'a mut Serializer<W>, marked: bool) -> Result<Self> {
        if marked {
            to.op(Op::Mark)?;
        }
        Ok(Compound { to, marked, items: 0 })
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        // A length of 0 may have been a lie.
        if !self.marked {
            self.marked = true;
            self.to.op(Op::Mark)?;
        }
        item.serialize(&mut *self.to)
    }

    /// Counts an item, or an entry, of a batch.
    fn batch(&mut self, end: Op<'_>) -> Result<()> {
        self.items += 1;
        if self.items == BATCH {
            self.items = 0;
            self.to.op(end)?;
            self.to.op(Op::Mark)?;
        }
        Ok(())
    }

    fn finish(self, end: Op<'_>) -> Result<&'a mut Serializer<W>> {
        if self.marked {
            self.to.op(end)?;
        }
        Ok(self.to)
    }

    fn finish_tuple(self) -> Result<()> {
        if self.marked {
            self.to.op(Op::Tuple)
        } else {
            self.to.op(Op::EmptyTuple)
        }
    }
}

impl<W: io::Write> Serializer<W> {
    /// What comes before a variant's data.
    fn variant(&mut self, name: &str) -> Result<()> {
        if !self.options.compat_enum_repr {
            self.op(Op::EmptyDict)?;
        }
        self.str(name)
    }

    fn end_variant(&mut self) -> Result<()> {
        self.op(match self.options.compat_enum_repr {
            true => Op::Tuple2,
            false => Op::SetItem,
        })
    }
}

impl<W: io::Write> ser::SerializeSeq for Compound<'_, W> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.item(item)?;
        self.batch(Op::Appends)
    }

    fn end(self) -> Result<()> {
        self.finish(Op::Appends).map(|_| ())
    }
}

impl<W: io::Write> ser::SerializeTuple for Compound<'_, W> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.item(item)
    }

    fn end(self) -> Result<()> {
        self.finish_tuple()
    }
}

impl<W: io::Write> ser::SerializeTupleStruct for Compound<'_, W> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.item(item)
    }

    fn end(self) -> Result<()> {
        self.finish_tuple()
    }
}

impl<W: io::Write> ser::SerializeTupleVariant for Compound<'_, W> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.item(item)
    }

    fn end(self) -> Result<()> {
        self.finish(Op::Appends)?.end_variant()
    }
}

impl<W: io::Write> ser::SerializeMap for Compound<'_, W> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.item(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.item(value)?;
        self.batch(Op::SetItems)
    }

    fn end(self) -> Result<()> {
        self.finish(Op::SetItems).map(|_| ())
    }
}

impl<W: io::Write> ser::SerializeStruct for Compound<'_, W> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        ser::SerializeMap::serialize_entry(self, name, value)
    }

    fn end(self) -> Result<()> {
        ser::SerializeMap::end(self)
    }
}

impl<W: io::Write> ser::SerializeStructVariant for Compound<'_, W> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        ser::SerializeMap::serialize_entry(self, name, value)
    }

    fn end(self) -> Result<()> {
        self.finish(Op::SetItems)?.end_variant()
    }
}

impl<'a, W: io::Write> ser::Serializer for &'a mut Serializer<W> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a, W>;
    type SerializeTuple = Compound<'a, W>;
    type SerializeTupleStruct = Compound<'a, W>;
    type SerializeTupleVariant = Compound<'a, W>;
    type SerializeMap = Compound<'a, W>;
    type SerializeStruct = Compound<'a, W>;
    type SerializeStructVariant = Compound<'a, W>;

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.op(bool(value))
    }

    // Each width has its opcode, and 0 and what is negative the one for four bytes: serde-pickle's choice.

    fn serialize_i8(self, value: i8) -> Result<()> {
        self.op(match u8::try_from(value) {
            Ok(value @ 1..) => Op::BinInt1(value),
            _ => Op::BinInt(value.into()),
        })
    }

    fn serialize_i16(self, value: i16) -> Result<()> {
        self.op(match u16::try_from(value) {
            Ok(value @ 1..) => Op::BinInt2(value),
            _ => Op::BinInt(value.into()),
        })
    }

    fn serialize_i32(self, value: i32) -> Result<()> {
        self.op(Op::BinInt(value))
    }

    fn serialize_i64(self, value: i64) -> Result<()> {
        self.i64(value)
    }

    fn serialize_i128(self, value: i128) -> Result<()> {
        match i64::try_from(value) {
            Ok(value) => self.i64(value),
            Err(_) => self.big(&BigInt::from(value)),
        }
    }

    fn serialize_u8(self, value: u8) -> Result<()> {
        self.op(Op::BinInt1(value))
    }

    fn serialize_u16(self, value: u16) -> Result<()> {
        self.op(Op::BinInt2(value))
    }

    fn serialize_u32(self, value: u32) -> Result<()> {
        match i32::try_from(value) {
            Ok(value) => self.op(Op::BinInt(value)),
            // The last byte holds the sign.
            Err(_) => self.op(Op::Long1(&u64::from(value).to_le_bytes()[..5])),
        }
    }

    fn serialize_u64(self, value: u64) -> Result<()> {
        match i32::try_from(value) {
            Ok(value) => self.op(Op::BinInt(value)),
            Err(_) => self.op(Op::Long1(&u128::from(value).to_le_bytes()[..9])),
        }
    }

    fn serialize_u128(self, value: u128) -> Result<()> {
        match u64::try_from(value) {
            Ok(value) => self.serialize_u64(value),
            Err(_) => self.big(&BigInt::from(value)),
        }
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        self.op(Op::BinFloat(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        self.op(Op::BinFloat(value))
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<()> {
        self.str(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        self.bytes(value)
    }

    fn serialize_unit(self) -> Result<()> {
        self.op(Op::None)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.op(Op::None)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.str(variant)?;
        match self.options.compat_enum_repr {
            true => self.op(Op::Tuple1),
            false => Ok(()),
        }
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.end_variant()
    }

    fn serialize_none(self) -> Result<()> {
        self.op(Op::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a, W>> {
        self.op(Op::EmptyList)?;
        Compound::new(self, len != Some(0))
    }

    fn serialize_tuple(self, len: usize) -> Result<Compound<'a, W>> {
        Compound::new(self, len > 0)
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Compound<'a, W>> {
        Compound::new(self, len > 0)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a, W>> {
        self.variant(variant)?;
        self.op(Op::EmptyList)?;
        Compound::new(self, true)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a, W>> {
        self.op(Op::EmptyDict)?;
        Compound::new(self, len != Some(0))
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Compound<'a, W>> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a, W>> {
        self.variant(variant)?;
        self.serialize_map(Some(len))
    }
}
