//! A sketch as a graph.

use super::sketch::{Id, Items, Make, Node, Sketch, Step};
use crate::{
    Builder, Graph, Ref,
    error::{ErrorKind, Result},
};

/// Builds the objects of a sketch that these roots refer to,
/// and of which `prelude` is to come before all others in a stream.
pub(super) fn lower(graph: &Graph<'_>, sketch: &Sketch, roots: &[Id], prelude: Option<Id>) -> Result<Graph<'static>> {
    let mut lower = Lower {
        graph,
        sketch,
        build: Builder::new(),
        refs: vec![None; sketch.nodes.len()],
        open: vec![false; sketch.nodes.len()],
        order: Vec::new(),
    };
    for root in roots {
        lower.make(*root)?;
    }
    // What a step refers to is made when the step is come to, and may have steps itself.
    let mut at = 0;
    while let Some(id) = lower.order.get(at).copied() {
        for part in lower.sketch.node(id).steps.iter().flat_map(Step::parts) {
            lower.make(part)?;
        }
        at += 1;
    }
    for id in std::mem::take(&mut lower.order) {
        lower.fill(id)?;
    }
    let roots: Vec<Ref> = roots.iter().map(|id| lower.at(*id)).collect();
    // Made with what it guards, and not at all where all of that was left out.
    let prelude = prelude.and_then(|id| lower.refs[id.0 as usize]);
    let mut graph = lower.build.finish_all(roots);
    graph.prelude = prelude;
    Ok(graph)
}

struct Lower<'s, 'g> {
    graph: &'s Graph<'g>,
    sketch: &'s Sketch,
    build: Builder<'static>,
    refs: Vec<Option<Ref>>,
    /// Those whose parts are being made.
    open: Vec<bool>,
    /// Those with steps, as they were made.
    order: Vec<Id>,
}

impl Lower<'_, '_> {
    fn at(&self, id: Id) -> Ref {
        // `lower` has made all that are asked for.
        self.refs[id.0 as usize].unwrap_or(Ref::NONE)
    }

    fn all(&self, ids: &[Id]) -> Vec<Ref> {
        ids.iter().map(|id| self.at(*id)).collect()
    }

    fn pairs(&self, pairs: &[(Id, Id)]) -> Vec<(Ref, Ref)> {
        pairs
            .iter()
            .map(|(key, value)| (self.at(*key), self.at(*value)))
            .collect()
    }

    /// Makes an object after its parts.
    fn make(&mut self, root: Id) -> Result<()> {
        let mut under_way = vec![root];
        self.open[root.0 as usize] = true;
        let mut parts = vec![self.sketch.parts(root)];
        while let (Some(id), Some(left)) = (under_way.last().copied(), parts.last_mut()) {
            if self.refs[id.0 as usize].is_some() {
                under_way.pop();
                parts.pop();
                continue;
            }
            // In reverse: their numbers say nothing.
            match left.pop() {
                Some(part) if self.refs[part.0 as usize].is_none() => {
                    if std::mem::replace(&mut self.open[part.0 as usize], true) {
                        return Err(ErrorKind::Unwritable("an object is needed to make it itself").into());
                    }
                    under_way.push(part);
                    parts.push(self.sketch.parts(part));
                }
                Some(_) => {}
                None => {
                    let node = self.sketch.node(id);
                    self.refs[id.0 as usize] = Some(self.made(node)?);
                    self.open[id.0 as usize] = false;
                    if !node.steps.is_empty() {
                        self.order.push(id);
                    }
                }
            }
        }
        Ok(())
    }

    fn made(&mut self, node: &Node) -> Result<Ref> {
        Ok(match &node.make {
            Make::Pending => return Err(ErrorKind::Unwritable("an object has not been sketched").into()),
            Make::Leaf(at) => self.build.copy_leaf(self.graph, *at)?,
            Make::Text(text) => self.build.add(&**text),
            Make::Bytes(bytes) => self.build.add(bytes.as_slice()),
            Make::Atom(at) => *at,
            Make::Global { module, name } => {
                let (module, name) = (self.at(*module), self.at(*name));
                self.build.global_of(module, name)
            }
            Make::List => self.build.list([]),
            Make::Dict => self.build.dict([])?,
            Make::Set => self.build.set([])?,
            Make::Tuple(items) => {
                let items = self.all(items);
                self.build.tuple(items)
            }
            Make::FrozenSet(items) => {
                let items = self.all(items);
                self.build.frozenset(items)?
            }
            Make::Persistent(pid) => {
                let pid = self.at(*pid);
                self.build.persistent(pid)
            }
            Make::Call {
                call,
                callable,
                args,
                kwargs,
            } => {
                let (callable, args) = (self.at(*callable), self.all(args));
                let kwargs = kwargs.map(|kwargs| self.at(kwargs));
                self.build.make(*call, callable, &args, kwargs)?
            }
        })
    }

    fn fill(&mut self, id: Id) -> Result<()> {
        let object = self.at(id);
        for step in &self.sketch.node(id).steps {
            match step {
                Step::Append(items) if items.is_empty() => {}
                Step::SetItems(entries) if entries.is_empty() => {}
                Step::Append(items) => {
                    let items = self.all(items);
                    self.build.append(object, items)?;
                }
                Step::SetItems(entries) => {
                    let entries = self.pairs(entries);
                    self.build.insert(object, entries)?;
                }
                Step::Add(items) => {
                    let items = self.all(items);
                    self.build.add_items(object, items)?;
                }
                Step::State(state) => {
                    let state = self.at(*state);
                    self.build.set_state(object, state)?;
                }
                Step::Setter { setter, state } => {
                    let (setter, state) = (self.at(*setter), self.at(*state));
                    self.build.set_state_with(object, setter, state)?;
                }
                Step::Aside { callable, args } => {
                    let (callable, args) = (self.at(*callable), self.all(args));
                    self.build.aside(object, callable, args)?;
                }
                Step::Set {
                    setattr,
                    object: of,
                    name,
                    value,
                } => {
                    let args = self.all(&[*of, *name, *value]);
                    self.build.aside(object, self.at(*setattr), args)?;
                }
                Step::Fill {
                    method,
                    object: of,
                    items,
                } => {
                    let items = match items {
                        Items::Of(items) => {
                            let items = self.all(items);
                            self.build.list(items)
                        }
                        Items::Pairs(entries) => {
                            let entries = self.pairs(entries);
                            self.build.dict(entries)?
                        }
                    };
                    self.build.aside(object, self.at(*method), [self.at(*of), items])?;
                }
                Step::Attributes { dict, others } => {
                    let (dict, others) = (self.pairs(dict), self.pairs(others));
                    let first = if dict.is_empty() {
                        Ref::NONE
                    } else {
                        self.build.dict(dict)?
                    };
                    let state = if others.is_empty() {
                        first
                    } else {
                        let others = self.build.dict(others)?;
                        self.build.tuple([first, others])
                    };
                    if state != Ref::NONE {
                        self.build.set_state(object, state)?;
                    }
                }
            }
        }
        Ok(())
    }
}
