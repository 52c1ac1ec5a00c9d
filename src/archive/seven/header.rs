//! The header of 7z archives: which streams there are, how they are packed, and the files in them.

use super::{super::zip::record::Cursor, folder::Folder};

/// What a header begins with that is packed itself.
pub(super) const PACKED: u8 = 0x17;

/// An archive's content.
#[derive(Debug, Default)]
pub(super) struct Archive {
    pub(super) folders: Vec<Folder>,
    /// The names of the files that have bytes, in order.
    pub(super) files: Vec<String>,
}

/// One file's part of what a folder unpacks to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sub {
    pub(super) size: u64,
    pub(super) crc: Option<u32>,
}

/// The header's own numbers, of one to nine bytes.
fn number(at: &mut Cursor<'_>) -> Option<u64> {
    let first = at.u8()?;
    let mut value = 0u64;
    for byte in 0..8 {
        let mask = 0x80u8 >> byte;
        if first & mask == 0 {
            let high = u64::from(first & mask.wrapping_sub(1));
            return Some(value | high << (8 * byte));
        }
        value |= u64::from(at.u8()?) << (8 * byte);
    }
    Some(value)
}

/// A number of things of which each takes at least a byte, or a bit.
fn count(at: &mut Cursor<'_>, each_has_a_byte: bool) -> Option<usize> {
    let count = usize::try_from(number(at)?).ok()?;
    let most = if each_has_a_byte {
        at.0.len()
    } else {
        at.0.len().checked_mul(8)?
    };
    (count <= most).then_some(count)
}

fn bits(at: &mut Cursor<'_>, count: usize) -> Option<Vec<bool>> {
    let bytes = at.take(count.div_ceil(8))?;
    let bit = |index: usize| {
        bytes
            .get(index / 8)
            .is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
    };
    Some((0..count).map(bit).collect())
}

/// Checksums, of which some may be missing.
fn digests(at: &mut Cursor<'_>, count: usize) -> Option<Vec<Option<u32>>> {
    let there = match at.u8()? {
        0 => bits(at, count)?,
        _ if count <= at.0.len() => vec![true; count],
        _ => return None,
    };
    there
        .into_iter()
        .map(|there| if there { at.u32().map(Some) } else { Some(None) })
        .collect()
}

/// The folders of a list of streams.
pub(super) fn streams(bytes: &[u8]) -> Option<Vec<Folder>> {
    read_streams(&mut Cursor(bytes))
}

fn read_streams(at: &mut Cursor<'_>) -> Option<Vec<Folder>> {
    let (mut start, mut sizes, mut folders) = (0, Vec::new(), Vec::new());
    let mut divided = false;
    loop {
        match at.u8()? {
            0 => break,
            6 => {
                start = number(at)?;
                sizes = packed_sizes(at)?;
            }
            7 => folders = read_folders(at)?,
            8 => {
                divide(at, &mut folders)?;
                divided = true;
            }
            _ => return None,
        }
    }
    if !divided {
        folders.iter_mut().for_each(Folder::whole);
    }
    let mut sizes = sizes.into_iter();
    let mut offset = usize::try_from(start).ok()?.checked_add(super::START)?;
    for folder in &mut folders {
        for input in 0..folder.inputs {
            let size = usize::try_from(sizes.next()?).ok()?;
            let end = offset.checked_add(size)?;
            if input == 0 {
                folder.packed = offset..end;
            }
            offset = end;
        }
    }
    Some(folders)
}

fn packed_sizes(at: &mut Cursor<'_>) -> Option<Vec<u64>> {
    let count = count(at, true)?;
    let mut sizes = Vec::new();
    loop {
        match at.u8()? {
            0 => return (sizes.len() == count).then_some(sizes),
            9 => sizes = (0..count).map(|_| number(at)).collect::<Option<_>>()?,
            10 => drop(digests(at, count)?),
            _ => return None,
        }
    }
}

fn read_folders(at: &mut Cursor<'_>) -> Option<Vec<Folder>> {
    if at.u8()? != 11 {
        return None;
    }
    let count = count(at, true)?;
    if at.u8()? != 0 {
        return None;
    }
    let mut folders = (0..count).map(|_| read_folder(at)).collect::<Option<Vec<_>>>()?;
    if at.u8()? != 12 {
        return None;
    }
    for folder in &mut folders {
        let sizes = (0..folder.outputs).map(|_| number(at)).collect::<Option<Vec<_>>>()?;
        folder.take_sizes(sizes)?;
    }
    loop {
        match at.u8()? {
            0 => return Some(folders),
            10 => {
                let crcs = digests(at, folders.len())?;
                folders.iter_mut().zip(crcs).for_each(|(folder, crc)| folder.crc = crc);
            }
            _ => return None,
        }
    }
}

