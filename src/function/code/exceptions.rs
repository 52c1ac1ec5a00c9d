//! The table of exceptions of 3.11 and later (`Objects/exception_handling_notes.txt`).

use super::{Code, lines::Varints, wrong};
use crate::error::{ErrorKind, Result};
use std::ops::Range;

/// Where control goes when something is raised in a stretch of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The bytes of the code that it is for.
    pub code: Range<usize>,
    /// The byte where it goes on.
    pub target: usize,
    /// To how many values the stack is cut back.
    pub depth: usize,
    /// Whether the offset of the instruction that raised is pushed, before the exception.
    pub lasti: bool,
}

impl<'g> Code<'g> {
    /// The entries of `co_exceptiontable`; none before 3.11. An error if it is not such a table.
    pub fn handlers(&self) -> Result<Vec<Handler>> {
        let mut out = Vec::new();
        let mut rest = Varints(self.exceptiontable);
        let fault = |why: &str| wrong(self, format!("co_exceptiontable {why}"));
        while let Some(first) = rest.byte() {
            if first & 0x80 == 0 {
                return Err(fault("has an entry that does not begin with a byte above 127").into());
            }
            let mut number = |first: Option<u8>| -> Result<usize, ErrorKind> {
                let first = first.or_else(|| rest.byte());
                let value = first.and_then(|first| rest.big_endian(first));
                value
                    .map(|value| value as usize)
                    .ok_or_else(|| fault("ends inside an entry, or a number in it is too large"))
            };
            let (start, length) = (number(Some(first))?, number(None)?);
            let (target, depth) = (number(None)?, number(None)?);
            // Of 32 bits each and in units of two bytes.
            let end = (start as u64 + length as u64) * 2;
            if end > self.code.len() as u64 || target as u64 * 2 >= self.code.len() as u64 {
                return Err(fault("goes beyond the code").into());
            }
            out.push(Handler {
                code: 2 * start..end as usize,
                target: 2 * target,
                depth: depth >> 1,
                lasti: depth & 1 != 0,
            });
        }
        Ok(out)
    }
}
