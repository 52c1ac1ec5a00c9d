//! Disassembly: one line per opcode, as Python's `pickletools.dis` prints it.

use crate::{
    error::{Error, ErrorKind, Result},
    limits::{self, FREE, Limits},
    opcode::{Info, Op},
    pickletools::{self, Key, KeyMap, MemoUse},
};
use std::{fmt::Write as _, io::Write};

/// How a disassembly looks.
///
/// ```
/// use brinery::{DisOptions, dis};
/// let mut out = Vec::new();
/// dis(b"(t.", &mut out, &DisOptions { annotate: 18, indent: 2 })?;
/// let out = String::from_utf8(out).unwrap();
/// assert_eq!(out.lines().next(), Some("    0: (    MARK          Push markobject onto the stack."));
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisOptions {
    /// The column where a description of the opcode starts, if what stands before it leaves room; 0 for none.
    /// `python -m pickletools --annotate` means 30.
    pub annotate: usize,
    /// By how many blanks what follows a MARK is indented. Default: 4.
    pub indent: usize,
}

impl Default for DisOptions {
    fn default() -> Self {
        DisOptions { annotate: 0, indent: 4 }
    }
}

/// Writes a disassembly of the first pickle of `input`, byte for byte what `pickletools.dis` of CPython 3.13 prints, and
/// says where the pickle ends.
///
/// As there, the pickle is checked: the arguments must make sense, the stack must hold what an opcode takes, no memo
/// entry may be read before it is written, or written twice, and STOP must leave the stack empty. What breaks a rule is
/// an error, after all that Python prints before it raises one. Unlike there, an argument that only `pickletools`
/// refuses, such as a Python 2 `str` that is not ASCII, is shown as `bytes`, and the disassembly goes on.
///
/// ```
/// use brinery::{DisOptions, dis};
/// let mut out = Vec::new();
/// let end = dis(b"\x80\x04](K\x01K\x02e.", &mut out, &DisOptions::default())?;
/// assert_eq!(end, 10);
/// assert_eq!(String::from_utf8(out).unwrap(), r"    0: \x80 PROTO      4
///     2: ]    EMPTY_LIST
///     3: (    MARK
///     4: K        BININT1    1
///     6: K        BININT1    2
///     8: e        APPENDS    (MARK at 3)
///     9: .    STOP
/// highest protocol among opcodes = 2
/// ");
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn dis(input: &[u8], out: &mut impl Write, options: &DisOptions) -> Result<usize> {
    Disassembler::new(options.clone()).dis(input, 0, out)
}

/// Disassembles pickles that share a memo: `dis` with the `memo` argument in Python.
///
/// ```
/// use brinery::{Disassembler, DisOptions};
/// let two = b"]q\0.h\0."; // written by one Pickler: the second is the same list again
/// let mut disassembler = Disassembler::new(DisOptions::default());
/// let mut out = Vec::new();
/// let end = disassembler.dis(two, 0, &mut out)?;
/// assert_eq!(disassembler.dis(two, end, &mut out)?, two.len());
/// assert!(brinery::dis(&two[end..], &mut out, &DisOptions::default()).is_err());
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Disassembler {
    options: DisOptions,
    /// What each entry holds: the kind of thing, as the opcode table calls it.
    memo: KeyMap<&'static str>,
    /// How many bytes may be written for each byte that is read, beside [`FREE`](crate::limits::FREE).
    output: u64,
}

impl Default for Disassembler {
    fn default() -> Self {
        Disassembler::new(DisOptions::default())
    }
}

impl Disassembler {
    /// A disassembler with an empty memo.
    pub fn new(options: DisOptions) -> Self {
        Disassembler {
            options,
            memo: KeyMap::new(),
            output: Limits::default().output,
        }
    }

    /// Bounds how much is written: eight times the limit [`output`](Limits::output) for each byte that is read, and
    /// 16 MiB to begin with. Each open MARK indents all that follows, so that a pickle of marks alone would be written in
    /// the order of its square.
    ///
    /// ```
    /// use brinery::{DisOptions, Disassembler, Limits};
    /// let marks = vec![b'('; 10_000];
    /// let limits = Limits { output: 1, ..Limits::default() };
    /// let mut disassembler = Disassembler::new(DisOptions::default()).limits(&limits);
    /// let error = disassembler.dis(&marks, 0, &mut std::io::sink()).unwrap_err();
    /// assert!(error.to_string().ends_with("the limit `output` of 1 is reached"));
    /// ```
    pub fn limits(self, limits: &Limits) -> Self {
        let output = limits.output;
        Disassembler { output, ..self }
    }

    /// Forgets the memo.
    pub fn clear_memo(&mut self) {
        self.memo.clear();
    }

