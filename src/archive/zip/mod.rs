//! zip files, in the readings of their readers.
//!
//! Python's `zipfile` minds what PyTorch's reader (miniz) does not: the flag of encryption, checksums, a name that differs
//! between a header and the directory. Files that one opens and the other refuses are how malware is got past scanners that
//! use `zipfile` (CVE-2025-1944, CVE-2025-1945, CVE-2025-10156). So each entry is read wherever any reader would find it,
//! and each disagreement is told. That is also why no zip library reads them here: all take one reading.

mod cover;
mod entry;
pub(super) mod record;

use super::{
    Doubt, Kind,
    member::printable,
    sniff::{Place, sniff},
    walk::{At, Walk},
};
use cover::Cover;
use entry::{Found, find, orphan};
use record::{CENTRAL, End, Entry};
use std::{borrow::Cow, collections::HashSet};

/// Whether there is a zip file at the end of these bytes.
pub(super) fn ends_here(bytes: &[u8]) -> bool {
    record::end(bytes).is_some_and(|end| directory(bytes, &end).is_some())
}

/// Where the directory starts, and how many bytes stand before the zip file.
fn directory(file: &[u8], end: &End) -> Option<(usize, usize)> {
    let starts = |at: usize| file.get(at..).is_some_and(|bytes| bytes.starts_with(&CENTRAL)) || end.entries == 0;
    let said = usize::try_from(end.directory_offset).ok()?;
    let size = usize::try_from(end.directory_size).ok()?;
    let fits = |at: usize| at.checked_add(size).is_some_and(|behind| behind <= end.start);
    if fits(said) && starts(said) {
        return Some((said, 0));
    }
    // As Python has it: the directory stands right before its end, and all before it is moved as much.
    let found = end.start.checked_sub(size)?;
    (starts(found) && found >= said).then(|| (found, found - said))
}

/// Tells a zip file and its entries.
pub(super) fn walk(walk: &mut Walk<'_>, file: &[u8], mut at: At) {
    let mut cover = Cover::default();
    let mut entries = Vec::new();
    let mut base = 0;
    match record::end(file).and_then(|end| Some((directory(file, &end)?, end))) {
        Some(((start, before), end)) => {
            base = before;
            if before > 0 {
                at.remark(Doubt::Unread, format!("{before} bytes stand before the zip file"));
                cover.add(0..before);
            }
            entries = read_directory(walk, file, start, &end, &mut at, &mut cover);
        }
        None => at.remark(Doubt::Damaged, "a zip file without a directory"),
    }
    let torch = torch(&entries);
    same_names(&entries, torch.is_some(), &mut at);
    if let Some(folder) = torch
        && entries.iter().any(|entry| is_script(entry, folder))
    {
        at.remark(
            Doubt::Refused,
            "TorchScript, whose code torch.jit.load runs and which is not looked into",
        );
    }
    let mut found: Vec<Found<'_>> = entries
        .iter()
        .map(|entry| find(file, entry, base, &mut cover))
        .collect();
    // What the headers of the entries leave over is said of the zip file, so its entries come after it.
    let hidden = cover.gaps(file, &mut at);
    found.extend(hidden.into_iter().filter_map(|offset| orphan(file, offset)));
    let inner: Vec<At> = found.iter().map(|found| inner(&at, found.name(), torch)).collect();
    let kind = if torch.is_some() { Kind::Torch } else { Kind::Zip };
    walk.tell(at, kind, file);
    for (at, found) in inner.into_iter().zip(found) {
        if walk.is_full() {
            return;
        }
        found.tell(walk, at);
    }
}

/// An entry by its name.
fn inner(at: &At, name: &[u8], torch: Option<&[u8]>) -> At {
    let mut inner = at.inner(&printable(name));
    let behind = torch.and_then(|folder| name.strip_prefix(folder));
    if behind.is_some_and(|name| name.starts_with(b"data/") || name.starts_with(b"constants/")) {
        inner.place = Place::Numbers;
    }
    if let Some(why) = odd_name(name) {
        inner.remark(Doubt::Name, why);
    }
    inner
}

