//! `.pyc` files: a header and the code object of a module (`importlib/_bootstrap_external.py`, PEP 552).

use super::{Notes, read};
use crate::{
    Graph, Limits,
    error::{ErrorKind, Result},
    function::Code,
};

/// Magic numbers from the first alpha of a version to its last release, and the one that releases have.
static MAGIC: &[(u16, u16, u8, u16)] = &[
    (3400, 3413, 8, 3413),
    (3420, 3425, 9, 3425),
    (3430, 3439, 10, 3439),
    (3450, 3495, 11, 3495),
    (3500, 3531, 12, 3531),
    (3550, 3571, 13, 3571),
];

/// Flags, and the time and size of the source or its hash.
const HEADER: usize = 16;

/// What a `.pyc` file says of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// When the source was written, in seconds since 1970, and its size in bytes, both in their lowest 32 bits.
    Timestamp {
        /// Seconds since 1970.
        mtime: u32,
        /// Bytes.
        size: u32,
    },
    /// The SipHash of the source (PEP 552), and whether the interpreter checks it.
    Hash {
        /// As in the file.
        hash: [u8; 8],
        /// Whether the source is looked at each time.
        checked: bool,
    },
}

/// A `.pyc` file, read.
#[derive(Debug, Clone)]
pub struct Pyc<'a> {
    /// The minor version of the CPython 3 that has compiled it.
    pub minor: u8,
    /// What it says of its source.
    pub origin: Origin,
    /// The code object of the module is the root.
    pub graph: Graph<'a>,
    /// What only marshal knows.
    pub notes: Notes,
}

/// The magic number of the releases of CPython 3.`minor`, for 3.8 to 3.13.
pub fn magic(minor: u8) -> Option<u16> {
    MAGIC.iter().find(|row| row.2 == minor).map(|row| row.3)
}

/// The minor version that has this magic number, alphas and betas included.
pub fn minor_of(magic: u16) -> Option<u8> {
    MAGIC
        .iter()
        .find(|row| (row.0..=row.1).contains(&magic))
        .map(|row| row.2)
}

/// Reads a `.pyc` file of CPython 3.8 to 3.13.
///
/// ```
/// use brinery::marshal::pyc;
/// let error = pyc::read(b"\x03\xf3\r\n12345678901234").unwrap_err();
/// assert_eq!(error.to_string(), "at byte 0: the magic number 62211 is of no CPython from 3.8 to 3.13");
/// ```
pub fn read(input: &[u8]) -> Result<Pyc<'_>> {
    read_with(input, &Limits::default())
}

/// Reads a `.pyc` file with limits; see [`Options::limits`](super::Options::limits).
pub fn read_with<'a>(input: &'a [u8], limits: &Limits) -> Result<Pyc<'a>> {
    let malformed = |why: String, at: u64| ErrorKind::Malformed(why.into()).at(at, None);
    let Some(header) = input.first_chunk::<HEADER>() else {
        return Err(ErrorKind::Truncated.at(input.len() as u64, None));
    };
    let word = |at: usize| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&header[at..at + 4]);
        u32::from_le_bytes(bytes)
    };
    let magic = word(0) as u16;
    if header[2..4] != *b"\r\n" {
        return Err(malformed(
            "no .pyc file: its magic number does not end in CR and LF".into(),
            0,
        ));
    }
    let Some(minor) = minor_of(magic) else {
        let why = format!("the magic number {magic} is of no CPython from 3.8 to 3.13");
        return Err(malformed(why, 0));
    };
    let origin = match word(4) {
        0 => Origin::Timestamp {
            mtime: word(8),
            size: word(12),
        },
        flags @ (1 | 3) => {
            let mut hash = [0; 8];
            hash.copy_from_slice(&header[8..]);
            Origin::Hash {
                hash,
                checked: flags == 3,
            }
        }
        flags => {
            return Err(malformed(
                format!("a .pyc file with the flags {flags}, which no version has"),
                4,
            ));
        }
    };
    let (graph, notes, _) = read::read(input, HEADER, minor, limits)?;
    match Code::of(graph.root())? {
        Some(_) if graph.root().as_object().is_some() => {}
        _ => return Err(malformed("a .pyc file without a code object".into(), HEADER as u64)),
    }
    Ok(Pyc {
        minor,
        origin,
        graph,
        notes,
    })
}

impl Pyc<'_> {
    /// Writes the file: header and code object.
    pub fn to_vec(&self) -> Result<Vec<u8>> {
        let unknown = ErrorKind::Unwritable("no CPython from 3.8 to 3.13");
        let magic = magic(self.minor).ok_or(unknown)?;
        let mut out = magic.to_le_bytes().to_vec();
        out.extend(b"\r\n");
        match self.origin {
            Origin::Timestamp { mtime, size } => {
                out.extend([0; 4]);
                out.extend(mtime.to_le_bytes());
                out.extend(size.to_le_bytes());
            }
            Origin::Hash { hash, checked } => {
                out.extend([if checked { 3 } else { 1 }, 0, 0, 0]);
                out.extend(hash);
            }
        }
        out.extend(super::Options::new(self.minor).write_with(&self.graph, &self.notes)?);
        Ok(out)
    }
}
