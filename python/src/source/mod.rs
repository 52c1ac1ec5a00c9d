//! Live objects for the emitter.

mod function;
mod leaves;
mod native;
mod owned;
mod run;
mod said;
mod within;

pub use function::is_plain_code;

use crate::{
    cloud::Cloud,
    fault::Fault,
    items::{Entries, Items, Steps},
    memo::Memo,
    pickler::Pickler,
    plain::Kind,
    raw::{self, Strings},
    world::World,
};
use brinery::{BigInt, ErrorKind, Head, Nested, Python as Version, Reduce, Run, Source, Spell, View};
use pyo3::{
    PyTypeInfo,
    buffer::PyBuffer,
    exceptions::{PyBufferError, PyRuntimeError},
    ffi, intern,
    prelude::*,
    types::{
        PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyFunction, PyInt, PyList, PySet, PyString, PyTuple,
    },
};
use said::parent_and_last;
use std::{
    borrow::Cow,
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
    ptr,
};
pub use within::Remembers;

/// From here on nested names are no calls of a parent.
const FLAT_NESTED_NAMES: Version = Version::new(3, 12, 5);

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
    /// Whether what cloudpickle has travel by value is left to it: nothing of `__main__` or of a registered module is named.
    pub leaves: bool,
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
    writing: HashSet<usize, BuildHasherDefault<Spread>>,
    /// The strings met so far, where they are memoized by value.
    strings: Option<Strings>,
    /// Whether objects with one owner need no place in the memo, and none needs to be held.
    skipping: bool,
    /// Whether items are looked at where they lie: no hook wants to see each.
    running: bool,
    /// Whether functions by value are written at once, where they can be.
    natives: bool,
    /// An object with one owner that is not in the memo, as nothing happened since it was looked for.
    fresh: *mut ffi::PyObject,
    /// Tuples and frozensets that were shown, and may have no place in the memo yet.
    open: HashSet<usize, BuildHasherDefault<Spread>>,
    /// Whether the collector is stopped meanwhile: its finalizers are Python code.
    stopped: bool,
    /// Whether the keys of `copyreg.dispatch_table` are known to be classes without a hash of their own.
    table_is_plain: bool,
    /// Classes that are in the memo, as long as no code of others runs.
    classes: [(usize, Kind, u32); 4],
    /// Keys that are in the memo, by their places in the dicts that they were met in.
    keys: [(usize, u32); leaves::KEYS],
    /// What must not go before all is written.
    kept: Vec<Id<'py>>,
    /// Those that may have no owner: module and name of a global.
    names: [*mut ffi::PyObject; 2],
}

