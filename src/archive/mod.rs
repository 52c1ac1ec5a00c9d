//! What is in a file: containers opened, what is packed unpacked, and every member told what it is (feature `archive`).
//!
//! Pickles travel in zip files (PyTorch's, numpy's), in tar and 7z archives, packed by half a dozen programs, with arrays
//! between them, and in each other. [`members`] finds them all by what the bytes are, never by what a name says, and says
//! what is odd on the way: headers that disagree with their copies, wrong checksums, bytes that nobody reads. Nothing is
//! written anywhere, and [`ArchiveLimits`] bounds what it costs.
//!
//! ```
//! use brinery::archive::{ArchiveLimits, Kind, members};
//! use std::io::Write;
//! let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
//! gzip.write_all(b"\x80\x04]K\x01a.")?;
//! let mut found = Vec::new();
//! members(&gzip.finish()?, "list.pkl.gz", &ArchiveLimits::default(), &mut |member| {
//!     found.push((member.path, member.kind, member.bytes.len()));
//! });
//! assert_eq!(found[1], ("list.pkl.gz!".to_owned(), Kind::Pickle, 7));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! What is read as its loader reads it:
//!
//! | found | members |
//! |---|---|
//! | zip | where the directory says and where headers say; a header that only one of Python's and PyTorch's readers minds is told, and the member is read |
//! | gzip, bz2, xz, lzma, zlib, lz4 | their content; several streams in a row are one |
//! | tar, 7z | their files |
//! | npy | the pickle of an array of objects |
//! | joblib | the pickle without the arrays' bytes, and the pickles of arrays of objects |
//! | torch before 1.6 | the five pickles; the storages are left alone |

mod bzip2;
mod contents;
mod joblib;
#[cfg(feature = "scan")]
mod judge;
mod legacy;
mod limits;
mod member;
mod npy;
mod probe;
mod seven;
mod sniff;
mod tar;
mod unpack;
mod walk;
mod zip;

pub use contents::Contents;
#[cfg(feature = "scan")]
pub use judge::{FileReport, FileScan, Judged, scan_file};
pub use limits::ArchiveLimits;
pub use member::{Doubt, Hole, Kind, Member, Remark};
#[cfg(feature = "scan")]
pub(crate) use unpack::unpacked;

/// Hands over a file and all that is in it, each container before its members, in the order of the file.
///
/// `name` is how paths begin. Whatever the bytes are, this neither fails nor panics: what cannot be read is a member of
/// the kind [`Refused`](Kind::Refused) with a remark that says why.
pub fn members(bytes: &[u8], name: &str, limits: &ArchiveLimits, sink: &mut dyn FnMut(Member<'_>)) {
    walk::Walk::new(bytes, limits, sink).file(bytes, name);
}
