//! The `brinery` command, run as it is.
#![cfg(feature = "cli")]

#[path = "../support/mod.rs"]
mod support;

mod convert;
mod dis;
mod functions;
mod json;
mod pack;
mod show;

use std::{
    fs,
    io::{Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
};
use support::{pickletools::ask, python, vectors};

struct Outcome {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Outcome {
    fn text(&self) -> &str {
        str::from_utf8(&self.out).expect("UTF-8")
    }

    /// The output of a command that succeeds and complains about nothing.
    #[track_caller]
    fn good(self) -> Vec<u8> {
        assert_eq!((self.code, &*self.err), (0, ""));
        self.out
    }
}

fn brinery(args: &[&str], input: &[u8]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brinery"));
    let output = support::feed(command.args(args), input);
    Outcome {
        code: output.status.code().expect("no signal"),
        out: output.stdout,
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A file of its own for a test.
fn file(name: &str, content: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

/// What the manifest says a vector needs, as options. `None` for buffers, which the command has no option for.
fn options(needs: &[(String, String)]) -> Option<Vec<String>> {
    let option = |(need, value): &(String, String)| match &**need {
        "encoding" => Some(format!("--encoding={value}")),
        "ext" => value
            .rsplit_once(':')
            .map(|(name, code)| format!("--ext={name}={code}")),
        _ => None,
    };
    needs.iter().map(option).collect()
}
