//! Reading under a policy.

use super::{Policy, ScanOptions, Verdict, show};
use crate::{error::ErrorKind, ops::Failure};
use std::fmt::Write;

/// Whether the pickle that `input` begins with is safe. Its offset is for the error.
pub(crate) fn admit(input: &[u8], offset: u64, policy: &Policy) -> Result<(), Failure<ErrorKind>> {
    let options = ScanOptions {
        records: 0,
        findings: 1,
        ..ScanOptions::default()
    };
    let (report, _) = options.scan_first(input, policy);
    if report.verdict == Verdict::Safe {
        return Ok(());
    }
    let finding = report.findings.first();
    let mut why = String::new();
    if let Some(finding) = finding {
        for place in &finding.within {
            let _ = write!(why, "in {place}: ");
        }
        if let Some(name) = &finding.name {
            let _ = write!(why, "{}{}: ", show::escaped(name), finding.shown);
        }
        let _ = write!(why, "{} ({})", finding.reason, finding.rule);
        if let (Some(line), Verdict::Unknown) = (&finding.allow, finding.verdict) {
            let _ = write!(why, "; this line of a policy would allow it: {line}");
        }
    }
    let at = finding
        .filter(|finding| finding.within.is_empty())
        .map(|finding| finding.offset);
    Err(Failure {
        offset: offset + at.unwrap_or(0),
        opcode: at.and_then(|at| input.get(at as usize).copied()),
        error: ErrorKind::NotAllowed(why.into()),
    })
}
