//! Live objects for the machine.

mod made;
mod shapes;

use crate::{
    cloud,
    fault::Fault,
    find, raw,
    unpickler::Unpickler,
    world::{World, attribute, is_class},
};
use shapes::Shapes;

use brinery::{ErrorKind, Heap, Int, Text};
use pyo3::{
    exceptions::{PyRuntimeError, PyTypeError, PyValueError},
    intern,
    prelude::*,
    types::{
        PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyIterator, PyList, PyMemoryView, PySet, PyString,
        PyTuple, PyType,
    },
};
use std::{borrow::Cow, vec::Drain};

/// A live object.
type Value<'py> = Bound<'py, PyAny>;

/// What is said where a persistent id comes and nobody knows it.
pub const NO_PERSISTENT_LOAD: &str =
    "A load persistent id instruction was encountered, but no persistent_load function was specified.";

/// What an unpickler's own class has to say.
#[derive(Debug, Default)]
pub struct Hooks<'py> {
    /// The unpickler.
    pub unpickler: Option<Bound<'py, Unpickler>>,
    /// Whether imports go through its `find_class`.
    pub find_class: bool,
    /// Its `persistent_load`.
    pub persistent_load: Option<Value<'py>>,
}

/// The global of that name, by Python 3's name for it, after the audit event.
pub fn find_class<'py>(
    world: &World,
    protocol: u8,
    fix_imports: bool,
    module: Value<'py>,
    name: Value<'py>,
) -> PyResult<Value<'py>> {
    let py = module.py();
    raw::audit(c"pickle.find_class", &module, &name)?;
    let (mut module, mut name) = (module, name);
    if protocol < 3 && fix_imports {
        if let Some(both) = world.name_mapping.bind(py).get_item((&module, &name))? {
            let Ok((to_module, to_name)) = both.extract::<(Bound<'py, PyString>, Bound<'py, PyString>)>() else {
                let message = "_compat_pickle.NAME_MAPPING values should be 2-tuples";
                return Err(PyRuntimeError::new_err(message));
            };
            (module, name) = (to_module.into_any(), to_name.into_any());
        } else if let Some(renamed) = world.import_mapping.bind(py).get_item(&module)? {
            module = renamed;
        }
    }
    let module = find::module(module.cast::<PyString>()?)?;
    let name = name.cast::<PyString>()?;
    if protocol >= 4 {
        attribute(module, name)
    } else {
        find::attribute(&module, name)
    }
}

/// The objects of the running interpreter.
pub struct LiveHeap<'py, 't> {
    py: Python<'py>,
    world: &'py World,
    protocol: u8,
    fix_imports: bool,
    /// What a `str` of Python 2 is decoded with: an encoding and an error handler.
    decoding: (&'t str, &'t str),
    buffers: Option<Bound<'py, PyIterator>>,
    /// Buffers handed out.
    taken: usize,
    hooks: Hooks<'py>,
    /// Whether the collector is to be stopped while no Python code runs.
    quiet: bool,
    /// Whether it is stopped.
    stopped: bool,
    /// Containers made while it was.
    made: usize,
    /// Room for the items of a state.
    items: Vec<Value<'py>>,
    /// Keys that come again and again, where the pickle is large enough for that.
    shapes: Option<Box<Shapes<'py>>>,
}

impl Drop for LiveHeap<'_, '_> {
    fn drop(&mut self) {
        self.start_collector();
    }
}

impl<'py, 't> LiveHeap<'py, 't> {
    /// A heap for one pickle.
    pub fn new(
        py: Python<'py>,
        world: &'static World,
        fix_imports: bool,
        text: (&'t str, &'t str),
        buffers: Option<Bound<'py, PyIterator>>,
        hooks: Hooks<'py>,
    ) -> Self {
        LiveHeap {
            py,
            world,
            protocol: 0,
            fix_imports,
            decoding: text,
            buffers,
            taken: 0,
            hooks,
            quiet: false,
            stopped: false,
            made: 0,
            items: Vec::new(),
            shapes: None,
        }
    }

