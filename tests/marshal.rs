//! marshal, held against that of every CPython from 3.8 to 3.13.

mod support;

use brinery::marshal::{Options, pyc};
use support::{
    Rng,
    codes::{file, push, records, run, written},
    python, seed,
};

/// Objects of every type and modules of the stdlib are read and written; CPython takes what is written, and it is the
/// same but for the flags of numbers and interned texts.
#[test]
fn objects_and_modules() {
    for python in python::interpreters() {
        let minor = python.version.1;
        let theirs = written(python, "objects");
        let mut pairs = Vec::new();
        let mut count = 0;
        let mut all = records(&theirs);
        while let (Some((b'V', input)), Some((b'W', again))) = (all.next(), all.next()) {
            let (version, input) = input.split_first().expect("a version");
            let options = Options::new(minor).version(*version);
            let (graph, notes, end) = options.read_first(input).expect("CPython has written it");
            assert_eq!(end, input.len());
            push(&mut pairs, b'T', again);
            push(
                &mut pairs,
                b'O',
                &options.write_with(&graph, &notes).expect("it can be written"),
            );
            count += 1;
        }
        assert!(count > 400, "the oracle has written {count} objects");
        let path = file(python, "marshalled");
        std::fs::write(&path, &pairs).expect("the file can be written");
        let said = run(python.oracle("code_objects.py").arg("compare").arg(&path));
        let mut said = said
            .split_whitespace()
            .map(|word| word.parse::<usize>().expect("a number"));
        let (compared, exact) = (said.next(), said.next());
        assert_eq!(compared, Some(count));
        eprintln!("{python}: {count} objects, {} of them to the byte", exact.unwrap_or(0));
        std::fs::remove_file(&path).expect("the file can be removed");
    }
}

/// Files that `py_compile` writes, with time or hash, are read and written again to the byte.
#[test]
fn pyc_files() {
    for python in python::interpreters() {
        let script = "
import py_compile, sys, os
source, out = sys.argv[1:]
open(source, 'w').write('def f(a, *, b=1):\\n    return [a for a in (a, b)]\\n\\n[x for x in ()]\\nclass A: pass\\n')
for mode in 'TIMESTAMP', 'CHECKED_HASH', 'UNCHECKED_HASH':
    py_compile.compile(source, out + mode, doraise=True, invalidation_mode=getattr(py_compile.PycInvalidationMode, mode))
";
        let (source, out) = (file(python, "source.py"), file(python, "out"));
        let mut command = std::process::Command::new(&python.path);
        run(command.args(["-c", script]).args([&source, &out]));
        for mode in ["TIMESTAMP", "CHECKED_HASH", "UNCHECKED_HASH"] {
            let path = format!("{}{mode}", out.display());
            let bytes = std::fs::read(&path).expect("py_compile has written it");
            let pyc = pyc::read(&bytes).unwrap_or_else(|error| panic!("{python} {mode}: {error}"));
            assert_eq!(pyc.minor, python.version.1);
            match (mode, pyc.origin) {
                ("TIMESTAMP", pyc::Origin::Timestamp { size, .. }) => {
                    assert_eq!(u64::from(size), std::fs::metadata(&source).expect("it is there").len());
                }
                ("CHECKED_HASH", pyc::Origin::Hash { checked: true, .. }) => {}
                ("UNCHECKED_HASH", pyc::Origin::Hash { checked: false, .. }) => {}
                (_, origin) => panic!("{mode}: {origin:?}"),
            }
            let again = pyc.to_vec().expect("it can be written");
            assert_eq!(again[..16], bytes[..16], "{python} {mode}");
            let reread = pyc::read(&again).expect("it was just written");
            assert_eq!(reread.graph.root().to_string(), pyc.graph.root().to_string());
            std::fs::remove_file(&path).expect("the file can be removed");
        }
        std::fs::remove_file(&source).expect("the file can be removed");
    }
}

