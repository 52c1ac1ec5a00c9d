//! Where the bytes go: frames of protocol 4 and 5, and large payloads outside them.

use crate::{error::ErrorKind, limits, opcode::Op};
use std::io::Write;

/// A frame is closed when an object starts and this many bytes are in it; payloads of this size stay outside frames.
/// The size is PEP 3154's.
const FRAME_SIZE_TARGET: usize = 64 * 1024;

/// Frames shorter than this lose their header.
const FRAME_SIZE_MIN: usize = 4;

/// FRAME and its eight-byte length.
const FRAME_HEADER: usize = 9;

/// Bytes on their way out, in frames where the protocol has them.
///
/// A frame's header is reserved when the frame opens and filled in when it closes. There is always another byte to come
/// after a frame closes, so the next one opens at once.
pub(crate) struct Out<W> {
    pub(crate) bytes: Vec<u8>,
    /// Where the payload of the open frame starts, after its header.
    frame: Option<usize>,
    /// How long `bytes` must be for the frame to be full.
    full: usize,
    /// How many bytes may be written in all, and what the limit that says so is set to.
    most: usize,
    output: u64,
    sink: Option<W>,
    /// How many bytes went to the sink.
    gone: usize,
    /// How many reasons there are to leave the open frame open, because a byte in it may still change.
    held: usize,
    /// Where objects began meanwhile, and where large payloads lie.
    log: Vec<Event>,
}

/// Something that may end a frame.
#[cfg_attr(not(feature = "serde"), allow(dead_code))] // Only typed writing holds frames open.
#[derive(Debug, Clone, Copy)]
struct Event {
    at: usize,
    /// The length of a large payload with its opcode; 0 where an object begins.
    payload: usize,
}

impl<W: Write> Out<W> {
    /// Collects into memory, or hands over to a sink at each end of a frame.
    pub(crate) fn new(sink: Option<W>) -> Self {
        Out {
            bytes: Vec::new(),
            frame: None,
            full: usize::MAX,
            most: usize::MAX,
            output: 0,
            gone: 0,
            held: 0,
            log: Vec::new(),
            sink,
        }
    }

    /// Bounds what is written in all.
    pub(crate) fn bound(&mut self, most: u64, output: u64) {
        self.most = usize::try_from(most).unwrap_or(usize::MAX);
        self.output = output;
        self.full = self.full.min(self.most);
    }

    /// Counts as so many bytes more than are written: for what takes more time than its bytes.
    pub(crate) fn charge(&mut self, bytes: usize) {
        if self.most < usize::MAX {
            self.most = self.most.saturating_sub(bytes);
            self.full = self.full.min(self.most.saturating_sub(self.gone));
        }
    }

    #[inline(always)]
    pub(crate) fn op(&mut self, op: Op<'_>) {
        op.write(&mut self.bytes);
    }

    /// The lowest `length` bytes of what stands for one opcode or some: one piece of fixed size, without a look at how long
    /// it is.
    #[inline(always)]
    pub(crate) fn image(&mut self, image: u128, length: usize) {
        let end = self.bytes.len() + length;
        self.bytes.extend_from_slice(&image.to_le_bytes());
        self.bytes.truncate(end);
    }

    /// The same for several, `most` of them at most, with one look at the room for all; how many there were.
    #[inline(always)]
    pub(crate) fn images(&mut self, most: usize, images: impl Iterator<Item = (u128, usize)>) -> usize {
        const WIDTH: usize = size_of::<u128>();
        let mut at = self.bytes.len();
        self.bytes.resize(at + most * WIDTH, 0);
        let mut count = 0;
        for (image, length) in images.take(most) {
            self.bytes[at..at + WIDTH].copy_from_slice(&image.to_le_bytes());
            at += length;
            count += 1;
        }
        self.bytes.truncate(at);
        count
    }

    pub(crate) fn open_frame(&mut self) {
        self.bytes.extend_from_slice(&[0; FRAME_HEADER]);
        self.frame = Some(self.bytes.len());
        self.full_at(self.bytes.len() + FRAME_SIZE_TARGET);
    }

    fn full_at(&mut self, length: usize) {
        self.full = length.min(self.most.saturating_sub(self.gone));
    }

    /// An object starts: the place where a full frame may end.
    #[inline(always)]
    pub(crate) fn boundary(&mut self) -> Result<(), ErrorKind> {
        if self.bytes.len() < self.full {
            return Ok(());
        }
        self.next_frame()
    }

    #[cold]
    fn next_frame(&mut self) -> Result<(), ErrorKind> {
        if self.gone + self.bytes.len() >= self.most {
            return Err(limits::reached("output", self.output));
        }
        if self.held > 0 {
            self.log.push(Event {
                at: self.bytes.len(),
                payload: 0,
            });
            return Ok(());
        }
        self.close_frame()?;
        self.open_frame();
        Ok(())
    }

    /// Fills in the header of the open frame, or takes it away again if the frame is hardly larger.
    pub(crate) fn close_frame(&mut self) -> Result<(), ErrorKind> {
        let Some(start) = self.frame.take() else {
            return Ok(());
        };
        self.full_at(usize::MAX);
        let length = self.bytes.len() - start;
        let header = start - FRAME_HEADER;
        if length < FRAME_SIZE_MIN {
            self.bytes.drain(header..start);
        } else {
            let mut image = Vec::with_capacity(FRAME_HEADER);
            Op::Frame(length as u64).write(&mut image);
            self.bytes[header..start].copy_from_slice(&image);
        }
        self.flush()
    }

