//! Values beside the Python expressions for them, and the comparison.

use super::support::{
    difference,
    python::{Python, interpreters},
};
use brinery::{Options, Result};
use serde::Serialize;
use std::{collections::HashMap, io::Write, process::Stdio};

/// How a value is written.
type Write_ = Box<dyn Fn(&Options) -> Result<Vec<u8>>>;

/// Values, each with its Python expression.
#[derive(Default)]
pub struct Cases {
    cases: Vec<Case>,
}

pub struct Case {
    name: String,
    write: Write_,
    expression: String,
    /// The protocols that are compared.
    protocols: std::ops::RangeInclusive<u8>,
    /// Below which nothing is compared.
    since: u8,
}

impl Case {
    /// Only these protocols are compared.
    pub fn only(&mut self, protocols: std::ops::RangeInclusive<u8>) -> &mut Self {
        self.protocols = protocols;
        self
    }

    /// Only from this version of Python on.
    pub fn since(&mut self, minor: u8) -> &mut Self {
        self.since = minor;
        self
    }
}

impl Cases {
    pub fn add<T: Serialize + 'static>(
        &mut self,
        name: impl Into<String>,
        value: T,
        expression: impl Into<String>,
    ) -> &mut Case {
        self.with(name, value, expression, |options| options)
    }

    /// With options of its own.
    pub fn with<T: Serialize + 'static>(
        &mut self,
        name: impl Into<String>,
        value: T,
        expression: impl Into<String>,
        set: impl Fn(Options) -> Options + 'static,
    ) -> &mut Case {
        self.cases.push(Case {
            name: name.into(),
            write: Box::new(move |options| set(options.clone()).to_vec(&value)),
            expression: expression.into(),
            protocols: 0..=5,
            since: 0,
        });
        self.cases.last_mut().expect("just added")
    }

    fn ask(&self, python: &Python, mode: &str, lines: &str) -> String {
        let mut child = python
            .oracle("typed_write.py")
            .arg(mode)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the oracle starts");
        let mut input = child.stdin.take().expect("it is piped");
        let lines = lines.to_owned();
        let feed = std::thread::spawn(move || input.write_all(lines.as_bytes()));
        let output = child.wait_with_output().expect("the oracle ends");
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "typed_write.py {mode} on {python}: {report}");
        feed.join().expect("no panic").expect("the oracle reads all");
        String::from_utf8(output.stdout).expect("hex is text")
    }

    /// The same bytes as every CPython, and an error where CPython has one.
    pub fn compare(&self, fast: bool) {
        let lines: String = self
            .cases
            .iter()
            .map(|case| format!("{}\t{}\n", case.name, case.expression))
            .collect();
        for python in interpreters() {
            let answer = self.ask(python, if fast { "fast" } else { "write" }, &lines);
            let mut wanted = HashMap::new();
            for line in answer.lines() {
                let [name, protocol, shown] = *line.split('\t').collect::<Vec<_>>() else {
                    panic!("{line}");
                };
                wanted.insert((name, protocol.parse::<u8>().expect("a protocol")), shown);
            }
            let mut compared = 0;
            for case in self.cases.iter().filter(|case| case.since <= python.version.1) {
                for protocol in case.protocols.clone() {
                    let shown = wanted[&(&*case.name, protocol)];
                    let options = Options::new().protocol(protocol).python(python.target()).fast(fast);
                    let got = (case.write)(&options);
                    compared += 1;
                    let place = format!("{} in protocol {protocol} of {python}", case.name);
                    match (shown.strip_prefix('!'), got) {
                        (Some(_), Err(_)) => {}
                        (Some(error), Ok(_)) => panic!("{place}: Python has {error}"),
                        (None, Err(error)) => panic!("{place}: {error}, Python has none"),
                        (None, Ok(got)) => {
                            let wanted = unhex(shown);
                            assert!(got == wanted, "{place}: {}", difference(&wanted, &got));
                        }
                    }
                }
            }
            assert!(compared >= self.cases.len(), "only {compared} compared with {python}");
            println!("{compared} pickles are those of {python}");
        }
    }

    /// What Python loads is the value.
    pub fn loads(&self, set: impl Fn(Options) -> Options) {
        for python in interpreters() {
            let mut lines = String::new();
            let mut count = 0;
            for case in self.cases.iter().filter(|case| case.since <= python.version.1) {
                for protocol in case.protocols.clone() {
                    let options = set(Options::new().protocol(protocol).python(python.target()));
                    let Ok(bytes) = (case.write)(&options) else { continue };
                    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    lines += &format!("{}-{protocol}\t{hex}\t{}\n", case.name, case.expression);
                    count += 1;
                }
            }
            let answer = self.ask(python, "read", &lines);
            assert_eq!(answer.lines().count(), count);
            for line in answer.lines() {
                assert!(line.ends_with("\tok"), "{python} read {line}");
            }
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).expect("hex") as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
