//! The scan: each rule by itself, what is accepted next to it, and CPython's own readers as the judges of rule R1 and of
//! the promise that a safe stream asks for names of the policy alone.

mod support;

#[cfg(feature = "cli")]
#[path = "scan/cli.rs"]
mod cli;
#[path = "scan/nested.rs"]
mod nested;
#[path = "scan/policies.rs"]
mod policies;
#[path = "scan/readers.rs"]
mod readers;
#[path = "scan/reading.rs"]
mod reading;
#[path = "scan/rules.rs"]
mod rules;
#[path = "scan/soundness.rs"]
mod soundness;

use brinery::scan::{Finding, Policy, Report, Rule, Verdict, scan};

/// The report under the policy of the standard library.
fn stdlib(bytes: &[u8]) -> Report {
    scan(bytes, &Policy::stdlib())
}

/// That a stream is safe.
#[track_caller]
fn assert_safe(bytes: &[u8], policy: &Policy) {
    let report = scan(bytes, policy);
    assert_eq!(
        report.verdict,
        Verdict::Safe,
        "{}: {:#?}",
        support::show(bytes),
        report.findings
    );
    assert_eq!(report.findings, [], "a safe stream has no findings");
}

/// The finding of a rule, which must be there.
#[track_caller]
fn finding(bytes: &[u8], policy: &Policy, rule: Rule) -> Finding {
    let report = scan(bytes, policy);
    assert_ne!(report.verdict, Verdict::Safe, "{}", support::show(bytes));
    let found = report.findings.iter().find(|finding| finding.rule == rule);
    let found = found.unwrap_or_else(|| panic!("{}: no {rule} in {:#?}", support::show(bytes), report.findings));
    found.clone()
}
