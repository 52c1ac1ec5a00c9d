//! What the scan knows of an object, in eight bytes.
//!
//! Plain data keeps nothing: a string is the byte at which its opcode starts, from which it can be read again; a list is
//! just a list. Only what is imported, called or passed on has entries elsewhere.

use std::num::NonZeroU64;

/// What kind of object it is. The payload is said behind each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    None = 1,
    False,
    True,
    /// An int of up to 56 bits: the int.
    Int,
    /// A larger one: where its opcode starts.
    BigInt,
    /// A float: where its opcode starts.
    Float,
    /// A `str`: where its opcode starts, and whether it begins with two underscores.
    Str,
    /// A `str` of Python 2, which may become a `bytes`: the same.
    ByteString,
    /// A `bytes`: where its opcode starts.
    Bytes,
    ByteArray,
    List,
    /// A dict: where the opcode that made it starts, which tells it from all others.
    Dict,
    Set,
    FrozenSet,
    /// A tuple: where its items start in the scan's list of items, whether one is not hashable, and how many they are.
    Tuple,
    /// A tuple of more items than are kept: whether one is not hashable.
    LongTuple,
    /// An import: the index of its name.
    Global,
    /// What a call made: the index of the name that says what may be done to it, and a number for more that is known.
    Made,
    /// What a persistent id stands for: how many elements a storage has.
    Persistent,
    /// An out-of-band buffer.
    Buffer,
    /// Something of which nothing is known.
    Opaque,
}

/// The kinds by their number.
const KINDS: [Kind; 21] = [
    Kind::None,
    Kind::False,
    Kind::True,
    Kind::Int,
    Kind::BigInt,
    Kind::Float,
    Kind::Str,
    Kind::ByteString,
    Kind::Bytes,
    Kind::ByteArray,
    Kind::List,
    Kind::Dict,
    Kind::Set,
    Kind::FrozenSet,
    Kind::Tuple,
    Kind::LongTuple,
    Kind::Global,
    Kind::Made,
    Kind::Persistent,
    Kind::Buffer,
    Kind::Opaque,
];

/// An object: its kind in the lowest byte, the payload above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value(NonZeroU64);

/// How many bits the index of a name has.
const NAME_BITS: u32 = 28;
/// The largest index of a name.
pub(super) const NAMES: usize = (1 << NAME_BITS) - 1;

/// How many items of a tuple are kept: more arguments no rule has.
pub(super) const TUPLE: usize = 255;

impl Value {
    pub(super) const NONE: Value = Value::of(Kind::None);
    pub(super) const OPAQUE: Value = Value::of(Kind::Opaque);

    #[inline(always)]
    pub(super) const fn new(kind: Kind, payload: u64) -> Value {
        match NonZeroU64::new(payload << 8 | kind as u64) {
            Some(bits) => Value(bits),
            None => Value(NonZeroU64::MAX), // No kind is 0.
        }
    }

    #[inline(always)]
    pub(super) const fn of(kind: Kind) -> Value {
        Value::new(kind, 0)
    }

    #[inline(always)]
    pub(super) const fn int(value: i64, offset: u64) -> Value {
        if value << 8 >> 8 == value {
            Value::new(Kind::Int, value as u64)
        } else {
            Value::new(Kind::BigInt, offset)
        }
    }

    /// A text, whose opcode starts at `offset`.
    #[inline(always)]
    pub(super) fn text(kind: Kind, offset: u64, text: &[u8]) -> Value {
        Value::new(kind, offset << 1 | u64::from(text.starts_with(b"__")))
    }

    /// Where the opcode of a text starts.
    pub(super) const fn text_offset(self) -> usize {
        self.payload() >> 1
    }

    /// Whether a key of a dict could be the name of a special attribute: it is one, or it is not known what it is.
    #[inline(always)]
    pub(super) fn is_odd_name(self) -> bool {
        match self.kind() {
            Kind::Str | Kind::ByteString => self.payload() & 1 == 1,
            Kind::Made | Kind::Persistent | Kind::Buffer | Kind::Opaque => true,
            _ => false,
        }
    }

