//! The two encodings of this library: calls into the standard library, behind a guard, and source with a compiler. The
//! module that writes them says how they look.

use super::{
    Reader,
    callee::{Callee, imported},
};
use crate::{
    Kind, Ref, Result, Value,
    function::{
        COMPILER,
        model::{Bytecode, CodeDef, Def, EnumDef, HelperDef, Source, TypeVarDef, TypeVarKind},
    },
};
use std::collections::HashSet;

/// `cpython-311` is 3.11.
fn version_of(cache_tag: &str) -> Option<(u8, u8)> {
    let minor = cache_tag.strip_prefix("cpython-3")?.parse().ok()?;
    Some((3, minor))
}

impl<'g> Reader<'g> {
    /// `getattr(type(title, (), {"cpython-311": loader}), sys.implementation.cache_tag)`: the loader, and the one version of
    /// Python that gets it, if it is one.
    pub(super) fn guarded(&self, callable: Value<'g>) -> Option<Callee<'g>> {
        let object = callable.as_object()?;
        let args = object.args();
        let table = args.get(0)?.as_object()?;
        let is_tag = is_global(args.get(1)?, "sys", "implementation.cache_tag");
        if !is_tag || !is_global(table.callable(), "builtins", "type") {
            return None;
        }
        let mut versions = table.args().get(2)?.as_dict()?.iter();
        let (tag, loader) = versions.next()?;
        let python = version_of(tag.as_str()?)?;
        let callee = imported(loader)?;
        let python = versions.next().is_none().then_some(python);
        Some(Callee { python, ..callee })
    }

    /// `eval(…, {"source": COMPILER, …})`: what compiles source.
    pub(super) fn is_compiler(&self, callable: Value<'g>) -> bool {
        let made = || {
            let object = callable.as_object()?;
            let names = object.args().get(1)?.as_dict()?;
            let source = names.get("source")?.as_str()?;
            Some(is_global(object.callable(), "builtins", "eval") && source == COMPILER)
        };
        made() == Some(true)
    }

    /// `metaclass(name, bases, metaclass.__prepare__(name, bases))`, where the members of an enum are set in the last.
    pub(super) fn enumeration(&mut self, at: Ref, callable: Ref, args: &[Ref]) -> Option<()> {
        let [name, bases, members] = *args else { return None };
        let (_, bases) = (self.text(name)?, self.tuple(bases)?);
        let prepare = self.graph.value(members).as_object()?.callable();
        let asked = match prepare.as_object() {
            Some(prepare) => {
                let (metaclass, method) = (prepare.args().get(0)?, prepare.args().get(1)?);
                let same = is_global(prepare.callable(), "builtins", "getattr") && metaclass.id() == callable;
                if !same || method.as_str()? != "__prepare__" {
                    return None;
                }
                metaclass.as_object()
            }
            None => {
                prepare.as_global()?.path()?.1.strip_suffix(".__prepare__")?;
                None
            }
        };
        let mut def = EnumDef::new(name, self.copied(bases));
        // `type(base)`, which the stream does not say.
        let is_asked = asked.is_some_and(|asked| is_global(asked.callable(), "builtins", "type"));
        def.metaclass = Some(callable).filter(|_| !is_asked || self.defs.get(callable).is_some());
        for step in self.graph.value(members).steps() {
            let crate::Step::SetItems(entries) = step else { continue };
            for (name, value) in entries.iter() {
                match name.as_str() {
                    Some("__module__") => def.module = Some(value.id()),
                    Some("__qualname__") => def.qualname = Some(value.id()),
                    _ => def.members.push((name.id(), value.id())),
                }
            }
        }
        self.defs.insert(at, Def::Enum(Box::new(def)));
        Some(())
    }
}

fn is_global(value: Value<'_>, module: &str, name: &str) -> bool {
    value.as_global().is_some_and(|global| global.is(module, name))
}

/// `compiler(source)`, `compiler(dict.get({"cpython-311": bytecode}, sys.implementation.cache_tag, source))`
pub(super) fn compile(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if let Some(def) = args.first().and_then(|arg| code(reader, *arg)) {
        reader.defs.insert(at, Def::Code(def));
        return Ok(());
    }
    Err(reader.malformed(at, "source to be compiled is not a tuple of a text and six parts"))
}

fn code(reader: &Reader<'_>, arg: Ref) -> Option<CodeDef> {
    let value = reader.graph.value(arg);
    let (mut spec, mut bytecode) = (arg, None);
    if let Some(object) = value.as_object() {
        let (table, other) = (object.args().get(0)?, object.args().get(2)?);
        if !is_global(object.callable(), "builtins", "dict.get") {
            return None;
        }
        let mut entries = table.as_dict()?.iter();
        let (tag, bytes) = entries.next()?;
        bytes.as_bytes()?;
        let python = Some(version_of(tag.as_str()?)?).filter(|_| entries.next().is_none());
        bytecode = Some(Bytecode::Marshal {
            bytes: bytes.id(),
            python,
        });
        spec = other.id();
    }
    let &[text, freevars, class, filename, firstlineno, qualname, flags] = reader.tuple(spec)? else {
        return None;
    };
    reader.text(text)?;
    let given = |at: Ref| Some(at).filter(|at| *at != Ref::NONE);
    let source = Source {
        text,
        freevars: given(freevars),
        class: given(class),
        filename: given(filename),
        firstlineno: given(firstlineno),
        qualname: given(qualname),
        flags: given(flags),
    };
    Some(CodeDef {
        bytecode,
        source: Some(source),
    })
}

/// `WeakValueDictionary.setdefault(registry, id, class)`: the class, under the id by which a process knows it again.
pub(super) fn tracked(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if let [_, tracker, made] = *args {
        reader.track(at, tracker, made);
    }
    Ok(())
}

/// `_lookup_class_or_track(id, class)`: the same, by what cloudpickle knows.
pub(super) fn looked_up(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    match *args {
        [tracker, made] if reader.track(at, tracker, made) => {}
        _ => {
            let def = HelperDef {
                name: "_lookup_class_or_track".into(),
                package: "cloudpickle",
                args: args.to_vec(),
            };
            reader.defs.insert(at, Def::Helper(def));
        }
    }
    Ok(())
}

impl Reader<'_> {
    /// Takes note of the id of a class or type variable that was made by another call.
    fn track(&mut self, at: Ref, tracker: Ref, made: Ref) -> bool {
        match self.defs.get_mut(made) {
            Some(Def::Class(class)) => class.tracker = Some(tracker),
            Some(Def::Enum(class)) => class.tracker = Some(tracker),
            Some(Def::TypeVar(variable)) => variable.tracker = Some(tracker),
            _ => return false,
        }
        self.defs.alias(at, made);
        true
    }
}

