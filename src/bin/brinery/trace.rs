//! `brinery trace`

use crate::{
    args::Trace,
    failure::{self, Failure},
    files,
};
use std::io::Write;

pub(crate) fn run(args: &Trace) -> Result<(), Failure> {
    let name = files::name(&args.file);
    let input = files::read(&args.file)?;
    let mut out = files::stdout();
    let traced = brinery::trace(&input, &mut out);
    // What was done before an error is shown.
    out.flush().map_err(failure::file("<stdout>"))?;
    traced.map_err(failure::bad(&name))
}
