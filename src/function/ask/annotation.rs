//! Annotations, as `inspect.formatannotation` shows them.

use super::{Functions, signature::is_none_type, words::Writer};
use crate::{
    Kind, Ref, Value,
    function::model::{Def, TypeVarDef, TypeVarKind},
};
use std::fmt::{self, Formatter};

/// An annotation: a type by its name, what is from `typing` without its module, anything else as it is.
///
/// The last part says whether it is for Python 3.12 or later: before, `inspect` did not know that `Annotated` is from
/// `typing`.
pub(super) struct Annotation<'f>(pub(super) &'f Functions<'f>, pub(super) Value<'f>, pub(super) bool);

impl fmt::Display for Annotation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let writer = Writer::whole(self.0);
        match type_text(&writer, self.1, 0) {
            // `inspect` drops the module from all that `typing` shows.
            Some(text) if !self.2 && text.starts_with("typing.Annotated[") => f.write_str(&text),
            Some(text) if text.starts_with("typing.") || text.starts_with(['~', '+', '-']) => {
                f.write_str(&text.replace("typing.", ""))
            }
            Some(text) => f.write_str(&text),
            None => writer.value(self.1, 0, f),
        }
    }
}

/// A generic type with its arguments, if it is one.
pub(super) fn generic<'f>(writer: &Writer<'f>, value: Value<'f>, depth: usize) -> Option<String> {
    let object = value.as_object()?;
    callee(writer.functions(), object.callable())?;
    type_text(writer, value, depth)
}

/// A type, as `typing` shows it; `None` for what is none.
fn type_text<'f>(writer: &Writer<'f>, value: Value<'f>, depth: usize) -> Option<String> {
    if writer.is_full(depth) {
        return Some("...".into());
    }
    if is_none_type(value) {
        return Some("NoneType".into());
    }
    let functions = writer.functions();
    if let Some(class) = functions.class(value) {
        return match (class.module(), class.qualname()?) {
            (Some("builtins") | None, name) => Some(name.into()),
            (Some(module), name) => Some(format!("{module}.{name}")),
        };
    }
    let named = |module: &str, name: &str| match (module, name) {
        ("builtins", "Ellipsis") => None,
        ("builtins", name) => Some(name.into()),
        (module, name) => Some(format!("{module}.{name}")),
    };
    match functions.defs().get(value.id()) {
        Some(Def::TypeVar(variable)) => {
            return Some(variable_text(functions, value.id(), variable));
        }
        Some(Def::Global { module, name }) => return named(module, name),
        Some(_) => return None,
        None => {}
    }
    match value.kind() {
        Kind::Global(global) => named(global.path()?.0, global.path()?.1),
        Kind::Object(object) => {
            let args = object.args();
            let first = args.get(0)?;
            let callee = callee(functions, object.callable())?;
            if let Callee::Next = callee {
                // `*Ts`: the one item of the iterator of a generic type.
                let iterator = first.as_object()?;
                let iter = iterator.callable().as_global()?.is("builtins", "iter");
                let inner = iterator.args().get(0).filter(|_| iter)?;
                return Some(format!("*{}", part(writer, inner, depth)));
            }
            let second = args.get(1)?;
            match callee {
                Callee::Next => None,
                Callee::Union => {
                    let Kind::Tuple(items) = second.kind() else { return None };
                    let member = |value| {
                        if is_none_type(value) {
                            "None".into()
                        } else {
                            part(writer, value, depth)
                        }
                    };
                    let members: Vec<String> = items.iter().map(member).collect();
                    Some(members.join(" | "))
                }
                Callee::Generic => {
                    let origin = type_text(writer, first, depth + 1)?;
                    let args: Vec<Value<'f>> = match second.kind() {
                        Kind::Tuple(items) => items.iter().collect(),
                        _ => vec![second],
                    };
                    if let ("typing.Union", [one, none]) = (&*origin, &*args)
                        && is_none_type(*none)
                    {
                        return Some(format!("typing.Optional[{}]", part(writer, *one, depth)));
                    }
                    let args: Vec<String> = args.into_iter().map(|value| part(writer, value, depth)).collect();
                    Some(format!("{origin}[{}]", args.join(", ")))
                }
            }
        }
        _ => None,
    }
}

/// A type variable, as `repr` has it: with a sign for its variance, but for a type parameter of PEP 695, whose variance is
/// found by what it is used for.
pub(super) fn variable_text(functions: &Functions<'_>, at: Ref, variable: &TypeVarDef) -> String {
    let sign = match (variable.kind, variable.covariant, variable.contravariant) {
        (TypeVarKind::TypeVarTuple, ..) => "",
        (_, Some(Ref::TRUE), _) => "+",
        (_, _, Some(Ref::TRUE)) => "-",
        _ if functions.is_type_parameter(at) => "",
        _ => "~",
    };
    format!(
        "{sign}{}",
        functions.graph().value(variable.name).as_str().unwrap_or("?")
    )
}

/// An argument of a generic type.
fn part<'f>(writer: &Writer<'f>, value: Value<'f>, depth: usize) -> String {
    if is_ellipsis(writer.functions(), value) {
        return "...".into();
    }
    if let Kind::List(items) = value.kind() {
        let items: Vec<String> = match writer.is_full(depth) {
            true => vec!["...".into()],
            false => items.iter().map(|item| part(writer, item, depth + 1)).collect(),
        };
        return format!("[{}]", items.join(", "));
    }
    type_text(writer, value, depth + 1).unwrap_or_else(|| {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = writer.value(value, depth + 1, &mut text);
        text
    })
}

/// `Ellipsis`, for which dill evaluates its `repr`.
fn is_ellipsis(functions: &Functions<'_>, value: Value<'_>) -> bool {
    match functions.defs().get(value.id()) {
        Some(Def::Helper(helper)) => {
            let text = helper
                .args
                .first()
                .and_then(|text| functions.graph().value(*text).as_str());
            helper.name == "_eval_repr" && text == Some("Ellipsis")
        }
        _ => value
            .as_global()
            .is_some_and(|global| global.is("builtins", "Ellipsis")),
    }
}

/// How generic types and unions are pickled.
enum Callee {
    /// `operator.getitem(typing.List, int)`, `types.GenericAlias(list, (int,))`
    Generic,
    /// `functools.reduce(operator.or_, (int, str))`
    Union,
    /// `next(iter(tuple[int, ...]))`
    Next,
}

fn callee(functions: &Functions<'_>, callable: Value<'_>) -> Option<Callee> {
    let path = match (functions.defs().get(callable.id()), callable.as_global()) {
        (Some(Def::Global { module, name }), _) => (&**module, &**name),
        (_, Some(global)) => global.path()?,
        _ => return None,
    };
    match path {
        ("operator" | "_operator", "getitem") | ("types", "GenericAlias") => Some(Callee::Generic),
        ("functools" | "_functools", "reduce") => Some(Callee::Union),
        ("builtins", "next") => Some(Callee::Next),
        _ => None,
    }
}
