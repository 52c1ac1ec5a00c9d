//! Functions, cells, globals, modules and the rest, by the standard library alone.

use super::{
    Wire,
    compat::MODULE,
    sketch::{Fold, Id, Items, Make, Step, call},
    sketcher::Sketcher,
};
use crate::{
    Kind, Ref,
    error::Result,
    function::{CellId, FunctionDef, HelperDef, ModuleDef, NamespaceId, TypeVarDef, TypeVarKind},
};

impl Sketcher<'_> {
    /// A type of the module `types`.
    pub(super) fn builtin_type(&mut self, name: &'static str) -> Id {
        if self.options.wire == Wire::Compat && !self.raw {
            return self.compat_type(name);
        }
        self.sketch.global("types", name)
    }

    /// A cell that is filled where that can be.
    pub(super) fn sketch_cell(&mut self, id: Id, cell: CellId) {
        if self.options.wire == Wire::Compat {
            return self.compat_cell(id, cell);
        }
        let callable = self.builtin_type("CellType");
        self.made(id, callable, Vec::new());
        if let Some(value) = self.defs.cell(cell).value {
            let value = self.at(value);
            self.sketch.folds.push(Fold {
                call: id,
                position: 0,
                name: "cell_contents",
                value,
            });
        }
    }

    pub(super) fn sketch_namespace(&mut self, id: Id, namespace: NamespaceId) {
        let def = self.defs.namespace(namespace);
        if let Some(module) = self.text(def.module) {
            // That of a module where it is loaded.
            let (module, name) = (self.sketch.text(module.to_owned()), self.sketch.text("__dict__"));
            self.sketch.node_mut(id).make = Make::Global { module, name };
            return;
        }
        let mut entries = Vec::new();
        if self.options.wire != Wire::Compat {
            entries.push((
                self.sketch.text("__builtins__"),
                self.sketch.global("builtins", "__dict__"),
            ));
        }
        entries.extend(self.pairs(&def.base));
        let node = self.sketch.node_mut(id);
        (node.make, node.ours) = (Make::Dict, true);
        self.sketch.step(id, Step::SetItems(entries));
    }

    pub(super) fn function(&mut self, id: Id, def: &FunctionDef) -> Result<()> {
        let callable = self.builtin_type("FunctionType");
        let own = Own::of(self, def);
        let (code, namespace) = (self.at(def.code), self.namespace(def.namespace));
        let name = match own.name {
            true => None,
            false => def.name.map(|name| self.at(name)),
        };
        let cells: Vec<Id> = def.closure.iter().map(|cell| self.cell(*cell)).collect();
        let defaults = given(def.defaults);
        let mut args = vec![code, namespace];
        if name.is_some() || !cells.is_empty() || defaults.is_some() {
            args.push(name.unwrap_or_else(|| self.sketch.none()));
        }
        if !cells.is_empty() {
            args.push(self.sketch.none());
            args.push(self.sketch.tuple(cells));
        }
        self.made(id, callable, args);
        if let Some(defaults) = defaults {
            let value = self.at(defaults);
            self.sketch.folds.push(Fold {
                call: id,
                position: 3,
                name: "__defaults__",
                value,
            });
        }
        let mut others = Vec::new();
        let attributes = [
            ("__qualname__", def.qualname.filter(|_| !own.qualname)),
            ("__module__", def.module.filter(|_| !own.module)),
            ("__doc__", def.doc.filter(|_| !own.doc)),
            ("__kwdefaults__", given(def.kwdefaults)),
            (
                "__annotations__",
                given(def.annotations).filter(|at| !self.is_empty(*at)),
            ),
            (
                "__type_params__",
                given(def.type_params).filter(|at| !self.is_empty(*at)),
            ),
        ];
        for (name, value) in attributes {
            if let Some(value) = value {
                let value = self.at(value);
                others.push((self.sketch.text(name), value));
            }
        }
        let dict = self.pairs(&def.dict);
        if !(dict.is_empty() && others.is_empty()) {
            self.sketch.step(id, Step::Attributes { dict, others });
        }
        self.bring(id, namespace, def);
        Ok(())
    }

    /// What a function puts into its globals, and the modules that are imported for it.
    fn bring(&mut self, id: Id, namespace: Id, def: &FunctionDef) {
        if !def.globals.is_empty() {
            let globals = self.pairs(&def.globals);
            let method = self.sketch.global("builtins", "dict.update");
            self.sketch.step(
                id,
                Step::Fill {
                    method,
                    object: namespace,
                    items: Items::Pairs(globals),
                },
            );
        }
        if !def.submodules.is_empty() {
            // A call that does nothing with them.
            let modules = self.all(&def.submodules);
            let modules = self.sketch.tuple(modules);
            let callable = self.sketch.global("builtins", "len");
            self.sketch.step(
                id,
                Step::Aside {
                    callable,
                    args: vec![modules],
                },
            );
        }
    }

    fn is_empty(&self, at: Ref) -> bool {
        self.defs.get(at).is_none() && self.graph.value(at).is_empty() == Some(true)
    }

    pub(super) fn module(&mut self, id: Id, def: &ModuleDef) -> Result<()> {
        let name = self.at(def.name);
        match &def.contents {
            None => {
                let callable = self.sketch.global("importlib", "import_module");
                self.made(id, callable, vec![name]);
            }
            Some(contents) => {
                let callable = self.builtin_type("ModuleType");
                self.made(id, callable, vec![name]);
                let builtins = (
                    self.sketch.text("__builtins__"),
                    self.sketch.global("builtins", "__dict__"),
                );
                let mut dict = vec![builtins];
                dict.extend(self.pairs(contents));
                let others = Vec::new();
                self.sketch.step(id, Step::Attributes { dict, others });
            }
        }
        Ok(())
    }

    pub(super) fn typevar(&mut self, id: Id, def: &TypeVarDef) -> Result<()> {
        let kind = match def.kind {
            TypeVarKind::TypeVar => "TypeVar",
            TypeVarKind::ParamSpec => "ParamSpec",
            TypeVarKind::TypeVarTuple => "TypeVarTuple",
        };
        let mut callable = self.sketch.global("typing", kind);
        let mut keywords = Vec::new();
        let given = [
            ("bound", given(def.bound)),
            ("covariant", def.covariant.filter(|at| *at == Ref::TRUE)),
            ("contravariant", def.contravariant.filter(|at| *at == Ref::TRUE)),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                let value = self.at(value);
                keywords.push((self.sketch.text(name), value));
            }
        }
        if !keywords.is_empty() {
            callable = self.partial(callable, keywords);
        }
        let mut args = vec![self.at(def.name)];
        if let Some(Kind::Tuple(constraints)) = def.constraints.map(|at| self.graph.value(at).kind()) {
            args.extend(self.all(constraints.refs));
        }
        self.tracked(id, def.tracker, call(callable, args));
        Ok(())
    }

    /// `functools.partial(callable, **keywords)`
    pub(super) fn partial(&mut self, callable: Id, keywords: Vec<(Id, Id)>) -> Id {
        let partial = self.sketch.global("functools", "partial");
        let id = self.sketch.call(partial, vec![callable]);
        let (none, nothing, keywords) = (
            self.sketch.none(),
            self.sketch.tuple(Vec::new()),
            self.sketch.dict(keywords),
        );
        let state = self.sketch.tuple(vec![callable, nothing, keywords, none]);
        self.sketch.step(id, Step::State(state));
        id
    }

    /// What was made, or the one with the same id that this process has.
    pub(super) fn tracked(&mut self, id: Id, tracker: Option<Ref>, make: Make) {
        let Some(tracker) = tracker else {
            let node = self.sketch.node_mut(id);
            (node.make, node.ours) = (make, true);
            return;
        };
        let made = self.sketch.add(make);
        self.sketch.node_mut(made).ours = true;
        let tracker = self.at(tracker);
        self.looked_up(id, tracker, made);
    }

    /// The object that this process knows by an id, or else this one from now on.
    fn looked_up(&mut self, id: Id, tracker: Id, made: Id) {
        if self.options.wire == Wire::Compat {
            // Every cloudpickle that this is for has it, for its own classes and type variables.
            let callable = self.sketch.global(MODULE, "_lookup_class_or_track");
            self.made(id, callable, vec![tracker, made]);
            return;
        }
        let registry = match self.registry {
            Some(registry) => registry,
            None => {
                let kind = self.sketch.global("weakref", "WeakValueDictionary");
                let new = self.sketch.call(kind, Vec::new());
                let dict = self.sketch.global("sys", "__dict__");
                let name = self.sketch.text("_brinery_tracked");
                let setdefault = self.sketch.global("builtins", "dict.setdefault");
                let registry = self.sketch.call(setdefault, vec![dict, name, new]);
                *self.registry.insert(registry)
            }
        };
        let callable = self.sketch.global("weakref", "WeakValueDictionary.setdefault");
        self.made(id, callable, vec![registry, tracker, made]);
    }

    /// What cloudpickle's helpers make, made without them.
    pub(super) fn helper(&mut self, id: Id, def: &HelperDef) -> Result<()> {
        if self.plain_helper(id, def) {
            return Ok(());
        }
        let why = format!(
            "`{}` of {} is needed, which the standard library does not have",
            def.name, def.package
        );
        Err(crate::ErrorKind::Unsupported(why.into()).into())
    }

    /// Whether the standard library has what a helper makes; then it is sketched.
    pub(super) fn plain_helper(&mut self, id: Id, def: &HelperDef) -> bool {
        let args = def.args.as_slice();
        let name = def.name.as_str();
        match (name, args) {
            ("_get_dataclass_field_type_sentinel", [sentinel]) => {
                if let Some(text) = self.graph.value(*sentinel).as_str() {
                    let (module, name) = (self.sketch.text("dataclasses"), self.sketch.text(text.to_owned()));
                    self.sketch.node_mut(id).make = Make::Global { module, name };
                    return true;
                }
            }
            ("_make_dict_keys" | "_make_dict_items", [from, ..]) => {
                let ordered = args.get(1) == Some(&Ref::TRUE);
                let from = self.at(*from);
                let of = if ordered {
                    ("collections", "OrderedDict")
                } else {
                    ("builtins", "dict")
                };
                let dict = if name == "_make_dict_keys" {
                    let fromkeys = self.sketch.global(of.0, format!("{}.fromkeys", of.1));
                    self.sketch.call(fromkeys, vec![from])
                } else {
                    let kind = self.sketch.global(of.0, of.1);
                    self.sketch.call(kind, vec![from])
                };
                let view = if name == "_make_dict_keys" { "keys" } else { "items" };
                let method = self.sketch.global(of.0, format!("{}.{view}", of.1));
                self.made(id, method, vec![dict]);
                return true;
            }
            ("_make_dict_values", [from, ..]) => {
                let ordered = args.get(1) == Some(&Ref::TRUE);
                let of = if ordered {
                    ("collections", "OrderedDict")
                } else {
                    ("builtins", "dict")
                };
                let from = self.at(*from);
                let enumerate = self.sketch.global("builtins", "enumerate");
                let pairs = self.sketch.call(enumerate, vec![from]);
                let kind = self.sketch.global(of.0, of.1);
                let dict = self.sketch.call(kind, vec![pairs]);
                let method = self.sketch.global(of.0, format!("{}.values", of.1));
                self.made(id, method, vec![dict]);
                return true;
            }
            ("_file_reconstructor", [file]) => {
                // The very `StringIO`.
                let (getattr, file) = (self.sketch.global("operator", "itemgetter"), self.at(*file));
                let zero = self.sketch.add(Make::Atom(Ref::int(0).unwrap_or(Ref::NONE)));
                let first = self.sketch.call(getattr, vec![zero]);
                let one = self.sketch.tuple(vec![file]);
                self.made(id, first, vec![one]);
                return true;
            }
            ("_gen_ellipsis", []) => {
                let (module, name) = (self.sketch.text("builtins"), self.sketch.text("Ellipsis"));
                self.sketch.node_mut(id).make = Make::Global { module, name };
                return true;
            }
            ("_gen_not_implemented", []) => {
                let (module, name) = (self.sketch.text("builtins"), self.sketch.text("NotImplemented"));
                self.sketch.node_mut(id).make = Make::Global { module, name };
                return true;
            }
            ("_lookup_class_or_track", [tracker, made]) => {
                let (tracker, made) = (self.at(*tracker), self.at(*made));
                self.looked_up(id, tracker, made);
                return true;
            }
            _ => {}
        }
        false
    }
}

