//! Objects with one owner, and instances of plain classes, on their way out: what needs no Python code and no memo.

use super::{Id, LiveSource, LiveView};
use crate::{
    fault::Fault,
    plain::{self, Kind},
    raw,
};
use brinery::View;
use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyType},
};

impl<'py> LiveSource<'py> {
    /// Lets objects with one owner have no place in the memo. Only for a source that nobody sees into and that writes into
    /// memory, and not where the collector cannot be stopped.
    pub fn skip(&mut self) {
        self.skipping = cfg!(Py_3_10) && self.hooks.pickler.is_none();
        self.stop_collector();
    }

    pub(super) fn stop_collector(&mut self) {
        if self.skipping {
            self.stopped = raw::run_collector(self.py, false);
        }
    }

    pub(super) fn start_collector(&mut self) {
        if std::mem::take(&mut self.stopped) {
            raw::run_collector(self.py, true);
        }
    }

    /// A tuple has its place in the memo when its items are written, so that it can be met again below itself: if it has
    /// other owners, or is given some by code of others meanwhile. Then its items come twice, whoever owns them.
    #[inline]
    pub(super) fn begin(&mut self, id: &Id<'py>) {
        if self.skipping && !self.open.insert(id.as_ptr() as usize) {
            self.stop_skipping();
        }
    }

    /// From here on there are objects whose owners are not known.
    pub(super) fn stop_skipping(&mut self) {
        if self.skipping {
            self.memo.settle(self.py);
            self.start_collector();
            self.classes = [(0, Kind::Asked, 0); 4];
            self.skipping = false;
        }
    }

    /// How instances of a class are written, where no Python code is needed to see it: nobody else has a say.
    #[inline]
    fn kind(&mut self, class: &Bound<'py, PyType>) -> Kind {
        if !self.skipping || self.protocol < 2 {
            return Kind::Asked;
        }
        let kind = match plain::known(class) {
            None | Some(Kind::Asked) => return Kind::Asked,
            Some(kind) => kind,
        };
        let table = self.world.dispatch_table.bind(self.py);
        if !self.table_is_plain {
            let mut at = 0;
            while let Some(key) = raw::next_key(table, &mut at) {
                if !key.cast::<PyType>().is_ok_and(|key| raw::is_told_by_address(&key)) {
                    return Kind::Asked;
                }
            }
            self.table_is_plain = true;
        }
        match table.contains(class) {
            Ok(false) => kind,
            _ => Kind::Asked,
        }
    }

    /// The same, and the memo index of the class, if it has one.
    #[inline(always)]
    pub(super) fn class(&mut self, class: Borrowed<'_, 'py, PyType>) -> Option<(Kind, u32)> {
        let address = class.as_ptr() as usize;
        let slot = address >> 6 & (self.classes.len() - 1);
        let (known, kind, index) = self.classes[slot];
        if known == address {
            return Some((kind, index));
        }
        let index = self.memo.get(address)?;
        let kind = self.kind(&class);
        self.classes[slot] = (address, kind, index);
        Some((kind, index))
    }

    /// A plain instance, where no Python code is needed to see that it is one, or one whose state can be read: what
    /// `__reduce_ex__` says runs no Python code then, and is kept until all is written.
    #[inline]
    pub(super) fn quick<'s>(
        &mut self,
        id: &Id<'py>,
        class: &Bound<'py, PyType>,
    ) -> Result<Option<LiveView<'s, 'py>>, Fault> {
        // The first of those should not be what all others are slow for.
        if self.skipping && plain::known(class).is_none() && raw::native(class).is_some() {
            self.outside(|source| plain::kind(class, source.world));
        }
        match self.kind(class) {
            Kind::Asked => Ok(None),
            Kind::Plain => Ok(plain::state(id).and_then(|state| self.instance(class, state))),
            Kind::Native(_) => {
                let value = id.call_method1(intern!(self.py, "__reduce_ex__"), (self.protocol,))?;
                let reduce = self.reduce(id, &value)?;
                self.kept.push(value);
                Ok(Some(View::Reduce(reduce)))
            }
        }
    }

    #[inline(always)]
    pub(super) fn instance<'s>(
        &self,
        class: &Bound<'py, PyType>,
        state: Bound<'py, PyDict>,
    ) -> Option<LiveView<'s, 'py>> {
        let silent = state.is_empty();
        Some(View::Instance {
            class: class.clone().into_any(),
            state: (!silent).then(|| state.into_any()),
        })
    }
}
