//! What holds for arbitrary graphs, opcodes and readers.

mod support;

use brinery::{Builder, Graph, Info, Op, Ops, Options, Ref};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::cell::Cell;
use support::{Chunks, Rng, canon::canon, mutate, same::isomorphic, show};

/// Runs a property on this many cases, always the same ones for a seed.
fn holds<S: Strategy>(cases: u32, strategy: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&support::seed().to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(&strategy, property) {
        panic!("{error}");
    }
}

/// One thing done to a growing graph. Numbers choose among the objects there are, later ones among those to come.
#[derive(Debug, Clone)]
enum Make {
    Int(i64),
    Big(Vec<u8>),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    ByteArray(Vec<u8>),
    List,
    Dict,
    Set,
    Tuple(Vec<usize>),
    FrozenSet(Vec<usize>),
    Call(usize, Vec<usize>),
    New(usize, Vec<usize>),
    NewEx(usize, Vec<usize>, usize),
    Persistent(usize),
    /// Puts an object into another, as its kind takes it.
    Put(usize, usize, usize),
}

fn make() -> impl Strategy<Value = Make> {
    let some = || vec(any::<usize>(), 0..5);
    let float = any::<f64>().prop_map(|float| if float.is_nan() { f64::NAN } else { float });
    let put = || any::<(usize, usize, usize)>().prop_map(|(to, key, value)| Make::Put(to, key, value));
    prop_oneof![
        any::<i64>().prop_map(Make::Int),
        (-3..300i64).prop_map(Make::Int),
        vec(any::<u8>(), 0..12).prop_map(Make::Big),
        float.prop_map(Make::Float),
        any::<String>().prop_map(Make::Text),
        vec(any::<u8>(), 0..300).prop_map(Make::Bytes),
        vec(any::<u8>(), 0..9).prop_map(Make::ByteArray),
        Just(Make::List),
        Just(Make::Dict),
        Just(Make::Set),
        some().prop_map(Make::Tuple),
        some().prop_map(Make::FrozenSet),
        (any::<usize>(), some()).prop_map(|(callable, args)| Make::Call(callable, args)),
        (any::<usize>(), some()).prop_map(|(class, args)| Make::New(class, args)),
        (any::<usize>(), some(), any::<usize>()).prop_map(|(class, args, value)| Make::NewEx(class, args, value)),
        any::<usize>().prop_map(Make::Persistent),
        put(),
        put(),
        put(),
        put(),
    ]
}

/// Builds the graph as far as the protocol can say it; what Python would refuse, such as a list as a key, is left out.
fn build(program: &[Make], protocol: u8) -> Graph<'static> {
    let mut build = Builder::new();
    // Python has one object for each name.
    let globals = [("m", "C"), ("m", "Outer.Inner"), ("other.module", "f")];
    let globals = globals.map(|(module, name)| build.global(module, name));
    let mut made: Vec<Ref> = vec![build.list([])];
    for step in program {
        let at = |index: &usize| made[index % made.len()];
        let all = |indices: &[usize]| indices.iter().map(at).collect::<Vec<_>>();
        let global = |index: &usize| globals[index % globals.len()];
        let new = match step {
            Make::Int(int) => Ok(build.add(*int)),
            Make::Big(bytes) => Ok(build.add(num_bigint::BigInt::from_signed_bytes_le(bytes))),
            Make::Float(float) => Ok(build.add(*float)),
            Make::Text(text) => Ok(build.add(text.as_str())),
            Make::Bytes(bytes) => Ok(build.add(bytes.as_slice())),
            Make::ByteArray(bytes) => Ok(build.bytearray(bytes)),
            Make::List => Ok(build.list([])),
            Make::Dict => build.dict([]),
            Make::Set => build.set([]),
            Make::Tuple(items) => Ok(build.tuple(all(items))),
            Make::FrozenSet(items) => build.frozenset(all(items)),
            Make::Call(callable, args) => build.call(global(callable), all(args)),
            Make::New(class, args) if protocol >= 2 => build.new_object(global(class), all(args)),
            Make::NewEx(class, args, value) if protocol >= 4 => {
                build.new_object_ex(global(class), all(args), &[("key", at(value))])
            }
            Make::Persistent(id) if protocol >= 1 => {
                // What shares it does so by its id: each mention is an object of its own.
                let object = build.persistent(at(id));
                Ok(build.list([object]))
            }
            Make::New(..) | Make::NewEx(..) | Make::Persistent(_) => continue,
            Make::Put(to, key, value) => {
                let (to, key, value) = (at(to), at(key), at(value));
                // One of these fits the kind of the target, or none does.
                let _ = build.append(to, [value]).or_else(|_| build.insert(to, [(key, value)]));
                // A set below protocol 4 is a call with its items as arguments. With one among them that was itself
                // made from the set, neither comes first: Python's recursion has no end there.
                if protocol >= 4 {
                    let _ = build.add_items(to, [key]);
                }
                let _ = build.set_state(to, value);
                continue;
            }
        };
        made.extend(new);
    }
    let root = build.tuple(&made);
    build.finish(root)
}

#[test]
fn graphs_come_back_the_same() {
    holds(6000, (vec(make(), 0..40), 0..=5u8), |(program, protocol)| {
        let graph = build(&program, protocol);
        let options = Options::new().protocol(protocol);
        let bytes = options
            .write(&graph)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let again = options
            .read(&bytes)
            .map_err(|error| TestCaseError::fail(format!("{error}: {}", show(&bytes))))?;
        prop_assert_eq!(isomorphic(graph.root(), again.root()), Ok(()), "{}", show(&bytes));
        prop_assert!(graph.root() == again.root(), "{}", show(&bytes));
        let bytes_again = options
            .write(&again)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(bytes == bytes_again, "{}", support::difference(&bytes, &bytes_again));
        Ok(())
    });
}

