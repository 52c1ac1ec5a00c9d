//! The disassembler: instructions with what their arguments mean, as Python's `dis` shows them.

use super::{
    Code, as_text,
    opcode::{Arg, Row, Table},
    show::Shown,
    tables, wrong,
};
use crate::{
    Str, Value,
    error::{Error, ErrorKind, Result},
};
use std::fmt;

/// One instruction. Its text is that of `dis`: offset, name, argument, meaning.
#[derive(Debug, Clone, Copy)]
pub struct Instruction<'g> {
    /// The byte where it starts; prefixes of EXTENDED_ARG are instructions of their own before it, as in `dis`.
    pub offset: usize,
    /// The byte of its opcode.
    pub opcode: u8,
    /// The name of its opcode.
    pub name: &'static str,
    /// Its argument, with the bits of EXTENDED_ARG before it. `None` for an opcode without one.
    pub arg: Option<u32>,
    /// What the argument stands for.
    pub argval: ArgValue<'g>,
    /// The line in the file.
    pub line: Option<i64>,
    /// Whether a jump or a handler of exceptions leads here.
    pub is_jump_target: bool,
    pub(super) row: &'static Row,
}

/// What the argument of an instruction stands for. Its text is the `argrepr` of `dis`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ArgValue<'g> {
    /// There is none, or it is the number that it is.
    None,
    /// A constant.
    Const(Value<'g>),
    /// A global, an attribute or a module.
    Name(Str<'g>),
    /// A name, and what else LOAD_GLOBAL, LOAD_ATTR and LOAD_SUPER_ATTR push beside it: `NULL` or `NULL|self`.
    NameAnd(Str<'g>, &'static str, bool),
    /// A local variable.
    Local(Str<'g>),
    /// Two local variables.
    Locals(Str<'g>, Str<'g>),
    /// A cell or a free variable.
    Free(Str<'g>),
    /// The byte that it jumps to.
    Jump(usize),
    /// An operator, a comparison, or the name of what is called.
    Op(&'static str),
    /// A comparison whose result is made a bool.
    Bool(&'static str),
    /// `format` in an f-string: the conversion, and whether a format follows.
    Format(&'static str, bool),
    /// Which parts of a function there are, as bits.
    Function(u32),
}

static COMPARE: [&str; 12] = [
    "<",
    "<=",
    "==",
    "!=",
    ">",
    ">=",
    "in",
    "not in",
    "is",
    "is not",
    "exception match",
    "BAD",
];
static CONVERSIONS: [&str; 4] = ["", "str", "repr", "ascii"];
static FUNCTION: [&str; 4] = ["defaults", "kwdefaults", "annotations", "closure"];

impl<'g> Code<'g> {
    /// The instructions, as CPython 3.`minor` has them, for 3.6 to 3.13; caches are left out. An error if there is no table
    /// for this version, or the version has other arguments of `types.CodeType`; or, at its place, for the first
    /// instruction that this version does not have or whose argument is out of range.
    ///
    /// Which versions it may be is what [`check`](Self::check) finds.
    pub fn instructions(&self, minor: u8) -> Result<impl Iterator<Item = Result<Instruction<'g>>> + use<'g>> {
        let decoder = Decoder::new(*self, minor)?;
        let mut targets = decoder.targets();
        targets.sort_unstable();
        // Where a table cannot be read there is nothing to show; `check` says what is wrong with it.
        let lines = self.lines().unwrap_or_default();
        let mut span = 0;
        let mut failed = false;
        let mut decoder = decoder;
        Ok(std::iter::from_fn(move || {
            if failed {
                return None;
            }
            let mut instruction = match decoder.next()? {
                Ok(instruction) => instruction,
                Err(why) => {
                    failed = true;
                    return Some(Err(Error::from(why)));
                }
            };
            while lines
                .get(span)
                .is_some_and(|lines| lines.code.end <= instruction.offset)
            {
                span += 1;
            }
            instruction.line = lines.get(span).and_then(|lines| lines.line);
            instruction.is_jump_target = targets.binary_search(&instruction.offset).is_ok();
            Some(Ok(instruction))
        }))
    }
}

/// Goes through the code once.
#[derive(Clone)]
pub(super) struct Decoder<'g> {
    code: Code<'g>,
    table: &'static Table,
    at: usize,
    /// The bits of EXTENDED_ARG, and how often it was met.
    extended: u32,
    prefixes: u8,
    /// Cells that are no local variables, and so have a place of their own among all variables.
    own_cells: Vec<Str<'g>>,
}

impl<'g> Decoder<'g> {
    pub(super) fn new(code: Code<'g>, minor: u8) -> Result<Self, ErrorKind> {
        let fits = code.candidates().contains(minor);
        let Some(table) = Table::of(minor).filter(|_| fits) else {
            let why = match fits {
                true => format!("no table of the opcodes of CPython 3.{minor}"),
                false => format!(
                    "its arguments are those of CPython {}, not 3.{minor}",
                    code.candidates()
                ),
            };
            return Err(wrong(code, why));
        };
        Ok(Decoder {
            code,
            table,
            at: 0,
            extended: 0,
            prefixes: 0,
            own_cells: code.own_cells(),
        })
    }

    /// Where it stands.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    fn minor(&self) -> u8 {
        self.table.minor
    }

    /// Where jumps and handlers lead to, in any order.
    fn targets(&self) -> Vec<usize> {
        let mut decoder = self.clone();
        let mut targets = Vec::new();
        while let Some(Ok(instruction)) = decoder.next() {
            if let ArgValue::Jump(target) = instruction.argval {
                targets.push(target);
            }
        }
        let handlers = self.code.handlers().unwrap_or_default();
        targets.extend(
            handlers
                .iter()
                .filter(|handler| !handler.code.is_empty())
                .map(|handler| handler.target),
        );
        targets
    }

    fn fault(&self, offset: usize, name: &str, why: impl fmt::Display) -> ErrorKind {
        wrong(self.code, format!("{name} at byte {offset}: {why}"))
    }

    /// The next instruction, without line and targets.
    pub(super) fn next(&mut self) -> Option<Result<Instruction<'g>, ErrorKind>> {
        let offset = self.at;
        let &[opcode, byte] = self.code.code.get(offset..)?.first_chunk::<2>()?;
        Some(self.decode(offset, opcode, byte))
    }

    fn decode(&mut self, offset: usize, opcode: u8, byte: u8) -> Result<Instruction<'g>, ErrorKind> {
        let minor = self.minor();
        let Some(row) = self.table.row(opcode) else {
            return Err(wrong(
                self.code,
                format!("CPython 3.{minor} has no opcode {opcode}, which is at byte {offset}"),
            ));
        };
        let &(_, name, kind, caches, _) = row;
        let arg = self.extended | u32::from(byte);
        if name == "EXTENDED_ARG" {
            self.prefixes += 1;
            if self.prefixes > 3 {
                return Err(self.fault(offset, name, "the fourth in a row"));
            }
            self.extended = arg << 8;
        } else {
            (self.extended, self.prefixes) = (0, 0);
        }
        let end = offset + 2 + 2 * usize::from(caches);
        let Some(cache) = self.code.code.get(offset + 2..end) else {
            return Err(self.fault(offset, name, "the code ends inside its cache"));
        };
        if cache.iter().any(|byte| *byte != 0) {
            return Err(self.fault(offset, name, "its cache is not empty"));
        }
        self.at = end;
        let argval = if name == "EXTENDED_ARG" || kind == Arg::None {
            ArgValue::None
        } else {
            self.argval(offset, end, name, kind, arg)
                .map_err(|why| self.fault(offset, name, why))?
        };
        Ok(Instruction {
            offset,
            opcode,
            name,
            arg: (kind != Arg::None).then_some(arg),
            argval,
            line: None,
            is_jump_target: false,
            row,
        })
    }

    fn argval(&self, offset: usize, end: usize, name: &str, kind: Arg, arg: u32) -> Result<ArgValue<'g>, String> {
        let index = arg as usize;
        let minor = self.minor();
        let code = &self.code;
        let pick = |from: &str, list: crate::Items<'g>, index: usize| {
            let out = || format!("{from}[{index}] is out of range, there are {}", list.len());
            list.get(index).ok_or_else(out)
        };
        let text = |value: Value<'g>| as_text(value).unwrap_or_default();
        let name_at = |index: usize| pick("co_names", code.names, index).map(text);
        let local = |index: usize| match minor {
            ..=10 => pick("co_varnames", code.varnames, index).map(text),
            _ => self.variable(index),
        };
        let op = |from: &[&'static str], index: usize| {
            from.get(index)
                .map(|op| ArgValue::Op(op))
                .ok_or_else(|| format!("there is no operation {index}"))
        };
        let unit = if minor >= 10 { 2 } else { 1 };
        let jump = |target: Option<usize>| {
            let inside = target.filter(|target| *target < code.code.len());
            inside
                .map(ArgValue::Jump)
                .ok_or_else(|| "it jumps out of the code".to_owned())
        };
        Ok(match kind {
            Arg::None | Arg::Plain => ArgValue::None,
            Arg::Const => ArgValue::Const(pick("co_consts", code.consts, index)?),
            Arg::Name => ArgValue::Name(name_at(index)?),
            Arg::NameBit | Arg::NameSuper => {
                let name_of = name_at(if kind == Arg::NameBit { index >> 1 } else { index >> 2 })?;
                match (index & 1 != 0, name) {
                    (false, _) => ArgValue::Name(name_of),
                    (true, "LOAD_GLOBAL") => ArgValue::NameAnd(name_of, "NULL", minor >= 13),
                    (true, _) => ArgValue::NameAnd(name_of, "NULL|self", minor >= 13),
                }
            }
            Arg::Local => ArgValue::Local(local(index)?),
            Arg::LocalPair => ArgValue::Locals(local(index >> 4)?, local(index & 15)?),
            Arg::Free if minor >= 11 => ArgValue::Free(self.variable(index)?),
            Arg::Free => match index.checked_sub(code.cellvars.len()) {
                None => ArgValue::Free(pick("co_cellvars", code.cellvars, index).map(text)?),
                Some(free) => ArgValue::Free(pick("co_freevars", code.freevars, free).map(text)?),
            },
            Arg::JumpTo => jump(index.checked_mul(unit))?,
            Arg::JumpBy => jump(index.checked_mul(unit).and_then(|by| end.checked_add(by)))?,
            Arg::JumpBack => jump(index.checked_mul(unit).and_then(|by| end.checked_sub(by)))?,
            Arg::Compare => {
                let (count, index) = match minor {
                    ..=8 => (11, index),
                    9..=11 => (6, index),
                    12 => (6, index >> 4),
                    _ => (6, index >> 5),
                };
                match op(&COMPARE[..count], index)? {
                    ArgValue::Op(sign) if minor >= 13 && arg & 16 != 0 => ArgValue::Bool(sign),
                    other => other,
                }
            }
            Arg::Binary => op(tables::BINARY, index)?,
            Arg::Intrinsic1 => op(tables::INTRINSICS_1, index)?,
            Arg::Intrinsic2 => op(tables::INTRINSICS_2, index)?,
            Arg::Convert => op(&CONVERSIONS, index)?,
            Arg::Format if index < 8 => ArgValue::Format(CONVERSIONS[index & 3], index & 4 != 0),
            Arg::Function | Arg::Attribute if index < 16 => ArgValue::Function(arg),
            Arg::Format | Arg::Function | Arg::Attribute => {
                return Err(format!("its argument {arg} at byte {offset} is none that it takes"));
            }
        })
    }

    /// The variable of an index among all: from 3.11 on locals come first, then cells that are none, then free
    /// variables (`co_localsplusnames`).
    fn variable(&self, index: usize) -> Result<Str<'g>, String> {
        let code = &self.code;
        let (locals, cells) = (code.varnames.len(), self.own_cells.len());
        if index >= locals && index < locals + cells {
            return Ok(self.own_cells[index - locals]);
        }
        let value = match index.checked_sub(locals + cells) {
            None => code.varnames.get(index),
            Some(free) => code.freevars.get(free),
        };
        let all = locals + cells + code.freevars.len();
        value
            .and_then(as_text)
            .ok_or_else(|| format!("variable {index} is out of range, there are {all}"))
    }
}

