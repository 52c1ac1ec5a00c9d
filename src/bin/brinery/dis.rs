//! `brinery dis`

use crate::{
    args::Dis,
    failure::{self, Failure},
    files,
};
use brinery::{DisOptions, Disassembler};
use std::io::Write;

pub(crate) fn run(args: &Dis) -> Result<(), Failure> {
    let mut out = files::create(&args.output)?;
    let done = all_files(args, &mut out);
    out.flush().map_err(failure::file("<stdout>"))?;
    done
}

fn all_files(args: &Dis, out: &mut impl Write) -> Result<(), Failure> {
    let mut disassembler = Disassembler::new(DisOptions {
        annotate: args.annotate,
        // As in Python, less than nothing is nothing.
        indent: args.indent.try_into().unwrap_or(0),
    })
    .limits(&args.limits.limits());
    // Standard input is read once, and each `-` goes on where the one before stopped.
    let mut stdin: Option<(Vec<u8>, usize)> = None;
    for path in &args.files {
        let name = files::name(path);
        if args.files.len() > 1 {
            let preamble = preamble(&args.preamble, &name)?;
            writeln!(out, "{preamble}").map_err(failure::file("<stdout>"))?;
        }
        let is_stdin = path.as_os_str() == "-";
        let (input, mut at) = match &mut stdin {
            Some((input, at)) if is_stdin => (std::mem::take(input), *at),
            _ => (files::read(path)?, 0),
        };
        loop {
            if !args.memo {
                disassembler.clear_memo();
            }
            at = disassembler.dis(&input, at, out).map_err(failure::bad(&name))?;
            if !args.all || at == input.len() {
                break;
            }
        }
        if is_stdin {
            stdin = Some((input, at));
        }
    }
    Ok(())
}

/// Python's `template.format(name=name)`, as far as it makes sense here.
fn preamble(template: &str, name: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let field = &rest[at..];
        (text, rest) = match field.strip_prefix("{name}") {
            Some(behind) => (text + name, behind),
            None if field.starts_with("{{") || field.starts_with("}}") => (text + &field[..1], &field[2..]),
            None => {
                return Err(Failure::Usage(
                    "--preamble: the only field is {name}, braces are {{ and }}".to_owned(),
                ));
            }
        };
    }
    Ok(text + rest)
}
