//! Well-known Python types as Rust values: one file a family.
//!
//! Each type reads every encoding that CPython 2.7 to 3.13 writes (`from_value`, or `as_date` and the like on [`Value`]).
//! A scalar has a text that loses nothing, by `Display` and `FromStr`.
//!
//! [`Value`]: crate::Value

mod array;
mod classes;
mod complex;
mod datetime;
mod decimal;
mod deques;
mod dicts;
mod exception;
mod fraction;
mod int;
mod ip;
mod made;
mod partial;
#[cfg(feature = "serde")]
mod parts;
mod path;
mod range;
mod recipe;
mod scalar;
mod shape;
#[cfg(feature = "serde")]
mod typed;
mod uuid;
mod wrappers;

pub use array::Array;
pub use classes::{EnumMember, Member, NamedTuple};
pub use complex::Complex;
pub use datetime::{Date, DateTime, Time, TimeDelta, TimeZone};
pub use decimal::{Decimal, DecimalKind};
pub use deques::Deque;
pub use dicts::{ChainMap, Counter, DefaultDict, OrderedDict};
pub use exception::Exception;
pub use fraction::Fraction;
pub use int::Integer;
pub use ip::{IpAddress, IpInterface, IpNetwork};
pub use partial::Partial;
pub use path::{Path, PathKind};
pub use range::{Range, RangeIter, Slice};
pub use recipe::Recipe;
#[cfg(feature = "serde")]
pub(crate) use recipe::{Object, split_path};
#[cfg(feature = "serde")]
pub use typed::with::{bytearray, counter, deque, frozenset, list, ordered_dict, set, tuple};
pub use uuid::Uuid;
pub use wrappers::{ByteArray, FrozenSet, Ignored, Set, Tuple};

#[cfg(feature = "serde")]
#[allow(unused_imports)]
pub(crate) use parts::{Part, parts};
pub(crate) use shape::{Shape, shape};

/// What a text stands for that a token names, as `protocol` has it.
#[cfg(feature = "serde")]
pub(crate) fn recipe_of(token: &str, text: &str, protocol: u8) -> crate::Result<Recipe> {
    use crate::{error::ErrorKind, serde::token};
    match token {
        token::DATE => text.parse::<Date>()?.recipe(protocol),
        token::TIME => text.parse::<Time>()?.recipe(protocol),
        token::DATETIME => text.parse::<DateTime>()?.recipe(protocol),
        token::TIMEDELTA => text.parse::<TimeDelta>()?.recipe(protocol),
        token::TIMEZONE => text.parse::<TimeZone>()?.recipe(protocol),
        token::DECIMAL => text.parse::<Decimal>()?.recipe(protocol),
        token::FRACTION => text.parse::<Fraction>()?.recipe(protocol),
        token::COMPLEX => text.parse::<Complex>()?.recipe(protocol),
        token::UUID => text.parse::<Uuid>()?.recipe(protocol),
        token::IP_ADDRESS => text.parse::<IpAddress>()?.recipe(protocol),
        token::PATH => text.parse::<Path>()?.recipe(protocol),
        token::INT => text.parse::<Integer>()?.recipe(protocol),
        _ => Err(ErrorKind::Unwritable("a name that starts with `$brinery::` and means nothing").into()),
    }
}
