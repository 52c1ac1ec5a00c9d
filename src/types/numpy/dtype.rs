//! What an array's items are.

use super::{Field, TimeUnit, malformed};
use crate::Result;

/// The type of an array's items: what they are, how many bytes each takes, and in which byte order.
///
/// Simple ones are made from numpy's own text, records and subarrays from their parts; [`Dtype::from_value`] reads them
/// from a pickle. `Display` prints what [`FromStr`](std::str::FromStr) reads, and records as numpy prints them.
///
/// ```
/// use brinery::types::numpy::{ByteOrder, Dtype, DtypeKind, Field};
/// let number: Dtype = ">i4".parse()?;
/// assert_eq!((number.kind(), number.itemsize(), number.byte_order()), (&DtypeKind::Int, 4, ByteOrder::Big));
/// assert_eq!("datetime64[25s]".parse::<Dtype>()?.to_string(), "<M8[25s]");
/// let point = Dtype::record([Field::new("x", "<f8".parse()?), Field::new("name", "<U3".parse()?)])?;
/// assert_eq!(point.itemsize(), 20);
/// assert_eq!(point.to_string(), "[('x', '<f8'), ('name', '<U3')]");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dtype {
    pub(super) kind: DtypeKind,
    pub(super) order: ByteOrder,
    pub(super) itemsize: usize,
    pub(super) alignment: usize,
}

/// The kinds of items.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DtypeKind {
    /// `b1`: a byte, 0 or 1.
    Bool,
    /// `i1` to `i8`
    Int,
    /// `u1` to `u8`
    UInt,
    /// `f2`, `f4`, `f8`, and with 12 or 16 bytes the C compiler's `long double`.
    Float,
    /// `c8`, `c16`, and two of `long double`.
    Complex,
    /// `S3`: bytes, filled up with NULs.
    Bytes,
    /// `U3`: code points of four bytes each, filled up with NULs.
    Str,
    /// `V3`: bytes that mean nothing to numpy.
    Void,
    /// `M8[ns]`: units since 1970, as `i8`. The least value is `NaT`, not a time.
    DateTime(TimeUnit),
    /// `m8[ns]`: a number of units, as `i8`. The least value is `NaT`.
    TimeDelta(TimeUnit),
    /// `O`: Python objects.
    Object,
    /// numpy 2's `StringDType`: strings of any length.
    String,
    /// A record of named fields.
    Record(Record),
    /// Each item is itself an array.
    Subarray {
        /// The dtype of its items.
        base: Box<Dtype>,
        /// Its shape.
        shape: Vec<usize>,
    },
}

/// The fields of a structured dtype.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Record {
    pub(super) fields: Vec<Field>,
    pub(super) aligned: bool,
    pub(super) class: bool,
}

impl Record {
    /// The fields, in the order of their names.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of this name, or else of this title.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let titled = || self.fields.iter().find(|field| field.title.as_deref() == Some(name));
        self.fields.iter().find(|field| field.name == name).or_else(titled)
    }

    /// Whether it was laid out as a C compiler would (`align=True`).
    pub fn is_aligned(&self) -> bool {
        self.aligned
    }

    /// Whether its items are `numpy.record`s, as those of a `recarray`.
    pub fn is_record_class(&self) -> bool {
        self.class
    }
}

/// The order of the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// `<`: the lowest byte first.
    Little,
    /// `>`: the highest byte first.
    Big,
    /// `|`: it makes no difference.
    None,
}

impl ByteOrder {
    /// The order of this machine.
    pub const NATIVE: ByteOrder = if cfg!(target_endian = "big") {
        ByteOrder::Big
    } else {
        ByteOrder::Little
    };

    /// `<`, `>` or `|`.
    pub fn as_char(self) -> char {
        match self {
            ByteOrder::Little => '<',
            ByteOrder::Big => '>',
            ByteOrder::None => '|',
        }
    }