    /// Of the items from `start` on.
    #[inline(always)]
    pub(super) const fn tuple(start: usize, len: usize, is_hashable: bool) -> Value {
        let unhashable = !is_hashable as u64;
        if len > TUPLE {
            return Value::new(Kind::LongTuple, unhashable);
        }
        Value::new(Kind::Tuple, (start as u64) << 9 | unhashable << 8 | len as u64)
    }

    /// Whether Python takes it for a key, as far as its kind tells.
    #[inline(always)]
    pub(super) fn is_hashable(self) -> bool {
        match self.kind() {
            Kind::List | Kind::Dict | Kind::Set | Kind::ByteArray => false,
            Kind::Tuple => self.payload() >> 8 & 1 == 0,
            Kind::LongTuple => self.payload() == 0,
            _ => true,
        }
    }

    #[inline(always)]
    pub(super) fn kind(self) -> Kind {
        let number = (self.0.get() & 0xff) as usize;
        KINDS.get(number.wrapping_sub(1)).copied().unwrap_or(Kind::Opaque)
    }

    /// An offset or an index.
    #[inline(always)]
    pub(super) const fn payload(self) -> usize {
        (self.0.get() >> 8) as usize
    }

    /// What a call made, by the index of its name.
    pub(super) fn made(name: usize) -> Value {
        Value::new(Kind::Made, (name & NAMES) as u64)
    }

    /// The same with a number, if that has room.
    pub(super) fn with_number(self, number: usize) -> Option<Value> {
        let fits = self.kind() == Kind::Made && number <= NAMES;
        fits.then(|| Value::new(Kind::Made, (self.name() | number << NAME_BITS) as u64))
    }

    /// The number of what a call made, if it has one.
    pub(super) fn number(self) -> Option<usize> {
        (self.kind() == Kind::Made && self.payload() > NAMES).then_some(self.payload() >> NAME_BITS)
    }

    /// The index of the name of an import or of what a call made.
    pub(super) const fn name(self) -> usize {
        self.payload() & NAMES
    }

    pub(super) fn as_int(self) -> Option<i64> {
        (self.kind() == Kind::Int).then_some(self.0.get() as i64 >> 8)
    }

    /// The start and number of a tuple's items.
    pub(super) fn as_tuple(self) -> Option<(usize, usize)> {
        (self.kind() == Kind::Tuple).then_some((self.payload() >> 9, self.payload() & 0xff))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bytes_with_room_for_none() {
        assert_eq!(size_of::<Option<Value>>(), 8);
    }

    #[test]
    fn kinds_and_payloads_come_back() {
        for (number, kind) in (1u8..).zip(KINDS) {
            assert_eq!(kind as u8, number);
            let value = Value::new(kind, (1 << 56) - 1);
            assert_eq!((value.kind(), value.payload()), (kind, (1 << 56) - 1));
        }
        for int in [0, 1, -1, (1 << 55) - 1, -(1 << 55)] {
            assert_eq!(Value::int(int, 0).as_int(), Some(int));
        }
        assert_eq!(Value::int(1 << 55, 0).kind(), Kind::BigInt);
        let made = Value::made(7);
        assert_eq!((made.name(), made.number()), (7, None));
        let numbered = made.with_number(NAMES).unwrap();
        assert_eq!((numbered.name(), numbered.number()), (7, Some(NAMES)));
        assert_eq!(made.with_number(NAMES + 1), None);
        for is_hashable in [false, true] {
            let tuple = Value::tuple(1 << 40, TUPLE, is_hashable);
            assert_eq!(
                (tuple.as_tuple(), tuple.is_hashable()),
                (Some((1 << 40, TUPLE)), is_hashable)
            );
            let long = Value::tuple(1 << 40, TUPLE + 1, is_hashable);
            assert_eq!((long.as_tuple(), long.is_hashable()), (None, is_hashable));
        }
    }
}
