//! numpy writes and brinery reads; brinery writes and numpy reads. With numpy 1.26, 2.2 and 2.5.

mod support;

use brinery::{
    Builder, Graph, Kind, Options, Value,
    types::numpy::{Data, Dtype, Item, Maker, NdArray, Order},
};
use std::fmt::Write;
use support::{
    counted::{put, run, take, text},
    difference,
    packages::environment,
};

/// What numpy wrote about one array.
struct Record<'w> {
    name: &'w str,
    protocol: u8,
    dtype: &'w str,
    shape: &'w str,
    order: &'w str,
    items: &'w str,
    raw: &'w [u8],
    pickle: &'w [u8],
    buffers: Vec<&'w [u8]>,
}

fn records(mut bytes: &[u8]) -> Vec<Record<'_>> {
    let rest = &mut bytes;
    let mut all = Vec::new();
    while !rest.is_empty() {
        let name = text(rest);
        let protocol = text(rest).parse().expect("a protocol");
        let (dtype, shape, order, items) = (text(rest), text(rest), text(rest), text(rest));
        let (raw, pickle) = (take(rest).expect("bytes"), take(rest).expect("a pickle"));
        let count: usize = text(rest).parse().expect("a number of buffers");
        let buffers = (0..count).map(|_| take(rest).expect("a buffer")).collect();
        all.push(Record {
            name,
            protocol,
            dtype,
            shape,
            order,
            items,
            raw,
            pickle,
            buffers,
        });
    }
    all
}

impl Record<'_> {
    fn graph(&self) -> Graph<'_> {
        Options::new()
            .read_with_buffers(self.pickle, self.buffers.iter().copied())
            .unwrap_or_else(|error| panic!("{} in protocol {}: {error}", self.name, self.protocol))
    }

    fn array<'g>(&self, graph: &'g Graph<'g>) -> NdArray<'g> {
        NdArray::from_value(graph.root())
            .unwrap_or_else(|error| panic!("{} in protocol {}: {error}", self.name, self.protocol))
    }
}

