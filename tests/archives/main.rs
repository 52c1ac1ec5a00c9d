//! Archives that Python's packages make: each member found, told what it is, and read; and those that nobody should trust.
#![cfg(feature = "archive")]

mod bombs;
#[path = "../support/mod.rs"]
mod support;

use brinery::archive::{ArchiveLimits, Doubt, Kind, members};
use serde_json::Value as Json;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};
use support::packages;

/// What was found of a member, kept.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
    pub(crate) remarks: Vec<(Doubt, String)>,
}

pub(crate) fn look(bytes: &[u8], limits: &ArchiveLimits) -> Vec<Found> {
    let mut found = Vec::new();
    members(bytes, "", limits, &mut |member| {
        let remarks = member.remarks.iter();
        found.push(Found {
            path: member.path.clone(),
            kind: member.kind,
            bytes: member.bytes.to_vec(),
            remarks: remarks.map(|remark| (remark.doubt, remark.text.clone())).collect(),
        });
    });
    found
}

/// What Python's packages made, once for all tests, with what must be found in it.
fn written() -> Option<&'static (PathBuf, BTreeMap<String, Json>)> {
    static WRITTEN: OnceLock<Option<(PathBuf, BTreeMap<String, Json>)>> = OnceLock::new();
    let made = WRITTEN.get_or_init(|| {
        let python = packages::environment("archives")?;
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("archives");
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the target directory can be written");
        let output = python
            .oracle("archive_cases.py")
            .arg(&path)
            .output()
            .expect("it starts");
        let report = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "archive_cases.py: {report}");
        let manifest = fs::read_to_string(path.join("manifest.json")).expect("it was written");
        Some((path, serde_json::from_str(&manifest).expect("JSON")))
    });
    made.as_ref()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_python_makes() {
    let Some((directory, manifest)) = written() else { return };
    let mut pickles = 0;
    let mut faults = Vec::new();
    for (name, wanted) in manifest {
        let bytes = fs::read(directory.join(name)).expect("it was written");
        let found = look(&bytes, &ArchiveLimits::default());
        let mut fault = |what: String| faults.push(format!("{name}: {what}\n    {}", brief(&found)));
        let inside: Vec<&Found> = found.iter().filter(|found| found.kind.is_pickle()).collect();
        if let Some(wanted) = wanted["pickles"].as_array() {
            if inside.len() != wanted.len() {
                fault(format!("{} pickles, not {}", inside.len(), wanted.len()));
            }
            for (found, wanted) in inside.iter().zip(wanted) {
                let path = wanted[0].as_str().expect("a path");
                if !found.path.starts_with(path) || (found.path != path && !path.ends_with(" at")) {
                    fault(format!("{:?}, not {path:?}", found.path));
                }
                match wanted[1].as_str() {
                    Some(bytes) if hex(&found.bytes) != bytes => fault(format!("other bytes in {path:?}")),
                    _ => {}
                }
            }
            pickles += wanted.len();
        }
        let remarks: Vec<_> = (found.iter().flat_map(|found| &found.remarks))
            .filter(|(doubt, _)| *doubt != Doubt::Note)
            .map(|(_, text)| text)
            .collect();
        let words = wanted["words"].as_array().expect("words");
        for word in words.iter().map(|word| word.as_str().expect("a word")) {
            if !remarks.iter().any(|text| text.contains(word)) {
                fault(format!("nothing about {word:?}"));
            }
        }
        if words.is_empty() && !remarks.is_empty() {
            fault(format!("remarks: {remarks:?}"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    println!("{} files, {pickles} pickles", manifest.len());
    assert!(
        manifest.len() > 130 && pickles > 420,
        "{} files, {pickles} pickles",
        manifest.len()
    );
}

fn brief(found: &[Found]) -> String {
    let line = |found: &Found| {
        format!(
            "{:?} {} {} bytes {:?}",
            found.path,
            found.kind,
            found.bytes.len(),
            found.remarks
        )
    };
    found.iter().take(8).map(line).collect::<Vec<_>>().join("\n    ")
}

/// Every file cut and changed anywhere: something is told, and nothing panics.
#[test]
fn damaged() {
    let Some((directory, manifest)) = written() else { return };
    let limits = ArchiveLimits {
        ratio_free: 1 << 20,
        ..ArchiveLimits::default()
    };
    let mut rng = support::Rng::new(support::seed(), "damaged archives");
    let files: Vec<Vec<u8>> = manifest
        .keys()
        .map(|name| fs::read(directory.join(name)).expect("it was written"))
        .filter(|bytes| bytes.len() < 50_000)
        .collect();
    let (mut tried, mut remarks) = (0, 0);
    while tried < 4000 {
        for file in &files {
            let mut bytes = file.clone();
            if rng.one_in(4) {
                bytes.truncate(rng.below(bytes.len() + 1));
            }
            for _ in 0..rng.below(4) {
                if bytes.is_empty() {
                    break;
                }
                let at = rng.below(bytes.len());
                match rng.below(3) {
                    0 => bytes[at] = rng.byte(),
                    1 => bytes[at] ^= 1 << rng.below(8),
                    // Numbers are where headers have them.
                    _ => {
                        let end = bytes.len().min(at + 4);
                        bytes[at..end].fill(0xff);
                    }
                }
            }
            let found = look(&bytes, &limits);
            assert!(!found.is_empty());
            remarks += found.iter().map(|found| found.remarks.len()).sum::<usize>();
            tried += 1;
        }
    }
    println!("{tried} files, {remarks} remarks");
    assert!(remarks > 1000, "{remarks}");
}

/// What torch writes, in its three formats: the pickles are found, the tensors left alone, and nothing is odd.
#[test]
fn checkpoints() {
    let Some(python) = packages::environment("torch") else {
        return;
    };
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("archives-torch");
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the target directory can be written");
    let output = python
        .oracle("torch_cases.py")
        .arg("write")
        .arg(&path)
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in fs::read_dir(&path).expect("it was written") {
        let path = entry.expect("it can be listed").path();
        // What stands for an old archive there is none.
        if path.extension().is_some_and(|extension| extension == "json") || path.ends_with("tar.bin") {
            continue;
        }
        let found = look(&fs::read(&path).expect("it was written"), &ArchiveLimits::default());
        // Programs have code beside the pickles, which nobody judges; its first lines read as imports.
        let is_program = path.ends_with("script.pt");
        let remarks = found.iter().flat_map(|found| &found.remarks);
        let remarks: Vec<_> = remarks
            .filter(|(doubt, _)| !(is_program && *doubt == Doubt::Import))
            .collect();
        let as_said = match remarks.as_slice() {
            [] => !is_program,
            [(Doubt::Refused, why)] => is_program && why.starts_with("TorchScript"),
            _ => false,
        };
        assert!(as_said, "{}: {remarks:?}\n    {}", path.display(), brief(&found));
        let pickles = found.iter().filter(|found| found.kind.is_pickle()).count();
        assert!(pickles > 0, "{}: {}", path.display(), brief(&found));
        *kinds.entry(found[0].kind.name()).or_default() += 1;
    }
    println!("{kinds:?}");
    assert!(kinds["torch"] > 10 && kinds["torch before 1.6"] > 3, "{kinds:?}");
}
