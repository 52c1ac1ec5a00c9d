//! Bytes → opcodes with offsets: from a slice, or from any reader.
//!
//! Here is the slice; `run` drives the machine over it, and `input` over a reader. Each has one hot call of [`Op::parse`],
//! and keeps it inlined: a parse that is not inlined into its one loop costs up to three times as much.

mod input;
mod run;

pub use input::Input;

use crate::{
    arg::ParseError,
    error::{Error, ErrorKind},
    machine::Rules,
    opcode::Op,
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
    pub(crate) fn next_if<R: crate::opcode::Row>(&mut self) -> Option<R::Arg<'a>> {
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
