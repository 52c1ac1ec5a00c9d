//! Values in a few words, with functions, classes and modules by their names.

use super::{Functions, annotation};
use crate::{Call, Kind, Value, function::model::Def, types::Complex};
use std::{
    cell::Cell,
    fmt::{self, Formatter, Write},
};

/// A value in a few words: as Python's `repr`, but with functions, classes, modules and their like by name. See
/// [`Functions::words`].
#[derive(Clone, Copy)]
pub struct Words<'f> {
    functions: &'f Functions<'f>,
    value: Value<'f>,
    limits: Limits,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    /// How many containers deep.
    depth: usize,
    /// How many items of a container.
    items: usize,
    /// How many characters of a text, bytes of a bytes.
    text: usize,
    /// How many values in all.
    values: usize,
}

const SHORT: Limits = Limits {
    depth: 3,
    items: 4,
    text: 60,
    values: 24,
};

const WHOLE: Limits = Limits {
    depth: 24,
    items: 1000,
    text: usize::MAX,
    values: 1000,
};

impl<'f> Words<'f> {
    pub(super) fn new(functions: &'f Functions<'f>, value: Value<'f>) -> Self {
        Words {
            functions,
            value,
            limits: SHORT,
        }
    }

    /// With all that is in it, up to a thousand values and 24 containers deep.
    pub fn whole(self) -> Self {
        Words { limits: WHOLE, ..self }
    }
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let writer = Writer {
            functions: self.functions,
            limits: self.limits,
            values: Cell::new(0),
        };
        writer.value(self.value, 0, f)
    }
}

impl fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Writes values as deep as the limits say.
pub(super) struct Writer<'f> {
    functions: &'f Functions<'f>,
    limits: Limits,
    /// How many were written: shared ones count each time, so that sharing does not make the text exponential.
    values: Cell<usize>,
}

impl<'f> Writer<'f> {
    pub(super) fn functions(&self) -> &'f Functions<'f> {
        self.functions
    }

    pub(super) fn whole(functions: &'f Functions<'f>) -> Self {
        Writer {
            functions,
            limits: WHOLE,
            values: Cell::new(0),
        }
    }

    /// Whether there is room for one more value so deep.
    pub(super) fn is_full(&self, depth: usize) -> bool {
        let values = self.values.get();
        self.values.set(values + 1);
        depth > self.limits.depth || values >= self.limits.values
    }

    pub(super) fn value(&self, value: Value<'f>, depth: usize, f: &mut dyn Write) -> fmt::Result {
        if self.is_full(depth) {
            return f.write_str("...");
        }
        if let Some(def) = self.functions.defs.get(value.id()) {
            return self.def(value, def, depth, f);
        }
        match value.kind() {
            Kind::List(items) => self.list("[", items, "]", depth, f),
            Kind::Tuple(items) if items.len() == 1 => self.list("(", items, ",)", depth, f),
            Kind::Tuple(items) => self.list("(", items, ")", depth, f),
            Kind::Set(items) if items.is_empty() => f.write_str("set()"),
            Kind::Set(items) => self.list("{", items, "}", depth, f),
            Kind::FrozenSet(items) if items.is_empty() => f.write_str("frozenset()"),
            Kind::FrozenSet(items) => self.list("frozenset({", items, "})", depth, f),
            Kind::Dict(entries) => {
                f.write_char('{')?;
                for (at, (key, value)) in entries.iter().enumerate() {
                    if at >= self.limits.items {
                        f.write_str(", ...")?;
                        break;
                    }
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    self.value(key, depth + 1, f)?;
                    f.write_str(": ")?;
                    self.value(value, depth + 1, f)?;
                }
                f.write_char('}')
            }
            Kind::Global(global) => match global.path() {
                Some(("builtins", name)) => f.write_str(name),
                Some((module, name)) => write!(f, "{module}.{name}"),
                None => write!(f, "{value}"),
            },
            Kind::Object(_) => self.object(value, depth, f),
            Kind::Persistent(id) => {
                f.write_str("<persistent object ")?;
                self.value(id, depth + 1, f)?;
                f.write_char('>')
            }
            Kind::Buffer { index, .. } => write!(f, "<buffer {index}>"),
            Kind::Str(text) => self.cut(value, text.as_bytes().len(), f),
            Kind::Bytes(bytes) | Kind::ByteArray(bytes) => self.cut(value, bytes.len(), f),
            _ => write!(f, "{value}"),
        }
    }

