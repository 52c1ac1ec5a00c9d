//! What a hook is asked when an object is written, and what it can answer.

use crate::{Builder, Call, Ref, Step, error::Result, types::Made};

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

    /// The reduce value of an object as its pickle tells it, to be answered with something changed. The tuple of arguments
    /// is made anew each time, as nearly every `__reduce__` does. `None` for what no call
    /// made, for instances of Python 2 classes, and for an object that was changed in ways that no reduce value has.
    ///
    /// ```
    /// use brinery::{Builder, Graph, Options, Ref, Result, hooks::{Answer, Reduce}};
    /// // shop.Order() | {'id': 7}
    /// let graph = Graph::from_slice(b"\x80\x02cshop\nOrder\nq\0)\x81q\x01}q\x02X\x02\0\0\0idq\x03K\x07sb.")?;
    /// let mut without_state = |object: Ref, build: &mut Builder<'_>| {
    ///     Ok(Reduce::of(object, build).map_or(Answer::Default, |made| Reduce { state: None, ..made }.into()))
    /// };
    /// let bytes = Options::new().protocol(2).write_with(&graph, &mut without_state)?;
    /// assert_eq!(bytes, b"\x80\x02cshop\nOrder\nq\0)\x81q\x01.");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn of(object: Ref, build: &mut Builder<'_>) -> Option<Reduce> {
        let object = build.value(object).as_object()?;
        let mut reduce = Reduce::new(object.callable().id(), object.args_tuple());
        for step in object.steps() {
            let in_order = reduce.state.is_none();
            match step {
                Step::Append(items) if in_order && reduce.list_items.is_empty() && reduce.dict_items.is_empty() => {
                    reduce.list_items = items.refs.to_vec();
                }
                Step::SetItems(items) if in_order && reduce.dict_items.is_empty() => {
                    reduce.dict_items = items.iter().map(|(key, value)| (key.id(), value.id())).collect();
                }
                Step::State(state) if in_order => reduce.state = Some(state.id()),
                Step::Setter { setter, state } if in_order => {
                    reduce.state = Some(state.id());
                    reduce.state_setter = Some(setter.id());
                }
                _ => return None,
            }
        }
        let args: Vec<Ref> = object.args().iter().map(|arg| arg.id()).collect();
        let class = reduce.callable;
        match object.call() {
            Call::New => {
                reduce.callable = build.import("copyreg:__newobj__");
                reduce.args = build.tuple([&[class], &*args].concat());
            }
            Call::NewEx => {
                let [args, kwargs] = *build.value(reduce.args).as_items()?.refs else {
                    return None;
                };
                reduce.callable = build.import("copyreg:__newobj_ex__");
                reduce.args = build.tuple([class, args, kwargs]);
            }
            Call::Instance => return None,
            // `partial(class.__new__, class, *args, **kwargs)()`
            Call::Reduce => {
                if let Some(partial) = Made::by(object.callable(), "functools", "partial")
                    && let Some(state) = partial.object.state().and_then(|state| state.as_items())
                    && let [_, args, kwargs, _] = *state.refs
                    && let [class, rest @ ..] = build.value(args).as_items()?.refs
                {
                    let (class, rest) = (*class, rest.to_vec());
                    let args = build.tuple(rest);
                    reduce.callable = build.import("copyreg:__newobj_ex__");
                    reduce.args = build.tuple([class, args, kwargs]);
                } else {
                    reduce.args = build.tuple(args);
                }
            }
        }
        Some(reduce)
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
