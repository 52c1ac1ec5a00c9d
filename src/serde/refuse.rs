//! Serializers that take hardly anything.

/// In an `impl Serializer`: the types, and all methods but those of text, options, units and newtype structs, which answer
/// with an error.
macro_rules! refuse {
    ($ok:ty, $error:ty, $no:expr) => {
        refuse! { @types $ok, $error: SerializeSeq SerializeTuple SerializeTupleStruct SerializeTupleVariant
            SerializeMap SerializeStruct SerializeStructVariant }
        refuse! { @methods $ok, $error, $no;
            serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64),
            serialize_i128(i128), serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64),
            serialize_u128(u128), serialize_f32(f32), serialize_f64(f64), serialize_bytes(&[u8]),
            serialize_unit_struct(&'static str), serialize_unit_variant(&'static str, u32, &'static str),
        }
        refuse! { @methods serde::ser::Impossible<$ok, $error>, $error, $no;
            serialize_seq(Option<usize>), serialize_tuple(usize), serialize_tuple_struct(&'static str, usize),
            serialize_tuple_variant(&'static str, u32, &'static str, usize), serialize_map(Option<usize>),
            serialize_struct(&'static str, usize),
            serialize_struct_variant(&'static str, u32, &'static str, usize),
        }

        fn serialize_newtype_variant<T: serde::Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<$ok, $error> {
            $no
        }
    };
    (@types $ok:ty, $error:ty: $($name:ident)*) => {
        type Ok = $ok;
        type Error = $error;
        $(type $name = serde::ser::Impossible<$ok, $error>;)*
    };
    (@methods $ok:ty, $error:ty, $no:expr; $($method:ident($($ty:ty),*),)*) => {
        $(fn $method(self, $(_: $ty),*) -> Result<$ok, $error> {
            $no
        })*
    };
}

pub(super) use refuse;
