//! Every committed vector, read in every way, against what CPython 3.13 made of it.

mod support;

use brinery::{DeedKind, Graph, Python, Step};
#[cfg(feature = "cli")]
use std::process::{Command, Output};
use support::{Chunks, Rng, canon::canon, difference, same::isomorphic, show, vectors};

/// Reads a vector from a slice, with its buffers.
fn read<'v>(vector: &'v vectors::Vector, buffers: &'v [Vec<u8>]) -> brinery::Result<Graph<'v>> {
    let options = vector.options();
    if buffers.is_empty() {
        options.read(&vector.bytes)
    } else {
        options.read_with_buffers(&vector.bytes, buffers.iter().map(|buffer| &**buffer))
    }
}

#[test]
fn slices_say_what_cpython_says() {
    let mut accepted = 0;
    for vector in vectors::all().iter().filter(|vector| !vector.refused()) {
        let buffers = vector.buffers();
        let graph = read(vector, &buffers).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(canon(&graph), vector.beside("canon"), "canon of {}", vector.name);
        assert_eq!(shown(&graph), repr(vector, &graph), "repr of {}", vector.name);
        accepted += 1;
    }
    assert!(accepted >= 340, "only {accepted} vectors");
}

/// The expected text, with nested names as we print them. The oracle prints the calls of `getattr` that spell them below
/// protocol 4: it cannot tell those calls from others.
fn repr(vector: &vectors::Vector, graph: &Graph<'_>) -> String {
    let mut text = vector.beside("repr");
    for deed in graph.deeds().filter(|deed| deed.kind == DeedKind::Call) {
        if let (Some(_), Some((callable, args))) = (deed.value.as_global(), deed.value.spelled_by()) {
            let args: Vec<String> = args.iter().map(|arg| arg.to_string()).collect();
            text = text.replace(&format!("{callable}({})", args.join(", ")), &deed.value.to_string());
        }
    }
    text
}

/// Our text without the calls of state setters, which the oracle, knowing only what is left on the stack, cannot show.
fn shown(graph: &Graph<'_>) -> String {
    let mut text = graph.root().to_string();
    for deed in graph.deeds() {
        for step in deed.value.steps() {
            if let Step::Setter { setter, state } = step {
                text = text.replace(&format!(" | {setter}(..., {state})"), "");
            }
        }
    }
    text
}

#[test]
fn refused_streams_are_refused() {
    let mut refused = 0;
    for vector in vectors::all().iter().filter(|vector| vector.refused()) {
        let error = match vector.options().read(&vector.bytes) {
            Ok(graph) => panic!("{} is read as {}", vector.name, graph.root()),
            Err(error) => error,
        };
        let bytewise = vector
            .options()
            .read_from(Chunks::bytewise(&vector.bytes))
            .expect_err(&vector.name);
        assert_eq!(bytewise.to_string(), error.to_string(), "{}", vector.name);
        assert!(error.offset().is_some(), "{} has no place", vector.name);
        refused += 1;
    }
    assert!(refused >= 30, "only {refused} vectors");
}

/// A reader's pieces make no difference, and nothing beyond the pickle is taken.
#[test]
fn readers_say_what_slices_say() {
    let mut rng = Rng::new(support::seed(), "chunks");
    let mut read = 0;
    for vector in vectors::all() {
        if vector.refused() || !vector.buffers().is_empty() {
            continue;
        }
        let options = vector.options();
        let (_, end) = options.read_first(&vector.bytes).expect("it was read before");
        for largest in [1, 2, 5, 100, 70_000] {
            // What follows the pickle must be left in the reader.
            let input = [&vector.bytes[..end], b"rest"].concat();
            let mut chunks = Chunks::new(&input, largest, rng.clone());
            rng.next();
            let graph = options
                .read_from(&mut chunks)
                .unwrap_or_else(|error| panic!("{}: {error}", vector.name));
            assert_eq!(
                canon(&graph),
                vector.beside("canon"),
                "{} in pieces up to {largest}",
                vector.name
            );
            let mut rest = Vec::new();
            std::io::Read::read_to_end(&mut chunks, &mut rest).expect("a slice can be read");
            assert_eq!(rest, b"rest", "{} in pieces up to {largest}", vector.name);
        }
        read += 1;
    }
    assert!(read >= 340, "only {read} vectors");
}

