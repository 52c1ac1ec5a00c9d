//! All that is known of the functions in a pickle, for a person and for a program.

mod draw;
mod json;
mod tree;

use super::ask::{Class, Function, Functions, Writer};
use crate::function::model::Def;
use std::fmt;

/// What there is to say of the functions in a pickle: as text a drawing for a person. See [`Functions::report`].
#[derive(Clone, Copy)]
pub struct Report<'f> {
    functions: &'f Functions<'f>,
    disassembly: bool,
}

impl Functions<'_> {
    /// A drawing of all that is known: functions with their signatures, variables, globals and what they use, and the
    /// classes and modules that they bring along.
    ///
    /// ```
    /// use brinery::{Graph, function::Functions};
    /// // cloudpickle.cloudpickle.subimport('math')
    /// let graph = Graph::from_slice(b"\x80\x02ccloudpickle.cloudpickle\nsubimport\nX\x04\0\0\0math\x85R.")?;
    /// let functions = Functions::of(&graph)?;
    /// assert_eq!(functions.report().to_string(), "written by cloudpickle, protocol 2\n\nmodule math\n");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn report(&self) -> Report<'_> {
        Report {
            functions: self,
            disassembly: false,
        }
    }
}

impl Report<'_> {
    /// With the instructions of each function.
    pub fn disassembly(self, disassembly: bool) -> Self {
        Report { disassembly, ..self }
    }

    /// The same as JSON, on one line. Of a function that has source alone `"nested"` is `null`, and what is nested in it
    /// is to be read from its `"source"`; so is a docstring that is more than one plain literal, where `"doc"` is `null`.
    pub fn to_json(self) -> String {
        json::report(&self)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let functions = self.functions;
        let mut head = Vec::new();
        if let Some(writer) = Writer::of(functions.graph()) {
            head.push(format!("written by {writer}"));
        }
        if functions.functions().next().is_some() {
            match functions.python() {
                Ok(versions) if versions.is_empty() => head.push("for several versions of Python".into()),
                Ok(versions) => head.push(format!("for Python {versions}")),
                // The function at fault says so where it is drawn.
                Err(_) => {}
            }
        }
        if let Some(protocol) = functions.graph().protocol() {
            head.push(format!("protocol {protocol}"));
        }
        if !head.is_empty() {
            writeln!(f, "{}\n", head.join(", "))?;
        }
        for (at, tree) in draw::trees(self).into_iter().enumerate() {
            write!(f, "{}{tree}", if at > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

/// What kind of function it is, as a person says it.
fn kind(function: Function<'_>) -> &'static str {
    let flags = function.code().ok().flatten().map(|code| code.flags());
    let is_async = || function.head().is_some_and(|head| head.is_async);
    let has = |flag: fn(crate::function::CodeFlags) -> bool| flags.is_some_and(flag);
    if function.is_lambda() {
        "lambda"
    } else if has(|flags| flags.is_async_generator()) {
        "async generator function"
    } else if has(|flags| flags.is_coroutine()) || flags.is_none() && is_async() {
        "async function"
    } else if has(|flags| flags.is_generator()) {
        "generator function"
    } else {
        "function"
    }
}

/// Its name and parameters.
fn call(function: Function<'_>) -> String {
    let name = match function.is_lambda() {
        true => "",
        false => function.qualname().unwrap_or("?"),
    };
    match function.signature() {
        Ok(signature) => format!("{name}{signature}"),
        Err(_) => format!("{name}(?)"),
    }
}

/// A class with its bases.
fn class_head(functions: &Functions<'_>, class: Class<'_>) -> String {
    let kind = if class.as_enum().is_some() { "enum" } else { "class" };
    let bases: Vec<String> = class.bases().map(|base| short(functions, base)).collect();
    // Every class derives from `object`.
    let bases = match &*bases.join(", ") {
        "" | "object" => String::new(),
        bases => format!("({bases})"),
    };
    format!("{kind} {}{bases}", class.qualname().unwrap_or("?"))
}

/// A value by its name, if it has one, or in a few words.
fn short(functions: &Functions<'_>, value: crate::Value<'_>) -> String {
    if let Some(class) = functions.class(value) {
        return class.qualname().unwrap_or("?").into();
    }
    match functions.defs().get(value.id()) {
        Some(Def::Global { name, .. }) => name.clone(),
        _ => functions.words(value).to_string(),
    }
}
