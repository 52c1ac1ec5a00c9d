//! Live objects for the emitter.

use crate::{
    cloud::{Answer, Cloud, Made},
    fault::Fault,
    items::{Entries, Items, Steps},
    memo::Memo,
    pickler::Pickler,
    plain, raw,
    skipped::Skipped,
    world::{World, attribute, is_class},
};
use brinery::{BigInt, Call, ErrorKind, Head, Nested, Python as Version, Reduce, Source, Spell, View};
use pyo3::{
    PyTypeInfo,
    buffer::PyBuffer,
    exceptions::{PyBufferError, PyKeyError, PyRuntimeError},
    ffi, intern,
    prelude::*,
    types::{
        PyBool, PyByteArray, PyBytes, PyDict, PyEllipsis, PyFloat, PyFrozenSet, PyFunction, PyInt, PyIterator, PyList,
        PyMapping, PyNone, PyNotImplemented, PySet, PyString, PyTuple, PyType,
    },
};
use std::{
    borrow::Cow,
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
    ptr,
};

/// From here on nested names are no calls of a parent.
const FLAT_NESTED_NAMES: Version = Version::new(3, 12, 5);

/// From here on an instance without attributes has no state.
const EMPTY_IS_NONE: Version = Version::new(3, 11, 0);

/// A live object.
type Id<'py> = Bound<'py, PyAny>;
/// How to make a live object.
type LiveReduce<'py> = Reduce<Id<'py>, Steps<'py>>;
/// A live object, one level deep.
type LiveView<'s, 'py> = View<'s, Id<'py>, Items<'py>, Steps<'py>>;

/// What a pickler and its class have to say.
#[derive(Debug, Default)]
pub struct Hooks<'py> {
    /// The pickler.
    pub pickler: Option<Bound<'py, Pickler>>,
    /// Its `persistent_id`.
    pub persistent_id: Option<Id<'py>>,
    /// Its `reducer_override`.
    pub reducer_override: Option<Id<'py>>,
    /// Its `dispatch_table`.
    pub dispatch_table: Option<Id<'py>>,
    /// Who decides what travels by value, if anything does.
    pub cloud: Option<Bound<'py, Cloud>>,
}

/// Spreads addresses, which nobody can choose to any effect: a set of them lives as long as one pickle is written.
#[derive(Debug, Default)]
pub struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_usize(byte.into()));
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0 ^ (address as u64 >> 4)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The objects of the running interpreter on their way out.
pub struct LiveSource<'py> {
    py: Python<'py>,
    world: &'py World,
    protocol: u8,
    buffer_callback: Option<Bound<'py, PyAny>>,
    memo: Memo,
    hooks: Hooks<'py>,
    /// Bytes that are shown and could change while they are.
    shown: Vec<u8>,
    writing: HashSet<usize>,
    /// The string that was looked at last, and the one that stands for all equal ones.
    last: (Option<Id<'py>>, Option<Id<'py>>),
    /// Whether objects with one owner need no place in the memo.
    skipping: bool,
    skipped: Skipped,
    /// Tuples and frozensets with more than one owner that were shown, and may have no place in the memo yet.
    open: HashSet<usize, BuildHasherDefault<Spread>>,
    /// Whether the collector is stopped meanwhile: its finalizers are Python code.
    stopped: bool,
    /// Whether the keys of `copyreg.dispatch_table` are known to be classes without a hash of their own.
    table_is_plain: bool,
    /// A list or dict that was shown last, which its items hold once more.
    viewed: *mut ffi::PyObject,
    /// Those that may have an owner who does not count: the key of a dict whose keys are shared, module and name of a global.
    others: [*mut ffi::PyObject; 3],
}

impl Drop for LiveSource<'_> {
    fn drop(&mut self) {
        self.start_collector();
    }
}

impl<'py> LiveSource<'py> {
    /// A source for one pickle.
    pub fn new(
        py: Python<'py>,
        world: &'static World,
        protocol: u8,
        buffer_callback: Option<Bound<'py, PyAny>>,
        hooks: Hooks<'py>,
        memo: Memo,
    ) -> Self {
        LiveSource {
            py,
            world,
            protocol,
            buffer_callback,
            memo,
            hooks,
            shown: Vec::new(),
            writing: HashSet::new(),
            last: (None, None),
            skipping: false,
            skipped: Skipped::default(),
            open: HashSet::default(),
            stopped: false,
            table_is_plain: false,
            viewed: ptr::null_mut(),
            others: [ptr::null_mut(); 3],
        }
    }

