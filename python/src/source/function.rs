//! Functions by value, written at once: what they are made of is looked at where it lies, and nothing is made up only to be
//! written.
//!
//! That goes for functions whose globals, cells, defaults and constants are of kinds that need no Python code and no
//! reducer: numbers, strings, small containers of those, functions of the same kind, modules and classes that are imported.
//! All of a function is looked at before anything is written. What is written are the bytes of the long way, which
//! `cloud/function.rs` says in reduce values, and which is taken for all others and wherever somebody else has a say.

use super::{Id, LiveSource, run::LiveRun};
use crate::{
    cloud::{Cloud, Facts, Place, submodules},
    fault::Fault,
    raw,
};
use brinery::ErrorKind;
use pyo3::{
    intern,
    prelude::*,
    types::{PyBool, PyBytes, PyCode, PyDict, PyFloat, PyFunction, PyInt, PyList, PyModule, PyString, PyTuple},
};

/// Functions by value that may be written in one another.
const MOST: usize = 24;
/// Items in a container that is written at once.
const LONGEST: usize = 1000;
/// How deep tuples may lie in tuples.
const DEEPEST: usize = 8;

/// Functions that were looked at.
type Seen<'py> = Vec<Looked<'py>>;

/// What was found out of a function.
struct Looked<'py> {
    function: Bound<'py, PyFunction>,
    /// What its code finds in its namespace.
    globals: Vec<(Id<'py>, Id<'py>)>,
    /// The submodules that its code finds, if it names a package.
    submodules: Option<Bound<'py, PyList>>,
}

/// Whether this is written without asking the memo, or is a string.
#[inline(always)]
fn is_leaf(value: &Id<'_>) -> bool {
    value.is_exact_instance_of::<PyString>()
        || value.is_none()
        || value.is_exact_instance_of::<PyInt>() && raw::int(value).is_some()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBool>()
}

