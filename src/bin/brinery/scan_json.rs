//! A scan's report for programs.

use crate::scan::Judged;
use brinery::{archive::FileReport, scan::Policy};
use serde_json::{Value as Json, json};

/// One line for a file.
pub(crate) fn line(judged: &Judged, policy: &Policy) -> Json {
    match &judged.report {
        Ok(report) => to_json(&judged.name, policy, report),
        Err(why) => json!({
            "file": judged.name,
            "verdict": judged.verdict().name(),
            "policy": policy.name(),
            "error": why,
        }),
    }
}

fn to_json(file: &str, policy: &Policy, of_file: &FileReport) -> Json {
    let report = &of_file.report;
    let findings: Vec<Json> = (report.findings.iter())
        .map(|finding| {
            json!({
                "verdict": finding.verdict.name(),
                "rule": finding.rule.name(),
                "offset": finding.offset,
                "opcode": finding.opcode,
                "name": finding.name,
                "arguments": finding.shown,
                "reason": finding.reason,
                "allow": finding.allow,
                "within": finding.within,
            })
        })
        .collect();
    let pickles: Vec<Json> = (report.pickles.iter())
        .map(|pickle| {
            json!({
                "start": pickle.start,
                "end": pickle.end,
                "protocol": pickle.protocol,
                "complete": pickle.complete,
            })
        })
        .collect();
    let imports: Vec<Json> = (report.imports.iter())
        .map(|import| {
            json!({
                "offset": import.offset,
                "opcode": import.opcode,
                "module": import.module,
                "name": import.name,
                "verdict": import.verdict.name(),
                "within": import.within,
            })
        })
        .collect();
    let calls: Vec<Json> = (report.calls.iter())
        .map(|call| {
            json!({
                "offset": call.offset,
                "opcode": call.opcode,
                "callable": call.callable,
                "arguments": call.shown,
                "verdict": call.verdict.name(),
                "within": call.within,
            })
        })
        .collect();
    let members: Vec<Json> = (of_file.members.iter())
        .map(|member| {
            json!({
                "path": member.path,
                "kind": member.kind.name(),
                "verdict": member.verdict.name(),
                "notes": member.notes,
            })
        })
        .collect();
    json!({
        "file": file,
        "verdict": of_file.verdict.name(),
        "kind": of_file.kind.map(|kind| kind.name()),
        "policy": policy.name(),
        "findings": findings,
        "pickles": pickles,
        "imports": imports,
        "calls": calls,
        "left_out": report.left_out,
        "members": members,
        "members_in_all": of_file.count,
    })
}
