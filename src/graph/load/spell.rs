//! Calls that spell a built-in object, and calls whose result is thrown away: both are how CPython's pickler says what
//! the opcodes of a protocol cannot.

use super::{Dropped, Loader};
use crate::{
    error::ErrorKind,
    graph::{END, Node, Ref, SEARCHES, Visit, node::Step},
    reduce::Call,
    text,
};
use std::borrow::Cow;

/// The functions whose calls are how a lower protocol spells a built-in object.
#[derive(Clone, Copy)]
pub(super) enum Spelling {
    /// `_codecs.encode(text, 'latin1')`: bytes in protocols 0 to 2.
    Encode,
    /// `bytes()`: empty bytes in protocols 0 to 2.
    Bytes,
    /// `bytearray(bytes)` in protocols 0 to 4, `bytearray(text, 'latin-1')` before CPython 3.8.
    ByteArray,
    /// `set([…])` in protocols 0 to 3.
    Set,
    /// `frozenset([…])` in protocols 0 to 3.
    FrozenSet,
    /// `getattr(class, name)`: a nested name in protocols 0 to 3, from CPython 3.12.5 on.
    GetAttr,
}

impl Spelling {
    /// That of an import in a protocol.
    pub(super) fn of(module: &[u8], name: &[u8], protocol: u8) -> Option<Self> {
        Some(match (module, name) {
            (b"_codecs", b"encode") => Spelling::Encode,
            (b"builtins", b"bytes") => Spelling::Bytes,
            (b"builtins", b"bytearray") => Spelling::ByteArray,
            (b"builtins", b"set") => Spelling::Set,
            (b"builtins", b"frozenset") => Spelling::FrozenSet,
            (b"builtins", b"getattr") if protocol < 4 => Spelling::GetAttr,
            _ => return None,
        })
    }
}

/// A nested name is not followed deeper than this: real ones have two or three parts, and the joined name of a hostile
/// chain would grow with its square.
const LONGEST_NESTED_NAME: usize = 1000;

