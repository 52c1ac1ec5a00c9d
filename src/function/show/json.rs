//! The same for a program.

use super::{Report, kind};
use crate::{
    Ref, Str, Value,
    function::{
        ask::{AttributeKind, Class, Function, Functions, Import, Uses, Writer},
        code::{Code, Versions},
    },
    json::quote,
};
use std::collections::HashMap;

/// Among so many functions each says which others it brings along.
const BRINGING: usize = 1000;

/// What code objects use, what is nested in them, and whether their instructions were written.
type Used<'f> = HashMap<Ref, (Option<Uses<'f>>, Vec<Code<'f>>, bool)>;

/// Writes JSON, with commas where they belong.
struct Json {
    out: String,
    fresh: bool,
}

impl Json {
    fn begin(&mut self) {
        if !self.fresh {
            self.out.push(',');
        }
        self.fresh = true;
    }

    /// What stands between brackets.
    fn inside(&mut self, brackets: [char; 2], write: impl FnOnce(&mut Json)) {
        self.begin();
        self.out.push(brackets[0]);
        write(self);
        self.out.push(brackets[1]);
        self.fresh = false;
    }

    fn object(&mut self, write: impl FnOnce(&mut Json)) {
        self.inside(['{', '}'], write);
    }

    fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Json, T)) {
        self.inside(['[', ']'], |json| items.into_iter().for_each(|item| write(json, item)));
    }

    fn key(&mut self, key: &str) -> &mut Json {
        self.begin();
        quote(key.as_bytes(), false, &mut self.out);
        self.out.push(':');
        self
    }

    fn text(&mut self, text: impl AsRef<[u8]>) {
        self.begin();
        quote(text.as_ref(), false, &mut self.out);
        self.fresh = false;
    }

    fn maybe(&mut self, text: Option<impl AsRef<[u8]>>) {
        match text {
            Some(text) => self.text(text),
            None => self.raw("null"),
        }
    }

    /// A number, a bool, `null`.
    fn raw(&mut self, text: impl std::fmt::Display) {
        self.begin();
        self.out.push_str(&text.to_string());
        self.fresh = false;
    }

    fn names<'f>(&mut self, names: impl IntoIterator<Item = Str<'f>>) {
        self.list(names, |json, name| json.text(name.as_bytes()));
    }

    fn versions(&mut self, versions: Versions) {
        self.list(versions.iter(), |json, minor| json.text(format!("3.{minor}")));
    }
}

pub(super) fn report(report: &Report<'_>) -> String {
    let functions = report.functions;
    let mut json = Json {
        out: String::new(),
        fresh: true,
    };
    json.object(|json| {
        let writer = Writer::of(functions.graph()).map(|writer| writer.to_string());
        json.key("writer").maybe(writer);
        match functions.graph().protocol() {
            Some(protocol) => json.key("protocol").raw(protocol),
            None => json.key("protocol").raw("null"),
        }
        json.key("python").versions(functions.python().unwrap_or_default());
        json.key("roots").list(functions.graph().roots(), |json, root| {
            json.text(functions.words(root).to_string())
        });
        // What each function brings along takes time in the square of their number.
        let mut used = Used::new();
        let brings = functions.functions().count() <= BRINGING;
        json.key("functions").list(functions.functions(), |json, function| {
            write_function(json, report, function, brings, &mut used)
        });
        json.key("classes")
            .list(functions.classes(), |json, class| write_class(json, functions, class));
        let modules = functions.modules().filter_map(|name| name.as_str());
        json.key("modules").list(modules, |json, name| json.text(name));
    });
    json.out
}

