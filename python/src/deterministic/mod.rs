//! The same bytes for equal objects: `deterministic=True`.
//!
//! What a pickle says beside its objects is an accident of the process that writes it: which equal strings, numbers in
//! tuples or constants happen to be one object, in what order a set gives its members, which id a class was given. Here
//! immutable values are memoized by what they are, sets are sorted, and ids are made of what a class is. The order of a
//! dict is part of it and stays; so does which lists, dicts and instances are one object.

mod order;

use crate::{
    HIGHEST_PROTOCOL,
    cloud::Cloud,
    fault::Fault,
    items::{Items, Steps},
    memo::Memo,
    source::{Hooks, LiveSource, Remembers},
};
use brinery::{Emitter, ErrorKind, Head, Nested, Reduce, Settings, Source, Spell, View};
use pyo3::{
    prelude::*,
    types::{
        PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType,
    },
};
use std::{borrow::Cow, cell::Cell, collections::HashMap, rc::Rc};

/// A live object.
type Id<'py> = Bound<'py, PyAny>;
/// How to make a live object.
type LiveReduce<'py> = Reduce<Id<'py>, Steps<'py>>;
/// A live object, one level deep.
type LiveView<'s, 'py> = View<'s, Id<'py>, Items<'py>, Steps<'py>>;

/// How many objects a pickle that is made only to be compared may still show, and whether there would have been more.
#[derive(Debug, Default)]
struct Budget {
    left: Cell<usize>,
    exhausted: Cell<bool>,
}

/// What a pickle is made for.
#[derive(Debug, Clone)]
enum Purpose {
    /// To be loaded.
    Loading,
    /// To be hashed: classes have numbers for ids.
    Hashing,
    /// To be compared: numbers for ids, and no more objects than that. The depth is that of sets in sets.
    Comparing { budget: Rc<Budget>, depth: usize },
}

/// Live objects, without the accidents of this process.
pub struct Deterministic<'py> {
    inner: LiveSource<'py>,
    purpose: Purpose,
    settings: Settings,
    /// The one of all equal ones that was met first, for strings, bytes and large numbers.
    strings: Bound<'py, PyDict>,
    bytes: Bound<'py, PyDict>,
    numbers: Bound<'py, PyDict>,
    /// For a tuple or frozenset, by its address: which of `held` stands for all that have the same parts.
    compound: HashMap<usize, usize>,
    by_parts: HashMap<Box<[u64]>, usize>,
    /// What has to stay alive, so that no address is used again.
    held: Vec<Id<'py>>,
    /// Ids of classes and type variables, by address, and how many have which.
    ids: HashMap<usize, Bound<'py, PyString>>,
    taken: HashMap<String, usize>,
}

impl<'py> Deterministic<'py> {
    /// What a source shows, in order.
    pub fn new(inner: LiveSource<'py>, settings: Settings) -> Self {
        Self::with(inner, settings, Purpose::Loading)
    }

    fn with(inner: LiveSource<'py>, settings: Settings, purpose: Purpose) -> Self {
        let py = inner.py();
        let mut new = Deterministic {
            inner,
            purpose,
            settings,
            strings: PyDict::new(py),
            bytes: PyDict::new(py),
            numbers: PyDict::new(py),
            compound: HashMap::new(),
            by_parts: HashMap::new(),
            held: Vec::new(),
            ids: HashMap::new(),
            taken: HashMap::new(),
        };
        // What was written before stands for all that is equal to it.
        let mut before: Vec<_> = new.inner.memo().entries(py).collect();
        before.sort_by_key(|(index, _)| *index);
        for (_, object) in before {
            // What cannot be found again is written again.
            let _ = new.one(&object);
        }
        new
    }