    /// The string that stands for all equal ones, where strings are memoized by value.
    #[inline(always)]
    fn canonical(&mut self, id: &Id<'py>) -> Option<usize> {
        let cloud = self.hooks.cloud.as_ref()?;
        if !id.is_exact_instance_of::<PyString>() {
            return None;
        }
        // A string is looked up before it is put.
        if !self.last.0.as_ref().is_some_and(|last| last.is(id)) {
            self.last = (Some(id.clone()), cloud.get().canonical(id).ok());
        }
        Some(self.last.1.as_ref().unwrap_or(id).as_ptr() as usize)
    }

    /// Lets objects with one owner have no place in the memo. Only for a source that nobody sees into and that writes into
    /// memory, and not where the collector cannot be stopped.
    pub fn skipping(mut self) -> Self {
        self.skipping = cfg!(Py_3_10) && self.hooks.pickler.is_none();
        self.stop_collector();
        self
    }

    fn stop_collector(&mut self) {
        if self.skipping {
            self.stopped = raw::run_collector(self.py, false);
        }
    }

    fn start_collector(&mut self) {
        if std::mem::take(&mut self.stopped) {
            raw::run_collector(self.py, true);
        }
    }

    /// Puts into the memo what was skipped.
    fn remember(&mut self) {
        if !self.skipped.is_empty() {
            for (object, index) in self.skipped.take(self.py) {
                self.memo.put(&object, index);
            }
        }
    }

    /// A tuple has its place in the memo when its items are written, so that one with more than one owner can be met again
    /// below itself. Then its items come twice, whoever owns them.
    #[inline(always)]
    fn may_come_again(&mut self, id: &Id<'py>) {
        if self.skipping && raw::references(id) > 2 && !self.open.insert(id.as_ptr() as usize) {
            self.stop_skipping();
        }
    }

    /// From here on there are objects whose owners are not known.
    fn stop_skipping(&mut self) {
        if self.skipping {
            self.remember();
            self.start_collector();
            self.skipping = false;
        }
    }

