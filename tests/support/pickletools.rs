//! What Python's `pickletools` says of many inputs, and inputs to ask it about.

use super::{Rng, vectors::Vector};
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

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

/// Inputs near the vectors: each has some bytes changed, put in, taken out or cut off.
pub fn damaged(vectors: &[Vector], count: usize, mut rng: Rng) -> Vec<Vec<u8>> {
    let small: Vec<_> = vectors.iter().filter(|vector| vector.bytes.len() < 2000).collect();
    let codes: Vec<u8> = brinery::Info::ALL.iter().map(|info| info.code).collect();
    (0..count)
        .map(|_| {
            let mut bytes = rng.pick(&small).bytes.clone();
            for _ in 0..=rng.below(2) {
                let at = rng.below(bytes.len().max(1));
                let code = *rng.pick(&codes);
                match rng.below(6) {
                    0 if !bytes.is_empty() => bytes[at] = rng.byte(),
                    1 if !bytes.is_empty() => bytes[at] = code,
                    2 if !bytes.is_empty() => drop(bytes.remove(at)),
                    3 => bytes.truncate(at),
                    4 => bytes.insert(at, *rng.pick(b"0123 _+-.eL\\'\"\n\0x")),
                    _ => bytes.insert(at, code),
                }
            }
            bytes
        })
        .collect()
}
