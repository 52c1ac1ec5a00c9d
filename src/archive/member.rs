//! What is found in a file: members, what they are, and what is odd about them.

use std::{borrow::Cow, fmt};

/// What the bytes of a member are, as they say themselves: names and extensions are not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Nothing at all.
    Empty,
    /// One pickle, or several in a row.
    Pickle,
    /// What `joblib.dump` wrote: a pickle with the bytes of arrays between its opcodes.
    Joblib,
    /// The five pickles of `torch.save` up to torch 1.5, with storages behind them.
    TorchPickles,
    /// A zip file.
    Zip,
    /// A zip file of `torch.save`.
    Torch,
    /// A tar archive.
    Tar,
    /// Packed by gzip.
    Gzip,
    /// Packed by bzip2.
    Bzip2,
    /// Packed by xz.
    Xz,
    /// Packed by lzma, in the format before xz.
    Lzma,
    /// Packed by zlib.
    Zlib,
    /// Packed by lz4, in frames.
    Lz4,
    /// Packed by zstd, which is not unpacked.
    Zstd,
    /// A 7z archive.
    SevenZip,
    /// A numpy array, whose elements may be a pickle.
    Npy,
    /// A link of a tar archive, or something else without bytes.
    Link,
    /// A text that reads as an import and no further, such as `class Model:` and the line behind it.
    Text,
    /// None of these: whoever unpickles it comes to no import.
    Data,
    /// Bytes that could not be had.
    Refused,
}

impl Kind {
    /// Whether the member's bytes are for an unpickler.
    pub fn is_pickle(self) -> bool {
        matches!(self, Kind::Pickle | Kind::Joblib | Kind::TorchPickles)
    }

    /// A word or two for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Empty => "empty",
            Kind::Pickle => "pickle",
            Kind::Joblib => "joblib",
            Kind::TorchPickles => "torch before 1.6",
            Kind::Zip => "zip",
            Kind::Torch => "torch",
            Kind::Tar => "tar",
            Kind::Gzip => "gzip",
            Kind::Bzip2 => "bzip2",
            Kind::Xz => "xz",
            Kind::Lzma => "lzma",
            Kind::Zlib => "zlib",
            Kind::Lz4 => "lz4",
            Kind::Zstd => "zstd",
            Kind::SevenZip => "7z",
            Kind::Npy => "npy",
            Kind::Link => "link",
            Kind::Text => "text",
            Kind::Data => "no pickle",
            Kind::Refused => "not read",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// In which way a member is odd. All but [`Note`](Doubt::Note) keep a file from being called safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// Two copies of a header say different things, so that readers may see different members.
    Disagreement,
    /// A checksum is not that of the bytes, which some readers notice and others do not.
    Checksum,
    /// Bytes that no header accounts for.
    Unread,
    /// A name that leads elsewhere, or that readers take for different names.
    Name,
    /// Bytes that are not unpacked: encrypted, or by a method that is not known.
    Refused,
    /// A limit was met.
    Limit,
    /// To an unpickler, a text is an import.
    Import,
    /// It ends too early, or breaks the rules of its format.
    Damaged,
    /// Worth saying, and no reason to doubt.
    Note,
}

/// Something odd about a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// In which way.
    pub doubt: Doubt,
    /// A sentence about it. Names in it are escaped and cut.
    pub text: String,
}

impl Remark {
    pub(super) fn new(doubt: Doubt, text: impl Into<String>) -> Self {
        Remark {
            doubt,
            text: text.into(),
        }
    }
}

/// Where bytes of a member were left out: arrays and storages between pickles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// Where in [`Member::bytes`] they would stand.
    pub at: usize,
    /// How many were left out here.
    pub length: usize,
}

/// Something in a file, or the file itself.
#[derive(Debug)]
pub struct Member<'m> {
    /// The way to it: `a.zip!/b/data.pkl`. Names are escaped, so that it is printable and without line breaks.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Its bytes. Of a pickle all of them, without what is in `holes`; of others what was at hand.
    pub bytes: Cow<'m, [u8]>,
    /// The same as they lie in the archive or the file, with what was left out.
    pub raw: &'m [u8],
    /// What was left out of the bytes.
    pub holes: Vec<Hole>,
    /// What is odd about it.
    pub remarks: Vec<Remark>,
}

impl Member<'_> {
    /// Where a byte of [`bytes`](Member::bytes) is in the member as it lies in its archive.
    ///
    /// ```
    /// use brinery::archive::{Hole, Kind, Member};
    /// let holes = vec![Hole { at: 10, length: 800 }];
    /// let (path, bytes) = (String::new(), [0; 20]);
    /// let member = Member { path, kind: Kind::Joblib, bytes: bytes[..].into(), raw: &[], holes, remarks: vec![] };
    /// assert_eq!([9, 10].map(|at| member.offset(at)), [9, 810]);
    /// ```
    pub fn offset(&self, at: u64) -> u64 {
        let before = self.holes.iter().filter(|hole| hole.at as u64 <= at);
        before.fold(at, |at, hole| at.saturating_add(hole.length as u64))
    }
}

/// A name from an archive, made fit to be printed: control characters, backslashes and what is no UTF-8 are escaped.
pub(super) fn printable(name: &[u8]) -> String {
    /// No reader has longer names.
    const MOST: usize = 1024;
    let cut = name.get(..MOST).unwrap_or(name);
    let mut text = String::with_capacity(cut.len());
    for chunk in cut.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\\' => text.push_str("\\\\"),
                letter if crate::printable::is_printable(letter.into()) => text.push(letter),
                letter => text.extend(letter.escape_default()),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    if cut.len() < name.len() {
        text.push('…');
    }
    text
}
