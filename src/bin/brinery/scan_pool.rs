//! Many files judged at the same time, and told in their order.

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
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
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> R + Sync,
    mut tell: impl FnMut(usize, R),
) {
    if jobs == 1 || items.len() < 2 {
        items
            .iter()
            .enumerate()
            .for_each(|(index, item)| tell(index, work(item)));
        return;
    }
    let next = AtomicUsize::new(0);
    // A slow reader of the results holds the workers up.
    let (sender, results) = mpsc::sync_channel(jobs * 16);
    thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    if sender.send((index, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (index, result) in results {
            early.insert(index, result);
            while let Some(result) = early.remove(&due) {
                tell(due, result);
                due += 1;
            }
        }
    });
}
