//! One entry: where its bytes are, and what its two headers say of them.

use super::{
    cover::Cover,
    hides_in,
    record::{DESCRIBED, ENCRYPTED, Entry},
};
use crate::archive::{
    Doubt, Remark,
    member::printable,
    unpack::Packing,
    walk::{At, Promise, Walk, check},
};

/// An entry's bytes as they lie in the file, or not.
#[derive(Debug)]
pub(super) struct Found<'a> {
    name: &'a [u8],
    bytes: Option<&'a [u8]>,
    method: u16,
    encrypted: bool,
    promise: Promise,
    remarks: Vec<Remark>,
}

/// The entry of a directory, and its bytes behind its local header. `base` is how many bytes stand before the zip file.
pub(super) fn find<'a>(file: &'a [u8], entry: &Entry<'a>, base: usize, cover: &mut Cover) -> Found<'a> {
    let mut found = Found::new(entry);
    let offset = entry.offset.saturating_add(base as u64);
    let Some(local) = Entry::local(file, offset) else {
        found.say(Doubt::Damaged, "the directory names a place where no header is");
        return found;
    };
    found.compare(entry, &local);
    found.place(file, entry, &local, cover);
    found
}

/// An entry that has only its local header.
pub(super) fn orphan(file: &[u8], offset: usize) -> Option<Found<'_>> {
    let local = Entry::local(file, offset as u64)?;
    let mut found = Found::new(&local);
    found.say(Doubt::Disagreement, "the directory does not know it");
    if local.flags & DESCRIBED != 0 && local.packed == 0 {
        // How long it is stands behind it. The unpacker knows its end.
        found.promise = Promise::default();
        found.bytes = file.get(offset.checked_add(local.length)?..);
    } else {
        found.place(file, &local, &local, &mut Cover::default());
    }
    Some(found)
}

impl<'a> Found<'a> {
    fn new(entry: &Entry<'a>) -> Self {
        Found {
            name: entry.name,
            bytes: None,
            method: entry.method,
            encrypted: entry.flags & ENCRYPTED != 0,
            promise: Promise {
                size: Some(entry.size),
                crc: Some(entry.crc),
            },
            remarks: Vec::new(),
        }
    }

    pub(super) fn name(&self) -> &'a [u8] {
        self.name
    }

    fn say(&mut self, doubt: Doubt, text: impl Into<String>) {
        self.remarks.push(Remark::new(doubt, text));
    }

    /// What the two headers say differently.
    fn compare(&mut self, entry: &Entry<'_>, local: &Entry<'_>) {
        let mut differ = Vec::new();
        if entry.name != local.name {
            let text = format!("its own header calls it {}", printable(local.name));
            self.say(Doubt::Disagreement, text);
        }
        if entry.method != local.method {
            differ.push("the method");
        }
        if (entry.flags ^ local.flags) & (ENCRYPTED | DESCRIBED) != 0 {
            differ.push("the flags");
        }
        // What stands behind the bytes need not stand before them.
        let left_out = local.flags & DESCRIBED != 0;
        let differs = |said: u64, here: u64| said != here && !(left_out && here == 0);
        if differs(entry.size, local.size) || differs(entry.packed, local.packed) {
            differ.push("the size");
        }
        if differs(entry.crc.into(), local.crc.into()) {
            differ.push("the checksum");
        }
        if !differ.is_empty() {
            let text = format!("its own header and the directory disagree on {}", differ.join(" and "));
            self.say(Doubt::Disagreement, text);
        }
        // Info-ZIP's name in Unicode, which newer versions of Python's zipfile take.
        let other = entry.extra(0x7075).and_then(|field| field.get(5..));
        if let Some(other) = other.filter(|other| *other != entry.name) {
            let text = format!("it has another name for some readers, {}", printable(other));
            self.say(Doubt::Name, text);
        }
        if entry
            .extras()
            .chain(local.extras())
            .any(|(id, field)| hides_in(id, field))
        {
            self.say(Doubt::Unread, "an extra field of its header could be unpickled");
        }
        self.encrypted |= local.flags & ENCRYPTED != 0;
    }

    /// Finds the bytes behind the local header.
    fn place(&mut self, file: &'a [u8], entry: &Entry<'_>, local: &Entry<'_>, cover: &mut Cover) {
        let start = usize::try_from(local.offset).ok();
        let data = start.and_then(|start| start.checked_add(local.length));
        let packed = usize::try_from(entry.packed).ok();
        let end = data.zip(packed).and_then(|(data, packed)| data.checked_add(packed));
        let bytes = data.zip(end).and_then(|(data, end)| file.get(data..end));
        let (Some(bytes), Some(start), Some(end)) = (bytes, start, end) else {
            return self.say(Doubt::Damaged, "it reaches beyond the end of the file");
        };
        self.bytes = Some(bytes);
        let mut behind = end;
        if (entry.flags | local.flags) & DESCRIBED != 0 {
            match entry.descriptor(file.get(end..).unwrap_or_default()) {
                Some(length) => behind += length,
                None => self.say(
                    Doubt::Disagreement,
                    "what stands behind its bytes is not what the directory says",
                ),
            }
        }
        cover.add(start..behind);
    }

    pub(super) fn tell(mut self, walk: &mut Walk<'_>, mut at: At) {
        at.remarks.append(&mut self.remarks);
        let Some(bytes) = self.bytes else {
            return walk.tell(at, crate::archive::Kind::Refused, &[]);
        };
        if self.encrypted {
            at.remark(
                Doubt::Disagreement,
                "it is said to be encrypted, which some readers believe; read as if it were not",
            );
        }
        let packing = match self.method {
            0 => {
                if self.promise.size.is_some_and(|size| size != bytes.len() as u64) {
                    at.remark(Doubt::Disagreement, "it is not packed and yet has two sizes");
                }
                let judged = crate::archive::sniff::sniff(bytes, true, at.place);
                if judged.is_pickle() {
                    check(bytes, self.promise, &mut at);
                }
                return walk.plain(bytes, at, true);
            }
            8 => Packing::Deflate,
            12 => Packing::Bzip2,
            14 => return self.lzma(walk, bytes, at),
            method => {
                return walk.refuse(
                    at,
                    Doubt::Refused,
                    format!("packed by method {method}, which is not known"),
                );
            }
        };
        walk.packed(packing, bytes, at, self.promise);
    }

    /// lzma in zip has a header of its own: two bytes of version, two of length, five of properties.
    fn lzma(&self, walk: &mut Walk<'_>, bytes: &[u8], at: At) {
        let Some((properties, packed)) = bytes.get(4..).and_then(|bytes| bytes.split_first_chunk::<5>()) else {
            return walk.refuse(at, Doubt::Damaged, "it has no properties of lzma");
        };
        // The same header as in files of their own, with a size that is not known.
        let stream = [&properties[..], &[0xff; 8], packed].concat();
        walk.packed(Packing::Lzma, &stream, at, self.promise);
    }
}
