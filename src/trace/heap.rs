//! The heap of a trace: values as expressions, deeds as statements.

use super::write::Line;
use crate::{
    error::{ErrorKind, Result},
    heap::Heap,
    names,
    number::Parsed as Int,
    text::Text,
};
use num_bigint::BigInt;
use std::{borrow::Cow, collections::HashMap, collections::HashSet, io::Write, vec::Drain};

/// A value: the index of its node.
pub(super) type Id = u32;

/// What a value is written as.
#[derive(Debug)]
pub(super) enum Node<'a> {
    None,
    Bool(bool),
    Int(i64),
    Big(Box<BigInt>),
    Float(f64),
    Str(Text<'a>),
    Bytes(Cow<'a, [u8]>),
    ByteArray(&'a [u8]),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    /// Keys and values in turn.
    Dict(Vec<Id>),
    Set(Vec<Id>),
    FrozenSet(Vec<Id>),
    /// A variable.
    Name(String),
}

/// Which containers are mentioned so that they need a name.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    named: HashSet<Id>,
}

/// Writes a pickle as a program.
pub(super) struct Tracer<'a, 'w, W> {
    nodes: Vec<Node<'a>>,
    mentions: Mentions,
    /// Containers that were written in place.
    written: HashSet<Id>,
    /// How often a word is in use as a variable.
    names: HashMap<String, u32>,
    imports: HashMap<(String, String), String>,
    protocol: u8,
    offset: u64,
    opcode: &'static str,
    out: Option<&'w mut W>,
    outcome: std::io::Result<()>,
}

impl<'a, 'w, W: Write> Tracer<'a, 'w, W> {
    pub(super) fn new(mentions: Mentions, out: Option<&'w mut W>) -> Self {
        Tracer {
            nodes: Vec::new(),
            mentions,
            written: HashSet::new(),
            names: HashMap::new(),
            imports: HashMap::new(),
            protocol: 0,
            offset: 0,
            opcode: "",
            out,
            outcome: Ok(()),
        }
    }

    pub(super) fn into_mentions(self) -> Mentions {
        self.mentions
    }

    /// Whether all could be written.
    pub(super) fn done(self) -> std::io::Result<()> {
        self.outcome
    }

    pub(super) fn at(&mut self, offset: u64, opcode: &'static str) {
        (self.offset, self.opcode) = (offset, opcode);
    }

    /// A value that is referred to more than once.
    pub(super) fn shared(&mut self, id: Id) {
        if matches!(self.node(id), Node::List(_) | Node::Dict(_) | Node::Set(_)) {
            self.mentions.named.insert(id);
        }
    }

    fn node(&self, id: Id) -> &Node<'a> {
        self.nodes.get(id as usize).unwrap_or(&Node::None)
    }

    fn add(&mut self, node: Node<'a>) -> Result<Id, ErrorKind> {
        let id = Id::try_from(self.nodes.len()).map_err(|_| ErrorKind::Limit {
            name: "nodes",
            limit: u32::MAX.into(),
        })?;
        self.nodes.push(node);
        Ok(id)
    }

    /// A line of the program: what `write` writes, and where it comes from.
    fn statement(&mut self, write: impl FnOnce(&mut Line<'_, 'a>)) {
        let mut line = Line::new(&self.nodes, &mut self.written);
        write(&mut line);
        let text = line.finish();
        self.print(&format!("{text}  # {} at byte {}", self.opcode, self.offset));
    }

    fn print(&mut self, line: &str) {
        if let (Some(out), Ok(())) = (&mut self.out, &self.outcome) {
            self.outcome = writeln!(out, "{line}");
        }
    }

    /// What the pickle is.
    pub(super) fn result(&mut self, id: Id) {
        let mut line = Line::new(&self.nodes, &mut self.written);
        line.text("result = ");
        line.value(id);
        let text = line.finish();
        self.print(&text);
    }

    /// A variable that is not in use.
    fn variable(&mut self, word: &str) -> String {
        let count = self.names.entry(word.to_owned()).or_default();
        *count += 1;
        format!("{word}{count}")
    }

    /// A container that is to be filled: in place, or under a name.
    fn container(&mut self, node: Node<'a>, word: &str, empty: &str) -> Result<Id, ErrorKind> {
        let id = self.add(node)?;
        if self.mentions.named.contains(&id) {
            let name = self.variable(word);
            self.statement(|line| line.text(&format!("{name} = {empty}")));
            if let Some(node) = self.nodes.get_mut(id as usize) {
                *node = Node::Name(name);
            }
        }
        Ok(id)
    }

    fn assign(&mut self, word: &str, write: impl FnOnce(&mut Line<'_, 'a>)) -> Result<Id, ErrorKind> {
        let name = self.variable(word);
        self.statement(|line| {
            line.text(&name);
            line.text(" = ");
            write(line);
        });
        self.add(Node::Name(name))
    }

    fn import(&mut self, module: &str, name: &str) -> Result<Id, ErrorKind> {
        let (module, name) = if self.protocol < 3 {
            names::to_python3(module, name)
        } else {
            (module, name)
        };
        let key = (module.to_owned(), name.to_owned());
        let variable = match self.imports.get(&key) {
            Some(variable) => variable.clone(),
            None => {
                let word = name.rsplit('.').next().unwrap_or(name);
                let fit = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
                let word = if fit { word } else { "name" };
                let count = self.names.entry(word.to_owned()).or_default();
                *count += 1;
                let variable = if *count == 1 {
                    word.to_owned()
                } else {
                    format!("{word}_{count}")
                };
                self.imports.insert(key, variable.clone());
                variable
            }
        };
        self.statement(|line| line.import(module, name, &variable));
        self.add(Node::Name(variable))
    }

    /// Items for a container that is written in place, unless it was written already: then it needs a name.
    fn fill(&mut self, target: Id, items: &mut Drain<'_, Id>) -> bool {
        if self.written.contains(&target) {
            self.mentions.named.insert(target);
        }
        match self.nodes.get_mut(target as usize) {
            Some(Node::List(held) | Node::Dict(held) | Node::Set(held)) => {
                held.extend(items);
                true
            }
            _ => false,
        }
    }
}

