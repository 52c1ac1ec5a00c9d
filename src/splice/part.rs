//! A pickle made ready to stand within another.

use super::scan::{Names, To, scan};
use crate::{
    error::{ErrorKind, Result},
    opcode::Op,
};
use std::fmt;

/// A pickle made ready to stand as a value within others: its opcodes, unread.
///
/// No graph is built. One pass over the opcodes drops PROTO, FRAME and STOP and the memo entries that nobody fetches,
/// and numbers the other entries by themselves. Strings, numbers and names are not looked at; what loads apart loads
/// within another pickle to the same objects, and what does not load is refused, or does not load there either.
///
/// ```
/// use brinery::{Part, Splice};
/// let list = Part::new(b"\x80\x02]q\x05(h\x05K\x01e.")?; // protocol 2: a list that contains itself
/// let mut splice = Splice::new();
/// splice.tuple()?.value(&list)?.value(&list)?.end()?;
/// let graph = brinery::Options::new().read(&splice.finish()?)?.into_owned();
/// assert_eq!(graph.root().to_string(), "([[...], 1], [[...], 1])");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Clone)]
pub struct Part {
    /// Opcodes: stores are MEMOIZE, fetches LONG_BINGET with an index of its own count, and PROTO stands where rules for
    /// names change between two names.
    pub(super) image: Vec<u8>,
    /// Where the LONG_BINGETs are.
    pub(super) gets: Vec<usize>,
    /// How many MEMOIZEs there are.
    pub(super) memo: u32,
    /// The rules for the first name and for the last one.
    pub(super) names: Option<(Names, Names)>,
    pub(super) protocol: u8,
    buffers: usize,
}

/// LONG_BINGET and its index.
pub(super) const GET_SIZE: usize = 5;

impl Part {
    /// Makes the first pickle of `input` ready. What follows it is left alone.
    ///
    /// A pickle that leaves more than its value on the stack, which `pickle.loads` ignores, is tidied up. One that refers
    /// to the memo of an earlier pickle is refused.
    ///
    /// ```
    /// use brinery::{ErrorKind, Part};
    /// let error = Part::new(b"\x80\x04h\x00.").unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::MissingMemo(0)));
    /// ```
    pub fn new(input: &[u8]) -> Result<Part> {
        Part::first(input).map(|(part, _)| part)
    }

    /// Makes the first pickle of `input` ready and says where it ends.
    pub fn first(input: &[u8]) -> Result<(Part, usize)> {
        let scan = scan(input)?;
        let mut part = Part {
            image: Vec::with_capacity(scan.stop),
            gets: Vec::new(),
            memo: 0,
            names: scan.names,
            protocol: scan.protocol,
            buffers: scan.buffers,
        };
        let clean = scan.left.clean();
        if !clean {
            part.image.push(Op::Mark.code());
        }
        // Where the entries that stay are now.
        let mut numbers = vec![0; scan.fetched.len()];
        let mut done = 0;
        for change in &scan.changes {
            part.image.extend_from_slice(&input[done..change.start]);
            done = change.end;
            match change.to {
                To::Nothing => {}
                To::Names(names) => names.proto().write(&mut part.image),
                To::Put(entry) if scan.fetched[entry as usize] => numbers[entry as usize] = part.put()?,
                To::Put(_) => {}
                To::Get(entry) => part.get(numbers[entry as usize]),
            }
        }
        part.image.extend_from_slice(&input[done..scan.stop]);
        if !clean {
            // The value goes into the memo, everything off the stack, and the value back onto it.
            let value = part.put()?;
            (0..=scan.left.marks()).for_each(|_| part.image.push(Op::PopMark.code()));
            part.get(value);
        }
        part.image.shrink_to_fit();
        Ok((part, scan.stop + 1))
    }

    fn put(&mut self) -> Result<u32, ErrorKind> {
        let entry = self.memo;
        self.memo = entry.checked_add(1).ok_or(ErrorKind::NumberTooLarge)?;
        Op::Memoize.write(&mut self.image);
        Ok(entry)
    }

    fn get(&mut self, entry: u32) {
        self.gets.push(self.image.len());
        Op::LongBinGet(entry).write(&mut self.image);
    }

    /// The lowest protocol, 0 to 5, that has all of its opcodes and is not below the one it names.
    pub fn protocol(&self) -> u8 {
        self.protocol
    }

    /// How many out-of-band buffers it takes when it is loaded. Those of a spliced pickle are wanted in the order of its
    /// parts.
    pub fn buffers(&self) -> usize {
        self.buffers
    }

    /// How many bytes it takes within another pickle, at most.
    pub(super) fn size(&self) -> usize {
        // With a PROTO before and behind it.
        self.image.len() + 4
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("protocol", &self.protocol)
            .field("bytes", &self.image.len())
            .field("memo", &self.memo)
            .finish_non_exhaustive()
    }
}
