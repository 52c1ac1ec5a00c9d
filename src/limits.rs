//! How much a stream may ask for.

use crate::error::{Error, ErrorKind};

/// Limits on what reading one input may use. Each has a name that errors quote.
///
/// Lengths in a stream never allocate ahead of the bytes that are there, and every value on the stack costs the stream
/// at least one byte, so most counts are unlimited: what bounds them all is [`memory`](Limits::memory). Tighten them
/// where you know better, or where many inputs are read at a time.
///
/// ```
/// use brinery::{Limits, Options};
/// let limits = Limits { stack: 10, ..Limits::default() };
/// let error = Options::new().limits(limits).read(&[b'N'; 100]).unwrap_err();
/// assert_eq!(error.to_string(), "NONE at byte 10: the limit `stack` of 10 is reached");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the input: of a slice as a whole, of a reader as they are taken.
    pub bytes: u64,
    /// Bytes of memory for each byte of the input, beside 16 MiB to begin with: 64. What the graph and the machine hold at
    /// one time counts; not the input itself.
    pub memory: u64,
    /// Values on the stack at one time.
    pub stack: usize,
    /// Marks on the stack at one time.
    pub marks: usize,
    /// Entries in the memo.
    pub memo: usize,
    /// Objects with identity in a graph, and references between them: 2³² − 1, the width of their index.
    pub nodes: usize,
    /// Bytes of text, `bytes` and `bytearray` in all.
    pub payload: u64,
    /// Decimal digits of an int written as text: 4300, CPython's `sys.int_info.default_max_str_digits`, since the
    /// conversion takes time quadratic in the digits (CVE-2020-10735).
    pub digits: usize,
    /// Out-of-band buffers asked for.
    pub buffers: usize,
    /// Pickles in one input, where several are read.
    pub pickles: u64,
    /// Bytes that may be written for each object and each reference of a graph: 32, a quarter of that for each byte of its
    /// text, and 16 MiB to begin with. What is written once never takes as much; but ints, imports and, in fast mode,
    /// everything are written for each reference to them, and a few bytes can make any number of those.
    pub output: u64,
    /// Containers and objects in each other, for typed reading: 128. Rust types are read and dropped by recursion, so
    /// this bounds the stack they take: in a build without optimization less than the 2 MiB that Rust gives a thread, and
    /// more than 1 MiB. Graphs have no such limit.
    pub depth: usize,
    /// How many values typed reading may hand out for each one that the graph holds: 100, and a million to begin with. The
    /// same for bytes of text and `bytes` (the free ones are 64 MiB). A shared object is read once for each reference to
    /// it, so that a few bytes can stand for any number of values.
    pub expansion: u64,
}

/// What is free of [`Limits::memory`] and of [`Limits::output`].
pub(crate) const FREE: u64 = 16 << 20;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: u64::MAX,
            memory: 64,
            stack: usize::MAX,
            marks: usize::MAX,
            memo: usize::MAX,
            nodes: u32::MAX as usize,
            payload: u64::MAX,
            digits: 4300,
            buffers: u32::MAX as usize,
            pickles: u64::MAX,
            output: 32,
            depth: 128,
            expansion: 100,
        }
    }
}

impl Limits {
    /// The names of all limits, as errors quote them.
    pub const NAMES: [&'static str; 13] = [
        "bytes",
        "memory",
        "stack",
        "marks",
        "memo",
        "nodes",
        "payload",
        "digits",
        "buffers",
        "pickles",
        "output",
        "depth",
        "expansion",
    ];

    /// Sets a limit by its name; false if there is none of that name.
    ///
    /// ```
    /// use brinery::Limits;
    /// let mut limits = Limits::default();
    /// assert!(limits.set("stack", 1000) && !limits.set("stick", 1000));
    /// assert_eq!(limits.stack, 1000);
    /// ```
    pub fn set(&mut self, name: &str, value: u64) -> bool {
        let size = usize::try_from(value).unwrap_or(usize::MAX);
        match name {
            "bytes" => self.bytes = value,
            "memory" => self.memory = value,
            "stack" => self.stack = size,
            "marks" => self.marks = size,
            "memo" => self.memo = size,
            "nodes" => self.nodes = size,
            "payload" => self.payload = value,
            "digits" => self.digits = size,
            "buffers" => self.buffers = size,
            "pickles" => self.pickles = value,
            "output" => self.output = value,
            "depth" => self.depth = size,
            "expansion" => self.expansion = value,
            _ => return false,
        }
        true
    }

    /// An error if an input is longer than it may be.
    pub(crate) fn check_bytes(&self, bytes: usize) -> Result<(), Error> {
        if bytes as u64 > self.bytes {
            return Err(reached("bytes", self.bytes).at(self.bytes, None));
        }
        Ok(())
    }

    /// Counts one more pickle of several, which starts at a byte.
    #[inline]
    pub(crate) fn another(&self, pickles: &mut u64, offset: u64) -> Result<(), Error> {
        if *pickles >= self.pickles {
            return Err(reached("pickles", self.pickles).at(offset, None));
        }
        *pickles += 1;
        Ok(())
    }
}

/// The error that says so.
#[cold]
pub(crate) fn reached(name: &'static str, limit: u64) -> ErrorKind {
    ErrorKind::Limit { name, limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_sets_a_limit_of_its_own() {
        let mut seen = vec![Limits::default()];
        for name in Limits::NAMES {
            let mut limits = Limits::default();
            assert!(limits.set(name, 7));
            let shown = format!("{limits:?}");
            assert!(shown.contains(&format!("{name}: 7")), "{shown}");
            assert!(!seen.contains(&limits));
            seen.push(limits);
        }
        assert_eq!(
            format!("{:?}", Limits::default()).matches(": ").count(),
            Limits::NAMES.len()
        );
    }
}