    /// The one that stands for all equal ones, if an object is of a kind whose identity says nothing.
    fn one(&mut self, id: &Id<'py>) -> PyResult<Option<Id<'py>>> {
        if id.is_exact_instance_of::<PyString>() {
            return known(&self.strings, id).map(Some);
        }
        if id.is_exact_instance_of::<PyBytes>() {
            return known(&self.bytes, id).map(Some);
        }
        if is_compound(id) {
            let at = self.compound(id)?;
            return Ok(self.held.get(at).cloned());
        }
        Ok(None)
    }

    /// Its address, or the object's own.
    fn identity(&mut self, id: &Id<'py>) -> usize {
        match self.one(id) {
            Ok(Some(one)) => one.as_ptr() as usize,
            _ => id.as_ptr() as usize,
        }
    }

    /// Which of those held stands for a tuple or frozenset. Its parts are looked at first, without Rust's stack.
    fn compound(&mut self, root: &Id<'py>) -> PyResult<usize> {
        let mut open = vec![(root.clone(), false)];
        while let Some((object, looked)) = open.pop() {
            let address = object.as_ptr() as usize;
            if self.compound.contains_key(&address) {
                continue;
            }
            if !looked {
                open.push((object.clone(), true));
                for part in object.try_iter()? {
                    let part = part?;
                    if is_compound(&part) && !self.compound.contains_key(&(part.as_ptr() as usize)) {
                        open.push((part, false));
                    }
                }
                continue;
            }
            let mut parts = Vec::new();
            for part in object.try_iter()? {
                parts.push(self.part(&part?)?);
            }
            let is_tuple = object.is_exact_instance_of::<PyTuple>();
            if !is_tuple {
                parts.sort_unstable();
            }
            let parts: Box<[u64]> = [(u64::from(is_tuple), 0)]
                .into_iter()
                .chain(parts)
                .flat_map(<[u64; 2]>::from)
                .collect();
            let at = self.held.len();
            self.held.push(object);
            let at = *self.by_parts.entry(parts).or_insert(at);
            self.compound.insert(address, at);
        }
        Ok(self
            .compound
            .get(&(root.as_ptr() as usize))
            .copied()
            .unwrap_or_default())
    }

    /// What tells a part of a tuple from others.
    fn part(&mut self, part: &Id<'py>) -> PyResult<(u64, u64)> {
        Ok(if part.is_none() {
            (2, 0)
        } else if let Ok(value) = part.cast_exact::<PyBool>() {
            (3, value.is_true().into())
        } else if let Ok(value) = part.cast_exact::<PyFloat>() {
            (4, value.value().to_bits())
        } else if part.is_exact_instance_of::<PyInt>() {
            match part.extract::<i64>() {
                Ok(value) => (5, value as u64),
                Err(_) => (6, known(&self.numbers, part)?.as_ptr() as u64),
            }
        } else {
            // Held by the tuple, which is held.
            (7, self.identity(part) as u64)
        })
    }

    /// Notes that an object is shown.
    fn charge(&self) -> Result<(), Fault> {
        if let Purpose::Comparing { budget, .. } = &self.purpose {
            let Some(left) = budget.left.get().checked_sub(1) else {
                budget.exhausted.set(true);
                return Err(ErrorKind::Unwritable("more is not needed for a comparison").into());
            };
            budget.left.set(left);
        }
        Ok(())
    }

    /// The pickle of an object alone, with the same hooks and a memo of its own; and what was written of it when
    /// there was a fault.
    fn apart(&self, object: &Id<'py>, purpose: Purpose) -> Result<(Vec<u8>, Result<(), Fault>), Fault> {
        let (py, hooks) = (object.py(), self.inner.hooks());
        let hooks = Hooks {
            pickler: None,
            persistent_id: hooks.persistent_id.clone(),
            reducer_override: hooks.reducer_override.clone(),
            dispatch_table: hooks.dispatch_table.clone(),
            cloud: match &hooks.cloud {
                Some(cloud) => Some(Bound::new(py, Cloud::like(cloud)?)?),
                None => None,
            },
            leaves: hooks.leaves,
        };
        // One protocol, so that no id and no order depends on which was asked for.
        let settings = Settings {
            protocol: HIGHEST_PROTOCOL as u8,
            fast: false,
            digits: usize::MAX,
            ..self.settings
        };
        let source = Deterministic::with(self.inner.another(hooks, settings.protocol)?, settings, purpose);
        let mut emitter = Emitter::new(source, settings, None);
        let outcome = emitter.dump(object.clone());
        Ok((emitter.into_bytes(), outcome))
    }

    /// The id of a class or type variable: a hash of what it is.
    fn id_of(&mut self, object: &Id<'py>) -> Result<Bound<'py, PyString>, Fault> {
        let py = object.py();
        if let Some(known) = self.ids.get(&(object.as_ptr() as usize)) {
            return Ok(known.clone());
        }
        let id = match self.purpose {
            Purpose::Loading => {
                let (bytes, outcome) = self.apart(object, Purpose::Hashing)?;
                outcome?;
                let cloudpickle = py.import("brinery._cloud_load")?;
                let hashed =
                    |number: usize| cloudpickle.call_method1("_content_id", (PyBytes::new(py, &bytes), number));
                let first: String = hashed(0)?.extract()?;
                // Another class that is just like it.
                let number = self.taken.entry(first).or_default();
                let id = hashed(*number)?;
                *number += 1;
                cloudpickle.call_method1("_track_content", (&id, object))?;
                id.cast_into::<PyString>().map_err(PyErr::from)?
            }
            _ => PyString::new(py, &format!("{:032x}", self.ids.len())),
        };
        self.held.push(object.clone());
        self.ids.insert(object.as_ptr() as usize, id.clone());
        Ok(id)
    }

    /// What an object is made of, without what says nothing of it.
    fn settle(&mut self, id: &Id<'py>, mut reduce: LiveReduce<'py>) -> Result<LiveReduce<'py>, Fault> {
        let py = id.py();
        let args = reduce.args.cast::<PyTuple>()?.clone();
        // Sets of other classes are made from lists.
        if args.len() == 1
            && let Ok(items) = args.get_item(0)?.cast_into_exact::<PyList>()
            && is_set(id)
        {
            let sorted = PyList::new(py, self.sorted(items.iter().collect())?)?;
            reduce.args = PyTuple::new(py, [sorted])?.into_any();
            return Ok(reduce);
        }
        let Some(cloud) = &self.inner.hooks().cloud else {
            return Ok(reduce);
        };
        let Some((_, name)) = cloud.get().helpers().name_of(&reduce.callable) else {
            return Ok(reduce);
        };
        let place = match name.bind(py).to_str()? {
            "_make_skeleton_class" => 4,
            "_make_skeleton_enum" | "_make_typevar" => 5,
            "_lookup_class_or_track" => 0,
            _ => return Ok(reduce),
        };
        let mut all: Vec<_> = args.iter().collect();
        if let Some(known) = all.get_mut(place)
            && !known.is_none()
        {
            *known = self.id_of(id)?.into_any();
        }
        reduce.args = PyTuple::new(py, all)?.into_any();
        Ok(reduce)
    }
}

/// The key of a dict of keys that is equal to this one; itself if there was none.
fn known<'py>(keys: &Bound<'py, PyDict>, key: &Id<'py>) -> PyResult<Id<'py>> {
    if let Some(known) = keys.get_item(key)? {
        return Ok(known);
    }
    keys.set_item(key, key)?;
    Ok(key.clone())
}

/// Whether an object is all that its parts are.
fn is_compound(id: &Id<'_>) -> bool {
    id.is_exact_instance_of::<PyTuple>() || id.is_exact_instance_of::<PyFrozenSet>()
}

/// Whether an object is a set of whatever class, which gives its members in no order.
fn is_set(id: &Id<'_>) -> bool {
    let is_weak = |class: Bound<'_, PyType>| {
        class.name().is_ok_and(|name| name == "WeakSet") && class.module().is_ok_and(|module| module == "_weakrefset")
    };
    id.is_instance_of::<PySet>() || id.is_instance_of::<PyFrozenSet>() || is_weak(id.get_type())
}

