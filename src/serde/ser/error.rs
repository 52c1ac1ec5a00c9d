//! What a type says when it cannot be written.

use crate::error::{Error, ErrorKind};
use serde::ser;
use std::fmt::Display;

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        ErrorKind::Custom(message.to_string()).into()
    }
}
