//! `brinery function`

use crate::{
    args::Function,
    failure::{self, Failure},
    files, make,
};
use brinery::function::Functions;
use std::io::Write;

pub(crate) fn run(args: &Function) -> Result<(), Failure> {
    let Some(file) = &args.file else {
        return make::run(args);
    };
    let name = files::name(file);
    let input = files::read(file)?;
    let mut out = files::stdout();
    let mut pickles = files::pickles(&args.read, &input)
        .map_err(failure::bad(&name))?
        .into_iter();
    let shown = pickles.by_ref().enumerate().try_for_each(|(at, graph)| {
        let functions = Functions::of(&graph)?;
        let report = functions.report().disassembly(args.dis);
        if args.json {
            return Ok(writeln!(out, "{}", report.to_json())?);
        }
        Ok(write!(out, "{}{report}", if at > 0 { "\n" } else { "" })?)
    });
    // What could be shown is, before any error.
    out.flush().map_err(failure::file("<stdout>"))?;
    shown.map_err(failure::bad(&name))
}
