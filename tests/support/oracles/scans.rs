//! Bytes judged.

use crate::support::{canon::canon, show};
use brinery::{
    DeedKind, Encoding, Error, ErrorKind, Graph, Options, Rules,
    scan::{Policy, Report, ScanOptions, Verdict},
};
use std::sync::LazyLock;

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let named = |name: &&str| Policy::named(name).expect("a built-in policy");
    Policy::NAMES.iter().map(named).collect()
});

/// Every bytes have a verdict, always the same; it is the worst of the findings; and what is safe is read by every rule
/// to the same objects, asks for no name but those of the policy, and has nothing behind it.
pub fn scan(bytes: &[u8]) {
    let options = ScanOptions {
        records: 100,
        ..ScanOptions::default()
    };
    let mut verdicts = Vec::new();
    for policy in POLICIES.iter() {
        let report = options.scan(bytes, policy);
        assert!(!format!("{report:?}").is_empty());
        check(&report, bytes);
        if report.verdict == Verdict::Safe {
            prove(&report, policy, bytes);
        }
        verdicts.push(report.verdict);
    }
    // Two of them, and the same once more.
    let (one, other) = (
        bytes.len() % POLICIES.len(),
        bytes.first().map_or(0, |byte| usize::from(*byte) % POLICIES.len()),
    );
    let both = POLICIES[one].and(&POLICIES[other]);
    let report = options.scan(bytes, &both);
    assert_eq!(report, options.scan(bytes, &both), "{}", show(bytes));
    // Together they allow what either allows; but what one calls dangerous stays so.
    for (one, other) in [(one, other), (other, one)] {
        if verdicts[one] == Verdict::Safe && verdicts[other] != Verdict::Dangerous {
            assert_eq!(report.verdict, Verdict::Safe, "{} by {}", show(bytes), both.name());
        }
    }
    if report.verdict == Verdict::Safe {
        prove(&report, &both, bytes);
    }
    // What is kept of findings is no part of the verdict.
    let few = ScanOptions {
        findings: 1,
        records: 1,
        ..options
    };
    assert_eq!(few.scan(bytes, &both).verdict, report.verdict, "{}", show(bytes));
}

/// A report is in itself right.
fn check(report: &Report, bytes: &[u8]) {
    let of_findings = report
        .findings
        .iter()
        .fold(Verdict::Safe, |all, finding| all.and(finding.verdict));
    let told = || format!("{report:?}: {}", show(bytes));
    assert!(
        report.findings.iter().all(|finding| finding.verdict != Verdict::Safe),
        "{}",
        told()
    );
    if report.findings.len() < 1000 {
        assert_eq!(report.verdict, of_findings, "{}", told());
    }
    let mut at = 0;
    for pickle in &report.pickles {
        assert!(pickle.start >= at && pickle.end >= pickle.start, "{}", told());
        at = pickle.end;
    }
    assert!(at <= bytes.len() as u64, "{}", told());
    for finding in &report.findings {
        assert!(
            finding.shown.len() < 2000 && finding.to_string().len() < 10_000,
            "{}",
            told()
        );
        assert!(
            !finding.shown.contains(|letter: char| letter.is_control()),
            "{}",
            told()
        );
    }
}

/// Reads what is said to be safe with a graph, which shares nothing with the scan but the machine.
fn prove(report: &Report, policy: &Policy, bytes: &[u8]) {
    let told = || format!("safe under {}: {}", policy.name(), show(bytes));
    assert!(
        !report.pickles.is_empty() && report.pickles.iter().all(|pickle| pickle.complete),
        "{}",
        told()
    );
    let end = report.pickles.last().map_or(0, |pickle| pickle.end as usize);
    assert!(bytes[end..].iter().all(|byte| *byte == 0), "{}", told());
    for pickle in &report.pickles {
        let bytes = &bytes[pickle.start as usize..pickle.end as usize];
        // What a `str` of Python 2 is, the unpickler is told.
        let options = Options::new().encoding(Encoding::Latin1).buffers_elsewhere();
        let read = |rules| options.clone().rules(rules).read_first(bytes);
        let (strict, classic) = match (read(Rules::Strict), read(Rules::Classic)) {
            (Ok(strict), Ok(classic)) => (strict, classic),
            // A graph needs more memory than a scan.
            (Err(error), _) | (_, Err(error)) if matches!(error.kind(), ErrorKind::Limit { .. }) => return,
            // A call that is allowed may fail in Python, too: text that the encoding does not have, sets of lists.
            (Err(error), _) if is_fault_of_a_call(&error) => return,
            (strict, classic) => panic!("{:?} and {:?} {}", strict.err(), classic.err(), told()),
        };
        assert_eq!((strict.1, classic.1), (bytes.len(), bytes.len()), "{}", told());
        assert_eq!(canon(&strict.0), canon(&classic.0), "{}", told());
        for (module, name) in asked(&strict.0) {
            assert!(policy.allows(&module, &name), "{module}.{name} is {}", told());
        }
    }
}

fn is_fault_of_a_call(error: &Error) -> bool {
    let fault = matches!(error.kind(), ErrorKind::BadText("Latin-1") | ErrorKind::Unhashable(_));
    fault && (error.opcode()).is_some_and(|op| matches!(op.name, "REDUCE" | "OBJ" | "INST"))
}

/// The names that `find_class` is asked for.
fn asked(graph: &Graph<'_>) -> Vec<(String, String)> {
    let imports = graph.deeds().filter(|deed| deed.kind == DeedKind::Import);
    let names = imports.filter_map(|deed| deed.value.as_global());
    names
        .map(|global| (global.module.to_string(), global.name.to_string()))
        .collect()
}
