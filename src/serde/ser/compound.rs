//! What has contents: lists, tuples, dicts, instances, and how each ends.

use super::{batches::Batches, class::Shape, push::Push, tokens::Call};
use crate::{
    emit::Verb,
    error::{Error, ErrorKind},
    opcode::Op,
};
use serde::ser::{self, Serialize};
use std::io::Write;

/// Contents on their way.
pub(crate) struct Compound<'a, W> {
    pub(super) push: &'a mut Push<W>,
    kind: Kind,
    after: After,
}

/// What the contents go into.
#[derive(Debug)]
pub(super) enum Kind {
    /// A list, set or dict on the stack, with its memo index.
    Batch(Batches, Option<u32>),
    /// A tuple.
    Tuple(Tuple),
    /// A frozenset behind a mark.
    FrozenSet,
    /// The state of an instance, which is only begun if there is a field.
    State { shape: Shape, len: usize },
    /// Two values, of which one is written: so many have come.
    Choice(usize),
    /// A call: the function, its arguments, and what is done to the result.
    Call(Call),
}

/// A tuple on its way.
#[derive(Debug)]
pub(super) struct Tuple {
    /// How many items there will be: what was said.
    pub(super) len: Option<usize>,
    /// How many there are.
    pub(super) count: usize,
    /// Whether a mark was written before them.
    pub(super) marked: bool,
    /// Where the tuple began.
    pub(super) at: usize,
    /// Whether a wrong length can be mended: the length of a sequence was only a hint.
    pub(super) hint: bool,
    /// Whether the frame is held.
    pub(super) held: bool,
}

impl Kind {
    /// The rest of a tuple behind a mark, whose first item is the class on the stack.
    pub(super) fn args_after_class() -> Kind {
        Kind::Tuple(Tuple {
            len: None,
            count: 1,
            marked: true,
            at: usize::MAX,
            hint: true,
            held: false,
        })
    }
}

/// What is written behind the contents.
#[derive(Debug, Clone, Copy)]
pub(super) enum After {
    Nothing,
    /// A set or frozenset was given as a list, in a protocol without them: the rest of the call.
    Reduce,
    /// The variant of an enum: the dict with its name as the key.
    SetItem(Option<u32>),
    /// The variant of an enum: a tuple with its name in front.
    Pair,
    /// The state of an object.
    State {
        object: Option<u32>,
    },
    /// A state in a pair, as that of `__slots__`.
    Slots {
        object: Option<u32>,
    },
    /// The arguments of this opcode.
    Call(Op<'static>),
    /// The last argument of a call with three.
    Reconstruct,
    /// The keyword arguments of a partial function, which is then called.
    Partial,
}

impl<'a, W: Write> Compound<'a, W> {
    #[inline(always)]
    pub(super) fn new(push: &'a mut Push<W>, kind: Kind, after: After) -> Self {
        Compound { push, kind, after }
    }

    /// So many items of a tuple came otherwise.
    pub(super) fn counted(mut self, items: usize) -> Self {
        if let Kind::Tuple(tuple) = &mut self.kind {
            tuple.count += items;
        }
        self
    }

