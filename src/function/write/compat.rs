//! What cloudpickle writes, with the holes of its encoding mended where the graph has what is missing.

use super::{
    sketch::{Id, Make, Step},
    sketcher::Sketcher,
    standalone::given,
    subclass_hook::SubclassHook,
};
use crate::{
    Kind, Ref,
    error::Result,
    function::{CellId, ClassDef, EnumDef, FunctionDef, HelperDef, ModuleDef, TypeVarDef},
};

/// The module that has all helpers from 3.0 on.
pub(super) const MODULE: &str = "cloudpickle.cloudpickle";
/// The one that had the state setters before, and still answers to them.
const FAST: &str = "cloudpickle.cloudpickle_fast";

impl Sketcher<'_> {
    fn cloudpickle(&mut self, name: &'static str) -> Id {
        self.sketch.global(MODULE, name)
    }

    fn setter(&mut self, name: &'static str) -> Id {
        // On 3.6 and 3.7 no cloudpickle runs that has them in the other module.
        let fast = self.options.fast_names || self.is_before_3_8;
        let module = if fast { FAST } else { MODULE };
        self.sketch.global(module, name)
    }

    /// `_builtin_type(name)`
    pub(super) fn compat_type(&mut self, name: &'static str) -> Id {
        if let Some(known) = self.types.get(name) {
            return *known;
        }
        let (callable, text) = (self.cloudpickle("_builtin_type"), self.sketch.text(name));
        let id = self.sketch.call(callable, vec![text]);
        self.types.insert(name, id);
        id
    }

    /// The cell that functions have in their state: its content is copied into the one that they were made with.
    pub(super) fn compat_cell(&mut self, id: Id, cell: CellId) {
        let value = self.defs.cell(cell).value;
        if self.is_before_3_8 {
            // There `types` has no name for cells, and the oldest cloudpickles make only empty ones.
            let callable = self.cloudpickle("_make_empty_cell");
            self.made(id, callable, Vec::new());
            if let Some(value) = value {
                let (setter, state) = (self.cloudpickle("cell_set"), self.at(value));
                self.sketch.step(id, Step::Setter { setter, state });
            }
            return;
        }
        let name = match (self.options.fast_names, value) {
            (false, Some(_)) => "_make_cell",
            (false, None) => "_make_empty_cell",
            (true, _) => "CellType",
        };
        let callable = match self.options.fast_names {
            // Of Python itself: the name that cloudpickle has for it changed with 1.5.
            true => self.sketch.global("types", name),
            false => self.cloudpickle(name),
        };
        let args = value.map(|value| self.at(value)).into_iter().collect();
        self.made(id, callable, args);
    }

    /// The empty cell that functions are made with. One for all functions that share it, so that it stays shared.
    pub(super) fn compat_empty_cell(&mut self, cell: CellId) -> Id {
        if let Some(known) = self.empty_cells.get(&cell) {
            return *known;
        }
        let callable = match self.options.fast_names && !self.is_before_3_8 {
            true => self.sketch.global("types", "CellType"),
            false => self.cloudpickle("_make_empty_cell"),
        };
        let id = self.sketch.call(callable, Vec::new());
        self.empty_cells.insert(cell, id);
        id
    }

    pub(super) fn compat_function(&mut self, id: Id, def: &FunctionDef) -> Result<()> {
        let callable = match self.options.fast_names {
            true => self.compat_type("LambdaType"),
            false => self.cloudpickle("_make_function"),
        };
        let (code, namespace) = (self.at(def.code), self.namespace(def.namespace));
        let made: Vec<Id> = def.closure.iter().map(|cell| self.compat_empty_cell(*cell)).collect();
        let cells: Vec<Id> = def.closure.iter().map(|cell| self.cell(*cell)).collect();
        let none = self.sketch.none();
        let mut closure = |cells: Vec<Id>| {
            if cells.is_empty() {
                none
            } else {
                self.sketch.tuple(cells)
            }
        };
        let (made, cells) = (closure(made), closure(cells));
        self.made(id, callable, vec![code, namespace, none, none, made]);
        let mut entries = Vec::new();
        let attributes = [
            ("__name__", def.name),
            ("__qualname__", def.qualname),
            ("__annotations__", def.annotations),
            ("__kwdefaults__", def.kwdefaults),
            ("__defaults__", def.defaults),
            ("__module__", def.module),
            ("__doc__", def.doc),
        ];
        for (name, value) in attributes {
            if let Some(value) = value {
                let value = self.at(value);
                entries.push((self.sketch.text(name), value));
            }
        }
        entries.push((self.sketch.text("__closure__"), cells));
        let modules = self.all(&def.submodules);
        entries.push((self.sketch.text("_cloudpickle_submodules"), self.sketch.list(modules)));
        let globals = self.pairs(&def.globals);
        entries.push((self.sketch.text("__globals__"), self.sketch.dict(globals)));
        if let Some(parameters) = given(def.type_params) {
            let value = self.at(parameters);
            entries.push((self.sketch.text("__type_params__"), value));
        }
        let dict = self.pairs(&def.dict);
        let (dict, slots) = (self.sketch.dict(dict), self.sketch.dict(entries));
        let state = self.sketch.tuple(vec![dict, slots]);
        let setter = self.setter("_function_setstate");
        self.sketch.step(id, Step::Setter { setter, state });
        Ok(())
    }

    pub(super) fn compat_class(&mut self, id: Id, at: Ref, def: &ClassDef) -> Result<()> {
        let original = self.original_bases(def);
        // cloudpickle 1.2 calls the metaclass itself, which takes nothing but classes for bases.
        let by_types = self.options.fast_names && !original.iter().all(|base| self.is_class(*base));
        let name = self.at(def.name);
        let mut bases = self.all(&original);
        let real = self.all(&def.bases);
        let hook = self.subclass_hook(def);
        if let SubclassHook::Hidden(stands) = &hook {
            bases.insert(0, self.temporary_base(stands));
        }
        let bases = self.sketch.tuple(bases);
        let mut first = Vec::new();
        // Among what the metaclass of such a base does not take.
        let slots = def.slots.filter(|_| !self.has_maker_base(def));
        for (name, value) in [("__module__", def.module), ("__slots__", slots)] {
            if let Some(value) = value {
                let value = self.at(value);
                first.push((self.sketch.text(name), value));
            }
        }
        if let Some(qualname) = self.qualname(at, def) {
            first.push((self.sketch.text("__qualname__"), qualname));
        }
        let first = self.sketch.dict(first);
        if by_types {
            let make = self.new_class(def, name, bases, first);
            self.tracked(id, def.tracker, make);
        } else {
            let mut metaclass = self.at(def.metaclass);
            if !def.keywords.is_empty() {
                let keywords = self.pairs(&def.keywords);
                metaclass = self.partial(metaclass, keywords);
            }
            let callable = self.cloudpickle("_make_skeleton_class");
            let (tracker, extra) = (self.optional(def.tracker), self.sketch.none());
            self.made(id, callable, vec![metaclass, name, bases, first, tracker, extra]);
        }
        let attributes = self.own_attributes(def);
        let mut attributes = self.pairs(&attributes);
        if !def.abc_registry.is_empty() {
            let registry = self.all(&def.abc_registry);
            attributes.push((self.sketch.text("_abc_impl"), self.sketch.list(registry)));
        }
        self.class_state(id, attributes);
        if let SubclassHook::Hidden(_) = hook {
            self.sketch.made_with_other_bases(id, id, real);
        }
        Ok(())
    }

    /// The bases as the class statement has them, if one is `typing.Generic`, which cannot be a base by itself.
    fn original_bases(&self, def: &ClassDef) -> Vec<Ref> {
        let is_generic = |base: &Ref| {
            let global = self.graph.value(*base).as_global();
            global.is_some_and(|global| global.is("typing", "Generic"))
        };
        let original = || {
            let named = |(name, _): &&(Ref, Ref)| self.text(Some(*name)) == Some("__orig_bases__");
            let (_, bases) = def.attributes.iter().find(named)?;
            match self.graph.value(*bases).kind() {
                Kind::Tuple(bases) if !bases.is_empty() => Some(bases.refs.to_vec()),
                _ => None,
            }
        };
        let generic = def.bases.iter().any(is_generic);
        generic.then(original).flatten().unwrap_or_else(|| def.bases.clone())
    }

    fn class_state(&mut self, id: Id, attributes: Vec<(Id, Id)>) {
        let (attributes, nothing) = (self.sketch.dict(attributes), self.sketch.dict(Vec::new()));
        let state = self.sketch.tuple(vec![attributes, nothing]);
        let setter = self.setter("_class_setstate");
        self.sketch.step(id, Step::Setter { setter, state });
    }

    pub(super) fn compat_enum(&mut self, id: Id, def: &EnumDef) -> Result<()> {
        let callable = self.cloudpickle("_make_skeleton_enum");
        let bases = self.all(&def.bases);
        let bases = self.sketch.tuple(bases);
        let name = self.at(def.name);
        let qualname = self.at(def.qualname.unwrap_or(def.name));
        let members = self.pairs(&def.members);
        let (members, module) = (self.sketch.dict(members), self.optional(def.module));
        let (tracker, extra) = (self.optional(def.tracker), self.sketch.none());
        self.made(
            id,
            callable,
            vec![bases, name, qualname, members, module, tracker, extra],
        );
        let attributes = self.pairs(&def.attributes);
        self.class_state(id, attributes);
        self.initialize(id, def);
        Ok(())
    }

    pub(super) fn compat_module(&mut self, id: Id, def: &ModuleDef) -> Result<()> {
        let name = self.at(def.name);
        match &def.contents {
            None => {
                let callable = self.cloudpickle("subimport");
                self.made(id, callable, vec![name]);
            }
            Some(contents) => {
                let callable = self.cloudpickle("dynamic_subimport");
                let nothing = self.sketch.dict(Vec::new());
                self.made(id, callable, vec![name, nothing]);
                let dict = self.pairs(contents);
                let others = Vec::new();
                self.sketch.step(id, Step::Attributes { dict, others });
            }
        }
        Ok(())
    }

    pub(super) fn compat_typevar(&mut self, id: Id, def: &TypeVarDef) -> Result<()> {
        // Its maker is of cloudpickle 1.3.
        if self.options.fast_names || def.kind != crate::function::TypeVarKind::TypeVar {
            return self.typevar(id, def);
        }
        let callable = self.cloudpickle("_make_typevar");
        let nothing = self.sketch.tuple(Vec::new());
        let mut args = vec![self.at(def.name), self.optional(def.bound)];
        args.push(match def.constraints {
            Some(constraints) => self.at(constraints),
            None => nothing,
        });
        for flag in [def.covariant, def.contravariant] {
            args.push(self.at(flag.unwrap_or(Ref::FALSE)));
        }
        args.push(self.optional(def.tracker));
        self.made(id, callable, args);
        Ok(())
    }

    pub(super) fn compat_helper(&mut self, id: Id, def: &HelperDef) -> Result<()> {
        // What came with later versions, or moved, is made of the standard library.
        if self.options.fast_names && self.plain_helper(id, def) {
            return Ok(());
        }
        let (module, name) = (self.sketch.text(MODULE), self.sketch.text(def.name.clone()));
        let callable = self.sketch.add(Make::Global { module, name });
        let args = self.all(&def.args);
        self.made(id, callable, args);
        Ok(())
    }
}
