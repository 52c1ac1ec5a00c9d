//! Small inputs that cost others all memory, the stack, or the day.

use super::{refused, support};
use brinery::{Graph, Options, Visit};
use std::time::{Duration, Instant};

/// Runs the command on a pickle with 400 MB of memory: it must end by itself, with an answer or an error.
#[cfg(all(target_os = "linux", feature = "cli"))]
fn in_little_memory(name: &str, bytes: &[u8], expected: i32) -> String {
    use std::{io::Write, process::Stdio};
    let mut command = std::process::Command::new("sh");
    command.args([
        "-c",
        "ulimit -v 400000; exec \"$0\" show --max-depth 3 -",
        env!("CARGO_BIN_EXE_brinery"),
    ]);
    let pipes = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("it starts");
    // It may stop reading early.
    let _ = child.stdin.take().expect("a pipe").write_all(bytes);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(expected), "{name}: {said}");
    said
}

/// serde-pickle and pickled: 4 KB for each mark, so that 1 MB of them aborts. pickled: `LONG_BINPUT` of a large index
/// allocates 137 GB. candle: lengths are allocated before the bytes are there. gopickle: so are frames. modelscan, CPython
/// before 3.13: PUT with a large index.
#[test]
#[cfg(all(target_os = "linux", feature = "cli"))]
fn claims_of_size_cost_nothing() {
    let cases: &[(&str, &[u8])] = &[
        ("BINUNICODE of 4 GiB", b"X\xff\xff\xff\xffabc"),
        ("BINBYTES8 of 2**62", b"\x8e\0\0\0\0\0\0\0\x40abc"),
        ("BYTEARRAY8 of 2**62", b"\x96\0\0\0\0\0\0\0\x40abc"),
        ("LONG4 of 2 GiB", b"\x8b\xff\xff\xff\x7fabc"),
        ("a frame of 2**62", b"\x80\x04\x95\0\0\0\0\0\0\0\x40N."),
    ];
    for (name, bytes) in cases {
        assert!(in_little_memory(name, bytes, 1).contains("ends"), "{name}");
    }
    in_little_memory("1 MB of marks", &vec![b'('; 1 << 20], 1);
    in_little_memory("LONG_BINPUT of 2**32 - 1", b"Nr\xff\xff\xff\xff.", 0);
    in_little_memory("PUT of 10**18", b"Np1000000000000000000\n.", 0);
    in_little_memory(
        "LONG_BINPUTs far apart",
        b"Nr\0\0\0\x10r\0\0\0\x20r\0\0\0\x40j\0\0\0\x20.",
        0,
    );
}

/// serde-pickle, repugnant: 2**40 copies. pickled: memo doubling through its tables of equal tuples.
#[test]
#[cfg(all(target_os = "linux", feature = "cli"))]
fn doubling_40_times_is_40_objects() {
    let dup: Vec<u8> = [vec![b'N'], b"2\x86".repeat(40), vec![b'.']].concat();
    in_little_memory("DUP TUPLE2", &dup, 0);
    let mut memo = b"N\x85q\0".to_vec();
    for _ in 0..40 {
        memo.extend_from_slice(b"h\0h\0\x86q\0");
    }
    memo.push(b'.');
    in_little_memory("GET GET TUPLE2", &memo, 0);
    let mut lists = b"]q\0".to_vec();
    for _ in 0..40 {
        lists.extend_from_slice(b"0](h\0h\0eq\0");
    }
    lists.push(b'.');
    in_little_memory("lists of two", &lists, 0);
    let graph = Graph::from_slice(&memo).unwrap();
    let entered = graph
        .root()
        .walk()
        .filter(|visit| matches!(visit, Visit::Enter(..)))
        .count();
    assert_eq!(entered, 42);
}