    pub(super) fn from_char(text: char) -> Option<Self> {
        Some(match text {
            '<' => ByteOrder::Little,
            '>' => ByteOrder::Big,
            '|' => ByteOrder::None,
            '=' => ByteOrder::NATIVE,
            _ => return None,
        })
    }
}

/// Subarrays have at most this many dimensions, as arrays do in numpy 2.
pub(super) const MOST_DIMENSIONS: usize = 64;

/// An item may have this many values for each of its bytes, since fields may overlap. More would let a short pickle
/// keep its reader busy.
const MOST_LEAVES: usize = 16;

impl Dtype {
    /// A kind whose size is its own; the byte order where it makes a difference.
    pub(super) fn plain(kind: DtypeKind, itemsize: usize, order: ByteOrder) -> Self {
        let alignment = match kind {
            DtypeKind::Bytes | DtypeKind::Void | DtypeKind::Bool => 1,
            DtypeKind::Str => 4,
            DtypeKind::Complex => itemsize / 2,
            _ => itemsize,
        };
        let order = match kind {
            DtypeKind::Bytes | DtypeKind::Void | DtypeKind::Bool | DtypeKind::Object | DtypeKind::String => {
                ByteOrder::None
            }
            DtypeKind::Int | DtypeKind::UInt if itemsize == 1 => ByteOrder::None,
            _ if order == ByteOrder::None => ByteOrder::NATIVE,
            _ => order,
        };
        Dtype {
            kind,
            order,
            itemsize,
            // A long double of 12 bytes is aligned to 4.
            alignment: if alignment == 12 { 4 } else { alignment.max(1) },
        }
    }

    /// A structured dtype with the fields one behind the other, as `numpy.dtype([…])` makes it. An error if two fields
    /// have one name, or if an item would be larger than 2³¹ - 1 bytes.
    pub fn record(fields: impl IntoIterator<Item = Field>) -> Result<Dtype> {
        let mut end = 0_usize;
        let mut fields: Vec<Field> = fields.into_iter().collect();
        for field in &mut fields {
            field.offset = end;
            end = end.saturating_add(field.dtype.itemsize);
        }
        Dtype::record_at(fields, end, false)
    }

    /// A structured dtype of this many bytes with the fields at their offsets, which may leave gaps and overlap.
    /// `aligned` says that they lie as a C compiler would have them. An error if two fields have one name, if a field
    /// ends behind the item, or if an item would be larger than 2³¹ - 1 bytes.
    pub fn record_at(fields: impl IntoIterator<Item = Field>, itemsize: usize, aligned: bool) -> Result<Dtype> {
        let fields: Vec<Field> = fields.into_iter().collect();
        let mut alignment = 1;
        let mut names = std::collections::HashSet::new();
        for field in &fields {
            let Field {
                name, dtype, offset, ..
            } = field;
            if !names.insert(name.as_str()) {
                return Err(malformed(format!("two fields of a dtype are called {name:?}")));
            }
            if offset.checked_add(dtype.itemsize).is_none_or(|end| end > itemsize) {
                let size = dtype.itemsize;
                return Err(malformed(format!(
                    "the field {name:?} of {size} bytes at offset {offset} ends behind its item of {itemsize} bytes"
                )));
            }
            if aligned {
                alignment = alignment.max(dtype.alignment);
            }
        }
        let leaves = fields
            .iter()
            .fold(0_usize, |all, field| all.saturating_add(field.dtype.leaves()));
        if leaves > MOST_LEAVES.saturating_mul(itemsize.saturating_add(1)) {
            return Err(malformed(format!("{leaves} fields lie in {itemsize} bytes")));
        }
        let class = false;
        let kind = DtypeKind::Record(Record { fields, aligned, class });
        Ok(Dtype {
            kind,
            order: ByteOrder::None,
            itemsize: checked_size(itemsize)?,
            alignment,
        })
    }

