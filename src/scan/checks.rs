//! Checks that a pattern cannot say: between the arguments of a call, or between a call and a later state.
//!
//! A policy names them: `check = "dtype"`. What they keep out is data that makes a library read or write memory that is not
//! its own.

use super::{
    value::{Kind, Value},
    world::World,
};
use std::collections::BTreeMap;

/// A check by its name in policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// numpy's dtypes.
    Dtype,
    /// torch's tensors, which lie in a storage.
    Storage,
    /// Fractions, written without exponents.
    Ratio,
    /// numpy's random generators, whose position lies in their state.
    Generator,
}

impl Check {
    /// The check with this name.
    pub(super) fn named(name: &str) -> Option<Check> {
        match name {
            "dtype" => Some(Check::Dtype),
            "storage" => Some(Check::Storage),
            "ratio" => Some(Check::Ratio),
            "generator" => Some(Check::Generator),
            _ => None,
        }
    }
}

/// Storages of torch by their key.
pub(crate) type Storages = BTreeMap<String, Storage>;

/// What a storage of torch is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Storage {
    /// Bytes of an element.
    element: u64,
    elements: u64,
}

#[cfg(feature = "archive")]
impl Storage {
    pub(crate) fn bytes(self) -> u64 {
        self.elements.saturating_mul(self.element)
    }
}

/// What is known of a dtype that the stream makes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dtype {
    /// numpy's letter for the kind.
    kind: u8,
    /// The bytes of an item; 0 for a record before it has its state.
    size: i64,
    /// Whether there are objects in it.
    objects: bool,
    /// Whether it has its state. A dtype is used only then, and is given none again: others may count on it.
    built: bool,
}

/// numpy's flag that an item holds references, and the one that it is pickled as a list.
const REFERENCES: i64 = 1;
const LIST: i64 = 2;
/// The flag that an item is a pointer.
const POINTER: i64 = 4;
/// All flags of a dtype of objects.
const OBJECT: i64 = 63;

impl World<'_, '_> {
    /// Whether a call of a member with a check is good. Answers what it made, if that is known better now.
    pub(super) fn check_call(&mut self, check: Check, made: Value, args: &[Value]) -> Option<Value> {
        match check {
            Check::Dtype => {
                let dtype = self.dtype_of_name(*args.first()?)?;
                self.dtypes.push(dtype);
                made.with_number(self.dtypes.len())
            }
            Check::Storage => self.fits_storage(made, args).then_some(made),
            Check::Ratio => args.iter().all(|arg| self.is_ratio(*arg)).then_some(made),
            Check::Generator => Some(made),
        }
    }