/// Whether a tuple can be written at once, with all that is in it. `code` says whether there may be code in it.
fn is_plain_tuple(
    tuple: &Bound<'_, PyTuple>,
    depth: usize,
    code: &mut dyn FnMut(&Id<'_>) -> PyResult<bool>,
) -> PyResult<bool> {
    for item in tuple.iter() {
        let plain = is_leaf(&item)
            || item.is_exact_instance_of::<PyBytes>()
            || match item.cast_exact::<PyTuple>() {
                Ok(inner) => depth > 0 && is_plain_tuple(inner, depth - 1, code)?,
                Err(_) => code(&item)?,
            };
        if !plain {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether code can be written at once: its arguments, as `types.CodeType` takes them, are numbers, strings and tuples.
pub fn is_plain_code(args: &Bound<'_, PyTuple>, mut nested: impl FnMut(&Id<'_>) -> PyResult<bool>) -> PyResult<bool> {
    is_plain_tuple(args, DEEPEST, &mut nested)
}

impl<'py> LiveSource<'py> {
    /// Lets functions by value be written at once. Only for a source that writes into memory: what was looked at must still
    /// be so when it is written.
    pub fn natively(&mut self) {
        let hooks = &self.hooks;
        let others = [&hooks.persistent_id, &hooks.reducer_override, &hooks.dispatch_table];
        self.natives = self.protocol >= 4
            && hooks.pickler.is_none()
            && others.iter().all(|hook| hook.is_none())
            && hooks.cloud.as_ref().is_some_and(|cloud| cloud.get().is_native());
    }

    /// Writes a function, if it travels by value and all of it can be written at once; false, and nothing is written, if
    /// not.
    pub(super) fn function(&mut self, id: &Id<'py>, run: &mut LiveRun<'_, '_, 'py>) -> Result<bool, Fault> {
        let Some(cloud) = self.hooks.cloud.clone() else {
            return Ok(false);
        };
        let cloud = cloud.get();
        if !cloud.helpers().is_as_made(self.py) || !self.world.extension_registry.bind(self.py).is_empty() {
            return Ok(false);
        }
        let function = id.cast_exact::<PyFunction>()?;
        // What was looked at must not change before it is written, and finalizers could change it.
        let stopped = raw::run_collector(self.py, false);
        let written = self.checked_function(cloud, function, run);
        if stopped {
            raw::run_collector(self.py, true);
        }
        written
    }

    fn checked_function(
        &mut self,
        cloud: &Cloud,
        function: &Bound<'py, PyFunction>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<bool, Fault> {
        let mut seen = Seen::new();
        if !matches!(cloud.place_of_function(function)?, Place::Nowhere)
            || !self.looks_plain(cloud, function, &mut seen)?
        {
            return Ok(false);
        }
        self.write_function(cloud, function, &seen, run)?;
        Ok(true)
    }

    /// Whether a function by value can be written at once.
    fn looks_plain(
        &mut self,
        cloud: &Cloud,
        function: &Bound<'py, PyFunction>,
        seen: &mut Seen<'py>,
    ) -> PyResult<bool> {
        let py = self.py;
        if seen.iter().any(|known| known.function.is(function)) {
            return Ok(true);
        }
        if seen.len() >= MOST || raw::has_type_params(function) {
            return Ok(false);
        }
        let at = seen.len();
        seen.push(Looked {
            function: function.clone(),
            globals: Vec::new(),
            submodules: None,
        });
        let helpers = cloud.helpers();
        let parts = raw::function_parts(function);
        if parts.code.is(&helpers.singledispatch_code) {
            return Ok(false);
        }
        let facts = Facts::of(helpers, &parts.code)?;
        let facts = facts.get();
        let (true, Ok(namespace)) = (facts.plain, parts.globals.cast_exact::<PyDict>()) else {
            return Ok(false);
        };
        for name in &helpers.of_module {
            if raw::value(namespace, name.bind(py).as_any())?.is_some_and(|value| !is_leaf(&value)) {
                return Ok(false);
            }
        }
        for value in [
            raw::function_name(function)?,
            raw::function_qualname(function)?,
            raw::function_annotations(function)?,
            raw::function_module(function)?,
            raw::function_doc(function)?,
            parts.defaults,
            parts.kwdefaults,
        ] {
            if !self.is_plain(cloud, &value, seen)? {
                return Ok(false);
            }
        }
        if !raw::has_no_dict(function) {
            let attributes = function.getattr(intern!(py, "__dict__"))?;
            if !self.is_plain(cloud, &attributes, seen)? {
                return Ok(false);
            }
        }
        let mut modules = Vec::new();
        let mut globals = Vec::with_capacity(facts.globals.bind(py).len());
        for name in facts.globals.bind(py).iter() {
            if let Some(value) = raw::value(namespace, &name)? {
                if !self.is_plain(cloud, &value, seen)? {
                    return Ok(false);
                }
                if value.is_exact_instance_of::<PyModule>() {
                    modules.push(value.clone());
                }
                globals.push((name, value));
            }
        }
        seen[at].globals = globals;
        if let Ok(cells) = parts.closure.cast_exact::<PyTuple>() {
            for cell in cells.iter() {
                if let Some(value) = raw::cell_content(&cell) {
                    // What is written is what was there when the cell was first met.
                    let before = cloud.known_twin(&cell).and_then(|twin| raw::cell_content(&twin));
                    if !self.is_plain(cloud, before.as_ref().unwrap_or(&value), seen)? {
                        return Ok(false);
                    }
                    if value.is_exact_instance_of::<PyModule>() {
                        modules.push(value);
                    }
                }
            }
        }
        if !modules.is_empty() {
            let found = submodules(helpers, &parts.code, &modules)?;
            for module in found.iter() {
                if !self.is_plain(cloud, &module, seen)? {
                    return Ok(false);
                }
            }
            seen[at].submodules = Some(found);
        }
        Ok(true)
    }

    /// Whether a value can be written at once.
    fn is_plain(&mut self, cloud: &Cloud, value: &Id<'py>, seen: &mut Seen<'py>) -> PyResult<bool> {
        if is_leaf(value) || value.is_exact_instance_of::<PyBytes>() {
            return Ok(true);
        }
        if let Ok(function) = value.cast_exact::<PyFunction>() {
            return match cloud.place_of_function(function)? {
                Place::Nowhere => self.looks_plain(cloud, function, seen),
                Place::Named(..) => Ok(true),
                Place::Unknown => Ok(false),
            };
        }
        if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            return Ok(tuple.len() <= LONGEST && is_plain_tuple(tuple, DEEPEST, &mut |_| Ok(false))?);
        }
        if let Ok(dict) = value.cast_exact::<PyDict>() {
            let mut at = 0;
            while let Some((key, value)) = raw::next_entry(dict, &mut at) {
                let named = || matches!(cloud.place_of_class(&value), Ok(Place::Named(..)));
                if !is_leaf(&key) || !is_leaf(&value) && !named() {
                    return Ok(false);
                }
            }
            return Ok(dict.len() <= LONGEST);
        }
        if let Ok(list) = value.cast_exact::<PyList>() {
            return Ok(list.len() <= LONGEST && list.iter().all(|item| is_leaf(&item)));
        }
        if value.is_exact_instance_of::<PyModule>() {
            return Ok(cloud.imported_name(value)?.is_some());
        }
        Ok(matches!(cloud.place_of_class(value)?, Place::Named(..)))
    }

    /// The memo index of an object that was written; else it is to be written now.
    #[inline(always)]
    fn written(&mut self, id: &Id<'py>, run: &mut LiveRun<'_, '_, 'py>) -> Result<bool, Fault> {
        match self.memo.get(id.as_ptr() as usize) {
            Some(index) => run.get(index).map(|()| true).map_err(Fault::from),
            None => Ok(false),
        }
    }

    #[inline(always)]
    fn note(&mut self, id: &Id<'py>, index: Option<u32>) {
        if let Some(index) = index {
            self.memo.put(id, index);
        }
    }

    #[inline(always)]
    fn write_leaf(&mut self, value: &Id<'py>, run: &mut LiveRun<'_, '_, 'py>) -> Result<(), Fault> {
        match self.leaf::<false>(value.as_borrowed(), false, run)? {
            true => Ok(()),
            false => Err(ErrorKind::Unwritable("a function that was to be written has changed").into()),
        }
    }

    /// An object that is imported.
    fn write_import(
        &mut self,
        id: &Id<'py>,
        module: &Id<'py>,
        name: &Id<'py>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<(), Fault> {
        if !self.written(id, run)? {
            self.write_leaf(module, run)?;
            self.write_leaf(name, run)?;
            let index = run.import()?;
            self.note(id, index);
        }
        Ok(())
    }

    /// One of the names that payloads call.
    fn write_helper(&mut self, cloud: &Cloud, helper: &Py<PyAny>, run: &mut LiveRun<'_, '_, 'py>) -> Result<(), Fault> {
        let helper = helper.bind(self.py);
        if self.written(helper, run)? {
            return Ok(());
        }
        let Some((module, name)) = cloud.helpers().name_of(helper) else {
            return Err(ErrorKind::Unwritable("a helper without a name").into());
        };
        let (module, name) = (module.bind(self.py).as_any(), name.bind(self.py).as_any());
        self.write_import(helper, module, name, run)
    }

    /// A tuple of numbers, strings, and what else a plain one has.
    fn write_tuple(
        &mut self,
        cloud: &Cloud,
        tuple: &Bound<'py, PyTuple>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<(), Fault> {
        if !tuple.is_empty() && self.written(tuple.as_any(), run)? {
            return Ok(());
        }
        let tupling = run.tuple(tuple.len())?;
        for item in tuple.iter() {
            self.write_part(cloud, &item, run)?;
        }
        let index = run.end_tuple(tupling)?;
        self.note(tuple.as_any(), index);
        Ok(())
    }

    /// What may be in code, in a tuple, or a container.
    fn write_part(&mut self, cloud: &Cloud, value: &Id<'py>, run: &mut LiveRun<'_, '_, 'py>) -> Result<(), Fault> {
        if self.leaf::<false>(value.as_borrowed(), false, run)? {
            return Ok(());
        }
        if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            return self.write_tuple(cloud, tuple, run);
        }
        if self.written(value, run)? {
            return Ok(());
        }
        if let Ok(bytes) = value.cast_exact::<PyBytes>() {
            let index = run.bytes(bytes.as_bytes())?;
            self.note(value, index);
            return Ok(());
        }
        if value.is_exact_instance_of::<PyCode>() {
            return self.write_code(cloud, value, run);
        }
        self.write_import_of_class(cloud, value, run)
    }

    fn write_import_of_class(
        &mut self,
        cloud: &Cloud,
        value: &Id<'py>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<(), Fault> {
        match cloud.place_of_class(value)? {
            Place::Named(module, name) => self.write_import(value, &module, &name, run),
            _ => Err(ErrorKind::Unwritable("a function that was to be written has changed").into()),
        }
    }

    /// Code that was not written before.
    fn write_code(&mut self, cloud: &Cloud, code: &Id<'py>, run: &mut LiveRun<'_, '_, 'py>) -> Result<(), Fault> {
        let helpers = cloud.helpers();
        let class = helpers.code_type.bind(self.py);
        if !self.written(class, run)? {
            self.write_helper(cloud, &helpers.builtin_type, run)?;
            let tupling = run.tuple(1)?;
            self.write_leaf(intern!(self.py, "CodeType").as_any(), run)?;
            run.end_tuple(tupling)?;
            let index = run.reduce()?;
            self.note(class, index);
        }
        let facts = Facts::of(helpers, code)?;
        self.write_tuple(cloud, facts.get().args.bind(self.py), run)?;
        let index = run.reduce()?;
        self.note(code, index);
        Ok(())
    }

    /// A value that was looked at.
    fn write_value(
        &mut self,
        cloud: &Cloud,
        value: &Id<'py>,
        seen: &Seen<'py>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<(), Fault> {
        if self.leaf::<false>(value.as_borrowed(), false, run)? {
            return Ok(());
        }
        if let Ok(function) = value.cast_exact::<PyFunction>() {
            if self.written(value, run)? {
                return Ok(());
            }
            return match cloud.place_of_function(function)? {
                Place::Named(module, name) => self.write_import(value, &module, &name, run),
                _ => self.write_function(cloud, function, seen, run),
            };
        }
        if let Ok(dict) = value.cast_exact::<PyDict>() {
            if self.written(value, run)? {
                return Ok(());
            }
            let index = run.dict()?;
            self.note(value, index);
            return self.write_entries(cloud, dict, run);
        }
        if let Ok(list) = value.cast_exact::<PyList>() {
            if self.written(value, run)? {
                return Ok(());
            }
            let index = run.list()?;
            self.note(value, index);
            let mut filling = run.fill_list(list.len());
            let mut items = list.iter();
            while run.more(&mut filling) {
                for item in items.by_ref().take(LONGEST) {
                    self.write_leaf(&item, run)?;
                }
            }
            return Ok(());
        }
        if value.is_exact_instance_of::<PyModule>() {
            return self.write_module(cloud, value, run);
        }
        self.write_part(cloud, value, run)
    }

    fn write_module(&mut self, cloud: &Cloud, module: &Id<'py>, run: &mut LiveRun<'_, '_, 'py>) -> Result<(), Fault> {
        if self.written(module, run)? {
            return Ok(());
        }
        let Some(name) = cloud.imported_name(module)? else {
            return Err(ErrorKind::Unwritable("a module that was to be written has changed").into());
        };
        self.write_helper(cloud, &cloud.helpers().subimport, run)?;
        let tupling = run.tuple(1)?;
        self.write_leaf(&name, run)?;
        run.end_tuple(tupling)?;
        let index = run.reduce()?;
        self.note(module, index);
        Ok(())
    }

    /// The entries of a dict of at most [`LONGEST`].
    fn write_entries(
        &mut self,
        cloud: &Cloud,
        dict: &Bound<'py, PyDict>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<(), Fault> {
        let mut filling = run.fill_dict(dict.len());
        let mut at = 0;
        while run.more(&mut filling) {
            while let Some((key, value)) = raw::next_entry(dict, &mut at) {
                self.write_leaf(&key, run)?;
                self.write_part(cloud, &value, run)?;
            }
        }
        Ok(())
    }

    /// The cells of a function, which are empty until all is there.
    fn write_cells(
        &mut self,
        cloud: &Cloud,
        cells: &Bound<'py, PyTuple>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<(), Fault> {
        let tupling = run.tuple(cells.len())?;
        for cell in cells.iter() {
            if !self.written(&cell, run)? {
                self.write_empty_cell(cloud, &cell, run)?;
            }
        }
        run.end_tuple(tupling)?;
        Ok(())
    }

    fn write_empty_cell(&mut self, cloud: &Cloud, cell: &Id<'py>, run: &mut LiveRun<'_, '_, 'py>) -> Result<(), Fault> {
        self.write_helper(cloud, &cloud.helpers().make_empty_cell, run)?;
        let tupling = run.tuple(0)?;
        run.end_tuple(tupling)?;
        let index = run.reduce()?;
        self.note(cell, index);
        Ok(())
    }

    /// A function that was looked at and is not in the memo.
    fn write_function(
        &mut self,
        cloud: &Cloud,
        function: &Bound<'py, PyFunction>,
        seen: &Seen<'py>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<(), Fault> {
        let py = self.py;
        let helpers = cloud.helpers();
        let parts = raw::function_parts(function);
        let cells = parts
            .closure
            .cast_exact::<PyTuple>()
            .ok()
            .filter(|cells| !cells.is_empty());
        let twins = match cells {
            Some(cells) => cells
                .iter()
                .map(|cell| cloud.twin(&cell))
                .collect::<PyResult<Vec<_>>>()?,
            None => Vec::new(),
        };
        let namespace = parts.globals.cast::<PyDict>()?;
        let shared = cloud.namespace(namespace)?;

        self.write_helper(cloud, &helpers.make_function, run)?;
        let tupling = run.tuple(5)?;
        self.write_part(cloud, &parts.code, run)?;
        if !self.written(shared.as_any(), run)? {
            let index = run.dict()?;
            self.note(shared.as_any(), index);
            self.write_entries(cloud, &shared, run)?;
        }
        run.none()?;
        run.none()?;
        match cells {
            Some(cells) => self.write_cells(cloud, cells, run)?,
            None => run.none()?,
        }
        run.end_tuple(tupling)?;
        let index = run.reduce()?;
        self.note(function.as_any(), index);

        self.write_helper(cloud, &helpers.function_setstate, run)?;
        self.written(function.as_any(), run)?;
        let tupling = run.tuple(2)?;
        run.dict()?;
        if !raw::has_no_dict(function) {
            let attributes = function.getattr(intern!(py, "__dict__"))?;
            self.write_entries(cloud, attributes.cast_exact::<PyDict>()?, run)?;
        }
        run.dict()?;
        let mut filling = run.fill_dict(helpers.slot_names.len());
        run.more(&mut filling);
        let slots = &helpers.slot_names;
        for (name, value) in slots.iter().zip([
            raw::function_name(function)?,
            raw::function_qualname(function)?,
            raw::function_annotations(function)?,
            parts.kwdefaults,
            parts.defaults,
            raw::function_module(function)?,
            raw::function_doc(function)?,
        ]) {
            self.write_leaf(name.bind(py).as_any(), run)?;
            self.write_value(cloud, &value, seen, run)?;
        }
        let [.., closure, found, globals] = slots;
        self.write_leaf(closure.bind(py).as_any(), run)?;
        match twins.is_empty() {
            // Of no cells at all there may be an empty tuple.
            true => self.write_part(cloud, &parts.closure, run)?,
            false => {
                let tupling = run.tuple(twins.len())?;
                for twin in &twins {
                    if self.written(twin, run)? {
                        continue;
                    }
                    let Some(content) = raw::cell_content(twin) else {
                        self.write_empty_cell(cloud, twin, run)?;
                        continue;
                    };
                    self.write_helper(cloud, &helpers.make_cell, run)?;
                    let tupling = run.tuple(1)?;
                    self.write_value(cloud, &content, seen, run)?;
                    run.end_tuple(tupling)?;
                    // A function in it may have had the same cell.
                    if let Some(index) = self.memo.get(twin.as_ptr() as usize) {
                        run.reduce_again(index);
                        continue;
                    }
                    let index = run.reduce()?;
                    self.note(twin, index);
                }
                run.end_tuple(tupling)?;
            }
        }
        self.write_leaf(found.bind(py).as_any(), run)?;
        run.list()?;
        let looked = seen.iter().find(|known| known.function.is(function));
        let Some(looked) = looked else {
            return Err(ErrorKind::Unwritable("a function that was not looked at").into());
        };
        if let Some(modules) = &looked.submodules {
            let mut filling = run.fill_list(modules.len());
            let mut items = modules.iter();
            while run.more(&mut filling) {
                for module in items.by_ref().take(LONGEST) {
                    self.write_module(cloud, &module, run)?;
                }
            }
        }
        self.write_leaf(globals.bind(py).as_any(), run)?;
        run.dict()?;
        self.write_globals(cloud, &looked.globals, seen, run)?;
        run.more(&mut filling);
        run.end_tuple(tupling)?;
        Ok(run.set_state()?)
    }

    /// What a function's code finds in its namespace.
    fn write_globals(
        &mut self,
        cloud: &Cloud,
        found: &[(Id<'py>, Id<'py>)],
        seen: &Seen<'py>,
        run: &mut LiveRun<'_, '_, 'py>,
    ) -> Result<(), Fault> {
        let mut filling = run.fill_dict(found.len());
        let mut items = found.iter();
        while run.more(&mut filling) {
            for (name, value) in items.by_ref().take(LONGEST) {
                self.write_leaf(name, run)?;
                self.write_value(cloud, value, seen, run)?;
            }
        }
        Ok(())
    }
}
