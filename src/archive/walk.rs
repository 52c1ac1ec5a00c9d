//! From bytes to members, and from members to what is in them.

use super::{
    ArchiveLimits, Doubt, Hole, Kind, Member, Remark, joblib, legacy,
    limits::Budget,
    member::printable,
    npy, seven,
    sniff::{HEAD, Place, import_of_text, is_pickle_too, sniff},
    tar,
    unpack::{Packing, Unpacker},
    zip,
};
use std::borrow::Cow;

/// One file on its way to the sink.
pub(super) struct Walk<'w> {
    pub(super) budget: Budget<'w>,
    sink: &'w mut dyn FnMut(Member<'_>),
    /// The members were too many: no more are told.
    full: bool,
}

/// A member that is looked at.
#[derive(Debug, Clone)]
pub(super) struct At {
    pub(super) path: String,
    pub(super) depth: usize,
    pub(super) place: Place,
    pub(super) remarks: Vec<Remark>,
}

impl At {
    pub(super) fn remark(&mut self, doubt: Doubt, text: impl Into<String>) {
        self.remarks.push(Remark::new(doubt, text));
    }

    /// Something in this member, one deeper.
    pub(super) fn inner(&self, name: &str) -> At {
        At {
            path: format!("{}!{}{name}", self.path, if name.is_empty() { "" } else { "/" }),
            depth: self.depth + 1,
            place: Place::Open,
            remarks: Vec::new(),
        }
    }
}

/// What a header says of what is unpacked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Promise {
    pub(super) size: Option<u64>,
    pub(super) crc: Option<u32>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(file: &[u8], limits: &'w ArchiveLimits, sink: &'w mut dyn FnMut(Member<'_>)) -> Self {
        Walk {
            budget: Budget::new(limits, file.len()),
            sink,
            full: false,
        }
    }

    pub(super) fn file(&mut self, bytes: &[u8], name: &str) {
        let at = At {
            path: name.to_owned(),
            depth: 0,
            place: Place::Open,
            remarks: Vec::new(),
        };
        self.plain(bytes, at, true);
    }

    /// Whether there may be no more members, which has been said then.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Tells a member.
    pub(super) fn tell(&mut self, at: At, kind: Kind, bytes: &[u8]) {
        self.tell_cut(at, kind, bytes, bytes, Vec::new());
    }

    /// Tells a member of which something was left out. In place of the first one that is too many, it is told that there
    /// are others.
    pub(super) fn tell_cut(&mut self, mut at: At, mut kind: Kind, mut bytes: &[u8], mut raw: &[u8], holes: Vec<Hole>) {
        if self.full {
            return;
        }
        if let Err(limit) = self.budget.member() {
            self.full = true;
            at.remarks = vec![Remark::new(Doubt::Limit, limit)];
            (kind, bytes, raw) = (Kind::Refused, &[], &[]);
        }
        (self.sink)(Member {
            path: at.path,
            kind,
            bytes: Cow::Borrowed(bytes),
            raw,
            holes,
            remarks: at.remarks,
        });
    }

    /// Tells a member whose bytes cannot be had.
    pub(super) fn refuse(&mut self, mut at: At, doubt: Doubt, why: impl Into<String>) {
        at.remark(doubt, why);
        self.tell(at, Kind::Refused, &[]);
    }

    /// Looks at bytes that lie open. `whole` is whether they are all of the member.
    pub(super) fn plain(&mut self, bytes: &[u8], mut at: At, whole: bool) {
        if self.full {
            return;
        }
        // If there is more, it was not worth unpacking, or a limit has kept it back, which is said: this is all there will be.
        let kind = sniff(bytes, true, at.place);
        let is_container = !matches!(kind, Kind::Empty | Kind::Data | Kind::Text | Kind::Pickle);
        if is_container && let Err(limit) = self.budget.depth(at.depth) {
            at.remark(Doubt::Limit, limit);
            return self.tell(at, kind, bytes);
        }
        // A zip file is found from its end, so that anything may stand before it.
        let hidden = match kind {
            Kind::Zip | Kind::Empty => None,
            _ if whole && zip::ends_here(bytes) => Some(at.inner("")),
            _ => None,
        };
        if hidden.is_some() {
            at.remark(
                Doubt::Disagreement,
                format!("{kind} by its beginning, and a zip file by its end"),
            );
        }
        let twofold = (is_container && is_pickle_too(kind, bytes)).then(|| at.inner("as a pickle"));
        if twofold.is_some() {
            at.remark(Doubt::Disagreement, format!("{kind}, and a pickle for an unpickler"));
        }
        if kind == Kind::Text
            && let Some((module, name)) = import_of_text(bytes)
        {
            let [module, name] = [module, name].map(|line| printable(shortened(line).as_bytes()));
            let text = format!(
                "a text by its looks; an unpickler takes two of its lines for the import of `{name}` from `{module}`, \
                 and fails behind them"
            );
            at.remark(Doubt::Import, text);
        }
        match kind {
            Kind::Zip => zip::walk(self, bytes, at),
            Kind::Tar => tar::walk(self, bytes, at),
            Kind::SevenZip => seven::walk(self, bytes, at),
            Kind::Npy => npy::walk(self, bytes, at, whole),
            Kind::Pickle => self.pickle(bytes, at),
            Kind::Zstd => {
                at.remark(Doubt::Refused, "packed by zstd, which is not unpacked here");
                self.tell(at, kind, bytes);
            }
            _ => match Packing::of(kind) {
                Some(packing) => {
                    let inner = at.inner("");
                    self.stream(packing, kind, bytes, at, inner);
                }
                None => self.tell(at, kind, bytes),
            },
        }
        if let Some(inner) = twofold {
            self.tell(inner, Kind::Pickle, bytes);
        }
        if let Some(inner) = hidden {
            match self.budget.depth(inner.depth) {
                Ok(()) => zip::walk(self, bytes, inner),
                Err(limit) => self.refuse(inner, Doubt::Limit, limit),
            }
        }
    }

    /// A file that is packed as a whole: what is odd about the packing is said of it, and its content is a member.
    fn stream(&mut self, packing: Packing, kind: Kind, bytes: &[u8], mut at: At, inner: At) {
        let packed = match bytes.strip_prefix(b"ZF0x") {
            None => bytes,
            Some(old) => old
                .get(17..)
                .map_or(&[][..], |old| old.strip_prefix(b" ").unwrap_or(old)),
        };
        let (packing, packed) = match packed {
            [0x1f, 0x8b, _, flags, ..] if packing == Packing::Gzip && flags & 0xe0 != 0 => {
                at.remark(
                    Doubt::Disagreement,
                    "a header of gzip that Python reads and others refuse",
                );
                (Packing::Deflate, behind_gzip_header(packed).unwrap_or_default())
            }
            _ => (packing, packed),
        };
        let mut unpacker = Unpacker::new(packing, packed);
        let whole = self.unpack(&mut unpacker, inner.place, &mut at);
        at.remarks.append(&mut unpacker.remarks);
        self.tell(at, kind, bytes);
        self.plain(&unpacker.bytes, inner, whole);
    }

    /// A member that is packed within an archive: what is odd about the packing is said of itself.
    pub(super) fn packed(&mut self, packing: Packing, bytes: &[u8], mut at: At, promise: Promise) {
        if self.full {
            return;
        }
        let mut unpacker = Unpacker::new(packing, bytes);
        let place = at.place;
        let whole = self.unpack(&mut unpacker, place, &mut at);
        at.remarks.append(&mut unpacker.remarks);
        if whole {
            check(&unpacker.bytes, promise, &mut at);
        }
        self.plain(&unpacker.bytes, at, whole);
    }

    /// Unpacks what is worth it, as far as the limits go; whether that is all of it.
    fn unpack(&mut self, unpacker: &mut Unpacker<'_>, place: Place, at: &mut At) -> bool {
        let allowance = self.budget.allowance();
        unpacker.fill(allowance.min(HEAD as u64));
        // Of a storage it is asked how long it is.
        let is_worth_it = place == Place::Numbers || sniff(&unpacker.bytes, false, place) != Kind::Data;
        if !unpacker.is_done() && is_worth_it {
            unpacker.fill(allowance);
            if !unpacker.is_done() {
                // It may just have been all.
                unpacker.fill(allowance.saturating_add(1));
                if unpacker.bytes.len() as u64 > allowance {
                    at.remark(Doubt::Limit, self.budget.reached());
                    unpacker.bytes.truncate(allowance as usize);
                }
            }
        }
        self.budget.spend(unpacker.bytes.len());
        unpacker.is_done()
    }

    /// A pickle of some kind.
    fn pickle(&mut self, bytes: &[u8], mut at: At) {
        if legacy::is_torch(bytes) {
            return legacy::walk(self, bytes, at);
        }
        if joblib::may_be(bytes) {
            match joblib::cut(bytes) {
                Ok(None) => {}
                Ok(Some(cut)) => return self.joblib(&cut, bytes, at),
                Err(why) => at.remark(Doubt::Damaged, why),
            }
        }
        self.tell(at, Kind::Pickle, bytes);
    }

    fn joblib(&mut self, cut: &joblib::Cut, bytes: &[u8], at: At) {
        let inner: Vec<(At, &[u8])> = cut
            .nested
            .iter()
            .map(|range| {
                let nested = bytes.get(range.clone()).unwrap_or_default();
                (at.inner(&format!("array at {}", range.start)), nested)
            })
            .collect();
        let (rest, holes) = without(bytes, &cut.holes);
        self.tell_cut(at, Kind::Joblib, &rest, bytes, holes);
        for (at, nested) in inner {
            self.tell(at, Kind::Pickle, nested);
        }
    }
}

