//! A file judged with all that is in it.

use super::{ArchiveLimits, Doubt, Kind, Member, Remark, members};
use crate::scan::{Finding, Policy, Report, Rule, ScanOptions, Verdict};

/// How files are judged.
///
/// ```
/// use brinery::{archive::FileScan, scan::{Policy, Verdict}};
/// let file = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xf3\xd3\x03\0\xbb}\xf5\xf3\x02\0\0\0"; // b"N." by gzip
/// let report = FileScan::default().scan(file, &Policy::data());
/// assert_eq!((report.verdict, report.members[1].path.as_str()), (Verdict::Safe, "!"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileScan {
    /// How each pickle is scanned.
    pub options: ScanOptions,
    /// What looking for pickles may cost.
    pub limits: ArchiveLimits,
}

/// What is made of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileReport {
    /// What all of it amounts to.
    pub verdict: Verdict,
    /// What the file is.
    pub kind: Option<Kind>,
    /// All findings, imports and calls, each with the way to its member first in `within`; the pickles are those of the
    /// file itself.
    pub report: Report,
    /// The members that hold a pickle or others, or that are odd, in the order of the file.
    pub members: Vec<Judged>,
    /// How many members there are in all.
    pub count: usize,
}

/// What is made of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The way to it within the file: `!/b/data.pkl`; empty for the file itself.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// What it amounts to, by itself.
    pub verdict: Verdict,
    /// What there is to say of it that is no reason to doubt.
    pub notes: Vec<String>,
}

/// Judges a file, whatever it is, without loading it: its pickles, and those in it, by their content and not by their
/// names. See [`FileScan`] for limits.
///
/// ```
/// use brinery::{archive::scan_file, scan::{Policy, Verdict}};
/// assert_eq!(scan_file(b"cos\nsystem\n(S'id'\ntR.", &Policy::stdlib()).verdict, Verdict::Dangerous);
/// assert_eq!(scan_file(b"# Just text\n", &Policy::stdlib()).verdict, Verdict::Safe);
/// ```
pub fn scan_file(bytes: &[u8], policy: &Policy) -> FileReport {
    FileScan::default().scan(bytes, policy)
}

impl FileScan {
    /// Judges a file.
    pub fn scan(&self, bytes: &[u8], policy: &Policy) -> FileReport {
        self.scan_with(bytes, policy, &mut |_, _| {})
    }

