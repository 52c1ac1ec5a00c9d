//! What is the same about many dicts and instances of a pickle: their keys.
//!
//! Keys are compared by address. Those that come from the memo are the same objects each time, and here they are held, so
//! that no other object has their address.

use super::Value;
use crate::{plain, raw};
use pyo3::{
    prelude::*,
    types::{PyDict, PyString, PyType},
};
use std::vec::Drain;

/// Shapes that are remembered of each kind.
const REMEMBERED: usize = 32;

/// The fewest keys for which a dict is copied rather than filled key by key.
const FEWEST: usize = 3;

/// References to a key that is not met for the first time: from the stack, the memo and a dict.
const MET_BEFORE: isize = 3;

/// Keys of dicts, and a dict to copy.
struct Keys<'py> {
    keys: Vec<Value<'py>>,
    template: raw::Template<'py>,
}

/// What is known of the dicts of a place.
#[derive(Default)]
enum Dicts<'py> {
    #[default]
    None,
    /// One was met whose first key had this address. Most of those that are met once are never met again, and a dict to
    /// copy takes as long to make as theirs.
    Met(usize),
    /// They have these keys.
    Known(Keys<'py>),
}

/// Keys of the state of a class's instances, and the names of the attributes.
struct Attributes<'py> {
    class: Bound<'py, PyType>,
    version: u32,
    keys: Vec<Value<'py>>,
    names: Vec<Bound<'py, PyString>>,
}

/// What is remembered of one pickle.
#[derive(Default)]
pub struct Shapes<'py> {
    dicts: Vec<Dicts<'py>>,
    states: Vec<Option<Attributes<'py>>>,
}

/// Where something is remembered.
#[inline(always)]
fn slot(first: &Value<'_>, length: usize) -> usize {
    ((first.as_ptr() as usize >> 4) ^ length) % REMEMBERED
}

/// Whether the even ones of these items are those keys.
#[inline(always)]
fn has_keys(items: &[Value<'_>], keys: &[Value<'_>]) -> bool {
    items.len() == 2 * keys.len() && items.chunks_exact(2).zip(keys).all(|(pair, key)| pair[0].is(key))
}

/// What is at a place, and room for it if need be.
#[inline(always)]
fn place<T: Default>(slots: &mut Vec<T>, at: usize) -> Option<&mut T> {
    if slots.is_empty() {
        slots.resize_with(REMEMBERED, T::default);
    }
    slots.get_mut(at)
}

impl<'py> Shapes<'py> {
    /// Fills an empty dict, if others with these keys were. Else gives the items back.
    #[inline(always)]
    pub fn fill<'d>(
        &mut self,
        dict: &Bound<'py, PyDict>,
        items: Drain<'d, Value<'py>>,
    ) -> Result<(), Drain<'d, Value<'py>>> {
        let pairs = items.as_slice();
        let Some(first) = pairs.first() else {
            return Err(items);
        };
        if pairs.len() < 2 * FEWEST || raw::references(first) < MET_BEFORE || !dict.is_empty() {
            return Err(items);
        }
        let Some(known) = place(&mut self.dicts, slot(first, pairs.len())) else {
            return Err(items);
        };
        let address = first.as_ptr() as usize;
        *known = match known {
            Dicts::Known(known) if has_keys(pairs, &known.keys) => return known.template.fill(dict, items),
            Dicts::Met(before) if *before == address => look(pairs).map_or(Dicts::None, Dicts::Known),
            _ => Dicts::Met(address),
        };
        Err(items)
    }

    /// Sets the attributes of an instance of a class that takes its state as it is; false if they are not to be set like
    /// this, or could not be.
    #[inline(always)]
    pub fn set_state(&mut self, object: &Value<'py>, class: &Bound<'py, PyType>, items: &[Value<'py>]) -> bool {
        let Some(version) = raw::type_version(class) else {
            return false;
        };
        let Some(known) = place(&mut self.states, slot(class, items.len())) else {
            return false;
        };
        let fits = known
            .as_ref()
            .is_some_and(|known| known.class.is(class) && known.version == version && has_keys(items, &known.keys));
        if !fits {
            *known = names(class, items);
        }
        let Some(known) = known else { return false };
        let mut values = items.chunks_exact(2).zip(&known.names);
        values.all(|(pair, name)| raw::set_attribute(object, name, &pair[1]))
    }
}

/// Remembers the keys of a dict, if all of them are `str`.
#[cold]
fn look<'py>(items: &[Value<'py>]) -> Option<Keys<'py>> {
    let keys: Vec<_> = items.chunks_exact(2).map(|pair| pair[0].clone()).collect();
    if !keys.iter().all(|key| key.is_exact_instance_of::<PyString>()) {
        return None;
    }
    let template = raw::Template::new(&keys)?;
    Some(Keys { keys, template })
}

/// Remembers the keys of a state, if each of them is the name of an attribute that goes into `__dict__`.
#[cold]
fn names<'py>(class: &Bound<'py, PyType>, items: &[Value<'py>]) -> Option<Attributes<'py>> {
    let mut attributes = Attributes {
        class: class.clone(),
        version: 0,
        keys: Vec::new(),
        names: Vec::new(),
    };
    for pair in items.chunks_exact(2) {
        let key = pair[0].cast_exact::<PyString>().ok()?;
        let name = raw::interned(key.clone());
        if raw::is_data_descriptor(class, &name) {
            return None;
        }
        attributes.keys.push(pair[0].clone());
        attributes.names.push(name);
    }
    // Looking may have given the class its version.
    attributes.version = raw::type_version(class)?;
    plain::takes_state(class).then_some(attributes)
}
