//! The records of zip files, each with a parser. Numbers are little-endian (APPNOTE 4.3).

/// Takes numbers and runs of bytes off a slice.
#[derive(Debug, Clone, Copy)]
pub(in crate::archive) struct Cursor<'a>(pub(in crate::archive) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(in crate::archive) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(in crate::archive) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(in crate::archive) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(in crate::archive) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(in crate::archive) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

pub(super) const LOCAL: [u8; 4] = *b"PK\x03\x04";
pub(super) const CENTRAL: [u8; 4] = *b"PK\x01\x02";
pub(super) const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// The sizes of the records without names and the like.
pub(super) const LOCAL_SIZE: usize = 30;
const CENTRAL_SIZE: usize = 46;
pub(super) const END_SIZE: usize = 22;
const LOCATOR_SIZE: usize = 20;
const END_64_SIZE: usize = 56;

/// A value of a field that says that the true one is in the zip64 extra field.
const MORE: u32 = u32::MAX;

/// What both headers of an entry say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a [u8],
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) extra: &'a [u8],
    /// Where its local header is: by the directory, or of that header itself.
    pub(super) offset: u64,
    /// Bytes of this record.
    pub(super) length: usize,
}

pub(super) const ENCRYPTED: u16 = 1;
pub(super) const DESCRIBED: u16 = 8;

impl<'a> Entry<'a> {
    /// The record of a directory at the start of `bytes`.
    pub(super) fn central(bytes: &'a [u8]) -> Option<Self> {
        let mut at = Cursor(bytes.strip_prefix(&CENTRAL)?);
        at.take(4)?;
        let (flags, method, _, crc, packed, size) = (at.u16()?, at.u16()?, at.u32()?, at.u32()?, at.u32()?, at.u32()?);
        let lengths = [at.u16()?, at.u16()?, at.u16()?].map(usize::from);
        at.take(8)?;
        let offset = at.u32()?;
        let (name, extra, _) = (at.take(lengths[0])?, at.take(lengths[1])?, at.take(lengths[2])?);
        let mut entry = Entry {
            name,
            flags,
            method,
            crc,
            packed: packed.into(),
            size: size.into(),
            extra,
            offset: offset.into(),
            length: CENTRAL_SIZE + lengths.iter().sum::<usize>(),
        };
        entry.widen(packed == MORE, size == MORE, offset == MORE);
        Some(entry)
    }

    /// The header before an entry's bytes, at byte `offset` of the file.
    pub(super) fn local(file: &'a [u8], offset: u64) -> Option<Self> {
        let bytes = file.get(usize::try_from(offset).ok()?..)?;
        let mut at = Cursor(bytes.strip_prefix(&LOCAL)?);
        at.take(2)?;
        let (flags, method, _, crc, packed, size) = (at.u16()?, at.u16()?, at.u32()?, at.u32()?, at.u32()?, at.u32()?);
        let lengths = [at.u16()?, at.u16()?].map(usize::from);
        let (name, extra) = (at.take(lengths[0])?, at.take(lengths[1])?);
        let mut entry = Entry {
            name,
            flags,
            method,
            crc,
            packed: packed.into(),
            size: size.into(),
            extra,
            offset,
            length: LOCAL_SIZE + lengths.iter().sum::<usize>(),
        };
        entry.widen(packed == MORE, size == MORE, false);
        Some(entry)
    }

    /// Puts in what the zip64 extra field says, in its fixed order.
    fn widen(&mut self, packed: bool, size: bool, offset: bool) {
        let Some(field) = self.extra(1) else { return };
        let mut at = Cursor(field);
        for (wanted, value) in [
            (size, &mut self.size),
            (packed, &mut self.packed),
            (offset, &mut self.offset),
        ] {
            if wanted && let Some(wide) = at.u64() {
                *value = wide;
            }
        }
    }

