//! Files and standard streams, and the pickles in them.

use crate::failure::{self, Failure};
use brinery::{ErrorKind, Graph, Options, Value};
use std::{
    fs,
    io::{self, BufWriter, Read, Write},
    path::Path,
};

/// What a file is called in messages.
pub(crate) fn name(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "<stdin>".to_owned(),
        _ => path.display().to_string(),
    }
}

/// All of a file, or of standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    bytes.map_err(failure::file(&name(path)))
}

/// A file to write, or standard output.
pub(crate) fn create(path: &Path) -> Result<BufWriter<Box<dyn Write>>, Failure> {
    let out: Box<dyn Write> = if path.as_os_str() == "-" {
        Box::new(io::stdout().lock())
    } else {
        Box::new(fs::File::create(path).map_err(failure::file(&name(path)))?)
    };
    Ok(BufWriter::with_capacity(1 << 16, out))
}

/// Standard output.
pub(crate) fn stdout() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Reads all pickles of an input that is not empty: each with its own memo, into a graph of its own, or, if one wants an
/// entry that only an earlier one can have written, all with one memo, into one graph. Answers whether that is so.
pub(crate) fn pickles<'a>(options: &Options, input: &'a [u8]) -> brinery::Result<(Vec<Graph<'a>>, bool)> {
    let mut graphs = Vec::new();
    let together = each(options, input, |graph| {
        graphs.push(graph);
        Ok(())
    })?;
    Ok(match together {
        None => (graphs, false),
        Some(graph) => (vec![graph], true),
    })
}

/// Hands over the value of each pickle, with the number of the pickle, as soon as it is read.
pub(crate) fn each_value(
    options: &Options,
    input: &[u8],
    mut act: impl FnMut(usize, Value<'_>) -> brinery::Result<()>,
) -> brinery::Result<()> {
    let mut number = 0;
    let together = each(options, input, |graph| {
        number += 1;
        act(number, graph.root())
    })?;
    if let Some(graph) = together {
        // What has been handed over is the same in this graph.
        for (at, root) in graph.roots().enumerate().skip(number) {
            act(at + 1, root)?;
        }
    }
    Ok(())
}

/// Hands over pickles that can be read by themselves. If one cannot, answers them all in one graph.
fn each<'a>(
    options: &Options,
    input: &'a [u8],
    mut act: impl FnMut(Graph<'a>) -> brinery::Result<()>,
) -> brinery::Result<Option<Graph<'a>>> {
    if input.is_empty() {
        options.read(input)?;
    }
    let mut first = true;
    for pickle in options.iter(input) {
        match pickle {
            Ok((graph, _)) => act(graph)?,
            Err(error) if !first && matches!(error.kind(), ErrorKind::MissingMemo(_)) => {
                return Ok(Some(options.read_all(input)?));
            }
            Err(error) => return Err(error),
        }
        first = false;
    }
    Ok(None)
}
