//! `brinery convert`

use crate::{
    args::Convert,
    failure::{self, Failure},
    files,
};
use brinery::{Graph, Options};
use std::io::Write;

pub(crate) fn run(args: &Convert) -> Result<(), Failure> {
    let name = files::name(&args.input);
    let input = files::read(&args.input)?;
    let options = args.read.options();
    let (graphs, share_memo) = files::pickles(&options, &input).map_err(failure::bad(&name))?;
    if share_memo && args.optimize {
        let message = format!("{name}: the pickles share a memo, so no entry can be dropped from one of them");
        return Err(Failure::Unfit(message));
    }
    let mut bytes = Vec::new();
    for graph in graphs {
        let pickle = write(&options, &graph, args.protocol).map_err(failure::bad(&name))?;
        if args.optimize {
            bytes.extend(brinery::optimize(&pickle).map_err(failure::bad(&name))?);
        } else {
            bytes.extend(pickle);
        }
    }
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

fn write(options: &Options, graph: &Graph<'_>, protocol: Option<u8>) -> brinery::Result<Vec<u8>> {
    match protocol.or(graph.protocol()) {
        Some(protocol) => options.clone().protocol(protocol).write(graph),
        None => options.write(graph),
    }
}
