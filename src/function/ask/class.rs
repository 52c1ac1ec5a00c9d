//! A class or enum by value.

use super::{Function, Functions};
use crate::{
    Ref, Value,
    function::model::{ClassDef, Def, EnumDef},
};
use std::fmt;

/// A class or enum by value, to be asked. Copied freely.
#[derive(Clone, Copy)]
pub struct Class<'f> {
    functions: &'f Functions<'f>,
    at: Ref,
    def: Either<'f>,
}

#[derive(Clone, Copy)]
enum Either<'f> {
    Class(&'f ClassDef),
    Enum(&'f EnumDef),
}

/// Something in the `__dict__` of a class.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'f> {
    /// Its name.
    pub name: &'f str,
    /// What it is.
    pub value: Value<'f>,
    /// What it is to the class.
    pub kind: AttributeKind<'f>,
}

/// What an attribute is to its class.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum AttributeKind<'f> {
    /// A method.
    Method(Function<'f>),
    /// A function in a `classmethod`.
    ClassMethod(Function<'f>),
    /// A function in a `staticmethod`.
    StaticMethod(Function<'f>),
    /// A `property` with the function that gets it, if it has one by value.
    Property(Option<Function<'f>>),
    /// A member of an enum.
    Member,
    /// Anything else.
    Other,
}

impl<'f> Class<'f> {
    pub(super) fn at(functions: &'f Functions<'f>, at: Ref) -> Option<Self> {
        let at = functions.defs.canonical(at);
        let def = match functions.defs.get(at)? {
            Def::Class(class) => Either::Class(class),
            Def::Enum(class) => Either::Enum(class),
            _ => return None,
        };
        Some(Class { functions, at, def })
    }

    /// Its node.
    pub fn id(self) -> Ref {
        self.at
    }

    fn value(self, at: Ref) -> Value<'f> {
        self.functions.graph.value(at)
    }

    fn text(self, at: Ref) -> Option<&'f str> {
        self.value(at).as_str()
    }

    /// Its parts, if it is no enum.
    pub fn as_class(self) -> Option<&'f ClassDef> {
        match self.def {
            Either::Class(class) => Some(class),
            Either::Enum(_) => None,
        }
    }

    /// Its parts, if it was written as an enum. cloudpickle before 1.1 and dill write enums as any other class.
    pub fn as_enum(self) -> Option<&'f EnumDef> {
        match self.def {
            Either::Class(_) => None,
            Either::Enum(class) => Some(class),
        }
    }

    /// `__name__`
    pub fn name(self) -> Option<&'f str> {
        match self.def {
            Either::Class(class) => self.text(class.name),
            Either::Enum(class) => self.text(class.name),
        }
    }

    /// `__qualname__`, or the name where the pickle does not say it.
    pub fn qualname(self) -> Option<&'f str> {
        let qualname = match self.def {
            Either::Class(class) => class.qualname,
            Either::Enum(class) => class.qualname,
        };
        qualname.and_then(|at| self.text(at)).or_else(|| self.name())
    }

    /// `__module__`
    pub fn module(self) -> Option<&'f str> {
        let module = match self.def {
            Either::Class(class) => class.module,
            Either::Enum(class) => class.module,
        };
        self.text(module?)
    }

    /// `__doc__`
    pub fn doc(self) -> Option<&'f str> {
        let doc = self
            .pairs()
            .iter()
            .find(|(name, _)| self.text(*name) == Some("__doc__"));
        self.text(doc?.1)
    }

    /// Its class, where the pickle says it.
    pub fn metaclass(self) -> Option<Value<'f>> {
        match self.def {
            Either::Class(class) => Some(self.value(class.metaclass)),
            Either::Enum(class) => class.metaclass.map(|at| self.value(at)),
        }
    }

    /// Its bases.
    pub fn bases(self) -> impl ExactSizeIterator<Item = Value<'f>> {
        let bases = match self.def {
            Either::Class(class) => &class.bases,
            Either::Enum(class) => &class.bases,
        };
        bases.iter().map(move |at| self.value(*at))
    }

    /// `__slots__`
    pub fn slots(self) -> Option<Value<'f>> {
        self.as_class()?.slots.map(|at| self.value(at))
    }

    /// The names and values of an enum's members, and after them other names of members and named combinations of flags.
    pub fn members(self) -> Vec<(&'f str, Value<'f>)> {
        let members = self.as_enum().map_or(&[][..], |class| &class.members);
        members
            .iter()
            .filter_map(|(name, value)| Some((self.text(*name)?, self.value(*value))))
            .collect()
    }

    fn pairs(self) -> &'f [(Ref, Ref)] {
        match self.def {
            Either::Class(class) => &class.attributes,
            Either::Enum(class) => &class.attributes,
        }
    }

    /// What is in its `__dict__`, in order, and what it is to the class.
    pub fn attributes(self) -> Vec<Attribute<'f>> {
        let attribute = |(name, value): &(Ref, Ref)| {
            let value = self.value(*value);
            let kind = self.kind(value);
            Some(Attribute {
                name: self.text(*name)?,
                value,
                kind,
            })
        };
        self.pairs().iter().filter_map(attribute).collect()
    }

    fn kind(self, value: Value<'f>) -> AttributeKind<'f> {
        if let Some(function) = self.functions.function(value) {
            return AttributeKind::Method(function);
        }
        let wrapper = || {
            let object = value.as_object()?;
            let callable = object.callable();
            let path = match self.functions.defs.get(callable.id()) {
                Some(Def::Global { module, name }) => (&**module, &**name),
                _ => callable.as_global()?.path()?,
            };
            let first = object.args().get(0).and_then(|first| self.functions.function(first));
            match path {
                ("builtins", "classmethod") => first.map(AttributeKind::ClassMethod),
                ("builtins", "staticmethod") => first.map(AttributeKind::StaticMethod),
                ("builtins", "property") => Some(AttributeKind::Property(first)),
                _ => None,
            }
        };
        wrapper().unwrap_or(AttributeKind::Other)
    }

    /// Its methods, those in `classmethod`, `staticmethod` and `property` too, by the names they have in it.
    pub fn methods(self) -> Vec<(&'f str, Function<'f>)> {
        let method = |attribute: Attribute<'f>| match attribute.kind {
            AttributeKind::Method(function)
            | AttributeKind::ClassMethod(function)
            | AttributeKind::StaticMethod(function)
            | AttributeKind::Property(Some(function)) => Some((attribute.name, function)),
            _ => None,
        };
        self.attributes().into_iter().filter_map(method).collect()
    }
}

impl fmt::Debug for Class<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.as_enum().is_some() { "enum" } else { "class" };
        write!(f, "<{kind} {}>", self.qualname().unwrap_or("?"))
    }
}
