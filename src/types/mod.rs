//! Well-known Python types as Rust values: one file a family.
//!
//! Each type reads every encoding that CPython 2.7 to 3.13 writes (`from_value`, or `as_date` and the like on [`Value`]).
//! A scalar has a text that loses nothing, by `Display` and `FromStr`.
//!
//! [`Value`]: crate::Value

mod complex;
mod datetime;
mod decimal;
mod fraction;
mod int;
mod ip;
mod made;
mod path;
mod recipe;
mod scalar;
mod shape;
mod uuid;

pub use complex::Complex;
pub use datetime::{Date, DateTime, Time, TimeDelta, TimeZone};
pub use decimal::{Decimal, DecimalKind};
pub use fraction::Fraction;
pub use int::Integer;
pub use ip::{IpAddress, IpInterface, IpNetwork};
pub use path::{Path, PathKind};
pub use recipe::Recipe;
pub use uuid::Uuid;

pub(crate) use shape::{Shape, shape};
