//! Storages: the runs of bytes that tensors are views of.

use super::dtype::{Dtype, StorageClass};
use crate::{
    Value,
    error::{ErrorKind, Result},
};
use std::{collections::HashMap, ops::Range};

/// Where the storages of a checkpoint lie in its bytes, by key.
#[derive(Debug, Default)]
pub(super) struct Storages {
    places: HashMap<String, Place>,
    pub(super) big_endian: bool,
}

#[derive(Debug)]
enum Place {
    Bytes(Range<usize>),
    /// There is one, but it cannot be had.
    Refused(&'static str),
}

impl Storages {
    pub(super) fn insert(&mut self, key: String, bytes: Range<usize>) {
        self.places.insert(key, Place::Bytes(bytes));
    }

    pub(super) fn refuse(&mut self, key: String, why: &'static str) {
        self.places.insert(key, Place::Refused(why));
    }

    fn find<'c>(&self, file: &'c [u8], key: &str) -> Result<&'c [u8]> {
        let range = match self.places.get(key) {
            Some(Place::Bytes(range)) => range.clone(),
            Some(Place::Refused(why)) => {
                return Err(ErrorKind::Unsupported(format!("the storage {key:?} is {why}").into()).into());
            }
            None => return Err(malformed(format!("there is no storage {:?}", cut(key)))),
        };
        file.get(range)
            .ok_or_else(|| malformed("a storage lies outside of the file"))
    }
}

/// A run of bytes that tensors are views of. Tensors that share one share its memory.
#[derive(Debug, Clone, Copy)]
pub struct Storage<'c> {
    pub(super) key: &'c str,
    pub(super) dtype: Option<Dtype>,
    pub(super) device: &'c str,
    pub(super) bytes: &'c [u8],
    pub(super) big_endian: bool,
}

impl<'c> Storage<'c> {
    /// Its name in the file. Tensors whose storages have the same key share memory.
    pub fn key(&self) -> &'c str {
        self.key
    }

    /// The type of its elements; `None` for an untyped storage, whose tensors know it.
    pub fn dtype(&self) -> Option<Dtype> {
        self.dtype
    }

    /// Where it was when it was saved: `cpu`, `cuda:0`.
    pub fn device(&self) -> &'c str {
        self.device
    }

    /// Its bytes, straight from the file.
    pub fn bytes(&self) -> &'c [u8] {
        self.bytes
    }

    /// Whether its elements are in big-endian order: such files come from mainframes.
    pub fn is_big_endian(&self) -> bool {
        self.big_endian
    }
}

/// What a persistent id says about a storage:
/// `('storage', class, key, device, number of elements[, (key of the view, offset, number of elements)])`.
pub(super) struct StorageId<'c> {
    pub(super) class: StorageClass,
    pub(super) key: &'c str,
    device: &'c str,
    numel: u64,
    /// A storage that is a part of another one, as torch had them before 0.4: offset and length in elements.
    view: Option<(u64, u64)>,
}

impl<'c> StorageId<'c> {
    /// `None` if the persistent id is not that of a storage.
    pub(super) fn parse(id: Value<'c>) -> Result<Option<Self>> {
        let items = id.as_items().filter(|items| items.len() >= 5);
        let Some(items) = items.filter(|items| items.get(0).and_then(|name| name.as_str()) == Some("storage")) else {
            return Ok(None);
        };
        let bad = || malformed("a persistent id is not that of a storage");
        let item = |index| items.get(index).ok_or_else(bad);
        let class = item(1)?.as_global().ok_or_else(bad)?;
        let view = match items.get(5) {
            Some(view) if !view.is_none() => {
                let part = |index: usize| view.get(index).and_then(|part| part.as_u64()).ok_or_else(bad);
                Some((part(1)?, part(2)?))
            }
            _ => None,
        };
        Ok(Some(StorageId {
            class: StorageClass::from_global(class)?,
            key: item(2)?.as_str().ok_or_else(bad)?,
            device: item(3)?.as_str().ok_or_else(bad)?,
            numel: item(4)?.as_u64().ok_or_else(bad)?,
            view,
        }))
    }

    fn size_in_bytes(&self, numel: u64) -> Result<usize> {
        usize::try_from(numel)
            .ok()
            .and_then(|numel| numel.checked_mul(self.class.size()))
            .ok_or_else(|| malformed("a storage is larger than memory can be"))
    }

    /// The storage, which must be as long as the id says.
    pub(super) fn find(self, storages: &Storages, file: &'c [u8]) -> Result<Storage<'c>> {
        let dtype = match self.class {
            StorageClass::Typed(dtype) => Some(dtype),
            StorageClass::Untyped => None,
            StorageClass::Quantised(_) => return Err(ErrorKind::Unsupported("a quantised tensor".into()).into()),
        };
        let there = storages.find(file, self.key)?;
        // A storage whose bytes are no multiple of the element size has a rest that no element is in.
        let Some(whole) = there.get(..self.size_in_bytes(self.numel)?) else {
            return Err(malformed(format!(
                "the storage {:?} has {} bytes and should have {} elements of {}",
                cut(self.key),
                there.len(),
                self.numel,
                self.class.size()
            )));
        };
        let bytes = match self.view {
            None => whole,
            Some((offset, numel)) => {
                let start = self.size_in_bytes(offset)?;
                let end = start.checked_add(self.size_in_bytes(numel)?);
                end.and_then(|end| whole.get(start..end))
                    .ok_or_else(|| malformed("a part of a storage reaches beyond it"))?
            }
        };
        Ok(Storage {
            key: self.key,
            dtype,
            device: self.device,
            bytes,
            big_endian: storages.big_endian,
        })
    }
}

pub(super) fn malformed(what: impl Into<Box<str>>) -> crate::Error {
    ErrorKind::Malformed(what.into()).into()
}

/// The beginning of a text, for messages.
pub(super) fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(80).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}
