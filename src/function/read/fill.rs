//! What is done to functions, classes and cells after they were made.

use super::Reader;
use crate::{
    Kind, Ref, Result,
    function::model::{CellId, ClassDef, Def, FunctionDef, Pairs},
};

/// What `_fill_function` calls the parts of a function, and what Python calls them.
const STATE: &[(&str, &str)] = &[
    ("globals", "__globals__"),
    ("defaults", "__defaults__"),
    ("dict", "__dict__"),
    ("closure_values", "closure_values"),
    ("module", "__module__"),
    ("name", "__name__"),
    ("doc", "__doc__"),
    ("annotations", "__annotations__"),
    ("qualname", "__qualname__"),
    ("kwdefaults", "__kwdefaults__"),
    ("_cloudpickle_submodules", "_cloudpickle_submodules"),
];

/// `_fill_function(function, …)`: a dict, or by position up to cloudpickle 0.4.1. The result is the function.
pub(super) fn fill_function(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let (function, parts): (Ref, Vec<(&str, Ref)>) = match *args {
        [function, state] => {
            let Some(state) = reader.pairs(state) else {
                return Err(reader.malformed(at, "_fill_function takes a function and a dict"));
            };
            let named = |(name, value): (Ref, Ref)| Some((reader.text(name)?, value));
            (function, state.into_iter().filter_map(named).collect())
        }
        [function, globals, defaults, dict, ref rest @ ..] if rest.len() <= 2 => {
            let mut parts = vec![("globals", globals), ("defaults", defaults), ("dict", dict)];
            match *rest {
                [cells] => parts.push(("closure_values", cells)),
                [module, cells] => parts.extend([("module", module), ("closure_values", cells)]),
                _ => {}
            }
            (function, parts)
        }
        _ => return Err(reader.malformed(at, "_fill_function has a wrong number of arguments")),
    };
    if !matches!(reader.defs.get(function), Some(Def::Function(_))) {
        return Err(reader.malformed(at, "_fill_function is called with what is not a function"));
    }
    for (name, value) in parts {
        if let Some((_, name)) = STATE.iter().find(|(known, _)| *known == name) {
            reader.function_attribute(function, name, None, value)?;
        }
    }
    reader.defs.alias(at, function);
    reader.fills = true;
    Ok(())
}

/// `_rehydrate_skeleton_class(class, attributes)`: the result is the class.
pub(super) fn rehydrate_class(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let [class, attributes, ..] = *args else {
        return Err(reader.malformed(at, "_rehydrate_skeleton_class takes a class and a dict"));
    };
    let Some(attributes) = reader.pairs(attributes) else {
        return Err(reader.malformed(at, "_rehydrate_skeleton_class takes a class and a dict"));
    };
    if reader.defs.get(class).is_none() {
        // Up to cloudpickle 1.0 a metaclass was called by itself.
        reader.class_of_call(class);
    }
    reader.class_attributes(class, attributes);
    reader.defs.alias(at, class);
    Ok(())
}

/// `_function_setstate(function, (dict, attributes))`
pub(super) fn function_state(reader: &mut Reader<'_>, _: Ref, args: &[Ref]) -> Result<()> {
    let [function, state, ..] = *args else { return Ok(()) };
    reader.build(function, state)
}

/// `_class_setstate(class, (attributes, {}))`
pub(super) fn class_state(reader: &mut Reader<'_>, _: Ref, args: &[Ref]) -> Result<()> {
    let [class, state, ..] = *args else { return Ok(()) };
    if let Some([attributes, ..]) = reader.tuple(state)
        && let Some(attributes) = reader.pairs(*attributes)
    {
        reader.class_attributes(class, attributes);
    }
    Ok(())
}

/// `setattr(object, name, value)`
pub(super) fn set_attribute(reader: &mut Reader<'_>, _: Ref, args: &[Ref]) -> Result<()> {
    let [object, name, value] = *args else { return Ok(()) };
    reader.set(object, name, value)
}

/// `delattr(cell, 'cell_contents')`
pub(super) fn delete_attribute(reader: &mut Reader<'_>, _: Ref, args: &[Ref]) -> Result<()> {
    if let [object, name] = *args
        && reader.text(name) == Some("cell_contents")
        && let Some(Def::Cell(id)) = reader.defs.get(object)
    {
        let id = *id;
        reader.defs.cell_mut(id).value = None;
    }
    Ok(())
}