/// What CPython 3.8 and later wrote is written again to the byte; anything else keeps its meaning.
#[test]
fn written_again() {
    let (mut same, mut kept) = (0, 0);
    for vector in vectors::all().iter().filter(|vector| !vector.refused()) {
        let buffers = vector.buffers();
        let graph = read(vector, &buffers).expect("it was read before");
        let options = vector.options();
        if let Some((major, minor)) = vector.modern_writer() {
            // The releases that wrote the vectors.
            let micro = [18, 18, 13, 7, 1, 0][usize::from(minor) - 8];
            let options = options
                .protocol(vector.protocol)
                .python(Python::new(major, minor, micro));
            let written = options.write_with_buffers(&graph, |_, _, _| false);
            let written = written.unwrap_or_else(|error| panic!("{}: {error}", vector.name));
            if written != vector.bytes {
                panic!("{} differs, {}", vector.name, difference(&vector.bytes, &written));
            }
            same += 1;
        } else {
            // Streams by hand mix protocols and do not say which is the highest.
            let write = |protocol| {
                options
                    .clone()
                    .protocol(protocol)
                    .write_with_buffers(&graph, |_, _, _| false)
            };
            let said = graph.protocol().expect("it was read");
            let lowest = if vector.name.starts_with("hand/") {
                said.max(2)
            } else {
                said
            };
            let written = (lowest..=5).find_map(|protocol| Some((protocol, write(protocol).ok()?)));
            let (protocol, written) = written.unwrap_or_else(|| panic!("{} cannot be written", vector.name));
            let again = vector
                .options()
                .read_with_buffers(&written, buffers.iter().map(|buffer| &**buffer));
            let again = again.unwrap_or_else(|error| panic!("{}: {error} in {}", vector.name, show(&written)));
            if protocol == said {
                let same = isomorphic(graph.root(), again.root());
                assert_eq!(same, Ok(()), "{}: {}", vector.name, show(&written));
            } else {
                // Another protocol is written as loaded: imports of one name are one object then.
                assert_eq!(again.root().to_string(), graph.root().to_string(), "{}", vector.name);
            }
            kept += 1;
        }
    }
    println!("{same} written to the byte, {kept} with their meaning");
    assert!(same >= 150 && kept >= 150, "only {same} and {kept} vectors");
}

#[cfg(feature = "cli")]
fn brinery(args: &[&str], vector: &vectors::Vector) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brinery"));
    command.args(args);
    if args[0] != "dis" {
        command.args(["--rules", "classic"]);
        for (need, value) in &vector.needs {
            match (&**need, value.rsplit_once(':')) {
                ("encoding", _) => drop(command.args(["--encoding", value])),
                ("ext", Some((name, code))) => drop(command.arg("--ext").arg(format!("{name}={code}"))),
                _ => {}
            }
        }
    }
    command.arg(&vector.path).output().expect("the command runs")
}

/// The command line says what the library says: the object, the disassembly, the exit code.
#[cfg(feature = "cli")]
#[test]
fn through_the_command_line() {
    let (mut shown, mut refused) = (0, 0);
    for vector in vectors::all() {
        let output = brinery(&["show"], &vector);
        let error = String::from_utf8_lossy(&output.stderr);
        // Buffers are placeholders on the command line, so two refused vectors are shown there.
        let options = vector.options().buffers_elsewhere();
        let first = options.read(&vector.bytes);
        match first.and_then(|_| options.iter(&vector.bytes).collect::<Result<Vec<_>, _>>()) {
            Ok(graphs) => {
                let blocks: Vec<String> = graphs.iter().map(|(graph, _)| format!("{}\n", graph.root())).collect();
                assert_eq!(
                    String::from_utf8_lossy(&output.stdout),
                    blocks.concat(),
                    "{}",
                    vector.name
                );
                assert_eq!(output.status.code(), Some(0), "{}: {error}", vector.name);
                shown += 1;
            }
            Err(why) => {
                assert_eq!(output.status.code(), Some(1), "{}: {error}", vector.name);
                assert!(
                    error.contains(&why.to_string()),
                    "{}: {error} is not {why}",
                    vector.name
                );
                refused += 1;
            }
        }
        let output = brinery(&["dis"], &vector);
        if vector.shown {
            let listing = String::from_utf8_lossy(&output.stdout);
            assert_eq!(listing, vector.whole_beside("dis"), "{}", vector.name);
            assert_eq!(output.status.code(), Some(0), "{}", vector.name);
        }
    }
    assert!(shown >= 340 && refused >= 50, "only {shown} and {refused} vectors");
}