    /// An extra field by its id.
    pub(super) fn extra(&self, id: u16) -> Option<&'a [u8]> {
        self.extras().find_map(|(found, field)| (found == id).then_some(field))
    }

    /// The extra fields, each with its id.
    pub(super) fn extras(&self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut at = Cursor(self.extra);
        std::iter::from_fn(move || {
            let (id, length) = (at.u16()?, at.u16()?);
            Some((id, at.take(length.into())?))
        })
    }

    /// The record behind an entry's bytes that says what its header could not, with its length.
    pub(super) fn descriptor(&self, bytes: &[u8]) -> Option<usize> {
        let signed = bytes.strip_prefix(&DESCRIPTOR);
        let mut found = [(signed, 4), (Some(bytes), 0)]
            .into_iter()
            .filter_map(|(bytes, before)| {
                let bytes = bytes?;
                let narrow = || {
                    let mut at = Cursor(bytes);
                    Some((at.u32()?, u64::from(at.u32()?), u64::from(at.u32()?), 12))
                };
                let wide = || {
                    let mut at = Cursor(bytes);
                    Some((at.u32()?, at.u64()?, at.u64()?, 20))
                };
                [wide(), narrow()]
                    .into_iter()
                    .flatten()
                    .find(|(crc, packed, size, _)| (*crc, *packed, *size) == (self.crc, self.packed, self.size))
                    .map(|(.., length)| before + length)
            });
        found.next()
    }
}

/// The records at the end of a zip file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// Where the first of them is.
    pub(super) start: usize,
    /// Where the last of them ends.
    pub(super) end: usize,
    pub(super) entries: u64,
    pub(super) directory_size: u64,
    pub(super) directory_offset: u64,
    /// Bytes of the comment, as the record says.
    pub(super) comment: usize,
    /// The two records of zip64 that say where the directory is do not agree.
    pub(super) disagrees: bool,
}

/// Finds the end records, as Python's `zipfile` does: the last one within the longest comment of the end.
pub(super) fn end(file: &[u8]) -> Option<End> {
    let from = file.len().saturating_sub(END_SIZE + usize::from(u16::MAX));
    let tail = file.get(from..)?;
    let place = from + memchr::memmem::rfind(tail, &END)?;
    let mut at = Cursor(file.get(place + END.len()..)?);
    let (disk, first, here) = (at.u16()?, at.u16()?, at.u16()?);
    let (entries, size, offset, comment) = (at.u16()?, at.u32()?, at.u32()?, at.u16()?);
    let mut end = End {
        start: place,
        end: place + END_SIZE,
        entries: entries.into(),
        directory_size: size.into(),
        directory_offset: offset.into(),
        comment: comment.into(),
        disagrees: disk != 0 || first != 0 || here != entries,
    };
    if let Some((wide, start)) = end_64(file, place) {
        let narrow = |value: u64, narrow: u32| narrow != MORE && u64::from(narrow) != value;
        end.disagrees |= wide.disagrees
            || narrow(wide.directory_size, size)
            || narrow(wide.directory_offset, offset)
            || (entries != u16::MAX && u64::from(entries) != wide.entries);
        end.start = start;
        (end.entries, end.directory_size) = (wide.entries, wide.directory_size);
        end.directory_offset = wide.directory_offset;
    }
    Some(end)
}

/// The zip64 records before the end record at `place`.
fn end_64(file: &[u8], place: usize) -> Option<(End, usize)> {
    let locator = place.checked_sub(LOCATOR_SIZE)?;
    let mut at = Cursor(file.get(locator..place)?.strip_prefix(&LOCATOR_64)?);
    at.u32()?;
    let said = at.u64()?;
    // Python takes the record right before the locator, PyTorch's reader the one that the locator names.
    let before = locator.checked_sub(END_64_SIZE);
    let read = |start: usize| {
        let mut at = Cursor(file.get(start..)?.strip_prefix(&END_64)?);
        let length = at.u64()?;
        at.take(12)?;
        let (here, entries, size, offset) = (at.u64()?, at.u64()?, at.u64()?, at.u64()?);
        Some(End {
            start,
            end: start,
            entries,
            directory_size: size,
            directory_offset: offset,
            comment: 0,
            disagrees: here != entries || length != END_64_SIZE as u64 - 12 || said != start as u64,
        })
    };
    let found = before.and_then(read).or_else(|| read(usize::try_from(said).ok()?))?;
    let start = found.start;
    Some((found, start))
}