impl<'g, K> Loader<'g, '_, K> {
    /// The built-in object that a call spells, if it is one of those that CPython's pickler writes.
    pub(super) fn spelled(&mut self, callable: u32, args: u32) -> Result<Option<Node<'g>>, ErrorKind> {
        let Some(spelling) = self.spellings.get(&callable).copied() else {
            return Ok(None);
        };
        // A call in a few bytes copies all of its argument: what is copied is accounted for first.
        let copied = self.graph.tuple(args).first().and_then(|first| first.index());
        match (spelling, copied.map(|index| self.graph.node(index))) {
            (Spelling::Encode | Spelling::ByteArray, Some(node)) => {
                self.hold(node.text().or(node.bytes()).map_or(0, <[u8]>::len))?;
            }
            (Spelling::Set | Spelling::FrozenSet, Some(Node::List(list))) => {
                self.hold(list.len as usize * size_of::<Ref>())?;
            }
            _ => {}
        }
        let nodes: Vec<Option<u32>> = self.graph.tuple(args).iter().map(|item| item.index()).collect();
        let node = |i: usize| nodes[i].map(|index| self.graph.node(index));
        Ok(match (spelling, nodes.len()) {
            (Spelling::Encode, 2) => {
                let (Some(Some(text)), Some(Some(b"latin1"))) = (node(0).map(Node::text), node(1).map(Node::text))
                else {
                    return Ok(None);
                };
                Some(Node::BytesBox(latin1(text)?.into()))
            }
            (Spelling::Bytes, 0) => Some(Node::BytesBox([].into())),
            (Spelling::ByteArray, 0) => Some(Node::ByteArrayBox(Box::default())),
            (Spelling::ByteArray, 1) => node(0)
                .and_then(Node::bytes)
                .map(|bytes| Node::ByteArrayBox(Box::new(bytes.to_vec()))),
            (Spelling::ByteArray, 2) => {
                let (Some(Some(text)), Some(Some(b"latin-1"))) = (node(0).map(Node::text), node(1).map(Node::text))
                else {
                    return Ok(None);
                };
                Some(Node::ByteArrayBox(Box::new(latin1(text)?)))
            }
            (Spelling::Set | Spelling::FrozenSet, 1) => {
                let Some(Node::List(list)) = node(0) else {
                    return Ok(None);
                };
                let frozen = matches!(spelling, Spelling::FrozenSet);
                let items = self.graph.span(*list).to_vec();
                let span = self.unique(&items)?;
                Some(if frozen { Node::FrozenSet(span) } else { Node::Set(span) })
            }
            (Spelling::GetAttr, 2) if args == self.fresh_tuple => self.nested(&nodes),
            _ => None,
        })
    }

    /// `getattr(class, 'name')` with arguments that nothing else can refer to: the nested name `class.name`.
    pub(super) fn nested(&self, args: &[Option<u32>]) -> Option<Node<'g>> {
        let (base, part) = (args[0]?, args[1]?);
        let &Node::Global { module, name } = self.graph.node(base) else {
            return None;
        };
        let base = str::from_utf8(self.graph.node(name).text()?).ok()?;
        let part = str::from_utf8(self.graph.node(part).text()?).ok()?;
        if base.len() + part.len() > LONGEST_NESTED_NAME {
            return None;
        }
        // The node of the joined name follows right behind: see `reduce`.
        Some(Node::Global {
            module,
            name: self.graph.nodes.len() as u32 + 1,
        })
    }

    /// POP, then GET of an object made by the same callable: the object was made again inside its own arguments.
    #[cold]
    pub(super) fn retried(&mut self, value: Ref) {
        let Dropped { call, at, beside } = std::mem::replace(&mut self.dropped_call, Dropped::NONE);
        // The opcode right before.
        if at != self.graph.nodes.len() {
            return;
        }
        if let Some(index) = value.index()
            && let (Some(outer), Some(inner)) = (self.graph.made_by(call), self.graph.made_by(index))
            && self.same_callable(outer.callable, inner.callable)
            // By way of the callable where that is a `partial`, which has the arguments then.
            && (self.reaches(outer.args, index) || self.reaches(outer.callable, index))
        {
            self.graph.retries.entry(index).or_default().push(call);
            if let Some((object, before)) = beside {
                self.unstep(object, before);
            }
        }
    }

    /// POP of a call's result: kept with the object that lies below, if that can have steps, so that the same stream can
    /// be written again.
    #[cold]
    pub(super) fn keep_beside(&mut self, call: u32, top: Option<&Ref>) {
        if let Node::Object(object) = *self.graph.node(call)
            && object.call == Call::Reduce
            && object.steps.first == END
            && let Some(target) = top.and_then(|top| top.index())
            && matches!(self.graph.node(target), Node::Object(_))
        {
            self.dropped_call.beside = Some((target, self.graph.chain(target)));
            let memoized = !self.fresh_call.1;
            let (callable, args) = (object.callable, object.args);
            // Where there is no room for it, the next opcode that needs some says so.
            let _ = self.step(
                target,
                Step::Aside {
                    callable,
                    args,
                    memoized,
                },
            );
        }
    }

    /// Whether one object refers to another, directly or not. All searches of a load together look at no more than some
    /// times what there is, or a stream of such calls would cost its square.
    fn reaches(&mut self, from: u32, to: u32) -> bool {
        let budget = self.searches_left();
        let wanted = Ref::node(to);
        let mut looked = 0;
        let found = self.graph.value(Ref::node(from)).walk().take(budget).any(|visit| {
            looked += 1;
            matches!(visit, Visit::Enter(_, value) | Visit::Seen(_, value) if value.id() == wanted)
        });
        self.searched += looked;
        found
    }

    fn searches_left(&self) -> usize {
        (SEARCHES * (self.graph.nodes.len() + self.graph.items.len() + 100)).saturating_sub(self.searched)
    }

    /// The same function or class: one object, imports of one name, or what one persistent id stands for.
    pub(super) fn same_callable(&mut self, mut a: u32, mut b: u32) -> bool {
        let text = |value: Ref| match value.index().map(|index| self.graph.node(index).text()) {
            Some(Some(text)) => Ok(text),
            _ => Err(value),
        };
        let names = |index| match self.graph.node(index) {
            Node::Global { module, name } => Some((text(Ref::node(*module)), Some(text(Ref::node(*name))))),
            Node::Persistent(id) => Some((text(*id), None)),
            _ => None,
        };
        let budget = self.searches_left();
        let mut looked = 0;
        // Below protocol 4 NEWOBJ_EX is a call of a `functools.partial` that is made anew for each attempt. A chain of
        // calls ends, because each was made after its callable. A nested name is made by a call of `getattr` there, and
        // is a name all the same.
        let same = loop {
            match (names(a), names(b)) {
                _ if a == b => break true,
                (None, None) => {}
                (names_a, names_b) => break names_a == names_b,
            }
            match (self.graph.made_by(a), self.graph.made_by(b)) {
                (Some(made_a), Some(made_b)) if looked < budget => (a, b) = (made_a.callable, made_b.callable),
                _ => break false,
            }
            looked += 1;
        };
        self.searched += looked;
        same
    }

    pub(super) fn plain_text(&self, value: Ref) -> Cow<'_, str> {
        let bytes = value.index().and_then(|index| self.graph.node(index).text());
        String::from_utf8_lossy(bytes.unwrap_or_default())
    }

    pub(super) fn global_name(&self, value: Ref) -> Cow<'_, str> {
        match value.index().map(|index| self.graph.node(index)) {
            Some(Node::Global { name, .. }) => self.plain_text(Ref::node(*name)),
            _ => "".into(),
        }
    }
}

fn latin1(text: &[u8]) -> Result<Vec<u8>, ErrorKind> {
    text::latin1_encode(text).ok_or(ErrorKind::BadText("Latin-1"))
}
