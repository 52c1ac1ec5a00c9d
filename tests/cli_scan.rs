//! `brinery scan` over files, folders and archives, run as it is.
#![cfg(feature = "cli")]

mod support;

use serde_json::Value as Json;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use support::packages;

const SAFE: &[u8] = b"\x80\x04]\x94(K\x01K\x02e.";
const UNKNOWN: &[u8] = b"\x80\x02cshop\nOrder\n)\x81.";
const DANGEROUS: &[u8] = b"cos\nsystem\n(S'echo <b>\"&'\ntR.";
const BROKEN: &[u8] = b"\x80\x04]\x94(K\x01K\x02";

struct Outcome {
    code: i32,
    out: String,
    err: String,
}

fn scan(args: &[&str], input: &[u8]) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_brinery"))
        .arg("scan")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic");
    Outcome {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// An empty folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scan").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}

fn fill(name: &str, files: &[(&str, &[u8])]) -> String {
    let path = folder(name);
    for (name, bytes) in files {
        let file = path.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, bytes).expect("a file");
    }
    path.to_str().expect("UTF-8").to_owned()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).expect("memory");
    out.finish().expect("memory")
}

#[test]
fn exit_codes() {
    let verdicts: [(&[u8], i32, &str); 4] = [
        (SAFE, 0, "safe"),
        (UNKNOWN, 20, "unknown"),
        (DANGEROUS, 30, "dangerous"),
        (BROKEN, 40, "broken"),
    ];
    for (bytes, code, verdict) in verdicts {
        let plain = scan(&["-"], bytes);
        assert_eq!((plain.code, &*plain.err), (code, ""), "{}", plain.out);
        assert!(plain.out.starts_with(verdict), "{}", plain.out);
        // In whatever it lies.
        let packed = scan(&["-"], &gzip(&gzip(bytes)));
        assert_eq!((packed.code, &*packed.err), (code, ""), "{}", packed.out);
    }
    let path = fill("codes", &[("a", SAFE), ("b", DANGEROUS), ("c", BROKEN), ("d", UNKNOWN)]);
    let at = |name: &str| format!("{path}/{name}");
    assert_eq!(scan(&[&at("a")], b"").code, 0);
    assert_eq!(scan(&[&at("a"), &at("d")], b"").code, 20);
    assert_eq!(scan(&[&at("d"), &at("b"), &at("a")], b"").code, 30);
    assert_eq!(scan(&[&path], b"").code, 40);
    let missing = scan(&[&at("a"), &at("missing")], b"");
    assert_eq!(missing.code, 40);
    assert!(missing.err.contains("missing: No such file"), "{}", missing.err);
    for wrong in [
        &["--limit", "nothing=1", "-"][..],
        &["--limit", "ratio", "-"],
        &["--json", "--html", "-"],
        &[],
    ] {
        assert_eq!(scan(wrong, SAFE).code, 64, "{wrong:?}");
    }
    assert_eq!(scan(&["--include", "[", &path], b"").code, 64);
}

