//! joblib's files: the pickle, and what stands between its opcodes.

use crate::types::joblib::gaps;
use std::ops::Range;

/// A file taken apart.
#[derive(Debug)]
pub(super) struct Cut {
    /// What is no part of the pickle, in order.
    pub(super) holes: Vec<Range<usize>>,
    /// Those of the holes that are pickles: arrays of objects.
    pub(super) nested: Vec<Range<usize>>,
}

/// Whether the names of joblib's arrays are anywhere in a pickle.
pub(super) fn may_be(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"ArrayWrapper").is_some()
}

/// Finds the arrays, as `joblib.load` does; `None` if there are none.
pub(super) fn cut(bytes: &[u8]) -> Result<Option<Cut>, String> {
    let gaps = gaps(bytes).map_err(|error| format!("joblib's arrays are not found: {error}"))?;
    if gaps.is_empty() {
        return Ok(None);
    }
    if gaps.iter().any(|gap| gap.in_frame) {
        return Err("an array stands inside a frame, where joblib never puts one".to_owned());
    }
    let pickles = gaps.iter().filter(|gap| gap.is_pickle);
    Ok(Some(Cut {
        nested: pickles.map(|gap| gap.range.clone()).collect(),
        holes: gaps.into_iter().map(|gap| gap.range).collect(),
    }))
}