fn write_function<'f>(json: &mut Json, report: &Report<'f>, function: Function<'f>, brings: bool, used: &mut Used<'f>) {
    let functions = report.functions;
    let words = |value: Value<'_>| functions.words(functions.graph().value(value.id())).whole().to_string();
    json.object(|json| {
        json.key("name").maybe(function.name());
        json.key("qualname").maybe(function.qualname());
        json.key("module").maybe(function.module());
        json.key("doc").maybe(function.doc());
        json.key("kind").text(kind(function));
        match function.code() {
            Ok(Some(code)) => {
                json.key("file").text(code.filename().as_bytes());
                json.key("line").raw(code.firstlineno());
            }
            Ok(None) => {}
            Err(error) => json.key("error").text(error.to_string()),
        }
        match function.python() {
            Ok(versions) => json.key("python").versions(versions),
            Err(error) if function.code().is_ok() => json.key("error").text(error.to_string()),
            Err(_) => {}
        }
        if let Ok(signature) = function.signature() {
            json.key("signature").text(signature.to_string());
            json.key("parameters").list(&signature.parameters, |json, parameter| {
                json.object(|json| {
                    json.key("name").text(parameter.name.as_bytes());
                    json.key("kind").text(parameter.kind.name());
                    if let Some(default) = parameter.default {
                        json.key("default").text(words(default));
                    }
                    if let Some(annotation) = parameter.annotation {
                        json.key("annotation").text(words(annotation));
                    }
                });
            });
            json.key("returns").maybe(signature.returns.map(words));
        }
        if let Ok(variables) = function.free_variables() {
            json.key("free_variables").list(variables, |json, variable| {
                json.object(|json| {
                    json.key("name").text(variable.name.as_bytes());
                    json.key("cell").raw(variable.cell.number());
                    json.key("value").maybe(variable.value.map(words));
                });
            });
        }
        json.key("namespace").raw(function.def().namespace.number());
        json.key("globals")
            .list(function.globals(), |json, pair| entry(json, pair, &words));
        json.key("attributes")
            .list(function.attributes(), |json, pair| entry(json, pair, &words));
        let code = function.def().code;
        let used = used.entry(code).or_insert_with(|| {
            let nested = function.nested().unwrap_or_default();
            (function.uses().ok(), nested, false)
        });
        if let Some(why) = function.undecoded() {
            json.key("undecoded").text(why);
        }
        if let (Some(uses), ..) = used {
            json.key("uses").object(|json| {
                json.key("globals").names(uses.globals.iter().copied());
                json.key("attributes").names(uses.attributes.iter().copied());
            });
            json.key("imports").list(function.imports_with(uses), write_import);
        }
        match function.code() {
            // It takes a parser to tell what is nested in source.
            Ok(None) => json.key("nested").raw("null"),
            _ => json
                .key("nested")
                .names(used.1.iter().map(|code| code.qualname().unwrap_or(code.name()))),
        }
        if let Some(source) = function.source() {
            json.key("source").text(source);
        }
        // Once for all that have the same code object, by the number of its node.
        json.key("code").raw(code.index().unwrap_or_default());
        if report.disassembly
            && !std::mem::replace(&mut used.2, true)
            && let Ok(text) = function.disassembly()
        {
            json.key("disassembly").list(text.lines(), |json, line| json.text(line));
        }
        if !brings {
            return;
        }
        json.key("functions")
            .list(function.functions(), |json, other| json.maybe(other.qualname()));
        json.key("classes")
            .list(function.classes(), |json, class| json.maybe(class.qualname()));
    });
}

fn entry(json: &mut Json, (name, value): (Value<'_>, Value<'_>), words: &impl Fn(Value<'_>) -> String) {
    json.object(|json| {
        json.key("name")
            .text(name.as_str().map_or_else(|| name.to_string(), str::to_owned));
        json.key("value").text(words(value));
    });
}

fn write_import(json: &mut Json, import: Import<'_>) {
    json.object(|json| {
        json.key("module").text(import.module.as_bytes());
        json.key("level").raw(import.level);
        json.key("names").names(import.names);
    });
}

fn write_class(json: &mut Json, functions: &Functions<'_>, class: Class<'_>) {
    let words = |value: Value<'_>| functions.words(functions.graph().value(value.id())).whole().to_string();
    json.object(|json| {
        json.key("name").maybe(class.name());
        json.key("qualname").maybe(class.qualname());
        json.key("module").maybe(class.module());
        json.key("doc").maybe(class.doc());
        json.key("kind")
            .text(if class.as_enum().is_some() { "enum" } else { "class" });
        json.key("metaclass").maybe(class.metaclass().map(words));
        json.key("bases")
            .list(class.bases(), |json, base| json.text(words(base)));
        json.key("slots").maybe(class.slots().map(words));
        json.key("members").list(class.members(), |json, (name, value)| {
            json.object(|json| {
                json.key("name").text(name);
                json.key("value").text(words(value));
            });
        });
        json.key("attributes").list(class.attributes(), |json, attribute| {
            json.object(|json| {
                json.key("name").text(attribute.name);
                json.key("kind").text(match attribute.kind {
                    AttributeKind::Method(_) => "method",
                    AttributeKind::ClassMethod(_) => "class method",
                    AttributeKind::StaticMethod(_) => "static method",
                    AttributeKind::Property(_) => "property",
                    _ => "attribute",
                });
                json.key("value").text(words(attribute.value));
            });
        });
    });
}