    /// Writes a disassembly of the pickle that starts at byte `at` of `input`, as [`dis`](crate::dis()) does, and says where
    /// the pickle ends.
    pub fn dis(&mut self, input: &[u8], at: usize, out: &mut impl Write) -> Result<usize> {
        let mut state = State {
            stack: Vec::new(),
            marks: Vec::new(),
            memo: &mut self.memo,
        };
        let mut column = self.options.annotate;
        let mut highest = 0;
        let mut line = String::new();
        let mut start = at;
        let mut written = 0;
        loop {
            let (op, end) = pickletools::parse(input, start)?;
            let fail = |error: ErrorKind| error.at(start as u64, Some(op.code()));
            let info = op.info();
            let argument = pickletools::argument(&op).map_err(fail)?;

            line.clear();
            write!(line, "{start:5}: ").map_err(unwritten)?;
            let place = line.len();
            let code = char::from(info.code);
            let code = if code.is_ascii() {
                code.into()
            } else {
                format!("\\x{:02x}", info.code)
            };
            let indent = self.options.indent * state.marks.len();
            write!(line, "{code:4} ").map_err(unwritten)?;
            pad(&mut line, indent);
            line.push_str(info.name);
            highest = highest.max(info.proto);

            let Ok(Effect { popped, note, fault }) = state.look(&op, info) else {
                // Python raises an IndexError here, with the line hardly begun.
                out.write_all(&line.as_bytes()[..place])?;
                return Err(fail(ErrorKind::MissingMark));
            };
            if argument.is_some() || note.is_some() {
                pad(&mut line, 10_usize.saturating_sub(info.name.len()));
            }
            if let Some(argument) = argument {
                line.push(' ');
                argument.repr(&mut line).map_err(unwritten)?;
            }
            if let Some(note) = note {
                write!(line, " {note}").map_err(unwritten)?;
            }
            if self.options.annotate > 0 {
                let width = line[place..].chars().count();
                pad(&mut line, column.saturating_sub(width) + 1);
                line.push_str(info.doc);
                // The next annotation starts below this one, unless that is far out.
                column = column.max(width);
                if column > 50 {
                    column = self.options.annotate;
                }
            }
            line.push('\n');
            written += line.len() as u64;
            let most = FREE.saturating_add(self.output.saturating_mul(8).saturating_mul((end - at) as u64));
            if written > most {
                return Err(fail(limits::reached("output", self.output)));
            }
            out.write_all(line.as_bytes())?;

            if let Some(fault) = fault {
                return Err(fail(fault));
            }
            state.act(&op, info, popped, start).map_err(fail)?;
            if op == Op::Stop {
                writeln!(out, "highest protocol among opcodes = {highest}")?;
                if !state.stack.is_empty() {
                    return Err(fail(ErrorKind::Odd("the stack is not empty after this")));
                }
                return Ok(end);
            }
            start = end;
        }
    }
}

/// The stack, the marks and the memo, as far as `pickletools` knows them.
struct State<'m> {
    /// Names of kinds of things, as the opcode table has them.
    stack: Vec<&'static str>,
    /// Where the open marks stand in the stream. A faulty pickle can take a mark from the stack and leave it here.
    marks: Vec<usize>,
    memo: &'m mut KeyMap<&'static str>,
}

/// What [`State::look`] found out about an opcode.
struct Effect {
    /// How many values it takes from the stack, after its mark and all above it are gone.
    popped: usize,
    /// What to say behind the argument.
    note: Option<String>,
    /// What to complain about, once the line is written.
    fault: Option<ErrorKind>,
}

/// The table's name for a mark.
const MARK: &str = "mark";

/// The stack has no mark left, although one is open.
struct LostMark;

impl State<'_> {
    /// Takes the mark that the opcode takes, and checks and does what it does to the memo.
    fn look(&mut self, op: &Op<'_>, info: &'static Info) -> Result<Effect, LostMark> {
        let mut effect = Effect {
            popped: info.before.len(),
            note: None,
            fault: None,
        };
        let mark_at = info.before.iter().position(|kind| *kind == MARK);
        if mark_at.is_some() || *op == Op::Pop && self.stack.last() == Some(&MARK) {
            if let Some(start) = self.marks.pop() {
                effect.note = Some(format!("(MARK at {start})"));
                while self.stack.pop().ok_or(LostMark)? != MARK {}
                effect.popped = mark_at.unwrap_or(0);
            } else {
                effect.note = Some("no MARK exists on stack".to_owned());
                effect.fault = Some(ErrorKind::MissingMark);
            }
        }

        let key = match pickletools::memo_use(op) {
            Ok(Some(MemoUse::Get(key))) => {
                if self.memo.get(&key).is_none() {
                    effect.fault = Some(key.missing());
                }
                return Ok(effect);
            }
            Ok(Some(MemoUse::Put(key))) => key,
            Ok(Some(MemoUse::Memoize)) => {
                effect.note = Some(format!("(as {})", self.memo.len()));
                Key::Small(self.memo.len() as i64)
            }
            // The argument has been decoded before, so there is no error here.
            Ok(None) | Err(_) => return Ok(effect),
        };
        if self.memo.get(&key).is_some() {
            effect.fault = Some(ErrorKind::Odd("this memo entry is already taken"));
        } else {
            match self.stack.last() {
                None => effect.fault = Some(ErrorKind::StackUnderflow),
                Some(&MARK) => effect.fault = Some(ErrorKind::UnexpectedMark),
                Some(kind) => {
                    self.memo.insert(key, kind);
                }
            }
        }
        Ok(effect)
    }

    /// Takes from the stack and puts there what the table says.
    fn act(&mut self, op: &Op<'_>, info: &'static Info, popped: usize, start: usize) -> Result<(), ErrorKind> {
        let left = self.stack.len().checked_sub(popped).ok_or(ErrorKind::StackUnderflow)?;
        self.stack.truncate(left);
        if info.after.contains(&MARK) {
            self.marks.push(start);
        }
        match pickletools::memo_use(op) {
            Ok(Some(MemoUse::Get(key))) => self.stack.extend(self.memo.get(&key)),
            _ => self.stack.extend(info.after),
        }
        Ok(())
    }
}

/// Appends blanks, also more of them than a width in a format string may be.
fn pad(line: &mut String, blanks: usize) {
    line.extend(std::iter::repeat_n(' ', blanks));
}

/// Writing to a `String` does not fail.
fn unwritten(_: std::fmt::Error) -> Error {
    ErrorKind::Io(std::io::ErrorKind::Other.into()).into()
}
