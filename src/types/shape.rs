//! What a well-known object stands for as plain data: what typed reading asks of an object it meets.

use super::numpy::NdArray;
use super::{Complex, Date, DateTime, Decimal, Fraction, IpAddress, IpInterface, IpNetwork, Path, Time, TimeDelta};
use super::{TimeZone, Uuid, scalar::Scalar};
use super::{array, deques, dicts, made::Made, range};
use crate::{Entries, Items, Value};

/// A well-known object as plain data.
#[derive(Debug)]
#[allow(dead_code)]
pub(crate) enum Shape<'g> {
    /// A scalar, as its lossless text: `2026-11-21`, `1/3`, `0.10`.
    Text(String),
    /// `None`: numpy's `masked`.
    Nothing,
    /// A complex number.
    Complex(f64, f64),
    /// A timedelta: seconds, and nanoseconds that are never negative.
    Duration { seconds: i64, nanoseconds: u32 },
    /// Like a list: what was appended to it or given to it.
    Seq(Items<'g>),
    /// Like a dict: what was set in it or given to it.
    Map(Entries<'g>),
    /// As [`Shape::Seq`], of items that do not lie side by side.
    Items(Vec<Value<'g>>),
    /// As [`Shape::Map`], of entries that do not lie side by side.
    Pairs(Vec<(Value<'g>, Value<'g>)>),
    /// Another value: a subclass's or a member's.
    Value(Value<'g>),
    /// Numbers of an `array.array`.
    Ints(Vec<i128>),
    /// Numbers of an `array.array`.
    Floats(Vec<f64>),
    /// An array or scalar of numpy's.
    Array(Box<NdArray<'g>>),
    /// Named parts, such as those of a range.
    Fields(Vec<(&'static str, Value<'g>)>),
}

/// How an object of a well-known class is read.
pub(crate) type Known = for<'g> fn(&Made<'g>, Value<'g>) -> Option<Shape<'g>>;

/// What an object stands for, if its class is well known. Looks one level deep only.
#[allow(dead_code)]
pub(crate) fn shape(value: Value<'_>) -> Option<Shape<'_>> {
    let Some(made) = Made::of(value) else {
        // What an object's method makes: a `ZoneInfo` alone is made by one.
        value.as_object()?;
        return Some(Shape::Text(TimeZone::read(value).ok()?.plain()));
    };
    let (module, name) = made.path()?;
    known(module, name)?(&made, value)
}

/// The entries that every registry begins with: one line for a class. Names of Python 2 stay when imports are not fixed.
pub(crate) fn known(module: &str, name: &str) -> Option<Known> {
    Some(match (module, name) {
        ("array", "array" | "_array_reconstructor") => |_, value| array::shape(value),
        ("builtins", "range" | "slice") => |_, value| range::shape(value),
        ("collections", "OrderedDict" | "defaultdict" | "Counter" | "ChainMap") => dicts::shape,
        ("collections", "UserDict" | "UserList" | "UserString") => |_, value| value.as_user_data().map(Shape::Value),
        ("collections", "deque") => deques::shape,
        ("types", "SimpleNamespace") => |made, _| made.object.state().map(Shape::Value),
        ("builtins" | "__builtin__", "complex") => complex,
        ("datetime", "date") => text::<Date>,
        ("datetime", "datetime") => text::<DateTime>,
        ("datetime", "time") => text::<Time>,
        ("datetime", "timedelta") => duration,
        ("datetime", "timezone") => text::<TimeZone>,
        ("dateutil.tz" | "dateutil.tz.tz", "tzutc" | "tzoffset" | "tzfile") => text::<TimeZone>,
        ("dateutil.tz._tzfile", "_unpickle") => text::<TimeZone>,
        ("decimal", "Decimal") => text::<Decimal>,
        ("fractions", "Fraction") => text::<Fraction>,
        ("ipaddress", "IPv4Address" | "IPv6Address") => text::<IpAddress>,
        ("ipaddress", "IPv4Interface" | "IPv6Interface") => text::<IpInterface>,
        ("ipaddress", "IPv4Network" | "IPv6Network") => text::<IpNetwork>,
        ("numpy.ma" | "numpy.ma.core", "MaskedConstant") => |_, _| Some(Shape::Nothing),
        (module, _) if module.starts_with("numpy") => {
            |_, value| value.as_ndarray().map(|array| Shape::Array(Box::new(array)))
        }
        ("pathlib" | "pathlib._local", _) => text::<Path>,
        ("pytz", _) => text::<TimeZone>,
        ("uuid", "UUID") => text::<Uuid>,
        ("zoneinfo" | "backports.zoneinfo", "ZoneInfo._unpickle") => text::<TimeZone>,
        _ => return None,
    })
}

/// Whether it is numpy's `masked`, the item of a masked array where there is none.
#[cfg(feature = "serde")]
pub(crate) fn is_masked(value: Value<'_>) -> bool {
    let global = value.as_object().and_then(|object| object.callable().as_global());
    global.is_some_and(|class| class.is("numpy.ma.core", "MaskedConstant") || class.is("numpy.ma", "MaskedConstant"))
}

fn text<'g, T: Scalar>(_: &Made<'g>, value: Value<'g>) -> Option<Shape<'g>> {
    Some(Shape::Text(T::read(value).ok()?.plain()))
}

fn complex<'g>(_: &Made<'g>, value: Value<'g>) -> Option<Shape<'g>> {
    let Complex { re, im } = value.as_complex()?;
    Some(Shape::Complex(re, im))
}

fn duration<'g>(_: &Made<'g>, value: Value<'g>) -> Option<Shape<'g>> {
    let TimeDelta {
        days,
        seconds,
        microseconds,
    } = value.as_timedelta()?;
    Some(Shape::Duration {
        seconds: i64::from(days) * 86_400 + i64::from(seconds),
        nanoseconds: microseconds * 1000,
    })
}