/// As much of a line as is shown.
fn shortened(line: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = line.chars().take(SHOWN).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    shown
}

/// What stands behind a header of gzip, as Python reads it: extra field, name, comment and checksum by their flags.
fn behind_gzip_header(bytes: &[u8]) -> Option<&[u8]> {
    let flags = *bytes.get(3)?;
    let mut rest = bytes.get(10..)?;
    if flags & 4 != 0 {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        rest = behind.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            rest = rest.get(memchr::memchr(0, rest)? + 1..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

/// Bytes without some ranges, which are in order and apart.
pub(super) fn without(bytes: &[u8], ranges: &[std::ops::Range<usize>]) -> (Vec<u8>, Vec<Hole>) {
    let mut kept = Vec::new();
    let mut holes = Vec::new();
    let mut from = 0;
    for range in ranges {
        kept.extend_from_slice(bytes.get(from..range.start).unwrap_or_default());
        holes.push(Hole {
            at: kept.len(),
            length: range.len(),
        });
        from = range.end;
    }
    kept.extend_from_slice(bytes.get(from..).unwrap_or_default());
    (kept, holes)
}

/// Holds what was unpacked to what a header says.
pub(super) fn check(bytes: &[u8], promise: Promise, at: &mut At) {
    if let Some(size) = promise.size
        && size != bytes.len() as u64
    {
        let text = format!("{} bytes, where a header says {size}", bytes.len());
        at.remark(Doubt::Disagreement, text);
    }
    if let Some(crc) = promise.crc
        && crc != crc32fast::hash(bytes)
    {
        at.remark(Doubt::Checksum, "its checksum is not the one in its header");
    }
}
