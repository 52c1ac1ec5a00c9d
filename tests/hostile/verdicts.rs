//! Bare pickles through the library.

use super::manifest::{Row, corpus};
use brinery::scan::{Finding, Policy, Report, Verdict, scan};

fn policies() -> Vec<(&'static str, Policy)> {
    let policy = |name: &&'static str| (*name, Policy::named(name).expect("a built-in policy"));
    Policy::NAMES.iter().map(policy).collect()
}

/// All reports of bare pickles.
fn reports() -> Vec<(Row, Vec<(&'static str, Report)>)> {
    let policies = policies();
    let bare = corpus().into_iter().filter(Row::is_bare);
    let scans = bare.map(|row| {
        let reports = policies.iter().map(|(name, policy)| (*name, scan(&row.bytes, policy)));
        let reports = reports.collect();
        (row, reports)
    });
    scans.collect()
}

fn told(report: &Report) -> String {
    let lines = report.findings.iter().take(6).map(|finding| format!("\n    {finding}"));
    lines.collect()
}

/// Whether this is the finding that the manifest asks for.
fn is_asked_for(row: &Row, finding: &Finding) -> bool {
    row.rule.is_none_or(|rule| rule == finding.rule)
        && row.name.as_ref().is_none_or(|name| finding.name.as_ref() == Some(name))
        && row.offset.is_none_or(|offset| offset == finding.offset)
}

fn fail(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} of the corpus:\n{}", wrong.len(), wrong.join("\n"));
}

/// What the corpus is for, without looking at what the manifest says of each policy; and with all of them together.
#[test]
fn nothing_dangerous_is_safe_and_nothing_safe_is_dangerous() {
    let mut wrong = Vec::new();
    let all = policies().into_iter().map(|(_, policy)| policy);
    let all = all.reduce(|all, policy| all.and(&policy)).expect("there are policies");
    for (row, mut reports) in reports() {
        reports.push(("all", scan(&row.bytes, &all)));
        for (policy, report) in reports {
            let bad = match row.dangerous {
                true => report.verdict == Verdict::Safe,
                false if policy == "all" => report.verdict != Verdict::Safe,
                false => matches!(report.verdict, Verdict::Dangerous | Verdict::Broken),
            };
            if bad {
                wrong.push(format!(
                    "{} under {policy}: {}{}",
                    row.file,
                    report.verdict,
                    told(&report)
                ));
            }
        }
    }
    fail(&wrong);
}

#[test]
fn verdicts_are_those_of_the_manifest() {
    let mut wrong = Vec::new();
    for (row, reports) in reports() {
        for (policy, report) in reports {
            let wanted = row.verdict(policy);
            if report.verdict != wanted {
                let found = told(&report);
                wrong.push(format!(
                    "{} under {policy}: {}, not {wanted}{found}",
                    row.file, report.verdict
                ));
            }
        }
    }
    fail(&wrong);
}

#[test]
fn the_findings_of_the_manifest_are_there() {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (row, reports) in reports() {
        for (policy, report) in reports {
            // A rule that is kept under one policy is not broken under all.
            if !row.dangerous || report.verdict == Verdict::Safe {
                continue;
            }
            asked += 1;
            if !report.findings.iter().any(|finding| is_asked_for(&row, finding)) {
                let (rule, name, offset) = (row.rule, &row.name, row.offset);
                let found = told(&report);
                wrong.push(format!(
                    "{} under {policy}: {rule:?} {name:?} at {offset:?} is not in{found}",
                    row.file
                ));
            }
        }
    }
    assert!(asked > 1000, "only {asked} findings were asked for");
    fail(&wrong);
}

/// Every prefix of every short file: a verdict each time, and never safe where Python would find no STOP.
#[test]
fn cut_files_are_never_safe() {
    let policies = policies();
    let mut wrong = Vec::new();
    for row in corpus()
        .into_iter()
        .filter(Row::is_bare)
        .filter(|row| row.bytes.len() < 400)
    {
        for end in 0..row.bytes.len() {
            let cut = &row.bytes[..end];
            for (policy, allowed) in &policies {
                let verdict = scan(cut, allowed).verdict;
                // What was cut behind the first STOP is a whole pickle: only the tail was the danger.
                let whole = brinery::Graph::from_slice(cut).is_ok();
                if verdict == Verdict::Safe && !whole {
                    wrong.push(format!("{} cut to {end} bytes, under {policy}", row.file));
                }
            }
        }
    }
    fail(&wrong);
}