/// `typing.TypeVar(name, *constraints)`, with its other arguments in a `partial`.
pub(super) fn type_variable(reader: &mut Reader<'_>, at: Ref, callee: Callee<'_>, args: &[Ref]) {
    let kind = match callee.name {
        "TypeVar" => TypeVarKind::TypeVar,
        "ParamSpec" => TypeVarKind::ParamSpec,
        "TypeVarTuple" => TypeVarKind::TypeVarTuple,
        _ => return,
    };
    let [name, ref rest @ ..] = *args else { return };
    if reader.text(name).is_none() {
        return;
    }
    let made = at.index().and_then(|index| reader.graph.made_by(index));
    let callable = made.map(|made| reader.graph.value(Ref::node(made.callable)));
    let partial = callable.and_then(|callable| callable.as_partial());
    let keyword = |wanted: &str| {
        let keywords = partial.iter().flat_map(|partial| &partial.keywords);
        let mut found = keywords.filter(|(name, _)| name.as_str() == Some(wanted));
        found.next().map(|(_, value)| value.id())
    };
    // Constraints are arguments, not a tuple of the stream: such a variable stays the call that it is.
    if !rest.is_empty() {
        return;
    }
    let def = TypeVarDef {
        kind,
        name,
        bound: keyword("bound"),
        constraints: None,
        covariant: keyword("covariant"),
        contravariant: keyword("contravariant"),
        tracker: None,
    };
    reader.defs.insert(at, Def::TypeVar(def));
}

/// `ABCMeta.register(class, other)`
pub(super) fn register(reader: &mut Reader<'_>, _: Ref, args: &[Ref]) -> Result<()> {
    if let [class, other] = *args
        && let Some(Def::Class(class)) = reader.defs.get_mut(class)
    {
        class.abc_registry.push(other);
    }
    Ok(())
}

impl Reader<'_> {
    /// `dict.update(globals, {…})` beside a function: what it brings.
    pub(super) fn bring(&mut self, function: Ref, callable: Value<'_>, args: &[Ref]) {
        let [namespace, globals] = *args else { return };
        if !is_global(callable, "builtins", "dict.update") {
            return;
        }
        let function = self.defs.canonical(function);
        if let (Some(Def::Namespace(id)), Some(globals)) = (self.defs.get(namespace), self.pairs(globals)) {
            let id = *id;
            let code = match self.defs.get(function) {
                Some(Def::Function(def)) if def.namespace == id => Some(def.code),
                _ => None,
            };
            // Put off until something is there that it leads to, it may belong to others: whose it is shows by who uses it.
            let (own, others) = match code.map(|code| self.names(code)) {
                None => (Vec::new(), globals),
                Some(names) if names.is_empty() => (globals, Vec::new()),
                Some(names) => {
                    let names: HashSet<&str> = names.into_iter().collect();
                    let used = |(name, _): &(Ref, Ref)| self.text(*name).is_some_and(|name| names.contains(name));
                    globals.into_iter().partition(used)
                }
            };
            if let Some(Def::Function(def)) = self.defs.get_mut(function) {
                def.globals.extend(own);
            }
            self.defs.namespace_mut(id).base.extend(others);
        }
    }

    /// The dict of attributes in `operator.methodcaller("update", {…})`.
    pub(super) fn updating(&self, fill: Value<'_>) -> Option<Ref> {
        let object = fill.as_object()?;
        let path = object.callable().as_global()?.path()?;
        let ("operator" | "_operator", "methodcaller") = path else {
            return None;
        };
        let dict = object.args().get(1)?;
        (object.args().get(0)?.as_str()? == "update" && matches!(dict.kind(), Kind::Dict(_))).then(|| dict.id())
    }
}
