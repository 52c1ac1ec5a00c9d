//! Items into containers, when nobody knows how many there will be.
//!
//! The rules are those of the emitter, [`Lower::plan`]; only that it can count. Here the count is a hint of the value's,
//! which may be missing or wrong. A batch of one has no mark, so the mark of the first item is put in or taken away again
//! when it turns out that the hint was wrong. Without a hint, the frame stays open until the second item has come.
//!
//! What cannot be mended is a wrong hint whose frame is closed: then the batch stays as it was begun, and Python reads the
//! same.

use crate::{
    emit::{BATCH_SIZE, Lower, Plan, Verb},
    error::Error,
    opcode::Op,
};
use std::io::Write;

/// Where the batch under way stands.
#[derive(Debug, Clone, Copy)]
enum State {
    /// Nothing is open.
    Between,
    /// One item without a mark, which may be written or not.
    One,
    /// A mark and one item, and the frame is held until it is known whether there is another.
    First,
    /// A mark, and items after it.
    Many,
}

/// Items on their way into the container on the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batches {
    verb: Verb,
    exact: bool,
    /// How many items there will be: what was said.
    len: Option<usize>,
    /// How many went into batches that are done.
    done: usize,
    before: Option<bool>,
    state: State,
    /// How many more items may come after a mark before anything is to be decided; none in the other states.
    pub(super) room: usize,
    /// Where the batch began.
    at: usize,
}

impl Batches {
    /// The items of an exact list, dict or set, or such as come from an iterator.
    #[inline(always)]
    pub(super) fn new<W: Write>(w: &mut Lower<W>, verb: Verb, exact: bool, len: Option<usize>) -> Self {
        let (mut state, mut room) = (State::Between, 0);
        let at = w.out.position();
        // What is nearly always right at once.
        if w.settings.protocol > 0 && len.is_some_and(|len| len > 1) {
            w.out.op(Op::Mark);
            (state, room) = (State::Many, BATCH_SIZE);
        }
        Batches {
            verb,
            exact,
            len,
            done: 0,
            before: None,
            state,
            room,
            at,
        }
    }

    /// How many items came after the mark.
    fn items(&self) -> usize {
        BATCH_SIZE - self.room
    }

    fn many(&mut self, items: usize) {
        self.state = State::Many;
        self.room = BATCH_SIZE - items;
    }

    pub(super) fn verb(&self) -> Verb {
        self.verb
    }

    /// An item comes, or a key and a value.
    #[inline(always)]
    pub(super) fn next<W: Write>(&mut self, w: &mut Lower<W>) -> Result<(), Error> {
        match self.room.checked_sub(1) {
            Some(room) => {
                self.room = room;
                Ok(())
            }
            None => self.turn(w),
        }
    }

    #[inline(never)]
    fn turn<W: Write>(&mut self, w: &mut Lower<W>) -> Result<(), Error> {
        match self.state {
            State::Between => {}
            State::First => {
                self.many(2);
                return Ok(w.out.release()?);
            }
            State::One => {
                let second = w.plan(self.verb, self.exact, self.before, 2) == Plan::Many;
                if second && w.out.insert_mark(self.at) {
                    self.many(2);
                    return Ok(());
                }
                w.out.op(self.verb.one());
                self.done += 1;
            }
            State::Many => {
                w.out.op(self.verb.many());
                self.before = Some(true);
                self.done += BATCH_SIZE;
            }
        }
        self.at = w.out.position();
        // One is there, whatever was said.
        let left = self.len.map(|len| len.saturating_sub(self.done).max(1));
        if w.plan(self.verb, self.exact, self.before, left.unwrap_or(2)) == Plan::One {
            self.state = State::One;
            return Ok(());
        }
        w.out.op(Op::Mark);
        if left.is_none() && self.one_is_alone(w) {
            w.out.hold();
            self.state = State::First;
        } else {
            self.many(1);
        }
        Ok(())
    }

    /// Whether the batch has no mark if it stays with one item.
    fn one_is_alone<W: Write>(&self, w: &Lower<W>) -> bool {
        w.plan(self.verb, self.exact, self.before, 1) == Plan::One
    }

    /// No more items come.
    #[inline(always)]
    pub(super) fn end<W: Write>(&mut self, w: &mut Lower<W>) -> Result<(), Error> {
        // A batch that has begun, has more than one item and is not full.
        if self.room > 0 && self.items() > 1 {
            w.out.op(self.verb.many());
            return Ok(());
        }
        self.end_oddly(w)
    }

    fn end_oddly<W: Write>(&mut self, w: &mut Lower<W>) -> Result<(), Error> {
        match self.state {
            State::Between => {}
            State::One => w.out.op(self.verb.one()),
            State::First => {
                let removed = w.out.remove_mark(self.at);
                w.out.release()?;
                w.out.op(if removed { self.verb.one() } else { self.verb.many() });
            }
            State::Many if self.items() == 0 => {
                if !w.out.remove_mark(self.at) {
                    w.out.op(self.verb.many());
                }
            }
            State::Many if self.items() == 1 => {
                let removed = self.one_is_alone(w) && w.out.remove_mark(self.at);
                w.out.op(if removed { self.verb.one() } else { self.verb.many() });
            }
            State::Many => {
                w.out.op(self.verb.many());
                self.before = Some(self.room == 0);
                if w.plan(self.verb, self.exact, self.before, 0) == Plan::Many {
                    w.out.op(Op::Mark);
                    w.out.op(self.verb.many());
                }
            }
        }
        Ok(())
    }
}
