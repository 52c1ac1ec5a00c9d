//! Containers and structural types: every CPython writes them in every protocol, and the graph tells what they are.

mod support;

use brinery::{
    Builder, Encoding, Graph, Kind, Options, Value,
    types::{Array, EnumMember, Exception, Member, Range, Recipe, Slice},
};
use proptest::prelude::*;
use support::{
    containers::{Line, every_python, written_by},
    python::newest,
};

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
        for Line { label, bytes, text, .. } in written {
            lines += 1;
            let graph = options().read(&bytes).expect("it can be read");
            let got = show(graph.root());
            if got != text {
                failures.push(format!("{label}\n  wanted {text:.300}\n  got    {got:.300}"));
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

/// Values that have a recipe, by their names in the oracle's table.
fn recipes(protocol: u8) -> Vec<(&'static str, Recipe)> {
    let range = |start, stop, step| Range { start, stop, step }.recipe();
    let array = |array: Array| array.recipe(protocol);
    let text = "h\u{e9}\u{20ac}\u{1f600}h";
    vec![
        ("range", range(1, 10, 3)),
        ("range of one", Range::from(0..5).recipe()),
        ("range down", range(3, -2, -1)),
        ("range big", range(-(1 << 70), 1 << 100, 1 << 33)),
        (
            "slice",
            Slice {
                start: Some(1),
                stop: None,
                step: Some(2),
            }
            .recipe(),
        ),
        ("array b", array(Array::I8(vec![-100, 1, 100]))),
        ("array B", array(Array::U8(vec![0, 1, 100]))),
        ("array h", array(Array::I16(vec![-100, 1, 100]))),
        ("array H", array(Array::U16(vec![0, 1, 100]))),
        ("array i", array(Array::I32(vec![-100, 1, 100]))),
        ("array I", array(Array::U32(vec![0, 1, 100]))),
        ("array l", array(Array::Long(vec![-100, 1, 100]))),
        ("array L", array(Array::ULong(vec![0, 1, 100]))),
        ("array q", array(Array::I64(vec![-100, 1, 100]))),
        ("array Q", array(Array::U64(vec![0, 1, 100]))),
        ("array f", array(Array::F32(vec![-100.0, 1.0, 100.0]))),
        ("array d", array(Array::F64(vec![-100.0, 1.0, 100.0]))),
        ("array empty i", array(Array::I32(vec![]))),
        ("array most Q", array(Array::U64(vec![0, u64::MAX]))),
        ("array least Q", array(Array::I64(vec![i64::MIN, i64::MAX]))),
        ("array single floats", array(Array::F32(vec![0.1, -0.0, 1e30]))),
        ("array of many", array(Array::I32((0..3000).collect()))),
        ("array u", array(Array::Text(text.into()))),
        ("array w", array(Array::Ucs4(text.into()))),
        ("array empty u", array(Array::Text("".into()))),
    ]
}

#[test]
fn recipes_are_what_cpython_writes() {
    let newest = newest();
    let lines = written_by(newest);
    let mut compared = 0;
    for protocol in 0..=5 {
        for (name, recipe) in recipes(protocol) {
            let of = |line: &&Line| line.name == name && line.protocol == protocol;
            let Some(line) = lines.iter().find(of) else {
                assert_eq!((name, newest.version.1 < 13), ("array w", true), "only 3.13 has w");
                continue;
            };
            let mut build = Builder::new();
            let root = build.recipe(recipe).expect("no keys");
            let graph = build.finish(root);
            let options = Options::new()
                .protocol(protocol)
                .python(newest.target())
                .as_loaded(true);
            let got = options.write(&graph).expect("it can be written");
            assert!(
                got == line.bytes,
                "{}: {}",
                line.name,
                support::difference(&line.bytes, &got)
            );
            compared += 1;
        }
    }
    assert!(compared >= 6 * 24, "only {compared}");
}

proptest! {
    #[test]
    fn arrays_come_back(array in any_array(), protocol in 0u8..=5) {
        let mut build = Builder::new();
        let root = build.recipe(array.recipe(protocol)).expect("no keys");
        let bytes = Options::new().protocol(protocol).write(&build.finish(root)).expect("it can be written");
        let graph = Graph::from_slice(&bytes).expect("it can be read");
        prop_assert_eq!(graph.root().as_array(), Some(array));
    }

    /// What a machine of the other byte order writes: the next format, and each item's bytes turned round.
    #[test]
    fn arrays_of_the_other_byte_order(numbers in prop::collection::vec(any::<i32>(), 0..20)) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        let mut build = Builder::new();
        let args = [Recipe::Global("array:array".into()), "i".into(), Recipe::Int(9), Recipe::Bytes(bytes)];
        let root = build.recipe(Recipe::call("array:_array_reconstructor", args)).expect("no keys");
        prop_assert_eq!(build.finish(root).root().as_array(), Some(Array::I32(numbers)));
    }

    #[test]
    fn hostile_arrays_are_refused(code in "[a-zA-Z]", format in -1i64..30, bytes: Vec<u8>) {
        let mut build = Builder::new();
        let args = [Recipe::Global("array:array".into()), code.as_str().into(), Recipe::Int(format), Recipe::Bytes(bytes)];
        let root = build.recipe(Recipe::call("array:_array_reconstructor", args)).expect("no keys");
        let _ = build.finish(root).root().as_array();
    }

    #[test]
    fn ranges_are_pythons(start in -50i128..50, stop in -50i128..50, step in 1i128..7) {
        let up = Range { start, stop, step };
        let down = Range { start: stop, stop: start, step: -step };
        let expected: Vec<i128> = (start..stop).step_by(step as usize).collect();
        prop_assert_eq!(up.len(), expected.len() as u128);
        prop_assert!(up.into_iter().eq(expected));
        prop_assert_eq!(down.into_iter().count() as u128, down.len());
        prop_assert!(down.into_iter().all(|int| int <= stop && int > start));
    }
}

fn any_array() -> impl Strategy<Value = Array> {
    prop_oneof![
        any::<Vec<i8>>().prop_map(Array::I8),
        any::<Vec<u8>>().prop_map(Array::U8),
        any::<Vec<i16>>().prop_map(Array::I16),
        any::<Vec<u16>>().prop_map(Array::U16),
        any::<Vec<i32>>().prop_map(Array::I32),
        any::<Vec<u32>>().prop_map(Array::U32),
        any::<Vec<i64>>().prop_map(Array::Long),
        any::<Vec<u64>>().prop_map(Array::ULong),
        any::<Vec<i64>>().prop_map(Array::I64),
        any::<Vec<u64>>().prop_map(Array::U64),
        any::<Vec<f32>>().prop_map(Array::F32),
        any::<Vec<f64>>().prop_map(Array::F64),
        any::<String>().prop_map(Array::Text),
        any::<String>().prop_map(Array::Ucs4),
    ]
}

#[test]
fn lengths_at_the_ends_of_the_ints() {
    let range = |start, stop, step| Range { start, stop, step };
    assert_eq!(range(i128::MIN, i128::MAX, 1).len(), u128::MAX);
    assert_eq!(range(i128::MAX, i128::MIN, i128::MIN).len(), 2);
    assert_eq!(range(i128::MIN, i128::MAX, i128::MAX).into_iter().count(), 3);
    assert_eq!(range(0, 5, 0).len(), 0);
}

#[test]
fn hostile_objects_are_cheap() {
    // or_(or_(or_(…, 1), 1), 1), far deeper than any stack.
    let mut bytes = b"\x80\x02".to_vec();
    bytes.extend(b"c_operator\nor_\n".repeat(100_000));
    bytes.extend(b"cm\nPerm\nK\x01\x85R");
    bytes.extend(b"K\x01\x86R".repeat(100_000));
    bytes.push(b'.');
    let graph = Graph::from_slice(&bytes).expect("it can be read");
    assert!(graph.root().as_enum_member().is_none());

    // getattr(getattr(…, 'a'), 'a')
    let mut bytes = b"\x80\x02".to_vec();
    bytes.extend(b"c__builtin__\ngetattr\n".repeat(100_000));
    bytes.extend(b"cm\nC\n");
    bytes.extend(b"X\x01\0\0\0a\x86R".repeat(100_000));
    bytes.extend(b"K\x01\x85R.");
    let graph = Graph::from_slice(&bytes).expect("it can be read");
    assert!(graph.root().as_enum_member().is_none());
    assert!(graph.root().as_exception().is_none());

    // One large dict, named very often: as a map it is merged once.
    let mut bytes = b"\x80\x02ccollections\nChainMap\n)\x81}X\x04\0\0\0maps](}q\0(".to_vec();
    for key in 0u16..20_000 {
        bytes.push(b'M');
        bytes.extend(key.to_le_bytes());
        bytes.push(b'N');
    }
    bytes.push(b'u');
    bytes.extend(b"h\0".repeat(200_000));
    bytes.extend(b"esb.");
    let graph = Graph::from_slice(&bytes).expect("it can be read");
    assert_eq!(graph.root().as_chain_map().map(|maps| maps.len()), Some(200_001));
    #[cfg(feature = "serde")]
    {
        let map: std::collections::HashMap<u16, ()> = brinery::from_graph(&graph).expect("one map");
        assert_eq!(map.len(), 20_000);
    }
}
