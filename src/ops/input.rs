//! The machine driven over a reader, from which no byte is taken that the pickle does not need.

use super::{Failure, parse_failure, truncated};
use crate::{
    arg::{Needed, ParseError},
    error::ErrorKind,
    heap::Heap,
    machine::{Machine, Rules},
    opcode::Op,
    supply::Supply,
};

/// The bytes of a stream, read as they are needed and never beyond.
///
/// Reads are exact: nothing after STOP is taken, except what a frame that the pickle announces includes (as CPython
/// does). Without frames, below protocol 4, that means one small read per opcode, so give it a
/// [`BufReader`](std::io::BufReader).
#[derive(Debug)]
pub struct Input<R> {
    read: R,
    buffer: Vec<u8>,
    at: usize,
    /// The offset of the buffer's first byte in the stream.
    base: u64,
    frame_end: u64,
    /// Whether what was read stays in the buffer, to be read again.
    #[cfg(feature = "scan")]
    hold: bool,
}

impl<R: Supply> Input<R> {
    /// Starts at the reader's present position, which is offset 0.
    pub fn new(read: R) -> Self {
        Input {
            read,
            buffer: Vec::new(),
            at: 0,
            base: 0,
            frame_end: u64::MAX,
            #[cfg(feature = "scan")]
            hold: false,
        }
    }

    /// Reads one pickle ahead and holds it against the policy. One that does not get to its STOP is let pass: reading it
    /// again meets the same error.
    #[cfg(feature = "scan")]
    #[cold]
    fn admit(&mut self, policy: &crate::scan::Policy, limit: u64) -> Result<(), Failure<ErrorKind>> {
        let start = self.at;
        self.hold = true;
        let stopped = loop {
            let needed = match Op::parse(self.buffer.get(self.at..).unwrap_or_default()) {
                Ok((rest, op)) => {
                    self.at = self.buffer.len() - rest.len();
                    if op == Op::Stop {
                        break true;
                    }
                    continue;
                }
                Err(ParseError::Incomplete(needed)) => needed,
                Err(_) => break false,
            };
            if self.refill(needed, limit).is_err() {
                break false;
            }
        };
        self.hold = false;
        let end = std::mem::replace(&mut self.at, start);
        match self.buffer.get(start..end) {
            Some(pickle) if stopped => crate::scan::admit(pickle, self.offset(), policy),
            _ => Ok(()),
        }
    }

