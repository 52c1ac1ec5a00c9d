//! What dill writes.

use super::{Package, Reader, callee::imported};
use crate::{
    Kind, Ref, Result, Value,
    function::{
        builtins::is_builtin,
        model::{Bytecode, Def, FunctionDef, HelperDef},
    },
};

/// The names that `_load_type` knows besides those of `builtins` and `types`, and where the types are.
const TYPES: &[(&str, &str, &str)] = &[
    ("AttrGetterType", "operator", "attrgetter"),
    ("BufferedRandomType", "io", "BufferedRandom"),
    ("BufferedReaderType", "io", "BufferedReader"),
    ("BufferedWriterType", "io", "BufferedWriter"),
    ("ExitType", "_sitebuiltins", "Quitter"),
    ("FileType", "io", "FileIO"),
    ("ItemGetterType", "operator", "itemgetter"),
    ("PartialType", "functools", "partial"),
    ("PyBufferedRandomType", "_pyio", "BufferedRandom"),
    ("PyBufferedReaderType", "_pyio", "BufferedReader"),
    ("PyBufferedWriterType", "_pyio", "BufferedWriter"),
    ("PyTextWrapperType", "_pyio", "TextIOWrapper"),
    ("SuperType", "builtins", "super"),
    ("TextWrapperType", "io", "TextIOWrapper"),
];

/// The types that the module `types` has, in all of CPython 3.6 to 3.14 or in some of them.
static OF_TYPES: &str = "AsyncGeneratorType BuiltinFunctionType BuiltinMethodType CapsuleType CellType \
    ClassMethodDescriptorType CodeType CoroutineType EllipsisType FrameLocalsProxyType FrameType FunctionType \
    GeneratorType GenericAlias GetSetDescriptorType LambdaType MappingProxyType MemberDescriptorType \
    MethodDescriptorType MethodType MethodWrapperType ModuleType NoneType NotImplementedType SimpleNamespace \
    TracebackType UnionType WrapperDescriptorType";

/// Where the type is from that dill calls by this name, if it can be imported at all.
pub(super) fn dill_type(name: &str) -> Option<(&'static str, &str)> {
    if let Some((_, module, name)) = TYPES.iter().find(|(known, ..)| *known == name) {
        return Some((module, name));
    }
    if OF_TYPES.split_ascii_whitespace().any(|known| known == name) {
        return Some(("types", name));
    }
    is_builtin(name).then_some(("builtins", name))
}

/// `_create_function(code, globals, name, defaults, closure, dict, kwdefaults)`
pub(super) fn create_function(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let [code, globals, rest @ ..] = args else {
        return Err(reader.malformed(at, "_create_function takes a code object and a dict of globals"));
    };
    if !reader.is_code(*code) {
        return Err(reader.malformed(at, "_create_function is called with what is not a code object"));
    }
    let namespace = reader.namespace(*globals);
    let mut def = FunctionDef::new(*code, namespace);
    let given = |index: usize| rest.get(index).copied().filter(|at| *at != Ref::NONE);
    def.name = given(0);
    def.defaults = given(1);
    if let Some(closure) = given(2) {
        def.closure = reader.closure(at, closure)?;
    }
    def.dict = given(3).and_then(|dict| reader.pairs(dict)).unwrap_or_default();
    def.kwdefaults = given(4);
    reader.defs.insert(at, Def::Function(Box::new(def)));
    Ok(())
}

/// `_create_code(...)`
pub(super) fn create_code(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if args.len() < 14 {
        return Err(reader.malformed(at, "_create_code has too few arguments"));
    }
    if let Some(args) = reader.args_of(at) {
        reader.add_code(at, Bytecode::Dill { args, python: None });
    }
    Ok(())
}

/// `_create_cell(value)`: `None` also stands for what is set later.
pub(super) fn create_cell(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    super::cell::make(reader, at, if args.is_empty() { &[Ref::NONE] } else { args })
}

/// `_create_type(metaclass, name, bases, attributes)`; with other arguments it is a call of a type like any other.
pub(super) fn create_type(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let class = match *args {
        [metaclass, name, bases, attributes] => reader.class(metaclass, name, bases, attributes),
        _ => None,
    };
    match class {
        Some(def) => reader.defs.insert(at, Def::Class(Box::new(def))),
        None => reader.dill_helper(at, "_create_type", args),
    }
    Ok(())
}

