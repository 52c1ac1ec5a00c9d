//! The committed vectors. See `vectors/README.md`.

use brinery::{Encoding, Extensions, Options, Rules};
use std::{fs, path::PathBuf};

/// One row of the manifest, with its stream.
pub struct Vector {
    pub name: String,
    pub protocol: u8,
    pub writers: Vec<String>,
    pub needs: Vec<(String, String)>,
    pub bytes: Vec<u8>,
    pub path: PathBuf,
    /// Whether `pickletools` gets to its end.
    pub shown: bool,
}

impl Vector {
    pub fn refused(&self) -> bool {
        self.name.starts_with("refused/")
    }

    /// A file that lies beside the stream, without the newline at its end.
    pub fn beside(&self, extension: &str) -> String {
        let text = self.whole_beside(extension);
        text.strip_suffix('\n').expect("it ends with a newline").to_owned()
    }

    /// A file that lies beside the stream.
    pub fn whole_beside(&self, extension: &str) -> String {
        let path = self.path.with_extension(extension);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// What reading takes: the rules of the CPython 3.13.0 that described the vectors.
    pub fn options(&self) -> Options {
        let mut options = Options::new().rules(Rules::Classic);
        let mut extensions = Extensions::default();
        for (need, value) in &self.needs {
            match (&**need, &**value) {
                ("encoding", "latin1") => options = options.encoding(Encoding::Latin1),
                ("encoding", "bytes") => options = options.encoding(Encoding::Bytes),
                ("encoding", "utf-8") => options = options.encoding(Encoding::Utf8),
                ("ext", entry) => {
                    let [module, name, code] = *entry.split(':').collect::<Vec<_>>() else {
                        panic!("{}: ext={entry}", self.name);
                    };
                    extensions.add(module, name, code.parse().expect("a code"));
                }
                ("buffers", _) => {}
                other => panic!("{}: unknown need {other:?}", self.name),
            }
        }
        options.extensions(extensions)
    }

    /// The out-of-band buffers, with the contents that `inert.py` gives them.
    pub fn buffers(&self) -> Vec<Vec<u8>> {
        let wanted = self.needs.iter().find(|(need, _)| need == "buffers");
        let count = wanted.map_or(0, |(_, count)| count.parse().expect("a count"));
        (0..count).map(|index: usize| index.to_string().into_bytes()).collect()
    }

    /// Whether a CPython of the versions whose bytes are promised wrote it: 3.8 and later.
    pub fn modern_writer(&self) -> Option<(u8, u8)> {
        let versions = self.writers.iter().filter_map(|writer| {
            let (major, minor) = writer.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        });
        versions.filter(|version| *version >= (3, 8)).max()
    }
}

/// All of them. There are some, or the test fails.
pub fn all() -> Vec<Vector> {
    let root = super::tests("vectors");
    let manifest = fs::read_to_string(root.join("MANIFEST.tsv")).expect("the manifest can be read");
    let vectors: Vec<Vector> = manifest
        .lines()
        .skip(1)
        .map(|line| {
            let [name, protocol, writers, _, needs, pickletools] = *line.split('\t').collect::<Vec<_>>() else {
                panic!("a row of the manifest: {line}");
            };
            let path = root.join(name);
            let needs = needs.split(';').filter_map(|need| need.split_once('='));
            Vector {
                name: name.into(),
                // Where several protocols gave these bytes, they are those of the lowest.
                protocol: protocol[..1].parse().expect("a protocol"),
                writers: writers.split(',').map(Into::into).collect(),
                needs: needs.map(|(need, value)| (need.into(), value.into())).collect(),
                bytes: fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}")),
                path,
                shown: pickletools == "ok",
            }
        })
        .collect();
    assert!(vectors.len() >= 390, "only {} vectors", vectors.len());
    vectors
}
