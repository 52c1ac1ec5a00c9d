//! How containers are opened: as what they are, or as what a token asks for.

use super::{
    batches::Batches,
    compound::{After, Compound, Kind, Tuple},
    push::{Mode, Push},
};
use crate::{
    emit::Verb,
    error::{Error, ErrorKind},
    opcode::Op,
    settings::EnumShape,
};
use std::io::Write;

impl<W: Write> Push<W> {
    /// A tuple that comes, of a length that must be right.
    #[inline(always)]
    pub(super) fn open_tuple(&mut self, len: Option<usize>) -> Result<Kind, Error> {
        self.boundary()?;
        let at = self.w.out.position();
        let marked = match len {
            Some(0) => false,
            Some(len) => self.w.marks(len),
            None => true,
        };
        if marked {
            self.w.out.op(Op::Mark);
        }
        if len.is_none() {
            self.w.out.hold();
        }
        Ok(Kind::Tuple(Tuple {
            len,
            more: 0,
            marked,
            at,
            hint: false,
            held: len.is_none(),
        }))
    }

    /// A tuple of a sequence, whose length is but a hint.
    pub(super) fn open_tuple_of_seq(&mut self, len: Option<usize>) -> Result<Kind, Error> {
        let mut kind = self.open_tuple(len)?;
        if let Kind::Tuple(tuple) = &mut kind {
            tuple.hint = true;
        }
        Ok(kind)
    }

    /// No more items of a tuple come, of which there are so many.
    pub(super) fn close_tuple(&mut self, tuple: Tuple, count: usize) -> Result<(), Error> {
        let Tuple {
            len,
            mut marked,
            at,
            hint,
            held,
            ..
        } = tuple;
        let chain = count == 1 && self.ends_in_chain();
        if len != Some(count) {
            if !hint {
                return Err(ErrorKind::Unwritable("a tuple has not as many items as it said").into());
            }
            let wanted = count > 0 && self.w.marks(count);
            if marked && !wanted && self.w.out.remove_mark(at) {
                marked = false;
            } else if wanted && !marked {
                marked = self.w.out.insert_mark(at);
                if !marked {
                    return Err(ErrorKind::Unwritable("a tuple has not as many items as it said").into());
                }
            }
            self.chain = (0, 0);
            if held {
                self.w.out.release()?;
            }
        }
        if count == 0 {
            if marked {
                self.w.out.op(Op::Tuple);
            } else {
                self.w.empty_tuple();
            }
            self.last = None;
            return Ok(());
        }
        self.w.tuple(count, marked);
        self.memoize()?;
        if chain {
            self.chain = (at, self.w.out.position());
        }
        Ok(())
    }

    /// A sequence, as its token asks.
    #[inline(always)]
    pub(super) fn open_seq(&mut self, mode: Mode, len: Option<usize>) -> Result<Compound<'_, W>, Error> {
        if mode == Mode::Plain {
            let kind = self.open_list(len)?;
            return Ok(Compound::new(self, kind, After::Nothing));
        }
        self.open_mode(mode, len)
    }

    #[inline(never)]
    pub(super) fn open_mode(&mut self, mode: Mode, len: Option<usize>) -> Result<Compound<'_, W>, Error> {
        let protocol = self.w.settings.protocol;
        let mut after = After::Nothing;
        let kind = match mode {
            Mode::Plain | Mode::List => self.open_list(len)?,
            Mode::Tuple | Mode::Args => self.open_tuple_of_seq(len)?,
            Mode::ArgsAfterClass => Kind::args_after_class(),
            Mode::Set if protocol >= 4 => {
                self.boundary()?;
                self.w.out.op(Op::EmptySet);
                self.memoize()?;
                Kind::Batch(Batches::new(&mut self.w, Verb::Add, true, len), self.last)
            }
            Mode::FrozenSet if protocol >= 4 => {
                self.boundary()?;
                self.w.out.op(Op::Mark);
                Kind::FrozenSet
            }
            Mode::Set | Mode::FrozenSet => {
                let set = mode == Mode::Set;
                self.import(if set { "builtins:set" } else { "builtins:frozenset" })?;
                self.mark_below_2();
                after = After::Reduce;
                self.open_list(len)?
            }
            Mode::Append => Kind::Batch(Batches::new(&mut self.w, Verb::Append, false, len), None),
            Mode::Items | Mode::ByteArray | Mode::Step => {
                return Err(ErrorKind::Unwritable("a sequence stands where its token needs something else").into());
            }
        };
        Ok(Compound::new(self, kind, after))
    }

    /// A map, as its token asks.
    #[inline(always)]
    pub(super) fn open_map(&mut self, len: Option<usize>) -> Result<Compound<'_, W>, Error> {
        let kind = match std::mem::take(&mut self.mode) {
            Mode::Plain => self.open_dict(len)?,
            Mode::Items => Kind::Batch(Batches::new(&mut self.w, Verb::SetItem, false, len), None),
            _ => {
                return Err(ErrorKind::Unwritable("a map stands where its token needs something else").into());
            }
        };
        Ok(Compound::new(self, kind, After::Nothing))
    }

    /// The name of an enum's variant, before its contents.
    pub(super) fn open_variant(&mut self, variant: &'static str) -> Result<After, Error> {
        self.boundary()?;
        let after = match self.enums {
            EnumShape::Map => {
                self.w.empty(Op::EmptyDict, Op::Dict);
                self.memoize()?;
                After::SetItem(self.last)
            }
            EnumShape::Tuple => {
                self.mark_below_2();
                After::Pair
            }
        };
        self.name(variant)?;
        Ok(after)
    }

    /// What stands behind a variant's contents.
    pub(super) fn close_variant(&mut self, after: After) -> Result<(), Error> {
        match after {
            After::SetItem(index) => {
                self.w.out.op(Verb::SetItem.one());
                self.last = index;
                Ok(())
            }
            _ => self.small_tuple(2),
        }
    }

    /// A list that comes, in the memo.
    #[inline(always)]
    pub(super) fn open_list(&mut self, len: Option<usize>) -> Result<Kind, Error> {
        self.boundary()?;
        self.w.empty(Op::EmptyList, Op::List);
        self.memoize()?;
        Ok(Kind::Batch(
            Batches::new(&mut self.w, Verb::Append, true, len),
            self.last,
        ))
    }

    /// A dict that comes, in the memo.
    #[inline(always)]
    pub(super) fn open_dict(&mut self, len: Option<usize>) -> Result<Kind, Error> {
        self.boundary()?;
        self.w.empty(Op::EmptyDict, Op::Dict);
        self.memoize()?;
        Ok(Kind::Batch(
            Batches::new(&mut self.w, Verb::SetItem, true, len),
            self.last,
        ))
    }
}
