//! The parameters of a function, as `inspect.signature` has them.

use super::{Function, Functions, annotation::Annotation};
use crate::{
    Kind, Result, Str, Value,
    function::{code::Code, text::Head},
};
use std::fmt;

/// The parameters of a function and what it returns. Its text is that of Python's `inspect.signature`.
#[derive(Clone)]
pub struct Signature<'f> {
    functions: &'f Functions<'f>,
    /// Whether it can be for Python 3.12 or later.
    is_new: bool,
    /// The parameters, in order.
    pub parameters: Vec<Parameter<'f>>,
    /// What the annotation says that it returns.
    pub returns: Option<Value<'f>>,
}

/// A parameter of a function.
#[derive(Debug, Clone, Copy)]
pub struct Parameter<'f> {
    /// Its name. That of a comprehension's iterator is `.0`, which `inspect` calls `implicit0`.
    pub name: Str<'f>,
    /// How arguments are given to it.
    pub kind: ParameterKind,
    /// What it is if no argument is given.
    pub default: Option<Value<'f>>,
    /// Its annotation.
    pub annotation: Option<Value<'f>>,
}

/// How arguments are given to a parameter, in the order in which the kinds stand (`inspect.Parameter.kind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParameterKind {
    /// By position, before `/`.
    PositionalOnly,
    /// By position or by name.
    PositionalOrKeyword,
    /// `*args`
    VarPositional,
    /// By name, behind `*`.
    KeywordOnly,
    /// `**kwargs`
    VarKeyword,
}

impl ParameterKind {
    /// Its name in Python.
    pub fn name(self) -> &'static str {
        match self {
            ParameterKind::PositionalOnly => "POSITIONAL_ONLY",
            ParameterKind::PositionalOrKeyword => "POSITIONAL_OR_KEYWORD",
            ParameterKind::VarPositional => "VAR_POSITIONAL",
            ParameterKind::KeywordOnly => "KEYWORD_ONLY",
            ParameterKind::VarKeyword => "VAR_KEYWORD",
        }
    }
}

impl<'f> Signature<'f> {
    /// From code object, defaults and annotations.
    pub(super) fn of(function: Function<'f>) -> Result<Option<Self>> {
        let code = function.code()?;
        let mut parameters = match &code {
            Some(code) => of_code(code),
            None => match function.head() {
                Some(head) => of_head(&head),
                None => return Ok(None),
            },
        };
        let (functions, def) = (function.functions, function.def());
        let value = |at| functions.graph.value(at);
        let defaults: Vec<Value<'f>> = def.defaults.map(value).map_or(Vec::new(), |all| all.items().collect());
        let kwdefaults = def.kwdefaults.map(value).map_or(Vec::new(), entries);
        let annotations = def.annotations.map(value).map_or(Vec::new(), entries);
        let named = |dict: &[(Value<'f>, Value<'f>)], name: &[u8]| {
            dict.iter()
                .find(|(key, _)| key.text() == Some(name))
                .map(|(_, value)| *value)
        };
        let by_position = |kind| matches!(kind, ParameterKind::PositionalOnly | ParameterKind::PositionalOrKeyword);
        let args = parameters
            .iter()
            .filter(|parameter| by_position(parameter.kind))
            .count();
        for (at, parameter) in parameters.iter_mut().enumerate() {
            let name = parameter.name.as_bytes();
            parameter.default = match parameter.kind {
                // The last ones have defaults.
                kind if by_position(kind) => {
                    let at = (at + defaults.len()).checked_sub(args);
                    at.and_then(|at| defaults.get(at)).copied()
                }
                ParameterKind::KeywordOnly => named(&kwdefaults, name),
                _ => None,
            };
            parameter.annotation = named(&annotations, name);
        }
        // `*args` stands before what is given by name alone.
        parameters.sort_by_key(|parameter| parameter.kind);
        let returns = named(&annotations, b"return");
        let is_new = function.python().unwrap_or_default().iter().any(|minor| minor >= 12);
        Ok(Some(Signature {
            functions,
            is_new,
            parameters,
            returns,
        }))
    }
}

