//! Modules.

use super::Reader;
use crate::{
    Ref, Result,
    function::model::{Def, ModuleDef},
    graph::walk::Edges,
};

/// `subimport(name)`, `importlib.import_module(name)`, dill's `_import_module(name)`.
pub(super) fn import(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    match args.first() {
        Some(name) if reader.text(*name).is_some() => {
            let def = ModuleDef {
                name: *name,
                contents: None,
            };
            reader.defs.insert(at, Def::Module(def));
            Ok(())
        }
        _ => Err(reader.malformed(at, "a module is imported by what is not a name")),
    }
}

/// `dynamic_subimport(name, contents)`
pub(super) fn dynamic(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let made = match *args {
        [name, contents, ..] if reader.text(name).is_some() => reader.pairs(contents).map(|contents| (name, contents)),
        _ => None,
    };
    let Some((name, contents)) = made else {
        return Err(reader.malformed(at, "dynamic_subimport takes a name and a dict"));
    };
    let def = ModuleDef {
        name,
        contents: Some(contents),
    };
    reader.defs.insert(at, Def::Module(def));
    Ok(())
}

/// `types.ModuleType(name)`; what is in it follows as its state.
pub(super) fn new(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if let Some(name) = args.first()
        && reader.text(*name).is_some()
    {
        let def = ModuleDef {
            name: *name,
            contents: Some(Vec::new()),
        };
        reader.defs.insert(at, Def::Module(def));
    }
    Ok(())
}

impl Reader<'_> {
    /// Up to 1.1, cloudpickle imports the submodules of a function beside it and drops them: they are given to the first
    /// function, for nothing says whose they are.
    pub(super) fn imports_beside(&mut self) {
        let imported = |(at, def): (Ref, &Def)| match def {
            Def::Module(ModuleDef { contents: None, .. }) => Some(at),
            _ => None,
        };
        let mut modules: Vec<Ref> = self.defs.iter().filter_map(imported).collect();
        if modules.is_empty() || !self.fills {
            return;
        }
        // One walk for all roots, which share what they lead to.
        let mut used = vec![false; self.graph.nodes.len()];
        let mut todo: Vec<Ref> = self.graph.roots().map(|root| root.id()).collect();
        while let Some(at) = todo.pop() {
            if let Some(used) = at.index().and_then(|index| used.get_mut(index as usize))
                && !std::mem::replace(used, true)
            {
                let mut edges = Edges::of(self.graph, at);
                todo.extend(std::iter::from_fn(|| edges.next(self.graph)).map(|(_, to)| to));
            }
        }
        modules.retain(|at| at.index().is_none_or(|index| !used[index as usize]));
        let first = self.defs.iter().find(|(_, def)| matches!(def, Def::Function(_)));
        if let Some((at, _)) = first
            && let Some(Def::Function(function)) = self.defs.get_mut(at)
        {
            function.submodules.extend(modules);
        }
    }
}
