//! Small pickles that ask for much: each goes through everything that can be done with a pickle, one thing in a process
//! of its own that may take 64 times the file and 64 MiB of memory and two seconds of processor time, and must end with
//! its result or with the name of a limit.
//!
//! The attacks are made by `tests/hostile/make_resource.py`, which also says how each ends.

use brinery::{
    DisOptions, Error, ErrorKind, Graph, JsonOptions, Limits, Options, Pickle, PyKey, Splice, Visit, dis,
    function::Defs,
    optimize,
    scan::{Policy, scan},
};
use serde_json::Value as Json;
use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    fs,
    io::{self, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What is done with a pickle.
type Step = fn(&[u8]) -> Result<(), Error>;

const STEPS: &[(&str, Step)] = &[
    ("read", |bytes| each(bytes, |_| Ok(()))),
    ("stream", |bytes| {
        options().stream(bytes).try_for_each(|graph| graph.map(drop))
    }),
    ("shared", |bytes| options().read_all(bytes).map(drop)),
    ("walk", |bytes| {
        each(bytes, |graph| {
            let left = graph.root().walk().filter(|visit| matches!(visit, Visit::Leave(_)));
            assert!(left.count() > 0);
            Ok(())
        })
    }),
    ("show", |bytes| {
        each(bytes, |graph| {
            write!(Nowhere, "{graph}").expect("nothing fails");
            Ok(())
        })
    }),
    ("debug", |bytes| {
        each(bytes, |graph| {
            write!(Nowhere, "{graph:?} {:?}", graph.root()).expect("nothing fails");
            Ok(())
        })
    }),
    ("dot", |bytes| {
        each(bytes, |graph| {
            write!(Nowhere, "{}", graph.root().dot()).expect("nothing fails");
            Ok(())
        })
    }),
    ("json", |bytes| json(bytes, None)),
    ("json-indented", |bytes| json(bytes, Some(2))),
    ("equal", |bytes| {
        each(bytes, |graph| {
            assert!(graph.root() == graph.root());
            Ok(())
        })?;
        for (first, second) in options().iter(bytes).zip(options().iter(bytes)) {
            assert!(first?.0 == second?.0);
        }
        Ok(())
    }),
    ("hash", |bytes| {
        each(bytes, |graph| {
            let root = graph.root();
            for value in [root]
                .into_iter()
                .chain(root.items().take(3))
                .chain(root.entries().take(3).map(|(key, _)| key))
            {
                if let Ok(key) = PyKey::new(value) {
                    assert!(key == PyKey::new(value)?);
                }
                value.py_eq(root);
            }
            Ok(())
        })
    }),
    ("clone", |bytes| {
        each(bytes, |graph| {
            let copy = graph.clone();
            drop(copy.into_owned());
            Ok(())
        })
    }),
    ("convert", |bytes| each(bytes, |graph| graph.to_vec().map(drop))),
    ("convert-0", |bytes| convert(bytes, options().protocol(0))),
    ("convert-2", |bytes| convert(bytes, options().protocol(2))),
    ("convert-5", |bytes| convert(bytes, options().protocol(5))),
    ("convert-fast", |bytes| convert(bytes, options().protocol(4).fast(true))),
    ("dis", |bytes| {
        dis(bytes, &mut io::sink(), &DisOptions::default()).map(drop)
    }),
    ("dis-annotated", |bytes| {
        let options = DisOptions {
            annotate: 30,
            ..DisOptions::default()
        };
        dis(bytes, &mut io::sink(), &options).map(drop)
    }),
    ("optimize", |bytes| optimize(bytes).map(drop)),
    ("scan", |bytes| {
        let report = scan(bytes, &Policy::torch().and(&Policy::sklearn()));
        write!(Nowhere, "{report:?}").expect("nothing fails");
        Ok(())
    }),
    ("function", |bytes| each(bytes, |graph| Defs::of(graph).map(drop))),
    ("typed", |bytes| {
        options().from_slice::<serde::de::IgnoredAny>(bytes).map(drop)
    }),
    ("splice", |bytes| {
        let mut splice = Splice::new();
        splice.list()?.value(&Pickle(bytes))?.value(&Pickle(bytes))?.end()?;
        splice.finish().map(drop)
    }),
];

fn options() -> Options {
    Options::new().buffers_elsewhere()
}

/// Reads each pickle and does something with it.
fn each(bytes: &[u8], act: impl Fn(&Graph<'_>) -> Result<(), Error>) -> Result<(), Error> {
    options().iter(bytes).try_for_each(|pickle| act(&pickle?.0))
}

fn json(bytes: &[u8], indent: Option<usize>) -> Result<(), Error> {
    let options = JsonOptions {
        indent,
        ..JsonOptions::default()
    };
    each(bytes, |graph| {
        let mut misfits = 0;
        graph.root().write_json(&mut io::sink(), &options, |misfit| {
            misfits += 1;
            // As many as the command names.
            if misfits < 1000 {
                write!(Nowhere, "{misfit}").expect("nothing fails");
            }
        })
    })
}

fn convert(bytes: &[u8], options: Options) -> Result<(), Error> {
    each(bytes, |graph| options.write(graph).map(drop))
}

/// Takes text and forgets it.
struct Nowhere;

impl fmt::Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

/// What a step came to, in the words of the manifest.
fn outcome(result: Result<(), Error>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => {
            // Whoever gets an error prints it.
            let shown = format!("{error} {error:?}");
            assert!(shown.len() < 100_000, "an error of {} bytes", shown.len());
            match error.kind() {
                ErrorKind::Limit { name, .. } => format!("limit {name}"),
                kind => {
                    let kind = format!("{kind:?}");
                    let end = kind.find([' ', '(', '{']).unwrap_or(kind.len());
                    format!("error {}", &kind[..end])
                }
            }
        }
    }
}

/// Larger files are only read.
const LARGE: u64 = 4 << 20;

/// The variables that tell a process which step it is.
const STEP: &str = "BRINERY_HOSTILE_STEP";
const FILE: &str = "BRINERY_HOSTILE_FILE";
/// The sign before what a step came to.
const SIGN: &str = "came to: ";

#[test]
#[ignore = "a step, which the other test runs in a process of its own"]
fn step() {
    let (Ok(step), Ok(file)) = (std::env::var(STEP), std::env::var(FILE)) else {
        eprintln!("SKIPPED: {STEP} and {FILE} do not say what to do");
        return;
    };
    let bytes = fs::read(file).expect("the attack is there");
    let (_, act) = STEPS
        .iter()
        .find(|(name, _)| *name == step)
        .expect("a step of this name");
    println!("{SIGN}{}", outcome(act(&bytes)));
}

/// An attack of the manifest.
struct Attack {
    name: String,
    path: PathBuf,
    size: u64,
    ends: BTreeMap<String, String>,
}

fn hostile(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/hostile/resource")
        .join(name)
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(digit).collect()
}

/// The attacks, each written out in full.
fn attacks() -> Vec<Attack> {
    let manifest = fs::read(hostile("manifest.json")).expect("the manifest is there");
    let manifest: Vec<Json> = serde_json::from_slice(&manifest).expect("the manifest is JSON");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile_resource");
    fs::create_dir_all(&folder).expect("a folder for the attacks");
    let attack = |entry: &Json| {
        let name = entry["name"].as_str().expect("a name").to_owned();
        let path = match entry["file"].as_str() {
            Some(file) => hostile(file),
            None => {
                let mut bytes = Vec::new();
                for part in entry["parts"].as_array().expect("parts or a file") {
                    let count = part[1].as_u64().expect("a count") as usize;
                    bytes.extend(unhex(part[0].as_str().expect("bytes")).repeat(count));
                }
                let path = folder.join(format!("{name}.pkl"));
                fs::write(&path, bytes).expect("the attack is written out");
                path
            }
        };
        let size = fs::metadata(&path).expect("the attack is there").len();
        assert_eq!(
            Some(size),
            entry["bytes"].as_u64(),
            "{name}: run make_resource.py again"
        );
        let ends = entry["ends"].as_object().expect("how it ends").iter();
        let ends = ends.map(|(step, end)| (step.clone(), end.as_str().expect("an end").to_owned()));
        Attack {
            name,
            path,
            size,
            ends: ends.collect(),
        }
    };
    manifest.iter().map(attack).collect()
}

/// Runs a step in a limited process: what it came to, or what became of it.
fn run(attack: &Attack, step: &str) -> Result<String, String> {
    let kilobytes = (64 * attack.size + (64 << 20)) / 1024;
    // Processor time, because a machine that does other things, too, is no fault of ours.
    let script = format!("ulimit -v {kilobytes} && ulimit -t 2 && exec \"$0\" \"$@\"");
    let this = std::env::current_exe().expect("this program has a path");
    let output = Command::new("sh")
        .args(["-c", &script])
        .arg(this)
        .args(["step", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(STEP, step)
        .env(FILE, &attack.path)
        // Address space that is set aside and not used counts, too.
        .env("MALLOC_ARENA_MAX", "1")
        // Nor is it what is asked for that counts where glibc keeps large blocks that were freed.
        .env("MALLOC_MMAP_THRESHOLD_", "131072")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    // The harness writes the name of the test on the same line.
    let came = out.lines().find_map(|line| Some(line.split_once(SIGN)?.1.to_owned()));
    match came {
        Some(came) if output.status.success() && err.is_empty() => Ok(came),
        _ => Err(format!(
            "{}: {}",
            output.status,
            err.lines().take(4).collect::<Vec<_>>().join(" ")
        )),
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the shell of this system may not limit memory")]
fn every_attack_ends_well() {
    let attacks = attacks();
    assert!(attacks.len() >= 60, "only {} attacks", attacks.len());
    let only = std::env::var("BRINERY_HOSTILE_ONLY").unwrap_or_default();
    let jobs: Vec<(usize, &str)> = (0..attacks.len())
        .filter(|at| attacks[*at].name.contains(&only))
        .flat_map(|at| STEPS.iter().map(move |(step, _)| (at, *step)))
        .filter(|(at, step)| attacks[*at].size < LARGE || ["read", "stream", "scan"].contains(step))
        .collect();
    let next = AtomicUsize::new(0);
    let ended = Mutex::new(vec![BTreeMap::new(); attacks.len()]);
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((at, step)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match run(&attacks[*at], step) {
                        Ok(came) => {
                            ended.lock().expect("no thread panics")[*at].insert((*step).to_owned(), came);
                        }
                        Err(fault) => {
                            let fault = format!("{} {step}: {fault}", attacks[*at].name);
                            let _ = writeln!(io::stderr(), "{fault}");
                            faults.lock().expect("no thread panics").push(fault);
                        }
                    }
                }
            });
        }
    });
    let ended = ended.into_inner().expect("no thread panics");
    if std::env::var_os("BRINERY_HOSTILE_WRITE").is_some() {
        write_results(&attacks, &ended);
    }
    let mut faults = faults.into_inner().expect("no thread panics");
    for (attack, ends) in attacks.iter().zip(&ended) {
        for (step, came) in ends {
            let expected = attack.ends.get(step).or(attack.ends.get("*")).map_or("", |end| end);
            if came != expected {
                faults.push(format!(
                    "{} {step}: came to `{came}`, expected `{expected}`",
                    attack.name
                ));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        jobs.len(),
        faults.join("\n")
    );
}

/// What `make_resource.py` puts into the manifest: to be looked at before it is believed.
fn write_results(attacks: &[Attack], ended: &[BTreeMap<String, String>]) {
    let mut all = serde_json::Map::new();
    for (attack, ends) in attacks.iter().zip(ended) {
        let usual = ends.get("read").cloned().unwrap_or_default();
        let mut short: BTreeMap<&str, &str> = [("*", &*usual)].into();
        short.extend(
            ends.iter()
                .filter(|(_, end)| **end != usual)
                .map(|(step, end)| (&**step, &**end)),
        );
        all.insert(attack.name.clone(), serde_json::json!(short));
    }
    let text = serde_json::to_string_pretty(&all).expect("it is JSON") + "\n";
    fs::write(hostile("results.json"), text).expect("the results are written");
}

/// Each limit by its name: what reaches it, and where the error says that it was reached.
#[test]
fn each_limit_is_told_by_its_name() {
    let set = |name: &str, value: u64| {
        let mut limits = Limits::default();
        assert!(limits.set(name, value), "{name}");
        options().limits(limits)
    };
    let many = [&b"("[..], &b"]".repeat(2_000_000), b"l."].concat();
    let bomb = [&b"\x80\x02N"[..], &b"2\x86".repeat(60), b"."].concat();
    let read = |name, value, bytes: &[u8]| set(name, value).read(bytes).map(drop);
    let nested = b"]]]aa.";
    let cases: [(&str, Result<(), Error>, &str); 13] = [
        (
            "bytes",
            read("bytes", 3, b"\x80\x04N."),
            "at byte 3: the limit `bytes` of 3 is reached",
        ),
        ("memory", read("memory", 0, &many), "EMPTY_LIST at byte"),
        (
            "stack",
            read("stack", 2, b"NNN."),
            "NONE at byte 2: the limit `stack` of 2 is reached",
        ),
        (
            "marks",
            read("marks", 1, b"((1N."),
            "MARK at byte 1: the limit `marks` of 1 is reached",
        ),
        (
            "memo",
            read("memo", 1, b"]q\0q\x01."),
            "BINPUT at byte 3: the limit `memo` of 1 is reached",
        ),
        (
            "nodes",
            read("nodes", 1, b"]]."),
            "EMPTY_LIST at byte 1: the limit `nodes` of 1 is reached",
        ),
        (
            "payload",
            read("payload", 3, b"\x8c\x02ab\x8c\x02cd."),
            "SHORT_BINUNICODE at byte 4: the limit `payload` of 3 is reached",
        ),
        (
            "digits",
            read("digits", 20, b"NL123456789012345678901L\n."),
            "LONG at byte 1: the limit `digits` of 20 is reached",
        ),
        (
            "buffers",
            read("buffers", 1, b"\x97\x97."),
            "NEXT_BUFFER at byte 1: the limit `buffers` of 1 is reached",
        ),
        (
            "pickles",
            set("pickles", 1).iter(b"N.N.").try_for_each(|pickle| pickle.map(drop)),
            "at byte 2: the limit `pickles` of 1 is reached",
        ),
        (
            "output",
            options()
                .read(&bomb)
                .and_then(|graph| set("output", 1).fast(true).write(&graph))
                .map(drop),
            "the limit `output` of 1 is reached",
        ),
        (
            "depth",
            set("depth", 2).from_slice::<Json>(nested).map(drop),
            "the limit `depth` of 2 is reached",
        ),
        (
            "expansion",
            set("expansion", 0)
                .from_slice::<Json>(&[&b"](N"[..], &b"2\x86".repeat(25), b"e."].concat())
                .map(drop),
            "the limit `expansion` of 0 is reached",
        ),
    ];
    assert_eq!(cases.len(), Limits::NAMES.len());
    for (name, outcome, expected) in cases {
        let error = outcome.expect_err(name);
        assert!(Limits::NAMES.contains(&name));
        assert!(
            matches!(error.kind(), ErrorKind::Limit { name: told, .. } if *told == name),
            "{name}: {error}"
        );
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
}
