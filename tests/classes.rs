//! Instances of Python classes of every kind: Python writes and Rust reads, Rust writes and Python reads.

mod support;

use brinery::{Instance, Options, PyClass, Shared};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, fmt::Debug, io::Write, process::Stdio, rc::Rc, sync::Arc};
use support::{
    difference,
    python::{Python, exactly_3_13, interpreters},
};

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models")]
struct Order {
    id: u32,
    customer: String,
    lines: Vec<Order>,
}

/// The same, without a class: plain serde.
#[derive(Deserialize, Debug, PartialEq)]
struct PlainOrder<'a> {
    id: u32,
    #[serde(borrow)]
    customer: std::borrow::Cow<'a, str>,
    lines: Vec<PlainOrder<'a>>,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models", slots)]
struct Slotted {
    x: f64,
    y: Option<u8>,
}

#[derive(Deserialize, Debug, PartialEq)]
struct SlottedAndDict {
    x: f64,
    y: Option<u8>,
    z: String,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models", dataclass)]
struct Item<N> {
    name: N,
    price: f64,
    #[serde(default)]
    count: u8,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models", shape = "list")]
struct Frozen {
    key: String,
    size: i8,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models", namedtuple)]
struct Point {
    x: i64,
    y: i64,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models")]
struct Span(u64, u64);

#[derive(PyClass, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[pickle(module = "shop_models")]
enum Color {
    Red,
    #[pickle(value = "green")]
    Green,
    DarkBlue = -5,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models")]
enum Size {
    Small,
    Large,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models", kwargs)]
struct Server {
    host: String,
    port: u16,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models", call)]
struct Money {
    amount: i32,
    currency: String,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models")]
struct Meters(f64);

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models", call)]
struct OutOfStock(String, u8);

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "builtins", call)]
struct KeyError(String);

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models")]
struct Marker;

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models", name = "Outer.Inner")]
struct Inner {
    a: u8,
}

#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "shop_models")]
enum Shape {
    Circle {
        radius: f64,
    },
    #[pickle(name = "Square")]
    Quad {
        side: f64,
    },
    Segment(u8, u8),
    Marker,
}

#[derive(PyClass, Debug, PartialEq)]
#[pickle(module = "shop_models")]
struct Node {
    name: String,
    next: Option<Shared<Rc<Node>>>,
}

/// Says what is wrong with a pickle.
type Read = dyn Fn(&[u8]) -> Result<(), String>;

/// Something to compare with Python's object of this name.
struct Case {
    name: &'static str,
    /// Reads a pickle and compares.
    read: Box<Read>,
    /// Writes in a protocol.
    write: Box<dyn Fn(u8) -> brinery::Result<Vec<u8>>>,
    /// The lowest protocol that has such objects.
    lowest: u8,
    /// The lowest protocol in which the bytes are CPython 3.13's. Below 2 it asks an instance's class for its bases, and
    /// brinery cannot.
    exact: u8,
}

impl Case {
    fn since_protocol(self, lowest: u8) -> Case {
        Case { lowest, ..self }
    }

