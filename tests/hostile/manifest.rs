//! The corpus as its manifest describes it.

use brinery::scan::{Policy, Rule, Verdict};
use std::path::PathBuf;

/// A line of `manifest.tsv`, with the file's bytes.
pub struct Row {
    pub file: String,
    pub dangerous: bool,
    pub class: String,
    /// In the order of [`Policy::NAMES`].
    pub verdicts: Vec<Verdict>,
    /// What must be found.
    pub rule: Option<Rule>,
    pub name: Option<String>,
    pub offset: Option<u64>,
    pub bytes: Vec<u8>,
}

impl Row {
    /// Whether the file is a pickle as it stands, rather than one in a container.
    pub fn is_bare(&self) -> bool {
        self.class != "containers" && self.file.ends_with(".pkl")
    }

    /// The verdict expected under this policy.
    pub fn verdict(&self, policy: &str) -> Verdict {
        let index = Policy::NAMES.iter().position(|name| *name == policy);
        self.verdicts[index.expect("a built-in policy")]
    }
}

pub fn folder() -> PathBuf {
    crate::support::tests("hostile")
}

fn verdict(text: &str) -> Verdict {
    let all = [Verdict::Safe, Verdict::Unknown, Verdict::Dangerous, Verdict::Broken];
    let found = all.into_iter().find(|verdict| verdict.name() == text);
    found.unwrap_or_else(|| panic!("the manifest has the verdict {text:?}"))
}

/// `\n`, `\x1b`, `\u202e`, `\U0001f600` and `\\`, as `make.py` escapes.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let digits = match after.as_bytes()[0] {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                out.push(match other {
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    b'\\' => '\\',
                    _ => panic!("the manifest has an escape of its own: {text}"),
                });
                rest = &after[1..];
                continue;
            }
        };
        let code = u32::from_str_radix(&after[1..=digits], 16).expect("hex digits");
        out.push(char::from_u32(code).expect("a character"));
        rest = &after[1 + digits..];
    }
    out + rest
}

/// The whole corpus. Whatever is missing or not as the manifest says fails the test.
pub fn corpus() -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("manifest.tsv")).expect("tests/hostile/manifest.tsv is there");
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().expect("a line of headings");
    let column = |name: &str| {
        let found = head.iter().position(|heading| *heading == name);
        found.unwrap_or_else(|| panic!("the manifest has no column {name}"))
    };
    let policies: Vec<usize> = Policy::NAMES.iter().map(|name| column(name)).collect();
    let [file, kind, class] = ["file", "kind", "class"].map(column);
    let [rule, name, offset, sha256] = ["rule", "name", "offset", "sha256"].map(column);
    let given = |cell: &str| (cell != "-").then(|| unescaped(cell));
    let rows: Vec<Row> = lines
        .map(|cells| {
            let path = folder().join(cells[file]);
            let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(digest(&bytes), cells[sha256], "{} is another file", cells[file]);
            Row {
                file: cells[file].into(),
                dangerous: match cells[kind] {
                    "dangerous" => true,
                    "safe" => false,
                    other => panic!("the manifest has the kind {other:?}"),
                },
                class: cells[class].into(),
                verdicts: policies.iter().map(|policy| verdict(cells[*policy])).collect(),
                rule: given(cells[rule]).map(|text| {
                    let known = Rule::ALL.into_iter().find(|known| known.name() == text);
                    known.unwrap_or_else(|| panic!("the manifest has the rule {text:?}"))
                }),
                name: given(cells[name]),
                offset: given(cells[offset]).map(|text| text.parse().expect("an offset")),
                bytes,
            }
        })
        .collect();
    let count = |dangerous| rows.iter().filter(|row| row.dangerous == dangerous).count();
    assert!(
        count(true) >= 400 && count(false) >= 150,
        "the corpus has lost files: {} dangerous, {} safe",
        count(true),
        count(false)
    );
    rows
}

fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(bytes);
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
