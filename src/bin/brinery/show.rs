//! `brinery show`

use crate::{
    args::{Drawing, Show},
    failure::{self, Failure},
    files,
};
use std::io::Write;

pub(crate) fn run(args: &Show) -> Result<(), Failure> {
    let name = files::name(&args.file);
    let input = files::read(&args.file)?;
    let mut out = files::stdout();
    let depth = args.max_depth.unwrap_or(usize::MAX);
    let items = args.max_items.unwrap_or(usize::MAX);
    let shown = files::each_value(&args.read, &input, |_, value| match args.graph {
        Some(Drawing::Dot) => {
            let dot = value.dot().max_depth(depth);
            // A drawing has a limit of its own.
            Ok(writeln!(
                out,
                "{}",
                args.max_items.map_or(dot, |items| dot.max_items(items))
            )?)
        }
        None => Ok(writeln!(out, "{}", value.repr().max_depth(depth).max_items(items))?),
    });
    // What could be shown is, before any error.
    out.flush().map_err(failure::file("<stdout>"))?;
    shown.map_err(failure::bad(&name))
}
