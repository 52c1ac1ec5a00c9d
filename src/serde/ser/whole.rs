//! The serializer that users hold: each value a pickle of its own.

use super::{compound::Compound, push::Push};
use crate::{
    error::{Error, Result},
    options::Options,
};
use serde::ser::{self, Serialize};
use std::io::Write;

/// Writes values as pickles, one after the other, into a writer.
///
/// [`to_vec`](crate::to_vec) and [`to_writer`](crate::to_writer) are shorter; this is for what takes a serializer, such as
/// adapters between formats. Each pickle has a memo of its own. An error of the writer's or of a value's leaves what was
/// written of that pickle in the writer.
///
/// ```
/// use serde::Serialize;
/// let mut serializer = brinery::Serializer::new(Vec::new());
/// "first".serialize(&mut serializer)?;
/// [1, 2].serialize(&mut serializer)?;
/// let bytes = serializer.into_inner();
/// let graph = brinery::Options::new().read_all(&bytes)?;
/// let roots: Vec<_> = graph.roots().map(|root| root.to_string()).collect();
/// assert_eq!(roots, ["'first'", "(1, 2)"]);
/// # Ok::<(), brinery::Error>(())
/// ```
pub struct Serializer<W> {
    push: Push<W>,
}

impl<W: Write> Serializer<W> {
    /// With Python's defaults.
    pub fn new(writer: W) -> Self {
        let options = Options::new();
        let settings = options.default_settings();
        Serializer {
            push: Push::new(settings, options.write.enums, options.read.extensions, Some(writer)),
        }
    }

    /// With settings. An error if there is no such protocol.
    pub fn with_options(writer: W, options: &Options) -> Result<Self> {
        let settings = options.settings()?;
        let extensions = options.read.extensions.clone();
        Ok(Serializer {
            push: Push::new(settings, options.write.enums, extensions, Some(writer)),
        })
    }

    /// The writer.
    pub fn into_inner(self) -> W {
        match self.push.w.out.into_sink() {
            Some(writer) => writer,
            None => unreachable!("a serializer is made with a writer"),
        }
    }
}

/// The contents of a pickle's outermost value, which ends the pickle.
pub struct Contents<'a, W>(Compound<'a, W>);

impl<W: Write> Contents<'_, W> {
    fn finish(self) -> Result<()> {
        Ok(self.0.close()?.w.finish()?)
    }
}

/// Methods that write a whole value.
macro_rules! values {
    ($($method:ident($($arg:ident: $ty:ty),*);)*) => { $(
        fn $method(self, $($arg: $ty),*) -> Result<()> {
            self.push.start();
            ser::Serializer::$method(&mut self.push, $($arg),*)?;
            Ok(self.push.w.finish()?)
        }
    )* };
}

/// Methods that write a whole value of the user's.
macro_rules! wrappers {
    ($($method:ident($($arg:ident: $ty:ty),*);)*) => { $(
        fn $method<T: Serialize + ?Sized>(self, $($arg: $ty,)* value: &T) -> Result<()> {
            self.push.start();
            ser::Serializer::$method(&mut self.push, $($arg,)* value)?;
            Ok(self.push.w.finish()?)
        }
    )* };
}

/// Methods that open a value.
macro_rules! openers {
    ($($method:ident($($arg:ident: $ty:ty),*);)*) => { $(
        fn $method(self, $($arg: $ty),*) -> Result<Contents<'a, W>> {
            self.push.start();
            ser::Serializer::$method(&mut self.push, $($arg),*).map(Contents)
        }
    )* };
}

impl<'a, W: Write> ser::Serializer for &'a mut Serializer<W> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Contents<'a, W>;
    type SerializeTuple = Contents<'a, W>;
    type SerializeTupleStruct = Contents<'a, W>;
    type SerializeTupleVariant = Contents<'a, W>;
    type SerializeMap = Contents<'a, W>;
    type SerializeStruct = Contents<'a, W>;
    type SerializeStructVariant = Contents<'a, W>;

    values! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    wrappers! {
        serialize_some();
        serialize_newtype_struct(name: &'static str);
        serialize_newtype_variant(name: &'static str, index: u32, variant: &'static str);
    }

    openers! {
        serialize_seq(len: Option<usize>);
        serialize_tuple(len: usize);
        serialize_tuple_struct(name: &'static str, len: usize);
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize);
        serialize_map(len: Option<usize>);
        serialize_struct(name: &'static str, len: usize);
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize);
    }
}

/// The traits of serde that hand over one item after the other.
macro_rules! items {
    ($($name:ident $method:ident),*) => { $(
        impl<W: Write> ser::$name for Contents<'_, W> {
            type Ok = ();
            type Error = Error;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                ser::$name::$method(&mut self.0, value)
            }
            fn end(self) -> Result<()> {
                self.finish()
            }
        }
    )* };
}

items!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

/// The traits of serde that hand over fields.
macro_rules! fields {
    ($($name:ident),*) => { $(
        impl<W: Write> ser::$name for Contents<'_, W> {
            type Ok = ();
            type Error = Error;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
                ser::$name::serialize_field(&mut self.0, name, value)
            }
            fn end(self) -> Result<()> {
                self.finish()
            }
        }
    )* };
}

fields!(SerializeStruct, SerializeStructVariant);

impl<W: Write> ser::SerializeMap for Contents<'_, W> {
    type Ok = ();
    type Error = Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        ser::SerializeMap::serialize_key(&mut self.0, key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        ser::SerializeMap::serialize_value(&mut self.0, value)
    }
    fn end(self) -> Result<()> {
        self.finish()
    }
}
