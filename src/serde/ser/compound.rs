//! What has contents: lists, tuples, dicts, instances, and how each ends.

use super::{batches::Batches, class::Shape, push::Push, tokens::Call};
use crate::{
    emit::Verb,
    error::{Error, ErrorKind},
    opcode::Op,
};
use serde::ser::{self, Serialize};
use std::io::Write;

/// Contents on their way. What is known of them lies in [`Push::open`], so that this is two words, which are handed about
/// in registers: it comes and goes with every list and tuple.
pub(crate) struct Compound<'a, W> {
    pub(super) push: &'a mut Push<W>,
    /// How many more items, or entries, may come before anything is to be decided.
    room: u32,
    /// Where it lies there.
    depth: u32,
}

/// What is known of a compound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    kind: Kind,
    after: After,
    /// For how many items of a tuple the compound was given room.
    given: usize,
    /// Whether what there is room for may come without a question: not if it comes with names that are to be dropped.
    gives: bool,
}

/// What the contents go into.
#[derive(Debug, Clone, Copy)]
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
#[derive(Debug, Clone, Copy)]
pub(super) struct Tuple {
    /// How many items there will be: what was said.
    pub(super) len: Option<usize>,
    /// How many there are beyond those there was room for.
    pub(super) more: usize,
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
    /// Whether keys and values go into it.
    #[inline(always)]
    fn is_named(&self) -> bool {
        matches!(self, Kind::Batch(batches, _) if batches.verb() == Verb::SetItem)
    }

    /// The rest of a tuple behind a mark, whose first item is the class on the stack.
    pub(super) fn args_after_class() -> Kind {
        Kind::Tuple(Tuple {
            len: None,
            more: 1,
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

impl Open {
    /// How many items may come before anything is to be decided, which from now on the compound knows.
    #[inline(always)]
    fn give(&mut self) -> u32 {
        if !self.gives {
            return 0;
        }
        let room = match &mut self.kind {
            Kind::Batch(batches, _) => std::mem::take(&mut batches.room),
            Kind::Tuple(tuple) => tuple.len.unwrap_or(0),
            _ => 0,
        };
        match u32::try_from(room) {
            Ok(room) => {
                self.given = room as usize;
                room
            }
            Err(_) => 0,
        }
    }
}

impl<'a, W: Write> Compound<'a, W> {
    /// Items, or keys and values.
    #[inline(always)]
    pub(super) fn new(push: &'a mut Push<W>, kind: Kind, after: After) -> Self {
        Compound::open(push, kind, after, true)
    }

    /// Fields, whose names may have to be dropped.
    #[inline(always)]
    pub(super) fn of_fields(push: &'a mut Push<W>, kind: Kind, after: After) -> Self {
        let gives = kind.is_named();
        Compound::open(push, kind, after, gives)
    }

    #[inline(always)]
    fn open(push: &'a mut Push<W>, kind: Kind, after: After, gives: bool) -> Self {
        let mut open = Open {
            kind,
            after,
            given: 0,
            gives,
        };
        let room = open.give();
        // Each lies on the native stack below the next, so there are never so many.
        let depth = push.open.len() as u32;
        push.open.push(open);
        Compound { push, room, depth }
    }

    /// What is known of it. Whatever lies above was given up without its end.
    fn top(&mut self) -> Result<&mut Open, Error> {
        let depth = self.depth as usize;
        self.push.open.truncate(depth + 1);
        let gone = ErrorKind::Unwritable("a value went on writing after its end");
        self.push.open.get_mut(depth).ok_or_else(|| gone.into())
    }

    /// So many items of a tuple came otherwise.
    pub(super) fn counted(mut self, items: u32) -> Result<Self, Error> {
        match self.room.checked_sub(items) {
            Some(room) => self.room = room,
            None => {
                if let Kind::Tuple(tuple) = &mut self.top()?.kind {
                    tuple.more += items as usize;
                }
            }
        }
        Ok(self)
    }

    /// One item comes.
    #[inline(always)]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        match self.room.checked_sub(1) {
            Some(room) => self.room = room,
            None => return self.odd_item(value),
        }
        value.serialize(&mut *self.push)
    }

    #[inline(never)]
    fn odd_item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let open = self.top()?;
        match &mut open.kind {
            Kind::Batch(..) => self.turn()?,
            Kind::Tuple(tuple) => tuple.more += 1,
            Kind::FrozenSet => {}
            &mut Kind::Call(mut call) => {
                call.part(self.push, value)?;
                self.top()?.kind = Kind::Call(call);
                return Ok(());
            }
            Kind::Choice(come) => {
                *come += 1;
                let come = *come;
                match (come, self.push.w.settings.protocol) {
                    (1, 0..3) | (2, 3..) => {}
                    _ => return Ok(()),
                }
            }
            &mut Kind::State {
                shape: Shape::List,
                len,
            } => {
                let kind = self.push.open_state(Shape::List, len)?;
                self.fill(kind, true)?;
                return self.item(value);
            }
            _ => return Err(ErrorKind::Unwritable("fields without names cannot be attributes of an instance").into()),
        }
        value.serialize(&mut *self.push)
    }

    /// The contents go into this from now on.
    fn fill(&mut self, kind: Kind, gives: bool) -> Result<(), Error> {
        let open = self.top()?;
        open.kind = kind;
        open.gives = gives;
        self.room = open.give();
        Ok(())
    }

    /// An item or entry comes, and it is to be decided how it is written.
    #[inline(never)]
    fn turn(&mut self) -> Result<(), Error> {
        let depth = self.depth as usize;
        self.push.open.truncate(depth + 1);
        let Push { open, w, .. } = &mut *self.push;
        match open.get_mut(depth) {
            Some(open) => {
                if let Kind::Batch(batches, _) = &mut open.kind {
                    batches.next(w)?;
                }
                self.room = open.give();
                Ok(())
            }
            None => self.top().map(|_| ()),
        }
    }

    /// A key comes.
    #[inline(always)]
    fn entry(&mut self) -> Result<(), Error> {
        match self.room.checked_sub(1) {
            Some(room) => {
                self.room = room;
                Ok(())
            }
            None => self.turn(),
        }
    }

    /// A field comes.
    #[inline(always)]
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        match self.room.checked_sub(1) {
            Some(room) => self.room = room,
            None => return self.odd_field(name, value),
        }
        self.push.name(name)?;
        value.serialize(&mut *self.push)
    }

