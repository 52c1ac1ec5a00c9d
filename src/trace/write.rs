//! Lines of the program.

use super::heap::{Id, Node};
use crate::{number, text};
use std::{collections::HashSet, fmt::Write as _};

/// How long a line gets at most, in bytes.
const WIDTH: usize = 1000;

/// How deep a value is written in place.
const DEPTH: usize = 12;

/// A line that is being written.
pub(super) struct Line<'t, 'a> {
    nodes: &'t [Node<'a>],
    /// Containers that are written in place.
    written: &'t mut HashSet<Id>,
    text: String,
    depth: usize,
}

impl<'t, 'a> Line<'t, 'a> {
    pub(super) fn new(nodes: &'t [Node<'a>], written: &'t mut HashSet<Id>) -> Self {
        Line {
            nodes,
            written,
            text: String::new(),
            depth: 0,
        }
    }

    /// The line, cut where it is too long. What would break it or move a cursor is escaped before it gets here.
    pub(super) fn finish(self) -> String {
        let mut text = self.text;
        if text.len() > WIDTH {
            let mut end = WIDTH;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push('…');
        }
        text
    }

    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// `from module import name`, with what Python would not take in quotes.
    pub(super) fn import(&mut self, module: &str, name: &str, variable: &str) {
        let is_path = |text: &str| {
            !text.is_empty()
                && text
                    .split('.')
                    .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
        };
        if !is_path(module) || !is_path(name) {
            self.text(variable);
            self.text(" = find_class(");
            let _ = text::python_str_repr(module.as_bytes(), &mut self.text);
            self.text(", ");
            let _ = text::python_str_repr(name.as_bytes(), &mut self.text);
            self.text(")");
        } else if name == variable {
            self.text(&format!("from {module} import {name}"));
        } else if name.contains('.') {
            self.text(&format!("import {module}; {variable} = {module}.{name}"));
        } else {
            self.text(&format!("from {module} import {name} as {variable}"));
        }
    }

    /// A call of a function by name.
    pub(super) fn call(&mut self, function: &str, args: &[Id]) {
        self.text(function);
        self.text("(");
        self.list(args);
        self.text(")");
    }

    /// `(first, *args)`, where the items of a tuple stand for it.
    pub(super) fn arguments(&mut self, first: &[Id], args: Id) {
        let nodes = self.nodes;
        self.text("(");
        self.list(first);
        match nodes.get(args as usize) {
            Some(Node::Tuple(items)) => {
                if !first.is_empty() && !items.is_empty() {
                    self.text(", ");
                }
                self.list(items);
            }
            _ => {
                self.text(if first.is_empty() { "*" } else { ", *" });
                self.value(args);
            }
        }
        self.text(")");
    }

    /// Values with commas between.
    pub(super) fn list(&mut self, ids: &[Id]) {
        for (n, id) in ids.iter().enumerate() {
            if self.text.len() > WIDTH {
                return;
            }
            if n > 0 {
                self.text(", ");
            }
            self.value(*id);
        }
    }

    /// Keys and values.
    pub(super) fn entries(&mut self, ids: &[Id]) {
        for (n, pair) in ids.chunks(2).enumerate() {
            if self.text.len() > WIDTH {
                return;
            }
            if n > 0 {
                self.text(", ");
            }
            if let [key, value] = pair {
                self.value(*key);
                self.text(": ");
                self.value(*value);
            }
        }
    }

    pub(super) fn value(&mut self, id: Id) {
        if self.text.len() > WIDTH || self.depth >= DEPTH {
            self.text("…");
            return;
        }
        self.depth += 1;
        self.node(id);
        self.depth -= 1;
    }

    fn node(&mut self, id: Id) {
        let nodes = self.nodes;
        let Some(node) = nodes.get(id as usize) else { return };
        if matches!(node, Node::List(_) | Node::Dict(_) | Node::Set(_)) {
            self.written.insert(id);
        }
        // Never more of a string than the line has room for.
        let cut = |bytes: &'t [u8]| &bytes[..bytes.len().min(WIDTH)];
        match node {
            Node::None => self.text("None"),
            Node::Bool(value) => self.text(if *value { "True" } else { "False" }),
            Node::Int(value) => drop(write!(self.text, "{value}")),
            Node::Big(value) if value.bits() <= number::DECIMAL_BITS => drop(write!(self.text, "{value}")),
            Node::Big(value) => drop(write!(self.text, "<an int of {} bits>", value.bits())),
            Node::Float(value) => self.text(&number::float_repr(*value)),
            Node::Str(value) => {
                // A character that is cut in two is shown as what its bytes are not, which does not matter here.
                let bytes = value.as_bytes();
                let mut end = bytes.len().min(WIDTH);
                while end < bytes.len() && end > 0 && bytes[end] & 0xc0 == 0x80 {
                    end -= 1;
                }
                let _ = text::python_str_repr(&bytes[..end], &mut self.text);
            }
            Node::Bytes(value) => drop(text::python_bytes_repr(cut(value), &mut self.text)),
            Node::ByteArray(value) => drop(text::python_bytearray_repr(cut(value), &mut self.text)),
            Node::Tuple(items) => {
                self.text("(");
                self.list(items);
                self.text(if items.len() == 1 { ",)" } else { ")" });
            }
            Node::List(items) => {
                self.text("[");
                self.list(items);
                self.text("]");
            }
            Node::Dict(items) => {
                self.text("{");
                self.entries(items);
                self.text("}");
            }
            Node::Set(items) if items.is_empty() => self.text("set()"),
            Node::Set(items) => {
                self.text("{");
                self.list(items);
                self.text("}");
            }
            Node::FrozenSet(items) => {
                self.text("frozenset({");
                self.list(items);
                self.text("})");
            }
            Node::Name(name) => self.text(name),
        }
    }
}
