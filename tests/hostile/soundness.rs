//! If brinery says safe, CPython's C unpickler asks for no name that the policy does not list.

use super::manifest::{Row, corpus};
use crate::support::{asked::ask, python::interpreters};
use brinery::scan::{Policy, ScanOptions, Verdict};

fn bytes(rows: &[Row]) -> Vec<&[u8]> {
    rows.iter().map(|row| row.bytes.as_slice()).collect()
}

#[test]
fn safe_files_ask_for_names_of_the_policy_alone() {
    let rows: Vec<Row> = corpus().into_iter().filter(Row::is_bare).collect();
    let mut wrong = Vec::new();
    let mut proven = 0;
    for python in interpreters() {
        let answers = ask(python, &bytes(&rows));
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
                    wrong.push(format!(
                        "{} is safe under {name}, but {python} cannot load it",
                        row.file
                    ));
                }
                for (module, qualname) in &asked.names {
                    if !policy.allows(module, qualname) {
                        wrong.push(format!(
                            "{} is safe under {name}, but {python} asks for {module}.{qualname}",
                            row.file
                        ));
                    }
                }
            }
        }
    }
    assert!(
        proven > 1000,
        "only {proven} names were asked for by files that are safe"
    );
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
        for (row, asked) in rows.iter().zip(ask(python, &bytes(&rows))) {
            let wanted = row.name.as_deref().unwrap_or_default();
            let found = asked
                .names
                .iter()
                .any(|(module, name)| format!("{module}.{name}") == wanted);
            if !found {
                wrong.push(format!("{}: {python} does not ask for {wanted}", row.file));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
