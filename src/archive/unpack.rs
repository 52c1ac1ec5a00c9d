//! What is packed → its bytes: a little at first, to see what they are, and the rest where it is worth it.

use super::{Doubt, Kind, Remark, bzip2::Bzip2};
use flate2::{Decompress, FlushDecompress, bufread::GzDecoder};
use std::io::{self, Read};

/// How something is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zlib,
    Bzip2,
    Xz,
    Lzma,
    Lz4,
    /// Inside zip and 7z.
    Deflate,
}

impl Packing {
    pub(super) fn of(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Gzip => Packing::Gzip,
            Kind::Zlib => Packing::Zlib,
            Kind::Bzip2 => Packing::Bzip2,
            Kind::Xz => Packing::Xz,
            Kind::Lzma => Packing::Lzma,
            Kind::Lz4 => Packing::Lz4,
            _ => return None,
        })
    }
}

/// One stream of packed bytes. None of them reads ahead, so that it is known what lies behind.
enum Stream<'a> {
    Gzip(Box<GzDecoder<&'a [u8]>>),
    Deflate(Box<Fed<'a, Decompress>>),
    Bzip2(Box<Bzip2<&'a [u8]>>),
    Lz4(Box<lz4_flex::frame::FrameDecoder<&'a [u8]>>),
    Xz(Box<Fed<'a, lzma_rust2::XzStream>>),
    Lzma(Box<Fed<'a, lzma_rust2::LzmaStream>>),
    Done,
}

/// A decoder that is fed, and what it has not been fed yet.
pub(super) struct Fed<'a, S> {
    pub(super) stream: S,
    pub(super) rest: &'a [u8],
    ended: bool,
}

impl<'a, S> Fed<'a, S> {
    pub(super) fn new(stream: S, rest: &'a [u8]) -> Self {
        Fed {
            stream,
            rest,
            ended: false,
        }
    }
}

/// What takes bytes and gives bytes: how many it took, how many it gave, and whether that was all.
pub(super) trait Process {
    fn process(&mut self, input: &[u8], out: &mut [u8]) -> io::Result<(usize, usize, bool)>;
}

macro_rules! process {
    ($($stream:ty)*) => {$(
        impl Process for $stream {
            fn process(&mut self, input: &[u8], out: &mut [u8]) -> io::Result<(usize, usize, bool)> {
                let done = self.process(input, out, lzma_rust2::Action::Finish)?;
                let ended = done.status == lzma_rust2::Status::StreamEnd;
                Ok((done.bytes_consumed, done.bytes_produced, ended))
            }
        }
    )*};
}
process!(lzma_rust2::XzStream lzma_rust2::LzmaStream lzma_rust2::Lzma2Stream);

impl Process for Decompress {
    fn process(&mut self, input: &[u8], out: &mut [u8]) -> io::Result<(usize, usize, bool)> {
        let before = (self.total_in(), self.total_out());
        let status = self.decompress(input, out, FlushDecompress::None)?;
        let used = [self.total_in() - before.0, self.total_out() - before.1].map(|count| count as usize);
        Ok((used[0], used[1], status == flate2::Status::StreamEnd))
    }
}

impl<S: Process> Read for Fed<'_, S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ended || out.is_empty() {
            return Ok(0);
        }
        loop {
            let (took, gave, ended) = self.stream.process(self.rest, out)?;
            self.rest = self.rest.get(took..).unwrap_or_default();
            self.ended = ended;
            if gave > 0 || ended {
                return Ok(gave);
            }
            if took == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// Unpacks a stream, or several of a kind in a row.
pub(super) struct Unpacker<'a> {
    packing: Packing,
    /// From the start of the present stream.
    input: &'a [u8],
    stream: Stream<'a>,
    /// What has been unpacked.
    pub(super) bytes: Vec<u8>,
    pub(super) remarks: Vec<Remark>,
}

impl<'a> Unpacker<'a> {
    pub(super) fn new(packing: Packing, input: &'a [u8]) -> Self {
        let mut unpacker = Unpacker {
            packing,
            input,
            stream: Stream::Done,
            bytes: Vec::new(),
            remarks: Vec::new(),
        };
        unpacker.begin();
        unpacker
    }

    fn begin(&mut self) {
        let input = self.input;
        self.stream = match self.packing {
            Packing::Gzip => Stream::Gzip(Box::new(GzDecoder::new(input))),
            Packing::Zlib => Stream::Deflate(Box::new(Fed::new(Decompress::new(true), input))),
            Packing::Deflate => Stream::Deflate(Box::new(Fed::new(Decompress::new(false), input))),
            Packing::Bzip2 => Stream::Bzip2(Box::new(Bzip2::new(input))),
            Packing::Lz4 => Stream::Lz4(Box::new(lz4_flex::frame::FrameDecoder::new(input))),
            // Its window grows with what comes out, so that what a header claims costs nothing.
            Packing::Xz => Stream::Xz(Box::new(Fed::new(lzma_rust2::XzStream::new(false), input))),
            Packing::Lzma => {
                let stream = lzma_rust2::LzmaStream::new_mem_limit(u32::MAX, None);
                Stream::Lzma(Box::new(Fed::new(stream, input)))
            }
        };
    }

    /// What stands behind the streams that have ended without a fault.
    pub(super) fn behind(&self) -> &'a [u8] {
        let damaged = self.remarks.iter().any(|remark| remark.doubt != Doubt::Unread);
        if damaged || !self.is_done() { &[] } else { self.input }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.stream, Stream::Done)
    }

    /// Unpacks until there are `most` bytes, or the end.
    pub(super) fn fill(&mut self, most: u64) {
        let mut chunk = vec![0; 16 << 10];
        while !self.is_done() && (self.bytes.len() as u64) < most {
            let room = (most - self.bytes.len() as u64).min(chunk.len() as u64) as usize;
            let Some(out) = chunk.get_mut(..room) else { return };
            let read = match &mut self.stream {
                Stream::Gzip(stream) => stream.read(out),
                Stream::Deflate(stream) => stream.read(out),
                Stream::Bzip2(stream) => stream.read(out),
                Stream::Lz4(stream) => stream.read(out),
                Stream::Xz(stream) => stream.read(out),
                Stream::Lzma(stream) => stream.read(out),
                Stream::Done => return,
            };
            match read {
                Ok(0) => self.next(),
                Ok(read) => self.bytes.extend_from_slice(out.get(..read).unwrap_or_default()),
                Err(error) => self.fail(&error),
            }
        }
    }

    /// A stream has ended: another one may follow.
    fn next(&mut self) {
        let input = self.input;
        let rest: &[u8] = match std::mem::replace(&mut self.stream, Stream::Done) {
            Stream::Gzip(stream) => stream.into_inner(),
            Stream::Deflate(stream) => stream.rest,
            Stream::Bzip2(stream) => input.get(stream.used()..).unwrap_or_default(),
            Stream::Lz4(stream) => stream.into_inner(),
            Stream::Xz(stream) => stream.rest,
            Stream::Lzma(stream) => {
                let unused = stream.rest.len().saturating_add(stream.stream.unused_input().len());
                input.get(input.len().saturating_sub(unused)..).unwrap_or_default()
            }
            Stream::Done => return,
        };
        let used = input.get(..input.len().saturating_sub(rest.len())).unwrap_or_default();
        if self.packing == Packing::Lz4 && !lz4_ended(used) {
            self.remarks
                .push(Remark::new(Doubt::Damaged, "it ends inside a frame of lz4"));
        }
        // Between streams zeros may stand, as gzip's and xz's readers have it.
        let zeros = rest.iter().take_while(|byte| **byte == 0).count();
        self.input = rest.get(zeros..).unwrap_or_default();
        // Everything must be taken off the input, or the next stream would be this one again.
        if self.input.is_empty() || used.is_empty() {
            return;
        }
        let again: &[u8] = match self.packing {
            Packing::Gzip => b"\x1f\x8b",
            Packing::Bzip2 => b"BZh",
            Packing::Xz => b"\xfd7zXZ\0",
            Packing::Lz4 => b"\x04\x22\x4d\x18",
            _ => &[],
        };
        if !again.is_empty() && self.input.starts_with(again) {
            self.begin();
            return;
        }
        let text = format!("{} bytes behind what is packed are not read", self.input.len());
        self.remarks.push(Remark::new(Doubt::Unread, text));
    }

    fn fail(&mut self, error: &io::Error) {
        self.stream = Stream::Done;
        let (doubt, what) = match error.kind() {
            io::ErrorKind::UnexpectedEof => (Doubt::Damaged, "it ends too early".to_owned()),
            _ => {
                let what = error.to_string();
                let checks = ["crc", "checksum", "check value", "checksums"];
                let wrong = checks.iter().any(|word| what.to_ascii_lowercase().contains(word));
                (if wrong { Doubt::Checksum } else { Doubt::Damaged }, what)
            }
        };
        let text = format!(
            "cannot be unpacked to the end: {what} (after {} bytes)",
            self.bytes.len()
        );
        self.remarks.push(Remark::new(doubt, text));
    }
}

/// What bz2 or xz has packed, up to so many bytes or to what is wrong, and whether there is more.
#[cfg(feature = "scan")]
pub(crate) fn unpacked(bytes: &[u8], limit: usize) -> Option<(Vec<u8>, bool)> {
    let packing = match bytes {
        [b'B', b'Z', b'h', ..] => Packing::Bzip2,
        [0xfd, b'7', ..] => Packing::Xz,
        _ => return None,
    };
    let mut unpacker = Unpacker::new(packing, bytes);
    unpacker.fill(limit as u64);
    let more = !unpacker.is_done();
    Some((unpacker.bytes, more))
}

/// Whether a frame of lz4 ends with its mark, behind which a checksum may be: the reader is content without.
fn lz4_ended(used: &[u8]) -> bool {
    // The old format has no mark.
    if !used.starts_with(b"\x04\x22\x4d\x18") {
        return true;
    }
    let has_checksum = used.get(4).is_some_and(|flags| flags & 4 != 0);
    let end = used.len().saturating_sub(if has_checksum { 4 } else { 0 });
    let mark = end.checked_sub(4).and_then(|start| used.get(start..end));
    mark == Some(&[0; 4])
}
