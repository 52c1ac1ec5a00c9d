//! `brinery pack`

use crate::{
    args::Pack,
    failure::{self, Failure},
    files,
    literal::Literal,
};
use brinery::{Builder, Exact, Graph, Part, Pickle, Splice, With, task::Prepared};
use std::{io::Write, path::Path};

pub(crate) fn run(args: &Pack) -> Result<(), Failure> {
    let function = files::read(&args.function)?;
    let function = Prepared::new(&function).map_err(failure::bad(&files::name(&args.function)))?;
    let positional = match (&args.args, &args.args_pickle) {
        (Some(text), _) => Arguments::of_json("--args", text)?,
        (None, Some(path)) => Arguments::of_file(path)?,
        (None, None) => Arguments::of_json("--args", "[]")?,
    };
    let keywords = match (&args.kwargs, &args.kwargs_pickle) {
        (Some(text), _) => Arguments::of_json("--kwargs", text)?,
        (None, Some(path)) => Arguments::of_file(path)?,
        (None, None) => Arguments::of_json("--kwargs", "{}")?,
    };
    let payload = function.pack(
        &With(|splice: &mut Splice| positional.write(splice)),
        &With(|splice: &mut Splice| keywords.write(splice)),
    );
    let payload = payload.map_err(|error| Failure::Unfit(error.to_string()))?;
    let mut out = files::create(&args.output)?;
    let written = out.write_all(&payload).and_then(|()| out.flush());
    written.map_err(failure::file(&files::name(&args.output)))
}

/// Positional or keyword arguments.
enum Arguments {
    Graph(Box<Graph<'static>>),
    Pickle(Vec<u8>),
}

impl Arguments {
    fn of_json(option: &str, text: &str) -> Result<Self, Failure> {
        let json = Literal::read(text).map_err(|error| Failure::Usage(format!("{option}: {error}")))?;
        let mut build = Builder::new();
        let made = match (&json, option) {
            (Literal::Array(items), "--args") => Literal::all(items, &mut build).map(|items| build.tuple(items)),
            (Literal::Object(_), "--kwargs") => json.build(&mut build),
            (_, "--args") => return Err(Failure::Usage("--args: expected a JSON array".into())),
            _ => return Err(Failure::Usage("--kwargs: expected a JSON object".into())),
        };
        let root = made.map_err(|error| Failure::Unfit(error.to_string()))?;
        Ok(Arguments::Graph(Box::new(build.finish(root))))
    }

    fn of_file(path: &Path) -> Result<Self, Failure> {
        let pickle = files::read(path)?;
        // So that an error has the file's name.
        Part::new(&pickle).map_err(failure::bad(&files::name(path)))?;
        Ok(Arguments::Pickle(pickle))
    }

    fn write(&self, splice: &mut Splice) -> brinery::Result<()> {
        match self {
            Arguments::Graph(graph) => splice.value(&Exact(graph)).map(drop),
            Arguments::Pickle(pickle) => splice.value(&Pickle(pickle)).map(drop),
        }
    }
}
