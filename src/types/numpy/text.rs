//! Dtypes as numpy spells them: `<f8`, `datetime64[ns]`, `[('x', '<f8')]`.

use super::{ByteOrder, Dtype, DtypeKind, TimeBase, TimeUnit, dtype::checked_size, malformed};
use crate::{Error, Result};
use std::{fmt, str::FromStr};

impl FromStr for Dtype {
    type Err = Error;

    /// Reads `<f8`, `|b1`, `U3`, `M8[25s]` or a name such as `float64` or `datetime64[ns]`. Without a byte order it is that
    /// of this machine.
    fn from_str(text: &str) -> Result<Self> {
        let unknown = || malformed(format!("{text:?} is no dtype"));
        let order = text.chars().next().and_then(ByteOrder::from_char);
        let code = if order.is_some() { &text[1..] } else { text };
        let (code, unit) = match code.split_once('[') {
            Some((code, unit)) => (code, Some(unit.strip_suffix(']').ok_or_else(unknown)?)),
            None => (code, None),
        };
        let unit = match unit {
            Some(unit) => TimeUnit::from_text(unit).ok_or_else(unknown)?,
            None => TimeBase::Generic.into(),
        };
        let order = order.unwrap_or(ByteOrder::NATIVE);
        let dtype = match named(code) {
            Some((code, size)) => Dtype::coded(code, Some(size), order, unit)?,
            None => {
                let letter = code.chars().next().ok_or_else(unknown)?;
                let digits = &code[letter.len_utf8()..];
                let size = match digits {
                    "" => None,
                    _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                        Some(digits.parse().map_err(|_| unknown())?)
                    }
                    _ => return Err(unknown()),
                };
                Dtype::coded(letter, size, order, unit)?
            }
        };
        let dtype = dtype.ok_or_else(unknown)?;
        if text.contains('[') && dtype.unit().is_none() {
            return Err(unknown());
        }
        Ok(dtype)
    }
}

impl TimeUnit {
    fn from_text(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let count = if digits == 0 { 1 } else { text[..digits].parse().ok()? };
        let base = TimeBase::from_name(&text[digits..])?;
        (count > 0).then_some(TimeUnit { base, count })
    }
}

impl Dtype {
    /// The dtype of a letter with a number behind it.
    pub(super) fn coded(letter: char, size: Option<usize>, order: ByteOrder, unit: TimeUnit) -> Result<Option<Dtype>> {
        let (kind, itemsize) = match (letter, size) {
            ('b', Some(1)) | ('?', None) => (DtypeKind::Bool, 1),
            ('i', Some(size @ (1 | 2 | 4 | 8))) => (DtypeKind::Int, size),
            ('u', Some(size @ (1 | 2 | 4 | 8))) => (DtypeKind::UInt, size),
            ('f', Some(size @ (2 | 4 | 8 | 12 | 16))) => (DtypeKind::Float, size),
            ('c', Some(size @ (8 | 16 | 24 | 32))) => (DtypeKind::Complex, size),
            ('S' | 'a', size) => (DtypeKind::Bytes, size.unwrap_or(0)),
            ('U', size) => (DtypeKind::Str, size.unwrap_or(0).saturating_mul(4)),
            ('V', size) => (DtypeKind::Void, size.unwrap_or(0)),
            ('M', Some(8)) => (DtypeKind::DateTime(unit), 8),
            ('m', Some(8)) => (DtypeKind::TimeDelta(unit), 8),
            // The pointers of 32-bit machines come as O4.
            ('O', None) => (DtypeKind::Object, 8),
            ('O', Some(size @ (4 | 8))) => (DtypeKind::Object, size),
            ('T', None | Some(16)) => (DtypeKind::String, 16),
            _ => return Ok(None),
        };
        Ok(Some(Dtype::plain(kind, checked_size(itemsize)?, order)))
    }

    /// The letter and number of numpy's array interface, without the byte order.
    pub(super) fn code(&self) -> String {
        let letter = match self.kind {
            DtypeKind::Bool => 'b',
            DtypeKind::Int => 'i',
            DtypeKind::UInt => 'u',
            DtypeKind::Float => 'f',
            DtypeKind::Complex => 'c',
            DtypeKind::Bytes => 'S',
            DtypeKind::Str => 'U',
            DtypeKind::DateTime(_) => 'M',
            DtypeKind::TimeDelta(_) => 'm',
            DtypeKind::Object => 'O',
            DtypeKind::String => 'T',
            DtypeKind::Void | DtypeKind::Record(_) | DtypeKind::Subarray { .. } => 'V',
        };
        let size = match self.kind {
            DtypeKind::Str => self.itemsize / 4,
            _ => self.itemsize,
        };
        format!("{letter}{size}")
    }
}

