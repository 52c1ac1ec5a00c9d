//! Which bytes of a zip file its headers account for.

use super::{super::Doubt, record::LOCAL};
use crate::archive::walk::At;
use std::ops::Range;

/// Ranges that something accounts for.
#[derive(Debug, Default)]
pub(super) struct Cover(Vec<Range<usize>>);

impl Cover {
    pub(super) fn add(&mut self, range: Range<usize>) {
        self.0.push(range);
    }

    /// Says what nothing accounts for and what is accounted for twice, and answers where a header is that the directory
    /// does not know.
    pub(super) fn gaps(mut self, file: &[u8], at: &mut At) -> Vec<usize> {
        /// So many are told one by one.
        const MOST: usize = 3;
        self.0.push(file.len()..file.len());
        self.0.sort_by_key(|range| range.start);
        let (mut upto, mut overlaps, mut gaps, mut headers) = (0, 0, 0, Vec::new());
        for range in self.0 {
            overlaps += usize::from(range.start < upto && range.end > range.start);
            let gap = file.get(upto..range.start).unwrap_or_default();
            if let Some(first) = gap.iter().position(|byte| *byte != 0) {
                gaps += 1;
                if gaps <= MOST {
                    let text = format!("{} bytes from byte {upto} on belong to no entry", gap.len());
                    at.remark(Doubt::Unread, text);
                }
                let found = memchr::memmem::find_iter(gap.get(first..).unwrap_or_default(), &LOCAL);
                headers.extend(found.map(|place| upto + first + place));
            }
            upto = upto.max(range.end);
        }
        if gaps > MOST {
            at.remark(Doubt::Unread, format!("there are {} more such gaps", gaps - MOST));
        }
        if overlaps > 0 {
            at.remark(Doubt::Disagreement, format!("{overlaps} entries lie in others"));
        }
        headers
    }
}
