//! The four functions: `dump`, `dumps`, `load`, `loads`.

use crate::{
    CALLS,
    deterministic::Deterministic,
    fault::Fault,
    file::{Memory, Read, Written},
    heap::{self, LiveHeap},
    memo::Memo,
    path::{self, Live, Unpicklable, Where},
    pickler::{arguments, write_of},
    raw::{self, Growing},
    source::{self, LiveSource, Remembers},
    unpickler::buffers_of,
    world::World,
};
use brinery::{Emitter, ErrorKind, Failure, Input, Limits, Machine, Ops, Settings, Source};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBytes, PyMemoryView, PyString},
};
use std::{cell::Cell, io::Write};

thread_local! {
    /// An empty memo and buffer, for the next pickle. One that is under way has taken them.
    static SCRATCH: Cell<Option<(Memo, Vec<u8>)>> = const { Cell::new(None) };
}

thread_local! {
    /// The room of a machine, for the next small pickle. One that is running has taken it.
    static MACHINE: Cell<Option<Box<raw::Room>>> = const { Cell::new(None) };
}

/// Bytes of the smallest pickle for which it pays to stop the collector, and to remember what was seen.
const LARGE: usize = 1000;

/// Bytes of the smallest pickle that fills some arenas.
const HUGE: usize = 256 * 1024;

/// Containers after which it pays to spare the collector the look at them.
const MANY: usize = 10_000;

/// The largest buffer that is kept: a full frame, and the object that filled it.
const LARGEST_BUFFER: usize = 256 * 1024;

/// How one object is pickled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Into memory, where nobody sees what is not finished.
    InMemory,
    /// Into a file, or to be seen.
    Plain,
    /// The same bytes for equal objects.
    Deterministic,
}

impl Manner {
    /// What was asked for.
    pub fn of(deterministic: bool, into_memory: bool) -> Manner {
        match (deterministic, into_memory) {
            (true, _) => Manner::Deterministic,
            (_, true) => Manner::InMemory,
            _ => Manner::Plain,
        }
    }
}

/// A fault and where it was, the memo, and the buffer.
type Emitted = (Result<(), (Fault, Where)>, Memo, Vec<u8>);

/// Writes an object of a source.
#[inline(always)]
fn emitted<'py, S: Live<'py> + Source<Error = Fault> + Remembers>(
    obj: Bound<'py, PyAny>,
    source: S,
    settings: Settings,
    sink: &mut dyn Write,
    buffer: Vec<u8>,
) -> Emitted {
    let py = obj.py();
    let mut emitter = Emitter::new(source, settings, Some(sink));
    emitter.reuse(buffer);
    let outcome = emitter.dump(obj);
    let outcome = outcome.map_err(|fault| path::beside(py, &emitter, fault));
    let memo = emitter.source().take_memo();
    (outcome, memo, emitter.into_bytes())
}

/// Pickles one object into memory or a file.
pub fn pickled<'py>(
    obj: Bound<'py, PyAny>,
    hooks: source::Hooks<'py>,
    protocol: Option<&Bound<'py, PyAny>>,
    fix_imports: bool,
    buffer_callback: Option<Bound<'py, PyAny>>,
    sink: &mut dyn Write,
    manner: Manner,
) -> Result<(), Unpicklable> {
    let py = obj.py();
    let world = World::get(py)?;
    let protocol = arguments(world, protocol, buffer_callback.as_ref())?;
    let settings = Settings {
        protocol,
        python: world.version,
        fix_imports,
        fast: false,
        digits: if protocol < 2 { world.digits(py)? } else { usize::MAX },
        calls: CALLS,
        pids: CALLS,
    };
    // Strings that are memoized by value have owners that nobody can count.
    let skip = manner == Manner::InMemory && hooks.cloud.is_none();
    let (memo, buffer) = SCRATCH.take().unwrap_or_default();
    let mut source = LiveSource::new(py, world, protocol, buffer_callback, hooks, memo);
    // A file's `write` is Python code, which runs at any time.
    match (manner, skip) {
        (_, true) => source.skip(),
        (Manner::InMemory, false) => source.natively(),
        _ => {}
    }
    let (outcome, mut memo, buffer) = match manner {
        Manner::Deterministic => emitted(obj, Deterministic::new(source, settings), settings, sink, buffer),
        _ => emitted(obj, source, settings, sink, buffer),
    };
    memo.reset();
    if buffer.capacity() <= LARGEST_BUFFER {
        SCRATCH.set(Some((memo, buffer)));
    }
    outcome.map_err(|(fault, place)| Unpicklable {
        left: fault.is_left(),
        error: fault.raise(py, world),
        place,
    })
}

