//! Functions and classes made in Rust: source text with what it is bound to.

use super::Rewire;
use crate::{
    Builder, Graph, Ref,
    error::{ErrorKind, Result},
    function::{
        Bytecode, CellDef, CellId, ClassDef, CodeDef, Def, Defs, FunctionDef, ModuleDef, NamespaceDef, NamespaceId,
        Source,
        text::{head, mentions},
    },
};
use std::collections::HashMap;

/// Makes functions, classes and cells, and the data that goes with them, to be written in any [`Wire`](super::Wire).
///
/// A function is its source text and what it is bound to: cells for its free variables, a dict of globals, defaults. All
/// of these are objects that can be shared and can refer to each other, so functions can be recursive through cells or
/// globals, and can change a variable together.
///
/// ```
/// use brinery::{Options, function::{FunctionBuilder, Rewire, Wire}};
/// let mut make = FunctionBuilder::new();
/// let globals = make.namespace("__main__");
/// // Two functions over one variable.
/// let start = make.data().add(7);
/// let count = make.cell(Some(start));
/// let inc = make.function("def inc(by=1):\n    nonlocal count\n    count += by\n    return count", globals)?;
/// let get = make.function("lambda: count", globals)?;
/// make.bind(inc, &[("count", count)])?;
/// make.bind(get, &[("count", count)])?;
/// let one = make.data().add(1);
/// make.defaults(inc, &[one])?;
/// let both = make.data().tuple([inc, get]);
/// let graph = make.write(&Rewire::new(Wire::Portable), both)?;
/// let bytes = Options::new().protocol(4).write(&graph)?; // any CPython from 3.8 on loads it
/// # assert!(bytes.len() > 1000);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Default)]
pub struct FunctionBuilder {
    pub(super) build: Builder<'static>,
    pub(super) defs: Defs,
    /// The texts of functions.
    texts: HashMap<Ref, String>,
    class_cells: HashMap<Ref, CellId>,
    /// Functions whose whole text is known.
    #[cfg(feature = "source")]
    pub(super) parsed: Vec<super::parsed::Parsed>,
}

impl FunctionBuilder {
    /// Nothing is made yet.
    pub fn new() -> Self {
        FunctionBuilder::default()
    }

    /// Goes on with a graph whose objects mean this.
    pub(in crate::function) fn over(graph: Graph<'static>, defs: Defs) -> Self {
        FunctionBuilder {
            build: Builder::from(graph),
            defs,
            ..FunctionBuilder::default()
        }
    }

    /// What is known of a function, to be changed.
    pub(in crate::function) fn known_function(&mut self, function: Ref) -> Result<&mut FunctionDef> {
        self.known(function)
    }

    /// A function of a code object that is known.
    pub(in crate::function) fn function_of(&mut self, def: FunctionDef) -> Ref {
        self.object(Def::Function(Box::new(def)))
    }

