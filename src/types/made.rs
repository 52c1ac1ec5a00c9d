//! Which class an object is of, whichever way the protocol spells it.

use crate::{Call, Global, Items, Kind, Object, Step, Value};

/// Class and arguments of an object.
///
/// Below protocol 2 there is no NEWOBJ: `copyreg._reconstructor(class, base, state)` and `copyreg.__newobj__(class, …)`
/// make instances, and the class is an argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made<'g> {
    /// What was called.
    pub(crate) class: Global<'g>,
    /// With what. For `_reconstructor`, the base class and its value.
    pub(crate) args: Items<'g>,
    /// Whether `class.__new__` makes it, as far as the stream says: a class that is called looks like any function.
    pub(crate) is_new: bool,
    /// What is done to it.
    pub(crate) object: Object<'g>,
}

impl<'g> Made<'g> {
    /// `None` for what no call of an import made.
    pub(crate) fn of(value: Value<'g>) -> Option<Made<'g>> {
        let object = value.as_object()?;
        let (class, args) = (object.callable().as_global()?, object.args());
        let helper = object.call() == Call::Reduce
            && matches!(
                class.path(),
                Some(("copyreg" | "copy_reg", "_reconstructor" | "__newobj__"))
            );
        if helper {
            let class = args.get(0)?.as_global()?;
            return Some(Made {
                class,
                args: args.tail(1),
                is_new: true,
                object,
            });
        }
        Some(Made {
            class,
            args,
            is_new: object.call() != Call::Reduce,
            object,
        })
    }

    /// Module and name.
    pub(crate) fn path(&self) -> Option<(&'g str, &'g str)> {
        self.class.path()
    }

    /// The same, if it is of this class.
    pub(crate) fn by(value: Value<'g>, module: &str, name: &str) -> Option<Made<'g>> {
        Made::of(value).filter(|made| made.class.is(module, name))
    }

    /// A value of the state, by its key: an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<Value<'g>> {
        self.object.state()?.as_dict()?.get(name)
    }

    /// Whether it was made without keyword arguments, and nothing was done to it afterwards.
    pub(crate) fn is_bare(&self) -> bool {
        let keywords = self.object.kwargs().is_some_and(|kwargs| !kwargs.is_empty());
        !keywords && self.object.steps().next().is_none()
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
}

/// An object of any class, also of one that is not at the top of its module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Called<'g> {
    /// The class, or whatever was called.
    pub(crate) class: Value<'g>,
    /// With what.
    pub(crate) args: Items<'g>,
    /// What protocols 0 and 1 make of a class without `__reduce__`: the built-in class it derives from, and the value of
    /// that class that it starts as.
    pub(crate) base: Option<(Global<'g>, Value<'g>)>,
    /// As in [`Made`].
    pub(crate) is_new: bool,
    /// What is done to it.
    pub(crate) object: Object<'g>,
}

impl<'g> Called<'g> {
    /// `None` for anything but a call.
    pub(crate) fn of(value: Value<'g>) -> Option<Called<'g>> {
        let object = value.as_object()?;
        let (class, args, is_new) = (object.callable(), object.args(), object.call() != Call::Reduce);
        let called = |class, args, base, is_new| Called {
            class,
            args,
            base,
            is_new,
            object,
        };
        let helper = class
            .as_global()
            .filter(|helper| helper.module.as_bytes() == b"copyreg" && !is_new);
        Some(match helper.map(|helper| helper.name.as_bytes()) {
            Some(b"_reconstructor") if args.len() == 3 => {
                let base = (args.get(1)?.as_global()?, args.get(2)?);
                called(args.get(0)?, args.tail(3), Some(base), true)
            }
            Some(b"__newobj__") if !args.is_empty() => called(args.get(0)?, args.tail(1), None, true),
            _ => called(class, args, None, is_new),
        })
    }

    /// Whether it was made without keyword arguments, and nothing was done to it afterwards.
    pub(crate) fn is_bare(&self) -> bool {
        let keywords = self.object.kwargs().is_some_and(|kwargs| !kwargs.is_empty());
        !keywords && self.object.steps().next().is_none()
    }
}

/// A nested name is not followed deeper than this: real ones have two or three parts.
const LONGEST_NESTED_NAME: usize = 100;

/// `module:qualname` of an import, also of `getattr(class, name)`, which CPython up to 3.12.4 writes for nested names in
/// protocols below 4. `None` if there are lone surrogates in it.
pub(crate) fn path_of(value: Value<'_>) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = value;
    while let Some((class, name)) = nested(at) {
        parts.push(name);
        if parts.len() > LONGEST_NESTED_NAME {
            return None;
        }
        at = class;
    }
    let (module, name) = at.as_global()?.path()?;
    let mut path = format!("{module}:{name}");
    for part in parts.into_iter().rev() {
        path.push('.');
        path.push_str(part);
    }
    Some(path)
}

/// The arguments of `getattr`.
pub(crate) fn nested(value: Value<'_>) -> Option<(Value<'_>, &str)> {
    let made = Made::by(value, "builtins", "getattr").filter(Made::is_bare)?;
    match made.args.len() {
        2 => Some((made.args.get(0)?, made.args.get(1)?.as_str()?)),
        _ => None,
    }
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

/// `module:qualname` of the class that an object is an instance of, whichever way its protocol spells that, or of the
/// function that made it.
pub(crate) fn class_path(value: Value<'_>) -> Option<String> {
    let object = value.as_object()?;
    // `partial(class.__new__, class, …)()`, NEWOBJ_EX of protocols 2 and 3.
    if let Some(partial) = Made::by(object.callable(), "functools", "partial") {
        return path_of(partial.object.state()?.get(1)?.get(0)?);
    }
    path_of(Called::of(value)?.class)
}
