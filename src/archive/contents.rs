//! A file's bytes, mapped where it is large.

use crate::types::torch::map::Bytes;
use std::{
    fs::{self, File},
    io::{self, Read},
    ops::Deref,
    path::Path,
};

/// Below this size it costs less to read a file than to map it.
const SMALL: u64 = 256 << 10;

/// The bytes of a file.
///
/// Large ones are mapped into memory, so that only what is looked at is read: the pickle of a checkpoint and not its
/// tensors. The condition of [`Checkpoint::open`](crate::types::torch::Checkpoint::open) holds: nobody may cut the file short meanwhile.
#[derive(Debug)]
pub struct Contents(Kind);

#[derive(Debug)]
enum Kind {
    Read(Vec<u8>),
    Mapped(Bytes<'static>),
}

impl Contents {
    /// Opens a file. What is no file, such as a device or a pipe, is refused: it may have no end.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let meta = fs::metadata(path)?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        Ok(Contents(match meta.len() {
            length @ ..SMALL => Kind::Read(read(path, length)?),
            _ => Kind::Mapped(Bytes::map(path)?),
        }))
    }
}

/// Reads all of a file that was this long. `fs::read` would ask for its length once more, which shows in folders of small files.
fn read(path: &Path, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length as usize + 1);
    File::open(path)?.take(u64::MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl From<Vec<u8>> for Contents {
    fn from(bytes: Vec<u8>) -> Self {
        Contents(Kind::Read(bytes))
    }
}

impl Deref for Contents {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kind::Read(bytes) => bytes,
            Kind::Mapped(bytes) => bytes,
        }
    }
}