/// What is given and not None.
pub(super) fn given(at: Option<Ref>) -> Option<Ref> {
    at.filter(|at| *at != Ref::NONE)
}

/// Which attributes of a function Python would have by itself.
#[derive(Default)]
struct Own {
    name: bool,
    qualname: bool,
    module: bool,
    doc: bool,
}

impl Own {
    fn of(sketcher: &Sketcher<'_>, def: &FunctionDef) -> Own {
        let mut own = Own::default();
        let Some(code) = sketcher.code_of(def.code) else {
            return own;
        };
        let text = |at: Option<Ref>| sketcher.text(at);
        let name = text(def.name);
        own.name = name == code.name().to_str();
        let of_code = code.qualname().unwrap_or(code.name()).to_str();
        own.qualname = text(def.qualname).is_some() && text(def.qualname) == of_code;
        let base = &sketcher.defs.namespace(def.namespace).base;
        let module = base
            .iter()
            .find(|(key, _)| sketcher.text(Some(*key)) == Some("__name__"));
        own.module = match module {
            Some((_, module)) => *module == def.module.unwrap_or(Ref::NONE) || text(Some(*module)) == text(def.module),
            None => def.module == Some(Ref::NONE),
        };
        let first = code.consts().get(0);
        // From 3.13 on only a flag tells a docstring; before, there is no flag.
        let newest = sketcher
            .versions
            .iter()
            .filter_map(|versions| versions.iter().next_back())
            .max();
        let has_docstring = code.flags().0 & 0x400_0000 != 0 || newest.is_some_and(|minor| minor <= 12);
        own.doc = match (def.doc, first.map(|first| first.kind())) {
            (Some(Ref::NONE), Some(Kind::Str(_))) => false,
            (Some(Ref::NONE), _) => true,
            (Some(doc), Some(Kind::Str(first))) => has_docstring && text(Some(doc)) == first.to_str(),
            _ => false,
        };
        own
    }
}
