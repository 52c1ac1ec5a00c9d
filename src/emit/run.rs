//! Runs of items: numbers and strings that a source writes as it meets them, instead of handing each of them out.

use super::writer::Writer;
use crate::error::ErrorKind;
use std::io::Write;

/// What a source writes a run of items into, in [`Source::run`](super::Source::run). Each call writes one item; which
/// opcodes it takes is as everywhere else the emitter's business.
pub struct Run<'e, 'w> {
    w: &'e mut Writer<&'w mut dyn Write>,
    left: usize,
}

impl<'e, 'w> Run<'e, 'w> {
    #[inline(always)]
    pub(super) fn new(w: &'e mut Writer<&'w mut dyn Write>, left: usize) -> Self {
        Run { w, left }
    }

    /// How many more items there is room for. What is written beyond that goes into the next batch's place.
    #[inline(always)]
    pub fn left(&self) -> usize {
        self.left
    }

    #[inline(always)]
    fn item(&mut self) -> Result<(), ErrorKind> {
        self.left = self.left.saturating_sub(1);
        self.w.out.boundary()
    }

    /// Writes a `None`.
    #[inline(always)]
    pub fn none(&mut self) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.none();
        Ok(())
    }

    /// Writes a bool.
    #[inline(always)]
    pub fn bool(&mut self, value: bool) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.bool(value);
        Ok(())
    }

    /// Writes an int.
    #[inline(always)]
    pub fn int(&mut self, value: i64) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.any_int(value);
        Ok(())
    }

    /// Writes a float.
    #[inline(always)]
    pub fn float(&mut self, value: f64) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.float(value);
        Ok(())
    }

    /// Writes a `str`, given as UTF-8 with lone surrogates passed; the memo index that it was given, of which there is none
    /// in fast mode.
    #[inline(always)]
    pub fn str(&mut self, text: &[u8]) -> Result<Option<u32>, ErrorKind> {
        self.item()?;
        self.w.new_str(text)
    }

    /// Writes an object that was written before: its memo index.
    #[inline(always)]
    pub fn get(&mut self, index: u32) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.get(index);
        Ok(())
    }
}