impl<'a, W: Write> Heap<'a> for Tracer<'a, '_, W> {
    type Value = Id;
    type Error = ErrorKind;

    fn protocol(&mut self, protocol: u8) -> Result<(), ErrorKind> {
        self.protocol = protocol;
        Ok(())
    }

    fn site(&mut self, _: u64) {}

    fn none(&mut self) -> Result<Id, ErrorKind> {
        self.add(Node::None)
    }

    fn bool(&mut self, value: bool) -> Result<Id, ErrorKind> {
        self.add(Node::Bool(value))
    }

    fn int(&mut self, value: i64) -> Result<Id, ErrorKind> {
        self.add(Node::Int(value))
    }

    fn long(&mut self, value: Int) -> Result<Id, ErrorKind> {
        self.add(match value {
            Int::Small(value) => Node::Int(value),
            Int::Bool(value) => Node::Bool(value),
            Int::Big(value) => Node::Big(Box::new(value)),
        })
    }

    fn float(&mut self, value: f64) -> Result<Id, ErrorKind> {
        self.add(Node::Float(value))
    }

    #[inline(always)]
    fn utf8(&mut self, value: &'a [u8]) -> Result<Id, ErrorKind> {
        self.str(Text::decode(value)?)
    }

    fn str(&mut self, value: Text<'a>) -> Result<Id, ErrorKind> {
        self.add(Node::Str(value))
    }

    fn byte_string(&mut self, value: Cow<'a, [u8]>) -> Result<Id, ErrorKind> {
        let node = match value {
            Cow::Borrowed(bytes) if bytes.is_ascii() => Node::Str(Text::decode(bytes)?),
            bytes => Node::Bytes(bytes),
        };
        self.add(node)
    }

    fn bytes(&mut self, value: &'a [u8]) -> Result<Id, ErrorKind> {
        self.add(Node::Bytes(value.into()))
    }

    fn bytearray(&mut self, value: &'a [u8]) -> Result<Id, ErrorKind> {
        self.add(Node::ByteArray(value))
    }

    fn list(&mut self) -> Result<Id, ErrorKind> {
        self.container(Node::List(Vec::new()), "list", "[]")
    }

    fn dict(&mut self) -> Result<Id, ErrorKind> {
        self.container(Node::Dict(Vec::new()), "dict", "{}")
    }

    fn set(&mut self) -> Result<Id, ErrorKind> {
        self.container(Node::Set(Vec::new()), "set", "set()")
    }