impl Remembers for Deterministic<'_> {
    fn take_memo(&mut self) -> Memo {
        self.inner.take_memo()
    }
}

impl<'py> Source for Deterministic<'py> {
    type Id = Id<'py>;
    type Items = Items<'py>;
    type Steps = Steps<'py>;
    type Error = Fault;

    fn head(&mut self, id: &Id<'py>, pid: bool) -> Result<Head<Id<'py>>, Fault> {
        self.inner.head(id, pid)
    }

    fn memo_get(&mut self, id: &Id<'py>) -> Option<u32> {
        let address = self.identity(id);
        self.inner.memo().get(address)
    }

    fn memo_put(&mut self, id: &Id<'py>, index: u32) {
        match self.one(id) {
            Ok(Some(one)) => self.inner.memo().put(&one, index),
            _ => self.inner.memo().put(id, index),
        }
    }

    fn view<'s>(&'s mut self, id: &'s Id<'py>, protocol: u8) -> Result<LiveView<'s, 'py>, Fault> {
        self.charge()?;
        if let Ok(set) = id.cast_exact::<PySet>() {
            let list = PyList::new(id.py(), self.sorted(set.iter().collect())?)?;
            return Ok(View::Set(Items::List { list, at: 0 }));
        }
        if let Ok(set) = id.cast_exact::<PyFrozenSet>() {
            let list = PyList::new(id.py(), self.sorted(set.iter().collect())?)?;
            return Ok(View::FrozenSet(Items::List { list, at: 0 }));
        }
        let is_built_in = id.is_exact_instance_of::<PyString>()
            || id.is_exact_instance_of::<PyDict>()
            || id.is_exact_instance_of::<PyList>()
            || id.is_exact_instance_of::<PyTuple>()
            || id.is_exact_instance_of::<PyBytes>()
            || id.is_exact_instance_of::<PyByteArray>()
            || id.is_exact_instance_of::<PyInt>();
        if is_built_in || self.inner.is_buffer(id) {
            return self.inner.view(id, protocol);
        }
        match self.inner.explained(id)? {
            View::Reduce(reduce) => Ok(View::Reduce(self.settle(id, reduce)?)),
            view => Ok(view),
        }
    }

