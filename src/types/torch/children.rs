//! What a container holds, whatever its class: the names by which tensors are found.

use crate::{
    Ref, Step, Value,
    graph::{Kind, Object},
    reduce::Call,
};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// The name of an item in its container.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name<'c> {
    Key(Value<'c>),
    Index(usize),
}

impl<'c> Name<'c> {
    /// As a part of a dotted name. Keys that are neither text nor numbers have none.
    pub(super) fn text(&self) -> Option<Cow<'c, str>> {
        match self {
            Name::Index(index) => Some(index.to_string().into()),
            Name::Key(key) => match key.as_str() {
                Some(text) => Some(text.into()),
                None => key.as_i64().map(|number| number.to_string().into()),
            },
        }
    }
}

/// The items of a container.
pub(super) type Children<'c> = Box<dyn Iterator<Item = (Name<'c>, Value<'c>)> + 'c>;

/// The items of a container by name, in Python's order: of a list, tuple or dict; of an object that is like one; of a
/// module of torch its parameters, buffers and modules. `None` for what is no container.
pub(super) fn children(value: Value<'_>) -> Option<Children<'_>> {
    match value.kind() {
        Kind::List(items) | Kind::Tuple(items) => Some(indexed(items.iter())),
        Kind::Dict(entries) => Some(keyed(entries.iter())),
        Kind::Object(object) => {
            if let Some(parts) = module(value) {
                return Some(parts);
            }
            if let Some(entries) = mapping(value, &object) {
                return Some(keyed(entries.into_iter()));
            }
            let appended: Vec<_> = object.steps().filter_map(appended).flatten().collect();
            if !appended.is_empty() {
                return Some(indexed(appended.into_iter()));
            }
            // A named tuple, or another tuple with a class of its own.
            let named = object.call() == Call::New && !object.args().is_empty() && value.last_state().is_none();
            named.then(|| indexed(object.args().iter()))
        }
        _ => None,
    }
}

fn keyed<'c>(entries: impl Iterator<Item = (Value<'c>, Value<'c>)> + 'c) -> Children<'c> {
    Box::new(entries.map(|(key, value)| (Name::Key(key), value)))
}

fn indexed<'c>(items: impl Iterator<Item = Value<'c>> + 'c) -> Children<'c> {
    Box::new(items.enumerate().map(|(index, value)| (Name::Index(index), value)))
}

fn appended(step: Step<'_>) -> Option<crate::Items<'_>> {
    match step {
        Step::Append(items) => Some(items),
        _ => None,
    }
}

/// The entries of an object that is like a dict; of equal keys the first stays with the last value.
fn mapping<'c>(value: Value<'c>, object: &Object<'c>) -> Option<Vec<(Value<'c>, Value<'c>)>> {
    let class = object.callable().as_global();
    let ordered = class.is_some_and(|class| class.is("collections", "OrderedDict"));
    // Python 2 and PyPy give an OrderedDict a list of its pairs.
    let pairs = object
        .args()
        .get(0)
        .filter(|_| ordered)
        .and_then(|pairs| pairs.as_items());
    let pairs = pairs
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair.get(0)?, pair.get(1)?)));
    let mut entries: Vec<(Value<'c>, Value<'c>)> = pairs.collect();
    let mut like_dict = ordered;
    for step in value.steps() {
        if let Step::SetItems(more) = step {
            like_dict = true;
            entries.extend(more.iter());
        }
    }
    if !like_dict {
        return None;
    }
    #[derive(PartialEq, Eq, Hash)]
    enum Key<'c> {
        Text(&'c str),
        Other(Ref),
    }
    let mut places = HashMap::with_capacity(entries.len());
    let mut unique: Vec<(Value<'c>, Value<'c>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let name = key.as_str().map_or(Key::Other(key.id()), Key::Text);
        let place = *places.entry(name).or_insert(unique.len());
        match unique.get_mut(place) {
            Some(entry) => entry.1 = value,
            None => unique.push((key, value)),
        }
    }
    Some(unique)
}

/// The parameters, buffers and modules of a module, in the order of its `state_dict()`.
fn module(value: Value<'_>) -> Option<Children<'_>> {
    let object = value.as_object()?;
    let state = value.last_state()?;
    // A compiled module has attributes instead, each by its own name.
    let class = object.callable().as_global();
    if class.is_some_and(|class| {
        class
            .module
            .to_str()
            .is_some_and(|module| module.starts_with("__torch__"))
    }) {
        return Some(keyed(state.as_dict()?.iter()));
    }
    let (parameters, modules) = (state.get("_parameters")?, state.get("_modules")?);
    let hidden = state.get("_non_persistent_buffers_set");
    let hidden: HashSet<&str> = hidden
        .into_iter()
        .flat_map(|names| names.items())
        .filter_map(|name| name.as_str())
        .collect();
    let buffers = state.get("_buffers").and_then(children).into_iter().flatten();
    let buffers = buffers.filter(move |(name, _)| name.text().is_none_or(|name| !hidden.contains(&*name)));
    Some(Box::new(children(parameters)?.chain(buffers).chain(children(modules)?)))
}

/// How much it takes to list the items of a container, at most: what a walk that meets it again and again must count.
pub(super) fn cost(value: Value<'_>) -> usize {
    let Some(object) = value.as_object() else { return 1 };
    let mut cost = own_cost(&object);
    if let Some(state) = value.last_state() {
        cost += 4 * state.len().unwrap_or(0);
        let parts = ["_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"];
        for part in parts.into_iter().filter_map(|part| state.get(part)) {
            cost += part.as_object().map_or(part.len().unwrap_or(0), |part| own_cost(&part));
        }
    }
    cost
}

fn own_cost(object: &Object<'_>) -> usize {
    let args = object.args();
    let pairs = args
        .get(0)
        .and_then(|pairs| pairs.as_items())
        .map_or(0, |pairs| pairs.len());
    let steps = object.steps().map(|step| match step {
        Step::Append(items) | Step::Add(items) => 1 + items.len(),
        Step::SetItems(entries) => 1 + entries.len(),
        _ => 1,
    });
    1 + args.len() + pairs + steps.sum::<usize>()
}
