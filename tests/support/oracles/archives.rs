//! Bytes as files with others in them.

use crate::support::show;
use brinery::{
    archive::{ArchiveLimits, Kind, members},
    scan::{Policy, ScanOptions, Verdict},
};
use std::sync::LazyLock;

static POLICY: LazyLock<Policy> = LazyLock::new(Policy::data);

/// Whatever a file is, its members are found within the limits, always the same; their paths are printable, and a pickle
/// among them can be judged.
pub fn archive(bytes: &[u8]) {
    let limits = ArchiveLimits {
        members: 100,
        depth: 4,
        ratio_free: 1 << 18,
        ..ArchiveLimits::default()
    };
    let look = || {
        let mut found = Vec::new();
        members(bytes, "file", &limits, &mut |member| {
            let told = || format!("{member:?} of {}", show(bytes));
            let most = limits.ratio_free + limits.ratio * bytes.len() as u64;
            assert!(member.bytes.len() as u64 <= most.max(bytes.len() as u64), "{}", told());
            assert!(!member.path.contains(|letter: char| letter.is_control()), "{}", told());
            assert!(member.path.starts_with("file"), "{}", told());
            let last = member.holes.last().map_or(0, |hole| hole.at);
            assert!(
                last <= member.bytes.len() && member.holes.is_sorted_by_key(|hole| hole.at),
                "{}",
                told()
            );
            assert!(member.kind != Kind::Refused || !member.remarks.is_empty(), "{}", told());
            let verdict = member.kind.is_pickle().then(|| {
                let report = ScanOptions::default().scan(&member.bytes, &POLICY);
                assert!(
                    report.verdict == Verdict::Safe || !report.findings.is_empty(),
                    "{}",
                    told()
                );
                report.verdict
            });
            found.push((member.path.clone(), member.kind, member.bytes.len(), verdict));
        });
        found
    };
    let found = look();
    assert!(!found.is_empty(), "the file itself is not told: {}", show(bytes));
    // One more is told to say that there would be more.
    assert!(found.len() <= limits.members + 1, "{} members", found.len());
    assert_eq!(found, look(), "{}", show(bytes));
}
