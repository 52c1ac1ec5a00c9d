//! Walking through a checkpoint's containers.

use super::{
    Checkpoint, Storage, Tensor, Tensors, brief,
    children::{Name, children},
    rebuild,
    storage::cut,
};
use crate::{
    Value,
    error::{ErrorKind, Result},
};

/// An object of a checkpoint: a container, a tensor, or plain data. A copy that knows its checkpoint.
///
/// ```
/// # use brinery::types::torch::{Checkpoint, TensorData, write_state_dict};
/// # let mut file = Vec::new();
/// # write_state_dict(&mut file, [("fc.bias", TensorData::from_slice(&[0.5f32], [1])?)])?;
/// let checkpoint = Checkpoint::from_bytes(&file)?;
/// let root = checkpoint.root();
/// assert_eq!(root.class().as_deref(), Some("collections.OrderedDict"));
/// let names: Vec<_> = root.children().map(|(name, _)| name).collect();
/// assert_eq!(names, ["fc.bias"]);
/// assert!(root.under("fc.bias").is_some_and(|bias| bias.is_tensor()));
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct View<'c> {
    pub(super) checkpoint: &'c Checkpoint<'c>,
    pub(super) value: Value<'c>,
}

impl<'c> View<'c> {
    fn with(self, value: Value<'c>) -> Self {
        View {
            checkpoint: self.checkpoint,
            value,
        }
    }

    /// What the pickle says: ints, texts and anything else that is not of torch.
    pub fn value(self) -> Value<'c> {
        self.value
    }

    /// The class or function that made it, as `module.name`; `None` for built-in data.
    pub fn class(self) -> Option<String> {
        self.value.as_object()?.callable().as_global().map(brief)
    }

    /// Whether it is a tensor, also one that [`tensor`](Self::tensor) refuses.
    pub fn is_tensor(self) -> bool {
        rebuild::is_tensor(self.value)
    }

    /// The tensor that it is. An error if it is something else, or a tensor without plain elements (quantised, sparse), or
    /// one that reaches beyond its storage.
    pub fn tensor(self) -> Result<Tensor<'c>> {
        let found = ErrorKind::BadOperand {
            needs: "a tensor",
            found: self.value.type_name(),
        };
        Ok(rebuild::tensor(self.checkpoint, self.value)?.ok_or(found)?)
    }

    /// The storage that it is, when a checkpoint keeps one without a tensor. An error if it is something else.
    pub fn storage(self) -> Result<Storage<'c>> {
        let found = ErrorKind::BadOperand {
            needs: "a storage",
            found: self.value.type_name(),
        };
        Ok(rebuild::storage(self.checkpoint, self.value)?.ok_or(found)?)
    }

    /// What a container holds, each with its name: the keys of a dict or `OrderedDict` and the indices of a list or tuple;
    /// of a module its parameters, buffers and modules, as `state_dict()` has them. Nothing for anything else. Keys that
    /// are neither text nor numbers are left out.
    pub fn children(self) -> impl Iterator<Item = (String, View<'c>)> {
        let children = (!self.is_tensor()).then(|| children(self.value)).flatten();
        children
            .into_iter()
            .flatten()
            .filter_map(move |(name, value)| Some((name.text()?.into_owned(), self.with(value))))
    }

    /// What lies under a name or under dotted names: `state_dict`, `optimizer.state.0`. Names may have dots themselves; the
    /// longest that fits goes first. What is no module or container is asked for its attributes.
    pub fn under(self, path: &str) -> Option<View<'c>> {
        let mut dots = path.rmatch_indices('.');
        self.child(path).or_else(|| {
            dots.find_map(|(at, _)| {
                let (head, rest) = path.split_at_checked(at)?;
                self.child(head)?.under(rest.get(1..)?)
            })
        })
    }

    fn child(self, name: &str) -> Option<View<'c>> {
        if self.is_tensor() {
            return None;
        }
        let named = |found: &Name<'_>| found.text().is_some_and(|text| text == name);
        let child = children(self.value).and_then(|mut all| all.find(|(found, _)| named(found)));
        child
            .map(|(_, value)| value)
            .or_else(|| self.value.get(name))
            .map(|value| self.with(value))
    }

    /// The tensor under a name; see [`under`](Self::under).
    pub fn get(self, name: &str) -> Result<Tensor<'c>> {
        match self.under(name) {
            Some(found) => found.tensor(),
            None => Err(ErrorKind::NotFound(format!("no tensor {:?}", cut(name)).into()).into()),
        }
    }

    /// All tensors under it with their dotted names, in order: those of containers and of modules, which have the names that
    /// `state_dict()` gives them. A tensor with two names comes twice. A tensor that cannot be read is an error in its
    /// place, and the others follow.
    pub fn tensors(self) -> Tensors<'c> {
        Tensors::of(self)
    }
}

impl<'c> Checkpoint<'c> {
    /// What was saved.
    pub fn root(&'c self) -> View<'c> {
        View {
            checkpoint: self,
            value: self.graph.root(),
        }
    }

    /// What lies under a name; see [`View::under`].
    ///
    /// ```no_run
    /// # use brinery::types::torch::Checkpoint;
    /// let checkpoint = Checkpoint::open("training.pt")?;
    /// let model = checkpoint.under("model.state_dict").expect("it was saved so");
    /// for tensor in model.tensors() {
    ///     let (name, tensor) = tensor?;
    ///     println!("{name}: {} {:?}", tensor.dtype(), tensor.shape());
    /// }
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn under(&'c self, path: &str) -> Option<View<'c>> {
        self.root().under(path)
    }

    /// The tensor under a name; see [`View::under`].
    pub fn get(&'c self, name: &str) -> Result<Tensor<'c>> {
        self.root().get(name)
    }

    /// All tensors with their dotted names, in order; see [`View::tensors`].
    pub fn tensors(&'c self) -> Tensors<'c> {
        self.root().tensors()
    }
}