#[test]
fn folders() {
    let text = b"# just text\n";
    let path = fill(
        "folders",
        &[
            ("b/bad.jpg", DANGEROUS),
            ("a/good.pkl", SAFE),
            ("README.md", text),
            ("empty", b""),
            ("c/d/e/odd.bin", UNKNOWN),
            ("packed.gz", &gzip(DANGEROUS)),
        ],
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink("../..", format!("{path}/c/d/loop")).expect("a link");
    let one = scan(&["--all", "--jobs", "1", &path], b"");
    assert_eq!((one.code, &*one.err), (30, ""));
    assert!(
        one.out.ends_with("6 files: 3 safe, 1 unknown, 2 dangerous\n"),
        "{}",
        one.out
    );
    let order = ["README.md", "good.pkl", "bad.jpg", "odd.bin", "empty", "packed.gz"];
    let places: Vec<_> = order
        .iter()
        .map(|name| one.out.find(name).expect("it is named"))
        .collect();
    assert!(places.is_sorted(), "{}", one.out);
    for jobs in ["2", "7"] {
        assert_eq!(scan(&["--all", "--jobs", jobs, &path], b"").out, one.out);
    }
    // Safe files are counted, not named.
    let brief = scan(&[&path], b"").out;
    assert!(!brief.contains("README.md") && brief.contains("bad.jpg"), "{brief}");
    let count = |args: &[&str]| {
        let out = scan(&[args, &["--json", &path]].concat(), b"").out;
        out.lines().count()
    };
    assert_eq!(count(&["--include", "*.pkl"]), 1);
    assert_eq!(count(&["--include", "*.pkl", "--include", "b/**"]), 2);
    assert_eq!(count(&["--exclude", "*.jpg"]), 5);
    assert_eq!(count(&["--exclude", "c"]), 5);
    assert_eq!(count(&["--include", "*.jpg", "--exclude", "b"]), 0);
    assert_eq!(scan(&["--exclude", "*", &path], b"").out, "0 files\n");
}

#[test]
fn json() {
    let path = fill("json", &[("a.gz", &gzip(DANGEROUS)), ("b", SAFE)]);
    let out = scan(&["--json", &path], b"").out;
    let lines: Vec<Json> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (lines[0]["verdict"].as_str(), lines[0]["kind"].as_str()),
        (Some("dangerous"), Some("gzip"))
    );
    assert_eq!(lines[0]["members"][1]["path"], "!");
    assert_eq!(lines[0]["findings"][0]["within"][0], "!");
    assert_eq!(
        (lines[1]["verdict"].as_str(), lines[1]["kind"].as_str()),
        (Some("safe"), Some("pickle"))
    );
}

/// Files of every kind of name and verdict.
fn zoo(name: &str) -> String {
    fill(
        name,
        &[
            ("safe.pkl", SAFE),
            ("<script>alert(1)</script>.pkl", DANGEROUS),
            ("a b%20#?:é\u{202e}.gz", &gzip(UNKNOWN)),
            ("broken\n\"'&.pkl", BROKEN),
        ],
    )
}