    /// Judges a file, and shows each member with its own report.
    pub fn scan_with(&self, bytes: &[u8], policy: &Policy, each: &mut dyn FnMut(&Member<'_>, &Report)) -> FileReport {
        let mut file = FileReport::default();
        members(bytes, "", &self.limits, &mut |member| {
            let report = self.member(&member, policy);
            each(&member, &report);
            file.add(&member, report, self);
        });
        file
    }

    fn member(&self, member: &Member<'_>, policy: &Policy) -> Report {
        let mut report = match member.kind.is_pickle() {
            true => self.options.scan(&member.bytes, policy),
            false => Report::default(),
        };
        if !member.holes.is_empty() {
            shift(&mut report, member);
            self.as_it_lies(member, policy, &mut report);
        }
        let room = self.options.findings;
        if member.kind == Kind::Pickle
            && let Some(import) = report
                .imports
                .iter()
                .find(|import| import.module.ends_with("joblib.numpy_pickle"))
        {
            let name = format!("{}.{}", import.module, import.name);
            let reason = "joblib would read arrays between the opcodes, which were not found";
            let finding = Finding {
                name: Some(name),
                offset: import.offset,
                ..r10(Verdict::Unknown, reason.to_owned())
            };
            report.add(finding, room);
        }
        for remark in &member.remarks {
            if let Some(finding) = of_remark(remark) {
                report.add(finding, room);
            }
        }
        report
    }

    /// joblib skips the arrays, and pickle would run them: what they do as opcodes counts, too, so that a file is not one
    /// thing for the one and another for the other. That they break is how it must be.
    fn as_it_lies(&self, member: &Member<'_>, policy: &Policy, report: &mut Report) {
        let first = member.holes.first().map_or(0, |hole| hole.at as u64);
        let mut findings = self.options.scan_deeds(member.raw, policy).findings;
        findings.retain(|finding| finding.offset >= first);
        if findings.iter().all(breaks) {
            return;
        }
        for mut finding in findings {
            finding.reason = format!("{} (where pickle reads what joblib or torch skips)", finding.reason);
            report.add(finding, self.options.findings);
        }
    }
}

/// Whether pickle ends at the place of a finding with an error, as it does where the numbers of an array happen to be such
/// opcodes: it knows no extension codes, persistent ids and buffers, and what stands for an array can neither be called nor
/// be a name, nor a state, nor have one that is no dict.
fn breaks(finding: &Finding) -> bool {
    let stands_for_array = |text: &str| text.contains("joblib.numpy_pickle") && text.contains("ArrayWrapper");
    match finding.rule {
        Rule::R4 | Rule::R7 => true,
        Rule::R3 => stands_for_array(&finding.shown),
        Rule::R5 | Rule::R6 => {
            (stands_for_array(&finding.shown) || finding.name.as_deref().is_some_and(stands_for_array))
                && !finding.reason.contains("special")
        }
        _ => false,
    }
}

fn r10(verdict: Verdict, reason: String) -> Finding {
    Finding {
        verdict,
        offset: 0,
        opcode: None,
        name: None,
        shown: String::new(),
        rule: Rule::R10,
        reason,
        allow: None,
        within: Vec::new(),
    }
}

/// What a remark means for the verdict.
fn of_remark(remark: &Remark) -> Option<Finding> {
    let verdict = match remark.doubt {
        Doubt::Note => return None,
        Doubt::Damaged => Verdict::Broken,
        _ => Verdict::Unknown,
    };
    let mut finding = r10(verdict, remark.text.clone());
    if remark.doubt == Doubt::Limit {
        finding.rule = Rule::R9;
    }
    Some(finding)
}

/// Offsets as they are in the member, with what was left out.
fn shift(report: &mut Report, member: &Member<'_>) {
    let own = |within: &[String]| within.is_empty();
    for finding in report.findings.iter_mut().filter(|finding| own(&finding.within)) {
        finding.offset = member.offset(finding.offset);
    }
    for import in report.imports.iter_mut().filter(|import| own(&import.within)) {
        import.offset = member.offset(import.offset);
    }
    for call in report.calls.iter_mut().filter(|call| own(&call.within)) {
        call.offset = member.offset(call.offset);
    }
    for pickle in &mut report.pickles {
        pickle.start = member.offset(pickle.start);
        pickle.end = member.offset(pickle.end.saturating_sub(1)).saturating_add(1);
    }
}

impl FileReport {
    fn add(&mut self, member: &Member<'_>, report: Report, scan: &FileScan) {
        self.count += 1;
        self.verdict = self.verdict.and(report.verdict);
        let is_root = member.path.is_empty();
        let is_plain = matches!(member.kind, Kind::Data | Kind::Empty | Kind::Link);
        if is_root || !is_plain || report.verdict != Verdict::Safe {
            let notes = member.remarks.iter().filter(|remark| remark.doubt == Doubt::Note);
            self.members.push(Judged {
                path: member.path.clone(),
                kind: member.kind,
                verdict: report.verdict,
                notes: notes.map(|remark| remark.text.clone()).collect(),
            });
        }
        if is_root {
            self.kind = Some(member.kind);
            self.report = report;
            return;
        }
        let records = scan.options.records;
        self.report.absorb(report, &member.path, scan.options.findings);
        for more in [
            self.report.imports.len().saturating_sub(records),
            self.report.calls.len().saturating_sub(records),
        ] {
            self.report.left_out = self.report.left_out.saturating_add(more as u64);
        }
        self.report.imports.truncate(records);
        self.report.calls.truncate(records);
    }
}
