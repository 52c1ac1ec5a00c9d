//! What can go wrong, and where.

use crate::opcode::Info;
use std::{fmt, io};

/// The result of reading or writing a pickle.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A pickle that cannot be read or written: what is wrong, at which byte, in which opcode.
///
/// One word wide, so that results stay in registers.
///
/// ```
/// let error = brinery::Graph::from_slice(b"\x80\x04K\x05a.").unwrap_err();
/// assert_eq!(error.offset(), Some(4));
/// assert_eq!(error.to_string(), "APPEND at byte 4: the stack is empty");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    offset: Option<u64>,
    opcode: Option<u8>,
    /// The way from the root to the value, empty at the root.
    path: String,
    /// The value in its graph, from which the offset is found.
    #[cfg_attr(not(feature = "serde"), allow(dead_code))]
    place: Option<Place>,
}

/// A value of a graph, also one that has no node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "serde"), allow(dead_code))]
pub(crate) enum Place {
    Root,
    /// By its index in the arena.
    Node(u32),
    /// By where it stands in the arena's items.
    Item(u32),
}

/// The kinds of faults. Each names the exception that CPython's C unpickler or pickler raises for it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The reader or writer failed.
    Io(io::Error),
    /// Nothing is left where an opcode should stand (`EOFError`).
    EndOfInput,
    /// The input ends inside an argument or a frame (`UnpicklingError`).
    Truncated,
    /// No opcode has this byte (`UnpicklingError`).
    UnknownOpcode(u8),
    /// An argument crosses the end of its frame (`UnpicklingError`, CPython 3.13.15, 3.14.7 and later).
    FrameOverrun,
    /// A frame starts inside another one (`UnpicklingError`, CPython 3.13.15, 3.14.7 and later).
    FrameNested,
    /// The length of a string or number is negative (`UnpicklingError`).
    NegativeLength,
    /// A protocol above 5 (`ValueError`).
    UnsupportedProtocol(u8),
    /// The stack is empty where a value is needed (`UnpicklingError`).
    StackUnderflow,
    /// A mark stands where a value is needed (`UnpicklingError`).
    UnexpectedMark,
    /// No mark is left where one is needed (`UnpicklingError`).
    MissingMark,
    /// The memo has no such entry (`UnpicklingError`).
    MissingMemo(i128),
    /// An odd number of items where keys and values are needed (`UnpicklingError`).
    OddItems,
    /// A text argument is not a number (`ValueError`).
    BadNumber,
    /// A number is too large for what it counts, or a float text overflows (`OverflowError`).
    NumberTooLarge,
    /// Text that is not in its encoding (`UnicodeDecodeError`).
    BadText(&'static str),
    /// A Python 2 string literal without matching quotes (`UnpicklingError`).
    BadLiteral,
    /// A Python 2 string literal with a broken escape (`ValueError`).
    BadEscape,
    /// A persistent id in protocol 0 that is not ASCII (`UnpicklingError`).
    BadPersistentId,
    /// A module or attribute name is empty (`UnpicklingError`).
    EmptyName,
    /// An operand has the wrong type (`TypeError`, `AttributeError` or `UnpicklingError`).
    BadOperand {
        /// What the opcode needs.
        needs: &'static str,
        /// What the stack holds.
        found: &'static str,
    },
    /// A list, dict, set or bytearray used as a key or as an item of a set (`TypeError`).
    Unhashable(&'static str),
    /// An extension code nobody registered (`ValueError`; below 1: `UnpicklingError`).
    UnknownExtension(i64),
    /// An import that a [`Registry`](crate::hooks::Registry) refuses (`UnpicklingError`).
    Refused(Box<str>),
    /// The pickle is not safe under the policy of [`Options::allow`](crate::Options::allow): a text that says what it
    /// does, why that is not allowed, and what would allow it (`UnpicklingError`).
    NotAllowed(Box<str>),
    /// An out-of-band buffer is asked for and none was given, or all are used up (`UnpicklingError`).
    MissingBuffer(usize),
    /// An index or byte value out of range (`IndexError`, `ValueError`).
    OutOfRange,
    /// Bytes follow the pickle where its length says it should end.
    TrailingBytes,
    /// The stream asks for more than a limit allows.
    Limit {
        /// The limit's name in [`Limits`](crate::Limits).
        name: &'static str,
        /// Its value.
        limit: u64,
    },
    /// The object cannot be written in the protocol asked for (`PicklingError`, `ValueError`).
    Unwritable(&'static str),
    /// The pickle can be read, but no pickler writes such a thing: only the disassembler complains, as `pickletools` does
    /// (`ValueError`).
    Odd(&'static str),
    /// An object of a well-known class is not what it should be: a text that says which and why (`ValueError`).
    Malformed(Box<str>),
    /// A cycle in the memo-less fast mode (`ValueError`).
    CycleInFastMode,
    /// It is well-formed, but not read: a quantised tensor, a compressed file (`NotImplementedError`).
    Unsupported(Box<str>),
    /// What was asked for by name is not there (`KeyError`).
    NotFound(Box<str>),
    /// A value that contains itself, asked for as a type that cannot (`ValueError`).
    Cycle,
    /// A value of the wrong type or size, or of too many or too few items, for the type that is read (`TypeError`).
    Invalid {
        /// What the pickle has.
        found: String,
        /// What the type needs.
        expected: String,
    },
    /// A field that the type needs and the pickle has not (`KeyError`).
    MissingField(&'static str),
    /// A field that is there twice (`TypeError`).
    DuplicateField(&'static str),
    /// A field that the type does not have and does not ignore (`TypeError`).
    UnknownField {
        /// The field's name.
        field: String,
        /// The names that the type has.
        expected: &'static [&'static str],
    },
    /// A variant that the enum does not have (`ValueError`).
    UnknownVariant {
        /// The variant's name.
        variant: String,
        /// The names that the enum has.
        expected: &'static [&'static str],
    },
    /// What a type says of a value that it does not take, or cannot write (`ValueError`).
    Custom(String),
}

impl ErrorKind {
    /// Puts the fault at a place in the stream.
    #[cold]
    pub(crate) fn at(self, offset: u64, opcode: Option<u8>) -> Error {
        Error(Box::new(Inner {
            kind: self,
            offset: Some(offset),
            opcode,
            path: String::new(),
            place: None,
        }))
    }

    /// The name of the exception CPython raises for this.
    pub fn python_exception(&self) -> &'static str {
        use ErrorKind::*;
        match self {
            Io(_) => "OSError",
            EndOfInput => "EOFError",
            UnsupportedProtocol(_) | BadNumber | BadEscape | CycleInFastMode | Odd(_) | Malformed(_) => "ValueError",
            Unsupported(_) => "NotImplementedError",
            NotFound(_) => "KeyError",
            Cycle | UnknownVariant { .. } | Custom(_) => "ValueError",
            Invalid { .. } | DuplicateField(_) | UnknownField { .. } => "TypeError",
            MissingField(_) => "KeyError",
            Limit {
                name: "calls" | "depth",
                ..
            } => "RecursionError",
            UnknownExtension(code) if *code > 0 => "ValueError",
            NumberTooLarge => "OverflowError",
            BadText(_) => "UnicodeDecodeError",
            BadOperand { .. } | Unhashable(_) => "TypeError",
            OutOfRange => "IndexError",
            Limit { name: "digits", .. } => "ValueError",
            Limit { .. } => "MemoryError",
            Unwritable(_) => "PicklingError",
            _ => "UnpicklingError",
        }
    }
}

impl Error {
    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The byte where the faulty opcode starts, or where one is missing. For a value that does not fit its Rust type, the
    /// byte of the opcode that made it. `None` for errors of writing, and where the bytes are not at hand any more: for
    /// values read from a reader or from a graph.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The way to the value that does not fit its Rust type, such as `.users[3].name`: keys that are identifiers behind a
    /// dot, other keys and indices in brackets. `None` for the outermost value and for errors of the pickle itself.
    pub fn path(&self) -> Option<&str> {
        Some(&*self.0.path).filter(|path| !path.is_empty())
    }

    /// The faulty opcode.
    pub fn opcode(&self) -> Option<&'static Info> {
        self.0.opcode.and_then(Info::of)
    }

    /// Whether the input ended too early: more bytes may make it whole.
    pub fn is_truncated(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Truncated | ErrorKind::EndOfInput)
    }

    /// What is wrong, without the place.
    pub fn into_kind(self) -> ErrorKind {
        self.0.kind
    }
}

