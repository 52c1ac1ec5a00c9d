//! Checks that a pattern cannot say: between the arguments of a call, or between a call and a later state.
//!
//! A policy names them: `check = "dtype"`. What they keep out is data that makes a library read or write memory that is not
//! its own.

use super::{
    dtypes::Dtype,
    value::{Kind, Value},
    world::World,
};
use std::collections::BTreeMap;

/// A check by its name in policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// numpy's dtypes.
    Dtype,
    /// numpy's arrays, which are made empty and given their contents as state.
    Array,
    /// torch's tensors, which lie in a storage.
    Storage,
    /// A state among the arguments, without special names.
    Attributes,
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
            "array" => Some(Check::Array),
            "storage" => Some(Check::Storage),
            "attributes" => Some(Check::Attributes),
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

/// What is known of an object that the stream makes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known {
    Dtype(Dtype),
    /// An array: whether only the stack has it, and it has no state yet.
    Array {
        fresh: bool,
    },
}

impl World<'_, '_> {
    /// Whether a call of a member with a check is good. Answers what it made, if that is known better now.
    pub(super) fn check_call(&mut self, check: Check, made: Value, args: &[Value]) -> Option<Value> {
        match check {
            Check::Dtype => {
                let dtype = self.dtype_of_name(*args.first()?)?;
                self.known.push(Known::Dtype(dtype));
                made.with_number(self.known.len())
            }
            Check::Array => {
                self.known.push(Known::Array { fresh: true });
                made.with_number(self.known.len())
            }
            Check::Storage => self.fits_storage(made, args).then_some(made),
            Check::Attributes => {
                // A special name that is added later is found then.
                self.built = true;
                self.are_attributes(*args.last()?).then_some(made)
            }
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

    /// Whether it was an array without contents that nobody could have looked at, and is no longer; true of all that is no
    /// array. numpy frees what an array held when it is given a state, also under who refers to it (`array_setstate` in
    /// numpy/_core/src/multiarray/methods.c).
    pub(super) fn was_fresh(&mut self, value: Value) -> bool {
        let at = value.number().and_then(|number| number.checked_sub(1));
        match at.and_then(|at| self.known.get_mut(at)) {
            Some(Known::Array { fresh }) => std::mem::replace(fresh, false) && !self.duplicated,
            _ => true,
        }
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
