//! Runs of items: numbers and strings, looked at where they lie.

use super::{Id, LiveSource};
use crate::{
    fault::Fault,
    items::{Entries, Items},
    plain::{self, Kind},
    raw::{self, Characters, Native, Tag},
};
use brinery::{ErrorKind, Run, Source, Tupling};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyString, PyTuple},
};

/// How many containers deep a run goes on the stack. What is deeper is handed out.
const DEPTH: u32 = 40;

/// How many keys are remembered, each by its place.
pub(super) const KEYS: usize = 16;

/// What a run of live objects goes into.
pub(super) type LiveRun<'e, 'w, 'py> = Run<'e, 'w, LiveSource<'py>>;

impl<'py> LiveSource<'py> {
    /// Writes items until there is one that is no number and no string. `QUIET` says that no Python code can run meanwhile:
    /// else what is written may go to a file, and nothing stays where it is.
    #[inline(always)]
    pub(super) fn walk<const QUIET: bool>(
        &mut self,
        items: &mut Items<'py>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<Option<Id<'py>>, Fault> {
        match items {
            _ if !self.running || run.left() == 0 => {}
            Items::List { list, at } => return self.walk_list::<QUIET>(list, at, run),
            Items::Tuple { tuple, at } => return self.walk_tuple::<QUIET>(tuple, at, run),
            Items::Dict(entries) => return self.walk_dict::<QUIET>(entries, run),
            Items::Set { .. } | Items::Stream(_) => {}
        }
        if run.left() == 0 { Ok(None) } else { self.next(items) }
    }

    /// Writes an object with all that is in it, or says what has to be handed out.
    pub(super) fn walk_whole(
        &mut self,
        id: &Id<'py>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<Option<Id<'py>>, Fault> {
        if !self.skipping || !self.running {
            return Ok(Some(id.clone()));
        }
        self.item::<true>(id.as_borrowed(), false, run, DEPTH)
    }

    #[inline(never)]
    fn walk_list<const QUIET: bool>(
        &mut self,
        list: &Bound<'py, PyList>,
        at: &mut usize,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<Option<Id<'py>>, Fault> {
        while run.left() > 0
            && let Some(item) = raw::list_item_lent(list, *at)
        {
            *at += 1;
            if self.leaf::<QUIET>(item, false, run)? {
                continue;
            }
            if !QUIET {
                return Ok(Some(item.to_owned()));
            }
            raw::fetch_items_ahead(list, *at);
            if let Some(id) = self.object(item, run, DEPTH)? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    #[inline(never)]
    fn walk_tuple<const QUIET: bool>(
        &mut self,
        tuple: &Bound<'py, PyTuple>,
        at: &mut usize,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<Option<Id<'py>>, Fault> {
        while run.left() > 0
            && let Some(item) = raw::tuple_item_lent(tuple, *at)
        {
            *at += 1;
            if let Some(id) = self.item::<QUIET>(item, false, run, DEPTH)? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    #[inline(never)]
    fn walk_dict<const QUIET: bool>(
        &mut self,
        entries: &mut Entries<'py>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<Option<Id<'py>>, Fault> {
        if let Some(value) = entries.take_value()
            && let Some(id) = self.item::<QUIET>(value.as_borrowed(), false, run, DEPTH)?
        {
            return Ok(Some(id));
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
            let stopped = self.item::<QUIET>(key, shared, run, DEPTH)?;
            if stopped.is_some() || run.left() == 0 {
                *waiting = Some(held.unwrap_or_else(|| value.to_owned()));
                return Ok(stopped);
            }
            *left = left.saturating_sub(1);
            let value = held.as_ref().map_or(value, Bound::as_borrowed);
            if let Some(id) = self.item::<QUIET>(value, false, run, DEPTH)? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Writes an item with all that is in it, or says what has to be handed out: itself, or something in it.
    #[inline(always)]
    fn item<const QUIET: bool>(
        &mut self,
        item: Borrowed<'_, 'py, PyAny>,
        shared: bool,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<Option<Id<'py>>, Fault> {
        if self.leaf::<QUIET>(item, shared, run)? {
            return Ok(None);
        }
        if QUIET && depth > 0 {
            return self.object(item, run, depth - 1);
        }
        Ok(Some(item.to_owned()))
    }

    /// The same for what is no number and no string.
    fn object(
        &mut self,
        item: Borrowed<'_, 'py, PyAny>,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<Option<Id<'py>>, Fault> {
        let once = raw::references(&item) == 1;
        if !once && let Some(index) = self.memo.get(item.as_ptr() as usize) {
            run.get(index)?;
            return Ok(None);
        }
        if let Ok(dict) = item.cast_exact::<PyDict>() {
            return self.dict(&dict, once, run, depth);
        }
        if let Ok(list) = item.cast_exact::<PyList>() {
            return self.list(&list, once, run, depth);
        }
        if let Ok(tuple) = item.cast_exact::<PyTuple>() {
            // One with more owners may be met again below itself, if there is anything below it.
            return match once || has_leaves_only(&tuple) {
                true => self.tuple(&tuple, once, run, depth),
                false => Ok(Some(item.to_owned())),
            };
        }
        if let Ok(bytes) = item.cast_exact::<PyBytes>()
            && self.protocol >= 3
        {
            if let Some(index) = run.bytes(bytes.as_bytes())? {
                self.memo.lend(item, index, once);
            }
            return Ok(None);
        }
        match self.class(raw::class_lent(item)) {
            Some((Kind::Plain, class)) if depth > 0 => self.plain(item, class, once, run, depth),
            Some((Kind::Native(native), class)) if self.protocol >= 3 => {
                match self.native(item, native, class, run, depth)? {
                    Some(index) => {
                        self.memo.lend(item, index, once);
                        Ok(None)
                    }
                    None => Ok(Some(item.to_owned())),
                }
            }
            _ => Ok(Some(item.to_owned())),
        }
    }

    fn list(
        &mut self,
        list: &Bound<'py, PyList>,
        once: bool,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<Option<Id<'py>>, Fault> {
        if let Some(index) = run.list()? {
            self.memo.lend(list.as_any().as_borrowed(), index, once);
        }
        let mut filling = run.fill_list(list.len());
        let mut at = 0;
        while run.more(&mut filling) {
            while run.left() > 0
                && let Some(item) = raw::list_item_lent(list, at)
            {
                at += 1;
                if self.leaf::<true>(item, false, run)? {
                    continue;
                }
                raw::fetch_items_ahead(list, at);
                let stopped = match depth {
                    0 => Some(item.to_owned()),
                    _ => self.object(item, run, depth - 1)?,
                };
                if let Some(id) = stopped {
                    let list = list.clone();
                    run.wait_items(filling, Items::List { list, at });
                    return Ok(Some(id));
                }
            }
        }
        Ok(None)
    }

    fn dict(
        &mut self,
        dict: &Bound<'py, PyDict>,
        once: bool,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<Option<Id<'py>>, Fault> {
        if let Some(index) = run.dict()? {
            self.memo.lend(dict.as_any().as_borrowed(), index, once);
        }
        let len = raw::dict_len(dict);
        let shared = raw::shares_keys(dict);
        let mut filling = run.fill_dict(len);
        let mut done = 0;
        let Some(mut entries) = raw::entries(dict) else {
            let mut at = 0;
            while run.more(&mut filling) {
                while run.left() > 0
                    && let Some((key, value)) = raw::next_entry_lent(dict, &mut at)
                {
                    done += 1;
                    if let Some(id) = self.key(key, shared, done, run, depth)? {
                        let entries = Entries::halfway(dict.clone(), at, Some(value.to_owned()), 2 * (len - done) + 1);
                        run.wait_items(filling, Items::Dict(entries));
                        return Ok(Some(id));
                    }
                    if let Some(id) = self.item::<true>(value, false, run, depth)? {
                        let entries = Entries::halfway(dict.clone(), at, None, 2 * (len - done));
                        run.wait_items(filling, Items::Dict(entries));
                        return Ok(Some(id));
                    }
                }
            }
            return Ok(None);
        };
        entries.fetch_ahead();
        while run.more(&mut filling) {
            while run.left() > 0
                && let Some((key, value)) = entries.next(dict)
            {
                done += 1;
                if let Some(id) = self.key(key, shared, done, run, depth)? {
                    let (at, waiting) = (entries.place(), Some(value.to_owned()));
                    let entries = Entries::halfway(dict.clone(), at, waiting, 2 * (len - done) + 1);
                    run.wait_items(filling, Items::Dict(entries));
                    return Ok(Some(id));
                }
                if self.leaf::<true>(value, false, run)? {
                    continue;
                }
                entries.fetch_next();
                let stopped = match depth {
                    0 => Some(value.to_owned()),
                    _ => self.object(value, run, depth - 1)?,
                };
                if let Some(id) = stopped {
                    let entries = Entries::halfway(dict.clone(), entries.place(), None, 2 * (len - done));
                    run.wait_items(filling, Items::Dict(entries));
                    return Ok(Some(id));
                }
            }
        }
        Ok(None)
    }

    /// A tuple that cannot be in itself.
    fn tuple(
        &mut self,
        tuple: &Bound<'py, PyTuple>,
        once: bool,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<Option<Id<'py>>, Fault> {
        let tupling = run.tuple(tuple.len())?;
        let mut at = 0;
        while let Some(item) = raw::tuple_item_lent(tuple, at) {
            at += 1;
            if let Some(id) = self.item::<true>(item, false, run, depth)? {
                self.begin(tuple.as_any());
                let tuple = tuple.clone();
                run.wait_tuple(tupling, tuple.clone().into_any(), Items::Tuple { tuple, at });
                return Ok(Some(id));
            }
        }
        if let Some(index) = run.end_tuple(tupling)? {
            self.memo.lend(tuple.as_any().as_borrowed(), index, once);
        }
        Ok(None)
    }

    /// An instance whose class leaves it to `object`, and whose state is written at once.
    fn plain(
        &mut self,
        item: Borrowed<'_, 'py, PyAny>,
        class: u32,
        once: bool,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<Option<Id<'py>>, Fault> {
        let Some(state) = plain::state(&item) else {
            return Ok(Some(item.to_owned()));
        };
        if let Some(index) = run.instance(class)? {
            self.memo.lend(item, index, once);
        }
        if state.is_empty() {
            return Ok(None);
        }
        // The instance has it, and we.
        let once = raw::references(&state) == 2;
        if !once && let Some(index) = self.memo.get(state.as_ptr() as usize) {
            run.get(index)?;
        } else if let Some(id) = self.dict(&state, once, run, depth - 1)? {
            run.wait_state();
            return Ok(Some(id));
        }
        run.build();
        Ok(None)
    }

    /// An object whose state can be read: its memo index, or nothing is written.
    fn native(
        &mut self,
        item: Borrowed<'_, 'py, PyAny>,
        native: Native,
        class: u32,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<Option<u32>, Fault> {
        /// From protocol 4 on, the first bit of a byte that has room for it says that it is the second of two times.
        const SECOND: u8 = 0x80;
        let folds = self.protocol > 3;
        match native {
            Native::Date => self.timed(&raw::date(item), None, class, run, depth),
            Native::DateTime => {
                let (mut state, second, zone) = raw::datetime(item);
                if second && folds {
                    state[2] |= SECOND;
                }
                self.timed(&state, zone, class, run, depth)
            }
            Native::Time => {
                let (mut state, second, zone) = raw::time(item);
                if second && folds {
                    state[0] |= SECOND;
                }
                self.timed(&state, zone, class, run, depth)
            }
            Native::TimeDelta => {
                run.get(class)?;
                let tupling = run.tuple(3)?;
                for number in raw::timedelta(item) {
                    run.int(number)?;
                }
                self.made(tupling, run)
            }
            Native::TimeZone => {
                let (offset, name) = raw::timezone(item);
                if depth == 0 || !self.is_ready(offset) {
                    return Ok(None);
                }
                run.get(class)?;
                let tupling = run.tuple(1 + usize::from(name.is_some()))?;
                for part in [Some(offset), name].into_iter().flatten() {
                    self.part(part, run, depth)?;
                }
                self.made(tupling, run)
            }
            Native::Decimal => {
                let mut room = [0; raw::DECIMAL];
                let Some(text) = raw::decimal(item, &mut room) else {
                    return Ok(None);
                };
                run.get(class)?;
                let tupling = run.tuple(1)?;
                // A text of its own each time, also if it is of one character.
                if let Some(index) = run.str(text)? {
                    self.memo.nothing(index);
                }
                self.made(tupling, run)
            }
        }
    }

    /// An object of a state and a time zone.
    #[inline]
    fn timed(
        &mut self,
        state: &[u8],
        zone: Option<Borrowed<'_, 'py, PyAny>>,
        class: u32,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<Option<u32>, Fault> {
        if zone.is_some_and(|zone| depth == 0 || !self.is_ready(zone)) {
            return Ok(None);
        }
        run.get(class)?;
        let tupling = run.tuple(1 + usize::from(zone.is_some()))?;
        if let Some(index) = run.bytes(state)? {
            self.memo.nothing(index);
        }
        if let Some(zone) = zone {
            self.part(zone, run, depth)?;
        }
        self.made(tupling, run)
    }

    /// Whether a part can be written now: it was written before, or is of a class that was, and so are its parts.
    fn is_ready(&mut self, part: Borrowed<'_, 'py, PyAny>) -> bool {
        if self.memo.get(part.as_ptr() as usize).is_some() {
            return true;
        }
        match self.class(raw::class_lent(part)) {
            Some((Kind::Native(Native::TimeZone), _)) => {
                let (offset, _) = raw::timezone(part);
                matches!(
                    self.class(raw::class_lent(offset)),
                    Some((Kind::Native(Native::TimeDelta), _))
                )
            }
            Some((Kind::Native(Native::TimeDelta), _)) => true,
            _ => false,
        }
    }

    /// A part that is ready.
    fn part(
        &mut self,
        part: Borrowed<'_, 'py, PyAny>,
        run: &mut LiveRun<'_, '_, 'py>,
        depth: u32,
    ) -> Result<(), Fault> {
        match self.item::<true>(part, false, run, depth)? {
            None => Ok(()),
            Some(_) => Err(ErrorKind::Unwritable("a part that was to be written is not").into()),
        }
    }

    /// The call of a class with arguments that only exist to be written: nobody can meet their tuple again.
    #[inline(always)]
    fn made(&mut self, tupling: Tupling, run: &mut LiveRun<'_, '_, 'py>) -> Result<Option<u32>, Fault> {
        if let Some(index) = run.end_tuple(tupling)? {
            self.memo.nothing(index);
        }
        Ok(run.reduce()?)
    }

    /// Writes a number, a string, `None` or a bool; false, and nothing is written, if it is none of these.
    #[inline(always)]
    fn leaf<const QUIET: bool>(
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

    /// Writes a key. Where dicts are alike the same ones come again in the same places, and the memo need not be asked.
    #[inline(always)]
    fn key(
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

/// Whether there are only numbers and strings in a tuple, which is not too long to be looked through.
fn has_leaves_only(tuple: &Bound<'_, PyTuple>) -> bool {
    let items = (0..tuple.len()).map_while(|at| raw::tuple_item_lent(tuple, at));
    tuple.len() <= 16 && items.map(raw::tag).all(|tag| tag != Tag::Other)
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