/// The letter and size behind a name.
fn named(name: &str) -> Option<(char, usize)> {
    Some(match name {
        "bool" => ('b', 1),
        "int8" => ('i', 1),
        "int16" => ('i', 2),
        "int32" => ('i', 4),
        "int64" => ('i', 8),
        "uint8" => ('u', 1),
        "uint16" => ('u', 2),
        "uint32" => ('u', 4),
        "uint64" => ('u', 8),
        "float16" => ('f', 2),
        "float32" => ('f', 4),
        "float64" => ('f', 8),
        "complex64" => ('c', 8),
        "complex128" => ('c', 16),
        "datetime64" => ('M', 8),
        "timedelta64" => ('m', 8),
        "object" => ('O', 8),
        _ => return None,
    })
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DtypeKind::Subarray { base, shape } => {
                f.write_str("(")?;
                base.quoted(f)?;
                write!(f, ", {})", Shape(shape))
            }
            DtypeKind::Record(record) => {
                let mut end = 0;
                let packed = record.fields.iter().all(|field| {
                    let here = field.offset == end;
                    end = field.offset + field.dtype.itemsize;
                    here
                });
                if record.class {
                    f.write_str("(numpy.record, ")?;
                }
                if packed && end == self.itemsize && !record.aligned {
                    self.list(f)?;
                } else {
                    self.dict(f)?;
                }
                f.write_str(if record.class { ")" } else { "" })
            }
            DtypeKind::Object => f.write_str("|O"),
            DtypeKind::String => f.write_str("|T16"),
            _ => {
                write!(f, "{}{}", self.order.as_char(), self.code())?;
                match self.unit() {
                    Some(unit) if unit.base != TimeBase::Generic => write!(f, "[{unit}]"),
                    _ => Ok(()),
                }
            }
        }
    }
}

impl Dtype {
    /// Simple ones stand in quotes within others.
    fn quoted(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DtypeKind::Record(_) | DtypeKind::Subarray { .. } => write!(f, "{self}"),
            DtypeKind::Bool => f.write_str("'?'"),
            _ => write!(f, "'{}'", self.to_string().trim_start_matches('|')),
        }
    }

    /// `[('x', '<f8')]`
    fn list(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.as_record().map_or(&[][..], |record| &record.fields);
        f.write_str("[")?;
        for (index, field) in fields.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            match &field.title {
                Some(title) => write!(f, "(({}, {}), ", Quoted(title), Quoted(&field.name))?,
                None => write!(f, "({}, ", Quoted(&field.name))?,
            }
            match &field.dtype.kind {
                DtypeKind::Subarray { base, shape } => {
                    base.quoted(f)?;
                    write!(f, ", {}", Shape(shape))?;
                }
                _ => field.dtype.quoted(f)?,
            }
            f.write_str(")")?;
        }
        f.write_str("]")
    }

    /// `{'names': ['x'], 'formats': ['<f8'], 'offsets': [4], 'itemsize': 12}`
    fn dict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(record) = self.as_record() else { return Ok(()) };
        let each = |f: &mut fmt::Formatter<'_>, one: &dyn Fn(&super::Field, &mut fmt::Formatter<'_>) -> fmt::Result| {
            for (index, field) in record.fields.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { ", " })?;
                one(field, f)?;
            }
            Ok(())
        };
        f.write_str("{'names': [")?;
        each(f, &|field, f| fmt::Display::fmt(&Quoted(&field.name), f))?;
        f.write_str("], 'formats': [")?;
        each(f, &|field, f| field.dtype.quoted(f))?;
        f.write_str("], 'offsets': [")?;
        each(f, &|field, f| write!(f, "{}", field.offset))?;
        if record.fields.iter().any(|field| field.title.is_some()) {
            f.write_str("], 'titles': [")?;
            each(f, &|field, f| match &field.title {
                Some(title) => fmt::Display::fmt(&Quoted(title), f),
                None => f.write_str("None"),
            })?;
        }
        write!(f, "], 'itemsize': {}", self.itemsize)?;
        f.write_str(if record.aligned { ", 'aligned': True}" } else { "}" })
    }
}

/// Text as Python shows it.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::text::python_str_repr(self.0.as_bytes(), f)
    }
}

/// A shape as Python shows it.
pub(super) struct Shape<'a>(pub(super) &'a [usize]);

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [len] = self.0 {
            return write!(f, "({len},)");
        }
        f.write_str("(")?;
        for (index, len) in self.0.iter().enumerate() {
            write!(f, "{}{len}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}
