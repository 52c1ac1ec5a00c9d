//! What a reader has given, kept until a value is made of it.

use std::io::{self, Read};

/// A reader whose bytes are kept, so that an error can name the byte of a value that does not fit.
#[derive(Debug)]
pub(super) struct Seen<R> {
    reader: R,
    bytes: Vec<u8>,
    /// The offset of the first of them in the stream.
    base: u64,
}

impl<R> Seen<R> {
    pub(super) fn new(reader: R) -> Self {
        Seen {
            reader,
            bytes: Vec::new(),
            base: 0,
        }
    }

    /// Keeps nothing from before this offset.
    pub(super) fn forget(&mut self, until: u64) {
        let before = usize::try_from(until.saturating_sub(self.base)).unwrap_or(usize::MAX);
        self.bytes.drain(..before.min(self.bytes.len()));
        self.base = until;
    }

    /// The bytes from this offset on.
    pub(super) fn since(&self, start: u64) -> Option<&[u8]> {
        let before = usize::try_from(start.checked_sub(self.base)?).ok()?;
        self.bytes.get(before..)
    }

    pub(super) fn into_inner(self) -> R {
        self.reader
    }
}

impl<R: Read> Read for Seen<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        self.bytes.extend_from_slice(into.get(..count).unwrap_or_default());
        Ok(count)
    }
}
