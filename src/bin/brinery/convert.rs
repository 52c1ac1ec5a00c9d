//! `brinery convert`

use crate::{
    args::Convert,
    failure::{self, Failure},
    files,
};
use brinery::{Graph, Ops, Options};
use std::io::Write;

pub(crate) fn run(args: &Convert) -> Result<(), Failure> {
    let name = files::name(&args.input);
    let input = files::read(&args.input)?;
    let bytes = match args.protocol {
        None if args.optimize => optimize_all(&input),
        _ => convert(args, &input),
    };
    let bytes = bytes.map_err(failure::bad(&name))?;
    // Only now, so that the output may be the input, and nothing is lost if that is bad.
    let name = if args.output.as_os_str() == "-" {
        "<stdout>".to_owned()
    } else {
        files::name(&args.output)
    };
    let mut out = files::create(&args.output)?;
    out.write_all(&bytes)
        .and_then(|()| out.flush())
        .map_err(failure::file(&name))
}

/// Each pickle of the file as it is, without the memo entries that nobody fetches.
fn optimize_all(input: &[u8]) -> brinery::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = input;
    loop {
        bytes.extend(brinery::optimize(rest)?);
        let mut ops = Ops::new(rest);
        ops.by_ref().for_each(drop);
        rest = ops.rest();
        if rest.is_empty() {
            return Ok(bytes);
        }
    }
}

fn convert(args: &Convert, input: &[u8]) -> brinery::Result<Vec<u8>> {
    let options = args.read.options();
    let mut bytes = Vec::new();
    for graph in files::pickles(&args.read, input)? {
        let pickle = write(&options, &graph, args.protocol)?;
        if args.optimize {
            bytes.extend(optimize_all(&pickle)?);
        } else {
            bytes.extend(pickle);
        }
    }
    Ok(bytes)
}

fn write(options: &Options, graph: &Graph<'_>, protocol: Option<u8>) -> brinery::Result<Vec<u8>> {
    match protocol.or(graph.protocol()) {
        Some(protocol) => options.clone().protocol(protocol).write(graph),
        None => options.write(graph),
    }
}