impl Drop for LiveSource<'_> {
    fn drop(&mut self) {
        self.start_collector();
        if let (Some(cloud), Some(strings)) = (&self.hooks.cloud, self.strings.take()) {
            cloud.get().give_strings(self.py, strings);
        }
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
        let strings = hooks.cloud.as_ref().map(|cloud| cloud.get().take_strings());
        let running = hooks.persistent_id.is_none();
        LiveSource {
            py,
            world,
            protocol,
            buffer_callback,
            memo,
            hooks,
            shown: Vec::new(),
            writing: HashSet::default(),
            strings,
            skipping: false,
            running,
            natives: false,
            fresh: ptr::null_mut(),
            open: HashSet::default(),
            stopped: false,
            table_is_plain: false,
            classes: [(0, Kind::Asked, 0); 4],
            keys: [(0, 0); leaves::KEYS],
            kept: Vec::new(),
            names: [ptr::null_mut(); 2],
        }
    }

    /// The memo index of a string, where strings are memoized by value, and its place among them. A pickler's memo can be
    /// seen and cleared, so that it has to be asked; it has the string that came first.
    #[inline(always)]
    pub(super) fn string(&mut self, id: &Id<'py>) -> Option<(Option<u32>, usize)> {
        let strings = self.strings.as_mut()?;
        if !id.is_exact_instance_of::<PyString>() {
            return None;
        }
        let place = strings.place(id);
        let index = match self.hooks.pickler {
            None => strings.index(place),
            Some(_) => self.memo.get(strings.first(place, self.py).as_ptr() as usize),
        };
        Some((index, place))
    }

    /// Gives a string, and all that equal it, its memo index.
    #[inline(always)]
    pub(super) fn put_string(&mut self, place: usize, index: u32) {
        let Some(strings) = &mut self.strings else { return };
        match self.hooks.pickler {
            None => strings.set_index(place, index),
            Some(_) => self.memo.put(strings.first(place, self.py), index),
        }
    }

    /// Runs code of others, which may look into the pickler's memo, clear it or set it.
    fn outside<T>(&mut self, code: impl FnOnce(&mut Self) -> T) -> T {
        if self.hooks.pickler.is_none() {
            if !self.skipping {
                return code(self);
            }
            self.memo.settle(self.py);
            self.start_collector();
            self.table_is_plain = false;
            let done = code(self);
            self.fresh = ptr::null_mut();
            self.classes = [(0, Kind::Asked, 0); 4];
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
        if let Some(view) = self.quick(id, &class)? {
            return Ok(view);
        }
        let view = self.outside(|source| source.reduced(id, &class))?;
        match &view {
            View::Instance { .. } => {}
            View::Global { module, name }
                if module.is_exact_instance_of::<PyString>() && name.is_exact_instance_of::<PyString>() =>
            {
                self.names = [module.as_ptr(), name.as_ptr()];
            }
            // Its parts are owned by whoever made them, and go when they are written.
            _ => self.stop_skipping(),
        }
        Ok(view)
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
        if self.natives && id.is_exact_instance_of::<PyFunction>() {
            return Ok(Head::Closed);
        }
        Ok(Head::Object)
    }

    fn closed(&mut self, id: &Id<'py>, run: &mut Run<'_, '_, Self>) -> Result<bool, Fault> {
        self.function(id, run)
    }

    #[inline(always)]
    fn memo_get(&mut self, id: &Id<'py>) -> Option<u32> {
        if let Some((index, _)) = self.string(id) {
            return index;
        }
        // Its owner and we: the memo does not have it.
        if self.skipping && raw::references(id) <= 2 {
            self.fresh = id.as_ptr();
            return None;
        }
        self.memo.get(id.as_ptr() as usize)
    }

    /// Code of others may have run meanwhile, so that owners say nothing.
    #[inline(always)]
    fn memo_get_again(&mut self, id: &Id<'py>) -> Option<u32> {
        match self.string(id) {
            Some((index, _)) => index,
            None => self.memo.get(id.as_ptr() as usize),
        }
    }

    #[inline(always)]
    fn memo_put(&mut self, id: &Id<'py>, index: u32) {
        if let Some((_, place)) = self.string(id) {
            return self.put_string(place, index);
        }
        if self.skipping {
            let fresh = std::mem::replace(&mut self.fresh, ptr::null_mut()) == id.as_ptr();
            // Of what is not fresh nobody knows who owns it: code of others may have run since it was begun.
            if fresh && !self.names.contains(&id.as_ptr()) {
                return self.memo.lend(id.as_borrowed(), index, true);
            }
        }
        self.memo.put(id, index);
    }

    #[inline(always)]
    fn view<'s>(&'s mut self, id: &'s Id<'py>, _protocol: u8) -> Result<LiveView<'s, 'py>, Fault> {
        if let Ok(text) = id.cast_exact::<PyString>() {
            return Ok(View::Str(match raw::ascii(text) {
                Some(ascii) => ascii.into(),
                None => leaves::utf8(text.as_borrowed(), &mut self.shown).into(),
            }));
        }
        if let Ok(dict) = id.cast_exact::<PyDict>() {
            return Ok(View::Dict(Items::Dict(Entries::new(dict.clone()))));
        }
        if let Ok(list) = id.cast_exact::<PyList>() {
            let list = list.clone();
            return Ok(View::List(Items::List { list, at: 0 }));
        }
        if let Ok(tuple) = id.cast_exact::<PyTuple>() {
            self.begin(id);
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
            self.begin(id);
            return Ok(View::FrozenSet(set(items.len())?));
        }
        self.other(id)
    }

    #[inline(always)]
    fn next(&mut self, items: &mut Items<'py>) -> Result<Option<Id<'py>>, Fault> {
        match items {
            Items::Stream(_) => self.outside(|_| items.next()),
            _ => items.next(),
        }
    }

    #[inline(always)]
    fn whole(&mut self, id: &Id<'py>, run: &mut Run<'_, '_, Self>) -> Result<Option<Id<'py>>, Fault> {
        self.walk_whole(id, run)
    }

    #[inline(always)]
    fn run(&mut self, items: &mut Items<'py>, run: &mut Run<'_, '_, Self>) -> Result<Option<Id<'py>>, Fault> {
        if self.skipping {
            return self.walk::<true>(items, run);
        }
        self.walk::<false>(items, run)
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