/// serde-pickle: aborts at 6,400 nested lists (12.8 KB); pickled: at 28,000; pickler, repugnant, candle: when it is
/// dropped; pickled: hangs over 1,000,000 nested tuples.
#[test]
fn a_million_nested_containers_are_read_printed_written_and_dropped_on_a_small_stack() {
    let work = || {
        let depth = 1_000_000;
        for bytes in [
            [vec![b']'; depth], vec![b'a'; depth - 1], vec![b'.']].concat(),
            [vec![b')'], vec![0x85; depth], vec![b'.']].concat(),
            [b"N".repeat(depth), b"N".to_vec(), b"\x86".repeat(depth), b".".to_vec()].concat(),
        ] {
            let graph = Graph::from_slice(&bytes).unwrap();
            assert!(graph.root().to_string().len() > depth);
            assert!(graph.to_vec().unwrap().len() > depth);
        }
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(work);
    thread.unwrap().join().unwrap();
}

/// irmen/pickle: writing deeper than 1000 is refused.
#[test]
fn deep_graphs_are_written() {
    let mut build = brinery::Builder::new();
    let mut at = build.list([]);
    for _ in 0..100_000 {
        at = build.list([at]);
    }
    let bytes = build.finish(at).to_vec().unwrap();
    assert_eq!(Graph::from_slice(&bytes).unwrap().to_vec().unwrap(), bytes);
}

/// How long this thread has been at work, where the system tells: waiting for others does not count then.
fn worked(start: Instant) -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// How long one run takes, from as many as the clock's coarseness asks for; the least of three such times.
fn least(mut work: impl FnMut()) -> Duration {
    let mut once = || {
        let start = Instant::now();
        let (before, mut runs) = (worked(start), 0);
        loop {
            work();
            runs += 1;
            let spent = worked(start) - before;
            if spent > Duration::from_millis(100) {
                return spent / runs;
            }
        }
    };
    once().min(once()).min(once())
}

/// Work for 8 times as much must not be 64 times as much. In between lies noise.
fn is_linear(name: &str, make: impl Fn(usize) -> Vec<u8>) {
    let (small, large) = (make(20_000), make(160_000));
    let read = |bytes: &[u8]| least(|| drop(Graph::from_slice(bytes).expect("it is good")));
    let (once, eight) = (read(&small), read(&large));
    assert!(
        eight < once * 28,
        "{name}: {once:?} for 20,000 and {eight:?} for 160,000"
    );
}

/// pickled: each SETITEM of protocol 0 moves all entries: 12 s for 20,000, 37 s for 40,000.
#[test]
fn dicts_of_protocol_0_take_time_in_their_length() {
    is_linear("SETITEM one by one", |n| {
        let entries = (0..n).map(|i| format!("I{i}\nI{i}\ns"));
        format!("(d{}.", entries.collect::<String>()).into_bytes()
    });
    is_linear("APPEND one by one", |n| {
        [b"(l".to_vec(), b"I7\na".repeat(n), b".".to_vec()].concat()
    });
    is_linear("ADDITEMS one by one", |n| {
        let mut bytes = b"\x8f".to_vec();
        for i in 0..n as u32 {
            bytes.extend_from_slice(b"(J");
            bytes.extend_from_slice(&i.to_le_bytes());
            bytes.push(0x90);
        }
        bytes.push(b'.');
        bytes
    });
}

/// serde-pickle: 100,000 references to one list take 40 ms, since each is a copy.
#[test]
fn references_take_time_in_their_number() {
    is_linear("one list of 1000, many times", |n| {
        let list = [b"](".to_vec(), b"K\x01".repeat(1000), b"eq\0".to_vec()].concat();
        [b"](".to_vec(), list, b"h\0".repeat(n), b"e.".to_vec()].concat()
    });
}

/// pickleparser: `push(...items)` overflows its stack.
#[test]
fn a_batch_may_be_long() {
    let bytes = [b"](".to_vec(), b"K\x01".repeat(1_000_000), b"e.".to_vec()].concat();
    assert_eq!(Graph::from_slice(&bytes).unwrap().root().len(), Some(1_000_000));
}

/// og-rek's fuzzers crash pickled 89 times; here every flip of every byte of some hundred streams is read or refused.
#[test]
fn mutations_are_read_or_refused() {
    let mut rng = support::Rng::new(support::seed(), "peers");
    let options = Options::new();
    let (mut read, mut bad) = (0, 0);
    for vector in support::vectors::all() {
        for _ in 0..40 {
            let mut bytes = vector.bytes.clone();
            let at = rng.below(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            if let Some(byte) = bytes.get_mut(at) {
                *byte = rng.byte();
            }
            match options.read(&bytes) {
                Ok(graph) => {
                    read += 1;
                    assert!(graph.root().repr().max_items(20).to_string().len() < 1 << 20);
                }
                Err(_) => bad += 1,
            }
        }
    }
    assert!(read > 1000 && bad > 1000, "{read} read, {bad} refused");
}

/// serde-pickle: deep input overflows the stack also when it is no good.
#[test]
fn errors_deep_inside_are_errors() {
    let bytes = [vec![b']'; 300_000], b"\xff".to_vec()].concat();
    assert_eq!(refused(&bytes), "at byte 300000: no opcode has the byte 0xff");
}

/// serde-pickle: 20 GB for a file of a game, of ordinary records. Here 40 MB of them do with ten times that.
#[test]
#[cfg(all(target_os = "linux", feature = "cli", feature = "serde"))]
fn an_ordinary_large_pickle_fits() {
    use std::collections::BTreeMap;
    let record = |id: usize| -> BTreeMap<&str, String> {
        let fields = ["name", "kind", "place", "owner", "state", "notes"];
        fields.map(|field| (field, format!("{field} of {id}"))).into()
    };
    let records: Vec<_> = (0..320_000).map(record).collect();
    let bytes = brinery::to_vec(&records).expect("it is written");
    assert!(bytes.len() > 40 << 20, "{} bytes", bytes.len());
    in_little_memory("records", &bytes, 0);
}
