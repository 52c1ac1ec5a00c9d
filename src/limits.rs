//! How much a stream may ask for.

/// Limits on what reading one input may use. Each has a name that errors quote.
///
/// Lengths in a stream never allocate ahead of the bytes that are there, and every value on the stack costs the stream
/// at least one byte, so most defaults are the widths of our own indices; tighten them for small machines.
///
/// ```
/// use brinery::{Limits, Options};
/// let limits = Limits { stack: 10, ..Limits::default() };
/// let error = Options::new().limits(limits).read(&[b'N'; 100]).unwrap_err();
/// assert_eq!(error.to_string(), "NONE at byte 10: the limit `stack` of 10 is reached");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Values on the stack at one time.
    pub stack: usize,
    /// Marks on the stack at one time.
    pub marks: usize,
    /// Entries in the memo.
    pub memo: usize,
    /// Objects with identity in a graph, and references between them: 2³² − 1, the width of their index.
    pub nodes: usize,
    /// Decimal digits of an int written as text: 4300, CPython's `sys.int_info.default_max_str_digits`, since the
    /// conversion takes time quadratic in the digits (CVE-2020-10735).
    pub digits: usize,
    /// Bytes taken from a reader.
    pub bytes: u64,
    /// Containers and objects in each other, for typed reading: 128. Rust types are read and dropped by recursion, so
    /// this bounds the stack they take: in a build without optimization less than the 2 MiB that Rust gives a thread, and
    /// more than 1 MiB. Graphs have no such limit.
    pub depth: usize,
    /// How many values typed reading may hand out for each one that the graph holds: 100, and a million to begin with. The
    /// same for bytes of text and `bytes` (the free ones are 64 MiB). A shared object is read once for each reference to
    /// it, so that a few bytes can stand for any number of values.
    pub expansion: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            stack: usize::MAX,
            marks: usize::MAX,
            memo: usize::MAX,
            nodes: u32::MAX as usize,
            digits: 4300,
            bytes: u64::MAX,
            depth: 128,
            expansion: 100,
        }
    }
}