    /// A plain instance, where no Python code is needed to see that it is one.
    #[inline(always)]
    fn plain<'s>(&mut self, id: &Id<'py>, class: &Bound<'py, PyType>) -> Option<LiveView<'s, 'py>> {
        let py = self.py;
        if !self.skipping || self.protocol < 2 || plain::known(class) != Some(true) {
            return None;
        }
        let table = self.world.dispatch_table.bind(py);
        if !self.table_is_plain {
            let mut at = 0;
            while let Some(key) = raw::next_key(table, &mut at) {
                if !key.cast::<PyType>().is_ok_and(|key| raw::is_told_by_address(&key)) {
                    return None;
                }
            }
            self.table_is_plain = true;
        }
        if table.contains(class).unwrap_or(true) {
            return None;
        }
        self.instance(class, plain::state(id)?)
    }

    #[inline(always)]
    fn instance<'s>(&self, class: &Bound<'py, PyType>, state: Bound<'py, PyDict>) -> Option<LiveView<'s, 'py>> {
        let silent = self.world.version >= EMPTY_IS_NONE && state.is_empty();
        Some(View::Instance {
            class: class.clone().into_any(),
            state: (!silent).then(|| state.into_any()),
        })
    }

    /// The memo, to be kept for the next pickle.
    pub fn take_memo(&mut self) -> Memo {
        std::mem::take(&mut self.memo)
    }

    /// Runs code of others, which may look into the pickler's memo, clear it or set it.
    fn outside<T>(&mut self, code: impl FnOnce(&mut Self) -> T) -> T {
        if self.hooks.pickler.is_none() {
            if !self.skipping {
                return code(self);
            }
            self.remember();
            self.start_collector();
            self.table_is_plain = false;
            let done = code(self);
            self.stop_collector();
            return done;
        }
        self.exchange_memo();
        let done = code(self);
        self.exchange_memo();
        done
    }

    fn exchange_memo(&mut self) {
        if let Some(pickler) = &self.hooks.pickler {
            pickler.borrow_mut().exchange_memo(&mut self.memo);
        }
    }

    /// What is none of the built-in containers and strings.
    #[inline(never)]
    fn other(&mut self, id: &Id<'py>) -> Result<LiveView<'_, 'py>, Fault> {
        let py = self.py;
        let class = id.get_type();
        if id.is_exact_instance_of::<PyByteArray>() {
            self.shown = id.cast_exact::<PyByteArray>()?.to_vec();
            return Ok(View::ByteArray(&self.shown));
        }
        if id.is_exact_instance_of::<PyInt>() {
            return Ok(View::Long(Cow::Owned(id.extract::<BigInt>()?)));
        }
        if class.is(self.world.pickle_buffer.bind(py)) {
            return self.buffer(id);
        }
        if let Some(instance) = self.plain(id, &class) {
            return Ok(instance);
        }
        let view = self.outside(|source| source.reduced(id, &class))?;
        match &view {
            View::Instance { .. } => {}
            View::Global { module, name }
                if module.is_exact_instance_of::<PyString>() && name.is_exact_instance_of::<PyString>() =>
            {
                self.others[1] = module.as_ptr();
                self.others[2] = name.as_ptr();
            }
            // Its parts are owned by whoever made them, and go when they are written.
            _ => self.stop_skipping(),
        }
        Ok(view)
    }

    /// An object that says itself, or for which others say, how it is made.
    fn reduced<'s>(&self, id: &Id<'py>, class: &Bound<'py, PyType>) -> Result<LiveView<'s, 'py>, Fault> {
        let py = self.py;
        if let Some(cloud) = &self.hooks.cloud {
            match cloud.get().settled(id, class)? {
                Answer::Name(module, name) => return Ok(View::Global { module, name }),
                Answer::Made(made) => return Ok(View::Reduce(self.made(made)?)),
                _ => {}
            }
        }
        if let Some(hook) = &self.hooks.reducer_override {
            let value = hook.call1((id,))?;
            if !value.is(py.NotImplemented()) {
                return self.said(id, value);
            }
        } else if let Some(cloud) = &self.hooks.cloud {
            let with_table = self.hooks.dispatch_table.is_none();
            match cloud.get().answer(id, class, with_table)? {
                Answer::Name(module, name) => return Ok(View::Global { module, name }),
                Answer::Made(made) => return Ok(View::Reduce(self.made(made)?)),
                Answer::Said(value) if !value.is(py.NotImplemented()) => return self.said(id, value),
                _ => {}
            }
        }
        if class.is(PyType::type_object(py)) {
            return Ok(self.class(id)?);
        }
        if class.is(PyFunction::type_object(py)) {
            return Ok(self.global(id, None)?);
        }
        let reducer = match &self.hooks.dispatch_table {
            None => self.world.dispatch_table.bind(py).get_item(class)?,
            Some(table) => match table.get_item(class) {
                Ok(reducer) => Some(reducer),
                Err(error) if error.is_instance_of::<PyKeyError>(py) => None,
                Err(error) => return Err(error.into()),
            },
        };
        // Hooks see the empty tuple of arguments, too, so that with them the long way is taken.
        if reducer.is_none()
            && self.protocol >= 2
            && self.hooks.persistent_id.is_none()
            && plain::is_plain(class, self.world)
            && let Some(state) = plain::state(id)
            && let Some(instance) = self.instance(class, state)
        {
            return Ok(instance);
        }
        let value = match reducer {
            Some(reducer) => reducer.call1((id,))?,
            None if is_class(id) => return Ok(self.global(id, None)?),
            None => match raw::attribute(id, intern!(py, "__reduce_ex__"))? {
                Some(reduce_ex) => reduce_ex.call1((self.protocol,))?,
                None => match raw::attribute(id, intern!(py, "__reduce__"))? {
                    Some(reduce) => reduce.call0()?,
                    None => {
                        let message = format!("can't pickle {} object: {}", class.name()?, id.repr()?);
                        return Ok(self.world.pickling(py, message)?);
                    }
                },
            },
        };
        self.said(id, value)
    }

    /// A reduce value.
    fn said<'s>(&self, id: &Id<'py>, value: Id<'py>) -> Result<LiveView<'s, 'py>, Fault> {
        Ok(match value.cast_into::<PyString>() {
            Ok(name) => self.global(id, Some(name.into_any()))?,
            Err(value) => View::Reduce(self.reduce(id, &value.into_inner())?),
        })
    }

    /// A class whose type is exactly `type`.
    fn class<'s>(&self, id: &Id<'py>) -> PyResult<LiveView<'s, 'py>> {
        let py = self.py;
        let single = if id.is(PyNone::type_object(py)) {
            py.None().into_bound(py)
        } else if id.is(PyEllipsis::type_object(py)) {
            py.Ellipsis().into_bound(py)
        } else if id.is(PyNotImplemented::type_object(py)) {
            py.NotImplemented().into_bound(py)
        } else {
            return self.global(id, None);
        };
        Ok(View::Reduce(self.call(PyType::type_object(py).into_any(), &[single])?))
    }

    /// An object that is imported: by its qualified name, or by a name that its reducer gave. It must be what is found
    /// there.
    fn global<'s>(&self, id: &Id<'py>, name: Option<Id<'py>>) -> PyResult<LiveView<'s, 'py>> {
        let py = self.py;
        let name = match name {
            Some(name) => name,
            None => match raw::attribute(id, intern!(py, "__qualname__"))? {
                Some(name) => name,
                None => id.getattr(intern!(py, "__name__"))?,
            },
        };
        let path = name.cast::<PyString>()?;
        if path.contains(intern!(py, "<locals>"))?
            && path
                .call_method1(intern!(py, "split"), (".",))?
                .contains(intern!(py, "<locals>"))?
        {
            let verb = if self.world.version >= Version::new(3, 13, 0) {
                "get"
            } else {
                "pickle"
            };
            let message = format!("Can't {verb} local object {}", path.repr()?);
            if self.world.version >= Version::new(3, 14, 0) {
                return self.world.pickling(py, message);
            }
            return Err(pyo3::exceptions::PyAttributeError::new_err(message));
        }
        let module = self.module_of(id, path)?;
        let failed = |why: String| self.world.pickling(py, format!("Can't pickle {}: {why}", id.repr()?));
        let Ok(place) = module
            .cast::<PyString>()
            .map_err(PyErr::from)
            .and_then(|module| py.import(module))
        else {
            return failed(format!("import of module {} failed", module.repr()?));
        };
        match attribute(place.clone().into_any(), path) {
            Ok(found) if found.is(id) => {
                // A path that leads through the module itself, where it would become a call.
                if self.protocol < 4
                    && self.world.version < FLAT_NESTED_NAMES
                    && path.contains(intern!(py, "."))?
                    && let (parent, last) = parent_and_last(&module, &name)?
                    && parent.is(&place)
                {
                    return Ok(View::Global { module, name: last });
                }
                Ok(View::Global { module, name })
            }
            Ok(_) => failed(format!("it's not the same object as {module}.{name}")),
            Err(_) => failed(format!("attribute lookup {name} on {module} failed")),
        }
    }

    /// The name of the module that an object says it is of, or else of the first that has it.
    fn module_of(&self, id: &Id<'py>, path: &Bound<'py, PyString>) -> PyResult<Id<'py>> {
        let py = self.py;
        if let Some(module) = raw::attribute(id, intern!(py, "__module__"))?
            && !module.is_none()
        {
            return Ok(module);
        }
        let modules = py.import("sys")?.getattr("modules")?;
        let modules = modules.cast::<PyMapping>()?.items()?;
        for entry in modules {
            let (name, module) = entry.extract::<(Id<'py>, Id<'py>)>()?;
            if module.is_none() || name.eq(intern!(py, "__main__"))? {
                continue;
            }
            if attribute(module, path).is_ok_and(|found| found.is(id)) {
                return Ok(name);
            }
        }
        Ok(intern!(py, "__main__").clone().into_any())
    }

    /// A reduce value that is not a name.
    fn reduce(&self, id: &Id<'py>, value: &Id<'py>) -> Result<LiveReduce<'py>, Fault> {
        let (py, world) = (self.py, self.world);
        let Ok(value) = value.cast::<PyTuple>() else {
            return Ok(world.pickling(py, "__reduce__ must return a string or tuple")?);
        };
        if !(2..=6).contains(&value.len()) {
            let message = "tuple returned by __reduce__ must contain 2 through 6 elements";
            return Ok(world.pickling(py, message)?);
        }
        let element = |at| -> PyResult<Option<Id<'py>>> {
            match value.get_item(at) {
                Ok(element) if at < 2 || !element.is_none() => Ok(Some(element)),
                _ => Ok(None),
            }
        };
        let items = |at, which| match element(at)?.map(Bound::cast_into::<PyIterator>).transpose() {
            Ok(items) => Ok(items),
            Err(_) => {
                let class = value.get_item(at)?.get_type().name()?;
                let message =
                    format!("{which} element of the tuple returned by __reduce__ must be an iterator, not {class}");
                world.pickling(py, message)
            }
        };
        let callable = value.get_item(0)?;
        if !callable.is_callable() {
            return Ok(world.pickling(py, "first item of the tuple returned by __reduce__ must be callable")?);
        }
        let Ok(args) = value.get_item(1)?.cast_into::<PyTuple>() else {
            return Ok(world.pickling(py, "second item of the tuple returned by __reduce__ must be a tuple")?);
        };
        let setter = element(5)?;
        let mut asides = Vec::new();
        if self.hooks.cloud.is_some()
            && !value.is_exact_instance_of::<PyTuple>()
            && let Some(calls) = raw::attribute(value.as_any(), intern!(py, "asides"))?
        {
            asides = calls.extract()?;
            asides.reverse();
        }
        let steps = Steps {
            list_items: items(3, "fourth")?,
            dict_items: items(4, "fifth")?,
            state: element(2)?,
            setter,
            asides,
        };
        if steps.setter.as_ref().is_some_and(|setter| !setter.is_callable()) {
            return Ok(world.pickling(
                py,
                "sixth element of the tuple returned by __reduce__ must be a function",
            )?);
        }
        Ok(self.made_by(id, callable, args, steps)?)
    }

    /// A reduce value of an object that travels by value.
    fn made(&self, made: Made<'py>) -> PyResult<LiveReduce<'py>> {
        let asides = made.asides.into_iter().rev();
        let steps = Steps {
            state: made.state,
            setter: made.setter,
            asides: asides.map(|(callable, args)| (callable, args.into_any())).collect(),
            ..Steps::default()
        };
        // None of these is a function that has an opcode.
        Ok(Reduce {
            call: Call::Reduce,
            callable: made.callable,
            args: made.args.into_any(),
            kwargs: None,
            steps,
            dropped: false,
        })
    }

    /// The call of a reduce value, of which those of two functions have opcodes.
    fn made_by(
        &self,
        id: &Id<'py>,
        callable: Id<'py>,
        args: Bound<'py, PyTuple>,
        steps: Steps<'py>,
    ) -> PyResult<LiveReduce<'py>> {
        let (py, world) = (self.py, self.world);
        let mut reduce = Reduce {
            call: Call::Reduce,
            callable,
            args: args.clone().into_any(),
            kwargs: None,
            steps,
            dropped: false,
        };
        if self.protocol < 2 {
            return Ok(reduce);
        }
        if !reduce.callable.is(&world.newobj) {
            let name = raw::attribute(&reduce.callable, intern!(py, "__name__"))?;
            let Some(name) = name.and_then(|name| name.cast_into::<PyString>().ok()) else {
                return Ok(reduce);
            };
            if name == "__newobj_ex__" {
                return self.newobj_ex(&args, reduce);
            }
            if name != "__newobj__" {
                return Ok(reduce);
            }
        }
        if args.is_empty() {
            return world.pickling(py, "__newobj__ arglist is empty");
        }
        let class = args.get_item(0)?;
        if !is_class(&class) {
            return world.pickling(py, "args[0] from __newobj__ args is not a type");
        }
        if !id.getattr(intern!(py, "__class__"))?.is(&class) {
            return world.pickling(py, "args[0] from __newobj__ args has the wrong class");
        }
        reduce.call = Call::New;
        reduce.callable = class;
        reduce.args = args.get_slice(1, args.len()).into_any();
        Ok(reduce)
    }

    fn newobj_ex(&self, args: &Bound<'py, PyTuple>, mut reduce: LiveReduce<'py>) -> PyResult<LiveReduce<'py>> {
        let (py, world) = (self.py, self.world);
        if args.len() != 3 {
            return world.pickling(py, "length of the NEWOBJ_EX argument tuple must be exactly 3");
        }
        let (class, args, kwargs) = (args.get_item(0)?, args.get_item(1)?, args.get_item(2)?);
        if !is_class(&class) {
            return world.pickling(py, "first item from NEWOBJ_EX argument tuple must be a class");
        }
        let Ok(args) = args.cast_into::<PyTuple>() else {
            return world.pickling(py, "second item from NEWOBJ_EX argument tuple must be a tuple");
        };
        let Ok(kwargs) = kwargs.cast_into::<PyDict>() else {
            return world.pickling(py, "third item from NEWOBJ_EX argument tuple must be a dict");
        };
        if self.protocol >= 4 {
            reduce.call = Call::NewEx;
            reduce.callable = class;
            reduce.args = args.into_any();
            reduce.kwargs = Some(kwargs.into_any());
            return Ok(reduce);
        }
        let mut all = vec![class.getattr(intern!(py, "__new__"))?, class];
        all.extend(args.iter());
        reduce.callable = world.partial.bind(py).call(PyTuple::new(py, all)?, Some(&kwargs))?;
        reduce.args = PyTuple::empty(py).into_any();
        Ok(reduce)
    }

    /// A call without anything done to its result.
    fn call(&self, callable: Id<'py>, args: &[Id<'py>]) -> PyResult<LiveReduce<'py>> {
        Ok(Reduce {
            call: Call::Reduce,
            callable,
            args: PyTuple::new(self.py, args)?.into_any(),
            kwargs: None,
            steps: Steps::default(),
            dropped: false,
        })
    }

    /// The persistent id of an object that has one.
    #[inline(never)]
    fn persistent_id(&mut self, id: &Id<'py>) -> Result<Option<Id<'py>>, Fault> {
        let pid = self.outside(|source| match &source.hooks.persistent_id {
            Some(hook) => Ok(Some(hook.call1((id,))?)),
            None => PyResult::Ok(None),
        })?;
        Ok(pid.filter(|pid| !pid.is_none()))
    }

    /// A `PickleBuffer`, which the callback may take.
    fn buffer(&mut self, id: &Id<'py>) -> Result<LiveView<'_, 'py>, Fault> {
        let py = self.py;
        self.stop_skipping();
        if self.protocol < 5 {
            return Ok(self
                .world
                .pickling(py, "PickleBuffer can only be pickled with protocol >= 5")?);
        }
        let raw = match id.call_method0(intern!(py, "raw")) {
            Ok(raw) => raw,
            Err(error) if error.is_instance_of::<PyBufferError>(py) => {
                let message = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
                return Ok(self.world.pickling(py, message)?);
            }
            Err(error) => return Err(error.into()),
        };
        // The view is taken first, so that the callback cannot release what is shown.
        let bytes = PyBuffer::<u8>::get(&raw)?;
        let taken = match &self.buffer_callback.clone() {
            Some(callback) => !self.outside(|_| callback.call1((id,))?.is_truthy())?,
            None => false,
        };
        let readonly = bytes.readonly();
        if taken {
            return Ok(View::Buffer {
                in_band: None,
                readonly,
            });
        }
        self.shown = bytes.to_vec(py)?;
        Ok(View::Buffer {
            in_band: Some(&self.shown),
            readonly,
        })
    }
}