#[cfg(feature = "serde")]
impl Error {
    /// The same error one step deeper: what lies between an object and what it refers to.
    #[cold]
    pub(crate) fn under(mut self, step: &str) -> Self {
        self.0.path.insert_str(0, step);
        self
    }

    /// Notes the value that is at fault, unless a smaller one is noted.
    #[cold]
    pub(crate) fn placed(mut self, place: Option<Place>) -> Self {
        self.0.place = self.0.place.or(place);
        self
    }

    /// The same error with another value at fault, because the noted one is of another graph.
    #[cold]
    pub(crate) fn placed_at(mut self, place: Option<Place>) -> Self {
        self.0.place = place;
        self
    }

    /// The value that is at fault.
    pub(crate) fn place(&self) -> Option<Place> {
        self.0.place
    }

    /// The same error at a byte, if none is known.
    #[cold]
    pub(crate) fn at_offset(mut self, offset: Option<u64>) -> Self {
        self.0.offset = self.0.offset.or(offset);
        self
    }

    /// The same error with something better to say.
    pub(crate) fn kind_mut(&mut self) -> &mut ErrorKind {
        &mut self.0.kind
    }
}

impl From<ErrorKind> for Error {
    #[cold]
    fn from(kind: ErrorKind) -> Self {
        Error(Box::new(Inner {
            kind,
            offset: None,
            opcode: None,
            path: String::new(),
            place: None,
        }))
    }
}

