//! A scan's report as SARIF 2.1.0, for code scanners.

use crate::scan::Judged;
use brinery::scan::{Finding, Policy, Rule, Verdict};
use serde_json::{Value as Json, json};
use std::collections::HashMap;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of one run.
pub(crate) fn log(files: &[Judged], policy: &Policy) -> Json {
    let rules: Vec<Json> = (Rule::ALL.iter())
        .map(|rule| json!({"id": rule.name(), "shortDescription": {"text": sentence(rule.text())}}))
        .collect();
    let mut log = Log::default();
    for file in files {
        log.file(file);
    }
    let worst = files.iter().map(Judged::verdict).max().unwrap_or_default();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "brinery",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": log.faults.is_empty(),
                "exitCode": worst.exit_code(),
                "toolExecutionNotifications": log.faults,
            }],
            "artifacts": log.artifacts,
            "results": log.results,
            "columnKind": "unicodeCodePoints",
            "properties": {"policy": policy.name()},
        }],
    })
}

#[derive(Default)]
struct Log {
    artifacts: Vec<Json>,
    results: Vec<Json>,
    faults: Vec<Json>,
}

impl Log {
    fn file(&mut self, judged: &Judged) {
        let uri = uri(&judged.name);
        let root = self.artifacts.len();
        self.artifacts.push(json!({
            "location": {"uri": uri},
            "roles": ["analysisTarget"],
            "properties": {"verdict": judged.verdict().name()},
        }));
        let report = match &judged.report {
            Ok(report) => &report.report,
            Err(why) => {
                self.faults.push(json!({
                    "level": "error",
                    "message": {"text": format!("{}: {why}", judged.name)},
                    "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri, "index": root}}}],
                }));
                return;
            }
        };
        // A member is an artifact of its own, in the file.
        let mut members: HashMap<&str, usize> = HashMap::new();
        for finding in &report.findings {
            let member = finding.within.first().filter(|place| place.starts_with('!'));
            let index = match member {
                None => root,
                Some(path) => *members.entry(path).or_insert_with(|| {
                    self.artifacts
                        .push(json!({"location": {"uri": member_uri(path)}, "parentIndex": root}));
                    self.artifacts.len() - 1
                }),
            };
            let at = member.map_or_else(|| uri.clone(), |path| member_uri(path));
            self.results.push(result(finding, &at, index));
        }
    }
}

fn result(finding: &Finding, uri: &str, index: usize) -> Json {
    let level = match finding.verdict {
        Verdict::Dangerous | Verdict::Broken => "error",
        Verdict::Unknown => "warning",
        Verdict::Safe => "note",
    };
    let subject = match &finding.name {
        Some(name) => format!("{name}{}: ", finding.shown),
        None => String::new(),
    };
    let mut physical = json!({"artifactLocation": {"uri": uri, "index": index}});
    // In a pickle within a pickle, offsets are its own.
    if finding.within.iter().all(|place| place.starts_with('!')) && (finding.opcode.is_some() || finding.offset > 0) {
        physical["region"] = json!({"byteOffset": finding.offset, "byteLength": 1});
    }
    let mut location = json!({"physicalLocation": physical});
    if !finding.within.is_empty() {
        location["logicalLocations"] = json!([{"fullyQualifiedName": finding.within.join(" in "), "kind": "member"}]);
    }
    let place = Rule::ALL.iter().position(|rule| *rule == finding.rule);
    json!({
        "ruleId": finding.rule.name(),
        "ruleIndex": place,
        "level": level,
        "message": {"text": format!("{subject}{}", finding.reason)},
        "locations": [location],
        "properties": {
            "verdict": finding.verdict.name(),
            "offset": finding.offset,
            "opcode": finding.opcode,
            "name": finding.name,
            "arguments": finding.shown,
            "allow": finding.allow,
            "within": finding.within,
        },
    })
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// A path as a URI reference: what a URI gives a meaning to is escaped, and a colon in the first part would be a scheme.
fn uri(name: &str) -> String {
    let mut uri = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte.into()),
            b'\\' if cfg!(windows) => uri.push('/'),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// The place of a member in its file, which starts with a slash.
fn member_uri(path: &str) -> String {
    let path = path.strip_prefix('!').unwrap_or(path);
    let uri = uri(path);
    if uri.starts_with('/') { uri } else { format!("/{uri}") }
}
