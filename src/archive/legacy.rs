//! What torch wrote before it wrote zip files: pickles with storages behind and between them.

use super::{
    Doubt, Kind,
    walk::{At, Walk, without},
    zip::record::Cursor,
};
use crate::{
    Options, Rules,
    types::torch::legacy::{MAGIC, element_size, ends},
};
use std::ops::Range;

/// Whether a pickle is the first of a file of torch: the number that begins one, in any protocol that has numbers so long.
pub(super) fn is_torch(bytes: &[u8]) -> bool {
    let head = bytes.get(..40).unwrap_or(bytes);
    memchr::memmem::find(head, &MAGIC).is_some()
}

/// The five pickles, without the storages behind them.
pub(super) fn walk(walk: &mut Walk<'_>, file: &[u8], mut at: At) {
    match ends(file) {
        Ok([pickles, end]) => {
            if end < file.len() {
                let text = format!("{} bytes behind the last storage", file.len() - end);
                at.remark(Doubt::Unread, text);
            }
            let bytes = file.get(..pickles).unwrap_or(file);
            walk.tell(at, Kind::TorchPickles, bytes);
        }
        Err(error) => {
            at.remark(
                Doubt::Damaged,
                format!("it begins as torch's files do, and is none: {error}"),
            );
            walk.tell(at, Kind::Pickle, file);
        }
    }
}

/// Whether these are the files in a tar archive that torch wrote before version 0.1.10.
pub(super) fn is_torch_tar<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let known = ["pickle", "storages", "sys_info", "tensors"];
    let mut found = [false; 4];
    for name in names {
        if let Some(at) = known.iter().position(|known| *known == name.trim_start_matches("./")) {
            found[at] = true;
        }
    }
    found[..2] == [true; 2]
}

/// A file of such an archive. Between the pickles of `storages` and `tensors` stand numbers.
pub(super) fn torch_tar(walk: &mut Walk<'_>, name: &str, bytes: &[u8], mut at: At) {
    let holes = match name.trim_start_matches("./") {
        "storages" => between(bytes, storage, true),
        "tensors" => between(bytes, tensor, false),
        _ => return walk.plain(bytes, at, true),
    };
    match holes {
        Some(holes) => {
            let (pickles, holes) = without(bytes, &holes);
            walk.tell_cut(at, Kind::TorchPickles, &pickles, bytes, holes);
        }
        None => {
            at.remark(Doubt::Damaged, "not as torch wrote it");
            walk.plain(bytes, at, true);
        }
    }
}

/// Where numbers stand: behind each of the pickles that the first one counts. One more may follow.
fn between(
    bytes: &[u8],
    length: fn(&crate::Graph<'_>, &[u8]) -> Option<usize>,
    one_more: bool,
) -> Option<Vec<Range<usize>>> {
    let options = Options::new().rules(Rules::Classic);
    let (count, mut at) = options.read_at(bytes, 0).ok()?;
    let count = count.root().as_u64()?;
    let mut holes = Vec::new();
    for _ in 0..count {
        let (graph, end) = options.read_at(bytes, at).ok()?;
        let rest = bytes.get(end..)?;
        let length = length(&graph, rest).filter(|length| *length <= rest.len())?;
        at = end.checked_add(length)?;
        holes.push(end..at);
    }
    if one_more {
        at = options.read_at(bytes, at).ok()?.1;
    }
    (at == bytes.len()).then_some(holes)
}

/// Behind `(key, location, class)`: the number of elements and the elements.
fn storage(graph: &crate::Graph<'_>, rest: &[u8]) -> Option<usize> {
    let class = graph.root().as_items()?.get(2)?.as_global()?;
    let numel = Cursor(rest).u64()?;
    let size = usize::try_from(numel).ok()?.checked_mul(element_size(class).ok()?)?;
    size.checked_add(8)
}

/// Behind `(key, storage, class)`: the number of dimensions in eight bytes, sizes, strides, and an offset.
fn tensor(_: &crate::Graph<'_>, rest: &[u8]) -> Option<usize> {
    let dimensions = usize::try_from(Cursor(rest).u32()?).ok()?;
    dimensions.checked_mul(16)?.checked_add(16)
}