    /// Whether a number is as large as its text: `1e999999999` takes a few bytes, and gigabytes when it is made.
    fn is_ratio(&self, value: Value) -> bool {
        let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'/');
        let fits = |text: &str| text.len() <= self.options.limits.digits && text.bytes().all(plain);
        match value.kind() {
            Kind::Str | Kind::ByteString => self.text(value).is_some_and(|text| fits(&text)),
            _ => true,
        }
    }

    /// Whether what a random generator of numpy is set to leaves it within its state: MT19937 reads on at `pos` of 624
    /// numbers and Philox at `buffer_pos` of 4, and neither looks whether that is so (numpy/random/src).
    pub(super) fn is_generator_state(&self, state: Value) -> bool {
        let state = match self.items(state) {
            Some([state, _]) => *state,
            _ => state,
        };
        state.kind() == Kind::None || self.is_position(state, true)
    }

    fn is_position(&self, state: Value, outer: bool) -> bool {
        let made_at = state.payload() as u64;
        if state.kind() != Kind::Dict || self.generators.is_none_or(|named| made_at < named) {
            return false;
        }
        let entries = self.fields.get(&made_at).map_or(&[][..], Vec::as_slice);
        if !self.work(100 * entries.len()) {
            return false;
        }
        entries.chunks_exact(2).all(|entry| {
            let [key, value] = entry else { return false };
            let upto = |most: i64| value.as_int().is_some_and(|at| (0..=most).contains(&at));
            match (key.kind(), self.text(*key).as_deref()) {
                (_, Some("pos")) => upto(624),
                (_, Some("buffer_pos")) => upto(4),
                (_, Some("state")) if outer => self.is_position(*value, false),
                (_, Some(_)) => true,
                // What a call made may be equal to one of the names.
                (kind, None) => !matches!(
                    kind,
                    Kind::Str | Kind::ByteString | Kind::Made | Kind::Persistent | Kind::Buffer | Kind::Opaque
                ),
            }
        })
    }

    /// What is known of a dtype, if that is what a value is.
    pub(super) fn dtype(&self, value: Value) -> Option<Dtype> {
        self.dtypes.get(value.number()?.checked_sub(1)?).copied()
    }

    /// Whether a dtype may be used: it is whole.
    pub(super) fn is_whole(&self, value: Value) -> bool {
        self.dtype(value).is_none_or(|dtype| dtype.built)
    }

    /// Whether a value is a whole dtype without objects.
    pub(super) fn is_plain_dtype(&self, value: Value) -> bool {
        self.dtype(value).is_some_and(|dtype| dtype.built && !dtype.objects)
    }

    /// The dtype of a text such as `f8`; of `numpy.record`, a record.
    fn dtype_of_name(&self, name: Value) -> Option<Dtype> {
        let dtype = |kind, size, objects| {
            Some(Dtype {
                kind,
                size,
                objects,
                built: false,
            })
        };
        if name.kind() == Kind::Global {
            return dtype(b'V', 0, false);
        }
        let text = self.text(name)?;
        let (kind, digits) = text.as_bytes().split_first()?;
        if digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number: i64 = if digits.is_empty() {
            0
        } else {
            text.get(1..)?.parse().ok()?
        };
        match kind {
            b'b' | b'i' | b'u' | b'f' | b'c' | b'm' | b'M' | b'?' if number <= 32 => dtype(*kind, number, false),
            b'O' => dtype(b'O', 8, true),
            b'S' | b'a' => dtype(b'S', number, false),
            b'U' => dtype(b'U', number * 4, false),
            b'V' => dtype(b'V', number, false),
            _ => None,
        }
    }

    /// Whether a dtype may be given this state, which it then has.
    pub(super) fn check_dtype_state(&mut self, target: Value, state: Value) -> bool {
        let Some(dtype) = self.dtype(target) else { return false };
        let whole = self.dtype_with_state(dtype, state);
        if let (Some(whole), Some(number)) = (whole, target.number())
            && let Some(slot) = self.dtypes.get_mut(number.wrapping_sub(1))
        {
            *slot = whole;
            return true;
        }
        false
    }

    /// `(version, byte order, subarray, names, fields, size, alignment, flags, metadata)`
    fn dtype_with_state(&self, dtype: Dtype, state: Value) -> Option<Dtype> {
        let [
            version,
            order,
            subarray,
            names,
            fields,
            size,
            alignment,
            flags,
            rest @ ..,
        ] = self.items(state)?
        else {
            return None;
        };
        let order = self.text(*order)?;
        let (size, alignment, flags) = (size.as_int()?, alignment.as_int()?, flags.as_int()?);
        let metadata = match rest {
            [] => true,
            [one] => match self.items(*one) {
                Some([a, b]) => {
                    matches!(a.kind(), Kind::Dict | Kind::None) && matches!(b.kind(), Kind::Tuple | Kind::None)
                }
                _ => matches!(one.kind(), Kind::None | Kind::Dict),
            },
            _ => false,
        };
        let plausible = !dtype.built
            && metadata
            && matches!(version.as_int(), Some(0..=4))
            && matches!(&*order, "|" | "<" | ">" | "=")
            && (alignment == -1 || (1..=64).contains(&alignment))
            && (0..=0xff).contains(&flags)
            && (-1..=i64::from(i32::MAX)).contains(&size);
        if !plausible {
            return None;
        }
        let is_none = |value: &Value| value.kind() == Kind::None;
        if dtype.kind != b'V' {
            let flags_fit = if dtype.objects {
                flags == OBJECT
            } else {
                flags & (REFERENCES | LIST | POINTER) == 0
            };
            let fits = is_none(subarray) && is_none(names) && is_none(fields) && (size == -1 || size == dtype.size);
            return (fits && flags_fit).then_some(Dtype { built: true, ..dtype });
        }
        if size < 0 || dtype.size != 0 && size != dtype.size || flags & POINTER != 0 {
            return None;
        }
        let objects = match (is_none(subarray), is_none(names) && is_none(fields)) {
            (true, true) => false,
            (false, true) => self.subarray(*subarray, size)?,
            (true, false) => self.fields(*names, *fields, size)?,
            (false, false) => return None,
        };
        let wanted = if objects { REFERENCES | LIST } else { 0 };
        (flags & (REFERENCES | LIST) == wanted).then_some(Dtype {
            size,
            objects,
            built: true,
            ..dtype
        })
    }

    /// `(dtype, shape)`, which fill the size. Answers whether there are objects.
    fn subarray(&self, subarray: Value, size: i64) -> Option<bool> {
        let [base, shape] = self.items(subarray)? else {
            return None;
        };
        let base = self.dtype(*base).filter(|base| base.built)?;
        let lengths = match self.items(*shape) {
            Some(lengths) => lengths,
            None => std::slice::from_ref(shape),
        };
        let total = lengths.iter().try_fold(base.size, |total, length| {
            length
                .as_int()
                .filter(|length| *length >= 0)
                .and_then(|length| total.checked_mul(length))
        });
        (total == Some(size)).then_some(base.objects)
    }

    /// Names, and by name `(dtype, offset)` or `(dtype, offset, title)`, within the size. Answers whether there are objects.
    fn fields(&self, names: Value, fields: Value, size: i64) -> Option<bool> {
        let names = self.items(names)?;
        let entries = match self.fields.get(&(fields.payload() as u64)) {
            Some(entries) if fields.kind() == Kind::Dict => entries.as_slice(),
            _ => &[],
        };
        // The same dict can be the fields of many.
        if !self.work(100 * (names.len() + entries.len())) {
            return None;
        }
        let mut objects = false;
        let mut known = Vec::new();
        for entry in entries.chunks_exact(2) {
            let [key, field] = entry else { continue };
            let ([dtype, offset] | [dtype, offset, _]) = self.items(*field)? else {
                return None;
            };
            let dtype = self.dtype(*dtype).filter(|dtype| dtype.built)?;
            let offset = offset.as_int().filter(|offset| *offset >= 0)?;
            if offset.checked_add(dtype.size)? > size {
                return None;
            }
            objects |= dtype.objects;
            known.push(self.text(*key)?);
        }
        known.sort_unstable();
        let all = names
            .iter()
            .all(|name| self.text(*name).is_some_and(|name| known.binary_search(&name).is_ok()));
        all.then_some(objects)
    }

    /// Keeps the items of a dict that could be the fields of a dtype, or the state of a random generator.
    #[cold]
    pub(super) fn keep_fields(&mut self, dict: Value, items: &[Value]) {
        let made_at = dict.payload() as u64;
        let is_state = |key: &Value| match key.kind() {
            Kind::Str | Kind::ByteString => {
                matches!(self.text(*key).as_deref(), None | Some("state" | "pos" | "buffer_pos"))
            }
            kind => matches!(kind, Kind::Made | Kind::Persistent | Kind::Buffer | Kind::Opaque),
        };
        let is_field = |value: &Value| {
            let first = self.items(*value).and_then(<[Value]>::first);
            first.is_some_and(|first| self.dtype(*first).is_some())
        };
        if self.fields.contains_key(&made_at)
            || items.iter().skip(1).step_by(2).any(is_field)
            || self.generators.is_some() && items.iter().step_by(2).any(is_state)
        {
            self.fields.entry(made_at).or_default().extend_from_slice(items);
        }
    }

    /// The number of elements of a storage of torch, which is noted, from its persistent id: `('storage', class, key, place,
    /// elements)`, with `(key, offset, elements)` of the part of it that is meant behind that in old files. 0 for an id of
    /// another kind; nothing if the storage is none, or not what the same key was before: torch goes by what came first.
    pub(super) fn elements(&mut self, id: Value) -> Option<u64> {
        let Some([kind, class, key, _, elements, rest @ ..]) = self.items(id) else {
            return Some(0);
        };
        if self.text(*kind).as_deref() != Some("storage") {
            return Some(0);
        }
        let number = |value: &Value| u64::try_from(value.as_int()?).ok().filter(|number| *number <= 1 << 55);
        let whole = Storage {
            element: element_size(&self.name_of(*class)?.name)?,
            elements: number(elements)?,
        };
        let part = match rest.first().and_then(|part| self.items(*part)) {
            Some([key, offset, elements]) => {
                let (offset, elements) = (number(offset)?, number(elements)?);
                (offset.checked_add(elements)? <= whole.elements).then_some(())?;
                Some((self.text(*key)?.into_owned(), Storage { elements, ..whole }))
            }
            _ => None,
        };
        let key = self.text(*key)?.into_owned();
        let meant = part.as_ref().map_or(whole, |(_, part)| *part);
        for (key, storage) in [(key, whole)].into_iter().chain(part) {
            if *self.storages.entry(key).or_insert(storage) != storage {
                return None;
            }
        }
        Some(meant.elements)
    }

    /// `(storage, offset, shape, strides, …)`: the last element lies in the storage. The storages of the third version are
    /// bytes, and the last but one of its arguments is what they are bytes of.
    fn fits_storage(&self, made: Value, args: &[Value]) -> bool {
        let [storage, offset, shape, strides, rest @ ..] = args else {
            return false;
        };
        let element = match self.name_of(made).map(|name| name.name.as_str()) {
            Some("_rebuild_tensor_v3") => {
                let dtype = rest.get(2).and_then(|dtype| self.name_of(*dtype));
                match dtype.and_then(|dtype| dtype_size(&dtype.name)) {
                    Some(size) => size,
                    None => return false,
                }
            }
            _ => 1,
        };
        let (Some(shape), Some(strides)) = (self.items(*shape), self.items(*strides)) else {
            return false;
        };
        if storage.kind() != Kind::Persistent || shape.len() != strides.len() {
            return false;
        }
        let mut last = offset.as_int().filter(|offset| *offset >= 0);
        let mut empty = false;
        for (length, stride) in shape.iter().zip(strides) {
            let (Some(length @ 0..), Some(stride @ 0..)) = (length.as_int(), stride.as_int()) else {
                return false;
            };
            empty |= length == 0;
            let reach = length.saturating_sub(1).max(0).checked_mul(stride);
            last = last.zip(reach).and_then(|(last, reach)| last.checked_add(reach));
        }
        let end = last.and_then(|last| (last as u64).checked_add(1)?.checked_mul(element));
        empty || end.is_some_and(|end| end <= storage.payload() as u64)
    }
}

