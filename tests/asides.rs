//! Calls made beside an object and dropped: kept, written again to the byte, and acted on by CPython in every protocol.

mod support;

use brinery::{Builder, Graph, Options, Step};
use std::process::Command;
use support::python::interpreters;

/// `bag = Bag()`, beside it `log('a')`, `log()`, `log(1, 2, 3, 4)` and a setter; then its state, then one more call.
fn bag() -> Graph<'static> {
    let mut build = Builder::new();
    let class = build.global("bags", "Bag");
    let log = build.global("bags", "log");
    let bag = build.new_object(class, []).expect("a class");
    let [a, key, value] = ["a", "size", "large"].map(|text| build.add(text));
    let four: Vec<_> = (1..5).map(|item| build.add(item)).collect();
    build.aside(bag, log, [a]).expect("an object");
    build.aside(bag, log, []).expect("an object");
    build.aside(bag, log, &four).expect("an object");
    build.set_state_with(bag, log, a).expect("an object");
    let state = build.dict([(key, value)]).expect("a key");
    build.set_state(bag, state).expect("an object");
    // What is called with it is there once it is there.
    let again = build.list([bag, a]);
    build.aside(bag, log, [bag, again, state]).expect("an object");
    let root = build.list([bag, again]);
    build.finish(root)
}

#[test]
fn written_again_to_the_byte() {
    let graph = bag();
    for protocol in 0..=5 {
        let bytes = Options::new().protocol(protocol).write(&graph).expect("it is written");
        let read = Graph::from_slice(&bytes).expect("it is read");
        // Below protocol 2 NEWOBJ is spelled as a call.
        assert_eq!(read == graph, protocol >= 2, "protocol {protocol}");
        let again = Options::new()
            .protocol(protocol)
            .write(&read)
            .expect("it is written again");
        assert_eq!(again, bytes, "protocol {protocol}");
        let asides =
            |value: brinery::Value<'_>| value.steps().filter(|step| matches!(step, Step::Aside { .. })).count();
        assert_eq!(read.root().get(0).map(asides), Some(4), "protocol {protocol}");
    }
}

/// Below protocol 4 nested names are made by `getattr`, and are different functions all the same: what was filled with an
/// object is no attempt to make it.
#[test]
fn nested_names_are_told_apart() {
    let mut build = Builder::new();
    let setdefault = build.global("weakref", "WeakValueDictionary.setdefault");
    let update = build.global("builtins", "dict.update");
    let key = build.add("f");
    let registered = build.call(setdefault, [key]).expect("a call");
    let class = build.global("bags", "Bag");
    let bag = build.new_object(class, []).expect("a class");
    let names = build.dict([(key, registered)]).expect("a key");
    build.aside(bag, update, [names]).expect("an object");
    let inner = build.list([registered, bag]);
    let both = build.tuple([inner, registered]);
    let graph = build.finish(both);
    for protocol in 0..=5 {
        let bytes = Options::new().protocol(protocol).write(&graph).expect("it is written");
        let read = Graph::from_slice(&bytes).expect("it is read");
        let bag = read.root().get(0).and_then(|inner| inner.get(1)).expect("a bag");
        assert_eq!(bag.steps().count(), 1, "protocol {protocol}");
    }
}

/// The arguments of `save_reduce` go into the memo; those of a setter do not.
#[test]
fn arguments_with_and_without_a_memo_index() {
    let streams: [&[u8]; 3] = [
        b"\x80\x02cm\nC\nq\x00)\x81q\x01cm\nf\nq\x02h\x01K\x01\x86q\x03R0.",
        b"\x80\x02cm\nC\nq\x00)\x81q\x01cm\nf\nq\x02K\x01h\x01\x86R0cm\ng\nq\x03)R0.",
        b"\x80\x02cm\nC\nq\x00)\x81q\x01cm\nf\nq\x02(h\x01h\x01h\x01K\x05tR0.",
    ];
    for bytes in streams {
        let graph = Graph::from_slice(bytes).expect("it is read");
        let again = Options::new().protocol(2).write(&graph).expect("it is written");
        assert_eq!(support::show(&again), support::show(bytes));
    }
}

/// A call that was dropped because the object had been made in its own arguments is that, and nothing beside the object
/// below it.
#[test]
fn an_object_made_in_its_own_arguments() {
    // C(), whose state is D(list), which is in the list.
    let bytes = b"\x80\x02cm\nC\nq\x00)\x81q\x01cm\nD\nq\x02]q\x03h\x02h\x03\x85q\x04Rq\x05a0h\x04R0h\x05b.";
    let graph = Graph::from_slice(bytes).expect("it is read");
    let again = Options::new().protocol(2).write(&graph).expect("it is written");
    assert_eq!(support::show(&again), support::show(bytes));
    assert_eq!(graph.root().steps().count(), 1);
    assert_eq!(
        graph
            .root()
            .steps()
            .filter(|step| matches!(step, Step::Aside { .. }))
            .count(),
        0
    );
}

const LOADS: &str = "
import pickle, sys, types
bags = types.ModuleType('bags')
class Bag: pass
said = []
def log(*args): said.append(args)
Bag.__module__ = 'bags'
bags.Bag, bags.log = Bag, log
sys.modules['bags'] = bags
bag, again = pickle.load(sys.stdin.buffer)
assert again[0] is bag and bag.size == 'large', (bag, again)
assert said[:4] == [('a',), (), (1, 2, 3, 4), (bag, 'a')], said
assert len(said) == 5 and said[4][0] is bag and said[4][1] is again and said[4][2] == {'size': 'large'}, said
sys.stdout.write('loaded')
";

#[test]
fn acted_on_by_cpython() {
    let graph = bag();
    for python in interpreters() {
        for protocol in 0..=5 {
            let bytes = Options::new().protocol(protocol).write(&graph).expect("it is written");
            let mut command = Command::new(&python.path);
            command.args(["-c", LOADS]);
            let output = support::feed(&mut command, &bytes);
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.stdout, b"loaded", "{python}, protocol {protocol}: {error}");
        }
    }
}
