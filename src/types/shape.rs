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

/// What an object stands for, if its class is well known. Looks one level deep only.
#[allow(dead_code)]
pub(crate) fn shape(value: Value<'_>) -> Option<Shape<'_>> {
    let Some(made) = Made::of(value) else {
        // What an object's method makes: a `ZoneInfo` alone is made by one.
        value.as_object()?;
        return text::<TimeZone>(value);
    };
    // One line for a class. Names of Python 2 stay when imports are not fixed.
    match made.path()? {
        ("array", "array" | "_array_reconstructor") => array::shape(value),
        ("builtins", "range" | "slice") => range::shape(value),
        ("collections", "OrderedDict" | "defaultdict" | "Counter" | "ChainMap") => dicts::shape(&made, value),
        ("collections", "UserDict" | "UserList" | "UserString") => value.as_user_data().map(Shape::Value),
        ("collections", "deque") => deques::shape(&made, value),
        ("types", "SimpleNamespace") => made.object.state().map(Shape::Value),
        ("builtins" | "__builtin__", "complex") => complex(value),
        ("datetime", "date") => text::<Date>(value),
        ("datetime", "datetime") => text::<DateTime>(value),
        ("datetime", "time") => text::<Time>(value),
        ("datetime", "timedelta") => duration(value),
        ("datetime", "timezone") => text::<TimeZone>(value),
        ("dateutil.tz" | "dateutil.tz.tz", "tzutc" | "tzoffset" | "tzfile") => text::<TimeZone>(value),
        ("dateutil.tz._tzfile", "_unpickle") => text::<TimeZone>(value),
        ("decimal", "Decimal") => text::<Decimal>(value),
        ("fractions", "Fraction") => text::<Fraction>(value),
        ("ipaddress", "IPv4Address" | "IPv6Address") => text::<IpAddress>(value),
        ("ipaddress", "IPv4Interface" | "IPv6Interface") => text::<IpInterface>(value),
        ("ipaddress", "IPv4Network" | "IPv6Network") => text::<IpNetwork>(value),
        ("numpy.ma" | "numpy.ma.core", "MaskedConstant") => Some(Shape::Nothing),
        (module, _) if module.starts_with("numpy") => value.as_ndarray().map(|array| Shape::Array(Box::new(array))),
        ("pathlib" | "pathlib._local", _) => text::<Path>(value),
        ("pytz", _) => text::<TimeZone>(value),
        ("uuid", "UUID") => text::<Uuid>(value),
        ("zoneinfo" | "backports.zoneinfo", "ZoneInfo._unpickle") => text::<TimeZone>(value),
        _ => None,
    }
}

/// Whether it is numpy's `masked`, the item of a masked array where there is none.
pub(crate) fn is_masked(value: Value<'_>) -> bool {
    let global = value.as_object().and_then(|object| object.callable().as_global());
    global.is_some_and(|class| class.is("numpy.ma.core", "MaskedConstant") || class.is("numpy.ma", "MaskedConstant"))
}

fn text<'g, T: Scalar>(value: Value<'g>) -> Option<Shape<'g>> {
    Some(Shape::Text(T::read(value).ok()?.plain()))
}

fn complex(value: Value<'_>) -> Option<Shape<'_>> {
    let Complex { re, im } = value.as_complex()?;
    Some(Shape::Complex(re, im))
}

fn duration(value: Value<'_>) -> Option<Shape<'_>> {
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
