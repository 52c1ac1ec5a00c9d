//! Containers that serde has no name for, and objects that are plain data in a wrapper.

use super::made::Made;
use crate::{Entries, Value};

/// A sequence that is a Python `set`. Any sequence can be written as one by `#[serde(with = "brinery::types::set")]`.
///
/// In other formats a sequence, as all of these are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Set<T>(pub Vec<T>);

/// A sequence that is a Python `frozenset`. Any sequence can be written as one by
/// `#[serde(with = "brinery::types::frozenset")]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FrozenSet<T>(pub Vec<T>);

/// A sequence that is a Python `tuple`. Any sequence can be written as one by `#[serde(with = "brinery::types::tuple")]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tuple<T>(pub Vec<T>);

/// Bytes that are a Python `bytearray`. Any bytes can be written as one by `#[serde(with = "brinery::types::bytearray")]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ByteArray(pub Vec<u8>);

/// What is not looked at: it is read from anything, and written as `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Ignored;

/// Conversions from and to items.
macro_rules! sequences {
    ($($name:ident)*) => { $(
        impl<T> Default for $name<T> {
            fn default() -> Self {
                $name(Vec::new())
            }
        }

        impl<T> FromIterator<T> for $name<T> {
            fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
                $name(items.into_iter().collect())
            }
        }

        impl<T> IntoIterator for $name<T> {
            type Item = T;
            type IntoIter = std::vec::IntoIter<T>;
            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }

        impl<T> From<Vec<T>> for $name<T> {
            fn from(items: Vec<T>) -> Self {
                $name(items)
            }
        }
    )* };
}
sequences!(Set FrozenSet Tuple);

impl From<Vec<u8>> for ByteArray {
    fn from(bytes: Vec<u8>) -> Self {
        ByteArray(bytes)
    }
}

impl<'g> Value<'g> {
    /// What a `UserDict`, `UserList` or `UserString` of `collections` wraps: a dict, a list or a str.
    ///
    /// ```
    /// use brinery::Graph;
    /// // Written by Python 2: UserDict.UserDict({1: 2})
    /// let graph = Graph::from_slice(b"(iUserDict\nUserDict\n(dS'data'\n(dI1\nI2\nssb.")?;
    /// let data = graph.root().as_user_data().expect("a UserDict");
    /// assert_eq!(data.to_string(), "{1: 2}");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn as_user_data(self) -> Option<Value<'g>> {
        let made = Made::of(self).filter(|made| made.class.module.as_bytes() == b"collections")?;
        match made.class.name.as_bytes() {
            b"UserDict" | b"UserList" | b"UserString" => made.attribute("data"),
            _ => None,
        }
    }

    /// The attributes of a `types.SimpleNamespace`.
    pub fn as_simple_namespace(self) -> Option<Entries<'g>> {
        let made = Made::by(self, "types", "SimpleNamespace")?;
        made.object.state()?.as_dict()
    }
}
