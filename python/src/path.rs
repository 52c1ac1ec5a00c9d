//! Where the object is that could not be pickled: `obj.jobs[3].lock`.
//!
//! It is found when something has failed, by what the emitter was in the middle of, and costs nothing before.

use crate::{
    HIGHEST_PROTOCOL,
    cloud::Cloud,
    fault::Fault,
    functions::{Manner, pickled},
    items::{Items, Place},
    pickler::arguments,
    source::Hooks,
    world::World,
};
use brinery::{Emitter, Open, Source};
use pyo3::{
    PyTypeInfo,
    exceptions::{PyAttributeError, PyBaseException, PyException, PyMemoryError, PyTypeError},
    intern,
    prelude::*,
    types::{
        PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyFunction, PyInt, PyList, PySet, PyString, PyTuple, PyType,
    },
};
use std::{collections::VecDeque, io};

/// What was to be pickled.
const ROOT: &str = "obj";
/// Steps that are shown of a long path, at its start and at its end.
const SHOWN: usize = 24;
/// Characters that are shown of a key.
const KEY: usize = 60;

/// What an object of which something is open is being read as.
enum Within<'py> {
    /// A container, or nothing that is known.
    Items,
    /// The arguments that an object is made with.
    Arguments(Bound<'py, PyAny>),
    /// The state of an object, if it is known of which.
    State(Option<Bound<'py, PyAny>>),
    /// The list that a set is made from where the protocol has no other way.
    Members,
    /// The cells of a function.
    Cells(Bound<'py, PyAny>),
    /// The arguments of a cell, of which there is one: the value.
    Cell,
}

/// A source of live objects.
pub trait Live<'py>: Source<Id = Bound<'py, PyAny>, Items = Items<'py>> {}
impl<'py, S: Source<Id = Bound<'py, PyAny>, Items = Items<'py>>> Live<'py> for S {}

/// A path under way.
struct Path<'py> {
    py: Python<'py>,
    first: Vec<String>,
    last: VecDeque<String>,
    left_out: bool,
    within: Within<'py>,
    /// What lies there, where that can be seen.
    at: Option<Bound<'py, PyAny>>,
}

impl<'py> Path<'py> {
    fn push(&mut self, step: String) {
        if self.first.len() < SHOWN {
            self.first.push(step);
            return;
        }
        self.last.push_back(step);
        if self.last.len() > SHOWN {
            self.last.pop_front();
            self.left_out = true;
        }
    }

    fn open(&mut self, open: Open<'_, Bound<'py, PyAny>, Items<'py>>) {
        match open {
            Open::Items(items) => {
                if let Some((place, value)) = items.place() {
                    let tuple = match items {
                        Items::Tuple { tuple, .. } => Some(tuple),
                        _ => None,
                    };
                    self.at = value.clone();
                    self.item(place, value, tuple);
                }
            }
            Open::Last(whole) => match whole.cast::<PyTuple>() {
                Ok(tuple) => {
                    let last = tuple.len().saturating_sub(1);
                    self.at = tuple.get_item(last).ok();
                    self.item(Place::Index(last), self.at.clone(), Some(tuple));
                }
                Err(_) => {
                    self.at = None;
                    self.item(Place::Member(None), None, None);
                }
            },
            Open::Class(_) => self.settle(".__class__"),
            Open::Callable(_) => self.settle(".<callable>"),
            Open::Setter(_) => self.settle(".<setter>"),
            Open::Persistent => self.settle(".<persistent id>"),
            Open::Keywords(_) => self.settle(".<keywords>"),
            Open::Arguments(id) => {
                self.at = None;
                self.end();
                self.within = match is_of(id, "builtins", "cell") {
                    true => Within::Cell,
                    false => Within::Arguments(id.clone()),
                };
            }
            Open::State(id) => {
                self.at = None;
                self.end();
                self.within = Within::State(id.cloned());
            }
            Open::Aside(id) => {
                self.at = None;
                self.end();
                self.within = Within::State(Some(id.clone()));
            }
        }
    }

    /// A step after which it is open what comes.
    fn settle(&mut self, step: &str) {
        self.at = None;
        self.end();
        self.push(step.into());
    }

    /// What is known when nothing in arguments or a state is open.
    fn end(&mut self) {
        match std::mem::replace(&mut self.within, Within::Items) {
            Within::Arguments(_) => self.push(".<arguments>".into()),
            Within::State(_) => self.push(".<state>".into()),
            Within::Items | Within::Members | Within::Cells(_) | Within::Cell => {}
        }
    }

    /// One step down, to an item of what is open.
    fn item(&mut self, place: Place<'py>, value: Option<Bound<'py, PyAny>>, tuple: Option<&Bound<'py, PyTuple>>) {
        let within = std::mem::replace(&mut self.within, Within::Items);
        match (within, place) {
            (Within::Arguments(id), Place::Index(index)) => self.argument(&id, index, value),
            (Within::State(id), Place::Index(index)) => {
                // A pair of attributes and slots, as `object.__reduce_ex__` makes it.
                let pair = tuple.is_some_and(|tuple| tuple.len() == 2);
                if pair && value.is_some_and(|value| value.is_instance_of::<PyDict>()) {
                    self.within = Within::State(id);
                    return;
                }
                let partial = id.is_some_and(|id| is_of(&id, "functools", "partial"));
                match ["func", "args", "keywords", "__dict__"].get(index) {
                    Some(name) if partial => self.push(format!(".{name}")),
                    _ => self.push(format!(".<state>[{index}]")),
                }
            }
            (Within::State(id), Place::Value(key)) => {
                let name = key.cast::<PyString>().ok().map(ToString::to_string);
                match name.filter(|name| is_identifier(name)) {
                    Some(name) => {
                        if name == "__closure__"
                            && let Some(function) = id.filter(|id| id.is_exact_instance_of::<PyFunction>())
                        {
                            self.within = Within::Cells(function);
                        }
                        self.push(format!(".{name}"));
                    }
                    None => self.push(format!(".__dict__[{}]", shown(&key))),
                }
            }
            (Within::Members, Place::Index(_)) => self.item(Place::Member(value), None, None),
            (Within::Cells(function), Place::Index(index)) => {
                // By the name that the variable has in the code.
                let name = || -> PyResult<String> {
                    let code = function.getattr(intern!(self.py, "__code__"))?;
                    let names = code.getattr(intern!(self.py, "co_freevars"))?;
                    Ok(shown(&names.get_item(index)?))
                };
                let name = name().unwrap_or_else(|_| index.to_string());
                self.push(format!("[{name}]"));
            }
            (Within::Cell, _) => {}
            (_, Place::Index(index)) => self.push(format!("[{index}]")),
            (_, Place::Value(key)) => self.push(format!("[{}]", shown(&key))),
            (_, Place::Member(Some(member))) => self.push(format!("{{{}}}", shown(&member))),
            (_, Place::Member(None)) => self.push("{…}".into()),
        }
    }

    /// An argument of what makes an object: the attribute that it is, where that is known.
    fn argument(&mut self, id: &Bound<'py, PyAny>, index: usize, value: Option<Bound<'py, PyAny>>) {
        if id.is_exact_instance_of::<PySet>() || id.is_exact_instance_of::<PyFrozenSet>() {
            self.within = Within::Members;
            return;
        }
        let known = ATTRIBUTES.iter().find(|(module, class, _)| is_of(id, module, class));
        let is_value = |found: PyResult<Bound<'py, PyAny>>| {
            found.is_ok_and(|found| value.as_ref().is_some_and(|value| value.is(&found)))
        };
        for name in known.map(|(_, _, names)| *names).unwrap_or_default() {
            if is_value(id.getattr(*name)) {
                return self.push(format!(".{name}"));
            }
        }
        if id.is_instance_of::<PyTuple>()
            && let Ok(fields) = id.get_type().getattr(intern!(self.py, "_fields"))
        {
            for field in fields.cast::<PyTuple>().iter().flat_map(|fields| fields.iter()) {
                if let Ok(field) = field.cast::<PyString>()
                    && is_value(id.getattr(field))
                {
                    return self.push(format!(".{field}"));
                }
            }
        }
        if id.is_instance_of::<PyBaseException>() {
            return self.push(format!(".args[{index}]"));
        }
        if id.is_instance_of::<PyType>() && is_value(id.getattr(intern!(self.py, "__bases__"))) {
            return self.push(".__bases__".into());
        }
        self.push(format!(".<arguments>[{index}]"));
    }
}

