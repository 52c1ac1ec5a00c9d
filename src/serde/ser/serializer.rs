//! Serde's data model in opcodes.

use super::{
    class::{Opened, Shape, is_path},
    compound::{After, Compound, Kind},
    push::{Mode, Push},
    tokens::Call,
};
use crate::{
    EnumShape,
    error::{Error, ErrorKind},
    serde::token::{self, PREFIX},
};
use num_bigint::BigInt;
use serde::ser::{Serialize, Serializer};
use std::io::Write;

macro_rules! ints {
    ($($method:ident $ty:ty),*) => { $(
        #[inline]
        fn $method(self, value: $ty) -> Result<(), Error> {
            self.boundary()?;
            self.w.int(value.into());
            Ok(())
        }
    )* };
}

impl<'a, W: Write> Serializer for &'a mut Push<W> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a, W>;
    type SerializeTuple = Compound<'a, W>;
    type SerializeTupleStruct = Compound<'a, W>;
    type SerializeTupleVariant = Compound<'a, W>;
    type SerializeMap = Compound<'a, W>;
    type SerializeStruct = Compound<'a, W>;
    type SerializeStructVariant = Compound<'a, W>;

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.boundary()?;
        self.w.bool(value);
        Ok(())
    }

    ints!(
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_u8 u8, serialize_u16 u16,
        serialize_u32 u32
    );

    #[inline]
    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        match i64::try_from(value) {
            Ok(value) => self.serialize_i64(value),
            Err(_) => self.serialize_u128(value.into()),
        }
    }

    fn serialize_i128(self, value: i128) -> Result<(), Error> {
        match i64::try_from(value) {
            Ok(value) => self.serialize_i64(value),
            Err(_) => self.big(&value.into()),
        }
    }

    fn serialize_u128(self, value: u128) -> Result<(), Error> {
        match i64::try_from(value) {
            Ok(value) => self.serialize_i64(value),
            Err(_) => self.big(&value.into()),
        }
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_f64(value.into())
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        self.boundary()?;
        self.w.float(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.text(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        match self.mode {
            Mode::ByteArray => {
                self.mode = Mode::Plain;
                self.bytearray(value)
            }
            _ => self.bytes(value),
        }
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Error> {
        self.none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self)?;
        if self.ends_in_chain() {
            self.wrap_chain()?;
        }
        Ok(())
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Error> {
        match self.mode {
            Mode::Args | Mode::ArgsAfterClass | Mode::Tuple => self.serialize_tuple(0)?.finish(),
            _ => self.none(),
        }
    }

    #[inline]
    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Error> {
        if is_path(name) && !name.starts_with(PREFIX) {
            let class = self.class_of(name)?;
            return self.unit_instance(class, Shape::Dict);
        }
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, name: &'static str, _index: u32, variant: &'static str) -> Result<(), Error> {
        if is_path(name) {
            if name.contains('*') {
                let class = self.class_of_variant(name, variant)?;
                return self.unit_instance(class, Shape::Dict);
            }
            return self.member(name, variant);
        }
        match self.enums {
            EnumShape::Map => self.name(variant),
            EnumShape::Tuple => {
                self.boundary()?;
                self.mark_below_2();
                self.name(variant)?;
                self.small_tuple(1)
            }
        }
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Error> {
        if !is_path(name) {
            return value.serialize(self);
        }
        if name.starts_with(PREFIX) {
            return self.token(name, value);
        }
        let class = self.class_of(name)?;
        self.newtype_instance(class, Shape::New, value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        if is_path(name) {
            let class = self.class_of_variant(name, variant)?;
            return self.newtype_instance(class, Push::<W>::default_of_variant(name), value);
        }
        let after = self.open_variant(variant)?;
        value.serialize(&mut *self)?;
        self.close_variant(after)
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a, W>, Error> {
        let mode = std::mem::take(&mut self.mode);
        self.open_seq(mode, len)
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Compound<'a, W>, Error> {
        let mode = std::mem::take(&mut self.mode);
        if mode != Mode::Plain {
            return self.open_mode(mode, Some(len));
        }
        let kind = self.open_tuple(Some(len))?;
        Ok(Compound::new(self, kind, After::Nothing))
    }

    fn serialize_tuple_struct(self, name: &'static str, len: usize) -> Result<Compound<'a, W>, Error> {
        if !is_path(name) {
            return self.serialize_tuple(len);
        }
        if name == token::BY_PROTOCOL {
            self.mode = Mode::Plain;
            return Ok(Compound::new(self, Kind::Choice(0), After::Nothing));
        }
        if let Some(call) = Call::of(name) {
            self.mode = Mode::Plain;
            let (kind, after) = (Kind::Call(call), After::Nothing);
            let key = std::mem::take(&mut self.key);
            return Ok(Compound::of_object(self, Opened { kind, after, key }));
        }
        let class = self.class_of(name)?;
        let opened = self.instance(class, Shape::New, len)?;
        Ok(Compound::of_object(self, opened))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a, W>, Error> {
        if is_path(name) {
            let class = self.class_of_variant(name, variant)?;
            let opened = self.instance(class, Push::<W>::default_of_variant(name), len)?;
            return Ok(Compound::of_object(self, opened));
        }
        let after = self.open_variant(variant)?;
        let kind = self.open_list(Some(len))?;
        Ok(Compound::new(self, kind, after))
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a, W>, Error> {
        self.open_map(len)
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Compound<'a, W>, Error> {
        if !is_path(name) {
            return self.serialize_map(Some(len));
        }
        let class = self.class_of(name)?;
        let opened = self.instance(class, Shape::Dict, len)?;
        Ok(Compound::of_fields(self, opened))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a, W>, Error> {
        if is_path(name) {
            let class = self.class_of_variant(name, variant)?;
            let opened = self.instance(class, Shape::Dict, len)?;
            return Ok(Compound::of_fields(self, opened));
        }
        let after = self.open_variant(variant)?;
        let kind = self.open_dict(Some(len))?;
        Ok(Compound::new(self, kind, after))
    }
}

impl<W: Write> Push<W> {
    pub(super) fn big(&mut self, value: &BigInt) -> Result<(), Error> {
        self.boundary()?;
        Ok(self.w.big(value)?)
    }

    /// An instance with one field that has no name.
    fn newtype_instance<T: Serialize + ?Sized>(
        &mut self,
        class: usize,
        default: Shape,
        value: &T,
    ) -> Result<(), Error> {
        match self.shape_of(class, default) {
            // The value is the whole state.
            shape @ (Shape::Dict | Shape::Slots) => {
                self.can_have(shape)?;
                let key = std::mem::take(&mut self.key);
                self.bare_instance(class)?;
                let object = self.last;
                self.build(shape == Shape::Slots, value)?;
                self.last = object;
                self.key = key;
                Ok(())
            }
            Shape::Kwargs => {
                Err(ErrorKind::Unwritable("a field without a name cannot be an attribute of an instance").into())
            }
            shape => {
                let opened = self.instance(class, shape, 1)?;
                let mut compound = Compound::of_object(self, opened);
                serde::ser::SerializeTuple::serialize_element(&mut compound, value)?;
                compound.finish()
            }
        }
    }

    /// A member of a Python `Enum`: the call of the class with the member's value. Each is one object.
    fn member(&mut self, name: &'static str, variant: &'static str) -> Result<(), Error> {
        let class = self.class_of(name)?;
        let key = (variant.as_ptr() as usize, class, "a member of an Enum");
        self.once(key, |push| {
            let opened = push.instance(class, Shape::Call, 1)?;
            match variant.split_once(':') {
                Some(("int", digits)) => match digits.parse::<i128>() {
                    Ok(value) => push.serialize_i128(value)?,
                    Err(_) => return Err(ErrorKind::Unwritable("the value of an Enum's member is not an int").into()),
                },
                Some(("str", text)) => push.name(text)?,
                _ => push.name(variant)?,
            }
            Compound::of_object(push, opened).counted(1)?.finish()
        })
    }
}