impl<'py> Source for LiveSource<'py> {
    type Id = Id<'py>;
    type Items = Items<'py>;
    type Steps = Steps<'py>;
    type Error = Fault;

    #[inline(always)]
    fn head(&mut self, id: &Id<'py>, pid: bool) -> Result<Head<Id<'py>>, Fault> {
        if pid
            && self.hooks.persistent_id.is_some()
            && let Some(pid) = self.persistent_id(id)?
        {
            return Ok(Head::Persistent(pid));
        }
        if id.is_exact_instance_of::<PyString>() {
            return Ok(Head::Object);
        }
        if id.is_exact_instance_of::<PyInt>() {
            return Ok(raw::int(id).map_or(Head::Object, Head::Int));
        }
        if let Ok(value) = id.cast_exact::<PyFloat>() {
            return Ok(Head::Float(value.value()));
        }
        if id.is_none() {
            return Ok(Head::None);
        }
        if let Ok(value) = id.cast_exact::<PyBool>() {
            return Ok(Head::Bool(value.is_true()));
        }
        Ok(Head::Object)
    }

    #[inline(always)]
    fn memo_get(&mut self, id: &Id<'py>) -> Option<u32> {
        if let Some(one) = self.canonical(id) {
            return self.memo.get(one);
        }
        // Its owner and we: the memo does not have it.
        if self.skipping && raw::references(id) <= 2 {
            return None;
        }
        self.memo.get(id.as_ptr() as usize)
    }

    #[inline(always)]
    fn memo_put(&mut self, id: &Id<'py>, index: u32) {
        if self.canonical(id).is_some()
            && let Some(one) = &self.last.1
        {
            return self.memo.put(one, index);
        }
        if self.skipping {
            let held = 1 + isize::from(std::mem::replace(&mut self.viewed, ptr::null_mut()) == id.as_ptr());
            if raw::references(id) - held <= 1 && !self.others.contains(&id.as_ptr()) {
                self.skipped.push(id, index);
                return;
            }
        }
        self.memo.put(id, index);
    }

    #[inline(always)]
    fn view<'s>(&'s mut self, id: &'s Id<'py>, _protocol: u8) -> Result<LiveView<'s, 'py>, Fault> {
        if let Ok(text) = id.cast_exact::<PyString>() {
            if let Some(ascii) = raw::ascii(text) {
                return Ok(View::Str(ascii.into()));
            }
            return match text.to_str() {
                Ok(text) => Ok(View::Str(text.as_bytes().into())),
                Err(_) => {
                    self.stop_skipping();
                    Ok(View::Str(surrogates(text)?.into()))
                }
            };
        }
        if let Ok(dict) = id.cast_exact::<PyDict>() {
            self.viewed = id.as_ptr();
            return Ok(View::Dict(Items::Dict(Entries::new(dict.clone()))));
        }
        if let Ok(list) = id.cast_exact::<PyList>() {
            let list = list.clone();
            self.viewed = id.as_ptr();
            return Ok(View::List(Items::List { list, at: 0 }));
        }
        if let Ok(tuple) = id.cast_exact::<PyTuple>() {
            self.may_come_again(id);
            let tuple = tuple.clone();
            return Ok(View::Tuple(Items::Tuple { tuple, at: 0 }));
        }
        if let Ok(bytes) = id.cast_exact::<PyBytes>() {
            return Ok(View::Bytes(bytes.as_bytes()));
        }
        let set = |left| {
            PyResult::Ok(Items::Set {
                iterator: id.try_iter()?,
                left,
            })
        };
        if let Ok(items) = id.cast_exact::<PySet>() {
            return Ok(View::Set(set(items.len())?));
        }
        if let Ok(items) = id.cast_exact::<PyFrozenSet>() {
            self.may_come_again(id);
            return Ok(View::FrozenSet(set(items.len())?));
        }
        self.other(id)
    }

