//! Constants and code objects in words, as Python's `repr` has them.

use super::Code;
use crate::{Kind, Str, Value, types::Complex};
use std::fmt::{self, Display, Formatter};

/// How many tuples deep constants are shown; compilers nest them a few deep.
const DEPTH: usize = 20;

/// A constant.
pub(super) struct Shown<'g>(pub(super) Value<'g>);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        show(self.0, DEPTH, f)
    }
}

fn show(value: Value<'_>, depth: usize, f: &mut Formatter<'_>) -> fmt::Result {
    let items = match value.kind() {
        Kind::Object(_) => {
            return match (Complex::from_value(value), Code::of(value)) {
                (Ok(complex), _) => show_complex(complex, f),
                (_, Ok(Some(code))) => write!(f, "<{code:?}>"),
                _ => value.repr().max_depth(depth).fmt(f),
            };
        }
        Kind::Global(global) if global.is("builtins", "Ellipsis") => return f.write_str("Ellipsis"),
        Kind::Tuple(items) | Kind::FrozenSet(items) if depth > 0 && !items.is_empty() => items,
        _ => return value.repr().max_depth(depth).fmt(f),
    };
    let (open, close) = match value.kind() {
        Kind::Tuple(_) if items.len() == 1 => ("(", ",)"),
        Kind::Tuple(_) => ("(", ")"),
        _ => ("frozenset({", "})"),
    };
    f.write_str(open)?;
    for (i, item) in items.iter().enumerate() {
        f.write_str(if i > 0 { ", " } else { "" })?;
        show(item, depth - 1, f)?;
    }
    f.write_str(close)
}

/// As Python's `repr`: in parentheses where there is a real part.
fn show_complex(complex: Complex, f: &mut Formatter<'_>) -> fmt::Result {
    if complex.re == 0.0 && complex.re.is_sign_positive() {
        write!(f, "{complex}")
    } else {
        write!(f, "({complex})")
    }
}

impl Display for Str<'_> {
    /// As it is, without quotes; lone surrogates are replaced.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.to_str() {
            Some(text) => f.write_str(text),
            None => f.write_str(&String::from_utf8_lossy(self.as_bytes())),
        }
    }
}

/// Its qualified name, or its name.
impl Display for Code<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.qualname.unwrap_or(self.name).fmt(f)
    }
}

/// As in Python, without the address.
impl fmt::Debug for Code<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "code object {}, file \"{}\", line {}",
            self.name, self.filename, self.firstlineno
        )
    }
}
