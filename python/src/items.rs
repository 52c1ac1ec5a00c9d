//! A container's items on their way, and the steps after an object was made.

use crate::{fault::Fault, raw};
use brinery::BuildStep;
use pyo3::{
    exceptions::{PyRuntimeError, PyTypeError},
    prelude::*,
    types::{PyDict, PyIterator, PyList, PyTuple},
};

/// Items on their way. Each is held until it is written: hooks may change the container meanwhile.
#[derive(Debug)]
pub enum Items<'py> {
    /// Of an exact list, which may grow or shrink meanwhile.
    List {
        /// The list.
        list: Bound<'py, PyList>,
        /// The next item's place.
        at: usize,
    },
    /// Of an exact tuple.
    Tuple {
        /// The tuple.
        tuple: Bound<'py, PyTuple>,
        /// The next item's place.
        at: usize,
    },
    /// Of an exact dict.
    Dict(Entries<'py>),
    /// Of a set or frozenset.
    Set {
        /// Its iterator, which checks that the set does not change.
        iterator: Bound<'py, PyIterator>,
        /// How many are to come.
        left: usize,
    },
    /// Of an iterator in a reduce value.
    Stream(Box<Stream<'py>>),
}

/// The entries of a dict on their way.
#[derive(Debug)]
pub struct Entries<'py> {
    dict: Bound<'py, PyDict>,
    at: isize,
    /// The value that belongs to the key handed out last.
    value: Option<Bound<'py, PyAny>>,
    /// How many entries the dict had, and how many keys and values are to come.
    len: usize,
    left: usize,
}

impl<'py> Entries<'py> {
    /// All of them.
    #[inline(always)]
    pub fn new(dict: Bound<'py, PyDict>) -> Self {
        let len = dict.len();
        Entries {
            dict,
            at: 0,
            value: None,
            len,
            left: 2 * len,
        }
    }

    /// Those from a place on, after the value of a key that was handed out; as many keys and values are to come.
    pub fn halfway(dict: Bound<'py, PyDict>, at: isize, value: Option<Bound<'py, PyAny>>, left: usize) -> Self {
        let len = dict.len();
        Entries {
            dict,
            at,
            value,
            len,
            left,
        }
    }

    /// The value of a key that was handed out last.
    #[inline(always)]
    pub fn take_value(&mut self) -> Option<Bound<'py, PyAny>> {
        let value = self.value.take()?;
        self.left = self.left.saturating_sub(1);
        Some(value)
    }

    /// The dict, the place in it, how many keys and values are to come, and where a value waits for its turn.
    #[inline(always)]
    pub fn parts(
        &mut self,
    ) -> (
        &Bound<'py, PyDict>,
        &mut isize,
        &mut usize,
        &mut Option<Bound<'py, PyAny>>,
    ) {
        (&self.dict, &mut self.at, &mut self.left, &mut self.value)
    }

    /// The next key or value.
    #[inline(always)]
    pub fn next(&mut self) -> Option<Bound<'py, PyAny>> {
        self.left = self.left.saturating_sub(1);
        if let Some(value) = self.value.take() {
            return Some(value);
        }
        let (key, value) = raw::next_entry(&self.dict, &mut self.at)?;
        self.value = Some(value);
        Some(key)
    }
}

/// What an iterator gives, looked at ahead.
#[derive(Debug)]
pub struct Stream<'py> {
    iterator: Option<Bound<'py, PyIterator>>,
    /// Looked at and not handed out, the next one last.
    ahead: Vec<Bound<'py, PyAny>>,
    /// Whether it gives pairs of key and value.
    pairs: bool,
    /// How many are looked at before anything is written: the protocol without batches looks at one.
    look: usize,
    /// How many were handed out, and the key handed out last.
    handed: usize,
    key: Option<Bound<'py, PyAny>>,
}

impl<'py> Stream<'py> {
    /// All that the iterator will give.
    pub fn new(iterator: Bound<'py, PyIterator>, pairs: bool, protocol: u8) -> Self {
        Stream {
            iterator: Some(iterator),
            ahead: Vec::new(),
            pairs,
            look: if protocol == 0 { 1 } else { 2 },
            handed: 0,
            key: None,
        }
    }

    /// Takes one from the iterator; false if there is none. An iterator at its end is not asked again.
    fn fetch(&mut self) -> PyResult<bool> {
        let Some(iterator) = &mut self.iterator else {
            return Ok(false);
        };
        let Some(item) = iterator.next().transpose()? else {
            self.iterator = None;
            return Ok(false);
        };
        if !self.pairs {
            self.ahead.insert(0, item);
            return Ok(true);
        }
        match item.cast::<PyTuple>() {
            Ok(pair) if pair.len() == 2 => {
                self.ahead.insert(0, pair.get_item(0)?);
                self.ahead.insert(0, pair.get_item(1)?);
                Ok(true)
            }
            _ => Err(PyTypeError::new_err("dict items iterator must return 2-tuples")),
        }
    }

    fn next(&mut self) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.ahead.is_empty() {
            self.fetch()?;
        }
        if self.pairs && self.handed.is_multiple_of(2) {
            self.key = self.ahead.last().cloned();
        }
        self.handed += 1;
        Ok(self.ahead.pop())
    }

    fn left(&mut self) -> PyResult<usize> {
        let look = self.look * if self.pairs { 2 } else { 1 };
        while self.ahead.len() < look && self.fetch()? {}
        Ok(self.ahead.len())
    }
}