/// `_load_type(name)`
pub(super) fn load_type(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let Some(name) = args.first().and_then(|name| reader.text(*name)) else {
        return Err(reader.malformed(at, "_load_type takes a name"));
    };
    match dill_type(name) {
        Some((module, name)) => reader.add_global(at, module, name),
        None => reader.dill_helper(at, "_load_type", args),
    }
    Ok(())
}

/// `_getattr(class, name, repr)`: a descriptor. A method of a built-in class has a name of its own.
pub(super) fn descriptor(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let method = || {
        let [class, name, repr] = *args else { return None };
        let (name, repr) = (reader.text(name)?, reader.text(repr)?);
        // What others are on the class is not what is in its dict.
        let is_method = repr.starts_with("<method '") || repr.starts_with("<slot wrapper '");
        let (module, class) = reader.meaning(class).filter(|_| is_method)?;
        Some((module.to_owned(), format!("{class}.{name}")))
    };
    match method() {
        Some((module, name)) => reader.add_global(at, &module, &name),
        None => reader.dill_helper(at, "_getattr", args),
    }
    Ok(())
}

/// `_get_attr(object, name)`, up to dill 0.3.5: what the object does not have is a built-in.
pub(super) fn attribute(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    match *args {
        // The module by its name, which is a str that has not much in it.
        [module, name] if matches!(reader.text(module), Some("builtins" | "__builtin__")) => {
            match reader.text(name).filter(|name| is_builtin(name)) {
                Some(name) => reader.add_global(at, "builtins", name),
                None => reader.dill_helper(at, "_get_attr", args),
            }
        }
        _ => reader.dill_helper(at, "_get_attr", args),
    }
    Ok(())
}

/// `getattr(dill._dill, name, default)`: what some versions of dill have and others find elsewhere.
pub(super) fn shim(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let [module, name, ref default @ ..] = *args else {
        return Ok(());
    };
    let (Some(name), true) = (reader.text(name), is_module(reader.graph.value(module))) else {
        return Ok(());
    };
    match (name, default) {
        ("_setattr", _) => reader.add_global(at, "builtins", "setattr"),
        ("_delattr", _) => reader.add_global(at, "builtins", "delattr"),
        (_, [default]) => {
            if let Some((module, name)) = reader.meaning(*default) {
                let (module, name) = (module.to_owned(), name.to_owned());
                reader.add_global(at, &module, &name);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether it is the module `dill._dill`, which is imported like a name.
fn is_module(value: Value<'_>) -> bool {
    let path = value.as_global().and_then(|global| global.path());
    path.is_some_and(|(package, module)| Package::of(&format!("{package}.{module}")) == Some(Package::Dill))
}

/// Whether it is dill's mark for the content of an empty cell: `getattr(dill._dill, '_CELL_EMPTY', None)`.
pub(super) fn is_empty_mark(value: Value<'_>) -> bool {
    let mark = || {
        let object = value.as_object()?;
        let args = object.args();
        let is_getattr = imported(object.callable())?.is(Package::Builtins, "getattr");
        Some(is_getattr && is_module(args.get(0)?) && args.get(1)?.as_str()? == "_CELL_EMPTY")
    };
    mark() == Some(true)
}

impl<'g> Reader<'g> {
    /// What an import or a helper's call stands for, as module and name.
    pub(super) fn meaning(&self, at: Ref) -> Option<(&str, &str)> {
        match self.defs.get(at) {
            Some(Def::Global { module, name }) => Some((module, name)),
            Some(_) => None,
            None => self.graph.value(at).as_global()?.path(),
        }
    }

    fn dill_helper(&mut self, at: Ref, name: &str, args: &[Ref]) {
        let def = HelperDef {
            name: name.into(),
            package: "dill",
            args: args.to_vec(),
        };
        self.defs.insert(at, Def::Helper(def));
    }

    /// The function and the keywords of a `partial`, however its class was imported.
    pub(super) fn partial(&self, at: Ref) -> Option<(Ref, Vec<(Value<'g>, Value<'g>)>)> {
        let object = self.graph.value(at).as_object()?;
        let ("functools" | "_functools", "partial") = self.meaning(object.callable().id())? else {
            return None;
        };
        let Kind::Tuple(state) = object.state()?.kind() else {
            return None;
        };
        let keywords = match state.get(2)?.kind() {
            Kind::Dict(entries) => entries.iter().collect(),
            _ => Vec::new(),
        };
        Some((state.get(0)?.id(), keywords))
    }
}
