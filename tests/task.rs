//! Tasks: functions that real cloudpickle has pickled, packed and run; and what workers send back.

mod support;

use brinery::{
    Content, Exact, Graph, Options, Part, Pickle, Splice, With, pickle,
    task::{self, FunctionId, FunctionRegistry, Prepared, unpack_result},
};
use serde::Deserialize;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};
use support::{
    packages::directory,
    python::{Python, interpreters},
};

#[derive(Deserialize)]
struct Case {
    name: String,
    protocol: u8,
    pickles: [String; 3],
    expected: String,
}

fn unhex(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn lines(mut command: Command, input: &str) -> Vec<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{command:?}");
    writer.join().expect("no panic").expect("all is read");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

/// What the tasks give in a process that has never seen the functions.
fn run(python: &Python, cloudpickle: &Path, payloads: &[Vec<u8>]) -> Vec<String> {
    let mut command = python.oracle("task_functions.py");
    command.arg("run").env("PYTHONPATH", cloudpickle);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let input: Vec<String> = payloads
        .iter()
        .map(|payload| format!("\"{}\"\n", hex(payload)))
        .collect();
    let answers = lines(command, &input.concat());
    let answers = answers.iter().map(|line| serde_json::from_str(line).expect("JSON"));
    answers.collect()
}

#[test]
fn functions_of_cloudpickle_are_packed_and_run() {
    let Some(picklers) = directory("picklers") else { return };
    let cloudpickle = picklers.join("cloudpickle-3.1.2");
    for python in interpreters() {
        let mut command = python.oracle("task_functions.py");
        command.arg("write").env("PYTHONPATH", &cloudpickle);
        let cases: Vec<Case> = lines(command, "")
            .iter()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert!(cases.len() >= 180, "only {} cases", cases.len());
        let mut functions = FunctionRegistry::new();
        let payloads: Vec<Vec<u8>> = cases
            .iter()
            .map(|case| {
                let [function, args, kwargs] = case.pickles.each_ref().map(|hex| unhex(hex));
                let id = functions.add(&function).expect("cloudpickle wrote it");
                let payload = functions.pack(id, &Pickle(&args), &Pickle(&kwargs)).expect("they fit");
                assert_eq!(
                    payload,
                    task::pack(&function, &Pickle(&args), &Pickle(&kwargs)).expect("they fit")
                );
                // Frames and all are as they should be, and what is read can be written.
                let graph = Graph::from_slice(&payload).unwrap_or_else(|error| panic!("{}: {error}", case.name));
                graph.to_vec().expect("it was read");
                payload
            })
            .collect();
        for (case, got) in cases.iter().zip(run(python, &cloudpickle, &payloads)) {
            assert_eq!(
                got, case.expected,
                "{} in protocol {} on {python}",
                case.name, case.protocol
            );
        }
        println!("{python}: {} tasks give what they should", cases.len());
    }
}

fn shown(payload: &[u8]) -> String {
    Graph::from_slice(payload).expect("it was packed").root().to_string()
}

const MAX: &[u8] = b"\x80\x03cbuiltins\nmax\nq\0.";

#[test]
fn arguments_of_all_kinds() {
    let function = Prepared::new(MAX).expect("it is a pickle");
    let graph = pickle!([1, "a"]);
    let part = Part::new(b"(lp0\ng0\na.").expect("it is a pickle");
    let mixed = With(|splice: &mut Splice| {
        splice.list()?.value(&1)?.value(&Exact(&graph))?.value(&part)?;
        splice.value("text")?.end().map(drop)
    });
    let pack = |args: &dyn Fn(&Prepared) -> brinery::Result<Vec<u8>>| shown(&args(&function).expect("it fits"));
    let all = pack(&|function| {
        function.pack(
            &mixed,
            &[("k", 1)].into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        )
    });
    assert_eq!(
        all,
        "{'fn': builtins.max, 'args': [1, [1, 'a'], [[...]], 'text'], 'kwargs': {'k': 1}}"
    );
    let none = "{'fn': builtins.max, 'args': (), 'kwargs': {}}";
    assert_eq!(pack(&|function| function.pack(&(), &())), none);
    assert_eq!(
        pack(&|function| function.pack(&Pickle(b"N."), &Pickle(b"\x80\x04N."))),
        none
    );
    assert_eq!(pack(&|function| function.pack(&None::<u8>, &None::<u8>)), none);
    // A `None` among others is itself.
    assert_eq!(
        pack(&|function| function.pack(&((),), &())),
        "{'fn': builtins.max, 'args': (None,), 'kwargs': {}}"
    );
}

/// What is shared within the arguments is one object, and a cycle stays one.
#[test]
fn memo_indices_are_those_of_the_arguments() {
    let many: Vec<String> = (0..300).map(|i| format!("name {i}")).collect();
    let function = brinery::to_vec(&many).expect("it fits");
    let args = b"\x80\x02]q\0(]q\x01h\x01h\0e\x85q\x02.";
    let payload = task::pack(&function, &Pickle(args), &Pickle(args)).expect("it fits");
    let graph = Graph::from_slice(&payload).expect("it was packed");
    for name in ["args", "kwargs"] {
        let list = graph.root().get(name).and_then(|args| args.get(0)).expect("a list");
        assert!(
            list.get(0)
                .is_some_and(|first| first.is(list.get(1).expect("a second")))
        );
        assert!(list.get(2).is_some_and(|itself| itself.is(list)));
    }
    let apart = |name| graph.root().get(name).and_then(|args| args.get(0)).expect("a list");
    assert!(!apart("args").is(apart("kwargs")));
}

/// Protocol 5 and its buffers raise the protocol; else it is 4.
#[test]
fn the_protocol_is_that_of_the_parts() {
    let header = |args: &[u8]| task::pack(MAX, &Pickle(args), &()).expect("it fits")[..2].to_vec();
    assert_eq!(header(b"(t."), b"\x80\x04");
    assert_eq!(header(b"\x80\x05)."), b"\x80\x05");
    assert_eq!(header(b"\x96\x01\0\0\0\0\0\0\0a\x85."), b"\x80\x05");
    assert_eq!(Part::new(b"\x97\x98\x97\x86.").expect("it is a pickle").buffers(), 2);
}

/// Large arguments go through frames as Python cuts them.
#[test]
fn large_arguments_are_framed() {
    let function = Prepared::new(MAX).expect("it is a pickle");
    let numbers: Vec<u32> = (0..100_000).collect();
    let pickled = Options::new().protocol(2).to_vec(&(&numbers,)).expect("it fits");
    let bytes = Options::new()
        .protocol(4)
        .to_vec(&(serde_bytes::Bytes::new(&[7; 300_000]),));
    let bytes = bytes.expect("it fits");
    for payload in [
        function.pack(&(&numbers,), &()),
        function.pack(&Pickle(&pickled), &Pickle(&bytes)),
        function.pack(&Pickle(&bytes), &Pickle(&pickled)),
    ] {
        let payload = payload.expect("it fits");
        // The strict rules refuse what crosses a frame's end.
        let graph = Graph::from_slice(&payload).expect("frames are right");
        assert_eq!(graph.root().entries().len(), 3);
        let frames = brinery::Ops::new(&payload).filter_map(Result::ok);
        let frames: Vec<u64> = frames
            .filter_map(|(_, op)| match op {
                brinery::Op::Frame(size) => Some(size),
                _ => None,
            })
            .collect();
        assert!(
            frames.len() >= 2 && frames.iter().all(|size| *size < 70_000),
            "{frames:?}"
        );
    }
}

#[test]
fn what_makes_no_value_is_refused() {
    let refused = |args: &dyn Fn(&mut Splice) -> brinery::Result<()>| {
        let function = Prepared::new(MAX).expect("it is a pickle");
        let refused = function.pack(&With(args), &());
        refused.expect_err("it is no value").to_string()
    };
    assert_eq!(refused(&|_| Ok(())), "one value is needed here");
    assert_eq!(
        refused(&|splice| splice.text("a")?.text("b").map(drop)),
        "one value is needed here"
    );
    assert_eq!(refused(&|splice| splice.tuple().map(drop)), "one value is needed here");
    let mut splice = Splice::new();
    assert_eq!(
        splice.end().expect_err("none is open").to_string(),
        "no container is open"
    );
    assert!(splice.finish().is_err() && splice.text("a").is_ok() && splice.text("b").is_err());
    assert!(splice.finish().is_ok() && splice.finish().is_err());
    // A value that cannot be written leaves nothing that could be taken for a pickle.
    let mut splice = Splice::new();
    splice.list().expect("it opens");
    assert!(Unwritable.write_into(&mut splice).is_err());
    splice.end().expect("it is open");
    assert!(splice.finish().is_err());
    for bad in [&b""[..], b"K", b"\x80\x06N.", b"a.", b"h\0.", b"\x80\x04K\x01"] {
        assert!(Prepared::new(bad).is_err(), "{}", bad.escape_ascii());
    }
}

/// Fails in the middle.
struct Unwritable;

impl serde::Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeSeq};
        let mut sequence = serializer.serialize_seq(Some(2))?;
        sequence.serialize_element(&1)?;
        Err(S::Error::custom("no"))
    }
}

