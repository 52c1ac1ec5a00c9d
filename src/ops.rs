//! Bytes → opcodes with offsets: from a slice, or from any reader.
//!
//! Both drivers have one hot call each, [`Op::parse`], and keep it inlined: a parse that is not inlined into its one loop
//! costs up to three times as much.

mod run;

use crate::{
    arg::{Needed, ParseError},
    error::{Error, ErrorKind},
    heap::Heap,
    machine::{Machine, Rules},
    opcode::{Op, Row},
    supply::Supply,
};

/// A fault of the heap or the machine, and its place in the stream.
#[derive(Debug)]
pub struct Failure<E> {
    /// The byte where the faulty opcode starts.
    pub offset: u64,
    /// The faulty opcode's byte.
    pub opcode: Option<u8>,
    /// What went wrong.
    pub error: E,
}

impl Failure<ErrorKind> {
    /// The same failure as an error of a heap.
    #[cfg(feature = "scan")]
    fn widen<E: From<ErrorKind>>(self) -> Failure<E> {
        Failure {
            offset: self.offset,
            opcode: self.opcode,
            error: self.error.into(),
        }
    }
}

impl From<Failure<ErrorKind>> for Error {
    #[cold]
    fn from(failure: Failure<ErrorKind>) -> Self {
        failure.error.at(failure.offset, failure.opcode)
    }
}

/// The opcodes of a byte slice, each with its offset, up to and including the first STOP.
///
/// ```
/// use brinery::{Op, Ops};
/// let ops: Result<Vec<_>, _> = Ops::new(b"\x80\x04N.rest").collect();
/// assert_eq!(ops.unwrap(), [(0, Op::Proto(4)), (2, Op::None), (3, Op::Stop)]);
/// ```
#[derive(Debug, Clone)]
pub struct Ops<'a> {
    input: &'a [u8],
    at: usize,
    frame_end: usize,
    rules: Rules,
    stopped: bool,
}

/// No frame is open.
const NO_FRAME: usize = usize::MAX;

impl<'a> Ops<'a> {
    /// The opcodes from the start of `input`.
    pub fn new(input: &'a [u8]) -> Self {
        Ops::starting_at(input, 0, Rules::Strict)
    }

    /// The opcodes from byte `at` of `input`, where CPython's versions differ read by these rules.
    pub fn starting_at(input: &'a [u8], at: usize, rules: Rules) -> Self {
        Ops {
            input,
            at,
            frame_end: NO_FRAME,
            rules,
            stopped: false,
        }
    }

    /// Where the next opcode starts.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Whether input that ends without a STOP ends in bytes of length 0. CPython takes these for cut off when it reads from
    /// memory, and says so instead of that there is no more input.
    #[cold]
    pub fn ends_in_no_bytes(self) -> bool {
        let last = self.map_while(Result::ok).last();
        matches!(
            last,
            Some((
                _,
                Op::BinBytes([]) | Op::ShortBinBytes([]) | Op::BinBytes8([]) | Op::ByteArray8([])
            ))
        )
    }