/// Every prefix of an object is refused as truncated or, where a tuple of arguments is whole, for what it lacks; changed
/// bytes give a value or an error. Nothing panics.
#[test]
fn hostile() {
    let python = python::newest();
    let theirs = written(python, "objects");
    let minor = python.version.1;
    let small: Vec<&[u8]> = records(&theirs)
        .filter(|(kind, bytes)| *kind == b'V' && bytes.len() < 6000)
        .map(|(_, bytes)| &bytes[1..])
        .collect();
    assert!(small.len() > 300);
    for input in &small {
        for end in 0..input.len() {
            let error = Options::new(minor).read(&input[..end]).err();
            assert!(
                error.is_some_and(|error| error.is_truncated()),
                "{:?} cut at {end}",
                &input[..input.len().min(99)]
            );
        }
    }
    let mut rng = Rng::new(seed(), "marshal");
    let rounds = if cfg!(debug_assertions) { 60_000 } else { 600_000 };
    let (mut read, mut refused) = (0, 0);
    for round in 0..rounds {
        let mut bytes = small[rng.below(small.len())].to_vec();
        for _ in 0..1 + rng.below(3) {
            let at = rng.below(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match rng.below(5) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << rng.below(8),
                1 if !bytes.is_empty() => {
                    bytes[at] = *b"0NTiIlgyfxstrzZaA()[{c<>u"[..].get(rng.below(25)).expect("in range")
                }
                2 if !bytes.is_empty() => bytes[at] = rng.byte(),
                3 if !bytes.is_empty() => drop(bytes.remove(at)),
                _ => bytes.insert(at, rng.byte()),
            }
        }
        let options = Options::new(8 + (round % 6) as u8);
        match options.read_first(&bytes) {
            Ok((graph, notes, _)) => {
                read += 1;
                // What was read is written, or refused with a reason.
                if let Ok(again) = options.write_with(&graph, &notes) {
                    options.read(&again).expect("what is written is read");
                }
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
}

/// Depth, lengths and references that lie.
#[test]
fn traps() {
    let read = |bytes: &[u8]| {
        Options::new(13)
            .read(bytes)
            .map(|graph| graph.root().repr().max_items(3).to_string())
    };
    // A million lists in each other are read, and not written: CPython would not read them.
    let deep: Vec<u8> = b"[\x01\0\0\0".repeat(1_000_000).into_iter().chain(*b"N").collect();
    let graph = Options::new(13).read(&deep).expect("depth is no fault");
    assert!(
        Options::new(13)
            .write(&graph)
            .unwrap_err()
            .to_string()
            .contains("2000 levels")
    );
    // Lengths allocate nothing.
    for bytes in [
        &b"[\xff\xff\xff\x7f"[..],
        b"(\xff\xff\xff\x7f",
        b"s\xff\xff\xff\x7f",
        b"l\xff\xff\xff\x7f",
        b"<\xff\xff\xff\x7fN",
    ] {
        assert!(read(bytes).unwrap_err().is_truncated());
    }
    let refused = [
        (&b"(\xff\xff\xff\xff"[..], "at byte 0: the length is negative"),
        (b"r\0\0\0\0", "at byte 0: a reference to object 0, and 0 are numbered"),
        (b"0", "at byte 0: NULL where an object should be"),
        (b"?", "at byte 0: marshal has no type with the code 0x3f"),
        (
            b"\xa9\x01r\0\0\0\0",
            "at byte 2: a tuple that contains itself as no Python object can",
        ),
        (
            b"\xbe\x01\0\0\0r\0\0\0\0",
            "at byte 5: a reference to object 0, which is not whole yet",
        ),
        (
            b"\xa9\x01{r\0\0\0\0N0",
            "at byte 3: a tuple that contains itself as no Python object can",
        ),
        (
            b"<\x01\0\0\0[\0\0\0\0",
            "at byte 0: list is not hashable, so it cannot be a key or an item of a set",
        ),
        (
            b"l\x01\0\0\0\0\x80",
            "at byte 0: a digit of a long has more than 15 bits",
        ),
        (b"l\x01\0\0\0\0\0", "at byte 0: a long begins with a digit that is zero"),
        (b"u\x01\0\0\0\xff", "at byte 0: the text is not UTF-8"),
    ];
    for (bytes, why) in refused {
        let error = read(bytes).unwrap_err();
        assert_eq!(error.to_string(), why, "{bytes:?}");
    }
    // What Python can make is read.
    assert_eq!(read(b"\xa9\x01[\x01\0\0\0r\0\0\0\0").unwrap(), "([(...)],)");
    assert_eq!(read(b"\xa9\x01{Nr\0\0\0\x000").unwrap(), "({None: (...)},)");
    assert_eq!(read(b"\xdb\x01\0\0\0r\0\0\0\0").unwrap(), "[[...]]");
    // References to a reference are many, and cost one byte each to undo.
    let mut wide = b"(\x40\x42\x0f\0\xa9\0".to_vec();
    wide.extend(b"r\0\0\0\0".repeat(999_999));
    assert!(Options::new(13).read(&wide).is_ok());
    assert!(Options::new(14).read(b"N").is_err() && Options::new(7).read(b"N").is_err());
}
