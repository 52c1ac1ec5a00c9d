//! If brinery says safe, CPython's C unpickler asks for no name that the policy does not list.

use super::manifest::{Row, corpus};
use crate::support::{feed, python::interpreters};
use brinery::scan::{Policy, ScanOptions, Verdict};

/// What the C unpickler asks for.
struct Asked {
    names: Vec<(String, String)>,
    loads: bool,
}

fn ask(python: &crate::support::python::Python, rows: &[Row]) -> Vec<Asked> {
    let mut input = Vec::new();
    for row in rows {
        input.extend((row.bytes.len() as u32).to_le_bytes());
        input.extend(&row.bytes);
    }
    let output = feed(&mut python.oracle("asked.py"), &input);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "asked.py on {python}: {errors}");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let answers = text.lines().map(|line| {
        let answer: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let text = |value: &serde_json::Value| value.as_str().expect("a name").to_owned();
        let names = answer["names"].as_array().expect("names").iter();
        Asked {
            names: names.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            loads: answer["end"] == "value",
        }
    });
    let answers: Vec<Asked> = answers.collect();
    assert_eq!(answers.len(), rows.len(), "asked.py on {python} left some out: {errors}");
    answers
}

#[test]
fn safe_files_ask_for_names_of_the_policy_alone() {
    let rows: Vec<Row> = corpus().into_iter().filter(Row::is_bare).collect();
    let mut wrong = Vec::new();
    let mut proven = 0;
    for python in interpreters() {
        let answers = ask(python, &rows);
        for name in Policy::NAMES {
            let policy = Policy::named(name).expect("a built-in policy");
            for (row, asked) in rows.iter().zip(&answers) {
                // For each target, as versions may read differently.
                let options = ScanOptions {
                    python: python.target(),
                    ..ScanOptions::default()
                };
                if options.scan(&row.bytes, &policy).verdict != Verdict::Safe {
                    continue;
                }
                proven += asked.names.len();
                if !asked.loads {
                    wrong.push(format!("{} is safe under {name}, but {python} cannot load it", row.file));
                }
                for (module, qualname) in &asked.names {
                    if !policy.allows(module, qualname) {
                        wrong.push(format!("{} is safe under {name}, but {python} asks for {module}.{qualname}", row.file));
                    }
                }
            }
        }
    }
    assert!(proven > 1000, "only {proven} names were asked for by files that are safe");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The corpus itself: the name in the manifest is one that CPython asks for, so that each trick works.
#[test]
fn cpython_asks_for_the_names_that_must_be_found() {
    let rows: Vec<Row> = corpus()
        .into_iter()
        .filter(|row| row.dangerous && row.is_bare() && row.offset.is_some() && row.name.is_some())
        .collect();
    assert!(rows.len() > 250, "only {} files name what must be found", rows.len());
    let mut wrong = Vec::new();
    for python in interpreters() {
        for (row, asked) in rows.iter().zip(ask(python, &rows)) {
            let wanted = row.name.as_deref().unwrap_or_default();
            let found = asked.names.iter().any(|(module, name)| format!("{module}.{name}") == wanted);
            if !found {
                wrong.push(format!("{}: {python} does not ask for {wanted}", row.file));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