fn read_folder(at: &mut Cursor<'_>) -> Option<Folder> {
    /// 7-Zip's own bound.
    const MOST: u64 = 32;
    let mut folder = Folder::default();
    let coders = number(at)?;
    if coders == 0 || coders > MOST {
        return None;
    }
    for _ in 0..coders {
        let flags = at.u8()?;
        let id = at.take((flags & 15).into())?;
        let id = id
            .iter()
            .try_fold(0u64, |id, byte| Some(id.checked_shl(8)? | u64::from(*byte)))?;
        let (inputs, outputs) = match flags & 0x10 {
            0 => (1, 1),
            _ => (number(at)?, number(at)?),
        };
        let properties = match flags & 0x20 {
            0 => Vec::new(),
            _ => {
                let length = usize::try_from(number(at)?).ok()?;
                at.take(length)?.to_vec()
            }
        };
        if inputs > MOST || outputs > MOST {
            return None;
        }
        folder.add(id, properties, inputs as usize, outputs as usize);
    }
    let pairs = folder.outputs.checked_sub(1)?;
    let pair = |at: &mut Cursor<'_>| Some((number(at)? as usize, number(at)? as usize));
    folder.pairs = (0..pairs).map(|_| pair(at)).collect::<Option<_>>()?;
    folder.inputs = folder.inputs.checked_sub(pairs)?;
    if folder.inputs > 1 {
        for _ in 0..folder.inputs {
            number(at)?;
        }
    }
    Some(folder)
}

/// Says into how many files folders are divided.
fn divide(at: &mut Cursor<'_>, folders: &mut [Folder]) -> Option<()> {
    let mut counts = vec![1usize; folders.len()];
    let mut kind = at.u8()?;
    if kind == 13 {
        for each in &mut counts {
            // One of many takes a byte for its size; the only one none.
            *each = usize::try_from(number(at)?).ok()?;
            if *each > at.0.len().max(1) {
                return None;
            }
        }
        kind = at.u8()?;
    }
    let sized = kind == 9;
    for (folder, count) in folders.iter_mut().zip(&counts) {
        let mut left = folder.size;
        for index in 0..*count {
            let size = match index + 1 == *count {
                true => left,
                false if sized => number(at)?,
                false => return None,
            };
            left = left.checked_sub(size)?;
            folder.subs.push(Sub { size, crc: None });
        }
    }
    if sized {
        kind = at.u8()?;
    }
    let mut unknown = Vec::new();
    for folder in folders.iter_mut() {
        match (folder.subs.as_mut_slice(), folder.crc) {
            ([only], Some(crc)) => only.crc = Some(crc),
            (subs, _) => unknown.extend(subs.iter_mut()),
        }
    }
    if kind == 10 {
        let crcs = digests(at, unknown.len())?;
        unknown.into_iter().zip(crcs).for_each(|(sub, crc)| sub.crc = crc);
        kind = at.u8()?;
    }
    (kind == 0).then_some(())
}

impl Archive {
    /// From a header that is not packed.
    pub(super) fn parse(bytes: &[u8]) -> Option<Archive> {
        let mut at = Cursor(bytes);
        let mut archive = Archive::default();
        if at.u8()? != 1 {
            return None;
        }
        loop {
            match at.u8()? {
                0 => break,
                2 => {
                    while at.u8()? != 0 {
                        let length = usize::try_from(number(&mut at)?).ok()?;
                        at.take(length)?;
                    }
                }
                3 => drop(read_streams(&mut at)?),
                4 => archive.folders = read_streams(&mut at)?,
                5 => archive.files = read_files(&mut at)?,
                _ => return None,
            }
        }
        let streams: usize = archive.folders.iter().map(|folder| folder.subs.len()).sum();
        (streams == archive.files.len()).then_some(archive)
    }
}

/// The names of the files that have bytes.
fn read_files(at: &mut Cursor<'_>) -> Option<Vec<String>> {
    let count = count(at, false)?;
    let mut names = Vec::new();
    let mut empty = Vec::new();
    loop {
        let kind = number(at)?;
        if kind == 0 {
            break;
        }
        let length = usize::try_from(number(at)?).ok()?;
        let mut field = Cursor(at.take(length)?);
        match kind {
            14 => empty = bits(&mut field, count)?,
            17 => {
                if field.u8()? != 0 {
                    return None;
                }
                let (units, rest) = field.0.as_chunks::<2>();
                if !rest.is_empty() {
                    return None;
                }
                let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
                let mut parts = units.split(|unit| *unit == 0);
                names = parts.by_ref().take(count).map(String::from_utf16_lossy).collect();
            }
            _ => {}
        }
    }
    let has_bytes = |index: usize| !empty.get(index).copied().unwrap_or(false);
    if names.len() != count {
        return None;
    }
    Some(
        names
            .into_iter()
            .enumerate()
            .filter(|(index, _)| has_bytes(*index))
            .map(|(_, name)| name)
            .collect(),
    )
}
