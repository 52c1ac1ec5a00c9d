//! Of which class an object is, whichever way its protocol says it.

use crate::{Call, Global, Items, Kind, Object, Step, Value};

/// An object of a class that the stream names.
#[derive(Clone, Copy)]
pub(crate) struct Made<'g> {
    /// The class, or whatever function was called.
    pub class: Global<'g>,
    /// The positional arguments.
    pub args: Items<'g>,
    /// For what protocols 0 and 1 make of a class without `__reduce__`: the built-in class it derives from, and the
    /// value of that class it was made from.
    pub base: Option<(Global<'g>, Value<'g>)>,
    /// What is done to it.
    pub object: Object<'g>,
}

impl<'g> Made<'g> {
    /// Takes apart `class(*args)`, `class.__new__(class, *args)` and the functions of `copyreg` that stand for the latter
    /// in protocols 0 and 1. `None` for calls with keyword arguments and for callables that are no imports.
    pub(crate) fn of(value: Value<'g>) -> Option<Made<'g>> {
        let object = value.as_object()?;
        if object.kwargs().is_some_and(|kwargs| !kwargs.is_empty()) {
            return None;
        }
        let (class, args) = (object.callable().as_global()?, object.args());
        let made = |class, args, base| Made {
            class,
            args,
            base,
            object,
        };
        if class.is("copyreg", "_reconstructor") && args.len() == 3 {
            let class = args.get(0)?.as_global()?;
            let base = (args.get(1)?.as_global()?, args.get(2)?);
            return Some(made(class, args.skip(3), Some(base)));
        }
        if class.is("copyreg", "__newobj__") && !args.is_empty() {
            return Some(made(args.get(0)?.as_global()?, args.skip(1), None));
        }
        Some(made(class, args, None))
    }

    /// The same, if it is of this class.
    pub(crate) fn by(value: Value<'g>, module: &str, name: &str) -> Option<Made<'g>> {
        Made::of(value).filter(|made| made.class.is(module, name))
    }

    /// A value of the state, by its key: an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<Value<'g>> {
        self.object.state()?.as_dict()?.get(name)
    }

    /// Whether nothing is done to it after it was made.
    pub(crate) fn is_bare(&self) -> bool {
        self.object.steps().next().is_none()
    }

    /// What is appended to it.
    pub(crate) fn appended(&self) -> Vec<Value<'g>> {
        let steps = self.object.steps();
        steps
            .filter_map(|step| match step {
                Step::Append(items) => Some(items),
                _ => None,
            })
            .flatten()
            .collect()
    }

    /// The keys and values that are set in it.
    pub(crate) fn entries(&self) -> Vec<(Value<'g>, Value<'g>)> {
        let steps = self.object.steps();
        steps
            .filter_map(|step| match step {
                Step::SetItems(entries) => Some(entries),
                _ => None,
            })
            .flatten()
            .collect()
    }

    /// Whether a class instance was made by its `__new__`, which for REDUCE nobody can tell.
    pub(crate) fn is_new(&self) -> bool {
        self.base.is_some() || self.object.call() != Call::Reduce || self.object.callable().as_global() != Some(self.class)
    }
}

/// `module:qualname` of an import; `None` if there are lone surrogates in it.
pub(crate) fn path(global: Global<'_>) -> Option<String> {
    Some(format!("{}:{}", global.module.to_str()?, global.name.to_str()?))
}

/// `module:qualname` of an import.
pub(crate) fn path_of(value: Value<'_>) -> Option<String> {
    value.as_global().and_then(path)
}

/// An int of up to 128 bits.
pub(crate) fn int(value: Value<'_>) -> Option<i128> {
    match value.kind() {
        Kind::Int(value) => Some(value.into()),
        Kind::BigInt(value) => value.try_into().ok(),
        _ => None,
    }
}

/// A key and its value, as a list or tuple of two.
pub(crate) fn pair(value: Value<'_>) -> Option<(Value<'_>, Value<'_>)> {
    let (Kind::List(items) | Kind::Tuple(items)) = value.kind() else {
        return None;
    };
    match items.len() {
        2 => Some((items.get(0)?, items.get(1)?)),
        _ => None,
    }
}
