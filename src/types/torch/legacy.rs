//! The format of torch 0.1.10 to 1.5: five pickles in a row, then the storages.

use super::storage::{StorageId, Storages, malformed};
use crate::{
    BigInt, DeedKind, Graph, Options,
    error::{ErrorKind, Result},
    graph::Kind,
};
use std::collections::HashMap;

/// The first pickle of a file: this number.
pub(crate) const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The second.
const VERSION: i64 = 1001;

/// Reads the pickles and finds the storages.
pub(super) fn read(file: &[u8], options: &Options) -> Result<(Graph<'static>, Storages)> {
    let (graph, storages, _) = parts(file, options)?;
    Ok((graph.into_owned(), storages))
}

/// Where the pickles end, and where the storages behind them do.
#[cfg(feature = "archive")]
pub(crate) fn ends(file: &[u8]) -> Result<[usize; 2]> {
    Ok(parts(file, &super::options().rules(crate::Rules::Classic))?.2)
}

/// The bytes of an element of a storage, by its class.
#[cfg(feature = "archive")]
pub(crate) fn element_size(class: crate::Global<'_>) -> Result<usize> {
    Ok(super::dtype::StorageClass::from_global(class)?.size())
}

fn parts<'a>(file: &'a [u8], options: &Options) -> Result<(Graph<'a>, Storages, [usize; 2])> {
    // What a tar archive has at the start of its first header's 258th byte.
    if file.get(257..262) == Some(b"ustar") {
        return Err(ErrorKind::Unsupported("a tar file, as torch before 0.1.10 wrote".into()).into());
    }
    let (magic, mut at) = options.read_at(file, 0)?;
    if magic.root().as_bigint() != Some(BigInt::from_bytes_le(num_bigint::Sign::Plus, &MAGIC)) {
        return Err(malformed(
            "neither a zip file nor a pickle with torch's magic number: no checkpoint",
        ));
    }
    let mut next = || -> Result<Graph<'a>> {
        let (graph, end) = options.read_at(file, at)?;
        at = end;
        Ok(graph)
    };
    if next()?.root().as_i64() != Some(VERSION) {
        return Err(ErrorKind::Unsupported("a version of the old format other than 1001".into()).into());
    }
    // Says among others the byte order of the machine, which does not matter: storages are always in little-endian order.
    next()?;
    let graph = next()?;
    let keys = next()?;
    let sizes = element_sizes(&graph)?;
    let mut storages = Storages::default();
    let pickles = at;
    let keys = keys
        .root()
        .as_items()
        .ok_or_else(|| malformed("the keys of the storages are not a list"))?;
    for key in keys {
        let key = key
            .as_str()
            .ok_or_else(|| malformed("the key of a storage is not a str"))?;
        let size = *sizes
            .get(key)
            .ok_or_else(|| malformed("there is a storage that no tensor is a view of"))?;
        let numel = file.get(at..).and_then(|rest| rest.first_chunk::<8>());
        let numel = i64::from_le_bytes(*numel.ok_or(ErrorKind::Truncated)?);
        let start = at + 8;
        let end = usize::try_from(numel)
            .ok()
            .and_then(|numel| start.checked_add(numel.checked_mul(size)?))
            .filter(|end| *end <= file.len())
            .ok_or(ErrorKind::Truncated)?;
        storages.insert(key.into(), start..end);
        at = end;
    }
    Ok((graph, storages, [pickles, at]))
}

/// The bytes of an element of each storage, which the file says at the first place where a storage is met.
fn element_sizes<'g>(graph: &'g Graph<'_>) -> Result<HashMap<&'g str, usize>> {
    let mut sizes = HashMap::new();
    for deed in graph.deeds().filter(|deed| deed.kind == DeedKind::Persistent) {
        if let Kind::Persistent(id) = deed.value.kind()
            && let Some(id) = StorageId::parse(id)?
        {
            sizes.entry(id.key).or_insert(id.class.size());
        }
    }
    Ok(sizes)
}
