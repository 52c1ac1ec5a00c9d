//! Sequences and maps, item by item.

use super::{
    De,
    data::{Entries, Items, Name},
    found,
    scope::Scope,
};
use crate::error::{Error, Result};
use crate::serde::error::invalid;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

/// The items of a sequence.
pub(super) struct Seq<'s, 'g, 'de> {
    scope: &'s Scope<'g, 'de>,
    items: Items<'g>,
    next: usize,
    /// The number of the first item in the path.
    first: usize,
}

impl<'s, 'g, 'de> Seq<'s, 'g, 'de> {
    pub(super) fn new(scope: &'s Scope<'g, 'de>, items: Items<'g>) -> Self {
        Seq::from(scope, items, 0)
    }

    /// Items of which the first has this number.
    pub(super) fn from(scope: &'s Scope<'g, 'de>, items: Items<'g>, first: usize) -> Self {
        Seq {
            scope,
            items,
            next: 0,
            first,
        }
    }

    /// An error if items are left.
    pub(super) fn end(&self) -> Result<()> {
        if self.next == self.items.len() {
            return Ok(());
        }
        let found = format!("{} items", self.items.len());
        Err(invalid(found, &&*format!("no more than {}", self.next)))
    }
}

impl<'de> SeqAccess<'de> for &mut Seq<'_, '_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(at) = self.items.get(self.next) else {
            return Ok(None);
        };
        let index = self.next;
        self.next += 1;
        let item = self
            .scope
            .child(at)
            .and_then(|child| child.read(|child| seed.deserialize(child)));
        item.map(Some)
            .map_err(|error| error.under(&format!("[{}]", self.first + index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

/// The entries of a map.
pub(super) struct Map<'s, 'g, 'de> {
    scope: &'s Scope<'g, 'de>,
    entries: Entries<'g>,
    next: usize,
    /// Whether the keys name the fields of a struct.
    fields: bool,
}

impl<'s, 'g, 'de> Map<'s, 'g, 'de> {
    pub(super) fn new(scope: &'s Scope<'g, 'de>, entries: Entries<'g>, fields: bool) -> Self {
        Map {
            scope,
            entries,
            next: 0,
            fields,
        }
    }

    /// An error if entries are left.
    pub(super) fn end(&self) -> Result<()> {
        if self.next == self.entries.len() {
            return Ok(());
        }
        let found = format!("{} entries", self.entries.len());
        Err(invalid(found, &&*format!("no more than {}", self.next)))
    }

    #[cold]
    fn under(&self, name: Name, error: Error) -> Error {
        error.under(&found::step(self.scope, name))
    }
}

impl<'de> MapAccess<'de> for &mut Map<'_, '_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((name, _)) = self.entries.get(self.next) else {
            return Ok(None);
        };
        let key = match name {
            Name::At(at) => self.scope.child(at).and_then(|child| {
                let names = self.fields;
                De { names, ..child }.read(|child| seed.deserialize(child))
            }),
            Name::Static(name) => seed.deserialize(name.into_deserializer()),
            Name::Position(index) => seed.deserialize(index.to_string().into_deserializer()),
        };
        self.next += 1;
        key.map(Some).map_err(|error| self.under(name, error))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let entry = self.next.checked_sub(1).and_then(|at| self.entries.get(at));
        let Some((name, value)) = entry else {
            return Err(serde::de::Error::custom("a value was asked for before its key"));
        };
        let value = self
            .scope
            .child(value)
            .and_then(|child| child.read(|child| seed.deserialize(child)));
        value.map_err(|error| self.under(name, error))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len() - self.next)
    }
}
