//! Every file of the corpus, containers too, through `brinery scan`.

use super::manifest::{Row, corpus, folder};
use brinery::scan::{Policy, Verdict};
use serde_json::Value as Json;
use std::process::{Command, Output};

fn scan(options: &[&str], files: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brinery"));
    command.arg("scan").args(options).args(files).current_dir(folder());
    command.output().expect("brinery runs")
}

/// What the command says of a file, with all that is in it.
struct Said {
    verdict: String,
    findings: Vec<Json>,
    /// The line, for messages.
    line: String,
}

/// What it says of each row, and the exit code.
fn judged(policy: &str, rows: &[Row]) -> (Vec<Said>, Option<i32>) {
    let files: Vec<&str> = rows.iter().map(|row| row.file.as_str()).collect();
    let output = scan(&["--json", "--policy", policy], &files);
    let errors = String::from_utf8_lossy(&output.stderr);
    let text = std::str::from_utf8(&output.stdout).expect("JSON is UTF-8");
    let said = text.lines().map(|line| {
        let report: Json = serde_json::from_str(line).expect("a line of JSON for each file");
        let said = Said {
            verdict: report["verdict"].as_str().expect("a verdict").to_owned(),
            findings: report["findings"].as_array().expect("findings").clone(),
            line: line.chars().take(700).collect(),
        };
        (report["file"].as_str().expect("a file").to_owned(), said)
    });
    let mut said: std::collections::HashMap<String, Said> = said.collect();
    let each = rows.iter().map(|row| {
        let said = said.remove(&row.file);
        said.unwrap_or_else(|| panic!("brinery scan --policy {policy} says nothing of {}: {errors}", row.file))
    });
    (each.collect(), output.status.code())
}

fn is_asked_for(row: &Row, finding: &Json) -> bool {
    row.rule.is_none_or(|rule| finding["rule"] == rule.name())
        && row.name.as_ref().is_none_or(|name| finding["name"] == name.as_str())
        && row.offset.is_none_or(|offset| finding["offset"] == offset)
}

#[test]
fn the_command_says_what_the_manifest_says() {
    let rows = corpus();
    let mut wrong = Vec::new();
    for policy in Policy::NAMES {
        let (each, code) = judged(policy, &rows);
        for (row, said) in rows.iter().zip(&each) {
            let wanted = row.verdict(policy);
            if said.verdict != wanted.name() {
                wrong.push(format!("{} under {policy}: not {wanted}: {}", row.file, said.line));
            }
            let found = said.findings.iter().any(|finding| is_asked_for(row, finding));
            if row.dangerous && !found {
                let (rule, name, offset) = (row.rule, &row.name, row.offset);
                wrong.push(format!(
                    "{} under {policy}: no {rule:?} {name:?} at {offset:?}: {}",
                    row.file, said.line
                ));
            }
        }
        let worst = rows.iter().map(|row| row.verdict(policy)).max().unwrap_or_default();
        if code != Some(worst.exit_code().into()) {
            wrong.push(format!(
                "under {policy} the exit code is {code:?}, and the worst verdict {worst}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of the corpus:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_exit_code_is_that_of_the_verdict() {
    let rows = corpus();
    let mut wrong = Vec::new();
    for row in &rows {
        // The policy that fits a safe file; any will do for the others.
        let policy = Policy::NAMES.iter().find(|name| row.verdict(name) == Verdict::Safe);
        let policy = policy.copied().unwrap_or("stdlib");
        let output = scan(&["--policy", policy], &[&row.file]);
        let wanted = i32::from(row.verdict(policy).exit_code());
        if output.status.code() != Some(wanted) {
            wrong.push(format!(
                "{} under {policy}: {:?}, not {wanted}",
                row.file,
                output.status.code()
            ));
        }
        // What a file says is shown, and does nothing to a terminal.
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let acts =
            |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if let Some(line) = text.lines().find(|line| line.contains(acts)) {
            wrong.push(format!(
                "{}: a control character is shown: {}",
                row.file,
                line.escape_debug()
            ));
        }
        if let Some(line) = text.lines().find(|line| line.chars().count() > 2000) {
            wrong.push(format!("{}: a line of {} bytes is shown", row.file, line.len()));
        }
    }
    assert!(wrong.is_empty(), "{} of the corpus:\n{}", wrong.len(), wrong.join("\n"));
}
