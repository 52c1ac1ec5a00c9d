//! Finding the interpreters that say what is right.
//!
//! `BRINERY_PYTHONS` lists their paths, separated by colons. Without it pyenv's are taken, and without those
//! `python3.8` to `python3.13` and `python3` as found on `PATH`. `BRINERY_REQUIRE` lists the versions that must be among
//! them (`3.8,3.13`), so that a test run cannot succeed because an oracle is missing.

use brinery::{Python as Target, Rules};
use std::{
    fmt,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The minor versions of CPython 3 whose bytes and decisions are compared.
const MINORS: std::ops::RangeInclusive<u8> = 8..=13;

/// A CPython.
#[derive(Debug, Clone, PartialEq)]
pub struct Python {
    pub path: PathBuf,
    pub version: (u8, u8, u8),
}

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, micro) = self.version;
        write!(f, "CPython {major}.{minor}.{micro}")
    }
}

impl Python {
    /// Asks an interpreter who it is; `None` if it is not there or no CPython.
    pub(super) fn ask(path: &Path) -> Option<Python> {
        // In words that Python 2 knows, too.
        let question = "import sys, platform; \
                        sys.stdout.write('%s %d %d %d' % ((platform.python_implementation(),) + sys.version_info[:3]))";
        let answer = Command::new(path).args(["-c", question]).output().ok()?;
        let answer = String::from_utf8(answer.stdout).ok()?;
        let mut words = answer.split_whitespace();
        if words.next()? != "CPython" {
            return None;
        }
        let mut number = || words.next()?.parse().ok();
        Some(Python {
            path: path.into(),
            version: (number()?, number()?, number()?),
        })
    }

    /// A command that runs one of the oracles.
    pub fn oracle(&self, script: &str) -> Command {
        let mut command = Command::new(&self.path);
        command.arg(super::tests("oracle").join(script));
        // The order of sets of strings must not change from run to run.
        command.env("PYTHONHASHSEED", "0").env("PYTHONDONTWRITEBYTECODE", "1");
        command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        command
    }

    pub fn target(&self) -> Target {
        let (major, minor, micro) = self.version;
        Target::new(major, minor, micro)
    }

    /// How this version reads.
    pub fn rules(&self) -> Rules {
        if self.version <= (3, 13, 14) {
            Rules::Classic
        } else {
            Rules::Strict
        }
    }
}

/// Every CPython from 3.8 to 3.13 there is, oldest first. Missing ones fail the test.
pub fn interpreters() -> &'static [Python] {
    static FOUND: OnceLock<Vec<Python>> = OnceLock::new();
    FOUND.get_or_init(find)
}

/// The newest of them, which is compared first.
pub fn newest() -> &'static Python {
    interpreters().last().expect("there is at least one")
}

/// CPython 3.13, for what is compared with that version alone. Without it the comparison is left out, loudly; where it is
/// required, [`interpreters`] has failed before.
pub fn exactly_3_13() -> Option<&'static Python> {
    let found = newest().version.1 == 13;
    if !found {
        say(format_args!(
            "SKIPPED: a comparison with CPython 3.13's pickletools, which was not found; name its path in BRINERY_PYTHONS"
        ));
    }
    found.then(newest)
}

/// CPython 2.7, 3.6 and 3.7: what they write is read, though nobody compares bytes or decisions with them. Each that is
/// missing is left out, loudly, unless `BRINERY_REQUIRE` lists it.
pub fn elders() -> &'static [Python] {
    static FOUND: OnceLock<Vec<Python>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut paths = candidates();
        paths.extend(["2.7", "3.6", "3.7"].map(|version| PathBuf::from(format!("python{version}"))));
        let found: Vec<Python> = paths.iter().filter_map(|path| Python::ask(path)).collect();
        let required = std::env::var("BRINERY_REQUIRE").unwrap_or_default();
        let how = "name its path in BRINERY_PYTHONS";
        let elder = |(major, minor)| {
            let mut found = found.iter();
            let elder = found.find(|python| (python.version.0, python.version.1) == (major, minor));
            match elder {
                Some(python) => say(format_args!("read from {python} at {}", python.path.display())),
                None => {
                    let version = format!("{major}.{minor}");
                    assert!(
                        !required.split(',').any(|required| required.trim() == version),
                        "BRINERY_REQUIRE asks for CPython {version}, which was not found: {how}"
                    );
                    say(format_args!(
                        "SKIPPED: what CPython {version} writes, which was not found; {how}"
                    ));
                }
            }
            elder.cloned()
        };
        [(2, 7), (3, 6), (3, 7)].into_iter().filter_map(elder).collect()
    })
}

/// Says something that the test harness does not swallow when the test passes.
pub fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn candidates() -> Vec<PathBuf> {
    if let Ok(paths) = std::env::var("BRINERY_PYTHONS") {
        return paths
            .split(':')
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
            .collect();
    }
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let pyenv: Vec<PathBuf> = std::fs::read_dir(home.join(".pyenv/versions"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/python")))
        .filter(|path| path.exists())
        .collect();
    if !pyenv.is_empty() {
        return pyenv;
    }
    let numbered = MINORS.map(|minor| PathBuf::from(format!("python3.{minor}")));
    numbered.chain([PathBuf::from("python3")]).collect()
}

fn find() -> Vec<Python> {
    let mut found: Vec<Python> = Vec::new();
    for path in candidates() {
        match Python::ask(&path) {
            Some(python) if python.version.0 == 3 && MINORS.contains(&python.version.1) => {
                found.push(python);
            }
            Some(python) => say(format_args!("not compared with: {python} at {}", path.display())),
            None if std::env::var_os("BRINERY_PYTHONS").is_some() => {
                panic!(
                    "BRINERY_PYTHONS names {}, which is no CPython that runs",
                    path.display()
                )
            }
            None => {}
        }
    }
    found.sort_by_key(|python| python.version);
    found.dedup_by_key(|python| python.version);
    for python in &found {
        say(format_args!("compared with {python} at {}", python.path.display()));
    }
    let how = "name its path in BRINERY_PYTHONS (paths, separated by colons)";
    assert!(
        !found.is_empty(),
        "no CPython from 3.8 to 3.13 was found: without one nothing is proven. Install one or {how}"
    );
    let has = |version: &str| found.iter().any(|python| format!("3.{}", python.version.1) == version);
    for minor in MINORS {
        if !has(&format!("3.{minor}")) {
            say(format_args!(
                "WARNING: CPython 3.{minor} was not found, its bytes are NOT compared; {how}"
            ));
        }
    }
    let required = std::env::var("BRINERY_REQUIRE").unwrap_or_default();
    let required = required.split(',').map(str::trim);
    // See `elders` for the others.
    let compared = |version: &&str| !version.is_empty() && !["2.7", "3.6", "3.7"].contains(version);
    for version in required.filter(compared) {
        assert!(
            has(version),
            "BRINERY_REQUIRE asks for CPython {version}, which was not found: install it or {how}"
        );
    }
    found
}
