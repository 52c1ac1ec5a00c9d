//! Items as Rust types.

use super::{ByteOrder, Data, Dtype, DtypeKind, Item, NdArray, malformed};
use crate::Result;

/// A Rust type that items can be read as.
///
/// The number types take every integer or float dtype whose values they hold exactly, and objects that are such numbers:
/// an `i4` array can be read as `i64` or `f64`, an `i8` array as `u8` if all its values fit. `i64` also takes the number
/// of units of a `datetime64` or `timedelta64`, where `NaT` is [`i64::MIN`] as in numpy; `String` takes `U`, `S` (ASCII
/// only), `StringDType` and objects that are strings; `Vec<u8>` takes `S`, `V` and objects that are bytes.
pub trait Element: Sized {
    /// What it is called in errors.
    const NAME: &'static str;

    /// One item, if it is such a value.
    fn from_item(item: &Item<'_>) -> Option<Self>;

    /// All items that lie in these bytes at once, if their dtype is this very type.
    fn decode(dtype: &Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
        let _ = (dtype, bytes);
        None
    }
}

impl NdArray<'_> {
    /// The items in C order, as numbers or strings.
    ///
    /// # Errors
    /// The first item that `T` does not hold.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        if self.is_c() && self.is_whole() {
            return self.to_vec_in_memory_order();
        }
        let places = self.iter().places();
        let bytes = match &self.data {
            Data::Bytes(bytes) => bytes,
            Data::Objects(items) => {
                let values = places.filter_map(|place| items.get(place));
                return values.map(|value| self.element(Item::Object(value))).collect();
            }
        };
        let size = self.dtype.itemsize;
        let mut gathered = Vec::with_capacity(self.len() * size);
        for place in places {
            let item = bytes.get(place * size..(place + 1) * size);
            gathered.extend_from_slice(item.ok_or_else(|| malformed("an item lies outside of its array".into()))?);
        }
        self.decode(&gathered)
    }

    /// The items as they lie in memory, where there must be no others.
    pub(super) fn to_vec_in_memory_order<T: Element>(&self) -> Result<Vec<T>> {
        match &self.data {
            Data::Bytes(bytes) => self.decode(bytes),
            Data::Objects(items) => items.iter().map(|value| self.element(Item::Object(value))).collect(),
        }
    }

    fn decode<T: Element>(&self, bytes: &[u8]) -> Result<Vec<T>> {
        if let Some(items) = T::decode(&self.dtype, bytes) {
            return Ok(items);
        }
        match self.dtype.itemsize {
            0 => (0..self.len()).map(|_| self.element(self.dtype.item(&[]))).collect(),
            size => bytes
                .chunks_exact(size)
                .map(|bytes| self.element(self.dtype.item(bytes)))
                .collect(),
        }
    }

    fn element<T: Element>(&self, item: Item<'_>) -> Result<T> {
        T::from_item(&item).ok_or_else(|| {
            let found = match &item {
                Item::Object(value) => value.type_name().to_owned(),
                Item::Int(value) => format!("{value} of {}", self.dtype),
                Item::UInt(value) => format!("{value} of {}", self.dtype),
                _ => self.dtype.to_string(),
            };
            malformed(format!("an item is to be read as {}, found {found}", T::NAME))
        })
    }

    /// Whether the items lie in memory with the last index running fastest.
    fn is_c(&self) -> bool {
        self.steps == super::array::c_steps(&self.shape)
    }

    /// Whether nothing else lies between its items.
    pub(super) fn is_whole(&self) -> bool {
        let len = match &self.data {
            Data::Bytes(bytes) => return bytes.len() == self.len() * self.dtype.itemsize,
            Data::Objects(items) => items.len(),
        };
        len == self.len()
    }
}

/// Numbers of `N` bytes, read by one of two functions.
pub(super) fn numbers<T, const N: usize>(
    dtype: &Dtype,
    bytes: &[u8],
    little: impl Fn([u8; N]) -> T,
    big: impl Fn([u8; N]) -> T,
) -> Vec<T> {
    let all = bytes.as_chunks::<N>().0.iter();
    // Both loops by themselves, so that each can be vectorised.
    match dtype.order {
        ByteOrder::Big => all.map(|bytes| big(*bytes)).collect(),
        _ => all.map(|bytes| little(*bytes)).collect(),
    }
}

macro_rules! integers {
    ($($ty:ident $kind:ident;)*) => { $(
        impl Element for $ty {
            const NAME: &'static str = stringify!($ty);

            fn from_item(item: &Item<'_>) -> Option<Self> {
                match item {
                    Item::Int(value) => (*value).try_into().ok(),
                    Item::UInt(value) => (*value).try_into().ok(),
                    Item::DateTime(units, _) | Item::TimeDelta(units, _) => {
                        (size_of::<$ty>() == 8 && <$ty>::MIN != 0).then(|| units.unwrap_or(i64::MIN).try_into().ok())?
                    }
                    Item::Object(value) => match value.kind() {
                        crate::Kind::Int(value) => value.try_into().ok(),
                        crate::Kind::BigInt(value) => value.try_into().ok(),
                        _ => None,
                    },
                    _ => None,
                }
            }

            fn decode(dtype: &Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
                let time = size_of::<$ty>() == 8 && <$ty>::MIN != 0 && dtype.unit().is_some();
                (dtype.is(&DtypeKind::$kind, size_of::<$ty>()) || time)
                    .then(|| numbers(dtype, bytes, $ty::from_le_bytes, $ty::from_be_bytes))
            }
        }
    )* };
}

integers! {
    i8 Int;
    i16 Int;
    i32 Int;
    i64 Int;
    u8 UInt;
    u16 UInt;
    u32 UInt;
    u64 UInt;
}

impl Element for f64 {
    const NAME: &'static str = "f64";

    fn from_item(item: &Item<'_>) -> Option<Self> {
        item.as_f64()
    }

    fn decode(dtype: &Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
        (dtype.is(&DtypeKind::Float, 8)).then(|| numbers(dtype, bytes, f64::from_le_bytes, f64::from_be_bytes))
    }
}

impl Element for f32 {
    const NAME: &'static str = "f32";

    /// Exact, or nothing.
    fn from_item(item: &Item<'_>) -> Option<Self> {
        let value = item.as_f64()?;
        let near = value as f32;
        (f64::from(near) == value || value.is_nan()).then_some(near)
    }

    fn decode(dtype: &Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
        (dtype.is(&DtypeKind::Float, 4)).then(|| numbers(dtype, bytes, f32::from_le_bytes, f32::from_be_bytes))
    }
}

impl Element for bool {
    const NAME: &'static str = "bool";

    fn from_item(item: &Item<'_>) -> Option<Self> {
        item.as_bool()
    }

    fn decode(dtype: &Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
        (dtype.kind == DtypeKind::Bool).then(|| bytes.iter().map(|byte| *byte != 0).collect())
    }
}

impl Element for String {
    const NAME: &'static str = "String";

    fn from_item(item: &Item<'_>) -> Option<Self> {
        match item {
            Item::Bytes(bytes) if bytes.is_ascii() => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => item.to_text(),
        }
    }
}

impl Element for Vec<u8> {
    const NAME: &'static str = "bytes";

    fn from_item(item: &Item<'_>) -> Option<Self> {
        item.as_bytes().map(Into::into)
    }
}
