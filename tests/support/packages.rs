//! Environments of pinned Python packages, made by `oracle/packages.sh` when they are first asked for.

use super::python::{Python, say};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// The environment of this name (`modern`, `classic`, `latest`). Where it cannot be made the comparison is left out, loudly; if
/// `BRINERY_REQUIRE` is set to anything, the test fails instead.
pub fn environment(name: &str) -> Option<Python> {
    needed(
        name,
        make(name).and_then(|path| Python::ask(&path).ok_or_else(|| format!("{} does not run", path.display()))),
    )
}

/// The directory of this name (`picklers`) with a folder per package and version. What cannot be had is treated as
/// [`environment`] treats it.
pub fn directory(name: &str) -> Option<PathBuf> {
    needed(name, make(name))
}

fn needed<T>(name: &str, found: Result<T, String>) -> Option<T> {
    if let Err(why) = &found {
        assert!(
            std::env::var_os("BRINERY_REQUIRE").is_none_or(|required| required.is_empty()),
            "BRINERY_REQUIRE is set, and the environment {name} of Python packages is missing: {why}"
        );
        say(format_args!(
            "SKIPPED: comparisons with the Python packages of {name}, which cannot be had: {why}"
        ));
    }
    found.ok()
}

fn make(name: &str) -> Result<PathBuf, String> {
    let output = Command::new("sh")
        .arg(super::tests("oracle/packages.sh"))
        .arg(name)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("packages.sh does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("packages.sh {name} ended with {}", output.status));
    }
    let path = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
    Ok(PathBuf::from(path.trim()))
}