    /// An opcode with its payload, outside frames if the payload is large.
    #[inline(always)]
    pub(crate) fn payload(&mut self, op: Op<'_>, length: usize) -> Result<(), ErrorKind> {
        if length < FRAME_SIZE_TARGET || self.frame.is_none() {
            self.op(op);
            return Ok(());
        }
        if self.held > 0 {
            let at = self.bytes.len();
            self.op(op);
            let payload = self.bytes.len() - at;
            self.log.push(Event { at, payload });
            return Ok(());
        }
        self.close_frame()?;
        match &mut self.sink {
            Some(sink) => {
                // Two pieces, so that the payload is copied by nobody.
                let payload = op.head(&mut self.bytes);
                sink.write_all(&self.bytes)?;
                sink.write_all(payload)?;
                self.gone += self.bytes.len() + payload.len();
                self.bytes.clear();
            }
            None => self.op(op),
        }
        self.open_frame();
        Ok(())
    }

    /// How many bytes can be written before a frame is full.
    pub(crate) fn room(&self) -> usize {
        self.full.saturating_sub(self.bytes.len())
    }

    /// What was written so far, and where the payload of the open frame starts.
    #[cfg(feature = "task")]
    pub(crate) fn pause(self) -> (Vec<u8>, Option<usize>) {
        (self.bytes, self.frame)
    }

    /// Goes on where a pickle was left that has not gone to a sink, with room for so many bytes more.
    #[cfg(feature = "task")]
    pub(crate) fn resume(&mut self, bytes: &[u8], frame: Option<usize>, more: usize) {
        self.bytes.reserve_exact(bytes.len() + more);
        self.bytes.extend_from_slice(bytes);
        self.frame = frame;
        self.full_at(frame.map_or(usize::MAX, |start| start + FRAME_SIZE_TARGET));
    }

    /// Hands what is finished over to the sink, if there is one.
    pub(crate) fn flush(&mut self) -> Result<(), ErrorKind> {
        if let Some(sink) = &mut self.sink {
            sink.write_all(&self.bytes)?;
            self.gone += self.bytes.len();
            self.bytes.clear();
        }
        Ok(())
    }
}

/// Second thoughts, for those who write before they know what comes.
#[cfg(feature = "serde")]
impl<W: Write> Out<W> {
    /// Forgets what was not handed over, so that another pickle can begin.
    pub(crate) fn reset(&mut self) {
        self.bytes.clear();
        self.log.clear();
        self.frame = None;
        self.held = 0;
        self.full = usize::MAX;
    }

    /// The sink.
    pub(crate) fn into_sink(self) -> Option<W> {
        self.sink
    }

    /// How many bytes there are so far. Where something stands is told by what this was.
    #[inline(always)]
    pub(crate) fn position(&self) -> usize {
        self.gone + self.bytes.len()
    }

    /// Where a byte is that may still change: in the open frame, or anywhere where there are no frames.
    fn changeable(&self, position: usize) -> Option<usize> {
        let at = position.checked_sub(self.gone)?;
        (at >= self.frame.unwrap_or(0) && at <= self.bytes.len()).then_some(at)
    }

    /// Puts a mark at a position; false if that is no longer possible.
    pub(crate) fn insert_mark(&mut self, position: usize) -> bool {
        let Some(at) = self.changeable(position) else {
            return false;
        };
        self.bytes.insert(at, Op::Mark.code());
        let after = self.log.partition_point(|event| event.at < at);
        self.log[after..].iter_mut().for_each(|event| event.at += 1);
        true
    }

    /// Takes away the mark at a position; false if that is no longer possible.
    pub(crate) fn remove_mark(&mut self, position: usize) -> bool {
        let Some(at) = self.changeable(position) else {
            return false;
        };
        if self.bytes.get(at) != Some(&Op::Mark.code()) {
            return false;
        }
        self.bytes.remove(at);
        let after = self.log.partition_point(|event| event.at <= at);
        self.log[after..].iter_mut().for_each(|event| event.at -= 1);
        true
    }

    /// Leaves the open frame open, however large it gets, until as many [`release`](Self::release)s.
    pub(crate) fn hold(&mut self) {
        if self.frame.is_some() {
            self.held += 1;
            self.full = 0;
        }
    }

    /// Closes the frames that would have been closed meanwhile.
    pub(crate) fn release(&mut self) -> Result<(), ErrorKind> {
        self.held = self.held.saturating_sub(1);
        let Some(start) = self.frame.filter(|_| self.held == 0) else {
            return Ok(());
        };
        self.full = start + FRAME_SIZE_TARGET;
        let log = std::mem::take(&mut self.log);
        if self.bytes.len() < self.full {
            return Ok(());
        }
        let held = self.bytes.split_off(start);
        let mut done = start;
        let mut copy = |out: &mut Self, upto: usize| {
            out.bytes.extend_from_slice(&held[done - start..upto - start]);
            done = upto;
        };
        for Event { at, payload } in log {
            copy(self, at);
            if payload == 0 {
                self.boundary()?;
            } else {
                self.close_frame()?;
                copy(self, at + payload);
                self.flush()?;
                self.open_frame();
            }
        }
        copy(self, start + held.len());
        Ok(())
    }
}