impl From<io::Error> for ErrorKind {
    fn from(error: io::Error) -> Self {
        ErrorKind::Io(error)
    }
}

/// There is no such error: for conversions that may fail for some types and not for others.
impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        ErrorKind::Io(error).into()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug
            .field("kind", &self.0.kind)
            .field("offset", &self.0.offset)
            .field("opcode", &self.opcode().map(|info| info.name));
        if let Some(path) = self.path() {
            debug.field("path", &path);
        }
        debug.finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.opcode().map(|info| info.name).or(self.path());
        match (subject, self.0.offset) {
            (Some(subject), Some(offset)) => write!(f, "{subject} at byte {offset}: ")?,
            (Some(subject), None) => write!(f, "{subject}: ")?,
            (None, Some(offset)) => write!(f, "at byte {offset}: ")?,
            (None, None) => {}
        }
        self.0.kind.fmt(f)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ErrorKind::*;
        match self {
            Io(error) => error.fmt(f),
            EndOfInput => f.write_str("the input ends where an opcode should stand"),
            Truncated => f.write_str("the input ends too early"),
            UnknownOpcode(byte) => write!(f, "no opcode has the byte 0x{byte:02x}"),
            FrameOverrun => f.write_str("the argument crosses the end of its frame"),
            FrameNested => f.write_str("a frame starts inside another frame"),
            NegativeLength => f.write_str("the length is negative"),
            UnsupportedProtocol(n) => write!(f, "protocol {n} is not known, the highest is 5"),
            StackUnderflow => f.write_str("the stack is empty"),
            UnexpectedMark => f.write_str("a mark stands where a value is needed"),
            MissingMark => f.write_str("no mark is on the stack"),
            MissingMemo(index) => write!(f, "the memo has no entry {index}"),
            OddItems => f.write_str("an odd number of items, keys and values are needed"),
            BadNumber => f.write_str("the text is not a number"),
            NumberTooLarge => f.write_str("the number is too large"),
            BadText(encoding) => write!(f, "the text is not {encoding}"),
            BadLiteral => f.write_str("not a quoted string literal"),
            BadEscape => f.write_str("an escape in the string literal is not whole"),
            BadPersistentId => f.write_str("a persistent id in protocol 0 is not ASCII"),
            EmptyName => f.write_str("a module or attribute name is empty"),
            BadOperand { needs, found } => write!(f, "needs {needs}, found {found}"),
            Unhashable(what) => write!(f, "{what} is not hashable, so it cannot be a key or an item of a set"),
            UnknownExtension(code) => write!(f, "extension code {code} is not registered"),
            Refused(path) => write!(f, "the import {path} is refused"),
            MissingBuffer(n) => write!(f, "out-of-band buffer {n} was not given"),
            TrailingBytes => f.write_str("bytes follow the pickle, which is shorter than its length says"),
            OutOfRange => f.write_str("the index or value is out of range"),
            Limit { name, limit } => write!(f, "the limit `{name}` of {limit} is reached"),
            Malformed(why) | NotAllowed(why) => f.write_str(why),
            Unwritable(why) | Odd(why) => f.write_str(why),
            Unsupported(what) => write!(f, "not supported: {what}"),
            NotFound(what) => write!(f, "not found: {what}"),
            CycleInFastMode => f.write_str("fast mode has no memo and cannot write an object that contains itself"),
            Cycle => f.write_str("the value contains itself"),
            Invalid { found, expected } => write!(f, "expected {expected}, found {found}"),
            MissingField(field) => write!(f, "the field `{field}` is missing"),
            DuplicateField(field) => write!(f, "the field `{field}` is there twice"),
            UnknownField { field, expected } => names(f, "field", field, expected),
            UnknownVariant { variant, expected } => names(f, "variant", variant, expected),
            Custom(message) => f.write_str(message),
        }
    }
}

/// Says that a name is none of those that there are.
fn names(f: &mut fmt::Formatter<'_>, what: &str, name: &str, known: &[&str]) -> fmt::Result {
    write!(f, "there is no {what} `{name}`, ")?;
    match known {
        [] => write!(f, "there are no {what}s"),
        [one] => write!(f, "only `{one}`"),
        [first, rest @ ..] => {
            write!(f, "only `{first}`")?;
            rest.iter().try_for_each(|name| write!(f, ", `{name}`"))
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}
