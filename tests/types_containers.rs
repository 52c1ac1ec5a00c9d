//! Containers and structural types: every CPython writes them in every protocol, and the graph tells what they are.

mod support;

use brinery::{
    Encoding, Graph, Kind, Options, Value, pickle,
    types::{Array, EnumMember, Exception, Member},
};
use proptest::prelude::*;
use std::process::Stdio;
use support::python::{Python, elders, interpreters};

/// One line that the oracle wrote.
struct Line {
    name: String,
    protocol: u8,
    bytes: Vec<u8>,
    text: String,
}

fn every_python() -> impl Iterator<Item = &'static Python> {
    elders().iter().chain(interpreters())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(2);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).expect("ASCII"), 16).expect("hex");
    digits.map(byte).collect()
}

fn written_by(python: &Python) -> Vec<Line> {
    let output = python
        .oracle("types_containers.py")
        .arg("write")
        .stderr(Stdio::piped())
        .output()
        .expect("the oracle starts");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python}: {report}");
    let text = String::from_utf8(output.stdout).expect("ASCII");
    let line = |line: &str| {
        let [name, protocol, pickler, bytes, text] = *line.split('\t').collect::<Vec<_>>() else {
            panic!("{python}: {line}");
        };
        Line {
            name: format!("{name} by {python}'s {pickler}, protocol {protocol}"),
            protocol: protocol.parse().expect("a protocol"),
            bytes: unhex(bytes),
            text: text.into(),
        }
    };
    text.lines().map(line).collect()
}

/// What a value is, by the accessors of the graph, as `show` in the oracle says it.
fn show(value: Value<'_>) -> String {
    let (name, seq, map) = match well_known(value) {
        Some(text) => return text,
        None => match value.kind() {
            Kind::None => return "None".into(),
            Kind::Bool(_) | Kind::Int(_) | Kind::BigInt(_) => return value.to_string(),
            Kind::Float(float) => return format!("f{:016x}", float.to_bits()),
            Kind::Str(_) => return quote(value.as_str().expect("no surrogates")),
            Kind::Bytes(bytes) => return format!("bytes {}", hex(bytes)),
            Kind::ByteArray(bytes) => return format!("bytearray {}", hex(bytes)),
            Kind::List(items) => ("[]", Some(items), None),
            Kind::Tuple(items) => ("()", Some(items), None),
            Kind::Dict(entries) => ("{}", None, Some(entries)),
            Kind::Set(items) | Kind::FrozenSet(items) => {
                let mut items: Vec<String> = items.iter().map(show).collect();
                items.sort();
                let name = if matches!(value.kind(), Kind::Set(_)) {
                    "set"
                } else {
                    "frozenset"
                };
                return format!("{name}({})", items.join(", "));
            }
            Kind::Global(global) => {
                let part = |text: brinery::Str<'_>| text.to_str().expect("no surrogates").to_owned();
                return format!("import {}:{}", part(global.module), part(global.name));
            }
            other => return format!("{other:?}"),
        },
    };
    let inner = seq.map(|items| shown(items.iter()));
    let inner = inner.unwrap_or_else(|| pairs(map.expect("one of both").iter()));
    format!("{}{inner}{}", &name[..1], &name[1..])
}

fn shown<'g>(items: impl Iterator<Item = Value<'g>>) -> String {
    items.map(show).collect::<Vec<_>>().join(", ")
}

fn pairs<'g>(entries: impl Iterator<Item = (Value<'g>, Value<'g>)>) -> String {
    let pair = |(key, value)| format!("{}: {}", show(key), show(value));
    entries.map(pair).collect::<Vec<_>>().join(", ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn quote(text: &str) -> String {
    let char = |char: char| match char {
        ' '..='~' if !"\"\\".contains(char) => char.to_string(),
        _ => format!("\\u{{{:x}}}", u32::from(char)),
    };
    format!("\"{}\"", text.chars().map(char).collect::<String>())
}

/// What the accessors say that know a class by its name. No two of them may take the same value.
fn well_known(value: Value<'_>) -> Option<String> {
    let maxlen = |maxlen: Option<usize>| maxlen.map_or("None".into(), |maxlen| maxlen.to_string());
    let mut answers = [
        value
            .as_range()
            .map(|range| format!("range({}, {}, {})", range.start, range.stop, range.step)),
        value
            .as_slice_object()
            .map(|slice| format!("slice({})", shown([slice.start, slice.stop, slice.step].into_iter()))),
        value
            .as_ordered_dict()
            .map(|dict| format!("ordered{{{}}}", pairs(dict.into_iter()))),
        value.as_defaultdict().map(|dict| {
            let factory = dict.factory.map_or("None".into(), show);
            format!("default {factory}{{{}}}", pairs(dict.items.into_iter()))
        }),
        value
            .as_counter()
            .map(|counter| format!("counter{{{}}}", pairs(counter.into_iter()))),
        value
            .as_deque()
            .map(|deque| format!("deque {}[{}]", maxlen(deque.maxlen), shown(deque.items.into_iter()))),
        value
            .as_chain_map()
            .map(|maps| format!("chain[{}]", shown(maps.into_iter()))),
        value.as_array().map(|array| show_array(&array)),
        value.as_partial().map(|partial| {
            let (args, keywords) = (shown(partial.args.into_iter()), pairs(partial.keywords.into_iter()));
            format!("partial {}({args}){{{keywords}}}", show(partial.func))
        }),
        value
            .as_simple_namespace()
            .map(|entries| format!("namespace{{{}}}", pairs(entries.iter()))),
        value.as_user_data().map(|data| format!("user {}", show(data))),
        value
            .as_exception()
            .filter(|error| error.is_builtin() || error.class.ends_with("Error"))
            .map(|error| show_error(&error)),
        value
            .as_named_tuple()
            .filter(|tuple| tuple.class == "__main__:Point")
            .map(|tuple| format!("named __main__:Point({})", shown(tuple.items.into_iter()))),
        value
            .as_enum_member()
            .filter(|member| member.class.starts_with("__main__:") && !member.class.ends_with("Error"))
            .map(|member| show_member(&member)),
    ]
    .into_iter()
    .flatten();
    let answer = answers.next()?;
    let others: Vec<String> = answers.collect();
    assert!(others.is_empty(), "{answer}, and {others:?}");
    Some(answer)
}

