//! What other libraries get wrong or cannot do, one test each. Above each stands who, and what happens there: versions
//! serde-pickle 1.2.0, pickled 2.0.0-alpha9, pickler 0.2.0, repugnant-pickle 0.0.1, candle-core 0.11.1, pytorch-reader
//! 0.23.0-pre.1, zodb-json-codec 1.6.1; for other languages og-rek, gopickle, irmen/pickle (Java, .NET), pickleparser
//! (TypeScript).

#[path = "../support/mod.rs"]
mod support;

mod classes;
mod hostile;
mod literals;
mod objects;
#[cfg(feature = "serde")]
mod typed;
mod writing;

use brinery::Graph;

/// Classes for the pickles that Python makes here.
const PRELUDE: &str = "
import collections, dataclasses, enum, pickle, sys
class Point(collections.namedtuple('Point', 'x y')): pass
class Bag(list): pass
class Box(dict): pass
class Plain:
    def __init__(self, **state): self.__dict__.update(state)
class Pair:
    def __setstate__(self, state): self.state = state
    def __reduce__(self): return Pair, (), (1, 2)
class Named:
    def __new__(cls, *, name): return object.__new__(cls)
    def __getnewargs_ex__(self): return (), {'name': 'n'}
class Colour(enum.Enum):
    RED = 3
@dataclasses.dataclass
class Order:
    id: int
    lines: list
";

/// What the newest CPython makes of an expression.
fn dumps(expression: &str, protocol: u8) -> Vec<u8> {
    let code = format!("{PRELUDE}\nsys.stdout.buffer.write(pickle.dumps({expression}, {protocol}))");
    let mut command = std::process::Command::new(&support::python::newest().path);
    let output = command.args(["-c", &code]).output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What Python says of a pickle: the `repr` of an expression over what it loads, which is `x`.
fn loads(bytes: &[u8], expression: &str) -> String {
    use std::io::Write;
    let code = format!("{PRELUDE}\nx = pickle.load(sys.stdin.buffer)\nprint(ascii({expression}))");
    let mut command = std::process::Command::new(&support::python::newest().path);
    let mut child = command
        .args(["-c", &code])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("Python starts");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(bytes)
        .expect("it is sent");
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("ASCII").trim().to_owned()
}

/// What a stream reads as.
fn shown(bytes: &[u8]) -> String {
    match Graph::from_slice(bytes) {
        Ok(graph) => graph.root().to_string(),
        Err(error) => panic!("{}: {error}", bytes.escape_ascii()),
    }
}

/// Why a stream is refused.
fn refused(bytes: &[u8]) -> String {
    match Graph::from_slice(bytes) {
        Ok(graph) => panic!("{} was read as {}", bytes.escape_ascii(), graph.root()),
        Err(error) => error.to_string(),
    }
}
