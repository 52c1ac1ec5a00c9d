//! Dicts of globals, and which of their entries each function needs.

use super::Reader;
use crate::{
    Kind, Ref,
    function::model::{CodeDef, Def, NamespaceDef, NamespaceId, Pairs},
};
use std::collections::{HashMap, HashSet};

/// What a module has before anything is put into it. The rest of a dict of globals is there because functions use it.
const OF_MODULES: &[&str] = &[
    "__name__",
    "__package__",
    "__path__",
    "__file__",
    "__doc__",
    "__spec__",
    "__loader__",
];

impl<'g> Reader<'g> {
    /// The dict of globals that a function is made with: a dict; the name of a module; the `__dict__` of a module, which
    /// dill imports; or none, which makes a new one.
    pub(super) fn namespace(&mut self, at: Ref) -> NamespaceId {
        if at == Ref::NONE {
            return self.defs.add_namespace(NamespaceDef::default());
        }
        if let Some(known) = self.namespaces.get(&at) {
            return *known;
        }
        let mut def = NamespaceDef {
            node: Some(at),
            ..NamespaceDef::default()
        };
        match self.graph.value(at).kind() {
            Kind::Str(_) => {
                def = NamespaceDef {
                    module: Some(at),
                    ..NamespaceDef::default()
                }
            }
            Kind::Global(_) => def.module = self.module_of_dict(at),
            _ => {
                let mut base = self.pairs(at).unwrap_or_default();
                base.retain(|(name, _)| self.text(*name) != Some("__builtins__"));
                def.base = base;
            }
        }
        let id = self.defs.add_namespace(def);
        self.namespaces.insert(at, id);
        if !matches!(self.graph.value(at).kind(), Kind::Str(_)) {
            self.defs.insert(at, Def::Namespace(id));
        }
        id
    }

    /// The module whose `__dict__` is imported: `module.__dict__`, or `builtins.__main__` by which dill means that of
    /// `__main__`.
    fn module_of_dict(&self, at: Ref) -> Option<Ref> {
        let crate::graph::Node::Global { module, name } = *self.graph.node(at.index()?) else {
            return None;
        };
        match self.text(Ref::node(name))? {
            "__dict__" => Some(Ref::node(module)),
            "__main__" => Some(Ref::node(name)),
            _ => None,
        }
    }

    /// Gives each function the entries that it uses of a dict of globals which has all of them: cloudpickle says for each
    /// function what it brings, other encodings fill the dict.
    pub(super) fn settle(&mut self) {
        let mut of: HashMap<NamespaceId, Vec<Ref>> = HashMap::new();
        for (at, def) in self.defs.iter() {
            if let Def::Function(function) = def {
                of.entry(function.namespace).or_default().push(at);
            }
        }
        for (id, functions) in of {
            let all = std::mem::take(&mut self.defs.namespace_mut(id).base);
            let (base, mut shared): (Pairs, Pairs) = all
                .into_iter()
                .partition(|(name, _)| self.text(*name).is_some_and(|name| OF_MODULES.contains(&name)));
            self.defs.namespace_mut(id).base = base;
            if shared.is_empty() {
                continue;
            }
            let mut used = vec![false; shared.len()];
            let index: HashMap<&str, usize> = shared
                .iter()
                .enumerate()
                .filter_map(|(i, (name, _))| Some((self.text(*name)?, i)))
                .collect();
            let mut bring = Vec::new();
            for function in &functions {
                let Some(Def::Function(def)) = self.defs.get(*function) else {
                    continue;
                };
                let known: HashSet<&str> = def.globals.iter().filter_map(|(name, _)| self.text(*name)).collect();
                let names = self.names(def.code);
                if !self.copy(names.len()) {
                    return;
                }
                let mut entries: Vec<usize> = names
                    .iter()
                    .filter(|name| !known.contains(*name))
                    .filter_map(|name| index.get(name).copied())
                    .collect();
                entries.iter().for_each(|entry| used[*entry] = true);
                entries.sort_unstable();
                bring.push((
                    *function,
                    entries.into_iter().map(|entry| shared[entry]).collect::<Pairs>(),
                ));
            }
            // What nobody is seen to use may be used by `eval`: it comes with the first.
            let mut rest = used.iter();
            shared.retain(|_| rest.next() == Some(&false));
            if let Some((_, entries)) = bring.first_mut() {
                entries.append(&mut shared);
            }
            for (function, entries) in bring {
                if let Some(Def::Function(def)) = self.defs.get_mut(function) {
                    def.globals.extend(entries);
                }
            }
        }
    }

    /// The names in a code object and those nested in it, each once.
    pub(super) fn names(&self, code: Ref) -> Vec<&'g str> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        let (mut known, mut todo) = (HashSet::from([code]), vec![code]);
        while let Some(code) = todo.pop() {
            let Some([consts, names]) = self.consts_and_names(code) else {
                continue;
            };
            let texts = names.iter().filter_map(|name| self.text(*name));
            found.extend(texts.filter(|name| seen.insert(*name)));
            todo.extend(consts.iter().filter(|at| self.is_code(**at) && known.insert(**at)));
        }
        found
    }

    fn consts_and_names(&self, code: Ref) -> Option<[&'g [Ref]; 2]> {
        let args = self.code_args(code)?;
        // Behind the counts and the bytecode, of which Python 2 has four and one, 3.8 six and one.
        let at = match args.len() {
            14 => 5,
            15 => 6,
            _ => 7,
        };
        Some([self.tuple(*args.get(at)?)?, self.tuple(*args.get(at + 1)?)?])
    }

    /// How many free variables a code object has.
    pub(super) fn free_variables(&self, code: Ref) -> usize {
        let free = self
            .code_args(code)
            .and_then(|args| args.get(args.len().checked_sub(2)?));
        free.and_then(|free| self.tuple(*free)).map_or(0, <[Ref]>::len)
    }

    fn code_args(&self, code: Ref) -> Option<&'g [Ref]> {
        match self.defs.get(code)? {
            Def::Code(CodeDef {
                bytecode: Some(bytecode),
                ..
            }) => Some(bytecode.args(self.graph)?.refs),
            _ => None,
        }
    }
}