impl Reader<'_> {
    /// An object's state: a dict, or a tuple of a dict for `__dict__` and one of attributes.
    pub(super) fn build(&mut self, object: Ref, state: Ref) -> Result<()> {
        let (dict, attributes) = match (self.defs.get(object), self.tuple(state)) {
            (None, _) => return Ok(()),
            (_, Some([dict, attributes])) => (self.pairs(*dict), self.pairs(*attributes)),
            _ => (self.pairs(state), None),
        };
        match self.defs.get_mut(object) {
            Some(Def::Function(function)) => function.dict.extend(dict.unwrap_or_default()),
            Some(Def::Module(module)) => {
                if let Some(contents) = &mut module.contents {
                    contents.extend(dict.unwrap_or_default());
                }
            }
            _ => {}
        }
        for (name, value) in attributes.unwrap_or_default() {
            self.set(object, name, value)?;
        }
        Ok(())
    }

    /// Sets an attribute of something known.
    pub(super) fn set(&mut self, object: Ref, name: Ref, value: Ref) -> Result<()> {
        let Some(text) = self.text(name) else { return Ok(()) };
        match self.defs.get(object) {
            Some(Def::Cell(id)) if text == "cell_contents" => {
                let id = *id;
                self.defs.cell_mut(id).value = Some(value);
            }
            Some(Def::Function(_)) => self.function_attribute(object, text, Some(name), value)?,
            Some(Def::Class(_)) if text == "__bases__" => {
                let bases = self.tuple(value).map(<[Ref]>::to_vec);
                if let (Some(Def::Class(class)), Some(bases)) = (self.defs.get_mut(object), bases) {
                    class.bases = bases;
                }
            }
            Some(Def::Class(_) | Def::Enum(_)) => self.class_attributes(object, vec![(name, value)]),
            _ => {}
        }
        Ok(())
    }

    /// Sets an attribute of a function; those that are none of Python's go to its `__dict__`.
    fn function_attribute(&mut self, at: Ref, text: &str, name: Option<Ref>, value: Ref) -> Result<()> {
        let closure = match text {
            "__closure__" => Some(self.closure(at, value)?),
            _ => None,
        };
        let pairs = match text {
            "__globals__" | "__dict__" => match self.pairs(value) {
                Some(pairs) => pairs,
                None if value == Ref::NONE => Vec::new(),
                None => return Err(self.malformed(at, "the globals or attributes of a function are not a dict")),
            },
            _ => Vec::new(),
        };
        let items = self.items(value).map(<[Ref]>::to_vec);
        let empty: Vec<bool> = items.iter().flatten().map(|item| self.is_empty_mark(*item)).collect();
        let Some(Def::Function(function)) = self.defs.get_mut(at) else {
            return Ok(());
        };
        let function: &mut FunctionDef = function;
        match text {
            "__name__" => function.name = Some(value),
            "__qualname__" => function.qualname = Some(value),
            "__module__" => function.module = Some(value),
            "__doc__" => function.doc = Some(value),
            "__defaults__" => function.defaults = Some(value),
            "__kwdefaults__" => function.kwdefaults = Some(value),
            "__annotations__" => function.annotations = Some(value),
            "__type_params__" => function.type_params = Some(value),
            "__globals__" => {
                function.globals = pairs;
            }
            "__dict__" => function.dict = pairs,
            "_cloudpickle_submodules" => function.submodules = items.unwrap_or_default(),
            "closure_values" => {
                let cells = function.closure.clone();
                for ((id, value), empty) in cells.into_iter().zip(items.unwrap_or_default()).zip(empty) {
                    self.defs.cell_mut(id).value = Some(value).filter(|_| !empty);
                }
            }
            "__closure__" => self.close(at, closure.unwrap_or_default()),
            _ => function.dict.extend(name.map(|name| (name, value))),
        }
        Ok(())
    }

    /// The cells that a function is made with are filled from these, which other functions share.
    fn close(&mut self, function: Ref, cells: Vec<CellId>) {
        let Some(Def::Function(def)) = self.defs.get_mut(function) else {
            return;
        };
        let made = std::mem::replace(&mut def.closure, cells.clone());
        for (made, cell) in made.into_iter().zip(cells) {
            if let (Some(made), Some(cell)) = (self.defs.cell(made).node, self.defs.cell(cell).node) {
                self.defs.alias(made, cell);
            }
        }
    }

    /// Sets attributes of a class or an enum.
    fn class_attributes(&mut self, at: Ref, attributes: Pairs) {
        let mut change = ClassDef::new(Ref::NONE, Ref::NONE, Vec::new());
        self.attributes(&mut change, attributes);
        match self.defs.get_mut(at) {
            Some(Def::Class(class)) => {
                class.module = change.module.or(class.module);
                class.qualname = change.qualname.or(class.qualname);
                class.slots = change.slots.or(class.slots);
                class.abc_registry.append(&mut change.abc_registry);
                class.attributes.append(&mut change.attributes);
            }
            Some(Def::Enum(class)) => {
                class.module = change.module.or(class.module);
                class.qualname = change.qualname.or(class.qualname);
                class.attributes.append(&mut change.attributes);
            }
            _ => {}
        }
    }

    /// The class that a call of a metaclass makes.
    fn class_of_call(&mut self, at: Ref) {
        if let Kind::Object(object) = self.graph.value(at).kind()
            && let [name, bases, attributes] = *object.args().refs
            && let Some(def) = self.class(object.callable().id(), name, bases, attributes)
        {
            self.defs.insert(at, Def::Class(Box::new(def)));
        }
    }
}