/// Runs a test in every environment.
fn each(check: impl Fn(&support::python::Python, &[Record<'_>], (u8, u8))) {
    for (name, numpy) in [("classic", (1, 26)), ("modern", (2, 2)), ("latest", (2, 5))] {
        if let Some(python) = environment(name) {
            let written = run(&python, "numpy_cases.py", "write", b"");
            let records = records(&written);
            assert!(records.len() > 5_000, "{name}: only {} pickles", records.len());
            check(&python, &records, numpy);
        }
    }
}

fn float(value: f64) -> String {
    if value.is_nan() {
        "nan".into()
    } else {
        format!("{:016x}", value.to_bits())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut all, byte| {
        write!(all, "{byte:02x}").expect("a String takes it");
        all
    })
}

/// As Python's `repr`, with arrays as their items.
fn shown(value: Value<'_>) -> String {
    if let Some(array) = value.as_ndarray() {
        let items: Vec<String> = array.iter().map(|item| describe(&item)).collect();
        return format!("[{}]", items.join(", "));
    }
    match value.kind() {
        Kind::Tuple(items) => {
            let texts: Vec<String> = items.iter().map(shown).collect();
            let last = if texts.len() == 1 { "," } else { "" };
            format!("({}{last})", texts.join(", "))
        }
        _ => value.to_string(),
    }
}

/// What `text_of` in `numpy_cases.py` makes of an item.
fn describe(item: &Item<'_>) -> String {
    let all = |items: &[Item<'_>]| items.iter().map(describe).collect::<Vec<_>>().join(",");
    match item {
        Item::Bool(value) => format!("bool {}", if *value { "True" } else { "False" }),
        Item::Int(value) => format!("int {value}"),
        Item::UInt(value) => format!("int {value}"),
        Item::Float(value) => format!("float {}", float(*value)),
        Item::Complex(real, imaginary) => format!("complex {} {}", float(*real), float(*imaginary)),
        Item::LongDouble(_) => "long".into(),
        Item::Bytes(bytes) => format!("bytes {}", hex(bytes)),
        Item::Str(text) => {
            let bytes: Vec<u8> = text.code_points().flat_map(u32::to_le_bytes).collect();
            format!("str {}", hex(&bytes))
        }
        Item::Void(bytes) => format!("void {}", hex(bytes)),
        Item::DateTime(Some(value), _) => format!("datetime {value}"),
        Item::DateTime(None, _) => "datetime NaT".into(),
        Item::TimeDelta(Some(value), _) => format!("timedelta {value}"),
        Item::TimeDelta(None, _) => "timedelta NaT".into(),
        Item::Record(fields) => format!("({})", all(fields)),
        Item::Subarray(items) => format!("[{}]", all(items)),
        Item::Object(value) => format!("object {}", shown(*value)),
        other => panic!("{other:?}"),
    }
}

/// The bytes of the items with the last index running fastest.
fn in_c_order(array: &NdArray<'_>, bytes: &[u8]) -> Vec<u8> {
    let size = array.dtype().itemsize();
    let mut places = vec![0];
    for (len, stride) in array.shape().iter().zip(array.strides()) {
        let more = places
            .iter()
            .flat_map(|place| (0..*len).map(move |at| place + at * stride));
        places = more.collect();
    }
    places
        .iter()
        .flat_map(|place| &bytes[place * size..][..size])
        .copied()
        .collect()
}

#[test]
fn every_array_reads_as_numpy_has_it() {
    each(|_, records, _| {
        for record in records {
            let Record { name, protocol, .. } = record;
            let at = format!("{name} in protocol {protocol} with {} buffers", record.buffers.len());
            let graph = record.graph();
            let array = record.array(&graph);
            assert_eq!(array.dtype().to_string(), record.dtype, "{at}");
            let shape: Vec<String> = array.shape().iter().map(usize::to_string).collect();
            assert_eq!(shape.join(","), record.shape, "{at}");
            let order = match array.order() {
                Order::C => "C",
                Order::Fortran => "F",
                Order::Permuted => "K",
            };
            // What is not contiguous comes in C order; before numpy 2.3 permuted axes did, too.
            // Items without bytes lie in no order.
            let any = array.dtype().itemsize() == 0;
            assert!(
                any || order == record.order || record.order == "K" && order == "C",
                "{at}: {order}"
            );
            let items: Vec<String> = array.iter().map(|item| describe(&item)).collect();
            assert_eq!(items.join("\n"), record.items, "{at}");
            match array.data() {
                Data::Bytes(_) if record.raw == b"?" => {}
                Data::Bytes(bytes) => assert_eq!(in_c_order(&array, bytes), record.raw, "{at}"),
                Data::Objects(_) => assert_eq!(record.raw, b"-", "{at}"),
            }
            assert_eq!(array.is_scalar(), name.starts_with("scalar"), "{at}");
            assert_eq!(array.is_readonly(), *name == "frozen" && *protocol == 5, "{at}");
            assert_eq!(array.mask().is_some(), name.starts_with("masked"), "{at}");
            if *name == "matrix" {
                assert_eq!(array.class(), ("numpy", "matrix"), "{at}");
            }
        }
    });
}

/// Makes the array again for the protocol and numpy that wrote it.
fn again(record: &Record<'_>, maker: &Maker, protocol: u8) -> (Vec<u8>, Vec<Vec<u8>>) {
    let graph = record.graph();
    let array = record.array(&graph);
    let mut build = Builder::new();
    let root = array.make(maker, &mut build).expect(record.name);
    let graph = build.finish(root);
    let mut buffers = Vec::new();
    let outside = !record.buffers.is_empty();
    let pickle = Options::new()
        .protocol(protocol)
        .write_with_buffers(&graph, |_, bytes, _| {
            if outside {
                buffers.push(bytes.to_vec());
            }
            !outside
        });
    (pickle.expect(record.name), buffers)
}

#[test]
fn every_array_is_written_as_numpy_writes_it() {
    each(|python, records, numpy| {
        let mut checked = 0;
        for record in records.iter().filter(|record| record.raw != b"-") {
            let Record { name, protocol, .. } = record;
            let plain = name.starts_with("plain") || name.starts_with("scalar");
            // Our own permuted arrays are in C order, and times in a record share a dtype only by chance.
            if !plain || record.order == "K" {
                continue;
            }
            let maker = Maker::new().protocol(*protocol).numpy(numpy.0, numpy.1);
            let (pickle, buffers) = again(record, &maker, *protocol);
            assert!(
                pickle == record.pickle,
                "{name} of {python} in protocol {protocol}: {}",
                difference(record.pickle, &pickle)
            );
            assert_eq!(buffers, record.buffers, "{name} of {python} in protocol {protocol}");
            checked += 1;
        }
        assert!(checked > 3_500, "only {checked} pickles");
    });
}

/// Also what other versions of numpy write, if it knows their modules.
#[test]
fn numpy_loads_what_was_written() {
    each(|python, records, numpy| {
        let (mut input, mut count) = (Vec::new(), 0);
        for record in records.iter().filter(|record| record.raw != b"-") {
            if !(record.name.starts_with("plain") || record.name.starts_with("scalar")) {
                continue;
            }
            for writer in [(1, 20), (2, 0), (2, 5)] {
                let protocol = record.protocol;
                // numpy 1.26 knows numpy 2's names up to protocol 4, and neither knows the other's flag of aligned records.
                let aligned = writer.0 != numpy.0 && record.name.contains("aligned");
                if aligned || writer.0 > numpy.0 && protocol == 5 {
                    continue;
                }
                let maker = Maker::new().protocol(protocol).numpy(writer.0, writer.1);
                let (pickle, buffers) = again(record, &maker, record.protocol);
                put(&mut input, record.name);
                put(&mut input, protocol.to_string());
                put(&mut input, pickle);
                put(&mut input, buffers.len().to_string());
                buffers.iter().for_each(|buffer| put(&mut input, buffer));
                count += 1;
            }
        }
        let same = run(python, "numpy_cases.py", "check", &input);
        assert_eq!(String::from_utf8_lossy(&same).trim(), count.to_string());
    });
}

/// Objects are made in the builder, so the test says what they are.
#[test]
fn arrays_of_objects_are_written_as_numpy_writes_them() {
    each(|python, records, numpy| {
        let mut checked = 0;
        for record in records {
            let dtype: Dtype = match record.name {
                "plain O c" | "plain O fortran" | "plain O flat" | "plain O empty" => "O".parse().expect("a dtype"),
                "plain strings c" | "plain strings cube" => "T".parse().expect("a dtype"),
                _ => continue,
            };
            let graph = record.graph();
            let array = record.array(&graph);
            let mut build = Builder::new();
            let items: Vec<_> = array
                .objects()
                .expect("objects")
                .iter()
                .map(|item| match item.kind() {
                    Kind::None => build.add(()),
                    Kind::Str(text) => build.add(text.to_str().expect("text")),
                    Kind::Int(value) => build.add(value),
                    Kind::Float(value) => build.add(value),
                    Kind::Bytes(bytes) => build.add(bytes),
                    Kind::Bool(value) => build.add(value),
                    Kind::BigInt(value) => build.add(value.clone()),
                    Kind::Tuple(_) => {
                        let (one, x) = (build.add(1), build.add("x"));
                        build.tuple([one, x])
                    }
                    other => panic!("{other:?}"),
                })
                .collect();
            let maker = Maker::new().protocol(record.protocol).numpy(numpy.0, numpy.1);
            let root = maker.objects(&mut build, &dtype, array.shape(), array.order(), &items);
            let graph = build.finish(root.expect(record.name));
            let pickle = Options::new()
                .protocol(record.protocol)
                .write(&graph)
                .expect("it is written");
            let again = Graph::from_slice(&pickle).expect("it can be read");
            assert_eq!(
                again.root().to_string(),
                record.graph().root().to_string(),
                "{}",
                record.name
            );
            checked += 1;
        }
        assert!(checked >= 24, "{python}: only {checked}");
    });
}