    /// One item comes.
    #[inline(always)]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        match &mut self.kind {
            Kind::Batch(batches, _) => batches.next(&mut self.push.w)?,
            Kind::Tuple(tuple) => tuple.count += 1,
            _ => return self.odd_item(value),
        }
        value.serialize(&mut *self.push)
    }

    fn odd_item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        match &mut self.kind {
            Kind::FrozenSet => value.serialize(&mut *self.push),
            Kind::Call(call) => call.part(self.push, value),
            Kind::Choice(come) => {
                *come += 1;
                match (*come, self.push.w.settings.protocol) {
                    (1, 0..3) | (2, 3..) => value.serialize(&mut *self.push),
                    _ => Ok(()),
                }
            }
            Kind::State {
                shape: Shape::List,
                len,
            } => {
                self.kind = self.push.open_state(Shape::List, *len)?;
                self.item(value)
            }
            _ => Err(ErrorKind::Unwritable("fields without names cannot be attributes of an instance").into()),
        }
    }

    /// A key comes.
    #[inline(always)]
    fn entry(&mut self) -> Result<(), Error> {
        match &mut self.kind {
            Kind::Batch(batches, _) => batches.next(&mut self.push.w),
            _ => Err(ErrorKind::Unwritable("a map cannot be the sequence that its token asks for").into()),
        }
    }

    /// A field comes.
    #[inline(always)]
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        match &mut self.kind {
            Kind::Batch(batches, _) if batches.verb() == Verb::SetItem => {
                batches.next(&mut self.push.w)?;
                self.push.name(name)?;
                value.serialize(&mut *self.push)
            }
            _ => self.odd_field(name, value),
        }
    }

    #[inline(never)]
    fn odd_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        if let Kind::State { shape, len } = self.kind {
            self.kind = self.push.open_state(shape, len)?;
            if shape == Shape::Slots
                && let After::State { object } = self.after
            {
                self.after = After::Slots { object };
            }
            return self.field(name, value);
        }
        // A position, whatever its name.
        self.item(value)
    }

    /// No more contents come.
    #[inline(always)]
    pub(super) fn finish(self) -> Result<(), Error> {
        self.close().map(|_| ())
    }

    /// The same, and gives back what was borrowed.
    #[inline(always)]
    pub(super) fn close(self) -> Result<&'a mut Push<W>, Error> {
        let Compound { push, kind, after } = self;
        match (kind, after) {
            (Kind::Batch(mut batches, index), After::Nothing) => {
                batches.end(&mut push.w)?;
                push.last = index;
            }
            (kind, after) => end(push, kind, after)?,
        }
        Ok(push)
    }
}

fn end<W: Write>(push: &mut Push<W>, kind: Kind, after: After) -> Result<(), Error> {
    match kind {
        Kind::Batch(mut batches, index) => {
            batches.end(&mut push.w)?;
            push.last = index;
        }
        Kind::Tuple(tuple) => push.close_tuple(tuple)?,
        Kind::FrozenSet => {
            push.w.out.op(Op::FrozenSet);
            push.memoize()?;
        }
        Kind::State { shape, len } => {
            let After::State { object } = after else { return Ok(()) };
            // A list is always a state, but a `__dict__` is none while it is empty.
            if shape == Shape::List {
                let kind = push.open_state(shape, len)?;
                return end(push, kind, after);
            }
            push.last = object;
            return Ok(());
        }
        Kind::Call(call) => return call.end(push),
        Kind::Choice(_) => return Ok(()),
    }
    match after {
        After::Nothing => return Ok(()),
        After::Reduce => {
            push.small_tuple(1)?;
            push.w.out.op(Op::Reduce);
        }
        After::SetItem(index) => {
            push.w.out.op(Verb::SetItem.one());
            push.last = index;
            return Ok(());
        }
        After::Pair => return push.small_tuple(2),
        After::Slots { object } => {
            push.small_tuple(2)?;
            push.w.out.op(Op::Build);
            push.last = object;
            return Ok(());
        }
        After::State { object } => {
            push.w.out.op(Op::Build);
            push.last = object;
            return Ok(());
        }
        After::Call(op) => push.w.out.op(op),
        After::Reconstruct => {
            push.w.out.op(Op::Tuple);
            push.memoize()?;
            push.w.out.op(Op::Reduce);
        }
        After::Partial => {
            push.w.out.op(Op::None);
            push.w.out.op(Op::Tuple);
            push.memoize()?;
            push.w.out.op(Op::Build);
            push.w.empty_tuple();
            push.w.out.op(Op::Reduce);
        }
    }
    push.memoize()
}

/// The traits of serde that hand over one item after the other.
macro_rules! items {
    ($($name:ident $method:ident),*) => { $(
        impl<W: Write> ser::$name for Compound<'_, W> {
            type Ok = ();
            type Error = Error;
            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }
            #[inline]
            fn end(self) -> Result<(), Error> {
                self.finish()
            }
        }
    )* };
}

items!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

/// The traits of serde that hand over fields.
macro_rules! fields {
    ($($name:ident),*) => { $(
        impl<W: Write> ser::$name for Compound<'_, W> {
            type Ok = ();
            type Error = Error;
            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.field(name, value)
            }
            #[inline]
            fn end(self) -> Result<(), Error> {
                self.finish()
            }
        }
    )* };
}

fields!(SerializeStruct, SerializeStructVariant);

impl<W: Write> ser::SerializeMap for Compound<'_, W> {
    type Ok = ();
    type Error = Error;
    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.entry()?;
        key.serialize(&mut *self.push)
    }
    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.push)
    }
    #[inline]
    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}