    /// Where data is made. What the other methods answer can be put into it.
    pub fn data(&mut self) -> &mut Builder<'static> {
        &mut self.build
    }

    /// What the objects made so far mean.
    pub fn defs(&self) -> &Defs {
        &self.defs
    }

    /// An object whose meaning is in `defs`.
    pub(super) fn object(&mut self, def: Def) -> Ref {
        // Whoever writes it without them gets an error from Python.
        let at = self.build.global("brinery", "made_in_rust");
        self.defs.insert(at, def);
        at
    }

    /// A dict of globals, for functions of the module of this name.
    pub fn namespace(&mut self, module: &str) -> NamespaceId {
        let base = vec![(self.build.add("__name__"), self.build.add(module))];
        self.defs.add_namespace(NamespaceDef {
            base,
            ..NamespaceDef::default()
        })
    }

    /// A cell, which is a variable that functions share; empty if there is no value.
    pub fn cell(&mut self, value: Option<Ref>) -> CellId {
        self.defs.add_cell(CellDef { node: None, value })
    }

    /// Puts a value into a cell: so a function can be in its own closure.
    pub fn fill(&mut self, cell: CellId, value: Ref) {
        self.defs.cell_mut(cell).value = Some(value);
    }

    /// A function of this text: a `lambda`, or a `def` that begins at the start of a line. An error if it is neither.
    ///
    /// The text is not executed but for its body, when the function is called. Its decorators and annotations are passed
    /// over; for its defaults, values are to be given with [`defaults`](Self::defaults) and [`kwdefaults`](Self::kwdefaults).
    pub fn function(&mut self, text: &str, namespace: NamespaceId) -> Result<Ref> {
        let head = head(text)?;
        let source = Source::new(self.build.add(text));
        let code = self.object(Def::Code(CodeDef {
            bytecode: None,
            source: Some(source),
        }));
        let mut def = FunctionDef::new(code, namespace);
        let name = self.build.add(head.name);
        (def.name, def.qualname) = (Some(name), Some(name));
        let module = self.defs.namespace(namespace).base.first().map(|(_, module)| *module);
        def.module = module;
        let at = self.object(Def::Function(Box::new(def)));
        self.texts.insert(at, text.to_owned());
        Ok(at)
    }

    /// Gives a function the bytecode that CPython 3.`minor` has for it, as `marshal.dumps(function.__code__)` says it.
    pub fn bytecode(&mut self, function: Ref, minor: u8, marshalled: &[u8]) -> Result<()> {
        let bytes = self.build.add(marshalled);
        let python = Some((3, minor));
        let code = self.known(function)?.code;
        if let Some(Def::Code(code)) = self.defs.get_mut(code) {
            code.bytecode = Some(Bytecode::Marshal { bytes, python });
        }
        Ok(())
    }

    /// Says which cells the free variables of a function are. An error if its text does not have them.
    ///
    /// A method that uses `super()` or `__class__` has the free variable `__class__`, whose cell is that of its class:
    /// [`method`](Self::method) sees to it.
    pub fn bind(&mut self, function: Ref, free: &[(&str, CellId)]) -> Result<()> {
        let mut free = free.to_vec();
        // As the compiler has them.
        free.sort_by_key(|(name, _)| *name);
        self.known(function)?;
        if let Some(text) = self.texts.get(&function) {
            let implicit = |name: &str| name == "__class__" && mentions(text, "super");
            if let Some((name, _)) = free.iter().find(|(name, _)| !(mentions(text, name) || implicit(name))) {
                let why = format!("{} has no variable {name} to be bound", head(text)?.name);
                return Err(ErrorKind::Malformed(why.into()).into());
            }
        }
        #[cfg(feature = "source")]
        self.bound(function, &free)?;
        let names: Vec<Ref> = free.iter().map(|(name, _)| self.build.add(*name)).collect();
        let names = self.build.tuple(names);
        let def = self.known(function)?;
        def.closure = free.into_iter().map(|(_, cell)| cell).collect();
        let code = def.code;
        if let Some(source) = self.source_of(code) {
            source.freevars = Some(names);
        }
        Ok(())
    }

    /// The values of the defaults of parameters that can be given by position.
    pub fn defaults(&mut self, function: Ref, values: &[Ref]) -> Result<()> {
        let values = self.build.tuple(values);
        self.known(function)?.defaults = Some(values);
        Ok(())
    }

    /// The values of the defaults of parameters that must be given by name.
    pub fn kwdefaults(&mut self, function: Ref, values: &[(&str, Ref)]) -> Result<()> {
        let values = self.entries(values);
        let values = self.build.dict(values)?;
        self.known(function)?.kwdefaults = Some(values);
        Ok(())
    }

    /// `__annotations__`
    pub fn annotations(&mut self, function: Ref, values: &[(&str, Ref)]) -> Result<()> {
        let values = self.entries(values);
        let values = self.build.dict(values)?;
        self.known(function)?.annotations = Some(values);
        Ok(())
    }

    /// A global variable that a function brings along.
    pub fn global(&mut self, function: Ref, name: &str, value: Ref) -> Result<()> {
        let name = self.build.add(name);
        self.known(function)?.globals.push((name, value));
        Ok(())
    }

    /// An attribute of a function: an entry of its `__dict__`, or one of `__name__`, `__qualname__`, `__module__` and
    /// `__doc__`.
    pub fn attribute(&mut self, function: Ref, name: &str, value: Ref) -> Result<()> {
        let key = self.build.add(name);
        let def = self.known(function)?;
        match name {
            "__name__" => def.name = Some(value),
            "__qualname__" => def.qualname = Some(value),
            "__module__" => def.module = Some(value),
            "__doc__" => def.doc = Some(value),
            _ => def.dict.push((key, value)),
        }
        Ok(())
    }

    /// A module, which is imported where the function is loaded.
    pub fn module(&mut self, name: &str) -> Ref {
        let name = self.build.add(name);
        self.object(Def::Module(ModuleDef { name, contents: None }))
    }

    /// A class of this name and module. Without bases it derives from `object`.
    pub fn class(&mut self, name: &str, module: &str, bases: &[Ref]) -> Ref {
        let metaclass = self.build.global("builtins", "type");
        let name = self.build.add(name);
        let bases = match bases {
            [] => vec![self.build.global("builtins", "object")],
            bases => bases.to_vec(),
        };
        let mut def = ClassDef::new(metaclass, name, bases);
        def.module = Some(self.build.add(module));
        def.qualname = Some(name);
        self.object(Def::Class(Box::new(def)))
    }

    /// Sets the metaclass.
    pub fn metaclass(&mut self, class: Ref, metaclass: Ref) -> Result<()> {
        self.known_class(class)?.metaclass = metaclass;
        Ok(())
    }

    /// An attribute of a class; `__slots__`, `__qualname__` and `__module__` among them.
    pub fn class_attribute(&mut self, class: Ref, name: &str, value: Ref) -> Result<()> {
        let key = self.build.add(name);
        let def = self.known_class(class)?;
        match name {
            "__slots__" => def.slots = Some(value),
            "__qualname__" => def.qualname = Some(value),
            "__module__" => def.module = Some(value),
            _ => def.attributes.push((key, value)),
        }
        Ok(())
    }

    /// A keyword argument of the class statement, for the metaclass and `__init_subclass__`.
    pub fn keyword(&mut self, class: Ref, name: &str, value: Ref) -> Result<()> {
        let key = self.build.add(name);
        self.known_class(class)?.keywords.push((key, value));
        Ok(())
    }

    /// A method of a class: a `def`, whose free variables are bound to these cells, and in which private names, `super()` and
    /// `__class__` mean what they mean in the class.
    pub fn method(&mut self, class: Ref, text: &str, namespace: NamespaceId, free: &[(&str, CellId)]) -> Result<Ref> {
        let class_name = self.known_class(class)?.name;
        let method = self.function(text, namespace)?;
        let name = head(text)?.name.to_owned();
        let mut free = free.to_vec();
        if mentions(text, "super") || mentions(text, "__class__") {
            let cell = self.class_cell(class);
            free.push(("__class__", cell));
        }
        let code = self.known(method)?.code;
        if let Some(source) = self.source_of(code) {
            source.class = Some(class_name);
        }
        self.bind(method, &free)?;
        if let Some(Def::Class(of)) = self.defs.get(class)
            && let Some(Some(of)) = of.qualname.map(|of| self.build.text_of(of))
        {
            let qualname = self.build.add(format!("{of}.{name}"));
            self.attribute(method, "__qualname__", qualname)?;
        }
        // What the class statement does by itself.
        let wrapper = match name.as_str() {
            "__new__" => Some("staticmethod"),
            "__init_subclass__" | "__class_getitem__" => Some("classmethod"),
            _ => None,
        };
        let value = match wrapper {
            Some(wrapper) => {
                let wrapper = self.build.global("builtins", wrapper);
                self.build.call(wrapper, [method])?
            }
            None => method,
        };
        self.class_attribute(class, &name, value)?;
        Ok(method)
    }

    /// The cell that the methods of a class have it in.
    fn class_cell(&mut self, class: Ref) -> CellId {
        let known = self.class_cells.get(&class).copied();
        known.unwrap_or_else(|| {
            let cell = self.cell(Some(class));
            self.class_cells.insert(class, cell);
            cell
        })
    }

    /// The graph in a wire, with this as its root.
    ///
    /// # Errors
    /// If a function has not as many defaults as its text, or if the wire cannot say something.
    pub fn write(self, rewire: &Rewire, root: Ref) -> Result<Graph<'static>> {
        let (graph, defs) = self.finish(root)?;
        rewire.write(&graph, &defs)
    }

    /// The graph, with this as its root, and what its objects mean.
    #[cfg_attr(not(feature = "source"), allow(unused_mut))]
    pub fn finish(mut self, root: Ref) -> Result<(Graph<'static>, Defs)> {
        #[cfg(feature = "source")]
        self.settle()?;
        let graph = self.build.finish(root);
        for (function, text) in &self.texts {
            let Some(Def::Function(def)) = self.defs.get(*function) else {
                continue;
            };
            let head = head(text)?;
            let positional = def.defaults.and_then(|at| graph.value(at).len()).unwrap_or(0);
            if positional != head.defaults() {
                let (name, wanted) = (head.name, head.defaults());
                let why = format!("{name} has {wanted} defaults in its text, and {positional} values for them");
                return Err(ErrorKind::Malformed(why.into()).into());
            }
            let given = def.kwdefaults.map(|at| graph.value(at));
            let missing = head
                .kwdefaults()
                .find(|name| given.and_then(|given| given.get(*name)).is_none());
            if let Some(missing) = missing {
                let why = format!("{} has no value for the default of {missing}", head.name);
                return Err(ErrorKind::Malformed(why.into()).into());
            }
        }
        Ok((graph, self.defs))
    }

    fn entries(&mut self, entries: &[(&str, Ref)]) -> Vec<(Ref, Ref)> {
        entries
            .iter()
            .map(|(name, value)| (self.build.add(*name), *value))
            .collect()
    }

    fn source_of(&mut self, code: Ref) -> Option<&mut Source> {
        match self.defs.get_mut(code) {
            Some(Def::Code(code)) => code.source.as_mut(),
            _ => None,
        }
    }

    pub(super) fn known(&mut self, function: Ref) -> Result<&mut FunctionDef> {
        match self.defs.get_mut(function) {
            Some(Def::Function(def)) => Ok(def),
            _ => Err(ErrorKind::Malformed("it is not a function that was made here".into()).into()),
        }
    }

    fn known_class(&mut self, class: Ref) -> Result<&mut ClassDef> {
        match self.defs.get_mut(class) {
            Some(Def::Class(def)) => Ok(def),
            _ => Err(ErrorKind::Malformed("it is not a class that was made here".into()).into()),
        }
    }
}
