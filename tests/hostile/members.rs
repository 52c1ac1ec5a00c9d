//! What lies in containers, through the library: every member that is a pickle is found and judged.

use super::manifest::{Row, corpus};
use brinery::{
    archive::{ArchiveLimits, Doubt, members},
    scan::{Policy, Verdict, scan},
};

/// The verdict over all pickles in a file, what was found, and whether the container itself is odd.
fn judged(row: &Row, policy: &Policy) -> (Verdict, bool, bool, usize) {
    let (mut verdict, mut found, mut odd, mut pickles) = (Verdict::Safe, false, false, 0);
    members(&row.bytes, &row.file, &ArchiveLimits::default(), &mut |member| {
        odd |= member.remarks.iter().any(|remark| remark.doubt != Doubt::Note);
        if !member.kind.is_pickle() {
            return;
        }
        pickles += 1;
        let report = scan(&member.bytes, policy);
        verdict = verdict.and(report.verdict);
        found |= report
            .findings
            .iter()
            .any(|finding| finding.name == row.name && Some(finding.rule) == row.rule);
    });
    (verdict, found, odd, pickles)
}

#[test]
fn pickles_in_containers_are_found() {
    let policy = Policy::stdlib();
    let mut wrong = Vec::new();
    for row in corpus() {
        let (verdict, found, odd, pickles) = judged(&row, &policy);
        if row.dangerous && row.name.is_some() && row.class == "containers" && !found {
            wrong.push(format!("{}: {verdict} in {pickles} pickles, odd: {odd}", row.file));
        }
        if row.dangerous && verdict == Verdict::Safe && !odd {
            wrong.push(format!("{}: safe, and nothing odd", row.file));
        }
        // Arrays of numbers are no pickles.
        let numbers = [".npy", "_arrays.npz"].iter().any(|end| row.file.ends_with(end));
        if !row.dangerous && (pickles == 0 && !numbers || odd) {
            wrong.push(format!("{}: {pickles} pickles, odd: {odd}", row.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
