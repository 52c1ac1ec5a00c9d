//! Functions, classes and modules as trees.

use super::{Report, call, class_head, kind, short, tree::Tree};
use crate::{
    Ref, Value,
    function::{
        ask::{AttributeKind, Class, Function, Functions, Uses, direct},
        model::{CellId, Def},
    },
};
use std::collections::{HashMap, HashSet, VecDeque};

/// So deep a tree goes; what lies deeper has a tree of its own.
const DEPTH: usize = 6;

/// So many lines of one kind a tree has, and so many names a line.
const LINES: usize = 100;
const NAMES: usize = 12;

/// The value of each pickle as a tree, then what was too deep for those.
pub(super) fn trees(report: &Report<'_>) -> Vec<Tree> {
    let mut drawing = Drawing {
        functions: report.functions,
        disassembly: report.disassembly,
        drawn: HashSet::new(),
        later: VecDeque::new(),
        sharers: sharers(report.functions),
        used: HashMap::new(),
    };
    let graph = report.functions.graph();
    let mut trees: Vec<Tree> = graph.roots().map(|root| drawing.value(root, 0)).collect();
    while let Some(at) = drawing.later.pop_front() {
        if !drawing.drawn.contains(&at) {
            trees.push(drawing.value(graph.value(at), 0));
        }
    }
    trees
}

/// Which functions use each cell.
fn sharers<'f>(functions: &'f Functions<'f>) -> HashMap<CellId, Vec<Function<'f>>> {
    let mut all: HashMap<CellId, Vec<Function<'f>>> = HashMap::new();
    for function in functions.functions() {
        for cell in &function.def().closure {
            all.entry(*cell).or_default().push(function);
        }
    }
    all
}

struct Drawing<'f> {
    functions: &'f Functions<'f>,
    disassembly: bool,
    drawn: HashSet<Ref>,
    /// What was met too deep.
    later: VecDeque<Ref>,
    sharers: HashMap<CellId, Vec<Function<'f>>>,
    used: HashMap<Ref, Used<'f>>,
}

/// What the bytecode of functions uses, found out once for all that have the same.
struct Used<'f> {
    uses: Uses<'f>,
    nested: Vec<String>,
    /// Why not, if so.
    error: Option<(&'static str, String)>,
}

impl<'f> Used<'f> {
    fn of(function: Function<'f>) -> Self {
        let nested = function.nested().unwrap_or_default();
        let (uses, error) = match function.uses() {
            Ok(uses) => (uses, None),
            // Without bytecode there is nothing wrong.
            Err(_) if matches!(function.code(), Ok(None)) => (Uses::default(), None),
            Err(error) => match function.undecoded() {
                Some(why) => (Uses::default(), Some(("bytecode", why))),
                None => (Uses::default(), Some(("bad code", error.to_string()))),
            },
        };
        Used {
            uses,
            nested: nested.iter().map(|code| code.name().to_string()).collect(),
            error,
        }
    }
}

impl<'f> Drawing<'f> {
    /// A value: what it is, and, the first time it is met, what there is to say of it and of what is in it.
    fn value(&mut self, value: Value<'f>, depth: usize) -> Tree {
        let functions = self.functions;
        let at = functions.defs().canonical(value.id());
        let Some(def) = functions.defs().get(at) else {
            let mut tree = Tree::new(functions.words(value).to_string());
            // What is in it is drawn the first time.
            if at.index().is_some() && self.drawn.insert(at) {
                tree.inner = self.parts(value, depth);
            }
            return tree;
        };
        let mut tree = Tree::new(self.head(value, def));
        if matches!(def, Def::Global { .. } | Def::Code(_)) {
            return tree;
        }
        if self.drawn.contains(&at) {
            tree.text += " (above)";
            return tree;
        }
        if depth >= DEPTH {
            self.later.push_back(at);
            tree.text += " (below)";
            return tree;
        }
        self.drawn.insert(at);
        tree.inner = match def {
            Def::Function(_) => functions
                .function(value)
                .map_or(Vec::new(), |function| self.function(function, depth)),
            Def::Class(_) | Def::Enum(_) => functions
                .class(value)
                .map_or(Vec::new(), |class| self.class(class, depth)),
            Def::Module(module) => self.entries(module.contents.as_deref().unwrap_or_default(), depth),
            Def::Method { function, instance } => {
                let [function, instance] = [*function, *instance].map(|at| functions.graph().value(at));
                vec![
                    self.labelled("function", function, depth),
                    self.labelled("of", instance, depth),
                ]
            }
            _ => self.parts(value, depth),
        };
        tree
    }

