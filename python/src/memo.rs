//! The pickler's memo: places in the stream by identity.

use pyo3::{PyAny, PyTraverseError, PyVisit, prelude::*};

/// Memo indices by address, in a table of open addresses, and the objects themselves: as long as one is held, no other
/// can have its address.
#[derive(Debug, Default)]
pub struct Memo {
    /// Address and index; no object has address 0.
    table: Box<[(usize, u32)]>,
    objects: Vec<Py<PyAny>>,
    /// Where the last search that found nothing ended.
    miss: (usize, usize),
}

/// Entries of the smallest table.
const SMALLEST: usize = 64;

/// The largest table that is kept for the next pickle: zeroing it again must cost less than making one.
const KEPT: usize = 256;

impl Memo {
    /// Where the search for an address starts: its middle bits, well spread.
    #[inline(always)]
    fn start(&self, address: usize) -> usize {
        (address >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize) >> 32 & (self.table.len() - 1)
    }

    /// The index of an object, if it has one.
    #[inline(always)]
    pub fn get(&mut self, address: usize) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        let mut at = self.start(address);
        loop {
            match self.table[at] {
                (0, _) => {
                    self.miss = (address, at);
                    return None;
                }
                (found, index) if found == address => return Some(index),
                _ => at = (at + 1) & (self.table.len() - 1),
            }
        }
    }

    /// Gives an object its index.
    #[inline(always)]
    pub fn put(&mut self, object: &Bound<'_, PyAny>, index: u32) {
        if self.objects.len() * 2 >= self.table.len() {
            self.grow();
        }
        let address = object.as_ptr() as usize;
        // Mostly it was looked for just before, and what lies between start and miss is still taken.
        let at = if self.miss.0 == address {
            self.miss.1
        } else {
            self.start(address)
        };
        if self.insert(address, index, at) {
            self.objects.push(object.clone().unbind());
        }
    }

    /// Writes into the table; whether the address is new.
    #[inline(always)]
    fn insert(&mut self, address: usize, index: u32, mut at: usize) -> bool {
        while self.table[at].0 != 0 && self.table[at].0 != address {
            at = (at + 1) & (self.table.len() - 1);
        }
        let new = self.table[at].0 == 0;
        self.table[at] = (address, index);
        new
    }

    #[cold]
    fn grow(&mut self) {
        let room = (self.table.len() * 4).max(SMALLEST);
        let old = std::mem::replace(&mut self.table, vec![(0, 0); room].into());
        for (address, index) in old {
            if address != 0 {
                self.insert(address, index, self.start(address));
            }
        }
        self.miss = (0, 0);
    }

    /// Forgets all objects, and keeps what room is worth it.
    pub fn reset(&mut self, py: Python<'_>) {
        if self.table.len() > KEPT {
            self.table = Box::default();
        }
        self.table.fill((0, 0));
        self.miss = (0, 0);
        for object in self.objects.drain(..) {
            drop(object.into_bound(py));
        }
        self.objects.shrink_to(KEPT);
    }

    /// How many objects have an index.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Bytes that it takes.
    pub fn size(&self) -> usize {
        size_of_val(&*self.table) + self.objects.capacity() * size_of::<Py<PyAny>>()
    }

    /// The objects and their indices.
    pub fn entries<'s, 'py: 's>(&'s self, py: Python<'py>) -> impl Iterator<Item = (u32, Bound<'py, PyAny>)> + 's {
        let mut addresses: Vec<_> = self.table.iter().filter(|(address, _)| *address != 0).collect();
        addresses.sort_by_key(|(address, _)| *address);
        self.objects.iter().filter_map(move |object| {
            let address = object.as_ptr() as usize;
            let at = addresses.binary_search_by_key(&address, |(address, _)| *address).ok()?;
            Some((addresses[at].1, object.clone_ref(py).into_bound(py)))
        })
    }

    /// For the garbage collector.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.objects.iter().try_for_each(|object| visit.call(object))
    }
}