    /// A dtype whose items are arrays of this shape. An error if one would be larger than 2³¹ - 1 bytes or have more
    /// than 64 dimensions.
    pub fn subarray(base: Dtype, shape: &[usize]) -> Result<Dtype> {
        let count = shape.iter().try_fold(1_usize, |all, len| all.checked_mul(*len));
        let itemsize = count.and_then(|count| count.checked_mul(base.itemsize));
        if shape.len() > MOST_DIMENSIONS {
            return Err(malformed(format!("a subarray has {} dimensions", shape.len())));
        }
        Ok(Dtype {
            itemsize: checked_size(itemsize.unwrap_or(usize::MAX))?,
            order: ByteOrder::None,
            alignment: base.alignment,
            kind: DtypeKind::Subarray {
                base: Box::new(base),
                shape: shape.to_vec(),
            },
        })
    }

    /// What the items are.
    pub fn kind(&self) -> &DtypeKind {
        &self.kind
    }

    /// How many bytes an item takes in memory. (Python objects are pointers, of 8 bytes.)
    pub fn itemsize(&self) -> usize {
        self.itemsize
    }

    /// The byte order of numbers and code points. That of records is in their fields.
    pub fn byte_order(&self) -> ByteOrder {
        self.order
    }

    /// To how many bytes numpy aligns items, where it can choose.
    pub fn alignment(&self) -> usize {
        self.alignment
    }

    /// The unit of a `datetime64` or `timedelta64`.
    pub fn unit(&self) -> Option<TimeUnit> {
        match self.kind {
            DtypeKind::DateTime(unit) | DtypeKind::TimeDelta(unit) => Some(unit),
            _ => None,
        }
    }

    /// The fields of a structured dtype.
    pub fn as_record(&self) -> Option<&Record> {
        match &self.kind {
            DtypeKind::Record(record) => Some(record),
            _ => None,
        }
    }

    /// Whether there are Python objects in the items, which are then stored as a list and not as bytes.
    pub fn has_objects(&self) -> bool {
        match &self.kind {
            DtypeKind::Object | DtypeKind::String => true,
            DtypeKind::Record(record) => record.fields.iter().any(|field| field.dtype.has_objects()),
            DtypeKind::Subarray { base, .. } => base.has_objects(),
            _ => false,
        }
    }

    /// How many values an item has: what reading it costs.
    pub(crate) fn leaves(&self) -> usize {
        match &self.kind {
            DtypeKind::Record(record) => {
                let each = record.fields.iter().map(|field| field.dtype.leaves());
                each.fold(0, usize::saturating_add)
            }
            // Of one without items there may still be any number of rows.
            DtypeKind::Subarray { base, shape } => {
                let rows = shape.iter().take_while(|len| **len > 0);
                rows.fold(base.leaves(), |leaves, len| leaves.saturating_mul(*len))
            }
            _ => 1,
        }
    }

    /// How many bytes a masked array's mask has for an item: one for each value that is masked by itself.
    pub(crate) fn mask_size(&self) -> usize {
        match &self.kind {
            DtypeKind::Record(record) => {
                let each = record.fields.iter().map(|field| field.dtype.mask_size());
                each.fold(0, usize::saturating_add)
            }
            DtypeKind::Subarray { base, shape } => shape
                .iter()
                .fold(base.mask_size(), |size, len| size.saturating_mul(*len)),
            _ => 1,
        }
    }

    /// Whether bytes of this machine can be taken as they are.
    pub(super) fn is_native(&self) -> bool {
        matches!(self.order, ByteOrder::None | ByteOrder::NATIVE)
    }

    /// Whether it is of this kind and size.
    pub(super) fn is(&self, kind: &DtypeKind, itemsize: usize) -> bool {
        self.kind == *kind && self.itemsize == itemsize
    }
}

/// numpy counts the bytes of an item in a C int.
pub(super) fn checked_size(itemsize: usize) -> Result<usize> {
    match i32::try_from(itemsize) {
        Ok(_) => Ok(itemsize),
        Err(_) => Err(malformed(
            "an item of a dtype would be larger than 2147483647 bytes".into(),
        )),
    }
}