/// Why a name could lead an unpacking program, or one reader of two, elsewhere.
pub(super) fn odd_name(name: &[u8]) -> Option<&'static str> {
    let parts = || name.split(|byte| matches!(byte, b'/' | b'\\'));
    if name.is_empty() {
        return Some("it has no name");
    }
    if name.contains(&0) {
        return Some("its name holds a NUL, where some readers end it");
    }
    if matches!(name, [b'/' | b'\\', ..]) || matches!(name, [drive, b':', ..] if drive.is_ascii_alphabetic()) {
        return Some("its name leads to the root");
    }
    if parts().any(|part| part == b"..") {
        return Some("its name leads out of its folder");
    }
    None
}

/// The folder of a file that torch wrote: where data.pkl is.
fn torch<'a>(entries: &[Entry<'a>]) -> Option<&'a [u8]> {
    let mut folders = entries.iter().filter_map(|entry| entry.name.strip_suffix(b"data.pkl"));
    folders.find(|folder| folder.ends_with(b"/"))
}

/// Whether it is code of TorchScript, beside data.pkl.
fn is_script(entry: &Entry<'_>, folder: &[u8]) -> bool {
    (entry.name.strip_prefix(folder)).is_some_and(|name| name.starts_with(b"code/") && name.ends_with(b".py"))
}

/// Whether bytes that a zip file keeps beside its entries are more than a word: what hides there was put there.
pub(super) fn hides(bytes: &[u8]) -> bool {
    !matches!(sniff(bytes, true, Place::Numbers), Kind::Data | Kind::Empty)
}

/// The same of an extra field. Sizes, times and owners are numbers, which may happen to be opcodes.
pub(super) fn hides_in(id: u16, field: &[u8]) -> bool {
    const NUMBERS: [u16; 4] = [0x0001, 0x000a, 0x5455, 0x7875];
    !NUMBERS.contains(&id) && hides(field)
}

/// Two entries of one name: one reader takes the first, another the last. To PyTorch, capitals and small letters are the
/// same.
fn same_names(entries: &[Entry<'_>], torch: bool, at: &mut At) {
    let mut names = HashSet::new();
    let twice = entries.iter().find(|entry| match torch {
        true => !names.insert(Cow::Owned(entry.name.to_ascii_lowercase())),
        false => !names.insert(Cow::Borrowed(entry.name)),
    });
    if let Some(entry) = twice {
        let text = format!("two entries have the name {}", printable(entry.name));
        at.remark(Doubt::Disagreement, text);
    }
}

/// The records of the directory.
fn read_directory<'a>(
    walk: &Walk<'_>,
    file: &'a [u8],
    start: usize,
    end: &End,
    at: &mut At,
    cover: &mut Cover,
) -> Vec<Entry<'a>> {
    let limits = walk.budget.limits;
    let mut entries = Vec::new();
    let mut place = start;
    while let Some(entry) = file.get(place..end.start).and_then(Entry::central) {
        let too_long = (place - start) as u64 > limits.directory_bytes;
        if entries.len() >= limits.members || too_long {
            let (name, limit) = match too_long {
                true => ("directory_bytes", limits.directory_bytes),
                false => ("members", limits.members as u64),
            };
            at.remark(Doubt::Limit, super::limits::said(name, limit));
            break;
        }
        place += entry.length;
        entries.push(entry);
    }
    if entries.len() as u64 != end.entries {
        let text = format!("{} entries, where the end says {}", entries.len(), end.entries);
        at.remark(Doubt::Disagreement, text);
    }
    if place as u64 - start as u64 != end.directory_size {
        at.remark(Doubt::Disagreement, "the directory is not as long as the end says");
    }
    if end.disagrees {
        at.remark(Doubt::Disagreement, "the records at the end disagree");
    }
    if end.end + end.comment != file.len() {
        let text = match end.end + end.comment > file.len() {
            true => "its comment is cut",
            false => "bytes stand behind its end",
        };
        at.remark(Doubt::Unread, text);
    }
    if end.comment > 0 {
        at.remark(Doubt::Note, format!("it has a comment of {} bytes", end.comment));
    }
    if hides(file.get(end.end..).unwrap_or_default()) {
        at.remark(Doubt::Unread, "what stands behind its end could be unpickled");
    }
    cover.add(start..place);
    cover.add(end.start..file.len());
    entries
}