    fn tuple(&mut self, items: Drain<'_, Id>) -> Result<Id, ErrorKind> {
        self.add(Node::Tuple(items.collect()))
    }

    fn frozenset(&mut self, items: Drain<'_, Id>) -> Result<Id, ErrorKind> {
        self.add(Node::FrozenSet(items.collect()))
    }

    fn append(&mut self, target: &Id, mut items: Drain<'_, Id>) -> Result<(), ErrorKind> {
        if !self.fill(*target, &mut items) {
            self.statement(|line| {
                line.value(*target);
                line.text(".extend([");
                line.list(items.as_slice());
                line.text("])");
            });
        }
        Ok(())
    }

    fn set_items(&mut self, target: &Id, mut items: Drain<'_, Id>) -> Result<(), ErrorKind> {
        if !self.fill(*target, &mut items) {
            self.statement(|line| {
                line.value(*target);
                line.text(".update({");
                line.entries(items.as_slice());
                line.text("})");
            });
        }
        Ok(())
    }

    fn add_items(&mut self, target: &Id, mut items: Drain<'_, Id>) -> Result<(), ErrorKind> {
        if !self.fill(*target, &mut items) {
            self.statement(|line| {
                line.value(*target);
                line.text(".update([");
                line.list(items.as_slice());
                line.text("])");
            });
        }
        Ok(())
    }

    fn global(&mut self, module: &'a str, name: &'a str) -> Result<Id, ErrorKind> {
        self.import(module, name)
    }

    fn stack_global(&mut self, module: Id, name: Id) -> Result<Id, ErrorKind> {
        if let (Node::Str(module), Node::Str(name)) = (self.node(module), self.node(name)) {
            let text = |text: &Text<'_>| String::from_utf8_lossy(text.as_bytes()).into_owned();
            let (module, name) = (text(module), text(name));
            return self.import(&module, &name);
        }
        self.assign("x", |line| line.call("find_class", &[module, name]))
    }

    fn extension(&mut self, code: i64) -> Result<Id, ErrorKind> {
        self.assign("x", |line| line.text(&format!("extension({code})")))
    }

    fn reduce(&mut self, callable: Id, args: Id) -> Result<Id, ErrorKind> {
        self.assign("x", |line| {
            line.value(callable);
            line.arguments(&[], args);
        })
    }

    fn new_object(&mut self, class: Id, args: Id) -> Result<Id, ErrorKind> {
        self.assign("x", |line| {
            line.value(class);
            line.text(".__new__");
            line.arguments(&[class], args);
        })
    }

    fn new_object_ex(&mut self, class: Id, args: Id, kwargs: Id) -> Result<Id, ErrorKind> {
        self.assign("x", |line| {
            line.value(class);
            line.text(".__new__(");
            line.value(class);
            line.text(", *");
            line.value(args);
            line.text(", **");
            line.value(kwargs);
            line.text(")");
        })
    }

    fn instance(&mut self, class: Id, args: Drain<'_, Id>) -> Result<Id, ErrorKind> {
        self.assign("x", |line| {
            line.value(class);
            line.text("(");
            line.list(args.as_slice());
            line.text(")");
        })
    }

    fn build(&mut self, target: &Id, state: Id) -> Result<(), ErrorKind> {
        self.statement(|line| {
            line.value(*target);
            line.text(".__setstate__(");
            line.value(state);
            line.text(")");
        });
        Ok(())
    }

    fn persistent_line(&mut self, id: &'a str) -> Result<Id, ErrorKind> {
        let id = self.add(Node::Str(id.into()))?;
        self.assign("x", |line| line.call("persistent_load", &[id]))
    }

    fn persistent(&mut self, id: Id) -> Result<Id, ErrorKind> {
        self.assign("x", |line| line.call("persistent_load", &[id]))
    }

    fn next_buffer(&mut self) -> Result<Id, ErrorKind> {
        self.assign("x", |line| line.text("next(buffers)"))
    }

    fn readonly_buffer(&mut self, buffer: Id) -> Result<Id, ErrorKind> {
        self.assign("x", |line| {
            line.call("memoryview", &[buffer]);
            line.text(".toreadonly()");
        })
    }

    fn memoized(&mut self, _: &Id, _: bool) {}

    fn fetched(&mut self, value: &Id) {
        self.shared(*value);
    }

    fn dropped(&mut self, _: Id, _: Option<&Id>) {}
}
