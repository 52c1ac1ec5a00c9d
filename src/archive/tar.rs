//! tar archives.

use super::{
    Doubt, Kind,
    member::printable,
    walk::{At, Walk},
    zip::odd_name,
};
use std::io::Cursor;
use tar::{Archive, EntryType};

const BLOCK: usize = 512;

/// Whether a header of tar stands here: the magic of POSIX and GNU, or the checksum of those before them.
pub(super) fn is_header(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<BLOCK>() else {
        return false;
    };
    // Most files have no number there.
    let Some(said) = said_sum(&header[148..156]) else {
        return false;
    };
    let bytes = || header.iter().enumerate().filter(|(at, _)| !(148..156).contains(at));
    let unsigned: i64 = bytes().map(|(_, byte)| i64::from(*byte)).sum();
    let signed: i64 = bytes().map(|(_, byte)| i64::from(byte.cast_signed())).sum();
    let spaces = 8 * i64::from(b' ');
    said == unsigned + spaces || said == signed + spaces
}

/// The checksum in a header, however a reader may take it: octal, of which Python skips spaces, a plus, `0o` and
/// underscores (`nti` in Lib/tarfile.py), or in base 256.
fn said_sum(field: &[u8]) -> Option<i64> {
    if let [0x80, number @ ..] = field {
        return Some(number.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte)));
    }
    let digits = field
        .iter()
        .take_while(|byte| **byte != 0)
        .filter(|byte| (b'0'..=b'7').contains(byte));
    digits.fold(None, |sum, digit| Some(sum.unwrap_or(0) * 8 + i64::from(digit - b'0')))
}

/// Tells an archive and its files. Their names and sizes are those that the long forms of GNU and pax give them.
pub(super) fn walk(walk: &mut Walk<'_>, file: &[u8], mut at: At) {
    let (files, end) = files(walk, file, &mut at);
    let rest = file.get(end..).unwrap_or_default();
    if let Some(first) = rest.iter().position(|byte| *byte != 0) {
        let text = format!("{} bytes from byte {} on belong to no file", rest.len(), end + first);
        at.remark(Doubt::Unread, text);
    }
    let legacy = super::legacy::is_torch_tar(files.iter().map(|(at, _)| at.path.as_str()));
    let files: Vec<(String, At, Option<&[u8]>)> = files
        .into_iter()
        .map(|(mut file, bytes)| {
            let name = std::mem::take(&mut file.path);
            let inner = at.inner(&name);
            file.path = inner.path;
            (name, file, bytes)
        })
        .collect();
    walk.tell(at, Kind::Tar, file);
    for (name, at, bytes) in files {
        match bytes {
            _ if walk.is_full() => return,
            None => walk.tell(at, Kind::Link, &[]),
            Some(bytes) if legacy => super::legacy::torch_tar(walk, &name, bytes, at),
            Some(bytes) => walk.plain(bytes, at, true),
        }
    }
}

/// A file as a member whose path is its name, with its bytes, if it has any.
type File<'a> = (At, Option<&'a [u8]>);

/// The files by name, with their bytes, and where the last one ends.
fn files<'a>(walk: &Walk<'_>, file: &'a [u8], at: &mut At) -> (Vec<File<'a>>, usize) {
    let limits = walk.budget.limits;
    let mut files = Vec::new();
    let mut end = 0;
    let mut archive = Archive::new(Cursor::new(file));
    let entries = match archive.entries_with_seek() {
        Ok(entries) => entries,
        Err(error) => {
            at.remark(Doubt::Damaged, error.to_string());
            return (files, end);
        }
    };
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                at.remark(Doubt::Damaged, printable(error.to_string().as_bytes()));
                break;
            }
        };
        if files.len() >= limits.members {
            at.remark(Doubt::Limit, super::limits::said("members", limits.members as u64));
            end = file.len();
            break;
        }
        let start = usize::try_from(entry.raw_file_position()).unwrap_or(file.len());
        let size = usize::try_from(entry.size()).unwrap_or(usize::MAX);
        let name = entry.path_bytes();
        let mut inner = At {
            path: printable(&name),
            depth: at.depth + 1,
            place: super::sniff::Place::Open,
            remarks: Vec::new(),
        };
        if let Some(why) = odd_name(&name) {
            inner.remark(Doubt::Name, why);
        }
        drop(name);
        if is_sparse(&mut entry) {
            inner.remark(Doubt::Refused, "a sparse file, whose bytes some readers put elsewhere");
        }
        let header = entry.header();
        if header.entry_size().is_ok_and(|said| said != size as u64) && !header.entry_type().is_gnu_sparse() {
            inner.remark(
                Doubt::Disagreement,
                "its header and an extension of it disagree on its size",
            );
        }
        let stop = start.saturating_add(size);
        if moves_files(header.entry_type(), file.get(start..stop).unwrap_or_default()) {
            let text = "a pax header in front of other headers, which says where some readers find the next file";
            inner.remark(Doubt::Disagreement, text);
        }
        end = stop.saturating_add(BLOCK - 1) / BLOCK * BLOCK;
        let has_no_bytes = matches!(
            header.entry_type(),
            EntryType::Directory
                | EntryType::Link
                | EntryType::Symlink
                | EntryType::Fifo
                | EntryType::Char
                | EntryType::Block
        );
        if has_no_bytes && size > 0 {
            let text = "bytes stand behind what is no file, where some readers find the next header";
            inner.remark(Doubt::Disagreement, text);
        }
        let bytes = match header.entry_type() {
            EntryType::Directory | EntryType::Fifo | EntryType::Char | EntryType::Block => None,
            EntryType::Link | EntryType::Symlink => {
                let target = entry.link_name_bytes().unwrap_or_default();
                if let Some(why) = odd_name(&target) {
                    let text = format!("a link to {}: {why}", printable(&target));
                    inner.remark(Doubt::Name, text);
                }
                None
            }
            EntryType::GNUSparse => {
                inner.remark(Doubt::Refused, "a sparse file, which has its bytes elsewhere");
                None
            }
            _ => match file.get(start..stop) {
                Some(bytes) => Some(bytes),
                None => {
                    inner.remark(Doubt::Damaged, "it reaches beyond the end of the archive");
                    file.get(start..)
                }
            },
        };
        files.push((inner, bytes));
    }
    (files, end.min(file.len()))
}

/// Whether it is a header of pax that some readers go by and others do not: that of Solaris, or one for all files that is
/// about more than times, owners and names.
fn moves_files(kind: EntryType, bytes: &[u8]) -> bool {
    let is_of_size = |key: &[u8]| key == b"size" || key.starts_with(b"GNU.sparse");
    let mut said = tar::PaxExtensions::new(bytes).flatten();
    match kind {
        EntryType::XGlobalHeader => said.any(|extension| is_of_size(extension.key_bytes())),
        kind => kind.as_byte() == b'X',
    }
}

/// Whether pax headers say that a file is written without its zeros: a map of its parts stands in them, or before its bytes.
fn is_sparse<R: std::io::Read>(entry: &mut tar::Entry<'_, R>) -> bool {
    let extensions = entry.pax_extensions().ok().flatten();
    let mut keys = extensions.into_iter().flatten().flatten();
    keys.any(|extension| extension.key_bytes().starts_with(b"GNU.sparse"))
}
