//! Values as text: as Python prints them, escaped and cut.

use super::{
    value::{Kind, Value},
    world::{Name, World},
};
use crate::{number, opcode::Op, text};
use std::fmt::{self, Write};

/// How many characters of arguments are shown.
const WIDTH: usize = 240;

/// How deep tuples are shown.
const DEPTH: usize = 4;

/// Text up to a length; what comes then is an error, which ends the printing.
struct Cut {
    text: String,
    room: usize,
}

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            self.write_char(c)?;
        }
        Ok(())
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        self.room = self.room.checked_sub(1).ok_or(fmt::Error)?;
        self.text.push(c);
        Ok(())
    }
}

/// What `write` writes, cut.
fn cut(write: impl FnOnce(&mut Cut) -> fmt::Result) -> String {
    let mut out = Cut {
        text: String::new(),
        room: WIDTH,
    };
    if write(&mut out).is_err() {
        out.text.push('…');
    }
    out.text
}

impl World<'_, '_> {
    /// One value.
    pub(super) fn show(&self, value: Value) -> String {
        cut(|out| self.write(value, DEPTH, out))
    }

    /// Several in parentheses.
    pub(super) fn show_all(&self, values: &[Value]) -> String {
        cut(|out| {
            out.write_char('(')?;
            self.write_list(values, DEPTH, out)?;
            out.write_char(')')
        })
    }

    fn write_list(&self, values: &[Value], depth: usize, out: &mut Cut) -> fmt::Result {
        for (n, value) in values.iter().enumerate() {
            if n > 0 {
                out.write_str(", ")?;
            }
            self.write(*value, depth, out)?;
        }
        Ok(())
    }

    fn write_bytes(&self, value: Value, out: &mut Cut) -> fmt::Result {
        match self.bytes(value) {
            // No more of it than is shown.
            Some(bytes) => text::python_bytes_repr(&bytes[..bytes.len().min(WIDTH)], out),
            None => out.write_str("<bytes>"),
        }
    }

    fn write(&self, value: Value, depth: usize, out: &mut Cut) -> fmt::Result {
        match value.kind() {
            Kind::None => out.write_str("None"),
            Kind::False => out.write_str("False"),
            Kind::True => out.write_str("True"),
            Kind::Int => write!(out, "{}", value.as_int().unwrap_or_default()),
            Kind::BigInt => out.write_str("<a large int>"),
            Kind::Float => match self.opcode_at(value.payload()) {
                Some(Op::BinFloat(v)) => out.write_str(&number::float_repr(v)),
                Some(Op::Float(line)) => {
                    out.write_str(&number::float_line(line).map_or_else(|_| "<a float>".to_owned(), number::float_repr))
                }
                _ => out.write_str("<a float>"),
            },
            // A str of Python 2 is text where it can be.
            Kind::Str | Kind::ByteString => match self.text(value) {
                Some(text) => text::python_str_repr(text.as_bytes(), out),
                None if value.kind() == Kind::Str => out.write_str("<a str>"),
                None => self.write_bytes(value, out),
            },
            Kind::Bytes => self.write_bytes(value, out),
            Kind::ByteArray => out.write_str("bytearray(…)"),
            Kind::List => out.write_str("[…]"),
            Kind::Dict => out.write_str("{…}"),
            Kind::Set => out.write_str("{…}"),
            Kind::FrozenSet => out.write_str("frozenset(…)"),
            Kind::Tuple if depth == 0 => out.write_str("(…)"),
            Kind::Tuple => {
                let items = self.items(value).unwrap_or_default();
                out.write_char('(')?;
                self.write_list(items, depth - 1, out)?;
                out.write_str(if items.len() == 1 { ",)" } else { ")" })
            }
            Kind::LongTuple => out.write_str("(…)"),
            Kind::Global => self.write_name(value, out),
            Kind::Made => {
                self.write_name(value, out)?;
                out.write_str("(…)")
            }
            Kind::Persistent => out.write_str("<persistent>"),
            Kind::Buffer => out.write_str("<buffer>"),
            Kind::Opaque => out.write_str("…"),
        }
    }

    /// A name is input, too: what cannot be printed is escaped.
    fn write_name(&self, value: Value, out: &mut Cut) -> fmt::Result {
        let path = self.name_of(value).map(Name::path).unwrap_or_default();
        out.write_str(&escaped(&path))
    }
}

/// Text that cannot move the cursor, change colours or pretend to be other text.
pub(super) fn escaped(text: &str) -> String {
    let mut quoted = String::new();
    let _ = text::python_str_repr(text.as_bytes(), &mut quoted);
    let inside = &quoted[1..quoted.len().max(2) - 1];
    if inside == text { text.to_owned() } else { quoted }
}

/// A key of TOML, in quotes where it needs them.
pub(super) fn toml_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !key.is_empty() && key.chars().all(bare) {
        return key.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in key.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() || !(c.is_ascii() || c.is_alphanumeric()) => {
                let _ = write!(quoted, "\\U{:08X}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