    #[inline(always)]
    fn next(&mut self, items: &mut Items<'py>) -> Result<Option<Id<'py>>, Fault> {
        match items {
            Items::Stream(_) => self.outside(|_| items.next()),
            Items::Dict(entries) => {
                let item = entries.next();
                if entries.is_at_value()
                    && let Some(key) = &item
                {
                    self.others[0] = key.as_ptr();
                }
                Ok(item)
            }
            _ => items.next(),
        }
    }

    fn atoms(&mut self, items: &mut Items<'py>, most: usize, atoms: &mut Vec<Head<Id<'py>>>) -> Result<(), Fault> {
        if let Items::List { list, at } = items
            && self.hooks.persistent_id.is_none()
        {
            raw::atoms(list, at, most, atoms);
        }
        Ok(())
    }

    #[inline(always)]
    fn left(&mut self, items: &mut Items<'py>) -> Result<usize, Fault> {
        match items {
            Items::Stream(_) => self.outside(|_| items.left()),
            _ => items.left(),
        }
    }

    fn step(&mut self, steps: &mut Steps<'py>) -> Result<Option<brinery::BuildStep<Id<'py>, Items<'py>>>, Fault> {
        Ok(steps.next(self.protocol))
    }

    fn spell(&mut self, id: &Id<'py>, what: Spell) -> Result<LiveReduce<'py>, Fault> {
        let py = self.py;
        self.stop_skipping();
        Ok(match what {
            Spell::Bytes => {
                if id.len()? == 0 {
                    return Ok(self.call(PyBytes::type_object(py).into_any(), &[])?);
                }
                // The very objects matter: one of one character exists once, and so does this name.
                let latin1 = intern!(py, "latin1").clone().into_any();
                let text = id.call_method1(intern!(py, "decode"), (&latin1,))?;
                self.call(self.world.encode.bind(py).clone(), &[text, latin1])?
            }
            Spell::ByteArray => {
                let class = PyByteArray::type_object(py).into_any();
                if id.len()? == 0 {
                    return Ok(self.call(class, &[])?);
                }
                let bytes = PyBytes::type_object(py).call1((id,))?;
                self.call(class, &[bytes])?
            }
            Spell::Set | Spell::FrozenSet => {
                let items = PyList::type_object(py).call1((id,))?;
                self.call(id.get_type().into_any(), &[items])?
            }
            // Reduce values are shown as the protocol says them.
            Spell::New | Spell::NewEx => return Err(ErrorKind::Unwritable("a call of a later protocol").into()),
        })
    }

    fn nested_call(&mut self, _id: &Id<'py>, module: &Id<'py>, name: &Id<'py>) -> Result<LiveReduce<'py>, Fault> {
        self.stop_skipping();
        let (parent, last) = parent_and_last(module, name)?;
        Ok(self.call(self.world.getattr.bind(self.py).clone(), &[parent, last])?)
    }

    fn nested(&mut self, _id: &Id<'py>, name: &Id<'py>) -> Result<Nested<Id<'py>>, Fault> {
        let py = self.py;
        self.stop_skipping();
        let parts = name.call_method1(intern!(py, "split"), (intern!(py, "."),))?;
        let parts = parts.try_iter()?.skip(1).collect::<PyResult<_>>()?;
        let getattr = self.world.getattr.bind(py).clone();
        Ok(Nested { getattr, parts })
    }

    fn text<'s>(&'s mut self, id: &'s Id<'py>) -> Result<Cow<'s, [u8]>, Fault> {
        let text = id.cast::<PyString>()?;
        match text.to_str() {
            Ok(text) => Ok(text.as_bytes().into()),
            Err(_) => Ok(surrogates(text)?.into()),
        }
    }

