//! The workloads, made by `benches/workloads/make.py` where they are missing.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A pickle of a workload.
pub struct Workload {
    pub name: String,
    pub protocol: u8,
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

pub fn maker(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches/workloads")
        .join(script)
}

pub fn python() -> String {
    env::var("BRINERY_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// The folder with all workloads of this size, which are made if they are not there or older than what makes them.
pub fn folder(scale: f64, only: &[&str]) -> PathBuf {
    let parent = env::var("BRINERY_WORKLOADS").unwrap_or_else(|_| env!("CARGO_TARGET_TMPDIR").into());
    let folder = Path::new(&parent).join(format!(
        "workloads-{scale}{}",
        if only.is_empty() { "" } else { "-some" }
    ));
    let age = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let script = maker("make.py");
    if age(&folder.join("made")) < age(&script) {
        let mut make = Command::new(python());
        make.arg(script).arg(&folder).arg("--scale").arg(scale.to_string());
        if !only.is_empty() {
            make.args(["--protocol", "5", "--only"]).args(only);
        }
        assert!(
            make.status().expect("python3 runs").success(),
            "the workloads could not be made"
        );
    }
    folder
}

impl Workload {
    /// NAME.pN.pickle, or NAME.pN.pickles for one behind the other.
    pub fn read(path: &Path) -> Workload {
        let stem = path.file_stem().expect("it has a name").to_string_lossy();
        let (name, protocol) = stem.rsplit_once(".p").expect("NAME.pN");
        Workload {
            name: name.into(),
            protocol: protocol.parse().expect("NAME.pN"),
            path: path.into(),
            bytes: fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        }
    }

    pub fn of(folder: &Path, name: &str, protocol: u8) -> Workload {
        Workload::read(&folder.join(format!("{name}.p{protocol}.pickle")))
    }
}

/// Those with this ending, in order.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it was made");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    paths.sort();
    paths
}
