//! The bytes that say of what type an object is (`Python/marshal.c`).

/// With a type: the object gets the next number, by which [`REF`] refers to it.
pub(super) const FLAG_REF: u8 = 0x80;

pub(super) const NULL: u8 = b'0';
pub(super) const NONE: u8 = b'N';
pub(super) const FALSE: u8 = b'F';
pub(super) const TRUE: u8 = b'T';
pub(super) const STOP_ITERATION: u8 = b'S';
pub(super) const ELLIPSIS: u8 = b'.';
pub(super) const INT: u8 = b'i';
/// No longer written.
pub(super) const INT64: u8 = b'I';
pub(super) const FLOAT: u8 = b'f';
pub(super) const BINARY_FLOAT: u8 = b'g';
pub(super) const COMPLEX: u8 = b'x';
pub(super) const BINARY_COMPLEX: u8 = b'y';
pub(super) const LONG: u8 = b'l';
pub(super) const BYTES: u8 = b's';
pub(super) const INTERNED: u8 = b't';
pub(super) const REF: u8 = b'r';
pub(super) const TUPLE: u8 = b'(';
pub(super) const LIST: u8 = b'[';
pub(super) const DICT: u8 = b'{';
pub(super) const CODE: u8 = b'c';
pub(super) const UNICODE: u8 = b'u';
pub(super) const SET: u8 = b'<';
pub(super) const FROZENSET: u8 = b'>';
pub(super) const ASCII: u8 = b'a';
pub(super) const ASCII_INTERNED: u8 = b'A';
pub(super) const SMALL_TUPLE: u8 = b')';
pub(super) const SHORT_ASCII: u8 = b'z';
pub(super) const SHORT_ASCII_INTERNED: u8 = b'Z';

/// The bits of one digit of a long.
pub(super) const DIGIT: u64 = 15;

/// How deep objects may lie in each other for CPython to read them.
pub(super) const MAX_DEPTH: usize = 2000;

/// What kind of variable it is, in `co_localspluskinds`. Hidden ones (0x10) are those of comprehensions that 3.12 and
/// later run in place.
pub(super) const LOCAL: u8 = 0x20;
pub(super) const CELL: u8 = 0x40;
pub(super) const FREE: u8 = 0x80;
