//! Runs of items, looked at where they lie: numbers and strings, and what consists of them.

use super::{Id, LiveSource};
use crate::{
    fault::Fault,
    items::{Entries, Items},
    plain::{self, Kind},
    raw::{self, Tag},
};
use brinery::{Run, Source};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyTuple},
};

/// How many containers deep a run goes on the stack. What is deeper is handed out.
const DEPTH: u32 = 40;

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
    pub(super) fn item<const QUIET: bool>(
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
}

/// Whether there are only numbers and strings in a tuple, which is not too long to be looked through.
fn has_leaves_only(tuple: &Bound<'_, PyTuple>) -> bool {
    let items = (0..tuple.len()).map_while(|at| raw::tuple_item_lent(tuple, at));
    tuple.len() <= 16 && items.map(raw::tag).all(|tag| tag != Tag::Other)
}