/// Where the item that was handed out last is in its container.
#[derive(Debug)]
pub enum Place<'py> {
    /// At a number.
    Index(usize),
    /// It is the value of a key.
    Value(Bound<'py, PyAny>),
    /// It is a key, or a member of a set; which one, if that can be seen.
    Member(Option<Bound<'py, PyAny>>),
}

impl<'py> Items<'py> {
    /// Where the last one was, and itself where it can be seen. For errors, and slow.
    #[cold]
    pub fn place(&self) -> Option<(Place<'py>, Option<Bound<'py, PyAny>>)> {
        Some(match self {
            Items::List { list, at } => {
                let index = at.checked_sub(1)?;
                (Place::Index(index), list.get_item(index).ok())
            }
            Items::Tuple { tuple, at } => {
                let index = at.checked_sub(1)?;
                (Place::Index(index), tuple.get_item(index).ok())
            }
            Items::Dict(entries) => {
                let (mut at, mut last) = (0, None);
                while let Some(entry) = raw::next_entry(&entries.dict, &mut at) {
                    last = Some(entry);
                    if at >= entries.at {
                        break;
                    }
                }
                let (key, value) = last?;
                match entries.value {
                    Some(_) => (Place::Member(Some(key.clone())), Some(key)),
                    None => (Place::Value(key), Some(value)),
                }
            }
            Items::Set { iterator, left } => {
                let member = member(iterator, *left).ok();
                (Place::Member(member.clone()), member)
            }
            Items::Stream(stream) if !stream.pairs => (Place::Index(stream.handed.checked_sub(1)?), None),
            Items::Stream(stream) => match &stream.key {
                Some(key) if stream.handed.is_multiple_of(2) => (Place::Value(key.clone()), None),
                key => (Place::Member(key.clone()), key.clone()),
            },
        })
    }

    /// The next one.
    #[inline(always)]
    pub fn next(&mut self) -> Result<Option<Bound<'py, PyAny>>, Fault> {
        Ok(match self {
            Items::List { list, at } => {
                if *at >= list.len() {
                    return Ok(None);
                }
                *at += 1;
                raw::list_item(list, *at - 1)
            }
            Items::Tuple { tuple, at } => {
                if *at >= tuple.len() {
                    return Ok(None);
                }
                *at += 1;
                raw::tuple_item(tuple, *at - 1)
            }
            Items::Dict(entries) => entries.next(),
            Items::Set { iterator, left } => {
                *left = left.saturating_sub(1);
                iterator.next().transpose()?
            }
            Items::Stream(stream) => stream.next()?,
        })
    }

    /// How many are to come.
    #[inline(always)]
    pub fn left(&mut self) -> Result<usize, Fault> {
        Ok(match self {
            Items::List { list, at } => list.len().saturating_sub(*at),
            Items::Tuple { tuple, at } => tuple.len() - *at,
            Items::Dict(entries) => {
                if entries.dict.len() != entries.len {
                    return Err(PyRuntimeError::new_err("dictionary changed size during iteration").into());
                }
                entries.left
            }
            Items::Set { left, .. } => *left,
            Items::Stream(stream) => stream.left()?,
        })
    }
}

/// The member of a set that its iterator gave last.
fn member<'py>(iterator: &Bound<'py, PyIterator>, left: usize) -> PyResult<Bound<'py, PyAny>> {
    let referred = iterator.py().import("gc")?.call_method1("get_referents", (iterator,))?;
    let set = referred.get_item(0)?;
    let at = set.len()?.checked_sub(left + 1);
    let member = at.and_then(|at| set.try_iter().ok()?.nth(at));
    member.unwrap_or_else(|| Err(PyRuntimeError::new_err("the set has changed")))
}

/// What is done to an object after it was made: the last four elements of a reduce value.
#[derive(Debug, Default)]
pub struct Steps<'py> {
    /// What to append.
    pub list_items: Option<Bound<'py, PyIterator>>,
    /// What to set.
    pub dict_items: Option<Bound<'py, PyIterator>>,
    /// The state.
    pub state: Option<Bound<'py, PyAny>>,
    /// What to call with the state.
    pub setter: Option<Bound<'py, PyAny>>,
    /// Calls made before all that, the next one last.
    pub asides: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

impl<'py> Steps<'py> {
    /// The next one.
    pub fn next(&mut self, protocol: u8) -> Option<BuildStep<Bound<'py, PyAny>, Items<'py>>> {
        let stream = |iterator, pairs| Items::Stream(Box::new(Stream::new(iterator, pairs, protocol)));
        if let Some((callable, args)) = self.asides.pop() {
            let memoized = false;
            return Some(BuildStep::Aside {
                callable,
                args,
                memoized,
            });
        }
        if let Some(iterator) = self.list_items.take() {
            return Some(BuildStep::Append(stream(iterator, false)));
        }
        if let Some(iterator) = self.dict_items.take() {
            return Some(BuildStep::SetItems(stream(iterator, true)));
        }
        let state = self.state.take()?;
        Some(match self.setter.take() {
            Some(setter) => BuildStep::Setter { setter, state },
            None => BuildStep::State(state),
        })
    }
}
