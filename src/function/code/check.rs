//! Whether a code object can be true, and of which version of Python.

use super::{
    ArgValue, Code, Layout, Versions, as_text,
    instructions::{Decoder, Instruction},
    opcode::is_final,
    stack, wrong,
};
use crate::error::{Error, ErrorKind, Result};

/// RESUME of 3.14, which has no table here.
const RESUME_3_14: u8 = 128;

impl<'g> Code<'g> {
    /// What can be said without a look at the bytecode.
    pub(super) fn check_shape(&self) -> Result<(), ErrorKind> {
        let fault = |why: String| Err(wrong(self, why));
        let Code {
            argcount,
            posonlyargcount,
            nlocals,
            flags,
            ..
        } = *self;
        if self.code.is_empty() || !self.code.len().is_multiple_of(2) {
            return fault(format!(
                "co_code has {} bytes, not two for each instruction",
                self.code.len()
            ));
        }
        if posonlyargcount > argcount {
            return fault(format!(
                "co_posonlyargcount is {posonlyargcount}, of co_argcount {argcount}"
            ));
        }
        if self.nlocals() != self.varnames.len() {
            return fault(format!(
                "co_nlocals is {nlocals}, and co_varnames has {}",
                self.varnames.len()
            ));
        }
        if self.parameter_count() > self.nlocals() {
            return fault(format!(
                "it has {} parameters, and co_nlocals is {nlocals}",
                self.parameter_count()
            ));
        }
        if flags.unknown() != 0 {
            return fault(format!(
                "co_flags has bits that no version has: 0x{:x}",
                flags.unknown()
            ));
        }
        if (flags.0 & 0x2a0).count_ones() > 1 || flags.0 & 0x120 == 0x100 {
            return fault(format!("co_flags says that it is several kinds of generator: {flags}"));
        }
        Ok(())
    }

    /// Goes through bytecode and tables and says which versions of CPython it may be of, from 3.6 to 3.14. An error that
    /// says what is wrong, if it is of none: no compiler has made it, and calling it might crash the interpreter.
    ///
    /// Small functions look alike in neighbouring versions, so that several remain. What is checked for each version:
    /// that it has the opcodes and that their caches are there and empty; that arguments are indices of something; that
    /// jumps and handlers lead to instructions; that control never leaves the code; that the stack neither runs out nor
    /// gets deeper than `co_stacksize` (3.8 and later); that the tables of lines and exceptions are whole. 3.14 is only
    /// recognised, by its RESUME. What 3.11 and 3.12 have in common is of 3.11 alone if a local variable may have no value
    /// where it is loaded: 3.12 has another opcode for that.
    ///
    /// Of a pickle by cloudpickle up to 2.0 or dill up to 0.3.5, sixteen arguments with a `co_lnotab` may be of 3.10, too.
    /// Then its jumps tell, and that 3.10 leaves out what control never gets to; if they do not, all three remain.
    ///
    /// Nested code objects are not looked into: see [`nested`](Self::nested).
    pub fn check(&self) -> Result<Versions> {
        self.lines()?;
        self.handlers()?;
        let candidates = self.candidates().and(self.flags.versions());
        let mut best: Option<(usize, ErrorKind)> = None;
        let mut fits = Vec::new();
        for minor in candidates.iter().filter(|minor| *minor <= 13) {
            match verify(*self, minor) {
                Ok(()) => fits.push(minor),
                // The one that went furthest says best what is wrong.
                Err(fault) if best.as_ref().is_none_or(|best| best.0 <= fault.0) => best = Some(fault),
                Err(_) => {}
            }
        }
        if fits == [11, 12] && Program::read(*self, 11).is_ok_and(|program| program.may_load_unbound()) {
            fits.pop();
        }
        let fits = Versions::from_iter(fits);
        if fits.is_empty() && candidates.contains(14) && self.code.as_chunks::<2>().0.contains(&[RESUME_3_14, 0]) {
            return Ok(Versions::from_iter([14]));
        }
        match best {
            Some((_, fault)) if fits.is_empty() => Err(Error::from(fault)),
            _ => Ok(fits),
        }
    }

    /// Checks this code object for one version, as [`check`](Self::check) does.
    pub fn check_for(&self, minor: u8) -> Result<()> {
        self.lines()?;
        self.handlers()?;
        verify(*self, minor).map_err(|(_, fault)| fault.into())
    }