#[test]
fn ids_are_hashes_of_the_bytes() {
    let mut functions = FunctionRegistry::new();
    let id = functions.add(MAX).expect("it is a pickle");
    assert_eq!(id, FunctionId::of(MAX));
    assert_eq!((functions.add(MAX).expect("it is known"), functions.len()), (id, 1));
    assert!(functions.add(b"bad").is_err() && functions.len() == 1);
    let unknown = FunctionId::of(b"");
    let error = functions.pack(unknown, &(), &()).expect_err("it is unknown");
    assert_eq!(error.to_string(), format!("not found: the function {unknown}"));
    assert!(functions.remove(id) && !functions.remove(id) && functions.is_empty());
}

/// Only the worker's own dict counts, and only in its own shape.
#[test]
fn results_and_errors_are_not_confused() {
    let record = pickle!({"class": "a.B", "message": "m", "traceback": "t"});
    let of = |key: &str, value: &Graph<'_>| {
        let mut splice = Splice::new();
        let splice = splice.dict().and_then(|splice| splice.text(key));
        splice
            .and_then(|splice| splice.value(&Exact(value))?.end()?.finish())
            .expect("it fits")
    };
    let as_error = Graph::from_slice(&of("error", &record))
        .expect("it was written")
        .into_owned();
    let outcome = |payload: &[u8]| {
        let outcome = unpack_result(payload).expect("it is an outcome");
        outcome.map(Graph::into_owned)
    };
    let done = outcome(&of("result", &as_error)).expect("a result");
    assert_eq!(done.root().to_string(), as_error.root().to_string());
    let done = outcome(&of("result", &record)).expect("a result");
    // Alone, it can be written again.
    assert_eq!(shown(&done.to_vec().expect("it was read")), record.root().to_string());
    let error = outcome(&of("error", &record)).expect_err("an error");
    assert_eq!((&*error.class, &*error.message, &*error.traceback), ("a.B", "m", "t"));
    for neither in [
        pickle!({}),
        pickle!({"result": 1, "error": 2}),
        pickle!({"results": 1}),
        pickle!([1]),
        pickle!({"error": {"class": "a.B", "message": "m"}}),
        pickle!({"error": {"class": "a.B", "message": "m", "traceback": None}}),
        pickle!({"error": {"class": "a.B", "message": "m", "traceback": "t", "more": 1}}),
        pickle!({"error": "text"}),
    ] {
        let payload = neither.to_vec().expect("it fits");
        assert!(unpack_result(&payload).is_err(), "{}", neither.root());
    }
}