    fn head(&self, value: Value<'f>, def: &Def) -> String {
        let functions = self.functions;
        match def {
            Def::Function(_) => match functions.function(value) {
                Some(function) => format!("{} {}", kind(function), call(function)),
                None => String::new(),
            },
            Def::Class(_) | Def::Enum(_) => functions
                .class(value)
                .map_or(String::new(), |class| class_head(functions, class)),
            Def::Module(module) => {
                let made = if module.contents.is_some() { " by value" } else { "" };
                format!(
                    "module {}{made}",
                    short(functions, functions.graph().value(module.name)).trim_matches('\'')
                )
            }
            _ => functions.words(value).to_string(),
        }
    }

    fn labelled(&mut self, label: &'static str, value: Value<'f>, depth: usize) -> Tree {
        Tree {
            label,
            ..self.value(value, depth + 1)
        }
    }

    /// The known objects in plain data.
    fn parts(&mut self, value: Value<'f>, depth: usize) -> Vec<Tree> {
        let mut known = direct(self.functions, value);
        // What is only a name is in the words for the value.
        known.retain(|at| {
            !matches!(
                self.functions.defs().get(*at),
                Some(Def::Global { .. } | Def::Helper(_))
            )
        });
        let more = known.len().saturating_sub(LINES);
        let known = known.into_iter().take(LINES);
        let mut parts: Vec<Tree> = known
            .map(|at| self.value(self.functions.graph().value(at), depth + 1))
            .collect();
        // Imports are named where they are used.
        parts.retain(|tree| !tree.inner.is_empty() || !tree.text.ends_with(" (above)"));
        if more > 0 {
            parts.push(Tree::new(format!("and {more} more")));
        }
        parts
    }

    /// `name = value` for each.
    fn entries(&mut self, pairs: &[(Ref, Ref)], depth: usize) -> Vec<Tree> {
        let graph = self.functions.graph();
        let mut entries = Vec::new();
        for (name, value) in pairs.iter().take(LINES) {
            let name = graph.value(*name);
            let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
            let mut tree = self.value(graph.value(*value), depth + 1);
            tree.text = format!("{name} = {}", tree.text);
            entries.push(tree);
        }
        if pairs.len() > LINES {
            entries.push(Tree::new(format!("and {} more", pairs.len() - LINES)));
        }
        entries
    }

    fn function(&mut self, function: Function<'f>, depth: usize) -> Vec<Tree> {
        let mut lines = Vec::new();
        let code = function.code();
        let mut from: Vec<String> = function.module().map(str::to_owned).into_iter().collect();
        if let Ok(Some(code)) = &code {
            from.push(format!("{}, line {}", code.filename(), code.firstlineno()));
        }
        lines.push(Tree::labelled("from", from.join(", ")));
        if let Some(doc) = function.doc() {
            lines.push(Tree::labelled("doc", first_line(doc)));
        }
        let def = function.def();
        let group = |label, inner: Vec<Tree>| Tree {
            label,
            text: String::new(),
            inner,
        };
        if !def.closure.is_empty() {
            lines.push(group("free variables", self.variables(function, depth + 1)));
        }
        if !def.globals.is_empty() {
            lines.push(group("globals", self.entries(&def.globals, depth + 1)));
        }
        if !def.dict.is_empty() {
            lines.push(group("attributes", self.entries(&def.dict, depth + 1)));
        }
        let mut brought = Vec::new();
        for part in [def.defaults, def.kwdefaults, def.annotations, def.type_params]
            .into_iter()
            .flatten()
        {
            brought.extend(self.parts(self.functions.graph().value(part), depth + 1));
        }
        if !brought.is_empty() {
            lines.push(group("in its signature", brought));
        }
        let used = self.used.entry(def.code).or_insert_with(|| Used::of(function));
        if let Some((label, error)) = &used.error {
            lines.push(Tree::labelled(label, error));
        }
        lines.extend(names("asks for", &used.uses.attributes));
        lines.extend(names("imports", &function.imports_with(&used.uses)));
        lines.extend(names("makes", &used.nested));
        if let Some(source) = function.source() {
            lines.push(Tree {
                inner: source.lines().map(Tree::new).collect(),
                ..Tree::labelled("source", "")
            });
        }
        if self.disassembly && function.undecoded().is_none() {
            lines.push(self.bytecode(function));
        }
        lines
    }