    /// Stops the collector while no Python code runs: everything that is made is needed, so that it would look in vain. Up
    /// to CPython 3.11 it looks whenever some hundred containers have been made.
    pub fn stop_collector_when_alone(&mut self) {
        self.quiet = true;
        self.stop_collector();
    }

    /// Remembers what was seen. For a pickle that is large enough that something may come again.
    pub fn learn(&mut self) {
        self.shapes = Some(Box::default());
    }

    /// How many containers were made without the collector.
    pub fn made(&self) -> usize {
        self.made
    }

    fn stop_collector(&mut self) {
        if self.quiet {
            self.stopped = raw::run_collector(self.py, false);
        }
    }

    fn start_collector(&mut self) {
        if std::mem::take(&mut self.stopped) {
            raw::run_collector(self.py, true);
        }
    }

    /// Runs code of others, with the collector as they know it.
    #[inline(always)]
    fn outside<T>(&mut self, code: impl FnOnce(&mut Self) -> T) -> T {
        self.start_collector();
        let done = code(self);
        self.stop_collector();
        done
    }
}

impl<'py, 'a> Heap<'a> for LiveHeap<'py, '_> {
    type Value = Value<'py>;
    type Error = Fault;

    fn protocol(&mut self, protocol: u8) -> Result<(), Fault> {
        self.protocol = protocol;
        if let Some(unpickler) = &self.hooks.unpickler {
            unpickler.borrow_mut().set_protocol(protocol);
        }
        Ok(())
    }

    #[inline(always)]
    fn site(&mut self, _offset: u64) {}

    #[inline(always)]
    fn none(&mut self) -> Result<Value<'py>, Fault> {
        Ok(self.py.None().into_bound(self.py))
    }

    #[inline(always)]
    fn bool(&mut self, value: bool) -> Result<Value<'py>, Fault> {
        Ok(PyBool::new(self.py, value).to_owned().into_any())
    }

    #[inline(always)]
    fn int(&mut self, value: i64) -> Result<Value<'py>, Fault> {
        Ok(self.world.kit.int(self.py, value)?)
    }

    fn long(&mut self, value: Int) -> Result<Value<'py>, Fault> {
        match value {
            Int::Small(value) => self.int(value),
            Int::Big(value) => Ok(value.into_pyobject(self.py)?.into_any()),
            Int::Bool(value) => self.bool(value),
        }
    }

    #[inline(always)]
    fn float(&mut self, value: f64) -> Result<Value<'py>, Fault> {
        Ok(PyFloat::new(self.py, value).into_any())
    }

    #[inline(always)]
    fn utf8(&mut self, value: &'a [u8]) -> Result<Value<'py>, Fault> {
        match self.world.kit.ascii(self.py, value) {
            Some(text) => Ok(text?),
            None => self.other_text(value),
        }
    }

    #[cold]
    fn str(&mut self, value: Text<'a>) -> Result<Value<'py>, Fault> {
        self.text(&value)
    }

    fn byte_string(&mut self, value: Cow<'a, [u8]>) -> Result<Value<'py>, Fault> {
        self.outside(|heap| {
            let bytes = PyBytes::new(heap.py, &value);
            Ok(match heap.decoding {
                ("bytes", _) => bytes.into_any(),
                // The codec is not even looked up.
                _ if value.is_empty() => PyString::new(heap.py, "").into_any(),
                text => bytes.call_method1(intern!(heap.py, "decode"), text)?,
            })
        })
    }

    fn bytes(&mut self, value: &'a [u8]) -> Result<Value<'py>, Fault> {
        Ok(raw::bytes(self.py, value)?)
    }

    fn bytearray(&mut self, value: &'a [u8]) -> Result<Value<'py>, Fault> {
        Ok(PyByteArray::new(self.py, value).into_any())
    }

    #[inline(always)]
    fn list(&mut self) -> Result<Value<'py>, Fault> {
        self.made += 1;
        Ok(PyList::empty(self.py).into_any())
    }

    #[inline(always)]
    fn dict(&mut self) -> Result<Value<'py>, Fault> {
        self.made += 1;
        Ok(PyDict::new(self.py).into_any())
    }

    fn set(&mut self) -> Result<Value<'py>, Fault> {
        Ok(PySet::empty(self.py)?.into_any())
    }

    #[inline(always)]
    fn tuple(&mut self, items: Drain<'_, Value<'py>>) -> Result<Value<'py>, Fault> {
        self.made += 1;
        Ok(raw::tuple(self.py, items)?)
    }

    fn frozenset(&mut self, items: Drain<'_, Value<'py>>) -> Result<Value<'py>, Fault> {
        self.outside(|heap| Ok(PyFrozenSet::new(heap.py, items)?.into_any()))
    }

    #[inline(always)]
    fn append(&mut self, target: &Value<'py>, items: Drain<'_, Value<'py>>) -> Result<(), Fault> {
        if let Ok(list) = target.cast_exact::<PyList>() {
            return Ok(raw::extend(list, items)?);
        }
        self.outside(|heap| heap.append_to_other(target, items))
    }

    #[inline(always)]
    fn set_items(&mut self, target: &Value<'py>, items: Drain<'_, Value<'py>>) -> Result<(), Fault> {
        if let Ok(dict) = target.cast_exact::<PyDict>() {
            return self.set_in_dict(dict, items);
        }
        self.outside(|_| {
            let mut items = items;
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                target.set_item(key, value)?;
            }
            Ok(())
        })
    }

    fn add_items(&mut self, target: &Value<'py>, items: Drain<'_, Value<'py>>) -> Result<(), Fault> {
        self.outside(|heap| {
            if let Ok(set) = target.cast::<PySet>() {
                for item in items {
                    set.add(item)?;
                }
                return Ok(());
            }
            let add = target.getattr(intern!(heap.py, "add"))?;
            for item in items {
                add.call1((item,))?;
            }
            Ok(())
        })
    }

    fn global(&mut self, module: &'a str, name: &'a str) -> Result<Value<'py>, Fault> {
        self.outside(|heap| Ok(heap.find_class(PyString::new(heap.py, module), PyString::new(heap.py, name))?))
    }

    fn stack_global(&mut self, module: Value<'py>, name: Value<'py>) -> Result<Value<'py>, Fault> {
        self.outside(
            |heap| match (module.cast_into_exact::<PyString>(), name.cast_into_exact::<PyString>()) {
                (Ok(module), Ok(name)) => Ok(heap.find_class(module, name)?),
                _ => Ok(heap.world.unpickling(heap.py, "STACK_GLOBAL requires str")?),
            },
        )
    }

    fn extension(&mut self, code: i64) -> Result<Value<'py>, Fault> {
        self.outside(|heap| {
            let py = heap.py;
            let cache = heap.world.extension_cache.bind(py);
            if let Some(known) = cache.get_item(code)? {
                return Ok(known);
            }
            let Some(entry) = heap.world.inverted_registry.bind(py).get_item(code)? else {
                return Err(ErrorKind::UnknownExtension(code).into());
            };
            let Ok((module, name)) = entry.extract::<(Bound<'py, PyString>, Bound<'py, PyString>)>() else {
                let message = format!("_inverted_registry[{code}] isn't a 2-tuple of strings");
                return Err(PyValueError::new_err(message).into());
            };
            let found = heap.find_class(module, name)?;
            cache.set_item(code, &found)?;
            Ok(found)
        })
    }

    fn reduce(&mut self, callable: Value<'py>, args: Value<'py>) -> Result<Value<'py>, Fault> {
        self.outside(|_| {
            if let Some(made) = cloud::made(&callable, &args) {
                return Ok(made?);
            }
            let Ok(args) = args.cast_into::<PyTuple>() else {
                return Err(PyTypeError::new_err("argument list must be a tuple").into());
            };
            Ok(callable.call1(args)?)
        })
    }

    fn new_object(&mut self, class: Value<'py>, args: Value<'py>) -> Result<Value<'py>, Fault> {
        if let Ok(class) = class.cast::<PyType>()
            && raw::is_made_by_object(class)
            && let Ok(args) = args.cast_exact::<PyTuple>()
            && args.is_empty()
        {
            self.made += 1;
            return Ok(self.new_instance(class, args, None, "NEWOBJ")?);
        }
        self.outside(|heap| {
            let args = heap.arguments(&args, "NEWOBJ")?;
            Ok(heap.new_instance(&class, args, None, "NEWOBJ")?)
        })
    }

    fn new_object_ex(&mut self, class: Value<'py>, args: Value<'py>, kwargs: Value<'py>) -> Result<Value<'py>, Fault> {
        self.outside(|heap| {
            let args = heap.arguments(&args, "NEWOBJ_EX")?;
            let Ok(kwargs) = kwargs.cast::<PyDict>() else {
                return Ok(heap
                    .world
                    .unpickling(heap.py, "NEWOBJ_EX expects a dict of keyword arguments")?);
            };
            Ok(heap.new_instance(&class, args, Some(kwargs), "NEWOBJ_EX")?)
        })
    }

    fn instance(&mut self, class: Value<'py>, args: Drain<'_, Value<'py>>) -> Result<Value<'py>, Fault> {
        self.outside(|heap| {
            let py = heap.py;
            if args.len() == 0 && is_class(&class) && !class.hasattr(intern!(py, "__getinitargs__"))? {
                return Ok(class.call_method1(intern!(py, "__new__"), (&class,))?);
            }
            Ok(class.call1(PyTuple::new(py, args)?)?)
        })
    }

    fn build(&mut self, target: &Value<'py>, state: Value<'py>) -> Result<(), Fault> {
        if let Ok(dict) = state.cast_exact::<PyDict>() {
            let mut items = std::mem::take(&mut self.items);
            raw::entries_of(dict, &mut items);
            let done = self.set_plain_state(target, &items);
            items.clear();
            self.items = items;
            if done {
                return Ok(());
            }
        }
        self.outside(|heap| {
            match raw::attribute(target, intern!(heap.py, "__setstate__"))? {
                Some(setstate) => {
                    setstate.call1((state,))?;
                }
                None => heap.set_attributes(target, state)?,
            }
            Ok(())
        })
    }

    fn build_of_items(&mut self, target: &Value<'py>, state: &Value<'py>, items: &[Value<'py>]) -> bool {
        // Nobody else has the dict, so that nobody will miss it.
        raw::references(state) == 1
            && state.cast_exact::<PyDict>().is_ok_and(|state| state.is_empty())
            && self.set_plain_state(target, items)
    }

    #[inline(always)]
    fn looks_ahead(&self) -> bool {
        self.shapes.is_some()
    }

    #[cold]
    fn digits(&mut self, _limit: usize) -> Result<usize, Fault> {
        Ok(self.world.digits(self.py)?)
    }

    fn persistent_line(&mut self, id: &'a str) -> Result<Value<'py>, Fault> {
        self.outside(|heap| Ok(heap.persistent_load(PyString::new(heap.py, id).into_any())?))
    }

    fn persistent(&mut self, id: Value<'py>) -> Result<Value<'py>, Fault> {
        self.outside(|heap| Ok(heap.persistent_load(id)?))
    }

    fn next_buffer(&mut self) -> Result<Value<'py>, Fault> {
        self.outside(|heap| {
            let buffer = match &mut heap.buffers {
                Some(buffers) => buffers.next().transpose()?,
                None => None,
            };
            heap.taken += 1;
            buffer.ok_or(ErrorKind::MissingBuffer(heap.taken - 1).into())
        })
    }

    fn readonly_buffer(&mut self, buffer: Value<'py>) -> Result<Value<'py>, Fault> {
        self.outside(|heap| {
            let view = PyMemoryView::from(&buffer)?;
            if view.getattr(intern!(heap.py, "readonly"))?.is_truthy()? {
                return Ok(buffer);
            }
            Ok(view.call_method0(intern!(heap.py, "toreadonly"))?)
        })
    }

    #[inline(always)]
    fn memoized(&mut self, _value: &Value<'py>, _binary: bool) {}

    #[inline(always)]
    fn fetched(&mut self, _value: &Value<'py>) {}

    #[inline(always)]
    fn dropped(&mut self, _value: Value<'py>, _top: Option<&Value<'py>>) {}
}