    /// Whether it is the same program in all these versions: they have these opcodes, and jumps lead to the same places.
    pub(in crate::function) fn is_same_in(&self, versions: Versions) -> bool {
        let program = |minor| {
            let mut decoder = Decoder::new(*self, minor).ok()?;
            let steps = std::iter::from_fn(move || decoder.next());
            let said = |step: Instruction<'_>| {
                let target = match step.argval {
                    ArgValue::Jump(target) => Some(target),
                    _ => None,
                };
                // What 3.11 calls POP_JUMP_FORWARD_IF_TRUE.
                (step.name.replace("FORWARD_IF", "IF"), step.arg, target)
            };
            steps.map(|step| step.ok().map(said)).collect::<Option<Vec<_>>>()
        };
        let mut programs = versions.iter().filter(|minor| *minor <= 13).map(program);
        let first = programs.next();
        programs.all(|other| Some(other) == first)
    }

    /// The cells that are no local variables too, as parameters may be: from 3.11 on the others are listed with those
    /// (`co_localsplusnames`).
    pub(super) fn own_cells(&self) -> Vec<crate::Str<'g>> {
        let locals: std::collections::HashSet<_> = self.varnames().collect();
        let cells = self.cellvars.iter().map(|cell| as_text(cell).unwrap_or_default());
        cells.filter(|cell| !locals.contains(cell)).collect()
    }
}

/// What of a code object is not of a version, and how far it was.
fn verify(code: Code<'_>, minor: u8) -> Result<(), (usize, ErrorKind)> {
    let program = Program::read(code, minor)?;
    let is_prefix = |step: &Instruction<'_>| step.name == "EXTENDED_ARG";
    let resumes = program.steps.iter().any(|step| step.name == "RESUME");
    let length = code.code.len();
    let end = |why: &str| Err((length, wrong(code, why)));
    if program.steps.last().is_some_and(is_prefix) {
        return end("it ends after EXTENDED_ARG");
    }
    if code.layout == Layout::V3_11 && !resumes {
        return end("it has no RESUME, which every code object has since 3.11");
    }
    for step in &program.steps {
        if let ArgValue::Jump(target) = step.argval {
            program.step_at(target).ok_or_else(|| {
                let why = format!(
                    "{} at byte {} jumps into an instruction, to byte {target}",
                    step.name, step.offset
                );
                (step.offset, wrong(code, why))
            })?;
        }
    }
    if minor >= 8 {
        let unreached = stack::check(&program).map_err(|why| (length, why))?;
        if minor == 10 && code.old_table {
            return program.is_compiled_by_3_10(unreached).map_err(|why| (length, why));
        }
        return Ok(());
    }
    match program.steps.last() {
        Some(last) if is_final(last.name) || last.name == "END_FINALLY" => Ok(()),
        _ => end("control goes on where the code ends"),
    }
}

/// No instruction starts here.
const NOWHERE: u32 = u32::MAX;

/// All instructions of a code object.
pub(super) struct Program<'g> {
    pub(super) code: Code<'g>,
    pub(super) minor: u8,
    pub(super) steps: Vec<Instruction<'g>>,
    /// The instruction that starts at each unit of two bytes.
    starts: Vec<u32>,
}

impl<'g> Program<'g> {
    /// All instructions, if they are of this version; else how far they are.
    fn read(code: Code<'g>, minor: u8) -> Result<Self, (usize, ErrorKind)> {
        let mut decoder = Decoder::new(code, minor).map_err(|why| (0, why))?;
        let mut program = Program {
            code,
            minor,
            steps: Vec::new(),
            starts: vec![NOWHERE; code.code.len() / 2],
        };
        let mut prefixed = false;
        while let Some(next) = decoder.next() {
            let step = next.map_err(|why| (decoder.offset(), why))?;
            // A jump leads to the first of an instruction's prefixes.
            if !prefixed {
                program.starts[step.offset / 2] = program.steps.len() as u32;
            }
            prefixed = step.name == "EXTENDED_ARG";
            program.steps.push(step);
        }
        Ok(program)
    }
}

impl Program<'_> {
    /// What tells code of 3.10 from that of 3.8 and 3.9, whose jumps count bytes, and which have another opcode where 3.10
    /// has MATCH_CLASS.
    fn is_compiled_by_3_10(&self, unreached: Option<usize>) -> Result<(), ErrorKind> {
        if let Some(offset) = unreached {
            let why = format!("control never gets to byte {offset}, and 3.10 leaves such code out");
            return Err(wrong(self.code, why));
        }
        let mut steps = self.steps.iter().filter(|step| step.name != "EXTENDED_ARG").peekable();
        while let Some(step) = steps.next() {
            let jumps = steps
                .peek()
                .is_some_and(|next| matches!(next.argval, ArgValue::Jump(_)));
            if step.name.starts_with("MATCH_") && !jumps {
                let why = format!("no jump follows {} at byte {}", step.name, step.offset);
                return Err(wrong(self.code, why));
            }
        }
        Ok(())
    }

    /// The number of the instruction that starts at a byte.
    pub(super) fn step_at(&self, offset: usize) -> Option<usize> {
        let start = *self.starts.get(offset / 2)?;
        (offset.is_multiple_of(2) && start != NOWHERE).then_some(start as usize)
    }
}