    /// What has not been read yet; after STOP, what follows the pickle.
    pub fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or(&[])
    }

    /// Whether a frame is open: its end is still to come.
    #[cfg(feature = "archive")]
    pub(crate) fn in_frame(&self) -> bool {
        self.frame_end != NO_FRAME
    }

    /// The byte of the next opcode, behind any FRAME. (A byte says less than an opcode, but is looked at in one step.)
    #[cfg(feature = "serde")]
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        const FRAME: u8 = Op::Frame(0).code();
        match self.input.get(self.at) {
            Some(&FRAME) => self.peek_behind_frame(),
            byte => byte.copied(),
        }
    }

    #[cfg(feature = "serde")]
    #[cold]
    fn peek_behind_frame(&mut self) -> Option<u8> {
        while matches!(self.clone().next_op(), Some(Op::Frame(_))) {
            self.next_op()?;
        }
        self.input.get(self.at).copied()
    }

    /// Goes on behind an opcode without argument, which was peeked at.
    #[cfg(feature = "serde")]
    #[inline(always)]
    pub(crate) fn step(&mut self) {
        self.at += 1;
    }

    /// The argument of the next opcode, if it is this one.
    #[cfg(feature = "serde")]
    #[inline(always)]
    pub(crate) fn next_if<R: Row>(&mut self) -> Option<R::Arg<'a>> {
        let start = self.at;
        match self.input.get(start..) {
            Some([byte, rest @ ..]) if *byte == R::CODE => {
                let (left, arg) = R::parse(rest).ok()?;
                let end = self.input.len() - left.len();
                if end >= self.frame_end {
                    self.frame(start, end, R::CODE, None).ok()?;
                }
                self.at = end;
                Some(arg)
            }
            _ => None,
        }
    }

    /// The next opcode, or nothing if there is none.
    #[cfg(feature = "serde")]
    #[inline(always)]
    pub(crate) fn next_op(&mut self) -> Option<Op<'a>> {
        match self.take() {
            Ok((_, op)) => Some(op),
            Err(_) => None,
        }
    }

    /// The same opcodes from byte `at`, outside frames: for those that have been read before.
    #[cfg(feature = "serde")]
    pub(crate) fn again_from(&self, at: usize) -> Self {
        Ops::starting_at(self.input, at, self.rules)
    }

    #[inline(always)]
    fn take(&mut self) -> Result<(usize, Op<'a>), Failure<ErrorKind>> {
        let start = self.at;
        let input = &self.input[start..];
        match Op::parse(input) {
            Ok((rest, op)) => {
                let end = start + (input.len() - rest.len());
                let frame = match op {
                    Op::Frame(size) => Some(size),
                    _ => None,
                };
                if end >= self.frame_end || frame.is_some() {
                    self.frame(start, end, op.code(), frame)?;
                }
                self.at = end;
                Ok((start, op))
            }
            Err(error) => Err(parse_failure(error, input, start as u64)),
        }
    }

    /// Keeps account of frames at their end, and at their start, where the opcode is a FRAME of that size.
    #[cold]
    fn frame(&mut self, start: usize, end: usize, code: u8, frame: Option<u64>) -> Result<(), Failure<ErrorKind>> {
        let fail = |error| Failure {
            offset: start as u64,
            opcode: Some(code),
            error,
        };
        if self.rules == Rules::Strict && end > self.frame_end && start + 1 < self.frame_end {
            return Err(fail(ErrorKind::FrameOverrun));
        }
        if end >= self.frame_end {
            self.frame_end = NO_FRAME;
        }
        if let Some(size) = frame {
            if self.rules == Rules::Strict && self.frame_end != NO_FRAME {
                return Err(fail(ErrorKind::FrameNested));
            }
            if size > (self.input.len() - end) as u64 {
                return Err(fail(frame_too_long(size)));
            }
            self.frame_end = end + size as usize;
        }
        Ok(())
    }
}

impl<'a> Iterator for Ops<'a> {
    type Item = Result<(usize, Op<'a>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.stopped {
            return None;
        }
        let taken = self.take();
        self.stopped = matches!(taken, Err(_) | Ok((_, Op::Stop)));
        Some(taken.map_err(Error::from))
    }
}

/// The largest `Py_ssize_t`: a longer frame is an overflow, not a truncation, in CPython.
fn frame_too_long(size: u64) -> ErrorKind {
    if size > i64::MAX as u64 {
        ErrorKind::NumberTooLarge
    } else {
        ErrorKind::Truncated
    }
}

/// What is wrong with an opcode whose argument is not all there. CPython reads a length, or the first of two lines, before
/// the rest.
#[cold]
fn truncated(input: &[u8]) -> ErrorKind {
    const LONG: [u8; 3] = [
        Op::BinUnicode8(&[]).code(),
        Op::BinBytes8(&[]).code(),
        Op::ByteArray8(&[]).code(),
    ];
    const GLOBAL: u8 = Op::Global((&[], &[])).code();
    const INST: u8 = Op::Inst((&[], &[])).code();
    match input {
        [code, _, _, _, _, _, _, _, high, ..] if *high >= 0x80 && LONG.contains(code) => ErrorKind::NumberTooLarge,
        [GLOBAL, rest @ ..] => match rest.iter().position(|&byte| byte == b'\n') {
            Some(0) => ErrorKind::EmptyName,
            Some(end) if str::from_utf8(&rest[..end]).is_err() => ErrorKind::BadText("UTF-8"),
            _ => ErrorKind::Truncated,
        },
        [INST, rest @ ..] => match rest.iter().position(|&byte| byte == b'\n') {
            Some(0) => ErrorKind::EmptyName,
            Some(end) if !rest[..end].is_ascii() => ErrorKind::BadText("ASCII"),
            _ => ErrorKind::Truncated,
        },
        _ => ErrorKind::Truncated,
    }
}

/// Why an opcode at the start of `input` could not be parsed.
#[cold]
pub(crate) fn parse_failure(error: ParseError, input: &[u8], offset: u64) -> Failure<ErrorKind> {
    let opcode = input.first().copied();
    let error = match (error, opcode) {
        (_, None) => ErrorKind::EndOfInput,
        (ParseError::Incomplete(_), _) => truncated(input),
        (_, Some(byte)) if crate::opcode::Info::of(byte).is_none() => ErrorKind::UnknownOpcode(byte),
        _ => ErrorKind::NegativeLength,
    };
    Failure { offset, opcode, error }
}

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

    /// Whether nothing is left to read. Takes a byte if there is one; it is read again.
    #[cfg(feature = "serde")]
    pub(crate) fn at_end(&mut self) -> std::io::Result<bool> {
        if self.at == self.buffer.len() {
            self.read.fill(1, &mut self.buffer)?;
        }
        Ok(self.at == self.buffer.len())
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
