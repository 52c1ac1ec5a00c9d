//! `brinery scan`

use crate::{args::Scan, failure::Failure, files, scan_text};
use brinery::scan::{Policy, Report, ScanOptions, Verdict};
use serde_json::{Value as Json, json};
use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

/// Judges each file. The exit code is that of the worst verdict; a file that cannot be read counts as broken.
pub(crate) fn run(args: &Scan) -> ExitCode {
    let policy = match policy(&args.policy) {
        Ok(policy) => policy,
        Err(failure) => {
            failure.report();
            return ExitCode::from(crate::USAGE);
        }
    };
    let options = ScanOptions {
        python: args.python,
        ..ScanOptions::default()
    };
    let mut out = files::stdout();
    let mut worst = Verdict::Safe;
    for path in &args.files {
        let name = files::name(path);
        let judged = files::read(path).map(|bytes| options.scan(&bytes, &policy));
        let verdict = judged.as_ref().map_or(Verdict::Broken, |report| report.verdict);
        worst = worst.max(verdict);
        // Whether anybody reads it does not change the verdict.
        let _ = match (judged, args.json) {
            (Ok(report), true) => writeln!(out, "{}", to_json(&name, &policy, &report)),
            (Ok(report), false) => scan_text::write(&mut out, &name, &report, io::stdout().is_terminal()),
            (Err(failure), _) => {
                let _ = out.flush();
                failure.report();
                Ok(())
            }
        };
    }
    let _ = out.flush();
    ExitCode::from(worst.exit_code())
}

/// The policies of the command line together, by name or from files.
fn policy(names: &[String]) -> Result<Policy, Failure> {
    let mut policies = names.iter().map(|name| match Policy::named(name) {
        Some(policy) => Ok(policy),
        None => {
            let bytes = files::read(Path::new(name))?;
            let text = String::from_utf8_lossy(&bytes);
            Policy::from_toml(&text).map_err(|error| Failure::Usage(format!("{name}: {error}")))
        }
    });
    let first = policies.next().unwrap_or_else(|| Ok(Policy::stdlib()))?;
    policies.try_fold(first, |all, policy| Ok(all.and(&policy?)))
}

/// A report for programs: one line for each file.
pub(crate) fn to_json(file: &str, policy: &Policy, report: &Report) -> Json {
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
    json!({
        "file": file,
        "verdict": report.verdict.name(),
        "policy": policy.name(),
        "findings": findings,
        "pickles": pickles,
        "imports": imports,
        "calls": calls,
        "left_out": report.left_out,
    })
}
