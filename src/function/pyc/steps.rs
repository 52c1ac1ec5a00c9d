//! The bytecode of a code object, with all that is needed of it apart from the graph.

use crate::{
    Graph, Ref, Result, Str,
    error::ErrorKind,
    function::code::{ArgValue, Code},
};

/// Longer names are of no use to anyone, and hostile code may have the same one in each instruction.
pub(super) const MAX_NAME: usize = 4096;

/// One instruction.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) arg: usize,
    /// The constant that it loads.
    pub(super) constant: Option<Ref>,
    /// The name that it loads, stores or imports.
    pub(super) text: Option<String>,
    /// Whether NULL or an object is pushed beside it.
    pub(super) pair: bool,
    /// Whether control gets here from elsewhere, too.
    pub(super) is_target: bool,
    /// Whether it may be left out or be followed by its opposite: in a branch, a loop, a `try`.
    pub(super) is_conditional: bool,
}

/// The code object of a node, in this version.
pub(super) fn code_at<'g>(graph: &'g Graph<'g>, at: Ref, minor: u8) -> Result<Code<'g>> {
    let code = Code::at(graph, at)?.ok_or_else(|| ErrorKind::Malformed("it is not a code object".into()))?;
    code.for_minor(minor)
}

/// A name as an instruction has it.
fn owned(name: Str<'_>) -> Option<String> {
    name.to_str().filter(|name| name.len() <= MAX_NAME).map(str::to_owned)
}

pub(super) fn steps(graph: &Graph<'_>, at: Ref, minor: u8) -> Result<Vec<Step>> {
    let code = code_at(graph, at, minor)?;
    let mut branches = Vec::new();
    let mut out = Vec::new();
    let mut offsets = Vec::new();
    let mut ended = false;
    for step in code.instructions(minor)? {
        let step = step?;
        let mut new = Step {
            name: step.name,
            arg: step.arg.unwrap_or(0) as usize,
            constant: None,
            text: None,
            pair: false,
            is_target: step.is_jump_target,
            is_conditional: false,
        };
        match step.argval {
            ArgValue::Const(value) => new.constant = Some(value.id()),
            ArgValue::Name(name) => new.text = owned(name),
            ArgValue::NameAnd(name, ..) => {
                new.text = owned(name);
                new.pair = true;
            }
            // Behind the end nothing is certain anyhow, and handlers go back from there.
            ArgValue::Jump(target) if !ended => branches.push(step.offset.min(target)..step.offset.max(target)),
            _ => {}
        }
        // What follows the end of a module is where its exceptions are handled.
        if step.name.starts_with("RETURN_") && step.name != "RETURN_GENERATOR" {
            branches.push(step.offset..usize::MAX);
            ended = true;
        }
        offsets.push(step.offset);
        out.push(new);
    }
    branches.extend(code.handlers()?.into_iter().map(|handler| handler.code));
    // Each instruction is in a branch if one that has begun before it ends behind it.
    branches.sort_unstable_by_key(|branch| branch.start);
    let (mut next, mut end) = (0, 0);
    for (step, offset) in out.iter_mut().zip(offsets) {
        while let Some(branch) = branches.get(next).filter(|branch| branch.start <= offset) {
            end = end.max(branch.end);
            next += 1;
        }
        step.is_conditional = offset < end;
    }
    Ok(out)
}
