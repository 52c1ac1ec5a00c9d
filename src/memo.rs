//! The unpickler's memo.

use crate::error::ErrorKind;
use std::collections::HashMap;

/// Indices that are asked for, among those to come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted(Vec<u64>);

impl Wanted {
    /// Adds an index, if it is below `end`: none above can be given. One bit for each index up to the highest.
    pub(crate) fn add(&mut self, index: u64, end: u64) {
        if index >= end {
            return;
        }
        let word = (index / 64) as usize;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (index % 64);
    }

    #[inline(always)]
    fn has(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 != 0)
    }
}

/// Values by memo index: dense, but never larger than what the input paid for.
///
/// `N r ff ff ff ff` names index 2³² − 1 in six bytes, for which CPython up to 3.14 allocates 64 GiB (gh-115952). Here an
/// index far beyond the entries made so far goes into a map instead.
#[derive(Debug, Clone)]
pub(crate) struct Memo<V> {
    dense: Vec<Option<V>>,
    sparse: HashMap<u64, V>,
    /// Distinct indices ever used: where MEMOIZE writes next.
    used: usize,
    /// Nothing is in the sparse part, the dense part has no gap and all that comes is kept.
    plain: bool,
    /// What is kept of what comes, if not all.
    wanted: Option<Wanted>,
}

/// As much as small pickles need.
const FEW: usize = 32;

/// How far past the end an index may lie and still be kept in the dense part.
const SLACK: usize = 64;

impl<V: Clone> Memo<V> {
    pub(crate) fn new() -> Self {
        Memo {
            dense: Vec::with_capacity(FEW),
            sparse: HashMap::new(),
            used: 0,
            plain: true,
            wanted: None,
        }
    }

    /// From now on keeps only values whose indices are wanted. Each value has to get the index that is next then.
    pub(crate) fn keep_only(&mut self, wanted: Wanted) {
        self.wanted = Some(wanted);
        self.plain = false;
    }

    /// Forgets everything, and keeps the room of the dense part.
    pub(crate) fn clear(&mut self) {
        self.dense.clear();
        // Clearing takes time in the room, which the first of many small pickles may have made.
        if !self.sparse.is_empty() {
            self.sparse = HashMap::new();
        }
        self.used = 0;
        self.plain = true;
        self.wanted = None;
    }

    /// All indices and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &V)> {
        let dense = self.dense.iter().enumerate();
        let dense = dense.filter_map(|(index, value)| Some((index as u64, value.as_ref()?)));
        dense.chain(self.sparse.iter().map(|(index, value)| (*index, value)))
    }

    /// How many entries there is room for.
    pub(crate) fn capacity(&self) -> usize {
        self.dense.capacity()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    #[inline(always)]
    pub(crate) fn get(&self, index: u64) -> Option<V> {
        match self.dense.get(index as usize) {
            Some(Some(value)) => Some(value.clone()),
            _ => self.sparse.get(&index).cloned(),
        }
    }

    /// MEMOIZE: stores at the number of entries made so far, as C does (so that after `PUT 5` it writes index 1).
    #[inline(always)]
    pub(crate) fn push(&mut self, value: &V, limit: usize) -> Result<(), ErrorKind> {
        if self.plain && self.used < limit {
            self.dense.push(Some(value.clone()));
            self.used += 1;
            return Ok(());
        }
        self.put_with_care(self.used as u64, value, limit)
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, index: u64, value: &V, limit: usize) -> Result<(), ErrorKind> {
        if index == self.used as u64 {
            return self.push(value, limit);
        }
        self.put_with_care(index, value, limit)
    }

    #[inline(never)]
    fn put_with_care(&mut self, index: u64, value: &V, limit: usize) -> Result<(), ErrorKind> {
        let at = index as usize;
        if let Some(wanted) = &self.wanted
            && at == self.used
            && !wanted.has(at)
            && self.used < limit
        {
            self.used += 1;
            return Ok(());
        }
        let value = value.clone();
        if at >= self.dense.len() && index as usize as u64 == index && at <= self.used + SLACK {
            self.dense.resize(at + 1, None);
        }
        let before = match self.dense.get_mut(at) {
            // An index may have gone to the sparse part before the dense part reached it.
            Some(slot) => {
                let moved = if self.sparse.is_empty() {
                    None
                } else {
                    self.sparse.remove(&index)
                };
                slot.replace(value).or(moved)
            }
            None => self.sparse.insert(index, value),
        };
        if before.is_none() {
            if self.used >= limit {
                return Err(ErrorKind::Limit {
                    name: "memo",
                    limit: limit as u64,
                });
            }
            self.used += 1;
        }
        // An entry in the sparse part may have the index that is next.
        self.plain = self.used == self.dense.len() && self.sparse.is_empty() && self.wanted.is_none();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_not_allocated() {
        let mut memo = Memo::new();
        memo.put(u32::MAX as u64, &'a', usize::MAX).unwrap();
        memo.put(3, &'b', usize::MAX).unwrap();
        memo.push(&'c', usize::MAX).unwrap();
        assert!(memo.dense.capacity() < 1000);
        let found: Vec<_> = [0, 2, 3, u32::MAX as u64].map(|i| memo.get(i)).into();
        assert_eq!(found, [None, Some('c'), Some('b'), Some('a')]);
    }

    #[test]
    fn the_same_index_counts_once() {
        let mut memo = Memo::new();
        for _ in 0..3 {
            memo.put(5, &'a', 2).unwrap();
        }
        memo.push(&'b', 2).unwrap();
        assert_eq!(memo.get(1), Some('b'));
        assert!(memo.put(9, &'c', 2).is_err());
    }

    #[test]
    fn an_index_kept_apart_is_found_when_the_dense_part_reaches_it() {
        let mut memo = Memo::new();
        memo.put(100, &0, usize::MAX).unwrap();
        for i in 0..200 {
            memo.put(i, &i, usize::MAX).unwrap();
        }
        assert!((0..200).all(|i| memo.get(i) == Some(i)));
        assert_eq!(memo.used, 200);
    }

    /// The entry at the number of entries is replaced, and that number stays.
    #[test]
    fn memoize_writes_over_an_index_kept_apart() {
        let mut memo = Memo::new();
        (0..3).for_each(|i| memo.push(&i, usize::MAX).unwrap());
        memo.put(100, &100, usize::MAX).unwrap();
        (0..100).for_each(|i| memo.push(&(1000 + i), usize::MAX).unwrap());
        assert_eq!((memo.used, memo.get(100), memo.get(101)), (100, Some(1099), None));
    }
}
