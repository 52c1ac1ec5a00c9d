//! Objects with one owner, and instances of plain classes, on their way out: what needs no Python code and no memo.

use super::{Id, LiveSource, LiveView};
use crate::{plain, raw};
use brinery::View;
use pyo3::{
    prelude::*,
    types::{PyDict, PyType},
};

impl<'py> LiveSource<'py> {
    /// Lets objects with one owner have no place in the memo. Only for a source that nobody sees into and that writes into
    /// memory, and not where the collector cannot be stopped.
    pub fn skipping(mut self) -> Self {
        self.skipping = cfg!(Py_3_10) && self.hooks.pickler.is_none();
        self.stop_collector();
        self
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

    /// A tuple has its place in the memo when its items are written, so that one with more than one owner can be met again
    /// below itself. Then its items come twice, whoever owns them.
    #[inline(always)]
    pub(super) fn begin(&mut self, id: &Id<'py>) {
        if self.skipping {
            self.begun += 1;
            if raw::references(id) > 2 && !self.open.insert(id.as_ptr() as usize) {
                self.stop_skipping();
            }
        }
    }

    /// From here on there are objects whose owners are not known.
    pub(super) fn stop_skipping(&mut self) {
        if self.skipping {
            self.memo.settle(self.py);
            self.start_collector();
            self.skipping = false;
        }
    }

    /// A plain instance, where no Python code is needed to see that it is one.
    #[inline(always)]
    pub(super) fn plain<'s>(&mut self, id: &Id<'py>, class: &Bound<'py, PyType>) -> Option<LiveView<'s, 'py>> {
        let py = self.py;
        if !self.skipping || self.protocol < 2 || plain::known(class) != Some(true) {
            return None;
        }
        let table = self.world.dispatch_table.bind(py);
        if !self.table_is_plain {
            let mut at = 0;
            while let Some(key) = raw::next_key(table, &mut at) {
                if !key.cast::<PyType>().is_ok_and(|key| raw::is_told_by_address(&key)) {
                    return None;
                }
            }
            self.table_is_plain = true;
        }
        if table.contains(class).unwrap_or(true) {
            return None;
        }
        self.instance(class, plain::state(id)?)
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
