//! Times and Decimals of the standard library, written from the states that lie in them.

use super::{LiveSource, run::LiveRun};
use crate::{
    fault::Fault,
    plain::Kind,
    raw::{self, Native},
};
use brinery::{ErrorKind, Tupling};
use pyo3::prelude::*;

impl<'py> LiveSource<'py> {
    /// An object whose state can be read: its memo index, or nothing is written.
    pub(super) fn native(
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
}
