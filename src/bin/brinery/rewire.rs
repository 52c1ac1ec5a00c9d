//! `brinery rewire`

use crate::{
    args::Rewire,
    failure::{self, Failure},
    files,
};
use brinery::function;
use std::io::Write;

pub(crate) fn run(args: &Rewire) -> Result<(), Failure> {
    let name = files::name(&args.input);
    let input = files::read(&args.input)?;
    let bytes = rewire(args, &input).map_err(failure::bad(&name))?;
    // Only now, so that the output may be the input, and nothing is lost if that is bad.
    let name = match args.output.to_str() {
        Some("-") => "<stdout>".to_owned(),
        _ => files::name(&args.output),
    };
    let mut out = files::create(&args.output)?;
    out.write_all(&bytes)
        .and_then(|()| out.flush())
        .map_err(failure::file(&name))
}

fn rewire(args: &Rewire, input: &[u8]) -> brinery::Result<Vec<u8>> {
    let mut rewire = function::Rewire::new(args.to.of_library()).fast_names(args.fast_names);
    if let Some(minor) = args.python {
        rewire = rewire.python(minor);
    }
    let options = args.read.options();
    let mut bytes = Vec::new();
    for graph in files::pickles(&args.read, input)? {
        let written = rewire.rewire(&graph)?;
        bytes.extend(match args.protocol.or(graph.protocol()) {
            Some(protocol) => options.clone().protocol(protocol).write(&written)?,
            None => options.write(&written)?,
        });
    }
    Ok(bytes)
}
