//! Files and standard streams, and the pickles in them.

use crate::{
    args,
    failure::{self, Failure},
};
use brinery::{Graph, Value};
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
pub(crate) fn create(path: &Path) -> Result<BufWriter<Box<dyn Write + Send>>, Failure> {
    let out: Box<dyn Write + Send> = if path.as_os_str() == "-" {
        Box::new(io::stdout())
    } else {
        Box::new(fs::File::create(path).map_err(failure::file(&name(path)))?)
    };
    Ok(BufWriter::with_capacity(1 << 16, out))
}

/// Standard output.
pub(crate) fn stdout() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Reads all pickles of an input that is not empty: each with its own memo into a graph of its own, or all with one memo
/// into one graph.
pub(crate) fn pickles<'a>(args: &args::Read, input: &'a [u8]) -> brinery::Result<Vec<Graph<'a>>> {
    let options = args.options();
    if args.shared_memo || input.is_empty() {
        // An empty input is no pickle.
        return Ok(vec![options.read(input).and_then(|_| options.read_all(input))?]);
    }
    options.iter(input).map(|pickle| Ok(pickle?.0)).collect()
}

/// Hands over the value of each pickle, with the number of the pickle, as soon as it is read.
pub(crate) fn each_value(
    args: &args::Read,
    input: &[u8],
    mut act: impl FnMut(usize, Value<'_>) -> brinery::Result<()>,
) -> brinery::Result<()> {
    if args.shared_memo || input.is_empty() {
        let graphs = pickles(args, input)?;
        let roots = graphs.iter().flat_map(|graph| graph.roots());
        return (1..).zip(roots).try_for_each(|(number, root)| act(number, root));
    }
    let options = args.options();
    (1..)
        .zip(options.iter(input))
        .try_for_each(|(number, pickle)| act(number, pickle?.0.root()))
}
