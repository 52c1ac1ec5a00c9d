//! What the emitter asks of the objects it writes.

use super::Run;
use crate::{
    error::ErrorKind,
    reduce::{BuildStep, Reduce},
};
use num_bigint::BigInt;
use std::borrow::Cow;

/// Objects to be written: our object graph, live Python objects, Rust values.
///
/// A source shows one object at a time, one level deep; the emitter decides how it is written. The memo is the source's,
/// because only the source knows what identity is: a vector for an arena, a table of addresses for live objects.
pub trait Source {
    /// A reference to an object.
    type Id: Clone;
    /// A container's items on their way, each handed out once.
    type Items;
    /// What is done to an object after it was made, each step handed out once.
    type Steps;
    /// What can go wrong, including the emitter's own faults.
    type Error: From<ErrorKind>;

    /// What is written without asking the memo. `pid` is false for a persistent id itself, which has none of its own.
    fn head(&mut self, id: &Self::Id, pid: bool) -> Result<Head<Self::Id>, Self::Error>;
    /// The memo index an object was given.
    fn memo_get(&mut self, id: &Self::Id) -> Option<u32>;
    /// The same where all that an object is made of has been written, and it may be part of itself.
    #[inline(always)]
    fn memo_get_again(&mut self, id: &Self::Id) -> Option<u32> {
        self.memo_get(id)
    }
    /// Notes an object's memo index. The object must stay alive, so that its identity is not used again.
    fn memo_put(&mut self, id: &Self::Id, index: u32);
    /// Shows an object one level deep, as `protocol` would say it. What is shown may lie in the source or, since a
    /// reference may own its object, behind `id`.
    fn view<'s>(&'s mut self, id: &'s Self::Id, protocol: u8) -> Result<ViewOf<'s, Self>, Self::Error>;
    /// The next item. Keys and values of a dict come in turn.
    fn next(&mut self, items: &mut Self::Items) -> Result<Option<Self::Id>, Self::Error>;
    /// Writes a pickle's object into the [`Run`] with all that is in it, or as much of that as it can: what it stopped at is
    /// given to the emitter.
    #[inline(always)]
    fn whole(&mut self, id: &Self::Id, _run: &mut Run<'_, '_, Self>) -> Result<Option<Self::Id>, Self::Error> {
        Ok(Some(id.clone()))
    }
    /// Goes on with a container's items: writes as many of the next ones as it can into the [`Run`], and takes out the one
    /// that it stopped at, which the emitter writes; none if there are no more or the run has no room. A source whose
    /// numbers and strings lie at hand is faster so than if each of them were handed out.
    #[inline(always)]
    fn run(&mut self, items: &mut Self::Items, run: &mut Run<'_, '_, Self>) -> Result<Option<Self::Id>, Self::Error> {
        if run.left() == 0 { Ok(None) } else { self.next(items) }
    }
    /// Writes an object that [`head`](Self::head) said may be written at once, with all that is in it; false, and nothing is
    /// written, if it is to be shown as any other.
    fn closed(&mut self, _id: &Self::Id, _run: &mut Run<'_, '_, Self>) -> Result<bool, Self::Error> {
        Ok(false)
    }
    /// How many items are still to come; an iterator may answer 2 for "two or more".
    fn left(&mut self, items: &mut Self::Items) -> Result<usize, Self::Error>;
    /// The next step.
    fn step(&mut self, steps: &mut Self::Steps) -> Result<Option<StepOf<Self>>, Self::Error>;

    /// The call that stands for an object which the protocol cannot say directly.
    fn spell(&mut self, id: &Self::Id, what: Spell) -> Result<ReduceOf<Self>, Self::Error>;
    /// `getattr`, and the parts after the first of a nested name such as `Outer.Inner`. The name is the one that
    /// [`View::Global`] gave.
    fn nested(&mut self, id: &Self::Id, name: &Self::Id) -> Result<Nested<Self::Id>, Self::Error>;
    /// A nested name as a call, `getattr(parent, last)`, which CPython before 3.12.5 writes below protocol 4. Module and
    /// name are those that [`View::Global`] gave.
    fn nested_call(&mut self, id: &Self::Id, module: &Self::Id, name: &Self::Id)
    -> Result<ReduceOf<Self>, Self::Error>;
    /// The text of a `str`, as UTF-8 with lone surrogates passed.
    fn text<'s>(&'s mut self, id: &'s Self::Id) -> Result<Cow<'s, [u8]>, Self::Error>;
    /// A persistent id as protocol 0 writes it: `str(pid)`.
    fn pid_line(&mut self, pid: &Self::Id) -> Result<Vec<u8>, Self::Error>;
    /// The extension code of a global, if one is registered for its module and name, both `str` objects.
    fn extension(&mut self, module: &Self::Id, name: &Self::Id) -> Result<Option<i64>, Self::Error>;

