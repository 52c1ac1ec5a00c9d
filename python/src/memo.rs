//! The pickler's memo: places in the stream by identity.

use crate::raw::Log;
use pyo3::{PyAny, PyTraverseError, PyVisit, prelude::*};

/// Memo indices by address, in a table of open addresses, and the objects themselves: as long as one is held, no other
/// can have its address.
#[derive(Debug, Default)]
pub struct Memo {
    table: Box<[Slot]>,
    /// The slots that are taken are those of this pickle, so that nothing has to be wiped between two.
    now: u32,
    taken: usize,
    log: Log,
    /// Where the last search that found nothing ended.
    miss: (usize, usize),
}

/// An address and its index, taken in a pickle with this number. None has number 0.
#[derive(Debug, Default, Clone, Copy)]
struct Slot {
    address: usize,
    index: u32,
    of: u32,
}

/// Slots of the smallest table.
const SMALLEST: usize = 64;

/// The largest table that is kept for the next pickle: 64 kB.
const KEPT: usize = 4096;

impl Memo {
    /// Where the search for an address starts: its middle bits, well spread.
    #[inline(always)]
    fn start(&self, address: usize) -> usize {
        (address >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize) >> 32 & (self.table.len() - 1)
    }

    /// The index of an object, if it has one.
    #[inline(always)]
    pub fn get(&mut self, address: usize) -> Option<u32> {
        if self.taken == 0 {
            return None;
        }
        let mut at = self.start(address);
        loop {
            let slot = self.table[at];
            if slot.of != self.now {
                self.miss = (address, at);
                return None;
            }
            if slot.address == address {
                return Some(slot.index);
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// Gives an object its index, and holds it.
    #[inline(always)]
    pub fn put(&mut self, object: &Bound<'_, PyAny>, index: u32) {
        if self.insert(object.as_ptr() as usize, index) {
            self.log.hold(object);
        }
    }

    /// As [`put`](Self::put), without holding it until [`settle`](Self::settle), which comes before any Python code can
    /// run. With `once` nobody asks for the index before that, either.
    #[inline(always)]
    pub fn lend(&mut self, object: Borrowed<'_, '_, PyAny>, index: u32, once: bool) {
        // Places in the log are indices here.
        if self.log.len() != index as usize {
            return self.put(&object, index);
        }
        if once || self.insert(object.as_ptr() as usize, index) {
            self.log.lend(object, once);
        }
    }

    /// An index for what nobody can meet again, where all others are lent.
    #[inline(always)]
    pub fn nothing(&mut self, index: u32) {
        if self.log.len() == index as usize {
            self.log.nothing();
        }
    }

    /// Holds what was lent, and knows its indices.
    #[inline]
    pub fn settle(&mut self, py: Python<'_>) {
        let mut log = std::mem::take(&mut self.log);
        log.settle(py, |address, index| {
            self.insert(address, index as u32);
        });
        self.log = log;
    }

    /// Writes into the table; whether the address is new.
    #[inline(always)]
    fn insert(&mut self, address: usize, index: u32) -> bool {
        if self.taken * 2 >= self.table.len() {
            self.grow();
        }
        // Mostly it was looked for just before, and what lies between start and miss is still taken.
        let mut at = if self.miss.0 == address {
            self.miss.1
        } else {
            self.start(address)
        };
        while self.table[at].of == self.now && self.table[at].address != address {
            at = (at + 1) & (self.table.len() - 1);
        }
        let new = self.table[at].of != self.now;
        self.taken += usize::from(new);
        self.table[at] = Slot {
            address,
            index,
            of: self.now,
        };
        new
    }

    #[cold]
    fn grow(&mut self) {
        let room = (self.table.len() * 4).max(SMALLEST);
        let old = std::mem::replace(&mut self.table, vec![Slot::default(); room].into());
        let before = std::mem::replace(&mut self.now, 1);
        self.taken = 0;
        self.miss = (0, 0);
        for slot in old {
            if slot.of == before && before != 0 {
                self.insert(slot.address, slot.index);
            }
        }
        self.miss = (0, 0);
    }

    /// Forgets all objects, and keeps what room is worth it.
    #[inline]
    pub fn reset(&mut self) {
        if self.table.len() > KEPT || self.now == u32::MAX {
            self.table = Box::default();
            self.now = 0;
        }
        self.now += 1;
        self.taken = 0;
        self.miss = (0, 0);
        self.log.clear(KEPT);
    }

    /// How many objects have an index.
    pub fn len(&self) -> usize {
        self.log.len()
    }

    /// Bytes that it takes.
    pub fn size(&self) -> usize {
        size_of_val(&*self.table) + self.log.len() * size_of::<usize>()
    }

    /// The objects and their indices.
    pub fn entries<'s, 'py: 's>(&'s self, py: Python<'py>) -> impl Iterator<Item = (u32, Bound<'py, PyAny>)> + 's {
        let taken = self.table.iter().filter(|slot| slot.of == self.now);
        let mut slots: Vec<_> = taken.filter(|_| self.taken > 0).collect();
        slots.sort_by_key(|slot| slot.address);
        self.log.held(py).filter_map(move |object| {
            let address = object.as_ptr() as usize;
            let at = slots.binary_search_by_key(&address, |slot| slot.address).ok()?;
            Some((slots[at].index, object))
        })
    }

    /// For the garbage collector.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.log.traverse(visit)
    }
}
