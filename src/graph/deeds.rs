//! What a pickle does when it is loaded: its imports and calls, in order.

use super::{EventKind, Graph, Ref, Value};

/// Something the pickle does when it is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'g> {
    /// The byte where its opcode starts.
    pub offset: u64,
    /// What is done.
    pub kind: DeedKind,
    /// The import, the object that the call makes, or the one that is given its state.
    pub value: Value<'g>,
}

/// What a pickle can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeedKind {
    /// Import a name.
    Import,
    /// Call something.
    Call,
    /// Give an object its state, which may call its `__setstate__`.
    Build,
    /// Ask for what a persistent id stands for.
    Persistent,
}

impl<'a> Graph<'a> {
    /// The object that a reference of this graph stands for.
    ///
    /// # Panics
    /// When methods of the value are called, if the reference is of another, larger graph.
    pub fn value(&self, at: Ref) -> Value<'_> {
        Value { graph: self, at }
    }

    /// What the pickle says: the last of the roots, `None` in a graph without.
    pub fn root(&self) -> Value<'_> {
        self.value(self.roots.last().copied().unwrap_or(Ref::NONE))
    }

    /// The value of each pickle that was read into this graph.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        self.roots.iter().map(|at| self.value(*at))
    }

    /// The imports, calls and BUILDs of the stream in order, also those whose result was thrown away.
    ///
    /// ```
    /// // os.system('echo'), dropped; then None
    /// let graph = brinery::Graph::from_slice(b"cos\nsystem\n(S'echo'\ntR0N.")?;
    /// let deeds: Vec<_> = graph.deeds().map(|deed| format!("{} {:?} {}", deed.offset, deed.kind, deed.value)).collect();
    /// assert_eq!(deeds, ["0 Import os.system", "21 Call os.system('echo')"]);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn deeds(&self) -> impl ExactSizeIterator<Item = Deed<'_>> {
        self.events.iter().map(|event| Deed {
            offset: event.offset(),
            kind: match event.kind() {
                EventKind::Import => DeedKind::Import,
                EventKind::Call => DeedKind::Call,
                EventKind::Build => DeedKind::Build,
                EventKind::Persistent => DeedKind::Persistent,
            },
            value: self.value(event.node()),
        })
    }
}