/// Bytes of an element, by the class of a storage of torch.
fn element_size(class: &str) -> Option<u64> {
    match class.strip_suffix("Storage")? {
        "Untyped" | "Byte" | "Char" | "Bool" | "QInt8" | "QUInt8" | "QUInt4x2" | "QUInt2x4" => Some(1),
        "Half" | "BFloat16" | "Short" => Some(2),
        "Float" | "Int" | "QInt32" => Some(4),
        "Double" | "Long" | "ComplexFloat" => Some(8),
        "ComplexDouble" => Some(16),
        _ => None,
    }
}

/// The same of a dtype of torch. Those that end in `x` and a number have several elements in a byte.
fn dtype_size(dtype: &str) -> Option<u64> {
    match dtype {
        "bool" | "int8" | "uint8" | "qint8" | "quint8" | "quint4x2" | "quint2x4" | "bits8" | "bits1x8" | "bits2x4"
        | "bits4x2" | "float8_e4m3fn" | "float8_e4m3fnuz" | "float8_e5m2" | "float8_e5m2fnuz" => Some(1),
        "int16" | "uint16" | "bits16" | "float16" | "bfloat16" => Some(2),
        "int32" | "uint32" | "qint32" | "float32" | "complex32" => Some(4),
        "int64" | "uint64" | "float64" | "complex64" => Some(8),
        "complex128" => Some(16),
        _ => None,
    }
}
