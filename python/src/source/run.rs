//! Runs of items: numbers and strings, looked at where they lie.

use super::{Id, LiveSource};
use crate::{
    fault::Fault,
    items::{Entries, Items},
    raw::{self, Characters},
};
use brinery::{Run, Source};
use pyo3::{
    prelude::*,
    types::{PyBool, PyFloat, PyInt, PyString},
};

impl<'py> LiveSource<'py> {
    /// Writes items until there is one that is no number and no string. `QUIET` says that no Python code can run meanwhile:
    /// else what is written may go to a file, and nothing stays where it is.
    #[inline(always)]
    pub(super) fn walk<const QUIET: bool>(
        &mut self,
        items: &mut Items<'py>,
        run: &mut Run<'_, '_>,
    ) -> Result<Option<Id<'py>>, Fault> {
        match items {
            _ if !self.running || run.left() == 0 => {}
            Items::List { list, at } => {
                while run.left() > 0
                    && let Some(item) = raw::list_item_lent(list, *at)
                {
                    *at += 1;
                    if !self.leaf::<QUIET>(item, false, run)? {
                        return Ok(Some(item.to_owned()));
                    }
                }
                return Ok(None);
            }
            Items::Tuple { tuple, at } => {
                while run.left() > 0
                    && let Some(item) = raw::tuple_item_lent(tuple, *at)
                {
                    *at += 1;
                    if !self.leaf::<QUIET>(item, false, run)? {
                        return Ok(Some(item.to_owned()));
                    }
                }
                return Ok(None);
            }
            Items::Dict(entries) => return self.walk_dict::<QUIET>(entries, run),
            Items::Set { .. } | Items::Stream(_) => {}
        }
        if run.left() == 0 { Ok(None) } else { self.next(items) }
    }

    #[inline(always)]
    fn walk_dict<const QUIET: bool>(
        &mut self,
        entries: &mut Entries<'py>,
        run: &mut Run<'_, '_>,
    ) -> Result<Option<Id<'py>>, Fault> {
        if let Some(value) = entries.take_value()
            && !self.leaf::<QUIET>(value.as_borrowed(), false, run)?
        {
            return Ok(Some(value));
        }
        let (dict, at, left, waiting) = entries.parts();
        // Keys that dicts share are owned once, all together.
        let shared = QUIET && raw::shares_keys(dict);
        while run.left() > 0
            && let Some((key, value)) = raw::next_entry_lent(dict, at)
        {
            // What is written of the key may make the value go.
            let held = (!QUIET).then(|| value.to_owned());
            *left = left.saturating_sub(1);
            if !self.leaf::<QUIET>(key, shared, run)? {
                *waiting = Some(held.unwrap_or_else(|| value.to_owned()));
                return Ok(Some(key.to_owned()));
            }
            if run.left() == 0 {
                *waiting = Some(held.unwrap_or_else(|| value.to_owned()));
                return Ok(None);
            }
            *left = left.saturating_sub(1);
            if !self.leaf::<QUIET>(held.as_ref().map_or(value, Bound::as_borrowed), false, run)? {
                return Ok(Some(held.unwrap_or_else(|| value.to_owned())));
            }
        }
        Ok(None)
    }

    /// Writes a number, a string, `None` or a bool; false, and nothing is written, if it is none of these.
    #[inline(always)]
    fn leaf<const QUIET: bool>(
        &mut self,
        item: Borrowed<'_, 'py, PyAny>,
        shared: bool,
        run: &mut Run<'_, '_>,
    ) -> Result<bool, Fault> {
        if let Ok(text) = item.cast_exact::<PyString>() {
            if let Some((index, place)) = self.string(&item) {
                let index = match (index, raw::ascii(&text)) {
                    (Some(index), _) => {
                        run.get(index)?;
                        return Ok(true);
                    }
                    (None, Some(ascii)) => run.str(ascii)?,
                    (None, None) => run.str(utf8(text, &mut self.shown))?,
                };
                if let Some(index) = index {
                    self.put_string(place, index);
                }
                return Ok(true);
            }
            let once = QUIET && !shared && raw::references(&item) == 1;
            if !once && let Some(index) = self.memo.get(item.as_ptr() as usize) {
                run.get(index)?;
                return Ok(true);
            }
            // What goes to a file may run Python code, before these characters are written.
            let held = (!QUIET).then(|| item.to_owned());
            let index = match raw::ascii(&text) {
                Some(ascii) => run.str(ascii)?,
                None => run.str(utf8(text, &mut self.shown))?,
            };
            match (index, &held) {
                (Some(index), Some(held)) => self.memo.put(held, index),
                (Some(index), None) => self.memo.lend(item, index, once),
                (None, _) => {}
            }
            return Ok(true);
        }
        if item.is_exact_instance_of::<PyInt>() {
            let Some(value) = raw::int(&item) else { return Ok(false) };
            run.int(value)?;
            return Ok(true);
        }
        if let Ok(value) = item.cast_exact::<PyFloat>() {
            run.float(value.value())?;
            return Ok(true);
        }
        if item.is_none() {
            run.none()?;
            return Ok(true);
        }
        if let Ok(value) = item.cast_exact::<PyBool>() {
            run.bool(value.is_true())?;
            return Ok(true);
        }
        Ok(false)
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
