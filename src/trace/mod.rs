//! A pickle as the Python program that it amounts to.

mod heap;
mod write;

use crate::{
    arg::ParseError,
    error::{Error, ErrorKind},
    machine::{Machine, Rules},
    opcode::Op,
    ops::{Failure, parse_failure},
};
use heap::{Mentions, Tracer};
use std::io::Write;

/// Writes what loading the pickles in `input` would do as a Python program: each import, call and change in order, also
/// those whose result is thrown away, and what comes out.
///
/// The text is for people. Its first line is no Python, so that nobody runs it by accident; long values are cut. Of a
/// broken pickle all is written up to the error.
///
/// ```
/// let mut text = Vec::new();
/// brinery::trace(b"cos\nsystem\n(S'echo'\ntR0N.", &mut text)?;
/// assert_eq!(String::from_utf8_lossy(&text), "\
/// <<< What loading this pickle does. To be read, not to be run. >>>
/// from os import system  # GLOBAL at byte 0
/// x1 = system('echo')  # REDUCE at byte 21
/// result = None
/// ");
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn trace(input: &[u8], out: &mut impl Write) -> Result<(), Error> {
    writeln!(out, "<<< What loading this pickle does. To be read, not to be run. >>>")?;
    let mut at = 0;
    loop {
        // Twice: what is mentioned and changed afterwards, or mentioned twice, needs a name from the start.
        let mut first = Tracer::new(Mentions::default(), None::<&mut Vec<u8>>);
        let _ = run(input, at, &mut first);
        let mut second = Tracer::new(first.into_mentions(), Some(&mut *out));
        let end = run(input, at, &mut second);
        second.done()?;
        let end = end?;
        if input.get(end..).unwrap_or_default().iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        writeln!(out, "# The next pickle starts at byte {end}.")?;
        at = end;
    }
}

/// Runs one pickle and says where it ends.
fn run<'a, W: Write>(input: &'a [u8], start: usize, tracer: &mut Tracer<'a, '_, W>) -> Result<usize, Error> {
    let mut machine = Machine::new(Rules::Classic, crate::limits::Limits::default());
    let mut at = start;
    loop {
        let rest = input.get(at..).unwrap_or_default();
        let (end, op) = match Op::parse(rest) {
            Ok((behind, op)) => (at + (rest.len() - behind.len()), op),
            Err(error) => return Err(parse_error(error, rest, at)),
        };
        tracer.at(at as u64, op.info().name);
        if let (Op::Dup, Some(top)) = (&op, machine.peek()) {
            tracer.shared(*top);
        }
        match machine.step(tracer, at as u64, op) {
            Ok(None) => at = end,
            Ok(Some(result)) => {
                tracer.result(result);
                return Ok(end);
            }
            Err(error) => {
                let error: ErrorKind = error;
                return Err(error.at(at as u64, Some(op.code())));
            }
        }
    }
}

fn parse_error(error: ParseError, rest: &[u8], at: usize) -> Error {
    let failure: Failure<ErrorKind> = parse_failure(error, rest, at as u64);
    failure.into()
}
