//! A file judged with all that is in it.

use super::{ArchiveLimits, Doubt, Kind, Member, Remark, member::printable, members};
use crate::scan::{Finding, Policy, Report, Rule, ScanOptions, Storages, Verdict};
use std::collections::HashMap;

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
        let mut records = Records::default();
        members(bytes, "", &self.limits, &mut |member| {
            let mut storages = Storages::new();
            let report = self.member(&member, policy, &mut storages);
            records.note(&member, storages);
            each(&member, &report);
            file.add(&member, report, self);
        });
        for (path, finding) in records.findings() {
            file.add_finding(&path, finding, self);
        }
        file
    }

    fn member(&self, member: &Member<'_>, policy: &Policy, storages: &mut Storages) -> Report {
        let mut report = Report::default();
        if member.kind.is_pickle() {
            (report, *storages) = self.options.scan_storages(&member.bytes, policy);
        }
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
        Rule::R5 | Rule::R6 => {
            (stands_for_array(&finding.shown) || finding.name.as_deref().is_some_and(stands_for_array))
                && !finding.reason.contains("special")
        }
        _ => false,
    }
}

/// What torch's storages should hold, and what their records in the zip file do: torch reads on behind one that is too short.
#[derive(Debug, Default)]
struct Records {
    /// Bytes by path.
    lengths: HashMap<String, u64>,
    /// By the path of the pickle, where it names any.
    storages: Vec<(String, Storages)>,
    in_torch: bool,
}

impl Records {
    fn note(&mut self, member: &Member<'_>, storages: Storages) {
        self.in_torch |= member.kind == Kind::Torch;
        if !self.in_torch {
            return;
        }
        if member.path.contains("/data/") {
            self.lengths.insert(member.path.clone(), member.raw.len() as u64);
        }
        if !storages.is_empty() && member.path.ends_with("/data.pkl") {
            self.storages.push((member.path.clone(), storages));
        }
    }

    fn findings(&self) -> Vec<(String, Finding)> {
        let mut findings = Vec::new();
        for (path, storages) in &self.storages {
            let folder = path.strip_suffix("data.pkl").unwrap_or(path);
            for (key, storage) in storages {
                let needed = storage.bytes();
                let record = format!("{folder}data/{}", printable(key.as_bytes()));
                let (verdict, reason) = match self.lengths.get(&record) {
                    Some(length) if *length >= needed => continue,
                    Some(length) => {
                        let text = format!(
                            "a storage of {needed} bytes, whose record has {length}: torch reads what lies behind"
                        );
                        (Verdict::Unknown, text)
                    }
                    None => (
                        Verdict::Broken,
                        format!("there is no record for the storage {}", printable(key.as_bytes())),
                    ),
                };
                findings.push((path.clone(), r10(verdict, reason)));
            }
        }
        findings
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
    match remark.doubt {
        Doubt::Limit => finding.rule = Rule::R9,
        Doubt::Import => finding.rule = Rule::R2,
        _ => {}
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
    /// Adds a finding about a member that has been added.
    fn add_finding(&mut self, path: &str, finding: Finding, scan: &FileScan) {
        if let Some(judged) = self.members.iter_mut().find(|judged| judged.path == path) {
            judged.verdict = judged.verdict.and(finding.verdict);
        }
        let mut report = Report::default();
        report.add(finding, 1);
        self.verdict = self.verdict.and(report.verdict);
        self.report.absorb(report, path, scan.options.findings);
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Vec<u8> {
        [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
    }

    /// A file of joblib with one array of bytes, which are opcodes to pickle.
    fn joblib(bytes: &[u8]) -> Vec<u8> {
        let mut file = b"\x80\x03cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(".to_vec();
        file.extend(text("subclass"));
        file.extend(b"cnumpy\nndarray\n");
        file.extend(text("shape"));
        file.extend([b"J", &(bytes.len() as u32).to_le_bytes()[..], b"\x85"].concat());
        file.extend(
            [
                text("order"),
                text("C"),
                text("dtype"),
                b"cnumpy\ndtype\n".to_vec(),
                text("u1"),
            ]
            .concat(),
        );
        file.extend(b"K\x00K\x01\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb");
        file.extend([text("allow_mmap"), b"\x89ub".to_vec(), bytes.to_vec(), b".".to_vec()].concat());
        file
    }

    #[test]
    fn arrays_of_joblib_do_nothing_for_pickle() {
        let policy = Policy::numpy();
        // Numbers, also those that pickle breaks at: codes, ids, and calls of what stands for the array.
        for bytes in [&[0; 16][..], b"\x82\x01", b"Q\xff", b")R", b"\x93", b"\x97", b"NN\xff"] {
            let file = scan_file(&joblib(bytes), &policy);
            assert_eq!(
                file.verdict,
                Verdict::Safe,
                "{}: {:#?}",
                bytes.escape_ascii(),
                file.report.findings
            );
            assert_eq!(file.kind, Some(Kind::Joblib));
        }
        for bytes in [
            &b"0cbuiltins\nbytearray\nJ\xff\xff\xff\x7f\x85R."[..],
            b"0cbuiltins\nset\n}X\x01\0\0\0xK\x01sb.",
            b"0cnumpy\nndarray\nK\x01a.",
            b"0ccollections\nUserDict\nN}X\x07\0\0\0__new__cbuiltins\ngetattr\ns\x86b.",
            b"0cos\nsystem\n.",
        ] {
            let file = scan_file(&joblib(bytes), &policy);
            assert_ne!(file.verdict, Verdict::Safe, "{}", bytes.escape_ascii());
        }
        // However many oddities stand in front.
        let many = [&b"0"[..], &b"NI0x1f\n00".repeat(2000)[..], b"cos\nsystem\n."].concat();
        assert_eq!(scan_file(&joblib(&many), &policy).verdict, Verdict::Dangerous);
    }
}
