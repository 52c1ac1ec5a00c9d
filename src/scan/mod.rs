//! Judging pickles without loading them.
//!
//! [`scan`] reads a pickle as CPython's C unpickler does, over a heap that keeps no data but notes what loading would do:
//! each import, each call and each change of an object, in order, also those whose result is thrown away. A [`Policy`] says
//! which of that is harmless; it is a list of what is allowed, not of what is forbidden. What is not listed is
//! [`Unknown`](Verdict::Unknown), and [`Dangerous`](Verdict::Dangerous) if it is known to be. [`Safe`](Verdict::Safe) is a
//! proof and not the absence of a suspicion: each [`Rule`] was kept.
//!
//! ```
//! use brinery::scan::{Policy, Verdict, scan};
//! let report = scan(b"cos\nsystem\n(S'rm -rf /'\ntR0N.", &Policy::stdlib()); // looks like None
//! assert_eq!(report.verdict, Verdict::Dangerous);
//! assert_eq!(report.calls[0].callable, "os.system");
//! assert_eq!(report.calls[0].shown, "('rm -rf /')");
//! assert_eq!(scan(b"\x80\x04]\x94(K\x01K\x02e.", &Policy::data()).verdict, Verdict::Safe);
//! ```
//!
//! If the verdict is safe, the names that CPython's unpickler asks `find_class` for are members of the policy. The verdict
//! is a function of the bytes, the policy and the target Python alone; nothing that is installed changes it.

mod admit;
mod ambiguous;
mod checks;
mod coating;
mod dtypes;
mod heap;
mod judge;
mod nested;
mod pattern;
mod policy;
mod report;
mod run;
mod show;
mod table;
mod value;
mod world;

pub(crate) use admit::admit;
#[cfg(feature = "archive")]
pub(crate) use checks::Storages;
pub use policy::Policy;
pub use report::{Call, Finding, Import, PickleRange, Report, Rule, Verdict};

use crate::{limits::Limits, settings::Python};
use nested::Nested;

/// How to scan.
///
/// ```
/// use brinery::scan::{Policy, ScanOptions};
/// let options = ScanOptions { findings: 1, ..ScanOptions::default() };
/// let report = options.scan(b"cos\nsystem\n0cos\nremove\n.", &Policy::data());
/// assert_eq!((report.findings.len(), report.left_out), (1, 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanOptions {
    /// The CPython that would load the pickle, for what its versions read differently. Such a pickle is never safe, but
    /// what else is found in it depends on how it is read. Default: 3.13.
    pub python: Python,
    /// What the stream may use: more than that is unknown, never dangerous.
    pub limits: Limits,
    /// How many findings are kept; the verdict is that of all. Default: 1,000.
    pub findings: usize,
    /// How many imports and how many calls are kept. Default: 10,000.
    pub records: usize,
}

impl Default for ScanOptions {
    fn default() -> Self {
        ScanOptions {
            python: Python::V3_13,
            limits: Limits::default(),
            findings: 1000,
            records: 10_000,
        }
    }
}

impl ScanOptions {
    /// Judges all of some bytes: one pickle, or several in a row.
    pub fn scan(&self, bytes: &[u8], policy: &Policy) -> Report {
        run::judge(bytes, policy, self, Nested::new(bytes.len())).0
    }

    /// Judges all of some bytes, and answers which of torch's storages they name.
    #[cfg(feature = "archive")]
    pub(crate) fn scan_storages(&self, bytes: &[u8], policy: &Policy) -> (Report, Storages) {
        let mut storages = Storages::new();
        let report = run::judge_all(bytes, policy, self, Nested::new(bytes.len()), &mut storages).0;
        (report, storages)
    }

    /// Judges what the pickles of some bytes do, not how they are written: what is not safe by R2 to R7, or by R9. What
    /// follows them is not looked at.
    #[cfg(feature = "archive")]
    pub(crate) fn scan_deeds(&self, bytes: &[u8], policy: &Policy) -> Report {
        run::judge_deeds(bytes, policy, self)
    }

    /// Judges the first pickle of some bytes, and says where it ends. What follows it is not looked at.
    ///
    /// ```
    /// use brinery::scan::{Policy, ScanOptions, Verdict};
    /// let (report, end) = ScanOptions::default().scan_first(b"N.rest", &Policy::data());
    /// assert_eq!((report.verdict, end), (Verdict::Safe, 2));
    /// ```
    pub fn scan_first(&self, bytes: &[u8], policy: &Policy) -> (Report, usize) {
        run::judge_first(bytes, policy, self)
    }
}

/// Judges some bytes as a pickle, or as several in a row, without loading them.
///
/// Every input has a report: there is no error, and a panic is a bug. The bytes are taken for what they are; for files
/// whose pickles lie in containers, see `brinery scan`.
pub fn scan(bytes: &[u8], policy: &Policy) -> Report {
    ScanOptions::default().scan(bytes, policy)
}