/// Return the pickled representation of the object as a bytes object.
///
/// With `deterministic`, equal objects give the same bytes.
#[pyfunction]
#[pyo3(signature = (obj, protocol=None, *, fix_imports=true, buffer_callback=None, deterministic=false))]
pub fn dumps<'py>(
    obj: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    fix_imports: bool,
    buffer_callback: Option<Bound<'py, PyAny>>,
    deterministic: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = obj.py();
    let mut sink = Memory(Growing::new(py));
    pickled(
        obj,
        source::Hooks::default(),
        protocol.as_ref(),
        fix_imports,
        buffer_callback,
        &mut sink,
        Manner::of(deterministic, true),
    )
    .map_err(|failed| failed.raise(py))?;
    sink.0.finish()
}

/// Write a pickled representation of obj to the open file object file.
///
/// With `deterministic`, equal objects give the same bytes.
#[pyfunction]
#[pyo3(signature = (obj, file, protocol=None, *, fix_imports=true, buffer_callback=None, deterministic=false))]
pub fn dump<'py>(
    obj: Bound<'py, PyAny>,
    file: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    fix_imports: bool,
    buffer_callback: Option<Bound<'py, PyAny>>,
    deterministic: bool,
) -> PyResult<()> {
    let py = obj.py();
    let mut sink = Written(write_of(&file)?);
    pickled(
        obj,
        source::Hooks::default(),
        protocol.as_ref(),
        fix_imports,
        buffer_callback,
        &mut sink,
        Manner::of(deterministic, false),
    )
    .map_err(|failed| failed.raise(py))
}

/// Read and return an object from the given pickle data.
#[pyfunction]
#[pyo3(signature = (data, /, *, fix_imports=true, encoding="ASCII", errors="strict", buffers=None))]
pub fn loads<'py>(
    data: Bound<'py, PyAny>,
    fix_imports: bool,
    encoding: &str,
    errors: &str,
    buffers: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let world = World::get(py)?;
    let bytes = match data.cast_into_exact::<PyBytes>() {
        Ok(bytes) => bytes,
        Err(error) => copied(error.into_inner())?,
    };
    let buffers = buffers_of(buffers.as_ref())?;
    let hooks = heap::Hooks::default();
    let mut heap = LiveHeap::new(py, world, fix_imports, (encoding, errors), buffers, hooks);
    let data = bytes.as_bytes();
    if data.len() >= LARGE {
        heap.stop_collector_when_alone();
        heap.learn();
    }
    let arenas = (data.len() >= HUGE).then(|| raw::FilledArenas::new(py));
    let room = MACHINE.take().unwrap_or_else(|| raw::new_room(world.rules));
    let mut machine = raw::machine(py, room);
    let ops = || Ops::starting_at(data, 0, world.rules);
    let outcome = ops().run(&mut machine, &mut heap);
    drop(arenas);
    let made = heap.made();
    drop(heap);
    let room = raw::room(machine);
    if !room.is_roomy() {
        MACHINE.set(Some(room));
    }
    if made >= MANY {
        world.promote(py)?;
    }
    outcome.map_err(|failure| {
        let failure = match failure.error.is_end_of_input() && ops().ends_in_no_bytes() {
            true => Failure {
                error: ErrorKind::Truncated.into(),
                ..failure
            },
            false => failure,
        };
        Fault::raise_at(failure, py, world)
    })
}

/// Read and return an object from the pickle data stored in a file.
#[pyfunction]
#[pyo3(signature = (file, *, fix_imports=true, encoding="ASCII", errors="strict", buffers=None))]
pub fn load<'py>(
    file: Bound<'py, PyAny>,
    fix_imports: bool,
    encoding: &str,
    errors: &str,
    buffers: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = file.py();
    let world = World::get(py)?;
    let mut input = Input::new(Read::new(&file)?);
    let buffers = buffers_of(buffers.as_ref())?;
    let hooks = heap::Hooks::default();
    let mut heap = LiveHeap::new(py, world, fix_imports, (encoding, errors), buffers, hooks);
    let mut machine = Machine::new(world.rules, Limits::default());
    input
        .run(&mut machine, &mut heap)
        .map_err(|failure| Fault::raise_at(failure, py, world))
}

/// The bytes of any buffer.
fn copied(data: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyBytes>> {
    if data.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("a bytes-like object is required, not 'str'"));
    }
    let view = PyMemoryView::from(&data)?;
    Ok(view.call_method0("tobytes")?.cast_into::<PyBytes>()?)
}
