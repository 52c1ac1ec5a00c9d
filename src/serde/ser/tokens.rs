//! What the names of ours ask for: see [`token`].

use super::{
    capture::capture,
    push::{Mode, Push, Shared},
    value,
};
use crate::{
    error::{Error, ErrorKind},
    opcode::Op,
    reduce::Call as Made,
    serde::{faces, token},
    types,
};
use serde::Serialize;
use std::io::Write;

/// A call on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    made: Made,
    /// How many parts are written.
    parts: usize,
    /// The result's memo index.
    index: Option<u32>,
}

impl Call {
    /// The call that a tuple struct of this name stands for.
    pub(super) fn of(name: &'static str) -> Option<Call> {
        let made = match name {
            token::OBJECT => Made::Reduce,
            token::NEW => Made::New,
            token::NEW_EX => Made::NewEx,
            _ => return None,
        };
        Some(Call {
            made,
            parts: 0,
            index: None,
        })
    }

    /// The next part.
    pub(super) fn part<W: Write, T: Serialize + ?Sized>(&mut self, push: &mut Push<W>, value: &T) -> Result<(), Error> {
        self.parts += 1;
        let protocol = push.w.settings.protocol;
        match (self.parts, self.made) {
            (1, made) => {
                push.boundary()?;
                match made {
                    Made::New if protocol < 2 => {
                        push.import("copyreg:__newobj__")?;
                        push.w.out.op(Op::Mark);
                    }
                    Made::NewEx if protocol < 4 => {
                        push.import("copyreg:__newobj_ex__")?;
                        push.mark_below_2();
                    }
                    _ => {}
                }
                match capture(value) {
                    Ok(path) => Ok(push.import(&path)?),
                    Err(_) => value.serialize(&mut *push),
                }
            }
            (2, Made::NewEx) => push.with_mode(Mode::Args, value),
            (2, Made::New) if protocol < 2 => {
                push.with_mode(Mode::ArgsAfterClass, value)?;
                self.done(push, Op::Reduce)
            }
            (2, made) => {
                push.with_mode(Mode::Args, value)?;
                self.done(push, if made == Made::New { Op::NewObj } else { Op::Reduce })
            }
            (3, Made::NewEx) => {
                value.serialize(&mut *push)?;
                if protocol >= 4 {
                    return self.done(push, Op::NewObjEx);
                }
                push.small_tuple(3)?;
                self.done(push, Op::Reduce)
            }
            _ => push.with_mode(Mode::Step, value),
        }
    }

    fn done<W: Write>(&mut self, push: &mut Push<W>, op: Op<'static>) -> Result<(), Error> {
        push.w.out.op(op);
        push.memoize()?;
        self.index = push.last;
        Ok(())
    }

    pub(super) fn end<W: Write>(self, push: &mut Push<W>) -> Result<(), Error> {
        if self.parts < 2 + usize::from(self.made == Made::NewEx) {
            return Err(ErrorKind::Unwritable("a call without arguments: its token needs more fields").into());
        }
        push.last = self.index;
        Ok(())
    }
}

impl<W: Write> Push<W> {
    /// A newtype struct with a name of ours.
    #[inline(never)]
    pub(super) fn token<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        let mode = match name {
            token::LIST => Mode::List,
            token::TUPLE => Mode::Tuple,
            token::SET => Mode::Set,
            token::FROZENSET => Mode::FrozenSet,
            token::BYTEARRAY => Mode::ByteArray,
            token::SHARED => return self.shared(value),
            token::FACES => return faces::object(value, self),
            token::GLOBAL => return self.import(&capture(value)?),
            token::INT => {
                let int = capture(value)?.parse::<types::Integer>()?.0;
                return match i64::try_from(&int) {
                    Ok(small) => small.serialize(self),
                    Err(_) => self.big(&int),
                };
            }
            token::APPEND | token::ITEMS | token::STATE | token::SLOTS => return self.step(name, value),
            _ => {
                let recipe = types::recipe_of(name, &capture(value)?, self.w.settings.protocol)?;
                // The parts of a path are interned.
                return self.recipe(&recipe, name == token::PATH);
            }
        };
        self.with_mode(mode, value)
    }

    /// A value that a token around it gives a meaning, which the value must take.
    pub(super) fn with_mode<T: Serialize + ?Sized>(&mut self, mode: Mode, value: &T) -> Result<(), Error> {
        self.mode = mode;
        value.serialize(&mut *self)?;
        if std::mem::take(&mut self.mode) != Mode::Plain {
            return Err(ErrorKind::Unwritable("a value is not of the kind that its token asks for").into());
        }
        Ok(())
    }

    /// What is done to the object on the stack.
    fn step<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        if std::mem::take(&mut self.mode) != Mode::Step {
            return Err(ErrorKind::Unwritable("a token that changes an object stands where there is none").into());
        }
        match name {
            token::APPEND => self.with_mode(Mode::Append, value),
            token::ITEMS => self.with_mode(Mode::Items, value),
            _ => self.build(name == token::SLOTS, value),
        }
    }

    /// BUILD with this state, or with that of `__slots__`: a pair, whose first half would be the `__dict__`.
    pub(super) fn build<T: Serialize + ?Sized>(&mut self, slots: bool, state: &T) -> Result<(), Error> {
        if slots {
            self.boundary()?;
            self.mark_below_2();
            self.none()?;
        }
        state.serialize(&mut *self)?;
        if slots {
            self.small_tuple(2)?;
        }
        self.w.out.op(Op::Build);
        Ok(())
    }

    /// A value that is written once.
    fn shared<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if let Some((serial, index)) = value::key() {
            return self.once((serial, index, "a value of a graph"), |push| value.serialize(push));
        }
        let (size, name) = (size_of_val(value), std::any::type_name::<T>());
        // Nothing has an address if it has no size; and what serde keeps in between is gone when the next one comes.
        if size == 0 || name.starts_with("serde") && name.contains("::Content") {
            return value.serialize(self);
        }
        let key = ((&raw const *value).cast::<()>() as usize, size, name);
        self.once(key, |push| value.serialize(push))
    }

    /// Writes what a key stands for, or fetches it if it was written before.
    pub(super) fn once(
        &mut self,
        key: (usize, usize, &'static str),
        write: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self.shared.get(&key) {
            Some(Shared::Open) => return Err(ErrorKind::Cycle.into()),
            Some(&Shared::Done(Some(index), chain)) => {
                self.mode = Mode::Plain;
                self.boundary()?;
                let at = self.w.out.position();
                self.get(index);
                if chain {
                    self.chain = (at, self.w.out.position());
                }
                return Ok(());
            }
            _ => {}
        }
        self.shared.insert(key, Shared::Open);
        self.last = None;
        write(self)?;
        let done = Shared::Done(self.last, self.ends_in_chain());
        self.shared.insert(key, done);
        Ok(())
    }
}