    /// The offset of the next unread opcode.
    pub fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Whether the reader has ended. If it has not, the byte that says so is kept for the next pickle.
    #[cfg(feature = "serde")]
    pub(crate) fn is_at_end(&mut self) -> Result<bool, ErrorKind> {
        if self.at < self.buffer.len() {
            return Ok(false);
        }
        match self.fetch(1, u64::MAX) {
            Ok(()) => Ok(false),
            Err(ErrorKind::Truncated) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// How many bytes were taken from the reader.
    fn taken(&self) -> u64 {
        self.base + self.buffer.len() as u64
    }

    /// Gives the reader back. What a frame announced beyond STOP has been read and is lost.
    pub fn into_inner(self) -> R {
        self.read
    }

    /// The reader.
    pub fn get_ref(&self) -> &R {
        &self.read
    }

    /// Takes back what lies behind the pickle and its reader can give again.
    fn settle(&mut self) -> Result<(), ErrorKind> {
        let unused = self.buffer.len() - self.at;
        let back = self.read.settle(unused)?;
        self.buffer.truncate(self.at + unused.saturating_sub(back));
        Ok(())
    }

    #[cfg(feature = "serde")]
    pub(crate) fn reader_mut(&mut self) -> &mut R {
        &mut self.read
    }

    /// Appends `wanted` more bytes to the buffer; what is not there any more is an error.
    #[cold]
    fn fetch(&mut self, wanted: u64, limit: u64) -> Result<(), ErrorKind> {
        let read = self.base + self.buffer.len() as u64;
        // Without a limit a false length is a truncation, however large it is.
        if limit < u64::MAX && wanted > limit.saturating_sub(read) {
            return Err(ErrorKind::Limit { name: "bytes", limit });
        }
        let before = self.buffer.len();
        self.read.fill(wanted, &mut self.buffer)?;
        if ((self.buffer.len() - before) as u64) < wanted {
            return Err(ErrorKind::Truncated);
        }
        Ok(())
    }

    /// Makes room, then reads what the opcode at `at` lacks.
    #[cold]
    fn refill(&mut self, needed: Needed, limit: u64) -> Result<(), ErrorKind> {
        #[cfg(feature = "scan")]
        let used = if self.hold { 0 } else { self.at };
        #[cfg(not(feature = "scan"))]
        let used = self.at;
        self.buffer.drain(..used);
        self.base += used as u64;
        self.at -= used;
        let at_opcode = self.buffer.is_empty();
        let outcome = match needed {
            Needed::Size(n) => self.fetch(n.get() as u64, limit),
            Needed::Unknown => self.fetch_line(limit),
        };
        outcome.map_err(|error| match error {
            ErrorKind::Truncated if at_opcode && self.buffer.is_empty() => ErrorKind::EndOfInput,
            ErrorKind::Truncated => truncated(&self.buffer),
            error => error,
        })
    }

    /// Reads to the end of a line. Byte by byte where bytes are counted: what follows is not ours to take.
    fn fetch_line(&mut self, limit: u64) -> Result<(), ErrorKind> {
        if limit == u64::MAX {
            let before = self.buffer.len();
            self.read.line(&mut self.buffer)?;
            if !self.buffer[before..].contains(&b'\n') {
                return Err(ErrorKind::Truncated);
            }
            return Ok(());
        }
        loop {
            self.fetch(1, limit)?;
            if self.buffer.last() == Some(&b'\n') {
                return Ok(());
            }
        }
    }

    /// Keeps account of frames, as [`Ops::frame`] does, and reads a frame that is announced.
    #[cold]
    fn frame(&mut self, start: u64, end: u64, frame: Option<u64>, limits: (Rules, u64)) -> Result<(), ErrorKind> {
        let (rules, limit) = limits;
        if rules == Rules::Strict && end > self.frame_end && start + 1 < self.frame_end {
            return Err(ErrorKind::FrameOverrun);
        }
        if end >= self.frame_end {
            self.frame_end = u64::MAX;
        }
        if let Some(size) = frame {
            if rules == Rules::Strict && self.frame_end != u64::MAX {
                return Err(ErrorKind::FrameNested);
            }
            if size > i64::MAX as u64 {
                return Err(ErrorKind::NumberTooLarge);
            }
            let here = self.base + self.buffer.len() as u64;
            if end + size > here {
                self.fetch(end + size - here, limit)?;
            }
            self.frame_end = end + size;
        }
        Ok(())
    }

    /// Runs the machine over one pickle, to its STOP.
    pub fn run<H, V, E>(&mut self, machine: &mut Machine<V>, heap: &mut H) -> Result<V, Failure<E>>
    where
        H: for<'x> Heap<'x, Value = V, Error = E>,
        V: Clone,
        E: From<ErrorKind>,
    {
        self.run_paid(machine, heap, |_, _| {})
    }

    /// The same for a heap that is told how many bytes have been taken, each time that more are.
    pub(crate) fn run_paid<H, V, E>(
        &mut self,
        machine: &mut Machine<V>,
        heap: &mut H,
        paid: impl Fn(&mut H, u64),
    ) -> Result<V, Failure<E>>
    where
        H: for<'x> Heap<'x, Value = V, Error = E>,
        V: Clone,
        E: From<ErrorKind>,
    {
        machine.restart();
        paid(heap, self.taken());
        self.frame_end = u64::MAX;
        let limit = machine.limits.bytes;
        let rules = machine.rules;
        #[cfg(feature = "scan")]
        if let Some(policy) = &machine.gate {
            self.admit(policy, limit).map_err(Failure::widen)?;
        }
        loop {
            let offset = self.offset();
            let fail = |opcode, error| Failure { offset, opcode, error };
            let input = &self.buffer[self.at..];
            match Op::parse(input) {
                Ok((rest, op)) => {
                    let length = input.len() - rest.len();
                    let code = op.code();
                    let end = offset + length as u64;
                    let frame = match op {
                        Op::Frame(size) => Some(size),
                        _ => None,
                    };
                    if frame.is_none() && end < self.frame_end {
                        match machine.step(heap, offset, op) {
                            Ok(None) => self.at += length,
                            Ok(Some(value)) => {
                                self.at += length;
                                self.settle().map_err(|error| fail(Some(code), error.into()))?;
                                return Ok(value);
                            }
                            Err(error) => return Err(fail(Some(code), error)),
                        }
                        continue;
                    }
                    // At a frame's edge: account for it before acting, as the slice reader does.
                    let opcode = Some(code);
                    self.frame(offset, end, frame, (rules, limit))
                        .map_err(|error| machine.unread(Failure { offset, opcode, error }))?;
                    paid(heap, self.taken());
                    if frame.is_some() {
                        self.at += length;
                    }
                }
                Err(ParseError::Incomplete(needed)) => {
                    let opcode = input.first().copied();
                    self.refill(needed, limit)
                        .map_err(|error| machine.unread(Failure { offset, opcode, error }))?;
                    paid(heap, self.taken());
                }
                Err(error) => return Err(machine.unread(parse_failure(error, input, offset))),
            }
        }
    }
}
