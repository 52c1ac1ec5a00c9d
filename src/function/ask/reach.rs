//! What an object leads to, by meaning where it has one.

use super::Functions;
use crate::{
    Graph, Kind, Ref, Step, Value,
    function::model::{Def, Defs},
};
use std::collections::HashSet;

/// The known objects that are reached from some, each once, in the order of a walk into depth. Parts of what has a
/// meaning are those of the meaning; helpers that only make it are not met.
pub(super) fn known(graph: &Graph<'_>, defs: &Defs, from: impl IntoIterator<Item = Ref>) -> Vec<Ref> {
    let mut todo: Vec<Ref> = from.into_iter().collect();
    todo.reverse();
    let (mut order, mut seen) = (Vec::new(), HashSet::new());
    let mut next = Vec::new();
    while let Some(at) = todo.pop() {
        let at = defs.canonical(at);
        if at.index().is_none() || !seen.insert(at) {
            continue;
        }
        match defs.get(at) {
            Some(def) => {
                order.push(at);
                of_def(defs, def, &mut next);
            }
            None => of_value(graph.value(at), &mut next),
        }
        todo.extend(next.drain(..).rev());
    }
    order
}

/// The parts of what has a meaning, without names and code.
fn of_def(defs: &Defs, def: &Def, out: &mut Vec<Ref>) {
    let values = |pairs: &[(Ref, Ref)], out: &mut Vec<Ref>| out.extend(pairs.iter().map(|(_, value)| *value));
    match def {
        Def::Function(function) => {
            values(&function.globals, out);
            out.extend(function.closure.iter().filter_map(|cell| defs.cell(*cell).value));
            out.extend(
                function
                    .defaults
                    .iter()
                    .chain(&function.kwdefaults)
                    .chain(&function.annotations),
            );
            values(&function.dict, out);
            out.extend(function.type_params.iter().chain(&function.submodules));
            values(&defs.namespace(function.namespace).base, out);
        }
        Def::Code(_) | Def::Global { .. } => {}
        Def::Cell(cell) => out.extend(defs.cell(*cell).value),
        Def::Namespace(namespace) => values(&defs.namespace(*namespace).base, out),
        Def::Class(class) => {
            out.push(class.metaclass);
            out.extend(&class.bases);
            values(&class.attributes, out);
            values(&class.keywords, out);
            out.extend(&class.abc_registry);
        }
        Def::Enum(class) => {
            out.extend(class.metaclass.iter().chain(&class.bases));
            values(&class.members, out);
            values(&class.attributes, out);
        }
        Def::Module(module) => values(module.contents.as_deref().unwrap_or_default(), out),
        Def::TypeVar(variable) => out.extend(variable.bound.iter().chain(&variable.constraints)),
        Def::Method { function, instance } => out.extend([*function, *instance]),
        Def::Helper(helper) => out.extend(&helper.args),
    }
}

/// What a node refers to.
fn of_value(value: Value<'_>, out: &mut Vec<Ref>) {
    match value.kind() {
        Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) | Kind::FrozenSet(items) => out.extend(items.refs),
        Kind::Dict(entries) => out.extend(entries.refs),
        Kind::Object(object) => {
            out.push(object.callable().id());
            out.extend(object.args().refs);
            out.extend(
                object
                    .kwargs()
                    .into_iter()
                    .flat_map(|kwargs| kwargs.refs.iter().skip(1).step_by(2)),
            );
        }
        Kind::Persistent(id) => out.push(id.id()),
        _ => return,
    }
    for step in value.steps() {
        match step {
            Step::Append(items) | Step::Add(items) => out.extend(items.refs),
            Step::SetItems(entries) => out.extend(entries.refs),
            Step::State(state) => out.push(state.id()),
            Step::Setter { setter, state } => out.extend([setter.id(), state.id()]),
            #[allow(unreachable_patterns)]
            _ => {}
        }
    }
}

/// The known objects in plain data, each once, without what these lead to.
pub(in crate::function) fn direct(functions: &Functions<'_>, value: Value<'_>) -> Vec<Ref> {
    let (graph, defs) = (functions.graph(), functions.defs());
    let mut todo = Vec::new();
    of_value(value, &mut todo);
    todo.reverse();
    let (mut found, mut seen) = (Vec::new(), HashSet::from([value.id()]));
    let mut next = Vec::new();
    while let Some(at) = todo.pop() {
        let at = defs.canonical(at);
        if at.index().is_none() || !seen.insert(at) {
            continue;
        }
        match defs.get(at) {
            Some(_) => found.push(at),
            None => of_value(graph.value(at), &mut next),
        }
        todo.extend(next.drain(..).rev());
    }
    found
}
