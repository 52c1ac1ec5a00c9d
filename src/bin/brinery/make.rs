//! `brinery function --source` and `--pyc`: functions that no pickle has yet.

use crate::{
    args::{self, Function},
    failure::{self, Failure},
    files,
    literal::Literal,
};
use brinery::{
    Graph, Options,
    function::{Functions, PycModule, Wire},
    marshal::pyc,
};
use std::{io::Write, path::Path};

pub(crate) fn run(args: &Function) -> Result<(), Failure> {
    let wire = args.wire.map_or(Wire::Standalone, args::Wire::of_library);
    let graph = match (&args.source, &args.pyc, &args.name) {
        (Some(text), ..) => from_source(args, text, wire)?,
        (None, Some(file), Some(name)) => from_pyc(args, file, name, wire)?,
        (None, Some(file), None) => return list(args, file),
        (None, None, _) => return Err(Failure::Usage("a file, --source or --pyc is needed".into())),
    };
    if args.wire.is_some() || args.output.is_some() {
        return write(args, &graph);
    }
    let mut out = files::stdout();
    let shown = Functions::of(&graph).and_then(|functions| {
        let report = functions.report().disassembly(args.dis);
        match args.json {
            true => Ok(writeln!(out, "{}", report.to_json())?),
            false => Ok(write!(out, "{report}")?),
        }
    });
    out.flush().map_err(failure::file("<stdout>"))?;
    shown.map_err(failure::bad("<function>"))
}

fn write(args: &Function, graph: &Graph<'_>) -> Result<(), Failure> {
    let options = args
        .protocol
        .map_or(Options::new(), |protocol| Options::new().protocol(protocol));
    let bytes = options.write(graph).map_err(failure::bad("<function>"))?;
    let path = args.output.as_deref().unwrap_or(Path::new("-"));
    let name = match path.to_str() {
        Some("-") => "<stdout>".to_owned(),
        _ => files::name(path),
    };
    let mut out = files::create(path)?;
    let written = out.write_all(&bytes).and_then(|()| out.flush());
    written.map_err(failure::file(&name))
}

/// What `--bind` says, in order.
fn bindings(args: &Function) -> Result<Vec<(&str, Literal)>, Failure> {
    let read = |(name, text): &'_ (String, String)| {
        Literal::read(text).map_err(|error| Failure::Usage(format!("--bind {name}: {error}")))
    };
    let pair = |binding| read(binding).map(|json| (binding.0.as_str(), json));
    args.bind.iter().map(pair).collect()
}

/// Names and modules of `--import`.
fn imports(args: &Function) -> impl Iterator<Item = (&str, &str)> {
    let pair = |text| <str>::split_once(text, '=').unwrap_or((text, text));
    args.import.iter().map(move |text| pair(text.as_str()))
}

#[cfg(not(feature = "source"))]
fn from_source(_: &Function, _: &str, _: Wire) -> Result<Graph<'static>, Failure> {
    let how = "this brinery was built without the parser of Python source; build it with --features source";
    Err(Failure::Usage(format!("--source: {how}")))
}

#[cfg(feature = "source")]
fn from_source(args: &Function, text: &str, wire: Wire) -> Result<Graph<'static>, Failure> {
    let bindings = bindings(args)?;
    let made = || {
        let mut made = brinery::function::Function::from_source(text)?;
        for (name, json) in &bindings {
            let value = json.build(made.data())?;
            let source = made.source();
            if source.parameters.iter().any(|parameter| parameter.name == *name) {
                made.default(name, value)?;
            } else if source.declared_globals.iter().any(|global| global == name) {
                made.global(name, value)?;
            } else {
                made.free_variable(name, value)?;
            }
        }
        for (name, module) in imports(args) {
            made.import(name, module)?;
        }
        made.write(wire)
    };
    made().map_err(failure::bad("--source"))
}

fn module(file: &Path) -> Result<PycModule, Failure> {
    let bytes = files::read(file)?;
    let read = pyc::read(&bytes).and_then(PycModule::of);
    read.map_err(failure::bad(&files::name(file)))
}

fn from_pyc(args: &Function, file: &Path, name: &str, wire: Wire) -> Result<Graph<'static>, Failure> {
    let bindings = bindings(args)?;
    let module = module(file)?;
    let made = || {
        let mut made = module.function(name)?;
        for (name, json) in &bindings {
            let value = json.build(made.data())?;
            if made.item().free_variables.iter().any(|free| free == name) {
                made.free_variable(name, value)?;
            } else {
                made.global(name, value)?;
            }
        }
        for (name, module) in imports(args) {
            made.import(name, module)?;
        }
        made.write(wire)
    };
    made().map_err(failure::bad(&files::name(file)))
}

/// The functions and classes of a module.
fn list(args: &Function, file: &Path) -> Result<(), Failure> {
    let only_one = args.wire.is_some() || args.output.is_some() || !args.bind.is_empty() || !args.import.is_empty();
    if only_one {
        return Err(Failure::Usage(
            "--name says which function of the .pyc file is meant".into(),
        ));
    }
    let module = module(file)?;
    let mut out = files::stdout();
    let mut show = || -> std::io::Result<()> {
        if args.json {
            let items: Vec<serde_json::Value> = module.items().iter().map(|item| {
                serde_json::json!({
                    "qualname": item.qualname, "class": item.is_class, "line": item.line, "free": item.free_variables,
                })
            }).collect();
            let python = format!("3.{}", module.minor());
            let all = serde_json::json!({"module": module.name(), "python": python, "items": items});
            writeln!(out, "{all}")?;
            return out.flush();
        }
        writeln!(out, "module {}, CPython 3.{}", module.name(), module.minor())?;
        for item in module.items() {
            let kind = if item.is_class { "class" } else { "def" };
            write!(out, "{kind} {}, line {}", item.qualname, item.line)?;
            if !item.free_variables.is_empty() {
                write!(out, ", free variables {}", item.free_variables.join(", "))?;
            }
            writeln!(out)?;
        }
        out.flush()
    };
    show().map_err(failure::file("<stdout>"))
}
