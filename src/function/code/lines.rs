//! Line numbers: `co_lnotab` (`Objects/lnotab_notes.txt`), the table of PEP 626 and the locations of PEP 657.

use super::{Code, Layout, wrong};
use crate::error::{ErrorKind, Result};
use std::ops::Range;

/// A stretch of code and its line, if it has one.
///
/// Every version is read to the same: stretches in order that cover the code without gaps, as `co_lines()` gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// The bytes of the code.
    pub code: Range<usize>,
    /// The line in the file; `None` for what the compiler has put in.
    pub line: Option<i64>,
}

/// Whether a table of pairs is as long in code as the code is: that of 3.10 is, and before only where dead code was cut
/// off.
pub(super) fn covers_all(table: &[u8], code: usize) -> bool {
    let length: usize = table.chunks(2).map(|pair| usize::from(pair[0])).sum();
    length == code && code != 0
}

impl<'g> Code<'g> {
    /// The lines of the code, in order of the code. An error if the table is not of its kind.
    pub fn lines(&self) -> Result<Vec<Lines>> {
        let read = match self.layout {
            Layout::V3_6 | Layout::V3_8 => self.lnotab(),
            Layout::V3_10 => self.line_pairs(),
            Layout::V3_11 => self.locations(),
        };
        read.map_err(|why| wrong(self, why).into())
    }

    /// Distances in the code and in lines, from one line's first instruction to the next one's. Nothing lies before the
    /// first or behind the last.
    fn lnotab(&self) -> Result<Vec<Lines>, ErrorKind> {
        let mut out = Vec::new();
        let (mut start, mut at, mut line) = (0, 0, i64::from(self.firstlineno));
        let (pairs, rest) = self.linetable.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(table("co_lnotab has an odd number of bytes"));
        }
        for &[code, lines] in pairs {
            if code != 0 {
                at += usize::from(code);
                // Up to 3.9 lines are still listed whose code was found to be dead.
                if at >= self.code.len() {
                    break;
                }
            }
            let next = line + i64::from(lines as i8);
            if next != line && at > start {
                push(&mut out, start..at, Some(line));
                start = at;
            }
            line = next;
        }
        push(&mut out, start..self.code.len(), Some(line));
        Ok(out)
    }

    /// Lengths in the code, and distances in lines or -128 for none.
    fn line_pairs(&self) -> Result<Vec<Lines>, ErrorKind> {
        let mut out = Vec::new();
        let (mut at, mut line) = (0, i64::from(self.firstlineno));
        let (pairs, rest) = self.linetable.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(table("co_linetable has an odd number of bytes"));
        }
        for &[code, lines] in pairs {
            let has_line = lines as i8 != i8::MIN;
            if has_line {
                line += i64::from(lines as i8);
            }
            let end = at + usize::from(code);
            if end > self.code.len() {
                return Err(table("co_linetable goes beyond the code"));
            }
            push(&mut out, at..end, has_line.then_some(line));
            at = end;
        }
        push(&mut out, at..self.code.len(), None);
        Ok(out)
    }

    /// One byte for how far and in which form, then distances in lines and columns.
    fn locations(&self) -> Result<Vec<Lines>, ErrorKind> {
        let mut out = Vec::new();
        let (mut at, mut line) = (0, i64::from(self.firstlineno));
        let mut rest = Varints(self.linetable);
        while let Some(head) = rest.byte() {
            if head & 0x80 == 0 {
                return Err(table("an entry of co_linetable does not begin with a byte above 127"));
            }
            let end = at + 2 * (usize::from(head & 7) + 1);
            if end > self.code.len() {
                return Err(table("co_linetable goes beyond the code"));
            }
            let form = head >> 3 & 15;
            let mut has_line = true;
            let whole = match form {
                15 => {
                    has_line = false;
                    Some(())
                }
                14 => rest.signed().and_then(|lines| {
                    line += lines;
                    // The line where it ends, and the columns, each of them one more than it is.
                    (0..3).try_for_each(|_| rest.next().map(|_| ()))
                }),
                13 => rest.signed().map(|lines| line += lines),
                10..=12 => {
                    line += i64::from(form) - 10;
                    rest.byte().and(rest.byte()).map(|_| ())
                }
                _ => rest.byte().map(|_| ()),
            };
            if whole.is_none() {
                return Err(table(
                    "co_linetable ends inside an entry, or a number in it is too large",
                ));
            }
            push(&mut out, at..end, has_line.then_some(line));
            at = end;
        }
        push(&mut out, at..self.code.len(), None);
        Ok(out)
    }
}

fn table(why: &str) -> ErrorKind {
    ErrorKind::Malformed(why.into())
}

/// Stretches of one line are one.
fn push(out: &mut Vec<Lines>, code: Range<usize>, line: Option<i64>) {
    match out.last_mut() {
        _ if code.is_empty() => {}
        Some(last) if last.line == line && last.code.end == code.start => last.code.end = code.end,
        _ => out.push(Lines { code, line }),
    }
}

/// Numbers of six bits a byte, as the tables of 3.11 have them.
pub(super) struct Varints<'g>(pub(super) &'g [u8]);

impl Varints<'_> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The lowest bits first. `None` where it ends too early or does not fit.
    fn next(&mut self) -> Option<u32> {
        let (mut value, mut shift) = (0u32, 0);
        loop {
            let byte = self.byte()?;
            let bits = u32::from(byte & 0x3f);
            // As in C, an int has 32 bits; the sixth group would not fit whole.
            if shift > 30 || bits.leading_zeros() < shift {
                return None;
            }
            value |= bits << shift;
            if byte & 0x40 == 0 {
                return Some(value);
            }
            shift += 6;
        }
    }

    fn signed(&mut self) -> Option<i64> {
        let value = i64::from(self.next()?);
        Some(if value & 1 == 0 { value >> 1 } else { -(value >> 1) })
    }

    /// The highest bits first, from a byte that has been taken.
    pub(super) fn big_endian(&mut self, first: u8) -> Option<u32> {
        let mut value = u32::from(first & 0x3f);
        let mut byte = first;
        while byte & 0x40 != 0 {
            byte = self.byte()?;
            if value > u32::MAX >> 6 {
                return None;
            }
            value = value << 6 | u32::from(byte & 0x3f);
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints() {
        assert_eq!(Varints(&[0x3f]).next(), Some(63));
        assert_eq!(Varints(&[0x40, 0x01]).next(), Some(64));
        assert_eq!(Varints(&[0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x03]).next(), Some(u32::MAX));
        assert_eq!(Varints(&[0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x04]).next(), None);
        assert_eq!(Varints(&[0x40; 9]).next(), None);
        assert_eq!(Varints(&[0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0]).next(), None);
        assert_eq!(Varints(&[0x03]).signed(), Some(-1));
        assert_eq!(Varints(&[0x01]).big_endian(0x41), Some(65));
        assert_eq!(Varints(&[]).big_endian(0x41), None);
        assert_eq!(Varints(&[0x7f; 9]).big_endian(0x7f), None);
    }
}
