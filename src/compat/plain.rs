//! What serde-pickle's data model sees of a graph: built-in types only, one level at a time.

use super::{
    error::{Error, ErrorCode, Result},
    options::DeOptions,
};
use crate::{
    Call, Entries, Global, Graph, Items, Kind, Object, Step, Value,
    types::{Shape, shape},
};
use num_bigint::BigInt;
use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::HashSet,
};

/// A value of a built-in type.
pub(super) enum Plain<'g> {
    None,
    Bool(bool),
    Int(i64),
    BigInt(Cow<'g, BigInt>),
    Float(f64),
    Bytes(Cow<'g, [u8]>),
    Str(&'g str),
    List(Items<'g>),
    Tuple(Items<'g>),
    Set(Items<'g>),
    FrozenSet(Items<'g>),
    /// Without entries: empty.
    Dict(Option<Entries<'g>>),
}

/// What may be unfolded of a small graph.
const LEAST_BUDGET: u64 = 1_000_000;
/// How much of a graph's size may be unfolded: each object as often as this, on average.
const UNFOLDING: u64 = 1000;
/// Bytes of text that cost as much as an object.
const TEXT: u64 = 16;

/// One reading of a graph as a tree: where it is, and how much it may still unfold.
pub(crate) struct Context<'g> {
    graph: &'g Graph<'g>,
    options: &'g DeOptions,
    depth: usize,
    /// The objects that are being read, from the outermost in, and again for finding.
    path: RefCell<Vec<u32>>,
    open: RefCell<HashSet<u32>>,
    spent: Cell<u64>,
    budget: Cell<Option<u64>>,
}

/// Says that an object is being read, until it is dropped.
pub(super) struct Inside<'c, 'g> {
    context: &'c Context<'g>,
    depth: usize,
}

impl Drop for Inside<'_, '_> {
    fn drop(&mut self) {
        let mut path = self.context.path.borrow_mut();
        let mut open = self.context.open.borrow_mut();
        let depth = self.depth.min(path.len());
        for index in path.drain(depth..) {
            open.remove(&index);
        }
    }
}

/// An outcome that may be another object.
enum Seen<'g> {
    Plain(Plain<'g>),
    Value(Value<'g>),
}

impl<'g> Context<'g> {
    /// A reading of values nested up to so deep.
    pub(super) fn new(graph: &'g Graph<'g>, options: &'g DeOptions, depth: usize) -> Self {
        Context {
            graph,
            options,
            depth,
            path: RefCell::default(),
            open: RefCell::default(),
            spent: Cell::new(0),
            budget: Cell::new(None),
        }
    }

    /// What a value is. While it is looked into, keep what comes with it.
    pub(super) fn enter<'c>(&'c self, mut value: Value<'g>) -> Result<(Plain<'g>, Inside<'c, 'g>)> {
        let inside = Inside {
            context: self,
            depth: self.path.borrow().len(),
        };
        // Ends: each object on the way is opened, and none twice.
        loop {
            match self.look(value)? {
                Seen::Plain(plain) => return Ok((plain, inside)),
                Seen::Value(next) => value = next,
            }
        }
    }

    fn look(&self, value: Value<'g>) -> Result<Seen<'g>> {
        self.charge(1)?;
        let container = |make: fn(Items<'g>) -> Plain<'g>, items| match self.open(value)? {
            true => Ok(make(items)),
            false => self.recursion(),
        };
        Ok(Seen::Plain(match value.kind() {
            Kind::None => Plain::None,
            Kind::Bool(value) => Plain::Bool(value),
            Kind::Int(value) => Plain::Int(value),
            Kind::BigInt(value) => {
                self.charge(value.bits() / 8 / TEXT)?;
                Plain::BigInt(Cow::Borrowed(value))
            }
            Kind::Float(value) => Plain::Float(value),
            Kind::Str(text) => {
                self.charge(text.as_bytes().len() as u64 / TEXT)?;
                Plain::Str(text.to_str().ok_or(Error::Syntax(ErrorCode::StringNotUTF8))?)
            }
            Kind::Bytes(bytes) | Kind::ByteArray(bytes) => self.bytes(Cow::Borrowed(bytes))?,
            Kind::Buffer { bytes: Some(bytes), .. } => self.bytes(Cow::Borrowed(bytes))?,
            Kind::List(items) => container(Plain::List, items)?,
            Kind::Tuple(items) => container(Plain::Tuple, items)?,
            Kind::Set(items) => container(Plain::Set, items)?,
            Kind::FrozenSet(items) => container(Plain::FrozenSet, items)?,
            Kind::Dict(entries) => match self.open(value)? {
                true => Plain::Dict(Some(entries)),
                false => self.recursion()?,
            },
            Kind::Object(object) => return self.object(value, object),
            Kind::Persistent(_) => self.unresolved(self.at(value, ErrorCode::Unsupported('Q')))?,
            Kind::Buffer { .. } => self.unresolved(self.at(value, ErrorCode::Unsupported('\u{97}')))?,
            Kind::Global(_) => self.unresolved(Error::Syntax(ErrorCode::UnresolvedGlobal))?,
        }))
    }

    /// An instance is its state. Without one, or while its own state is being read, it is what stands in for it.
    fn object(&self, value: Value<'g>, object: Object<'g>) -> Result<Seen<'g>> {
        let first = self.open(value)?;
        if first && let Some(state) = object.state() {
            return Ok(Seen::Value(state));
        }
        if first && let Some(data) = object.steps().find_map(held) {
            return Ok(Seen::Plain(data));
        }
        let called = match object.call() {
            Call::Reduce => object.callable().as_global(),
            _ => None,
        };
        if let Some(callable) = called
            && let Some(seen) = self.called(value, callable, object.args())?
        {
            return Ok(seen);
        }
        if !self.options.keep_restore_state
            && first
            && let Some(known) = shape(value)
        {
            match known {
                Shape::Seq(items) => return Ok(Seen::Plain(Plain::List(items))),
                Shape::Map(entries) => return Ok(Seen::Plain(Plain::Dict(Some(entries)))),
                Shape::Value(value) => return Ok(Seen::Value(value)),
                _ => {}
            }
        }
        Ok(Seen::Plain(match object.call() {
            _ if self.options.keep_restore_state => Plain::Tuple(object.all_args()),
            Call::Reduce => self.unresolved(Error::Syntax(ErrorCode::UnresolvedGlobal))?,
            Call::New | Call::NewEx | Call::Instance => Plain::Dict(None),
        }))
    }

    /// The few calls that serde-pickle makes.
    fn called(&self, value: Value<'g>, callable: Global<'g>, args: Items<'g>) -> Result<Option<Seen<'g>>> {
        let bad = |what: &str| Err(self.at(value, ErrorCode::InvalidValue(format!("{what}() arg"))));
        let first = args.get(0);
        if callable.is("copyreg", "_reconstructor") {
            return Ok(match args.get(2) {
                // What a subclass of a built-in type holds is never lost.
                Some(state) if self.options.keep_restore_state || !state.is_none() => Some(Seen::Value(state)),
                _ => Some(Seen::Plain(Plain::Dict(None))),
            });
        }
        if callable.module.as_bytes() != b"builtins" && !callable.is("_codecs", "encode") {
            return Ok(None);
        }
        Ok(Some(Seen::Plain(match callable.name.to_str() {
            Some("set") => match first.and_then(Value::as_items) {
                Some(items) => Plain::Set(items),
                None => return bad("set"),
            },
            Some("frozenset") => match first.and_then(Value::as_items) {
                Some(items) => Plain::FrozenSet(items),
                None => return bad("frozenset"),
            },
            Some("list") => match first.map_or(Some(None), |value| value.as_items().map(Some)) {
                Some(Some(_)) | Some(None) if args.len() <= 1 => return Ok(first.map(Seen::Value)),
                _ => return bad("list"),
            },
            Some("int") => match first.and_then(Value::as_bigint) {
                Some(_) => return Ok(first.map(Seen::Value)),
                None => return bad("int"),
            },
            Some(name @ ("bytearray" | "encode")) => match first.and_then(bytes_of) {
                Some(bytes) => self.bytes(bytes)?,
                None => return bad(name),
            },
            _ => return Ok(None),
        })))
    }

    fn bytes(&self, bytes: Cow<'g, [u8]>) -> Result<Plain<'g>> {
        self.charge(bytes.len() as u64 / TEXT)?;
        Ok(Plain::Bytes(bytes))
    }

    /// False if the object is being read already.
    fn open(&self, value: Value<'g>) -> Result<bool> {
        let Some(index) = value.index() else {
            return Ok(true);
        };
        if !self.open.borrow_mut().insert(index) {
            return Ok(false);
        }
        let mut path = self.path.borrow_mut();
        path.push(index);
        if path.len() > self.depth {
            return Err(Error::structure(format!("nested more than {} deep", self.depth)));
        }
        Ok(true)
    }

    fn recursion(&self) -> Result<Plain<'g>> {
        match self.options.replace_recursive_structures {
            true => Ok(Plain::None),
            false => Err(Error::Syntax(ErrorCode::Recursive)),
        }
    }

    fn unresolved(&self, error: Error) -> Result<Plain<'g>> {
        match self.options.replace_unresolved_globals {
            true => Ok(Plain::None),
            false => Err(error),
        }
    }

    /// An error in the opcode that made an object.
    #[cold]
    fn at(&self, value: Value<'g>, code: ErrorCode) -> Error {
        let mut events = self.graph.events.iter();
        match events.find(|event| event.node() == value.at) {
            Some(event) => Error::Eval(code, event.offset() as usize),
            None => Error::Syntax(code),
        }
    }

    /// Pays for what is read. A graph of 40 objects can unfold into 2⁴⁰.
    fn charge(&self, cost: u64) -> Result<()> {
        let spent = self.spent.get().saturating_add(cost);
        self.spent.set(spent);
        if spent <= LEAST_BUDGET || spent <= self.budget() {
            return Ok(());
        }
        Err(Error::invalid(
            "shared objects unfold into more than a thousand times their size",
        ))
    }

    /// Counted when it is needed: most graphs are small.
    fn budget(&self) -> u64 {
        self.budget.get().unwrap_or_else(|| {
            let text = |node: &crate::graph::Node<'_>| {
                let bytes = node.text().or(node.bytes()).or(node.bytearray());
                1 + bytes.map_or(0, <[u8]>::len) as u64 / TEXT
            };
            let size = self.graph.items.len() as u64 + self.graph.nodes.iter().map(text).sum::<u64>();
            let budget = LEAST_BUDGET.saturating_add(size.saturating_mul(UNFOLDING));
            self.budget.set(Some(budget));
            budget
        })
    }
}

/// The data that an object holds as a container.
fn held(step: Step<'_>) -> Option<Plain<'_>> {
    match step {
        Step::SetItems(entries) => Some(Plain::Dict(Some(entries))),
        Step::Append(items) => Some(Plain::List(items)),
        Step::Add(items) => Some(Plain::Set(items)),
        _ => None,
    }
}

/// Bytes, or a str whose characters are bytes: how protocols without bytes spell them.
fn bytes_of(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    if let Some(bytes) = value.as_bytes() {
        return Some(Cow::Borrowed(bytes));
    }
    let bytes = value.as_str()?.chars().map(|c| u8::try_from(c).ok());
    bytes.collect::<Option<Vec<u8>>>().map(Cow::Owned)
}