/// What the schema that its makers publish says of the log.
#[test]
fn sarif() {
    let out = scan(&["--sarif", &zoo("sarif"), "missing.pkl"], b"").out;
    let log: Json = serde_json::from_str(&out).expect("JSON");
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["exitCode"], 40);
    assert_eq!(
        run["invocations"][0]["toolExecutionNotifications"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let results = run["results"].as_array().expect("results");
    assert!(
        results
            .iter()
            .any(|result| result["level"] == "error" && result["ruleId"] == "R2"),
        "{out}"
    );
    let member = run["artifacts"]
        .as_array()
        .expect("artifacts")
        .iter()
        .find(|file| file["parentIndex"].is_u64());
    assert_eq!(member.expect("the one in gzip")["location"]["uri"], "/");
    for artifact in run["artifacts"].as_array().expect("artifacts") {
        let uri = artifact["location"]["uri"].as_str().expect("text");
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~/%".contains(letter);
        assert!(uri.chars().all(plain), "{uri}");
    }
    let Some(python) = packages::environment("archives") else {
        return;
    };
    let log = folder("sarif-log").join("log.sarif");
    fs::write(&log, &out).expect("a file");
    let program = "import json, sys, jsonschema\n\
                   schema, log = (json.load(open(path, encoding='utf-8')) for path in sys.argv[1:])\n\
                   jsonschema.validators.validator_for(schema)(schema).validate(log)\n\
                   del log['runs'][0]['tool']\n\
                   assert not jsonschema.validators.validator_for(schema)(schema).is_valid(log)\n";
    let output = Command::new(&python.path)
        .args(["-c", program])
        .arg(schema())
        .arg(&log)
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The schema of SARIF 2.1.0 as a crate carries it that makes types of it.
fn schema() -> PathBuf {
    let cargo = std::env::var_os("CARGO").expect("tests are run by cargo");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    let package = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .find(|package| package["name"] == "serde-sarif");
    let manifest = package
        .and_then(|package| package["manifest_path"].as_str())
        .expect("it is among our dependencies");
    let schema = Path::new(manifest).with_file_name("src").join("schema.json");
    assert!(schema.exists(), "{}", schema.display());
    schema
}

/// A page that runs nothing and loads nothing, whatever is in the files and their names.
#[test]
fn html() {
    let path = zoo("html");
    let page = scan(&["--html", &path], b"");
    assert_eq!((page.code, &*page.err), (40, ""));
    let page = page.out;
    for hostile in [
        "<script",
        "<b>\"",
        "\u{202e}",
        "alert(1)</",
        "onload",
        "javascript:",
        "http://",
        "https://",
        "url(",
    ] {
        assert!(!page.contains(hostile), "{hostile:?} in\n{page}");
    }
    for wanted in [
        "default-src 'none'",
        "prefers-color-scheme: dark",
        "&lt;script&gt;alert(1)&lt;/script&gt;.pkl",
        "os.system",
        "echo &lt;b&gt;&quot;&amp;",
        "What flows where",
        "<svg",
        "REDUCE",
    ] {
        assert!(page.contains(wanted), "{wanted:?} is not in\n{page}");
    }
    // Each element that is opened is closed.
    for element in [
        "section", "table", "tr", "td", "ol", "li", "pre", "svg", "details", "code", "span", "h2", "h4",
    ] {
        let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
        assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
    }
    let file = folder("page").join("page.html");
    let file = file.to_str().expect("UTF-8");
    let written = scan(&["--html", "-o", file, &path], b"");
    assert_eq!((written.code, &*written.out), (40, ""));
    assert_eq!(fs::read_to_string(file).expect("it was written"), page);
}

/// A checkpoint whose tensors are not looked at, however many they are.
#[test]
fn sparse_checkpoint() {
    let path = folder("sparse").join("model.pt");
    let mut file = b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0".to_vec();
    let pickle = b"\x80\x02}.";
    let mut crc = flate2::Crc::new();
    crc.update(pickle);
    let sizes = |crc: u32, size: u32| [crc.to_le_bytes(), size.to_le_bytes(), size.to_le_bytes()].concat();
    let huge = 3u32 << 30;
    let names = [&b"m/data.pkl"[..], b"m/data/0"];
    file.extend(sizes(crc.sum(), 4));
    file.extend([names[0].len() as u8, 0, 0, 0]);
    file.extend(names[0]);
    file.extend(pickle);
    let second = file.len() as u32;
    file.extend(b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0");
    file.extend(sizes(0, huge));
    file.extend([names[1].len() as u8, 0, 0, 0]);
    file.extend(names[1]);
    let start = file.len() as u32 + huge;
    let mut tail = Vec::new();
    for (name, sizes, offset) in [(names[0], sizes(crc.sum(), 4), 0), (names[1], sizes(0, huge), second)] {
        tail.extend(b"PK\x01\x02\0\0\0\0\0\0\0\0\0\0\0\0");
        tail.extend(sizes);
        tail.extend([name.len() as u8, 0]);
        tail.extend([0; 12]);
        tail.extend(offset.to_le_bytes());
        tail.extend(name);
    }
    let size = tail.len() as u32;
    tail.extend(b"PK\x05\x06\0\0\0\0\x02\0\x02\0");
    tail.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    tail.extend([0, 0]);
    let mut out = fs::File::create(&path).expect("a file");
    out.write_all(&file).expect("room");
    // A hole, which takes no room on the disk.
    out.set_len(u64::from(start)).expect("a file system with holes");
    std::io::Seek::seek(&mut out, std::io::SeekFrom::End(0)).expect("a file");
    out.write_all(&tail).expect("room");
    drop(out);
    let before = std::time::Instant::now();
    let outcome = scan(&["--policy", "torch", path.to_str().expect("UTF-8")], b"");
    let took = before.elapsed();
    let _ = fs::remove_file(&path);
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(outcome.out.contains(", torch, 2 members"), "{}", outcome.out);
    assert!(took.as_secs_f64() < 1., "{took:?} for 3 GiB of which four bytes matter");
}
