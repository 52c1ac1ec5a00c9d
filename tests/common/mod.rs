//! The committed vectors, and a real Python to ask.
#![allow(dead_code, reason = "each test uses its part")]

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A committed pickle.
pub struct Vector {
    /// Its path below `tests/vectors`.
    pub name: String,
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    /// What reading it needs, as `MANIFEST.tsv` says it.
    pub needs: String,
    /// Whether `pickletools` gets to its end.
    pub shown: bool,
}

impl Vector {
    /// The text that stands beside it.
    pub fn beside(&self, extension: &str) -> String {
        let path = self.path.with_extension(extension);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// All that `MANIFEST.tsv` lists.
pub fn vectors() -> Vec<Vector> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let manifest = fs::read_to_string(root.join("MANIFEST.tsv")).expect("the manifest");
    let vectors: Vec<_> = manifest
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<_> = line.split('\t').collect();
            let path = root.join(fields[0]);
            Vector {
                name: fields[0].to_owned(),
                bytes: fs::read(&path).expect(fields[0]),
                path,
                needs: fields[4].to_owned(),
                shown: fields[5] == "ok",
            }
        })
        .collect();
    assert!(vectors.len() > 300, "the vectors are missing");
    vectors
}

/// A CPython 3.13: from `BRINERY_PYTHONS`, from pyenv or on `PATH`. `None` only if `BRINERY_ALLOW_MISSING=1`.
pub fn python_3_13() -> Option<PathBuf> {
    let mut candidates: Vec<PathBuf> = Vec::new();
    if let Some(list) = env::var_os("BRINERY_PYTHONS") {
        candidates.extend(env::split_paths(&list));
    } else {
        let home = env::var_os("HOME").unwrap_or_default();
        if let Ok(versions) = fs::read_dir(Path::new(&home).join(".pyenv/versions")) {
            candidates.extend(versions.flatten().map(|version| version.path().join("bin/python")));
        }
        candidates.push("python3.13".into());
    }
    let found = candidates.into_iter().find(|python| {
        let version = Command::new(python).arg("--version").output();
        version.is_ok_and(|version| version.stdout.starts_with(b"Python 3.13."))
    });
    if found.is_none() && env::var("BRINERY_ALLOW_MISSING").as_deref() != Ok("1") {
        panic!("no CPython 3.13 found: set BRINERY_PYTHONS, or BRINERY_ALLOW_MISSING=1 to do without");
    }
    found
}

/// What Python made of an input: its output, and the exception if there was one.
pub struct Answer {
    pub output: Vec<u8>,
    pub exception: String,
}

/// Gives each input to the Python function `answer(data, out)`, where `out.write` takes bytes.
pub fn ask<'a>(python: &Path, program: &str, inputs: impl IntoIterator<Item = &'a [u8]>) -> Vec<Answer> {
    const FRAME: &str = r#"
import io, sys, struct
def read():
    size = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(struct.unpack("<I", size)[0]) if size else None
def write(data):
    sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)
while (data := read()) is not None:
    out, exception = io.BytesIO(), ""
    try:
        answer(data, out)
    except Exception as error:
        exception = f"{type(error).__name__}: {error}"
    write(out.getvalue())
    write(exception.encode())
"#;
    let mut child = Command::new(python)
        .args(["-W", "ignore", "-c", &format!("{program}\n{FRAME}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut message = Vec::new();
    for input in inputs {
        message.extend_from_slice(&(input.len() as u32).to_le_bytes());
        message.extend_from_slice(input);
    }
    let mut stdin = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(&message));
    let output = child.wait_with_output().expect("Python ends");
    writer.join().expect("no panic").expect("Python reads all");
    assert!(output.status.success());

    let mut rest = output.stdout.as_slice();
    let mut next = || {
        let (size, behind) = rest.split_first_chunk::<4>()?;
        let (data, behind) = behind.split_at(u32::from_le_bytes(*size) as usize);
        rest = behind;
        Some(data.to_vec())
    };
    std::iter::from_fn(|| {
        Some(Answer {
            output: next()?,
            exception: String::from_utf8_lossy(&next()?).into_owned(),
        })
    })
    .collect()
}

/// Whether this is `pickletools` refusing an argument that some unpickler reads.
pub fn refuses_argument(exception: &str) -> bool {
    [
        "codec can't decode",
        "invalid literal for int",
        "could not convert string to float",
        "Exceeds the limit",
        "string quotes",
        "strinq quote",
        "escape at position",
        "Trailing \\ in string",
    ]
    .iter()
    .any(|part| exception.contains(part))
}

/// Inputs near the vectors: each has some bytes changed, put in, taken out or cut off. The same ones every time.
pub fn damaged(vectors: &[Vector], count: usize) -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize % below.max(1)
    };
    let small: Vec<_> = vectors.iter().filter(|vector| vector.bytes.len() < 2000).collect();
    let codes: Vec<u8> = brinery::Info::ALL.iter().map(|info| info.code).collect();
    (0..count)
        .map(|_| {
            let mut bytes = small[random(small.len())].bytes.clone();
            for _ in 0..=random(2) {
                let at = random(bytes.len());
                let code = codes[random(codes.len())];
                match random(6) {
                    0 if !bytes.is_empty() => bytes[at] = random(256) as u8,
                    1 if !bytes.is_empty() => bytes[at] = code,
                    2 if !bytes.is_empty() => drop(bytes.remove(at)),
                    3 => bytes.truncate(at),
                    4 => bytes.insert(at, b"0123 _+-.eL\\'\"\n\0x"[random(17)]),
                    _ => bytes.insert(at, code),
                }
            }
            bytes
        })
        .collect()
}
