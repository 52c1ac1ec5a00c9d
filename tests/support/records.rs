//! The pickles that `oracle/write.py` makes.

use super::python::Python;
use brinery::{Extensions, Options};
use std::process::Stdio;

/// What an interpreter wrote. See the docstring of `oracle/write.py`.
pub struct Written {
    bytes: Vec<u8>,
    /// The options of reading and writing as that interpreter does.
    pub options: Options,
    /// Its extension registry, as arguments of the oracles.
    pub extension_arguments: Vec<String>,
}

/// One pickle.
#[derive(Debug, Clone, Copy)]
pub struct Record<'w> {
    pub name: &'w str,
    /// The protocol of `x`.
    pub p: u8,
    /// The protocol of `y`.
    pub q: u8,
    pub x: &'w [u8],
    pub y: &'w [u8],
}

impl Written {
    /// Runs the writer.
    pub fn by(python: &Python, args: &[&str]) -> Written {
        Written::by_script(python, "write.py", args)
    }

    /// Runs a script that writes records as the writer does.
    pub fn by_script(python: &Python, script: &str, args: &[&str]) -> Written {
        let mut command = python.oracle(script);
        let output = command
            .args(args)
            .stderr(Stdio::piped())
            .output()
            .expect("the writer starts");
        let report = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script} {args:?} on {python}: {report}");
        let mut extension_arguments = Vec::new();
        let mut options = Options::new().python(python.target()).rules(python.rules());
        {
            let first = parse(&mut &*output.stdout);
            assert_eq!(first.name, "version", "the first record of {script} {args:?}");
            assert_eq!(format!("CPython {}", text(first.x)), python.to_string());
            let mut extensions = Extensions::default();
            for (module, name, code) in registry(text(first.y)) {
                extensions.add(&module, &name, code);
                extension_arguments.extend(["--ext".into(), format!("{module}:{name}:{code}")]);
            }
            options = options.extensions(extensions);
        }
        Written {
            bytes: output.stdout,
            options,
            extension_arguments,
        }
    }

    /// The pickles, without the record that tells the version.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut rest = &*self.bytes;
        std::iter::from_fn(move || (!rest.is_empty()).then(|| parse(&mut rest))).skip(1)
    }
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("names are UTF-8")
}

/// Takes some bytes off the front.
fn take<'w>(rest: &mut &'w [u8], size: usize) -> &'w [u8] {
    rest.split_off(..size).expect("a record is whole")
}

/// Takes bytes behind their length.
fn counted<'w>(rest: &mut &'w [u8]) -> &'w [u8] {
    let size = u32::from_le_bytes(take(rest, 4).try_into().expect("four bytes"));
    take(rest, size as usize)
}

fn parse<'w>(rest: &mut &'w [u8]) -> Record<'w> {
    let name = text(counted(rest));
    let (p, q) = (take(rest, 1)[0], take(rest, 1)[0]);
    Record {
        name,
        p,
        q,
        x: counted(rest),
        y: counted(rest),
    }
}

/// The out-of-band buffers in a record's `y`, each with whether it is read-only.
pub fn buffers(mut y: &[u8]) -> Vec<(bool, &[u8])> {
    let mut buffers = Vec::new();
    while !y.is_empty() {
        let size = u32::from_le_bytes(take(&mut y, 4).try_into().expect("four bytes"));
        let readonly = take(&mut y, 1)[0] != 0;
        buffers.push((readonly, take(&mut y, size as usize)));
    }
    buffers
}

/// Reads `{"extensions": [["module", "name", 1], …]}`, where no name has a quote or bracket in it.
fn registry(json: &str) -> Vec<(String, String, i64)> {
    let spaced = json.replace(['[', ']', '{', '}', '"', ',', ':'], " ");
    let words: Vec<&str> = spaced.split_whitespace().skip(1).collect();
    let entries = words.chunks(3).map(|entry| {
        let [module, name, code] = *entry else {
            panic!("extensions: {json}");
        };
        (module.into(), name.into(), code.parse().expect("a code"))
    });
    entries.collect()
}