    /// The instructions of a function, once for all that have the same.
    fn bytecode(&mut self, function: Function<'f>) -> Tree {
        if !self.drawn.insert(function.def().code) {
            return Tree::labelled("bytecode", "(above)");
        }
        match function.disassembly() {
            Ok(text) => Tree {
                inner: text.lines().filter(|line| !line.is_empty()).map(Tree::new).collect(),
                ..Tree::labelled("bytecode", "")
            },
            Err(error) => Tree::labelled("bytecode", error.to_string()),
        }
    }

    fn variables(&mut self, function: Function<'f>, depth: usize) -> Vec<Tree> {
        let variables = function.free_variables().unwrap_or_default();
        let mut lines = Vec::new();
        for variable in variables.into_iter().take(LINES) {
            let mut tree = match variable.value {
                Some(value) => self.value(value, depth + 1),
                None => Tree::new("(empty)"),
            };
            tree.text = format!("{} = {}", variable.name, tree.text);
            let others = self.sharers.get(&variable.cell).into_iter().flatten();
            let others: Vec<&str> = others
                .filter(|other| other.id() != function.id())
                .filter_map(|other| other.name())
                .take(NAMES)
                .collect();
            if !others.is_empty() {
                tree.text += &format!(", shared with {}", others.join(", "));
            }
            lines.push(tree);
        }
        lines
    }

    fn class(&mut self, class: Class<'f>, depth: usize) -> Vec<Tree> {
        let functions = self.functions;
        let mut lines = Vec::new();
        if let Some(module) = class.module() {
            lines.push(Tree::labelled("from", module));
        }
        if let Some(doc) = class.doc() {
            lines.push(Tree::labelled("doc", first_line(doc)));
        }
        if let Some(metaclass) = class.metaclass() {
            let metaclass = self.labelled("metaclass", metaclass, depth);
            if metaclass.text != "type" {
                lines.push(metaclass);
            }
        }
        let bases: Vec<Tree> = class
            .bases()
            .filter(|base| functions.class(*base).is_some())
            .map(|base| self.value(base, depth + 1))
            .collect();
        if !bases.is_empty() {
            lines.push(Tree {
                inner: bases,
                ..Tree::labelled("bases", "")
            });
        }
        if let Some(slots) = class.slots() {
            lines.push(Tree::labelled("slots", functions.words(slots).to_string()));
        }
        if let Some(members) = class.as_enum().map(|class| &class.members) {
            lines.push(Tree {
                inner: self.entries(members, depth + 1),
                ..Tree::labelled("members", "")
            });
        }
        let attributes = class.attributes();
        let shown = attributes.iter().filter(|attribute| !is_bookkeeping(attribute.name));
        for attribute in shown.take(LINES) {
            let (label, function) = match attribute.kind {
                AttributeKind::Method(function) => ("method", Some(function)),
                AttributeKind::ClassMethod(function) => ("class method", Some(function)),
                AttributeKind::StaticMethod(function) => ("static method", Some(function)),
                AttributeKind::Property(function) => ("property", function),
                _ => ("attribute", None),
            };
            let mut tree = match function {
                Some(function) => self.labelled(label, functions.graph().value(function.id()), depth),
                None => self.labelled(label, attribute.value, depth),
            };
            tree.text = match function {
                // Under the class its name says enough.
                Some(function) if tree.text.ends_with(&call(function)) && function.name() == Some(attribute.name) => {
                    let signature = function
                        .signature()
                        .map_or_else(|_| "(?)".into(), |all| all.to_string());
                    format!("{}{signature}", attribute.name)
                }
                _ => format!("{} = {}", attribute.name, tree.text),
            };
            lines.push(tree);
        }
        lines
    }
}

/// What Python itself keeps in a class.
fn is_bookkeeping(name: &str) -> bool {
    matches!(
        name,
        "__doc__" | "__firstlineno__" | "__static_attributes__" | "__dict__" | "__weakref__" | "__slotnames__"
    )
}

fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(90) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.into(),
    }
}

/// A line of names; none if there are none.
fn names(label: &'static str, names: &[impl std::fmt::Display]) -> Option<Tree> {
    let more = names.len().saturating_sub(NAMES);
    let mut shown: Vec<String> = names.iter().take(NAMES).map(|name| name.to_string()).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    (!shown.is_empty()).then(|| Tree::labelled(label, shown.join(", ")))
}
