//! What a hook is asked when an object is written, and what it can answer.

use crate::{Builder, Ref, error::Result};

/// Has a say in how each object is written, as the methods of a Python pickler's subclass do.
///
/// The order of things is that of CPython's C pickler: [`persistent_id`](Reducer::persistent_id) for each reference to
/// anything at all; numbers and constants as they are; an object that was written before by its memo index;
/// text, bytes, lists, tuples, dicts and sets as they are; then [`reduce`](Reducer::reduce) for everything else, which is
/// imports and objects; then the usual way.
///
/// The objects of the graph and those of answers are asked about alike. An object is given as a reference into `build`,
/// which holds the graph that is written: [`Builder::value`] looks at it, and the methods of [`Builder`] make what an
/// answer needs. Identity counts: a [`Ref`] that is handed out twice is one object, and [`Builder::interned`] and
/// [`Builder::import`] answer the same object each time, as the literals and globals of a Python program are.
///
/// A closure `FnMut(Ref, &mut Builder<'_>) -> Result<Answer>` is a reducer, too.
///
/// ```
/// use brinery::{Builder, Graph, Options, Ref, Result, hooks::{Answer, Reduce}};
/// // class Order, {'id': 7}
/// let bytes = b"\x80\x02cshop\nOrder\nq\0)\x81q\x01}q\x02X\x02\0\0\0idq\x03K\x07sb.";
/// let mut by_id = |object: Ref, build: &mut Builder<'_>| {
///     let Some(id) = build.value(object).get("id").map(|id| id.id()) else { return Ok(Answer::Default) };
///     let (callable, args) = (build.import("shop:order"), build.tuple([id]));
///     Ok(Reduce::new(callable, args).into())
/// };
/// let written = Options::new().protocol(2).write_with(&Graph::from_slice(bytes)?, &mut by_id)?;
/// assert_eq!(written, b"\x80\x02cshop\norder\nq\0K\x07\x85q\x01Rq\x02.");
/// # Ok::<(), brinery::Error>(())
/// ```
pub trait Reducer {
    /// The persistent id of what `object` stands for (which may be a number or a constant), if it has one: then the id is
    /// written in its place, each time. Python's `persistent_id`.
    fn persistent_id(&mut self, object: Ref, build: &mut Builder<'_>) -> Result<Option<Ref>> {
        let _ = (object, build);
        Ok(None)
    }

    /// How an object is to be written: an import, or anything that is made by a call. Python's `reducer_override`.
    fn reduce(&mut self, object: Ref, build: &mut Builder<'_>) -> Result<Answer> {
        let _ = (object, build);
        Ok(Answer::Default)
    }

    /// Whether an out-of-band buffer (its number, its bytes, whether it is read-only) is written in band. Python's
    /// `buffer_callback`.
    fn in_band(&mut self, number: usize, bytes: &[u8], readonly: bool) -> bool {
        let _ = (number, bytes, readonly);
        true
    }
}

impl<F: FnMut(Ref, &mut Builder<'_>) -> Result<Answer>> Reducer for F {
    fn reduce(&mut self, object: Ref, build: &mut Builder<'_>) -> Result<Answer> {
        self(object, build)
    }
}

/// What a [`Reducer`] says about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: it is written in the usual way. Python's `NotImplemented`.
    Default,
    /// It is made so.
    Reduce(Reduce),
    /// It is imported by this module and qualified name. In Python, a reducer that answers a `str`.
    Global {
        /// The module.
        module: String,
        /// The name in it.
        name: String,
    },
}

impl Answer {
    /// An import, as `module:qualname`.
    pub fn global(path: &str) -> Answer {
        let (module, name) = crate::types::split_path(path);
        Answer::Global {
            module: module.into(),
            name: name.into(),
        }
    }
}

/// How an object is made: the six elements of the tuple that Python's `__reduce__` answers.
///
/// From protocol 2 on, a callable whose name is `__newobj__` or `__newobj_ex__` is not called: as in Python, its arguments
/// say how `class.__new__` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduce {
    /// The function or class that is called.
    pub callable: Ref,
    /// A tuple: with what.
    pub args: Ref,
    /// What the result is given as its state. The object itself may be in it: it has its memo index by then.
    pub state: Option<Ref>,
    /// Items that are appended to the result.
    pub list_items: Vec<Ref>,
    /// Keys and values that are set in the result.
    pub dict_items: Vec<(Ref, Ref)>,
    /// A function that is called with the object and the state, in place of the object's own `__setstate__`.
    pub state_setter: Option<Ref>,
}

impl Reduce {
    /// `callable(*args)`; `args` is a tuple.
    pub fn new(callable: Ref, args: Ref) -> Reduce {
        Reduce {
            callable,
            args,
            state: None,
            list_items: Vec::new(),
            dict_items: Vec::new(),
            state_setter: None,
        }
    }

    /// The same with a state.
    pub fn state(self, state: Ref) -> Reduce {
        Reduce {
            state: Some(state),
            ..self
        }
    }

    /// The same with a state that a function sets: `setter(object, state)`.
    pub fn state_by(self, setter: Ref, state: Ref) -> Reduce {
        Reduce {
            state: Some(state),
            state_setter: Some(setter),
            ..self
        }
    }

    /// The same with items that are appended to the result.
    pub fn list_items(self, items: impl IntoIterator<Item = Ref>) -> Reduce {
        Reduce {
            list_items: items.into_iter().collect(),
            ..self
        }
    }

    /// The same with keys and values that are set in the result.
    pub fn dict_items(self, items: impl IntoIterator<Item = (Ref, Ref)>) -> Reduce {
        Reduce {
            dict_items: items.into_iter().collect(),
            ..self
        }
    }
}

impl From<Reduce> for Answer {
    fn from(reduce: Reduce) -> Answer {
        Answer::Reduce(reduce)
    }
}
