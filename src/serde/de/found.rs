//! Values in error messages: what was found, and the way to it.

use super::{
    De,
    data::{Data, Name},
    scope::Scope,
};
use crate::{
    Value,
    error::{Error, ErrorKind},
    graph::Ref,
    serde::error::{Quote, SHOWN, quoted},
    types::{
        Shape,
        numpy::{self, Dtype, Item},
        shape,
    },
};
use std::fmt::{self, Write};

/// A value in a few words.
#[cold]
pub(super) fn describe(scope: &Scope<'_, '_>, at: Ref) -> String {
    let value = scope.graph.value(at);
    let counted = |what: &str, count: usize, one: &str, many: &str| {
        let items = if count == 1 { one } else { many };
        format!("a {what} of {count} {items}")
    };
    match scope.data(at) {
        Data::None | Data::Bool(_) => short(value),
        Data::Int(_) | Data::Big(_) => format!("the int {}", short(value)),
        Data::Float(_) => format!("the float {}", short(value)),
        Data::Str(text) => quoted("the str ", text.get().as_bytes(), Quote::Str),
        Data::Surrogates(text) => quoted("the str ", text, Quote::Str),
        Data::Bytes(bytes) => quoted("the bytes ", bytes.get(), Quote::Bytes),
        Data::List(run) | Data::Tuple(run) | Data::Set(run) => counted(value.type_name(), run.len(), "item", "items"),
        Data::Dict(run) => counted("dict", run.len() / 2, "entry", "entries"),
        Data::Global => format!("the import {}", short(value)),
        Data::Object => match value.as_object() {
            Some(object) => format!("an object made by {}", short(object.callable())),
            None => "an object".into(),
        },
        Data::Persistent => "a persistent object".into(),
        Data::NoBuffer(index) => format!("the out-of-band buffer {index}, which was not given"),
    }
}

/// The same error, if it speaks of an object itself, with what the object is before it is plain data. `needs` is what the
/// type asks for, where that must be said.
#[cold]
pub(super) fn of_object(mut error: Error, de: De<'_, '_, '_>, needs: Option<String>) -> Error {
    if error.path().is_some() {
        return error;
    }
    let (object, value) = (describe(de.scope, de.at), de.scope.graph.value(de.at));
    let text = match shape(value) {
        Some(Shape::Text(text)) => Some(text),
        _ => None,
    };
    let kind = error.kind_mut();
    match (&mut *kind, text) {
        // Objects may stand for objects for long.
        (ErrorKind::Invalid { found, .. }, _) if found.len() < 5 * SHOWN => {
            *found = format!("{object}, read as {found}")
        }
        (ErrorKind::Custom(message), Some(text)) => {
            let shown = quoted("the str ", text.as_bytes(), Quote::Str);
            let zone = value
                .as_datetime()
                .and_then(|stamp| stamp.zone().map(ToString::to_string));
            *kind = match (needs, zone) {
                (Some(expected), Some(zone)) => ErrorKind::Invalid {
                    found: format!("{object} in the zone {zone}, read as {shown}"),
                    expected,
                },
                _ => ErrorKind::Custom(format!("{message}, found {object}, read as {shown}")),
            };
        }
        _ => {}
    }
    error.placed(de.place())
}

/// The same error, if it is a type's own and speaks of this value, with what the value is.
#[cold]
pub(super) fn named(mut error: Error, de: De<'_, '_, '_>) -> Error {
    if error.path().is_none()
        && error.place().is_none()
        && let ErrorKind::Custom(message) = error.kind_mut()
    {
        *message = format!("{message}, found {}", describe(de.scope, de.at));
    }
    error
}

/// The same error, if it speaks of an item itself, with numpy's name for what plain data has no name for.
#[cold]
pub(super) fn of_item(mut error: Error, array: De<'_, '_, '_>, dtype: &Dtype, item: &Item<'_>) -> Error {
    if error.path().is_none()
        && let Some(time) = numpy::described(dtype, item)
    {
        match error.kind_mut() {
            ErrorKind::Invalid { found, .. } => *found = time,
            ErrorKind::Custom(message) => *message = format!("{message}, found {time}"),
            _ => return error,
        }
        return error.placed(array.place());
    }
    error
}

/// A value as Python prints it, cut when long.
pub(super) fn short(value: Value<'_>) -> String {
    let mut out = Short(String::new());
    // The only error is that it is full.
    if write!(out, "{}", value.repr().max_items(SHOWN)).is_err() {
        out.0.push('…');
    }
    out.0
}

/// Text of limited length.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.chars() {
            if self.0.len() >= SHOWN {
                return Err(fmt::Error);
            }
            self.0.push(part);
        }
        Ok(())
    }
}

/// The step of a path that a key is.
#[cold]
pub(super) fn step(scope: &Scope<'_, '_>, name: Name) -> String {
    let at = match name {
        Name::At(at) => at.at,
        Name::Static(name) => return format!(".{name}"),
        Name::Position(index) => return format!("[{index}]"),
    };
    let text = match scope.data(at) {
        Data::Str(text) => text.get(),
        Data::Bytes(bytes) => match str::from_utf8(bytes.get()) {
            Ok(text) if is_identifier(text) => text,
            _ => return format!("[{}]", short(scope.graph.value(at))),
        },
        _ => return format!("[{}]", short(scope.graph.value(at))),
    };
    if is_identifier(text) {
        return format!(".{text}");
    }
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("[{shown:?}{more}]")
}

fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    first.is_some_and(|first| first == '_' || first.is_alphabetic())
        && text.len() <= 2 * SHOWN
        && characters.all(|other| other == '_' || other.is_alphanumeric())
}