    fn next(&mut self, items: &mut Items<'py>) -> Result<Option<Id<'py>>, Fault> {
        self.charge()?;
        self.inner.next(items)
    }

    fn left(&mut self, items: &mut Items<'py>) -> Result<usize, Fault> {
        self.inner.left(items)
    }

    fn step(&mut self, steps: &mut Steps<'py>) -> Result<Option<brinery::BuildStep<Id<'py>, Items<'py>>>, Fault> {
        self.inner.step(steps)
    }

    fn spell(&mut self, id: &Id<'py>, what: Spell) -> Result<LiveReduce<'py>, Fault> {
        let reduce = self.inner.spell(id, what)?;
        match what {
            Spell::Set | Spell::FrozenSet => self.settle(id, reduce),
            _ => Ok(reduce),
        }
    }

    fn nested(&mut self, id: &Id<'py>, name: &Id<'py>) -> Result<Nested<Id<'py>>, Fault> {
        self.inner.nested(id, name)
    }

    fn nested_call(&mut self, id: &Id<'py>, module: &Id<'py>, name: &Id<'py>) -> Result<LiveReduce<'py>, Fault> {
        self.inner.nested_call(id, module, name)
    }

    fn text<'s>(&'s mut self, id: &'s Id<'py>) -> Result<Cow<'s, [u8]>, Fault> {
        self.inner.text(id)
    }

    fn pid_line(&mut self, pid: &Id<'py>) -> Result<Vec<u8>, Fault> {
        self.inner.pid_line(pid)
    }

    fn extension(&mut self, module: &Id<'py>, name: &Id<'py>) -> Result<Option<i64>, Fault> {
        self.inner.extension(module, name)
    }

    fn enter(&mut self, id: &Id<'py>) -> bool {
        self.inner.enter(id)
    }

    fn leave(&mut self, id: &Id<'py>) {
        self.inner.leave(id);
    }
}
