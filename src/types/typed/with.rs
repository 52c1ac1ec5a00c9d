//! For `#[serde(with = "…")]`: any container of yours as one of Python's.

use super::{dicts, sequences};
use crate::serde::faces::Faces;
use serde::{Serialize, Serializer};

/// Modules that write a value by a token of its own, and read it as it is.
macro_rules! tokens {
    ($($(#[$doc:meta])* $module:ident: $token:ident;)*) => { $(
        $(#[$doc])*
        pub mod $module {
            use crate::serde::token;
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            /// Writes the items.
            pub fn serialize<T: Serialize + ?Sized, S: Serializer>(items: &T, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_newtype_struct(token::$token, items)
            }

            /// Reads the items, of any container.
            pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
                T::deserialize(deserializer)
            }
        }
    )* };
}

/// Modules that write a value by one face, and read it as it is.
macro_rules! faces {
    ($($(#[$doc:meta])* $module:ident: $face:ident => |$items:ident, $serializer:ident| $object:expr;)*) => { $(
        $(#[$doc])*
        pub mod $module {
            use super::$face;
            use crate::serde::faces;
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            /// Writes the items.
            pub fn serialize<T: Serialize + ?Sized, S: Serializer>(items: &T, serializer: S) -> Result<S::Ok, S::Error> {
                faces::serialize(&$face(items), serializer)
            }

            /// Reads the items, of any container.
            pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
                T::deserialize(deserializer)
            }
        }

        struct $face<'a, T: ?Sized>(&'a T);

        impl<T: Serialize + ?Sized> Faces for $face<'_, T> {
            fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }

            fn object<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                let $items = self.0;
                $object
            }
        }
    )* };
}

tokens! {
    /// `#[serde(with = "brinery::types::set")]`: anything like a sequence as a Python `set`.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use std::collections::BTreeSet;
    /// #[derive(Serialize, Deserialize)]
    /// struct Article {
    ///     #[serde(with = "brinery::types::set")]
    ///     tags: BTreeSet<String>,
    /// }
    /// let article = Article { tags: ["new".to_owned()].into() };
    /// assert_eq!(serde_json::to_string(&article).unwrap(), r#"{"tags":["new"]}"#);
    /// ```
    set: SET;

    /// `#[serde(with = "brinery::types::frozenset")]`: anything like a sequence as a Python `frozenset`.
    frozenset: FROZENSET;

    /// `#[serde(with = "brinery::types::tuple")]`: anything like a sequence as a Python `tuple`.
    tuple: TUPLE;

    /// `#[serde(with = "brinery::types::list")]`: anything like a sequence, such as an array or a tuple, as a Python
    /// `list`.
    list: LIST;
}

faces! {
    /// `#[serde(with = "brinery::types::ordered_dict")]`: anything like a map as an `OrderedDict`.
    ordered_dict: OrderedDict => |items, serializer| dicts::ordered_dict(serializer, items);

    /// `#[serde(with = "brinery::types::counter")]`: anything like a map as a `Counter`.
    counter: Counter => |items, serializer| dicts::counter(serializer, items);

    /// `#[serde(with = "brinery::types::deque")]`: anything like a sequence as a `deque` that may grow.
    deque: Deque => |items, serializer| sequences::deque(serializer, items, None);
}

/// `#[serde(with = "brinery::types::bytearray")]`: bytes as a Python `bytearray`.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// #[derive(Serialize, Deserialize)]
/// struct Image {
///     #[serde(with = "brinery::types::bytearray")]
///     pixels: Vec<u8>,
/// }
/// ```
pub mod bytearray {
    use super::sequences::{AnyBytes, Bytes};
    use crate::serde::token;
    use serde::{Deserializer, Serializer};

    /// Writes the bytes.
    pub fn serialize<T: AsRef<[u8]> + ?Sized, S: Serializer>(bytes: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(token::BYTEARRAY, &Bytes(bytes.as_ref()))
    }

    /// Reads the bytes, also of a `bytes`, or from a sequence of numbers.
    pub fn deserialize<'de, T: From<Vec<u8>>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_byte_buf(AnyBytes).map(T::from)
    }
}