fn show_array(array: &Array) -> String {
    let code = array.typecode();
    let ints = |items: Vec<i128>| items.iter().map(i128::to_string).collect::<Vec<_>>().join(", ");
    let floats = |items: Vec<f64>| {
        let shown: Vec<_> = items.iter().map(|item| format!("f{:016x}", item.to_bits())).collect();
        shown.join(", ")
    };
    let items = match array.clone() {
        Array::Text(text) | Array::Ucs4(text) => return format!("array {code} {}", quote(&text)),
        Array::F32(items) => floats(items.into_iter().map(f64::from).collect()),
        Array::F64(items) => floats(items),
        Array::I8(items) => ints(items.into_iter().map(i128::from).collect()),
        Array::U8(items) => ints(items.into_iter().map(i128::from).collect()),
        Array::I16(items) => ints(items.into_iter().map(i128::from).collect()),
        Array::U16(items) => ints(items.into_iter().map(i128::from).collect()),
        Array::I32(items) => ints(items.into_iter().map(i128::from).collect()),
        Array::U32(items) => ints(items.into_iter().map(i128::from).collect()),
        Array::Long(items) | Array::I64(items) => ints(items.into_iter().map(i128::from).collect()),
        Array::ULong(items) | Array::U64(items) => ints(items.into_iter().map(i128::from).collect()),
        other => panic!("a new kind: {other:?}"),
    };
    format!("array {code}[{items}]")
}

fn show_error(error: &Exception<Vec<Value<'_>>, Value<'_>>) -> String {
    let mut state = String::new();
    if let Some(attributes) = error.state {
        let entries = attributes.entries();
        let mut entries: Vec<String> = entries.map(|entry| pairs([entry].into_iter())).collect();
        entries.sort();
        state = format!("<{}>", entries.join(", "));
    }
    format!("error {}({}){state}", error.class, shown(error.args.iter().copied()))
}

fn show_member(member: &EnumMember<Value<'_>>) -> String {
    let class = &member.class;
    match &member.member {
        Member::Value(value) => format!("member {class}({})", show(*value)),
        Member::Name(name) => format!("member {class}.{name}"),
        Member::Flags(_) => panic!("the versions compared with write no flags so"),
    }
}

/// Python 2's `str` may be bytes: as Latin-1 every one of them can be told.
fn options() -> Options {
    Options::new().encoding(Encoding::Latin1)
}

#[test]
fn every_encoding_is_read() {
    let mut lines = 0;
    let mut failures = Vec::new();
    for python in every_python() {
        let written = written_by(python);
        // Each version has at least what is in all of them.
        assert!(written.len() >= 470, "{python} wrote only {} lines", written.len());
        for Line { name, bytes, text, .. } in written {
            lines += 1;
            let graph = options().read(&bytes).expect("it can be read");
            let got = show(graph.root());
            if got != text {
                failures.push(format!("{name}\n  wanted {text:.300}\n  got    {got:.300}"));
            }
        }
    }
    println!("{lines} pickles");
    assert!(
        failures.is_empty(),
        "{} differ: {}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn flags_of_the_first_3_11() {
    // or_(or_(getattr(Perm, 'R'), getattr(Perm, 'W')), 8)
    let bytes = b"\x80\x04\x8c\x09_operator\x8c\x03or_\x93\x94h\0\x8c\x08builtins\x8c\x07getattr\x93\x94\
                  \x8c\x01m\x8c\x04Perm\x93\x94\x8c\x01R\x86Rh\x01h\x02\x8c\x01W\x86R\x86RK\x08\x86R.";
    let graph = Graph::from_slice(bytes).expect("it can be read");
    let member = graph.root().as_enum_member().expect("a member");
    assert_eq!(member.class, "m:Perm");
    let Member::Flags(flags) = member.member else {
        panic!("{member:?}");
    };
    assert!(
        matches!(&flags[..], [Member::Name(r), Member::Name(w), Member::Value(rest)] if rest.as_i64() == Some(8) && r == "R" && w == "W")
    );
}