impl fmt::Display for ArgValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            ArgValue::None => Ok(()),
            ArgValue::Const(value) => write!(f, "{}", Shown(value)),
            ArgValue::Name(name) | ArgValue::Local(name) | ArgValue::Free(name) => name.fmt(f),
            ArgValue::NameAnd(name, beside, true) => write!(f, "{name} + {beside}"),
            ArgValue::NameAnd(name, beside, false) => write!(f, "{beside} + {name}"),
            ArgValue::Locals(one, two) => write!(f, "{one}, {two}"),
            ArgValue::Jump(target) => write!(f, "to {target}"),
            ArgValue::Op(sign) => f.write_str(sign),
            ArgValue::Bool(sign) => write!(f, "bool({sign})"),
            ArgValue::Format(conversion, with_format) => {
                f.write_str(conversion)?;
                match (conversion, with_format) {
                    (_, false) => Ok(()),
                    ("", true) => f.write_str("with format"),
                    (_, true) => f.write_str(", with format"),
                }
            }
            ArgValue::Function(bits) => {
                let parts = FUNCTION.iter().enumerate().filter(|(bit, _)| bits & 1 << bit != 0);
                let parts: Vec<&str> = parts.map(|(_, part)| *part).collect();
                f.write_str(&parts.join(", "))
            }
        }
    }
}

impl fmt::Display for Instruction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.offset, self.name)?;
        if let Some(arg) = self.arg {
            write!(f, " {arg}")?;
        }
        let meaning = self.argval.to_string();
        if meaning.is_empty() {
            Ok(())
        } else {
            write!(f, " ({meaning})")
        }
    }
}
