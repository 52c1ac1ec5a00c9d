//! The depth of the stack at every instruction, as the compiler reckons it (`stackdepth` in `Python/compile.c`).

use super::{
    ArgValue,
    check::Program,
    instructions::Instruction,
    opcode::{Effect, is_final},
    wrong,
};
use crate::error::{ErrorKind, Result};

/// The depth of the stack is not known yet.
const UNKNOWN: i64 = -1;

/// How an instruction changes the depth: if control goes on, and if it jumps.
fn effects(step: &Instruction<'_>) -> (i64, i64) {
    let arg = i64::from(step.arg.unwrap_or(0));
    let both = |effect: i64| (effect, effect);
    match step.row.4 {
        // The generator is made here; when it is resumed, the value that was sent is on the stack.
        _ if step.name == "RETURN_GENERATOR" => both(1),
        Effect::Fixed(by) => both(by.into()),
        Effect::Jump(falls, jumps) => (falls.into(), jumps.into()),
        Effect::Linear(base, slope) => both(i64::from(base) + i64::from(slope) * arg),
        Effect::Bits(base, slope, mask) => {
            let bits = (arg & i64::from(mask)).count_ones();
            both(i64::from(base) + i64::from(slope) * i64::from(bits))
        }
        Effect::Unpack => both((arg & 0xff) + (arg >> 8)),
        Effect::Unknown => both(0),
    }
}

/// The depths that are known, and what has still to be followed.
struct Walk<'p, 'g> {
    program: &'p Program<'g>,
    depths: Vec<i64>,
    work: Vec<usize>,
    /// Whether there is a `finally` of 3.8, which is entered in two ways.
    twofold: bool,
}

impl Walk<'_, '_> {
    /// Control gets to an instruction with so many values on the stack.
    fn reach(&mut self, at: usize, depth: i64) -> Result<(), ErrorKind> {
        let step = &self.program.steps[at];
        let limit = i64::from(self.program.code.stacksize);
        let fault = |why: String| {
            Err(wrong(
                self.program.code,
                format!("{} at byte {}: {why}", step.name, step.offset),
            ))
        };
        if depth < 0 {
            return fault("the stack of values runs out before it".into());
        }
        if depth > limit {
            return fault(format!("{depth} values on the stack, and co_stacksize is {limit}"));
        }
        let known = self.depths[at];
        if known == UNKNOWN {
            self.depths[at] = depth;
            self.work.push(at);
        } else if known != depth && !self.twofold {
            return fault(format!(
                "{known} or {depth} values on the stack, by the way it is reached"
            ));
        }
        Ok(())
    }
}

/// Follows control from the start and from each handler. Every instruction is looked at once; where ways meet, the
/// depths must be the same, but for code of 3.8 with a `finally`. Answers the byte of the first that nothing leads to.
pub(super) fn check(program: &Program<'_>) -> Result<Option<usize>, ErrorKind> {
    let code = program.code;
    let mut walk = Walk {
        program,
        depths: vec![UNKNOWN; program.steps.len()],
        work: Vec::new(),
        twofold: program.minor == 8 && program.steps.iter().any(|step| step.name == "END_FINALLY"),
    };
    let kinds = code.flags();
    let generator = kinds.is_generator() || kinds.is_coroutine() || kinds.is_async_generator();
    walk.reach(0, i64::from(generator && program.minor == 10))?;
    for handler in code.handlers().map_err(crate::Error::into_kind)? {
        let Some(at) = program.step_at(handler.target) else {
            let why = format!(
                "co_exceptiontable leads into an instruction, to byte {}",
                handler.target
            );
            return Err(wrong(code, why));
        };
        if !handler.code.is_empty() {
            walk.reach(at, handler.depth as i64 + i64::from(handler.lasti) + 1)?;
        }
    }
    while let Some(at) = walk.work.pop() {
        let (step, depth) = (&program.steps[at], walk.depths[at]);
        let (falls, jumps) = effects(step);
        // The body of a `finally` in 3.8 is also entered from where the exception would be.
        if let ArgValue::Jump(target) = step.argval
            && step.name != "CALL_FINALLY"
            && let Some(target) = program.step_at(target)
        {
            walk.reach(target, depth + jumps)?;
        }
        if is_final(step.name) {
            if depth + falls < 0 {
                return Err(wrong(
                    code,
                    format!("{} at byte {}: the stack of values runs out", step.name, step.offset),
                ));
            }
        } else if at + 1 < program.steps.len() {
            walk.reach(at + 1, depth + falls)?;
        } else {
            return Err(wrong(
                code,
                format!("control goes on after {}, where the code ends", step.name),
            ));
        }
    }
    let unreached = walk.depths.iter().position(|depth| *depth == UNKNOWN);
    Ok(unreached.map(|at| program.steps[at].offset))
}