    fn list(
        &self,
        open: &str,
        items: impl IntoIterator<Item = Value<'f>>,
        close: &str,
        depth: usize,
        f: &mut dyn Write,
    ) -> fmt::Result {
        f.write_str(open)?;
        for (at, item) in items.into_iter().enumerate() {
            if at >= self.limits.items {
                f.write_str(", ...")?;
                break;
            }
            f.write_str(if at > 0 { ", " } else { "" })?;
            self.value(item, depth + 1, f)?;
        }
        f.write_str(close)
    }

    /// The `repr` of a text or bytes, without its middle if it is long.
    fn cut(&self, value: Value<'f>, len: usize, f: &mut dyn Write) -> fmt::Result {
        if len <= self.limits.text {
            return write!(f, "{value}");
        }
        let whole = value.to_string();
        let count = whole.chars().count();
        if count <= self.limits.text {
            return f.write_str(&whole);
        }
        let (head, tail) = (self.limits.text * 2 / 3, self.limits.text / 4);
        whole.chars().take(head).try_for_each(|c| f.write_char(c))?;
        f.write_str("...")?;
        whole.chars().skip(count - tail).try_for_each(|c| f.write_char(c))
    }

    /// What has a name.
    fn def(&self, value: Value<'f>, def: &'f Def, depth: usize, f: &mut dyn Write) -> fmt::Result {
        let graph = self.functions.graph;
        match def {
            Def::Function(_) => {
                let function = self.functions.function(value);
                write!(
                    f,
                    "<function {}>",
                    function.and_then(|function| function.qualname()).unwrap_or("?")
                )
            }
            Def::Class(_) | Def::Enum(_) => {
                let kind = if matches!(def, Def::Enum(_)) { "enum" } else { "class" };
                let class = self.functions.class(value);
                write!(
                    f,
                    "<{kind} {}>",
                    class.and_then(|class| class.qualname()).unwrap_or("?")
                )
            }
            Def::Code(_) => match self.functions.code(value.id()) {
                Ok(Some(code)) => write!(f, "<code {}>", code.name()),
                _ => f.write_str("<code>"),
            },
            Def::Module(module) => write!(f, "<module {}>", graph.value(module.name).as_str().unwrap_or("?")),
            Def::TypeVar(variable) => f.write_str(&annotation::variable_text(self.functions, value.id(), variable)),
            Def::Namespace(_) => f.write_str("<globals>"),
            Def::Cell(cell) => match self.functions.defs.cell(*cell).value {
                Some(value) => {
                    f.write_str("<cell ")?;
                    self.value(graph.value(value), depth + 1, f)?;
                    f.write_char('>')
                }
                None => f.write_str("<cell: empty>"),
            },
            Def::Global { module, name } if module == "builtins" => f.write_str(name),
            Def::Global { module, name } => write!(f, "{module}.{name}"),
            Def::Method { function, instance } => {
                let function = graph.value(*function);
                f.write_str("<bound method ")?;
                match self
                    .functions
                    .function(function)
                    .and_then(|function| function.qualname())
                {
                    Some(name) => f.write_str(name)?,
                    None => self.value(function, depth + 1, f)?,
                }
                f.write_str(" of ")?;
                self.value(graph.value(*instance), depth + 1, f)?;
                f.write_char('>')
            }
            Def::Helper(helper) => {
                let args = helper.args.iter().map(|arg| graph.value(*arg));
                self.list(&format!("{}(", helper.name), args, ")", depth, f)
            }
        }
    }

    /// What a call makes.
    fn object(&self, value: Value<'f>, depth: usize, f: &mut dyn Write) -> fmt::Result {
        if let Ok(complex) = Complex::from_value(value) {
            let bare = complex.re == 0.0 && complex.re.is_sign_positive();
            return if bare {
                write!(f, "{complex}")
            } else {
                write!(f, "({complex})")
            };
        }
        if let Some(text) = annotation::generic(self, value, depth) {
            return f.write_str(&text);
        }
        let Some(object) = value.as_object() else { return Ok(()) };
        let (mut class, mut is_new) = (object.callable(), object.call() != Call::Reduce);
        if let Some(("copyreg" | "copy_reg", "_reconstructor" | "__newobj__")) =
            class.as_global().and_then(|global| global.path())
        {
            class = object.args().get(0).unwrap_or(class);
            is_new = true;
        }
        if is_new {
            f.write_char('<')?;
            self.name(class, depth, f)?;
            return f.write_str(" object>");
        }
        self.name(class, depth, f)?;
        self.list("(", object.args(), ")", depth, f)
    }

    /// A callable by its name.
    fn name(&self, value: Value<'f>, depth: usize, f: &mut dyn Write) -> fmt::Result {
        let class = self.functions.class(value).and_then(|class| class.qualname());
        let function = || self.functions.function(value)?.qualname();
        match class.or_else(function) {
            Some(name) => f.write_str(name),
            None => self.value(value, depth + 1, f),
        }
    }
}
