//! The zip format, torch's since 1.6: a pickle, and each storage as an entry of its own that is not compressed.

use super::{
    Format,
    storage::{Storages, malformed},
};
use crate::error::{Error, ErrorKind, Result};
use std::{
    io::{Cursor, Read, Seek},
    ops::Range,
};
use zip::{
    CompressionMethod, ZipArchive,
    read::{ArchiveOffset, Config},
    result::ZipError,
};

/// What a zip file begins with.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";

/// What a zip file has: where the pickle lies, and the storages.
pub(super) struct Directory {
    pub(super) pickle: Range<usize>,
    pub(super) storages: Storages,
    pub(super) format: Format,
}

impl From<ZipError> for ErrorKind {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => ErrorKind::Truncated,
            ZipError::Io(error) => ErrorKind::Io(error),
            error => ErrorKind::Malformed(error.to_string().into()),
        }
    }
}

fn zip_error(error: ZipError) -> Error {
    ErrorKind::from(error).into()
}

/// Reads the directory. Entries are where the directory says; nothing is unpacked.
pub(super) fn read(file: &[u8]) -> Result<Directory> {
    // Offsets count from the start of the file. To guess otherwise, as the default does, takes the second header of torch's
    // directories for the first when it has just the length of the two records that stand behind the directory.
    let config = Config {
        archive_offset: ArchiveOffset::Known(0),
    };
    let mut zip = ZipArchive::with_config(config, Cursor::new(file)).map_err(zip_error)?;
    if zip.has_duplicate_names() {
        return Err(malformed("two entries of the zip file have one name"));
    }
    let first = zip.by_index_raw(0).map_err(zip_error)?.name_raw().to_vec();
    let folder = first.split(|byte| *byte == b'/').next().unwrap_or_default();
    let mut storages = Storages::default();
    let mut pickle = None;
    let mut script = false;
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(zip_error)?;
        let name = entry.name_raw();
        let Some(name) = name.strip_prefix(folder).and_then(|name| name.strip_prefix(b"/")) else {
            continue;
        };
        let place = place(&entry, file.len());
        if let Some(key) = name.strip_prefix(b"data/") {
            let key = str::from_utf8(key).map_err(|_| malformed("the name of a storage is not UTF-8"))?;
            match place? {
                Ok(range) => storages.insert(key.into(), range),
                Err(why) => storages.refuse(key.into(), why),
            }
            continue;
        }
        let record = |what: &str| -> Result<Range<usize>> {
            place?.map_err(|why| ErrorKind::Unsupported(format!("the entry {what} is {why}").into()).into())
        };
        match name {
            b"data.pkl" => pickle = Some(record("data.pkl")?),
            b"byteorder" => {
                storages.big_endian = match file.get(record("byteorder")?) {
                    Some(b"little") => false,
                    Some(b"big") => true,
                    _ => return Err(malformed("the byte order is neither little nor big")),
                }
            }
            b"constants.pkl" | b"model.json" => script = true,
            name => script |= name.starts_with(b"code/"),
        }
    }
    let format = if script { Format::TorchScript } else { Format::Zip };
    let Some(pickle) = pickle else {
        return Err(match format {
            Format::TorchScript => {
                ErrorKind::Unsupported("a TorchScript file without data.pkl, as torch 1.3 and older wrote".into())
                    .into()
            }
            _ => malformed("a zip file without data.pkl, which is no checkpoint"),
        });
    };
    Ok(Directory {
        pickle,
        storages,
        format,
    })
}

/// Where an entry's bytes lie in the file, or why they are not there as they are.
fn place<R: Read + Seek>(
    entry: &zip::read::ZipFile<'_, R>,
    length: usize,
) -> Result<Result<Range<usize>, &'static str>> {
    if entry.encrypted() {
        return Ok(Err("encrypted"));
    }
    if entry.compression() != CompressionMethod::Stored {
        return Ok(Err("compressed, so it cannot be read in place"));
    }
    let outside = || malformed("an entry of the zip file lies outside of it");
    let start = entry
        .data_start()
        .and_then(|start| usize::try_from(start).ok())
        .ok_or_else(outside)?;
    let size = usize::try_from(entry.size()).ok().ok_or_else(outside)?;
    let end = start
        .checked_add(size)
        .filter(|end| *end <= length)
        .ok_or_else(outside)?;
    if entry.compressed_size() != entry.size() {
        return Err(malformed(
            "an entry of the zip file is not compressed and yet has two sizes",
        ));
    }
    Ok(Ok(start..end))
}
