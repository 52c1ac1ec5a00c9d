//! One item of an array.

use super::{ByteOrder, Dtype, DtypeKind, TimeUnit};
use crate::Value;

/// One item of an array, as a Rust value.
///
/// ```
/// use brinery::types::numpy::{Dtype, Item};
/// let point: Dtype = "<i2".parse()?;
/// assert_eq!(point.item(&[0xff, 0xff]).as_i64(), Some(-1));
/// assert_eq!("S4".parse::<Dtype>()?.item(b"ab\0\0").as_bytes(), Some(&b"ab"[..]));
/// assert_eq!(">f2".parse::<Dtype>()?.item(&[0x3c, 0]).as_f64(), Some(1.0));
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Item<'a> {
    /// A bool.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A float of 2, 4 or 8 bytes.
    Float(f64),
    /// A complex number: real and imaginary part.
    Complex(f64, f64),
    /// A `long double` or a complex number of two, as the bytes in memory: only the C compiler knows more.
    LongDouble(&'a [u8]),
    /// Bytes, without the NULs at the end.
    Bytes(&'a [u8]),
    /// A string, without the NULs at the end.
    Str(Ucs4<'a>),
    /// Bytes with no meaning.
    Void(&'a [u8]),
    /// A `datetime64`: units since 1970. `None` is `NaT`.
    DateTime(Option<i64>, TimeUnit),
    /// A `timedelta64`: a number of units. `None` is `NaT`.
    TimeDelta(Option<i64>, TimeUnit),
    /// The values of a record's fields, in the order of their names.
    Record(Vec<Item<'a>>),
    /// The items of a subarray, in C order.
    Subarray(Vec<Item<'a>>),
    /// A Python object; a tuple for a record that holds objects.
    Object(Value<'a>),
}

impl<'a> Item<'a> {
    /// An int or bool that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Item::UInt(value) => (*value).try_into().ok(),
            Item::Int(value) => Some(*value),
            Item::Bool(value) => Some((*value).into()),
            Item::Object(value) => value.as_i64(),
            _ => None,
        }
    }

    /// An int or bool that fits.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Item::UInt(value) => Some(*value),
            Item::Object(value) => value.as_u64(),
            _ => self.as_i64()?.try_into().ok(),
        }
    }

    /// A float, or an int that an `f64` holds exactly.
    pub fn as_f64(&self) -> Option<f64> {
        const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
        match self {
            Item::Float(value) => Some(*value),
            Item::Int(value) if value.unsigned_abs() <= EXACT => Some(*value as f64),
            Item::UInt(value) if *value <= EXACT => Some(*value as f64),
            Item::Object(value) => value.as_f64(),
            _ => None,
        }
    }

    /// A bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Item::Bool(value) => Some(*value),
            Item::Object(value) => value.as_bool(),
            _ => None,
        }
    }

    /// A bytes, or what means nothing to numpy.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Item::Bytes(bytes) | Item::Void(bytes) => Some(bytes),
            Item::Object(value) => value.as_bytes(),
            _ => None,
        }
    }

    /// A str; `None` also if there is something in it that is no character.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Item::Str(text) => text.to_text(),
            Item::Object(value) => value.as_str().map(Into::into),
            _ => None,
        }
    }
}

/// A string of four bytes to each code point, of which any value may come.
#[derive(Debug, Clone, Copy)]
pub struct Ucs4<'a> {
    bytes: &'a [u8],
    order: ByteOrder,
}

impl<'a> Ucs4<'a> {
    fn new(bytes: &'a [u8], order: ByteOrder) -> Self {
        let mut all = bytes.as_chunks::<4>().0;
        while let [front @ .., [0, 0, 0, 0]] = all {
            all = front;
        }
        Ucs4 {
            bytes: all.as_flattened(),
            order,
        }
    }

    /// The code points.
    pub fn code_points(self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        let big = self.order == ByteOrder::Big;
        let each = self.bytes.as_chunks::<4>().0.iter();
        each.map(move |four| {
            if big {
                u32::from_be_bytes(*four)
            } else {
                u32::from_le_bytes(*four)
            }
        })
    }

    /// The text; `None` if there is a surrogate in it, or what is no character at all.
    pub fn to_text(self) -> Option<String> {
        self.code_points().map(char::from_u32).collect()
    }
}

impl Dtype {
    /// The item in these bytes, of which there must be as many as an item has; it is [`Item::Void`] otherwise, and also for
    /// Python objects, whose bytes are an address.
    pub fn item<'a>(&self, bytes: &'a [u8]) -> Item<'a> {
        if bytes.len() != self.itemsize {
            return Item::Void(bytes);
        }
        let number = self.unsigned(bytes);
        let signed = || {
            let unused = 64_usize.saturating_sub(8 * self.itemsize);
            ((number << unused) as i64) >> unused
        };
        let time = || Some(number as i64).filter(|value| *value != i64::MIN);
        match &self.kind {
            DtypeKind::Bool => Item::Bool(number != 0),
            DtypeKind::Int => Item::Int(signed()),
            DtypeKind::UInt => Item::UInt(number),
            DtypeKind::Float => match self.itemsize {
                2 | 4 | 8 => Item::Float(float(number, self.itemsize)),
                _ => Item::LongDouble(bytes),
            },
            DtypeKind::Complex => match self.itemsize {
                8 | 16 => {
                    let (real, imaginary) = bytes.split_at(self.itemsize / 2);
                    let part = |bytes| float(self.unsigned(bytes), self.itemsize / 2);
                    Item::Complex(part(real), part(imaginary))
                }
                _ => Item::LongDouble(bytes),
            },
            DtypeKind::Bytes => Item::Bytes(without_nuls(bytes)),
            DtypeKind::Str => Item::Str(Ucs4::new(bytes, self.order)),
            DtypeKind::DateTime(unit) => Item::DateTime(time(), *unit),
            DtypeKind::TimeDelta(unit) => Item::TimeDelta(time(), *unit),
            DtypeKind::Record(record) => {
                let each = record.fields().iter().map(|field| {
                    let end = field.offset().saturating_add(field.dtype().itemsize);
                    field.dtype().item(bytes.get(field.offset()..end).unwrap_or_default())
                });
                Item::Record(each.collect())
            }
            DtypeKind::Subarray { base, .. } if base.itemsize > 0 => Item::Subarray(
                bytes
                    .chunks_exact(base.itemsize)
                    .map(|bytes| base.item(bytes))
                    .collect(),
            ),
            _ => Item::Void(bytes),
        }
    }

    /// A number of up to eight bytes.
    fn unsigned(&self, bytes: &[u8]) -> u64 {
        let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self.order {
            _ if bytes.len() > 8 => 0,
            ByteOrder::Big => bytes.iter().fold(0, push),
            _ => bytes.iter().rev().fold(0, push),
        }
    }
}

pub(super) fn without_nuls(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or_default()
}

fn float(bits: u64, size: usize) -> f64 {
    match size {
        2 => half(bits as u16),
        4 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    }
}

/// A float of 16 bits: a sign, five bits of exponent, ten of fraction.
pub(super) fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), bits & 0x3ff);
    match exponent {
        0 => sign * f64::from(fraction) * 2_f64.powi(-24),
        31 if fraction == 0 => sign * f64::INFINITY,
        // The payload keeps its place at the top of the fraction.
        31 => f64::from_bits(u64::from(bits >> 15) << 63 | 0x7ff << 52 | u64::from(fraction) << 42),
        _ => sign * f64::from(fraction | 0x400) * 2_f64.powi(exponent - 25),
    }
}