/// Whether an object is an instance of just this class.
fn is_of(object: &Bound<'_, PyAny>, module: &str, name: &str) -> bool {
    let class = object.get_type();
    class.name().is_ok_and(|own| own == name) && class.module().is_ok_and(|own| own == module)
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    let first = characters.next();
    first.is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|other| other == '_' || other.is_alphanumeric())
}

/// A key as Python writes it, if no code of others is needed for that; else its class.
fn shown(key: &Bound<'_, PyAny>) -> String {
    let plain = |key: &Bound<'_, PyAny>| {
        key.is_exact_instance_of::<PyString>()
            || key.is_exact_instance_of::<PyInt>()
            || key.is_exact_instance_of::<PyBool>()
            || key.is_exact_instance_of::<PyFloat>()
            || key.is_exact_instance_of::<PyBytes>()
            || key.is_none()
    };
    let all_plain = match key.cast_exact::<PyTuple>() {
        Ok(parts) => parts.len() < 6 && parts.iter().all(|part| plain(&part)),
        Err(_) => plain(key),
    };
    let text = match all_plain {
        true => key.repr().map(|text| text.to_string()).ok(),
        false => None,
    };
    let Some(text) = text else {
        let class = key.get_type().name().map(|name| name.to_string());
        return format!("<{}>", class.unwrap_or_default());
    };
    match text.char_indices().nth(KEY) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The path to what the emitter failed at, `obj` being what it was given, and that itself where it can be seen.
