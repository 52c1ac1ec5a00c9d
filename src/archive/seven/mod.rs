//! 7z archives.
//!
//! The crates that read them allocate what headers claim, so the headers are read here, and what is packed is left to the
//! crates of its methods. Read are chains of coders with one input and one output, which is all that programs write by
//! default for what is no program.

mod folder;
mod header;

use super::{
    Doubt, Kind,
    member::printable,
    sniff::{HEAD, sniff},
    walk::{At, Walk},
    zip::{odd_name, record::Cursor},
};
use folder::Folder;
use header::{Archive, Sub};
use std::io::Read;

/// Bytes of the header at the start.
const START: usize = 32;

/// Tells an archive and its files.
pub(super) fn walk(walk: &mut Walk<'_>, file: &[u8], mut at: At) {
    let archive = read(walk, file, &mut at);
    let archive = match archive {
        Ok(archive) => archive,
        Err(why) => {
            at.remark(why.0, why.1);
            return walk.tell(at, Kind::SevenZip, file);
        }
    };
    let inner = at.clone();
    walk.tell(at, Kind::SevenZip, file);
    let mut streams = archive.files.iter();
    for folder in &archive.folders {
        let subs = &folder.subs;
        let mut source = folder.open(file);
        for sub in subs {
            let name = streams.next().map_or("", String::as_str);
            if walk.is_full() {
                return;
            }
            let mut at = inner.inner(&printable(name.as_bytes()));
            if let Some(why) = odd_name(name.as_bytes()) {
                at.remark(Doubt::Name, why);
            }
            match &mut source {
                Ok(source) => member(walk, source, sub, at),
                Err(why) => walk.refuse(at, Doubt::Refused, why.clone()),
            }
        }
    }
}

/// Unpacks a file of a folder, which begins where the one before ended.
fn member(walk: &mut Walk<'_>, source: &mut dyn Read, sub: &Sub, mut at: At) {
    let mut bytes = Vec::new();
    let mut fill = |bytes: &mut Vec<u8>, upto: u64| -> Result<(), String> {
        let wanted = upto.saturating_sub(bytes.len() as u64);
        let read = source
            .take(wanted)
            .read_to_end(bytes)
            .map_err(|error| error.to_string())?;
        match read as u64 == wanted {
            true => Ok(()),
            false => Err("it ends too early".to_owned()),
        }
    };
    let allowance = walk.budget.allowance();
    let most = sub.size.min(allowance);
    let mut done = fill(&mut bytes, most.min(HEAD as u64));
    let is_data = sub.size > bytes.len() as u64 && sniff(&bytes, false, at.place) == Kind::Data;
    let mut skipped = 0;
    if done.is_ok() && !is_data {
        done = fill(&mut bytes, most);
    } else if done.is_ok() {
        // What comes next starts behind it.
        let mut scratch = std::io::sink();
        let wanted = most - bytes.len() as u64;
        skipped = std::io::copy(&mut source.take(wanted), &mut scratch).unwrap_or(0);
        if skipped < wanted {
            done = Err("it ends too early".to_owned());
        }
    }
    walk.budget.spend(bytes.len().saturating_add(skipped as usize));
    let whole = bytes.len() as u64 == sub.size;
    if let Err(why) = done {
        at.remark(Doubt::Damaged, format!("cannot be unpacked: {why}"));
    } else if bytes.len() as u64 + skipped < sub.size {
        at.remark(Doubt::Limit, walk.budget.reached());
    } else if whole && sub.crc.is_some_and(|crc| crc != crc32fast::hash(&bytes)) {
        at.remark(Doubt::Checksum, "its checksum is not the one in the header");
    }
    walk.plain(&bytes, at, whole);
}

type Refusal = (Doubt, String);

fn damaged(what: &str) -> Refusal {
    (Doubt::Damaged, what.to_owned())
}

/// Reads the header at the end, unpacks it where it is packed, and says what is odd about the file.
fn read(walk: &mut Walk<'_>, file: &[u8], at: &mut At) -> Result<Archive, Refusal> {
    let short = || damaged("it ends too early");
    let mut start = Cursor(file.get(8..START).ok_or_else(short)?);
    let crc = start.u32().ok_or_else(short)?;
    if crc != crc32fast::hash(start.0) {
        at.remark(Doubt::Checksum, "the checksum of its first header is wrong");
    }
    let (offset, size, crc) = (start.u64(), start.u64(), start.u32());
    let (offset, size, crc) = (
        offset.ok_or_else(short)?,
        size.ok_or_else(short)?,
        crc.ok_or_else(short)?,
    );
    let range = || {
        let start = START.checked_add(usize::try_from(offset).ok()?)?;
        Some(start..start.checked_add(usize::try_from(size).ok()?)?)
    };
    let range = range().filter(|range| range.end <= file.len());
    let range = range.ok_or_else(|| damaged("its header lies outside of it"))?;
    if range.end < file.len() {
        at.remark(
            Doubt::Unread,
            format!("{} bytes stand behind its end", file.len() - range.end),
        );
    }
    let bytes = file.get(range).unwrap_or_default();
    if bytes.is_empty() {
        return Ok(Archive::default());
    }
    if crc != crc32fast::hash(bytes) {
        at.remark(Doubt::Checksum, "the checksum of its header is wrong");
    }
    let mut bytes = bytes.to_vec();
    // A header that is packed may hold one that is packed.
    for _ in 0..4 {
        let broken = || damaged("its header breaks the rules");
        if bytes.first() != Some(&header::PACKED) {
            let archive = Archive::parse(&bytes).ok_or_else(broken)?;
            return Ok(archive);
        }
        let folders = header::streams(bytes.get(1..).unwrap_or_default()).ok_or_else(broken)?;
        let [folder] = folders.as_slice() else {
            return Err(broken());
        };
        bytes = unpacked(walk, file, folder)?;
    }
    Err(damaged("its header is packed again and again"))
}

/// A header that is packed.
fn unpacked(walk: &mut Walk<'_>, file: &[u8], folder: &Folder) -> Result<Vec<u8>, Refusal> {
    let limit = walk.budget.limits.directory_bytes;
    if folder.size > limit {
        return Err((Doubt::Limit, super::limits::said("directory_bytes", limit)));
    }
    if folder.size > walk.budget.allowance() {
        return Err((Doubt::Limit, walk.budget.reached()));
    }
    let mut source = folder.open(file).map_err(|why| (Doubt::Refused, why))?;
    let mut bytes = Vec::new();
    let read = (&mut source).take(folder.size).read_to_end(&mut bytes);
    walk.budget.spend(bytes.len());
    match read {
        Ok(_) if bytes.len() as u64 == folder.size => Ok(bytes),
        _ => Err(damaged("its header cannot be unpacked")),
    }
}
