//! Numbers and strings, looked at where they lie.

use super::{Id, LiveSource, run::LiveRun};
use crate::{
    fault::Fault,
    raw::{self, Characters, Tag},
};
use pyo3::{prelude::*, types::PyString};

/// How many keys are remembered, each by its place.
pub(super) const KEYS: usize = 16;

impl<'py> LiveSource<'py> {
    /// Writes a number, a string, `None` or a bool; false, and nothing is written, if it is none of these.
    #[inline(always)]
    pub(super) fn leaf<const QUIET: bool>(
        &mut self,
        item: Borrowed<'_, 'py, PyAny>,
        shared: bool,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<bool, Fault> {
        match raw::tag(item) {
            Tag::Str => self.text::<QUIET>(item, shared, run)?,
            Tag::Int => match raw::int(&item) {
                Some(value) => run.int(value)?,
                None => return Ok(false),
            },
            Tag::Float => run.float(raw::float(item))?,
            Tag::None => run.none()?,
            Tag::Bool => run.bool(raw::is_true(item))?,
            Tag::Other => return Ok(false),
        }
        Ok(true)
    }

    /// Writes a `str`.
    #[inline(always)]
    fn text<const QUIET: bool>(
        &mut self,
        item: Borrowed<'_, 'py, PyAny>,
        shared: bool,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<(), Fault> {
        if self.strings.is_some() {
            return self.text_by_value(item, run);
        }
        let once = QUIET && !shared && raw::references(&item) == 1;
        if !once && let Some(index) = self.memo.get(item.as_ptr() as usize) {
            return Ok(run.get(index)?);
        }
        // What goes to a file may run Python code, before these characters are written.
        let held = (!QUIET).then(|| item.to_owned());
        let text = raw::as_text(item);
        let index = match raw::ascii(&text) {
            Some(ascii) => run.str(ascii)?,
            None => run.str(utf8(text, &mut self.shown))?,
        };
        match (index, &held) {
            (Some(index), Some(held)) => self.memo.put(held, index),
            (Some(index), None) => self.memo.lend(item, index, once),
            (None, _) => {}
        }
        Ok(())
    }

    /// The same where strings are memoized by value.
    #[inline]
    fn text_by_value(&mut self, item: Borrowed<'_, 'py, PyAny>, run: &mut LiveRun<'_, '_, 'py>) -> Result<(), Fault> {
        let Some((index, place)) = self.string(&item) else {
            return Ok(());
        };
        if let Some(index) = index {
            return Ok(run.get(index)?);
        }
        let text = raw::as_text(item);
        let index = match raw::ascii(&text) {
            Some(ascii) => run.str(ascii)?,
            None => run.str(utf8(text, &mut self.shown))?,
        };
        if let Some(index) = index {
            self.put_string(place, index);
        }
        Ok(())
    }

    /// Writes a key. Where dicts are alike the same ones come again in the same places, and the memo need not be asked.
    #[inline(always)]
    pub(super) fn key(
        &mut self,
        key: Borrowed<'_, 'py, PyAny>,
        shared: bool,
        place: usize,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<Option<Id<'py>>, Fault> {
        let address = key.as_ptr() as usize;
        let place = place % KEYS;
        if self.keys[place].0 == address {
            run.get(self.keys[place].1)?;
            return Ok(None);
        }
        let found = match shared || raw::references(&key) > 1 {
            true => self.memo.get(address),
            false => None,
        };
        if let Some(index) = found {
            // It stays in the memo, and so alive, until all is written.
            self.keys[place] = (address, index);
            run.get(index)?;
            return Ok(None);
        }
        self.item::<true>(key, shared, run, depth)
    }
}

/// The UTF-8 of a `str` that is not ASCII, lone surrogates included, which may be put together in `room`. (CPython's would
/// stay with the `str`, as much memory again.)
#[inline(never)]
pub(super) fn utf8<'s>(text: Borrowed<'s, '_, PyString>, room: &'s mut Vec<u8>) -> &'s [u8] {
    room.clear();
    match raw::characters(text) {
        Characters::Utf8(text) => return text,
        Characters::Latin1(text) => text.iter().for_each(|&point| push(point.into(), room)),
        Characters::Ucs2(text) => text.iter().for_each(|&point| push(point.into(), room)),
        Characters::Ucs4(text) => text.iter().for_each(|&point| push(point, room)),
    }
    room
}

/// One code point as UTF-8, a surrogate as if it were a character.
#[inline(always)]
fn push(point: u32, room: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | (point >> shift & 0x3f) as u8;
    match point {
        0..0x80 => room.push(point as u8),
        0x80..0x800 => room.extend_from_slice(&[0xc0 | (point >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => room.extend_from_slice(&[0xe0 | (point >> 12) as u8, tail(6), tail(0)]),
        _ => room.extend_from_slice(&[0xf0 | (point >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}