fn plain(name: Str<'_>, kind: ParameterKind) -> Parameter<'_> {
    Parameter {
        name,
        kind,
        default: None,
        annotation: None,
    }
}

/// The parameters of a code object.
fn of_code<'f>(code: &Code<'f>) -> Vec<Parameter<'f>> {
    let (args, only, names) = (code.argcount(), code.posonlyargcount(), code.kwonlyargcount());
    let flags = code.flags();
    let stars = [flags.has_varargs(), flags.has_varkeywords()];
    let kind = |at| match at {
        _ if at < only => ParameterKind::PositionalOnly,
        _ if at < args => ParameterKind::PositionalOrKeyword,
        _ if at < args + names => ParameterKind::KeywordOnly,
        _ if at == args + names && stars[0] => ParameterKind::VarPositional,
        _ => ParameterKind::VarKeyword,
    };
    let names = code.parameters().enumerate();
    names.map(|(at, name)| plain(name, kind(at))).collect()
}

/// The parameters of source.
fn of_head<'f>(head: &Head<'f>) -> Vec<Parameter<'f>> {
    let parameters = head.parameters.iter();
    parameters.map(|one| plain(Str::from(one.name), one.kind)).collect()
}

impl fmt::Display for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ParameterKind::*;
        f.write_str("(")?;
        let (mut joint, mut before, mut starred) = ("", None, false);
        for parameter in &self.parameters {
            if before == Some(PositionalOnly) && parameter.kind != PositionalOnly {
                write!(f, "{joint}/")?;
                joint = ", ";
            }
            starred |= parameter.kind == VarPositional;
            if parameter.kind == KeywordOnly && !starred {
                write!(f, "{joint}*")?;
                (joint, starred) = (", ", true);
            }
            let stars = match parameter.kind {
                VarPositional => "*",
                VarKeyword => "**",
                _ => "",
            };
            write!(f, "{joint}{stars}{}", shown(parameter.name))?;
            let equals = match parameter.annotation {
                Some(annotation) => {
                    write!(f, ": {}", Annotation(self.functions, annotation, self.is_new))?;
                    " = "
                }
                None => "=",
            };
            if let Some(default) = parameter.default {
                write!(f, "{equals}{}", self.functions.words(default).whole())?;
            }
            (joint, before) = (", ", Some(parameter.kind));
        }
        if before == Some(PositionalOnly) {
            write!(f, "{joint}/")?;
        }
        f.write_str(")")?;
        match self.returns {
            Some(returns) => write!(f, " -> {}", Annotation(self.functions, returns, self.is_new)),
            None => Ok(()),
        }
    }
}

/// The entries of a dict, or of the `OrderedDict` that a named tuple had for annotations.
fn entries(dict: Value<'_>) -> Vec<(Value<'_>, Value<'_>)> {
    match dict.as_ordered_dict() {
        Some(ordered) => ordered.0,
        None => dict.entries().collect(),
    }
}

/// `inspect` renames the parameter `.0` of comprehensions.
fn shown(name: Str<'_>) -> String {
    match name.to_str() {
        Some(name) => match name.strip_prefix('.') {
            Some(number) => format!("implicit{number}"),
            None => name.into(),
        },
        None => String::from_utf8_lossy(name.as_bytes()).into_owned(),
    }
}

impl fmt::Debug for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature{self}")
    }
}

/// Whether a value is `None`, for annotations that say so.
pub(super) fn is_none_type(value: Value<'_>) -> bool {
    let Kind::Object(object) = value.kind() else {
        return false;
    };
    let type_of = object
        .callable()
        .as_global()
        .is_some_and(|global| global.is("builtins", "type"));
    type_of && object.args().len() == 1 && object.args().get(0).is_some_and(|arg| arg.is_none())
}