#[cold]
fn of<'py>(py: Python<'py>, emitter: &Emitter<'_, impl Live<'py>>) -> Where {
    let mut path = Path {
        py,
        first: vec![ROOT.into()],
        last: VecDeque::new(),
        left_out: false,
        within: Within::Items,
        at: None,
    };
    emitter.open().for_each(|open| path.open(open));
    path.end();
    let mut text = path.first.concat();
    if path.left_out {
        text.push('…');
    }
    text.extend(path.last);
    Where {
        path: text,
        object: path.at.map(Bound::unbind),
    }
}

/// Where something could not be pickled.
#[derive(Debug)]
pub struct Where {
    path: String,
    object: Option<Py<PyAny>>,
}

impl Default for Where {
    fn default() -> Self {
        Where {
            path: ROOT.into(),
            object: None,
        }
    }
}

/// A fault and where it happened.
#[cold]
pub fn beside<'py>(py: Python<'py>, emitter: &Emitter<'_, impl Live<'py>>, fault: Fault) -> (Fault, Where) {
    let place = match fault.is_about_an_object() {
        true => of(py, emitter),
        false => Where::default(),
    };
    (fault, place)
}

/// Why an object could not be pickled.
#[derive(Debug)]
pub struct Unpicklable {
    /// The exception.
    pub error: PyErr,
    /// Where the object was.
    pub place: Where,
    /// Whether nothing is wrong with it, but it is left to cloudpickle.
    pub left: bool,
}

impl From<PyErr> for Unpicklable {
    fn from(error: PyErr) -> Self {
        Unpicklable {
            error,
            place: Where::default(),
            left: false,
        }
    }
}

impl Unpicklable {
    /// The exception, with the path in a note. Where Python has no notes the path ends the message, if that is pickle's
    /// own: what others have to say stays as it is.
    #[cold]
    pub fn raise(self, py: Python<'_>) -> PyErr {
        if self.place.path != ROOT {
            // An exception that takes no note passes all the same.
            let _ = self.note(py);
        }
        self.error
    }