/// What the arguments of an opcode are made of.
#[derive(Debug, Clone)]
struct Arguments {
    opcode: usize,
    bytes: Vec<u8>,
    line: Vec<u8>,
    second: Vec<u8>,
    number: u64,
    float: f64,
}

fn arguments() -> impl Strategy<Value = Arguments> {
    let line = || {
        vec(
            any::<u8>().prop_filter("a line has no newline", |byte| *byte != b'\n'),
            0..20,
        )
    };
    let number = any::<u64>();
    let float = any::<f64>().prop_filter("NaN is not equal to itself", |float| !float.is_nan());
    (any::<usize>(), vec(any::<u8>(), 0..256), line(), line(), number, float).prop_map(
        |(opcode, bytes, line, second, number, float)| Arguments {
            opcode,
            bytes,
            line,
            second,
            number,
            float,
        },
    )
}

/// Any opcode but STOP, after which nothing is read.
fn op(arguments: &Arguments) -> Op<'_> {
    let Arguments {
        opcode,
        bytes,
        line,
        second,
        number,
        float,
    } = arguments;
    let with_arguments = [
        Op::Int(line),
        Op::Long(line),
        Op::String(line),
        Op::Unicode(line),
        Op::Float(line),
        Op::Get(line),
        Op::Put(line),
        Op::Global((line, second)),
        Op::Inst((line, second)),
        Op::PersId(line),
        Op::BinInt(*number as i32),
        Op::BinInt1(*number as u8),
        Op::BinInt2(*number as u16),
        Op::BinString(bytes),
        Op::ShortBinString(bytes),
        Op::BinUnicode(bytes),
        Op::BinFloat(*float),
        Op::BinGet(*number as u8),
        Op::LongBinGet(*number as u32),
        Op::BinPut(*number as u8),
        Op::LongBinPut(*number as u32),
        Op::Long1(bytes),
        Op::Long4(bytes),
        Op::Ext1(*number as u8),
        Op::Ext2(*number as u16),
        Op::Ext4(*number as i32),
        Op::Proto(*number as u8),
        Op::BinBytes(bytes),
        Op::ShortBinBytes(bytes),
        Op::BinBytes8(bytes),
        Op::ShortBinUnicode(bytes),
        Op::BinUnicode8(bytes),
        Op::Frame(0), // It holds nothing, so that it has no end to overrun.
        Op::ByteArray8(bytes),
    ];
    let without = [
        Op::None,
        Op::Append,
        Op::List,
        Op::Tuple,
        Op::Dict,
        Op::SetItem,
        Op::Pop,
        Op::Dup,
        Op::Mark,
        Op::Reduce,
        Op::Build,
        Op::EmptyList,
        Op::Appends,
        Op::EmptyTuple,
        Op::EmptyDict,
        Op::SetItems,
        Op::PopMark,
        Op::Obj,
        Op::BinPersId,
        Op::NewTrue,
        Op::NewFalse,
        Op::Tuple1,
        Op::Tuple2,
        Op::Tuple3,
        Op::NewObj,
        Op::EmptySet,
        Op::AddItems,
        Op::FrozenSet,
        Op::Memoize,
        Op::StackGlobal,
        Op::NewObjEx,
        Op::NextBuffer,
        Op::ReadonlyBuffer,
    ];
    let all = with_arguments.len() + without.len();
    assert_eq!(all + 1, Info::ALL.len(), "every opcode has its turn");
    let index = opcode % all;
    *with_arguments
        .get(index)
        .unwrap_or_else(|| &without[index - with_arguments.len()])
}

#[test]
fn opcodes_come_back_the_same() {
    holds(2000, vec(arguments(), 1..30), |arguments| {
        let ops: Vec<Op<'_>> = arguments.iter().map(op).chain([Op::Stop]).collect();
        let mut bytes = Vec::new();
        let mut wanted = Vec::new();
        for op in ops {
            wanted.push((bytes.len(), op));
            op.write(&mut bytes);
        }
        let parsed: Result<Vec<_>, _> = Ops::new(&bytes).collect();
        let parsed = parsed.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(parsed, wanted);
        Ok(())
    });
}

/// From a reader, in pieces of any size, streams are what they are from a slice: the same value or the same fault.
#[test]
fn pieces_make_no_difference() {
    let (accepted, refused) = (Cell::new(0), Cell::new(0));
    holds(
        3000,
        (any::<u64>(), 1..40usize, any::<bool>()),
        |(seed, largest, mutated)| {
            let mut rng = Rng::new(seed, "pieces");
            let mut stream = mutate::random(&mut rng);
            if mutated {
                let other = mutate::random(&mut rng);
                stream = mutate::mutate(&mut rng, &stream, &other);
            }
            let slice = Options::new().read(&stream);
            let pieces = Options::new().read_from(Chunks::new(&stream, largest, rng));
            match (slice, pieces) {
                (Ok(slice), Ok(pieces)) => {
                    prop_assert_eq!(canon(&slice), canon(&pieces));
                    accepted.set(accepted.get() + 1);
                }
                (Err(slice), Err(pieces)) => {
                    prop_assert_eq!(slice.to_string(), pieces.to_string(), "{}", show(&stream));
                    refused.set(refused.get() + 1);
                }
                (slice, pieces) => prop_assert!(false, "{:?} and {:?}: {}", slice, pieces, show(&stream)),
            }
            Ok(())
        },
    );
    assert!(
        accepted.get() > 300 && refused.get() > 300,
        "{} and {}",
        accepted.get(),
        refused.get()
    );
}
