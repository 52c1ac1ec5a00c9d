//! What the machine asks of the world.

use crate::{error::ErrorKind, number::Parsed as Int, text::Text};
use std::{borrow::Cow, vec::Drain};

/// The world a pickle acts on: our object graph, live Python objects, a safety scan.
///
/// The machine knows the stack, the marks and the memo; the heap knows values. The contract:
///
/// - Containers are created empty and filled later, because only so can they contain themselves. Only tuples and
///   frozensets are created whole; Python cannot fill them later either.
/// - Items arrive as a drain of the machine's stack, in order: nothing is copied, and what a heap leaves in the drain is
///   dropped.
/// - The error type is the heap's own, so that a Python exception raised by an import arrives as itself; the machine's
///   own faults are converted into it.
/// - Every method that says what something means is required: a heap that has nothing to say about it says so. The three
///   that only offer a shorter way, or a limit of the heap's own, have a default.
///
/// `'a` is how long borrowed payloads live: as long as the input when reading from a slice, for the one call when reading
/// from a stream. A heap that keeps payloads by copy implements `Heap<'a>` for every `'a`.
pub trait Heap<'a> {
    /// A reference to an object. Cloning it is what the memo and DUP do: the clone is the same object.
    type Value: Clone;
    /// What can go wrong, including the machine's own faults.
    type Error: From<ErrorKind>;

    /// PROTO: the protocol in force from here on. Below 3, names are those of Python 2.
    fn protocol(&mut self, protocol: u8) -> Result<(), Self::Error>;
    /// Told before each import, call and BUILD: the offset of its opcode in the stream.
    fn site(&mut self, offset: u64);

    /// NONE.
    fn none(&mut self) -> Result<Self::Value, Self::Error>;
    /// NEWTRUE, NEWFALSE, and INT with `00` or `01`.
    fn bool(&mut self, value: bool) -> Result<Self::Value, Self::Error>;
    /// BININT, BININT1, BININT2: what fits 64 bits and is most common.
    fn int(&mut self, value: i64) -> Result<Self::Value, Self::Error>;
    /// LONG1, LONG4, LONG, INT: ints of any size.
    fn long(&mut self, value: Int) -> Result<Self::Value, Self::Error>;
    /// BINFLOAT, FLOAT.
    fn float(&mut self, value: f64) -> Result<Self::Value, Self::Error>;
    /// SHORT_BINUNICODE, BINUNICODE, BINUNICODE8: a `str` by its bytes in UTF-8, as they are in the stream. Most heaps give
    /// [`Text::decode`] of them to [`str`](Heap::str).
    fn utf8(&mut self, value: &'a [u8]) -> Result<Self::Value, Self::Error>;
    /// A `str`.
    fn str(&mut self, value: Text<'a>) -> Result<Self::Value, Self::Error>;
    /// A Python 2 `str`, which is text or bytes as the heap's encoding says.
    fn byte_string(&mut self, value: Cow<'a, [u8]>) -> Result<Self::Value, Self::Error>;
    /// A `bytes`.
    fn bytes(&mut self, value: &'a [u8]) -> Result<Self::Value, Self::Error>;
    /// A `bytearray`.
    fn bytearray(&mut self, value: &'a [u8]) -> Result<Self::Value, Self::Error>;
    /// An empty list.
    fn list(&mut self) -> Result<Self::Value, Self::Error>;
    /// An empty dict.
    fn dict(&mut self) -> Result<Self::Value, Self::Error>;
    /// An empty set.
    fn set(&mut self) -> Result<Self::Value, Self::Error>;
    /// A tuple of these items.
    fn tuple(&mut self, items: Drain<'_, Self::Value>) -> Result<Self::Value, Self::Error>;
    /// A frozenset of these items.
    fn frozenset(&mut self, items: Drain<'_, Self::Value>) -> Result<Self::Value, Self::Error>;

    /// APPEND(S): `target.extend(items)`.
    fn append(&mut self, target: &Self::Value, items: Drain<'_, Self::Value>) -> Result<(), Self::Error>;
    /// SETITEM(S): `target[key] = value` for each pair; `items` holds keys and values in turn.
    fn set_items(&mut self, target: &Self::Value, items: Drain<'_, Self::Value>) -> Result<(), Self::Error>;
    /// ADDITEMS: `target.add(item)` for each item.
    fn add_items(&mut self, target: &Self::Value, items: Drain<'_, Self::Value>) -> Result<(), Self::Error>;

    /// GLOBAL and INST: the object `name` of `module`, as `find_class` finds it.
    fn global(&mut self, module: &'a str, name: &'a str) -> Result<Self::Value, Self::Error>;
    /// STACK_GLOBAL: the same with names from the stack, which must be `str`.
    fn stack_global(&mut self, module: Self::Value, name: Self::Value) -> Result<Self::Value, Self::Error>;
    /// EXT1, EXT2, EXT4: the object that an extension code stands for.
    fn extension(&mut self, code: i64) -> Result<Self::Value, Self::Error>;
    /// REDUCE: `callable(*args)`.
    fn reduce(&mut self, callable: Self::Value, args: Self::Value) -> Result<Self::Value, Self::Error>;
    /// NEWOBJ: `class.__new__(class, *args)`.
    fn new_object(&mut self, class: Self::Value, args: Self::Value) -> Result<Self::Value, Self::Error>;
    /// NEWOBJ_EX: `class.__new__(class, *args, **kwargs)`.
    fn new_object_ex(
        &mut self,
        class: Self::Value,
        args: Self::Value,
        kwargs: Self::Value,
    ) -> Result<Self::Value, Self::Error>;
    /// OBJ and INST: Python 2's `class(*args)`, or the bare instance when there are no arguments.
    fn instance(&mut self, class: Self::Value, args: Drain<'_, Self::Value>) -> Result<Self::Value, Self::Error>;
    /// BUILD: `target.__setstate__(state)`, or its attributes.
    fn build(&mut self, target: &Self::Value, state: Self::Value) -> Result<(), Self::Error>;
    /// SETITEMS with BUILD right behind it: what `set_items(state, items)` and `build(target, state)` do one after the
    /// other, in one step, if the heap has a shorter way. If it has not it says false, and both are called.
    #[inline(always)]
    fn build_of_items(&mut self, target: &Self::Value, state: &Self::Value, items: &[Self::Value]) -> bool {
        let _ = (target, state, items);
        false
    }
    /// Whether nobody sees the memo after the pickle, and a value that is let go early is worth looking ahead for which
    /// indices are asked for at all. The look ahead is made when objects are built.
    #[inline(always)]
    fn looks_ahead(&self) -> bool {
        false
    }
    /// Decimal digits that a number in a text argument may have; the machine's own limit is given.
    fn digits(&mut self, limit: usize) -> Result<usize, Self::Error> {
        Ok(limit)
    }

    /// PERSID: the object with this persistent id, as text.
    fn persistent_line(&mut self, id: &'a str) -> Result<Self::Value, Self::Error>;
    /// BINPERSID: the object with this persistent id.
    fn persistent(&mut self, id: Self::Value) -> Result<Self::Value, Self::Error>;
    /// NEXT_BUFFER: the next out-of-band buffer.
    fn next_buffer(&mut self) -> Result<Self::Value, Self::Error>;
    /// READONLY_BUFFER: a read-only view of a buffer.
    fn readonly_buffer(&mut self, buffer: Self::Value) -> Result<Self::Value, Self::Error>;

    /// PUT (not `binary`), BINPUT, LONG_BINPUT, MEMOIZE: the value was given a memo index.
    fn memoized(&mut self, value: &Self::Value, binary: bool);
    /// GET, BINGET, LONG_BINGET: the value was fetched from the memo.
    fn fetched(&mut self, value: &Self::Value);
    /// POP: the value was thrown away; `top` is what lies on top of the stack now.
    fn dropped(&mut self, value: Self::Value, top: Option<&Self::Value>);
}