    fn pid_line(&mut self, pid: &Id<'py>) -> Result<Vec<u8>, Fault> {
        let line = self.outside(|_| pid.str())?;
        let line = self.text(&line.into_any())?.into_owned();
        if !line.is_ascii() {
            let message = "persistent IDs in protocol 0 must be ASCII strings";
            return Ok(self.world.pickling(self.py, message)?);
        }
        Ok(line)
    }

    fn extension(&mut self, module: &Id<'py>, name: &Id<'py>) -> Result<Option<i64>, Fault> {
        let registry = self.world.extension_registry.bind(self.py);
        if registry.is_empty() {
            return Ok(None);
        }
        self.stop_skipping();
        let Some(code) = registry.get_item((module, name))? else {
            return Ok(None);
        };
        let code = code.extract()?;
        if !(1..=i64::from(i32::MAX)).contains(&code) {
            return Err(PyRuntimeError::new_err(format!("extension code {code} is out of range")).into());
        }
        Ok(Some(code))
    }

    fn enter(&mut self, id: &Id<'py>) -> bool {
        self.writing.insert(id.as_ptr() as usize)
    }

    fn leave(&mut self, id: &Id<'py>) {
        self.writing.remove(&(id.as_ptr() as usize));
    }
}

/// The bytes of a `str` with lone surrogates.
#[cold]
fn surrogates(text: &Bound<'_, PyString>) -> PyResult<Vec<u8>> {
    let bytes = text.call_method1("encode", ("utf-8", "surrogatepass"))?;
    Ok(bytes.cast_into::<PyBytes>()?.as_bytes().to_vec())
}

/// The object that a nested name is an attribute of, and the name of that attribute.
fn parent_and_last<'py>(module: &Id<'py>, name: &Id<'py>) -> PyResult<(Id<'py>, Id<'py>)> {
    let py = name.py();
    let parts = name.call_method1(intern!(py, "split"), (intern!(py, "."),))?;
    let mut parts = parts.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    let last = parts.pop().unwrap_or_else(|| name.clone());
    let mut parent = py.import(module.cast::<PyString>()?)?.into_any();
    for part in parts {
        parent = parent.getattr(part.cast::<PyString>()?)?;
    }
    Ok((parent, last))
}
