//! Classes, as they are made.

use super::{Package, Reader};
use crate::{
    Kind, Ref, Result,
    function::model::{ClassDef, Def, Pairs},
};

/// `_make_skeleton_class(metaclass, name, bases, first attributes, tracker, None)`
pub(super) fn make_skeleton(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let [metaclass, name, bases, first, ref rest @ ..] = *args else {
        return Err(reader.malformed(
            at,
            "_make_skeleton_class takes a metaclass, a name, bases and attributes",
        ));
    };
    let Some(mut def) = reader.class(metaclass, name, bases, first) else {
        return Err(reader.malformed(at, "_make_skeleton_class needs a name, a tuple of bases and a dict"));
    };
    def.tracker = rest.first().copied().filter(|tracker| *tracker != Ref::NONE);
    reader.defs.insert(at, Def::Class(Box::new(def)));
    Ok(())
}

/// `type(name, bases, attributes)`; with one argument it only asks.
pub(super) fn by_type(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if let [_, _, attributes] = args
        && reader.copy(reader.graph.value(*attributes).entries().len())
        && reader
            .graph
            .value(*attributes)
            .entries()
            .any(|(name, _)| name.as_str().is_some_and(is_tag))
    {
        // A guard, not a class.
        return Ok(());
    }
    if let ([name, bases, attributes], Some(made)) = (args, at.index().and_then(|index| reader.graph.made_by(index)))
        && let Some(def) = reader.class(Ref::node(made.callable), *name, *bases, *attributes)
    {
        reader.defs.insert(at, Def::Class(Box::new(def)));
    }
    Ok(())
}

/// `types.new_class(name, bases, keywords, fill)`, as dill and this library write it: the fill is a `partial` of
/// `_setitems` with the attributes, or `methodcaller("update", attributes)`.
pub(super) fn new_class(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let [name, bases, keywords, fill] = *args else {
        return Ok(());
    };
    let Some(mut keywords) = reader.pairs(keywords) else {
        return Ok(());
    };
    let filled = match reader.partial(fill) {
        Some((_, keywords)) => keywords
            .iter()
            .find(|(name, _)| name.as_str() == Some("source"))
            .map(|(_, all)| all.id()),
        None if fill == Ref::NONE => None,
        None => match reader.updating(reader.graph.value(fill)) {
            None => return Ok(()),
            dict => dict,
        },
    };
    let metaclass = keywords
        .iter()
        .position(|(name, _)| reader.text(*name) == Some("metaclass"));
    let Some(metaclass) = metaclass.map(|at| keywords.remove(at).1) else {
        return Ok(());
    };
    if let (Some(_), Some(bases)) = (reader.text(name), reader.items(bases)) {
        let mut def = ClassDef::new(metaclass, name, reader.copied(bases));
        def.keywords = keywords;
        let attributes = filled.and_then(|filled| reader.pairs(filled)).unwrap_or_default();
        reader.attributes(&mut def, attributes);
        reader.defs.insert(at, Def::Class(Box::new(def)));
    }
    Ok(())
}

fn is_tag(name: &str) -> bool {
    name.starts_with("cpython-3")
}

impl Reader<'_> {
    /// A class by what metaclasses are called with, if it is that: a name, a tuple of bases and a dict.
    pub(super) fn class(&self, metaclass: Ref, name: Ref, bases: Ref, attributes: Ref) -> Option<ClassDef> {
        self.text(name)?;
        let mut def = ClassDef::new(metaclass, name, self.copied(self.tuple(bases)?));
        let attributes = self.pairs(attributes)?;
        self.attributes(&mut def, attributes);
        Some(def)
    }

    /// Puts attributes where they belong.
    pub(super) fn attributes(&self, def: &mut ClassDef, attributes: Pairs) {
        for (name, value) in attributes {
            match self.text(name) {
                Some("__module__") => def.module = Some(value),
                Some("__qualname__") => def.qualname = Some(value),
                Some("__slots__") => def.slots = Some(value),
                Some("_abc_impl") => def.abc_registry = self.copied(self.items(value).unwrap_or_default()),
                _ => def.attributes.push((name, value)),
            }
        }
    }

    /// Whether it is a call of a metaclass: one that is known as such, or anything that is called with what the class
    /// statement gives a metaclass.
    pub(super) fn is_class_call(&self, callable: u32, args: &[Ref]) -> bool {
        let [name, bases, attributes] = *args else { return false };
        let Kind::Dict(attributes) = self.graph.value(attributes).kind() else {
            return false;
        };
        if !self.copy(attributes.len()) {
            return false;
        }
        let is_made = |name: &str| attributes.get(name).is_some_and(|value| value.as_str().is_some());
        self.text(name).is_some()
            && self.tuple(bases).is_some()
            && (is_made("__module__") || is_made("__qualname__") || self.is_metaclass(Ref::node(callable)))
    }

    /// Whether it is `type`, `ABCMeta`, or derives from one.
    fn is_metaclass(&self, mut at: Ref) -> bool {
        // As deep as any sane one.
        for _ in 0..16 {
            if let Kind::Global(global) = self.graph.value(at).kind() {
                let path = global.path();
                let of = path.and_then(|(module, _)| Package::of(module));
                let of_type = of == Some(Package::Builtins) && path.is_some_and(|(_, name)| name == "type");
                return of_type || of == Some(Package::Abc) && path.is_some_and(|(_, name)| name == "ABCMeta");
            }
            match self.defs.get(at) {
                Some(Def::Class(class)) => match class.bases.first() {
                    Some(base) => at = *base,
                    None => return false,
                },
                _ => return false,
            }
        }
        false
    }
}
