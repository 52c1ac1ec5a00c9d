//! `brinery json`

use crate::{
    args::Json,
    failure::{self, Failure},
    files,
};
use brinery::{ErrorKind, JsonOptions, Misfit};
use std::io::{self, Write};

/// So many misfits are named, the others are counted: a million dates are better not a million lines.
const NAMED: usize = 1000;

pub(crate) fn run(args: &Json) -> Result<(), Failure> {
    let name = files::name(&args.file);
    let input = files::read(&args.file)?;
    let usual = JsonOptions::default();
    let options = JsonOptions {
        indent: args.indent,
        ascii: args.ascii,
        limit: (args.max_bytes).unwrap_or_else(|| usual.limit.max(64 * input.len() as u64)),
    };
    let mut out = files::stdout();
    let mut misfits = 0;
    let written = files::each_value(&args.read, &input, |number, value| {
        value.write_json(&mut out, &options, |misfit| {
            misfits += 1;
            if misfits <= NAMED {
                report(&name, number, &misfit);
            }
        })?;
        Ok(writeln!(out)?)
    });
    out.flush().map_err(failure::file("<stdout>"))?;
    if misfits > NAMED {
        let _ = writeln!(io::stderr(), "brinery: {name}: and {} more", misfits - NAMED);
    }
    written.map_err(|error: brinery::Error| match error.kind() {
        ErrorKind::Limit { name: "output", limit } => Failure::Unfit(format!(
            "{name}: the JSON has more than {limit} bytes; shared objects are written each time (see --max-bytes)"
        )),
        _ => failure::bad(&name)(error),
    })
}

fn report(name: &str, number: usize, misfit: &Misfit<'_>) {
    // Only the pickles after the first need a number.
    let pickle = if number > 1 {
        format!("pickle {number}: ")
    } else {
        String::new()
    };
    let _ = writeln!(io::stderr(), "brinery: {name}: {pickle}{misfit}");
}