    #[inline(never)]
    fn odd_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        let open = self.top()?;
        if let Kind::State { shape, len } = open.kind {
            if shape == Shape::Slots
                && let After::State { object } = open.after
            {
                open.after = After::Slots { object };
            }
            let kind = self.push.open_state(shape, len)?;
            self.fill(kind, kind.is_named())?;
            return self.field(name, value);
        }
        // Otherwise a position, whatever its name.
        if open.gives {
            self.turn()?;
            self.push.name(name)?;
            return value.serialize(&mut *self.push);
        }
        self.odd_item(value)
    }

    /// No more contents come.
    #[inline(always)]
    pub(super) fn finish(self) -> Result<(), Error> {
        self.close().map(|_| ())
    }

    /// The same, and gives back what was borrowed.
    #[inline(always)]
    pub(super) fn close(self) -> Result<&'a mut Push<W>, Error> {
        let Compound { push, room, depth } = self;
        let depth = depth as usize;
        let Push { open, w, last, .. } = &mut *push;
        match open.get_mut(depth) {
            Some(Open {
                kind: Kind::Batch(batches, index),
                after: After::Nothing,
                ..
            }) => {
                batches.room += room as usize;
                batches.end(w)?;
                *last = *index;
            }
            Some(Open {
                kind: Kind::Tuple(tuple),
                after: After::Nothing,
                given,
                ..
            }) if room == 0 && tuple.is_as_said(*given) => {
                w.tuple(*given, tuple.marked);
                *last = w.memoize()?;
            }
            _ => push.end(room, depth)?,
        }
        push.open.truncate(depth);
        Ok(push)
    }
}

impl Tuple {
    /// Whether it has two or more items, as many as it said.
    #[inline(always)]
    fn is_as_said(&self, given: usize) -> bool {
        given > 1 && self.len == Some(given) && self.more == 0
    }
}

impl<W: Write> Push<W> {
    #[inline(never)]
    fn end(&mut self, room: u32, depth: usize) -> Result<(), Error> {
        match self.open.get(depth) {
            Some(&open) => self.end_of(open, room as usize),
            None => Err(ErrorKind::Unwritable("a value ended twice").into()),
        }
    }

    fn end_of(&mut self, open: Open, room: usize) -> Result<(), Error> {
        let Open { kind, after, given, .. } = open;
        match kind {
            Kind::Batch(mut batches, index) => {
                batches.room += room;
                batches.end(&mut self.w)?;
                self.last = index;
            }
            Kind::Tuple(tuple) => self.close_tuple(tuple, given - room + tuple.more)?,
            Kind::FrozenSet => {
                self.w.out.op(Op::FrozenSet);
                self.memoize()?;
            }
            Kind::State { shape, len } => {
                let After::State { object } = after else { return Ok(()) };
                // A list is always a state, but a `__dict__` is none while it is empty.
                if shape == Shape::List {
                    let kind = self.open_state(shape, len)?;
                    return self.end_of(Open { kind, ..open }, 0);
                }
                self.last = object;
                return Ok(());
            }
            Kind::Call(call) => return call.end(self),
            Kind::Choice(_) => return Ok(()),
        }
        self.end_after(after)
    }

    /// What stands behind the contents.
    fn end_after(&mut self, after: After) -> Result<(), Error> {
        match after {
            After::Nothing => return Ok(()),
            After::Reduce => {
                self.small_tuple(1)?;
                self.w.out.op(Op::Reduce);
            }
            After::SetItem(index) => {
                self.w.out.op(Verb::SetItem.one());
                self.last = index;
                return Ok(());
            }
            After::Pair => return self.small_tuple(2),
            After::Slots { object } => {
                self.small_tuple(2)?;
                self.w.out.op(Op::Build);
                self.last = object;
                return Ok(());
            }
            After::State { object } => {
                self.w.out.op(Op::Build);
                self.last = object;
                return Ok(());
            }
            After::Call(op) => self.w.out.op(op),
            After::Reconstruct => {
                self.w.out.op(Op::Tuple);
                self.memoize()?;
                self.w.out.op(Op::Reduce);
            }
            After::Partial => {
                self.w.out.op(Op::None);
                self.w.out.op(Op::Tuple);
                self.memoize()?;
                self.w.out.op(Op::Build);
                self.w.empty_tuple();
                self.w.out.op(Op::Reduce);
            }
        }
        self.memoize()
    }
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