    /// What is written before the next value and dropped, so that it is the first thing that a loader meets. Asked once for
    /// each pickle.
    fn prelude(&mut self) -> Option<Self::Id> {
        None
    }

    /// What is done to an object that no call makes: an import, what a persistent id stands for, a buffer.
    fn changes(&mut self, _id: &Self::Id) -> Option<Self::Steps> {
        None
    }

    /// Fast mode only: notes that an object is being written; false if it is already.
    fn enter(&mut self, id: &Self::Id) -> bool;
    /// Fast mode only: the object has been written.
    fn leave(&mut self, id: &Self::Id);
}

/// `getattr`, and the parts of a nested name after the first.
#[derive(Debug)]
pub struct Nested<Id> {
    /// The function.
    pub getattr: Id,
    /// `str` objects.
    pub parts: Vec<Id>,
}

/// The view of a source's object.
pub type ViewOf<'s, S> = View<'s, <S as Source>::Id, <S as Source>::Items, <S as Source>::Steps>;
/// The reduce value of a source's object.
pub type ReduceOf<S> = Reduce<<S as Source>::Id, <S as Source>::Steps>;
/// A step of a source's object.
pub type StepOf<S> = BuildStep<<S as Source>::Id, <S as Source>::Items>;

/// What an object is, before the memo is asked.
#[derive(Debug)]
pub enum Head<Id> {
    /// `None`
    None,
    /// `True` and `False`
    Bool(bool),
    /// An int of up to 64 bits.
    Int(i64),
    /// A float.
    Float(f64),
    /// Something known by its persistent id.
    Persistent(Id),
    /// Anything else: the memo decides.
    Object,
    /// The same, and what [`Source::closed`] may write at once.
    Closed,
}

/// An object, one level deep.
#[derive(Debug)]
pub enum View<'s, Id, Items, Steps> {
    /// An int of more than 64 bits.
    Long(Cow<'s, BigInt>),
    /// A `str`, as UTF-8 with lone surrogates passed.
    Str(Cow<'s, [u8]>),
    /// A `bytes`.
    Bytes(&'s [u8]),
    /// A `bytearray`.
    ByteArray(&'s [u8]),
    /// A list.
    List(Items),
    /// A tuple.
    Tuple(Items),
    /// A dict: keys and values in turn.
    Dict(Items),
    /// A set.
    Set(Items),
    /// A frozenset.
    FrozenSet(Items),
    /// An importable object: its module and qualified name, both `str` objects.
    Global {
        /// The module.
        module: Id,
        /// The qualified name.
        name: Id,
    },
    /// An instance of a class without arguments to its `__new__`, made by NEWOBJ: the short form of a
    /// [`Reduce`](View::Reduce) for protocol 2 and later, where a class is not asked how its instances are made.
    Instance {
        /// The class.
        class: Id,
        /// Its state, for BUILD.
        state: Option<Id>,
    },
    /// Anything else: how to make it.
    Reduce(Reduce<Id, Steps>),
    /// A buffer.
    Buffer {
        /// Its bytes, if it is to be written in band.
        in_band: Option<&'s [u8]>,
        /// Whether it is read-only.
        readonly: bool,
    },
}

/// What needs to be spelled as a call in a lower protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spell {
    /// `bytes` below protocol 3: `_codecs.encode(text, 'latin1')`, or `bytes()`.
    Bytes,
    /// `bytearray` below protocol 5: `bytearray(bytes)`, or `bytearray()`.
    ByteArray,
    /// `set` below protocol 4: `set([…])`.
    Set,
    /// `frozenset` below protocol 4: `frozenset([…])`.
    FrozenSet,
    /// NEWOBJ below protocol 2: `copyreg.__newobj__(class, *args)`.
    New,
    /// NEWOBJ_EX below protocol 4: `copyreg.__newobj_ex__(class, args, kwargs)`.
    NewEx,
}