    fn exact_since(self, exact: u8) -> Case {
        Case { exact, ..self }
    }
}

fn case<T: Serialize + DeserializeOwned + PartialEq + Debug + 'static>(name: &'static str, value: T) -> Case {
    let value = Rc::new(value);
    Case {
        name,
        read: Box::new({
            let value = value.clone();
            move |bytes| compare(brinery::from_slice(bytes), &*value)
        }),
        write: Box::new(move |protocol| Options::new().protocol(protocol).to_vec(&*value)),
        lowest: 0,
        exact: 2,
    }
}

fn compare<T: PartialEq + Debug>(got: brinery::Result<T>, wanted: &T) -> Result<(), String> {
    match got {
        Ok(got) if got == *wanted => Ok(()),
        Ok(got) => Err(format!("{got:?} is not {wanted:?}")),
        Err(error) => Err(error.to_string()),
    }
}

fn order() -> Order {
    let line = Order {
        id: 2,
        customer: "ann".into(),
        lines: vec![],
    };
    Order {
        id: 1,
        customer: "eve".into(),
        lines: vec![line],
    }
}

fn node(name: &str, next: Option<Shared<Rc<Node>>>) -> Shared<Rc<Node>> {
    let name = name.into();
    Shared(Rc::new(Node { name, next }))
}

fn shared_nodes() -> Vec<Shared<Rc<Node>>> {
    let one = node("one", None);
    vec![one.clone(), one.clone(), node("two", Some(one))]
}

fn attributes<T>(all: impl IntoIterator<Item = (&'static str, T)>) -> BTreeMap<String, T> {
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Every kind of class, by derive and by name at run time.
fn cases() -> Vec<Case> {
    let slots = attributes([("x", Some(1.5)), ("y", None)]);
    let item = Item {
        name: "lamp".to_owned(),
        price: 9.5,
        count: 1,
    };
    let localhost = Server {
        host: "localhost".into(),
        port: 8000,
    };
    vec![
        case("order", order()).exact_since(0),
        case("slotted", Slotted { x: 1.5, y: None }).since_protocol(2),
        case("slotted", Instance::new("shop_models:Slotted", slots).slots()),
        case("item", item).exact_since(0),
        case(
            "frozen",
            Frozen {
                key: "k".into(),
                size: 3,
            },
        ),
        case("point", Point { x: 1, y: -2 }).exact_since(0),
        case("point", Instance::new("shop_models:Point", ()).args((1, -2))),
        case("span", Span(10, 1 << 40)),
        case("span", Instance::new("shop_models:Span", ()).args(vec![10u64, 1 << 40])),
        case("color", Color::Red).exact_since(0),
        case("color", Instance::new("shop_models:Color", ()).args((1,)).call()),
        case("colors", vec![Color::Red, Color::Green, Color::DarkBlue, Color::Red]),
        case("color_keys", BTreeMap::from([(Color::Red, 1), (Color::Green, 2)])),
        case("size", Size::Large),
        case("server", localhost.clone()),
        case(
            "server",
            Instance::new("shop_models:Server", ()).kwargs(Plain::from(&localhost)),
        )
        // Below, `copyreg.__newobj_ex__` does what Python has a partial function for.
        .exact_since(4),
        case(
            "money",
            Money {
                amount: 5,
                currency: "EUR".into(),
            },
        ),
        case(
            "money",
            Instance::new("shop_models:Money", ())
                .args((5, "EUR".to_owned()))
                .call(),
        ),
        case("meters", Meters(2.5)),
        case("error", OutOfStock("lamp".into(), 3)),
        case("key_error", KeyError("lamp".into())),
        case("marker", Marker).exact_since(0),
        case("marker", Instance::new("shop_models:Marker", ())),
        case("inner", Inner { a: 1 }),
        case(
            "inner",
            Instance::new("shop_models:Outer.Inner", attributes([("a", 1)])),
        ),
        case(
            "shapes",
            vec![
                Shape::Circle { radius: 1.0 },
                Shape::Quad { side: 2.5 },
                Shape::Segment(1, 2),
                Shape::Marker,
            ],
        ),
        case("shared", shared_nodes()),
        case("apart", vec![node("n0", None), node("n1", None)]),
    ]
}

/// The fields of a server, without a class.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Plain {
    host: String,
    port: u16,
}

impl From<&Server> for Plain {
    fn from(server: &Server) -> Self {
        Plain {
            host: server.host.clone(),
            port: server.port,
        }
    }
}

/// What an interpreter pickles: name, protocol, bytes.
fn written(python: &Python) -> Vec<(String, u8, Vec<u8>)> {
    let output = python
        .oracle("shop_models.py")
        .arg("write")
        .output()
        .expect("Python runs");
    assert!(
        output.status.success(),
        "{python}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("hex is text");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let written: Vec<_> = lines
        .map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            let [name, protocol, hex] = words[..] else {
                panic!("three words: {line}")
            };
            (name.to_owned(), protocol.parse().expect("a protocol"), unhex(hex))
        })
        .collect();
    assert!(written.len() > 100, "{python} wrote only {}", written.len());
    written
}

fn unhex(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fail_on(problems: &[String]) {
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

#[test]
fn python_writes_and_rust_reads() {
    let (cases, mut problems, mut count) = (cases(), Vec::new(), 0);
    for python in interpreters() {
        for (name, protocol, bytes) in written(python) {
            for (at, case) in cases.iter().enumerate().filter(|(_, case)| case.name == name) {
                count += 1;
                if let Err(problem) = (case.read)(&bytes) {
                    problems.push(format!(
                        "{name} ({at}) of {python}, protocol {protocol}: {problem}: {}",
                        support::show(&bytes)
                    ));
                }
            }
        }
    }
    fail_on(&problems);
    assert!(count >= 140 * interpreters().len(), "only {count} compared");
}

#[test]
fn rust_writes_and_python_reads() {
    let (cases, mut lines) = (cases(), String::new());
    let mut count = 0;
    for case in &cases {
        for protocol in case.lowest..=5 {
            let bytes = (case.write)(protocol).unwrap_or_else(|error| panic!("{}: {error}", case.name));
            lines += &format!("{} {protocol} {}\n", case.name, hex(&bytes));
            count += 1;
        }
    }
    for python in interpreters() {
        let lines = lines.lines().filter(|line| {
            // Before 3.10 this dataclass has no slots, and takes no list.
            !(line.starts_with("frozen ") && python.version < (3, 10, 0))
        });
        let lines: Vec<_> = lines.map(|line| format!("{line}\n")).collect();
        let mut child = python
            .oracle("shop_models.py")
            .arg("check")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let mut input = child.stdin.take().expect("it is piped");
        let text = lines.concat();
        let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = child.wait_with_output().expect("Python ends");
        writer.join().expect("no panic").expect("Python reads all");
        let answer = String::from_utf8_lossy(&output.stdout);
        assert_eq!(answer.trim(), format!("checked {}", lines.len()), "{python}");
    }
    assert!(count >= cases.len() * 5);
}

#[test]
fn the_bytes_are_those_of_cpython_3_13() {
    let Some(python) = exactly_3_13() else { return };
    let (cases, mut problems, mut count) = (cases(), Vec::new(), 0);
    for (name, protocol, wanted) in written(python) {
        for case in cases.iter().filter(|case| case.name == name && case.exact <= protocol) {
            count += 1;
            match (case.write)(protocol) {
                Ok(got) if got == wanted => {}
                Ok(got) => problems.push(format!("{name}, protocol {protocol}: {}", difference(&wanted, &got))),
                Err(error) => problems.push(format!("{name}, protocol {protocol}: {error}")),
            }
        }
    }
    fail_on(&problems);
    assert!(count >= 90, "only {count} compared");
}

#[test]
fn plain_structs_read_instances() {
    for python in interpreters() {
        for (name, protocol, bytes) in written(python) {
            let context = format!("{name} of {python}, protocol {protocol}");
            match &*name {
                "order" => {
                    let order: PlainOrder<'_> = brinery::from_slice(&bytes).expect(&context);
                    assert_eq!((order.id, &*order.lines[0].customer), (1, "ann"), "{context}");
                }
                "slotted_and_dict" => {
                    let read: SlottedAndDict = brinery::from_slice(&bytes).expect(&context);
                    assert_eq!((read.x, read.y, &*read.z), (1.5, None, "more"), "{context}");
                }
                "item" => {
                    let item: Item<&str> = brinery::from_slice(&bytes).expect(&context);
                    assert_eq!((item.name, item.count), ("lamp", 1), "{context}");
                }
                "point" => {
                    let point: (i64, i64) = brinery::from_slice(&bytes).expect(&context);
                    assert_eq!(point, (1, -2), "{context}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn instances_know_their_class() {
    for (name, protocol, bytes) in written(support::python::newest()) {
        let context = format!("{name}, protocol {protocol}");
        match &*name {
            "inner" => {
                let inner: Instance<BTreeMap<String, u8>> = brinery::from_slice(&bytes).expect(&context);
                assert_eq!(inner.class(), "shop_models:Outer.Inner", "{context}");
            }
            "shapes" => {
                let shapes: Vec<Instance<serde::de::IgnoredAny, serde::de::IgnoredAny>> =
                    brinery::from_slice(&bytes).expect(&context);
                let classes: Vec<_> = shapes.iter().map(Instance::class).collect();
                let wanted = ["Circle", "Square", "Segment", "Marker"].map(|name| format!("shop_models:{name}"));
                assert_eq!(classes, wanted, "{context}");
            }
            _ => {}
        }
    }
}

#[test]
fn shared_is_shared() {
    for protocol in 0..=5 {
        let bytes = Options::new().protocol(protocol).to_vec(&shared_nodes()).unwrap();
        let graph = brinery::Graph::from_slice(&bytes).unwrap();
        let (first, second) = (graph.root().at("0").unwrap(), graph.root().at("1").unwrap());
        assert!(
            first.is(second) && first.is(graph.root().at("2.next").unwrap()),
            "protocol {protocol}"
        );
    }
    for python in interpreters() {
        for (name, protocol, bytes) in written(python) {
            let context = format!("{name} of {python}, protocol {protocol}");
            let read = || brinery::from_slice::<Vec<Shared<Rc<Node>>>>(&bytes).expect(&context);
            if name == "shared" {
                let nodes = read();
                assert!(Rc::ptr_eq(&nodes[0], &nodes[1]), "{context}");
                let next = nodes[2].next.as_ref().expect(&context);
                assert!(Rc::ptr_eq(&nodes[0], next), "{context}");
                assert!(!Rc::ptr_eq(&nodes[0], &read()[0]), "{context}");
            } else if name == "apart" {
                let nodes = read();
                assert!(!Rc::ptr_eq(&nodes[0], &nodes[1]), "{context}");
            }
        }
    }
}

#[test]
fn shared_pointers_of_other_kinds() {
    #[derive(Serialize, Deserialize)]
    struct Many {
        #[serde(with = "brinery::shared")]
        one: Arc<str>,
        all: BTreeMap<u8, Shared<Arc<str>>>,
        #[serde(with = "brinery::shared")]
        items: Rc<[i32]>,
        again: Option<Shared<Rc<[i32]>>>,
    }
    let (one, items): (Arc<str>, Rc<[i32]>) = ("once".into(), vec![1, 2].into());
    let many = Many {
        one: one.clone(),
        all: BTreeMap::from([(1, Shared(one.clone())), (2, Shared("other".into()))]),
        items: items.clone(),
        again: Some(Shared(items)),
    };
    let bytes = brinery::to_vec(&many).unwrap();
    assert_eq!(bytes.windows(4).filter(|part| part == b"once").count(), 1);
    let read: Many = brinery::from_slice(&bytes).unwrap();
    assert!(Arc::ptr_eq(&read.one, &read.all[&1]) && &*read.one == "once");
    assert!(!Arc::ptr_eq(&read.one, &read.all[&2]));
    assert!(read.again.is_some_and(|again| Rc::ptr_eq(&again, &read.items)));
    // Nothing of ours holds on to them.
    let weak = Arc::downgrade(&read.one);
    drop((read.one, read.all));
    assert!(weak.upgrade().is_none());
}
