//! Rule R1: what CPython's readers or versions read differently.
//!
//! The readers are the C unpickler, the one written in Python, and `pickletools`; the versions are 3.8 to 3.15. What all of
//! them read in the same way is let pass here, and anything else named. Each function is one such matter.

use crate::opcode::Op;

/// What one pickle has done so far that matters to this rule.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    start: u64,
    frame_end: u64,
    /// How many entries the memo has.
    memo: u64,
    /// The first memo index: 0, or 1 as Python 2's cPickle counts.
    base: u64,
}

/// No frame is open.
const NO_FRAME: u64 = u64::MAX;

impl Reading {
    /// Of the pickle that starts at this byte.
    pub(super) fn new(start: u64) -> Self {
        Reading {
            start,
            frame_end: NO_FRAME,
            memo: 0,
            base: 0,
        }
    }

    /// Whether the frame is to be looked at: at its end, or where one starts.
    #[inline(always)]
    pub(super) fn at_frame(&self, end: u64, op: &Op<'_>) -> bool {
        end >= self.frame_end || matches!(op, Op::Frame(_))
    }

    /// FRAME: the C unpickler up to 3.13.14 and 3.14.6 ignores where frames end, the others do not; and reading from a file
    /// it may take other bytes than from memory. So frames must follow each other and end where opcodes do.
    #[cold]
    pub(super) fn frame(&mut self, start: u64, end: u64, op: &Op<'_>, input: u64) -> Option<Frame> {
        let mut fault = None;
        if self.frame_end != NO_FRAME && start < self.frame_end && end > self.frame_end {
            fault = Some(Frame::Odd(
                "an opcode crosses the end of its frame, which some readers refuse and others ignore",
            ));
        }
        if end >= self.frame_end {
            self.frame_end = NO_FRAME;
        }
        if let Op::Frame(size) = op {
            if self.frame_end != NO_FRAME {
                fault = Some(Frame::Odd(
                    "a frame starts inside another one, which some readers refuse and others ignore",
                ));
            }
            let Some(frame_end) = end.checked_add(*size).filter(|end| *end <= input) else {
                return Some(Frame::TooLong);
            };
            self.frame_end = if *size == 0 { NO_FRAME } else { frame_end };
        }
        fault
    }

    /// At STOP: a frame that goes on. A file is read to the end of it, a string is not.
    pub(super) fn unread_in_frame(&self, end: u64) -> Option<&'static str> {
        (self.frame_end != NO_FRAME && end < self.frame_end).then_some("the frame goes on behind STOP")
    }

    /// PROTO decides which names of Python 2 are translated and how dotted names are read, from there on; only in front of
    /// everything else is that the same for each reader.
    pub(super) fn proto(&self, at: u64) -> Option<&'static str> {
        (at != self.start).then_some("PROTO is not the first opcode: it changes how names are read")
    }

    /// PUT and its kin: a memo index out of order. Unpicklers allocate the gap (up to 64 GiB) or do not, MEMOIZE
    /// counts on from the number of entries, and `pickletools` refuses an index that is used twice.
    #[inline(always)]
    pub(super) fn put(&mut self, index: u64) -> Option<&'static str> {
        if index == self.memo + self.base {
            self.memo += 1;
            return None;
        }
        self.put_out_of_order(index)
    }

    #[cold]
    fn put_out_of_order(&mut self, index: u64) -> Option<&'static str> {
        if self.memo == 0 && index == 1 {
            (self.memo, self.base) = (1, 1);
            return None;
        }
        let again = index < self.memo + self.base && index >= self.base;
        self.memo += u64::from(!again);
        Some(if again {
            "a memo index is used twice, which pickletools refuses"
        } else {
            "a memo index is out of order, for which readers allocate differently"
        })
    }

    /// MEMOIZE behind indices that do not start at 0 writes over one of them.
    #[inline(always)]
    pub(super) fn memoize(&mut self) -> Option<&'static str> {
        self.memo += 1;
        (self.base != 0).then_some("MEMOIZE behind memo indices that begin at 1")
    }
}

/// What is wrong with a frame.
pub(super) enum Frame {
    /// Some readers go on.
    Odd(&'static str),
    /// It says that it is longer than the input: the C unpickler refuses that, the one written in Python goes on.
    TooLong,
}

/// Text arguments: only the spelling that picklers write is the same for all.
#[cold]
pub(super) fn text_argument(op: &Op<'_>) -> Option<&'static str> {
    match op {
        Op::Int(line) => int(line),
        Op::Long(line) => (!is_decimal(line.strip_suffix(b"L").unwrap_or(line)))
            .then_some("a number with signs, zeros or blanks that readers take differently"),
        Op::Float(line) => {
            (!is_float(line)).then_some("a float with blanks or other signs that readers take differently")
        }
        Op::Get(line) | Op::Put(line) => (line.starts_with(b"-") || !is_decimal(line))
            .then_some("a memo index that is not written as a plain number"),
        Op::Global((module, name)) | Op::Inst((module, name)) => {
            (!is_name(module) || !is_name(name)).then_some("a name with characters that readers take differently")
        }
        Op::String(line) => string(line),
        Op::PersId(line) => (!line.is_ascii()).then_some("a persistent id that is not ASCII"),
        _ => None,
    }
}

/// INT is in base 0 up to CPython 3.13 (`010` is 8, `0x1f` is 31) and in base 10 from 3.14 on; what two characters of value
/// 0 or 1 are depends on the version, but for `00` and `01`; NUL ends the number in C.
fn int(line: &[u8]) -> Option<&'static str> {
    (!matches!(line, b"00" | b"01") && !is_decimal(line))
        .then_some("an int with signs, zeros or letters that readers take differently (base 0 or 10, bool or int, NUL)")
}

/// `0`, or digits without a zero in front, with or without a minus.
fn is_decimal(line: &[u8]) -> bool {
    match line.strip_prefix(b"-").unwrap_or(line) {
        b"0" => line.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// What `repr` writes for a float.
fn is_float(line: &[u8]) -> bool {
    let unsigned = line.strip_prefix(b"-").unwrap_or(line);
    if matches!(unsigned, b"inf" | b"nan") {
        return true;
    }
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let (number, exponent) = match unsigned.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match number.iter().position(|byte| *byte == b'.') {
        Some(at) => (&number[..at], &number[at + 1..]),
        None => (number, &[][..]),
    };
    let exponent_is_good = exponent.is_none_or(|exponent| {
        let exponent = exponent
            .strip_prefix(b"-")
            .or(exponent.strip_prefix(b"+"))
            .unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    !whole.is_empty() && digits(whole) && digits(fraction) && exponent_is_good
}

/// A name of GLOBAL or INST, where one reader has UTF-8 and others ASCII.
fn is_name(line: &[u8]) -> bool {
    line.iter().all(|byte| byte.is_ascii_graphic())
}

/// STRING: `pickletools` refuses what is not ASCII. Blanks behind the quote were forgiven once.
fn string(line: &[u8]) -> Option<&'static str> {
    (!line.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')))
        .then_some("a str of Python 2 with raw control characters or bytes")
}
