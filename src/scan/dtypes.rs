//! numpy's dtypes: what their names and states say of the bytes of an item, and whether both say the same.
//!
//! The state is `arraydescr_reduce`'s in numpy/_core/src/multiarray/descriptor.c, which `arraydescr_setstate` hardly doubts.

use super::{
    checks::Known,
    value::{Kind, Value},
    world::World,
};

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
    /// What is known of a dtype, if that is what a value is.
    pub(super) fn dtype(&self, value: Value) -> Option<Dtype> {
        match self.known.get(value.number()?.checked_sub(1)?) {
            Some(Known::Dtype(dtype)) => Some(*dtype),
            _ => None,
        }
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
    pub(super) fn dtype_of_name(&self, name: Value) -> Option<Dtype> {
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
        if kind == &b'O' && digits.is_empty() {
            return dtype(b'O', 8, true);
        }
        // Without a number, each letter has a size of its own; no pickler writes that.
        if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number: i64 = text.get(1..)?.parse().ok()?;
        match kind {
            b'b' | b'i' | b'u' | b'f' | b'c' | b'm' | b'M' if (1..=32).contains(&number) => dtype(*kind, number, false),
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
            && let Some(slot) = self.known.get_mut(number.wrapping_sub(1))
        {
            *slot = Known::Dtype(whole);
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
            _ if matches!(dtype.kind, b'm' | b'M') => rest.len() == 1 && self.is_unit(rest[0]),
            [] => true,
            [one] => matches!(one.kind(), Kind::None | Kind::Dict),
            _ => false,
        };
        let plausible = !dtype.built
            && metadata
            && matches!(version.as_int(), Some(0..=4))
            && matches!(&*order, "|" | "<" | ">" | "=")
            && (alignment == -1 || (1..=64).contains(&alignment))
            // A signed byte in numpy before 2.
            && (-0x80..=0xff).contains(&flags)
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
            // numpy takes the size that it is told for texts, and for nothing else.
            let told = size == dtype.size || size == -1 && !matches!(dtype.kind, b'S' | b'a' | b'U');
            let fits = is_none(subarray) && is_none(names) && is_none(fields) && told;
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

    /// The metadata of a time: a dict or None, and `(unit, number, 1, 1)`, with which old ones count events, too.
    fn is_unit(&self, metadata: Value) -> bool {
        let Some([others, unit]) = self.items(metadata) else {
            return false;
        };
        let Some([unit, numbers @ ..]) = self.items(*unit) else {
            return false;
        };
        matches!(others.kind(), Kind::Dict | Kind::None)
            && matches!(unit.kind(), Kind::Str | Kind::ByteString | Kind::Bytes)
            && matches!(numbers.len(), 3 | 4)
            && numbers.iter().all(|number| number.kind() == Kind::Int)
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
}
