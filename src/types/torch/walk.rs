//! All tensors of a checkpoint, in order.

use super::{
    Checkpoint, Tensor, View,
    children::{Children, Name, children, cost},
    rebuild,
    storage::malformed,
};
use crate::{
    Value,
    error::{Error, ErrorKind, Result},
};

/// How deep containers may be nested in each other on the way to a tensor.
const DEPTH: usize = 200;
/// Bytes of a dotted name. Together with the depth this keeps short the names that a small file can make long.
const NAME: usize = 4096;
/// How often an item may be looked at, on average, because its container is in several others. Without a bound a file of a
/// hundred bytes could say more than could ever be listed.
const SHARED: usize = 16;

/// The iterator of [`Checkpoint::tensors`].
pub struct Tensors<'c> {
    checkpoint: &'c Checkpoint<'c>,
    open: Vec<Open<'c>>,
    name: String,
    left: usize,
}

struct Open<'c> {
    items: Children<'c>,
    /// The length of the name of what is open.
    name: usize,
    value: Value<'c>,
}

impl<'c> Tensors<'c> {
    pub(super) fn of(view: View<'c>) -> Self {
        let graph = &view.checkpoint.graph;
        let mut tensors = Tensors {
            checkpoint: view.checkpoint,
            open: Vec::new(),
            name: String::new(),
            left: (graph.nodes.len() + graph.items.len() + graph.links.len() + 1).saturating_mul(SHARED),
        };
        // A single tensor is what a file can be, too. It has no name.
        let items: Option<Children<'c>> = if view.is_tensor() {
            Some(Box::new(std::iter::once((Name::Index(0), view.value))))
        } else {
            children(view.value)
        };
        tensors.open.extend(items.map(|items| Open {
            items,
            name: 0,
            value: view.value,
        }));
        tensors
    }

    /// Adds a name to that of the container it is in.
    fn extend_name(&mut self, container: usize, name: &str) -> Result<()> {
        self.name.truncate(container);
        if !self.name.is_empty() {
            self.name.push('.');
        }
        if self.name.len() + name.len() > NAME {
            return Err(limit("bytes of a tensor's name", NAME));
        }
        self.name.push_str(name);
        Ok(())
    }

    /// The next tensor; an error ends the walk.
    fn step(&mut self) -> Result<Option<Value<'c>>> {
        while let Some(open) = self.open.last_mut() {
            let Some((name, value)) = open.items.next() else {
                self.open.pop();
                continue;
            };
            let container = open.name;
            let alone = value.is(open.value);
            self.left = self
                .left
                .checked_sub(cost(value))
                .ok_or_else(|| limit("times that items are shared", SHARED))?;
            if rebuild::is_tensor(value) {
                match name.text() {
                    _ if alone => {}
                    Some(name) => self.extend_name(container, &name)?,
                    None => continue,
                }
                return Ok(Some(value));
            }
            // What is open already contains itself.
            if self.open.iter().any(|open| open.value.is(value)) {
                continue;
            }
            let (Some(items), Some(name)) = (children(value), name.text()) else {
                continue;
            };
            self.extend_name(container, &name)?;
            if self.open.len() >= DEPTH {
                return Err(limit("containers in each other", DEPTH));
            }
            let name = self.name.len();
            self.open.push(Open { items, name, value });
        }
        Ok(None)
    }
}

impl<'c> Iterator for Tensors<'c> {
    type Item = Result<(String, Tensor<'c>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = match self.step() {
            Ok(value) => value?,
            Err(error) => {
                self.open.clear();
                return Some(Err(error));
            }
        };
        Some(match rebuild::tensor(self.checkpoint, value) {
            Ok(Some(tensor)) => Ok((self.name.clone(), tensor)),
            Ok(None) => Err(malformed(format!("{}: no tensor", self.name))),
            Err(error) => Err(named(&self.name, error)),
        })
    }
}

fn limit(name: &'static str, limit: usize) -> Error {
    let limit = limit as u64;
    ErrorKind::Limit { name, limit }.into()
}

/// The same error with the name of the tensor.
fn named(name: &str, error: Error) -> Error {
    match error.into_kind() {
        kind if name.is_empty() => kind.into(),
        ErrorKind::Unsupported(what) => ErrorKind::Unsupported(format!("{name}: {what}").into()).into(),
        ErrorKind::Malformed(what) => malformed(format!("{name}: {what}")),
        kind => kind.into(),
    }
}
