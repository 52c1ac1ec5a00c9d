//! Errors, in serde-pickle's three kinds.

use crate::error::ErrorKind;
use serde::{de, ser};
use std::{fmt, io};

/// What is wrong with a pickle or a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ErrorCode {
    /// An opcode that is unknown, or needs what only Python has: extension codes, persistent ids, buffers.
    Unsupported(char),
    /// The input ends too early.
    EOFWhileParsing,
    /// The stack has too little on it.
    StackUnderflow,
    /// A length is negative.
    NegativeLength,
    /// A string is not UTF-8, or has lone surrogates.
    StringNotUTF8,
    /// The stack has a value of the wrong type: what was wanted, what was found.
    InvalidStackTop(&'static str, String),
    /// A value that is not hashable, as a key or an item of a set.
    ValueNotHashable,
    /// A value that contains itself.
    Recursive,
    /// A class or function, or a call of one, which stands for no data.
    UnresolvedGlobal,
    /// An import that is not supported: its module and name.
    UnsupportedGlobal(Vec<u8>, Vec<u8>),
    /// The memo has no such entry.
    MissingMemo(u32),
    /// A text argument that is not what it should be.
    InvalidLiteral(Vec<u8>),
    /// Bytes follow the pickle.
    TrailingBytes,
    /// A value that is out of bounds.
    InvalidValue(String),
    /// The data are not those of the Rust type.
    Structure(String),
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lossy = String::from_utf8_lossy;
        match self {
            ErrorCode::Unsupported(code) => write!(f, "unsupported opcode {code:?}"),
            ErrorCode::EOFWhileParsing => f.write_str("EOF while parsing"),
            ErrorCode::StackUnderflow => f.write_str("pickle stack underflow"),
            ErrorCode::NegativeLength => f.write_str("negative length prefix"),
            ErrorCode::StringNotUTF8 => f.write_str("string is not UTF-8 encoded"),
            ErrorCode::InvalidStackTop(wanted, found) => {
                write!(f, "invalid stack top, expected {wanted}, got {found}")
            }
            ErrorCode::ValueNotHashable => f.write_str("dict key or set item not hashable"),
            ErrorCode::Recursive => f.write_str("recursive structure found"),
            ErrorCode::UnresolvedGlobal => f.write_str("unresolved global reference"),
            ErrorCode::UnsupportedGlobal(module, name) => {
                write!(f, "unsupported global: {}.{}", lossy(module), lossy(name))
            }
            ErrorCode::MissingMemo(index) => write!(f, "missing memo with id {index}"),
            ErrorCode::InvalidLiteral(text) => write!(f, "literal is invalid: {}", lossy(text)),
            ErrorCode::TrailingBytes => f.write_str("trailing bytes found"),
            ErrorCode::InvalidValue(what) => write!(f, "invalid value: {what}"),
            ErrorCode::Structure(what) => f.write_str(what),
        }
    }
}

/// Why something could not be read or written.
#[derive(Debug)]
pub enum Error {
    /// The reader or writer failed.
    Io(io::Error),
    /// The pickle is bad, in the opcode at this byte.
    Eval(ErrorCode, usize),
    /// The pickle is good but cannot become the Rust value, or the Rust value cannot become a pickle.
    Syntax(ErrorCode),
}

/// The result of reading or writing.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    #[cold]
    pub(super) fn invalid(what: impl Into<String>) -> Error {
        Error::Syntax(ErrorCode::InvalidValue(what.into()))
    }

    #[cold]
    pub(super) fn structure(what: impl Into<String>) -> Error {
        Error::Syntax(ErrorCode::Structure(what.into()))
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Io(error)
    }
}

impl From<crate::Error> for Error {
    #[cold]
    fn from(error: crate::Error) -> Error {
        let offset = error.offset().map(|offset| offset as usize);
        let opcode = error.opcode().map_or('?', |info| info.code.into());
        let code = match error.into_kind() {
            ErrorKind::Io(error) => return Error::Io(error),
            ErrorKind::EndOfInput | ErrorKind::Truncated => ErrorCode::EOFWhileParsing,
            ErrorKind::UnknownOpcode(byte) => ErrorCode::Unsupported(byte.into()),
            ErrorKind::UnknownExtension(_) | ErrorKind::MissingBuffer(_) => ErrorCode::Unsupported(opcode),
            ErrorKind::NegativeLength => ErrorCode::NegativeLength,
            ErrorKind::StackUnderflow | ErrorKind::UnexpectedMark | ErrorKind::MissingMark => ErrorCode::StackUnderflow,
            ErrorKind::MissingMemo(index) => match index.try_into() {
                Ok(index) => ErrorCode::MissingMemo(index),
                Err(_) => ErrorCode::InvalidLiteral(index.to_string().into_bytes()),
            },
            kind @ (ErrorKind::BadNumber | ErrorKind::BadLiteral | ErrorKind::BadEscape) => {
                ErrorCode::InvalidLiteral(kind.to_string().into_bytes())
            }
            ErrorKind::BadText(_) => ErrorCode::StringNotUTF8,
            ErrorKind::BadOperand { needs, found } => ErrorCode::InvalidStackTop(needs, found.into()),
            // serde-pickle finds this out after the pickle, so that no place goes with it.
            ErrorKind::Unhashable(_) => return Error::Syntax(ErrorCode::ValueNotHashable),
            ErrorKind::TrailingBytes => ErrorCode::TrailingBytes,
            kind => ErrorCode::InvalidValue(kind.to_string()),
        };
        match offset {
            Some(offset) => Error::Eval(code, offset),
            None => Error::Syntax(code),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io(error) => error.fmt(f),
            Error::Eval(code, offset) => write!(f, "eval error at offset {offset}: {code}"),
            Error::Syntax(code) => write!(f, "decoding error: {code}"),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(what: T) -> Error {
        Error::structure(what.to_string())
    }
}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(what: T) -> Error {
        Error::structure(what.to_string())
    }
}
