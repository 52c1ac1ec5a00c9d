//! Deques, sets, tuples and bytearrays.

use super::{NO_ARGS, Named};
use crate::{
    serde::{
        faces::{self, Faces},
        parts::{self, FromParts, next},
        token,
    },
    types::{ByteArray, Deque, FrozenSet, Ignored, Set, Tuple},
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
    ser::SerializeTupleStruct,
};
use std::{collections::VecDeque, fmt};

impl<T: Serialize> Serialize for Deque<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        faces::serialize(self, serializer)
    }
}

impl<T: Serialize> Faces for Deque<T> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items.serialize(serializer)
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        deque(serializer, &self.items, self.maxlen)
    }
}

/// `deque()` or `deque((), maxlen)`, and the items appended to it.
pub(super) fn deque<S: Serializer>(
    serializer: S,
    items: &(impl Serialize + ?Sized),
    maxlen: Option<usize>,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_tuple_struct(token::OBJECT, 3)?;
    object.serialize_field("collections:deque")?;
    match maxlen {
        Some(maxlen) => object.serialize_field(&(NO_ARGS, maxlen))?,
        None => object.serialize_field(&NO_ARGS)?,
    }
    object.serialize_field(&Named(token::APPEND, items))?;
    object.end()
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Deque<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parts::deserialize(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> FromParts<'de> for Deque<T> {
    const TOKEN: &'static str = token::DEQUE;
    const NAME: &'static str = "a deque";

    fn from_parts<A: SeqAccess<'de>>(mut parts: A) -> Result<Self, A::Error> {
        let maxlen = next(&mut parts)?;
        let items = next(&mut parts)?;
        Ok(Deque { items, maxlen })
    }

    fn from_plain<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        VecDeque::deserialize(deserializer).map(Deque::from)
    }
}

macro_rules! containers {
    ($($ty:ident: $token:ident;)*) => { $(
        impl<T: Serialize> Serialize for $ty<T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_newtype_struct(token::$token, &self.0)
            }
        }

        impl<'de, T: Deserialize<'de>> Deserialize<'de> for $ty<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Vec::deserialize(deserializer).map($ty)
            }
        }
    )* };
}

containers! {
    Set: SET;
    FrozenSet: FROZENSET;
    Tuple: TUPLE;
}

/// Bytes as serde's bytes.
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl Serialize for ByteArray {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(token::BYTEARRAY, &Bytes(&self.0))
    }
}

impl<'de> Deserialize<'de> for ByteArray {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(AnyBytes).map(ByteArray)
    }
}

/// Bytes, also as a sequence of numbers.
pub(super) struct AnyBytes;

impl<'de> Visitor<'de> for AnyBytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = items.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
    }
}

impl Serialize for Ignored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Ignored)
    }
}
