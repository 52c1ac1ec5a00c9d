//! The bytes of a file: mapped into memory, or given by the caller.
#![allow(unsafe_code)]

use memmap2::Mmap;
use std::{fs::File, io, ops::Deref, path::Path};

/// The bytes of a file.
#[derive(Debug)]
pub(crate) enum Bytes<'a> {
    Mapped(Mmap),
    Given(&'a [u8]),
}

impl Bytes<'static> {
    /// Maps a file. Its pages are read when they are looked at, and can be dropped again at any time.
    pub(crate) fn map(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: a map is sound as long as nobody changes the file under it, which no operating system can promise.
        // What is done with the bytes does not lean on it: lengths and offsets are checked against the length of the map,
        // which is fixed, no text is borrowed from the map (the pickle is copied before it is looked at), and tensor
        // elements are plain numbers of which every bit pattern is valid. `Checkpoint::open` hands the condition on.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Bytes::Mapped(map))
    }
}

impl Deref for Bytes<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            Bytes::Given(bytes) => bytes,
        }
    }
}
