//! How much looking into an archive may cost.

/// Limits on what looking into one file may use. Each has a name that remarks quote: a member that meets one is told as
/// [`Doubt::Limit`](super::Doubt::Limit), and the rest of the file is looked at all the same.
///
/// What is unpacked is counted over the whole file, however deep: with the defaults it is at most 24 bytes per byte of the
/// file and 8 MiB, so that a bomb costs no more than an honest file of its size. Bytes that lie in the file as they are
/// cost nothing.
///
/// ```
/// use brinery::archive::{ArchiveLimits, Doubt, members};
/// let limits = ArchiveLimits { depth: 0, ..ArchiveLimits::default() };
/// let mut doubts = Vec::new();
/// members(b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xf3\xd3\x03\0\xbb}\xf5\xf3\x02\0\0\0", "a.gz", &limits, &mut |member| {
///     doubts.extend(member.remarks.iter().map(|remark| (remark.doubt, remark.text.clone())));
/// });
/// assert_eq!(doubts, [(Doubt::Limit, "the limit `depth` of 0 is reached".to_owned())]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Members of all archives in one file: 100,000. Checkpoints of large models have some thousands.
    pub members: usize,
    /// Archives in each other: 8.
    pub depth: usize,
    /// Bytes that one member unpacks to: 4 GiB.
    pub member_bytes: u64,
    /// Bytes that all members together unpack to, whatever the file's size: 16 GiB.
    pub total_bytes: u64,
    /// How many bytes may be unpacked for each byte of the file: 24. Pickles seldom pack better than 20 to 1.
    pub ratio: u64,
    /// So many bytes are unpacked whatever the ratio: 8 MiB.
    pub ratio_free: u64,
    /// Bytes of one directory, whose names are kept in memory: 64 MiB. zip has no other bound, 7z packs it.
    pub directory_bytes: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        ArchiveLimits {
            members: 100_000,
            depth: 8,
            member_bytes: 4 << 30,
            total_bytes: 16 << 30,
            ratio: 24,
            ratio_free: 8 << 20,
            directory_bytes: 64 << 20,
        }
    }
}

/// What is left of the limits while a file is looked at.
#[derive(Debug)]
pub(super) struct Budget<'l> {
    pub(super) limits: &'l ArchiveLimits,
    members: usize,
    /// Bytes that may still be unpacked, and the limit that says so.
    bytes: u64,
    by: (&'static str, u64),
}

impl<'l> Budget<'l> {
    pub(super) fn new(limits: &'l ArchiveLimits, file: usize) -> Self {
        let by_ratio = (file as u64)
            .saturating_mul(limits.ratio)
            .saturating_add(limits.ratio_free);
        let (bytes, by) = match by_ratio < limits.total_bytes {
            true => (by_ratio, ("ratio", limits.ratio)),
            false => (limits.total_bytes, ("total_bytes", limits.total_bytes)),
        };
        Budget {
            limits,
            members: limits.members,
            bytes,
            by,
        }
    }

    /// How many bytes one member may unpack to now.
    pub(super) fn allowance(&self) -> u64 {
        self.bytes.min(self.limits.member_bytes)
    }

    /// Takes what was unpacked off.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes as u64);
    }

    /// Why no more than the allowance was unpacked.
    pub(super) fn reached(&self) -> String {
        match self.bytes < self.limits.member_bytes {
            true => said(self.by.0, self.by.1),
            false => said("member_bytes", self.limits.member_bytes),
        }
    }

    /// Counts a member, while there may be more.
    pub(super) fn member(&mut self) -> Result<(), String> {
        self.members = self
            .members
            .checked_sub(1)
            .ok_or_else(|| said("members", self.limits.members as u64))?;
        Ok(())
    }

    pub(super) fn depth(&self, depth: usize) -> Result<(), String> {
        match depth < self.limits.depth {
            true => Ok(()),
            false => Err(said("depth", self.limits.depth as u64)),
        }
    }
}

/// As the crate's errors say it.
pub(super) fn said(name: &str, limit: u64) -> String {
    format!("the limit `{name}` of {limit} is reached")
}
