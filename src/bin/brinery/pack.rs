//! `brinery pack`

use crate::{
    args::Pack,
    failure::{self, Failure},
    files,
    literal::Literal,
};
use brinery::{Builder, Exact, Graph, Kind, Part, Pickle, Splice, Value, With, task::Prepared};
use std::{io::Write, path::Path};

pub(crate) fn run(args: &Pack) -> Result<(), Failure> {
    let function = files::read(&args.function)?;
    let function = Prepared::new(&function).map_err(failure::bad(&files::name(&args.function)))?;
    let positional = match (&args.args, &args.args_pickle) {
        (Some(text), _) => Arguments::of_json("--args", text)?,
        (None, Some(path)) => Arguments::of_file("--args-pickle", path)?,
        (None, None) => Arguments::of_json("--args", "[]")?,
    };
    let keywords = match (&args.kwargs, &args.kwargs_pickle) {
        (Some(text), _) => Arguments::of_json("--kwargs", text)?,
        (None, Some(path)) => Arguments::of_file("--kwargs-pickle", path)?,
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

    fn of_file(option: &str, path: &Path) -> Result<Self, Failure> {
        let (pickle, name) = (files::read(path)?, files::name(path));
        // So that an error has the file's name.
        Part::new(&pickle).map_err(failure::bad(&name))?;
        let graph = Graph::from_slice(&pickle).map_err(failure::bad(&name))?;
        if let Some(expected) = misfit(option, graph.root()) {
            return Err(Failure::Usage(format!("{option}: {name}: expected {expected}")));
        }
        Ok(Arguments::Pickle(pickle))
    }

    fn write(&self, splice: &mut Splice) -> brinery::Result<()> {
        match self {
            Arguments::Graph(graph) => splice.value(&Exact(graph)).map(drop),
            Arguments::Pickle(pickle) => splice.value(&Pickle(pickle)).map(drop),
        }
    }
}

/// What a pickle's value is not and should be. What only Python can tell, such as an instance of a subclass, is let through.
fn misfit(option: &str, value: Value<'_>) -> Option<String> {
    let found = value.type_name();
    match (value.kind(), option) {
        (Kind::Object(_) | Kind::Global(_) | Kind::Persistent(_), _) => None,
        (Kind::Tuple(_) | Kind::List(_), "--args-pickle") => None,
        (_, "--args-pickle") => Some(format!("a tuple or a list, found {found}")),
        (Kind::Dict(entries), _) => {
            let mut keys = entries.iter().map(|(key, _)| key);
            let key = keys.find(|key| !matches!(key.type_name(), "str" | "object" | "persistent object"))?;
            Some(format!("a dict with names as keys, found the key {key}"))
        }
        _ => Some(format!("a dict, found {found}")),
    }
}