    fn note(&self, py: Python<'_>) -> PyResult<()> {
        let error = self.error.value(py);
        if !error.is_instance_of::<PyException>() || error.is_instance_of::<PyMemoryError>() {
            return Ok(());
        }
        let note = PyString::new(py, &format!("when pickling {}", self.place.path));
        let notes = intern!(py, "__notes__");
        let before = error.getattr_opt(notes)?;
        if let Some(before) = &before
            && before.contains(&note)?
        {
            return Ok(());
        }
        let base = PyBaseException::type_object(py);
        if base.hasattr(intern!(py, "add_note"))? {
            base.call_method1(intern!(py, "add_note"), (error, note))?;
            return Ok(());
        }
        let world = World::get(py)?;
        let class = error.get_type();
        let own = class.is(PyTypeError::type_object(py))
            || class.is(PyAttributeError::type_object(py))
            || class.is(world.pickling_error.bind(py));
        let args = error.getattr(intern!(py, "args"))?;
        if own
            && let Ok((message,)) = args.extract::<(String,)>()
            && OWN.iter().any(|start| message.starts_with(start))
        {
            return error.setattr(intern!(py, "args"), (format!("{message} ({note})"),));
        }
        match before {
            Some(before) => before.call_method1(intern!(py, "append"), (note,)).map(drop),
            None => error.setattr(notes, PyList::new(py, [note])?),
        }
    }
}

/// How pickle's own messages begin.
const OWN: [&str; 4] = ["cannot pickle ", "Can't pickle ", "can't pickle ", "Can't get "];

/// Arguments that are attributes of what is made of them.
const ATTRIBUTES: [(&str, &str, &[&str]); 9] = [
    ("builtins", "method", &["__self__", "__func__"]),
    ("builtins", "builtin_function_or_method", &["__self__"]),
    ("builtins", "property", &["fget", "fset", "fdel", "__doc__"]),
    ("builtins", "classmethod", &["__func__"]),
    ("builtins", "staticmethod", &["__func__"]),
    ("builtins", "function", &["__code__", "__globals__", "__closure__"]),
    ("collections", "defaultdict", &["default_factory"]),
    ("functools", "partial", &["func"]),
    ("functools", "cached_property", &["func"]),
];

/// What `explain` answers.
type Explained<'py> = (String, Bound<'py, PyBaseException>, Option<Bound<'py, PyAny>>);

/// Why an object cannot be pickled: None if it can. Else the path to what cannot, from `obj` on, the exception, and what
/// lies at the end of the path, or None where that cannot be seen.
///
/// Nothing is kept of what is written. With `by_value` functions, classes and modules travel by value, as cloudpickle has
/// it; without it this is about what `pickle` can do.
#[pyfunction]
#[pyo3(signature = (obj, protocol=None, *, by_value=true))]
pub fn explain<'py>(
    obj: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    by_value: bool,
) -> PyResult<Option<Explained<'py>>> {
    let py = obj.py();
    let protocol = match protocol.filter(|asked| !asked.is_none()) {
        Some(asked) => asked,
        None => HIGHEST_PROTOCOL.into_pyobject(py)?.into_any(),
    };
    let hooks = Hooks {
        cloud: match by_value {
            true => Some(Bound::new(py, Cloud::create(py)?)?),
            false => None,
        },
        ..Hooks::default()
    };
    // What does not depend on the object is an error of the call.
    arguments(World::get(py)?, Some(&protocol), None)?;
    let written = pickled(
        obj.clone(),
        hooks,
        Some(&protocol),
        true,
        None,
        &mut io::sink(),
        Manner::Plain,
    );
    match written {
        Ok(()) => Ok(None),
        Err(Unpicklable { error, place, .. }) if error.is_instance_of::<PyException>(py) => {
            let object = match place.path == ROOT {
                true => Some(obj),
                false => place.object.map(|object| object.into_bound(py)),
            };
            Ok(Some((place.path, error.into_value(py).into_bound(py), object)))
        }
        Err(Unpicklable { error, .. }) => Err(error),
    }
}
