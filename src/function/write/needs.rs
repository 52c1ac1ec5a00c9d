//! What a graph must find where it is loaded: never the package that wrote it.

use super::Wire;
use crate::{
    Graph, Ref,
    error::{ErrorKind, Result},
    function::{
        Def, Defs,
        read::{Package, package_of},
    },
    graph::Node,
};
use std::collections::HashSet;

/// Refuses what was written if loading it would import a helper of dill or of a copy of cloudpickle or, but for
/// [`Wire::Compat`], of cloudpickle itself. What functions have among their globals is theirs, whatever it is.
pub(super) fn check(wire: Wire, graph: &Graph<'_>, defs: &Defs, written: &Graph<'_>) -> Result<()> {
    let mut own = None;
    for index in 0..written.nodes.len() as u32 {
        if !matches!(written.node(index), Node::Global { .. }) {
            continue;
        }
        let value = written.value(Ref::node(index));
        let Some((module, name)) = value.as_global().and_then(|global| global.path()) else {
            continue;
        };
        let helps = match package_of(module) {
            Some(Package::Dill) => true,
            Some(Package::Cloudpickle) => {
                let is_itself = module == "cloudpickle" || module.starts_with("cloudpickle.");
                wire != Wire::Compat || !is_itself
            }
            _ => false,
        };
        if helps
            && is_helper(name)
            && !own
                .get_or_insert_with(|| own_data(graph, defs))
                .contains(&(module, name))
        {
            let why = format!("`{module}.{name}` would be needed where it is loaded: what it does is not known here");
            return Err(ErrorKind::Unsupported(why.into()).into());
        }
    }
    Ok(())
}

/// Whether a name of dill or cloudpickle is one that its pickles call, rather than one that its users do.
fn is_helper(name: &str) -> bool {
    name.starts_with('_') || matches!(name, "subimport" | "dynamic_subimport" | "cell_set" | "instance")
}

/// The imports that functions, classes and modules have as data.
fn own_data<'g>(graph: &'g Graph<'_>, defs: &Defs) -> HashSet<(&'g str, &'g str)> {
    let mut values: Vec<Ref> = Vec::new();
    let pairs = |pairs: &[(Ref, Ref)], values: &mut Vec<Ref>| values.extend(pairs.iter().map(|(_, value)| *value));
    for (_, def) in defs.iter() {
        match def {
            Def::Function(function) => {
                pairs(&function.globals, &mut values);
                values.extend(function.closure.iter().filter_map(|cell| defs.cell(*cell).value));
            }
            Def::Class(class) => pairs(&class.attributes, &mut values),
            Def::Module(module) => pairs(module.contents.as_deref().unwrap_or_default(), &mut values),
            _ => {}
        }
    }
    let imported = |at: Ref| graph.value(at).as_global()?.path();
    values.into_iter().filter_map(imported).collect()
}
