//! Many files judged at the same time, and told in their order.

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// How many at a time.
pub(crate) fn jobs(asked: Option<usize>) -> usize {
    asked
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get))
        .max(1)
}

/// Does some work for each item, and tells the results in the order of the items as soon as they are there. A panic of
/// the work is one of the caller.
///
/// Whoever has the result that is due tells it, and those that wait behind it: handing each small result to a thread that
/// tells costs more than the work.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> R + Sync,
    tell: impl FnMut(R) + Send,
) {
    let next = AtomicUsize::new(0);
    let told = Mutex::new((0, BTreeMap::new(), tell));
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return };
            let result = work(item);
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            let (due, early, tell) = &mut *told;
            early.insert(index, result);
            while let Some(result) = early.remove(due) {
                tell(result);
                *due += 1;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs.min(items.len()) {
            scope.spawn(worker);
        }
        worker();
    });
}
