//! A CPython that does the same work and measures itself, so that it takes part in the race.

use super::workloads::{maker, python};
use std::{
    cell::RefCell,
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    rc::Rc,
};

pub struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `BRINERY_PYTHON` or `python3` in a process of its own, with a script that answers lines.
#[derive(Clone)]
pub struct Python(Rc<RefCell<Process>>);

impl Python {
    pub fn start<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Python {
        let path = python();
        let mut child = Command::new(&path)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{path}: {error}; name a CPython in BRINERY_PYTHON"));
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Python(Rc::new(RefCell::new(Process { child, input, output })))
    }

    /// The one that measures `pickle`.
    pub fn pickle() -> Python {
        Python::start([maker("answer.py")])
    }

    /// The next line that it says.
    pub fn line(&self) -> String {
        let mut line = String::new();
        let read = self.0.borrow_mut().output.read_line(&mut line).expect("Python answers");
        assert!(read > 0, "Python ended; what it said is above");
        line.trim().into()
    }

    /// Its answer to a line: seconds.
    pub fn ask(&self, line: &str) -> f64 {
        {
            let mut process = self.0.borrow_mut();
            writeln!(process.input, "{line}").expect("Python reads");
            process.input.flush().expect("Python reads");
        }
        self.line().parse().expect("Python measured")
    }

    /// The seconds of one `loads` or `dumps` of what is in the file.
    pub fn time(&self, what: &str, protocol: u8, path: &Path, times: u32) -> f64 {
        self.ask(&format!("{what}\t{protocol}\t{times}\t{}", path.display()))
    }
}
