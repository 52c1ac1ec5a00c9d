//! What dill's helpers make, made without dill.

use super::{
    sketch::{Id, Make, Step},
    sketcher::Sketcher,
};
use crate::{
    Kind, Ref, Value,
    error::{ErrorKind, Result},
    function::HelperDef,
};

impl Sketcher<'_> {
    /// What only dill's own loader finds: the names that it has for `type(None)` and for the globals of `__main__`.
    pub(super) fn dill_global(&mut self, at: Ref) -> Option<Make> {
        let (module, name) = self.graph.value(at).as_global()?.path()?;
        if !matches!(module, "builtins" | "__builtin__") {
            return None;
        }
        match name {
            "NoneType" => {
                let (kind, none) = (self.sketch.global("builtins", "type"), self.sketch.none());
                Some(super::sketch::call(kind, vec![none]))
            }
            "__main__" => {
                let (module, name) = (self.sketch.text("__main__"), self.sketch.text("__dict__"));
                Some(Make::Global { module, name })
            }
            _ => None,
        }
    }

    /// A call of a helper of dill.
    pub(super) fn dill_helper(&mut self, id: Id, def: &HelperDef) -> Result<()> {
        let args = def.args.as_slice();
        let made = match (def.name.as_str(), args) {
            ("_create_type", [class, args @ ..]) => {
                let (class, args) = (self.at(*class), self.all(args));
                self.made(id, class, args);
                Some(())
            }
            ("_load_type", [name]) => self.named_type(id, *name),
            ("_eval_repr", [repr]) => self.evaluated(id, *repr),
            ("_getattr", [class, name, _]) => {
                // `vars(class)[name]`
                let (class, name) = (self.at(*class), self.at(*name));
                let vars = self.sketch.global("builtins", "vars");
                let (vars, getitem) = (
                    self.sketch.call(vars, vec![class]),
                    self.sketch.global("operator", "getitem"),
                );
                self.made(id, getitem, vec![vars, name]);
                Some(())
            }
            ("_get_attr", [object, name]) => {
                let (getattr, args) = (self.sketch.global("builtins", "getattr"), self.all(&[*object, *name]));
                self.made(id, getattr, args);
                Some(())
            }
            ("_create_namedtuple", [name, fields, module, defaults @ ..]) => {
                self.namedtuple(id, [*name, *fields, *module], defaults.first().copied())
            }
            ("_create_ftype", [class, function, args, keywords]) => {
                // The state of a `partial` is all that it is made of.
                let (class, function) = (self.at(*class), self.at(*function));
                self.made(id, class, vec![function]);
                let mut state = vec![function];
                for (part, empty) in [(*args, true), (*keywords, false)] {
                    state.push(match (part, empty) {
                        (Ref::NONE, true) => self.sketch.tuple(Vec::new()),
                        (Ref::NONE, false) => self.sketch.dict(Vec::new()),
                        (part, _) => self.at(part),
                    });
                }
                state.push(self.sketch.none());
                let state = self.sketch.tuple(state);
                self.sketch.step(id, Step::State(state));
                Some(())
            }
            ("_create_typing_tuple", [args]) if self.is_nothing(*args) => {
                let (getitem, tuple) = (
                    self.sketch.global("operator", "getitem"),
                    self.sketch.global("typing", "Tuple"),
                );
                let nothing = self.sketch.tuple(Vec::new());
                self.made(id, getitem, vec![tuple, nothing]);
                Some(())
            }
            ("_create_weakref", [object]) => {
                let (kind, object) = (self.sketch.global("weakref", "ref"), self.referent(*object));
                self.made(id, kind, vec![object]);
                Some(())
            }
            ("_create_weakproxy", [object, ..]) if *object != Ref::NONE => {
                let (kind, object) = (self.sketch.global("weakref", "proxy"), self.at(*object));
                self.made(id, kind, vec![object]);
                Some(())
            }
            ("_create_lock", [locked, ..]) => {
                let lock = self.sketch.global("_thread", "allocate_lock");
                self.made(id, lock, Vec::new());
                if *locked == Ref::TRUE {
                    let (caller, acquire) = (
                        self.sketch.global("operator", "methodcaller"),
                        self.sketch.text("acquire"),
                    );
                    let callable = self.sketch.call(caller, vec![acquire]);
                    let args = vec![id];
                    self.sketch.step(id, Step::Aside { callable, args });
                }
                Some(())
            }
            // Held by a thread of the process that wrote it, it is held by nobody.
            ("_create_rlock", [_, owner, ..])
                if *owner == Ref::NONE || self.graph.value(*owner).as_i64() == Some(0) =>
            {
                let lock = self.sketch.global("threading", "RLock");
                self.made(id, lock, Vec::new());
                Some(())
            }
            ("_create_filehandle", [name, ..]) => self.standard_stream(id, *name),
            ("_create_array", [function, args, state, more @ ..]) => {
                let more = more.first().copied().unwrap_or(Ref::NONE);
                let is_plain = more == Ref::NONE || self.graph.value(more).is_empty() == Some(true);
                match self.graph.value(*args).kind() {
                    Kind::Tuple(args) if is_plain => {
                        let (function, args) = (self.at(*function), self.all(args.refs));
                        self.made(id, function, args);
                        let state = self.at(*state);
                        self.sketch.step(id, Step::State(state));
                        Some(())
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        made.ok_or_else(|| {
            let first = args.first().and_then(|at| self.text(Some(*at)));
            let with = first.map(|first| format!(" with {first:?}")).unwrap_or_default();
            let why = format!("`{}` of dill is needed{with}, which nothing else can make", def.name);
            ErrorKind::Unsupported(why.into()).into()
        })
    }

    /// A type that has no name to be imported by.
    fn named_type(&mut self, id: Id, name: Ref) -> Option<()> {
        let name = self.text(Some(name))?;
        let (module, class, view) = match name {
            "DictItemsType" => ("builtins", "dict", "items"),
            "DictKeysType" => ("builtins", "dict", "keys"),
            "DictValuesType" => ("builtins", "dict", "values"),
            "OdictItemsType" => ("collections", "OrderedDict", "items"),
            "OdictKeysType" => ("collections", "OrderedDict", "keys"),
            "OdictValuesType" => ("collections", "OrderedDict", "values"),
            _ => return None,
        };
        let sketch = &mut self.sketch;
        let (kind, made) = (sketch.global("builtins", "type"), sketch.global(module, class));
        let method = sketch.global(module, format!("{class}.{view}"));
        let dict = sketch.call(made, Vec::new());
        let view = sketch.call(method, vec![dict]);
        self.made(id, kind, vec![view]);
        Some(())
    }

    /// What the `repr` of a singleton or of a range is evaluated to.
    fn evaluated(&mut self, id: Id, repr: Ref) -> Option<()> {
        let repr = self.text(Some(repr))?;
        if let "Ellipsis" | "NotImplemented" = repr {
            let (module, name) = (self.sketch.text("builtins"), self.sketch.text(repr.to_owned()));
            self.sketch.node_mut(id).make = Make::Global { module, name };
            return Some(());
        }
        let parts = repr.strip_prefix("range(")?.strip_suffix(')')?.split(", ");
        let number = |part: &str| Ref::int(part.parse().ok()?);
        let numbers: Vec<Ref> = parts.map(number).collect::<Option<_>>()?;
        let range = self.sketch.global("builtins", "range");
        let args = numbers
            .into_iter()
            .map(|number| self.sketch.add(Make::Atom(number)))
            .collect();
        self.made(id, range, args);
        Some(())
    }

    /// `()` or `((),)`: what `typing.Tuple[()]` has for arguments.
    fn is_nothing(&self, args: Ref) -> bool {
        let is_empty = |value: Value<'_>| matches!(value.kind(), Kind::Tuple(items) if items.is_empty());
        let args = self.graph.value(args);
        is_empty(args) || matches!(args.kind(), Kind::Tuple(items) if items.len() == 1 && items.iter().all(is_empty))
    }

    /// `collections.namedtuple(name, fields, defaults=…, module=…)`, unless there is one of that name in that module.
    fn namedtuple(&mut self, id: Id, [name, fields, module]: [Ref; 3], defaults: Option<Ref>) -> Option<()> {
        let mut keywords = vec![(self.sketch.text("module"), self.at(module))];
        if let Some(defaults) = defaults.filter(|at| *at != Ref::NONE) {
            keywords.push((self.sketch.text("defaults"), self.at(defaults)));
        }
        let callable = self.sketch.global("collections", "namedtuple");
        let callable = self.partial(callable, keywords);
        let args = self.all(&[name, fields]);
        let (module, name) = (self.text(Some(module))?, self.text(Some(name))?);
        if module == "__main__" {
            self.made(id, callable, args);
            return Some(());
        }
        // `next(filter(None, (pydoc.locate("module.name"), made)))`: the first that is something.
        let sketch = &mut self.sketch;
        let made = sketch.call(callable, args);
        sketch.node_mut(made).ours = true;
        let (locate, path) = (
            sketch.global("pydoc", "locate"),
            sketch.text(format!("{module}.{name}")),
        );
        let located = sketch.call(locate, vec![path]);
        let (both, none) = (sketch.tuple(vec![located, made]), sketch.none());
        let (filter, next) = (sketch.global("builtins", "filter"), sketch.global("builtins", "next"));
        let found = sketch.call(filter, vec![none, both]);
        self.made(id, next, vec![found]);
        Some(())
    }

    /// What a weak reference is to; something that goes at once if it was gone already.
    fn referent(&mut self, object: Ref) -> Id {
        if object != Ref::NONE {
            return self.at(object);
        }
        let kind = self.sketch.global("collections", "UserDict");
        self.sketch.call(kind, Vec::new())
    }

    /// `sys.__stdout__` and the like. Other files dill opens if they are there.
    fn standard_stream(&mut self, id: Id, name: Ref) -> Option<()> {
        let name = match self.text(Some(name))? {
            "<stdin>" => "__stdin__",
            "<stdout>" => "__stdout__",
            "<stderr>" => "__stderr__",
            _ => return None,
        };
        let (module, name) = (self.sketch.text("sys"), self.sketch.text(name));
        self.sketch.node_mut(id).make = Make::Global { module, name };
        Some(())
    }

    /// What dill sets in a module when it has imported it.
    pub(super) fn module_state(&mut self, id: Id, at: Ref) {
        let states: Vec<Ref> = self
            .graph
            .value(at)
            .steps()
            .filter_map(|step| match step {
                crate::Step::State(state) => Some(state.id()),
                _ => None,
            })
            .collect();
        for state in states {
            let state = self.at(state);
            self.sketch.step(id, Step::State(state));
        }
    }
}
