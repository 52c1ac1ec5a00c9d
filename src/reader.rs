//! Many small pickles, read in the memory of the ones before.

use crate::{
    error::Result,
    graph::{Borrow, Graph, Loader, Ref},
    machine::Machine,
    ops::Ops,
    options::Options,
};

/// Reads pickles one after the other, each with a memo of its own, and keeps the machine's memory between them. A graph that
/// is no longer needed can be [given back](Reader::reuse), and then the next one allocates nothing, unless it is larger.
///
/// ```
/// use brinery::Options;
/// let options = Options::new();
/// let mut reader = options.reader();
/// let mut sum = 0;
/// for message in [&b"\x80\x04]\x94(K\x01K\x02e."[..], b"\x80\x04]\x94(K\x03K\x04e."] {
///     let graph = reader.read(message)?;
///     sum += graph.root().items().filter_map(|item| item.as_i64()).sum::<i64>();
///     reader.reuse(graph);
/// }
/// assert_eq!(sum, 10);
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// Memory that is kept is not counted against [`Limits::memory`](crate::Limits::memory) a second time; what a much larger
/// pickle left is given back by the next smaller one.
#[derive(Debug)]
pub struct Reader<'o> {
    options: &'o Options,
    machine: Machine<Ref>,
    room: Graph<'static>,
}

impl Options {
    /// A reader of many pickles, one after the other.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            options: self,
            machine: self.machine(),
            room: Graph::empty(),
        }
    }
}

impl Reader<'_> {
    /// Reads the first pickle of `input`, as [`Options::read`] does.
    pub fn read<'a>(&mut self, input: &'a [u8]) -> Result<Graph<'a>> {
        let settings = &self.options.read;
        settings.limits.check_bytes(input.len())?;
        // Each byte leaves one value, mark or memo entry at most.
        if self.machine.is_roomy() && self.machine.room() / 4 > input.len() {
            self.machine = self.options.machine();
        }
        self.machine.clear_memo();
        let room = std::mem::replace(&mut self.room, Graph::empty());
        let mut loader = Loader::<Borrow>::within(room, settings);
        loader.paid(input.len() as u64);
        match Ops::starting_at(input, 0, settings.rules).run(&mut self.machine, &mut loader) {
            Ok(root) => {
                loader.finish(root);
                loader.done()
            }
            Err(failure) => {
                self.reuse(loader.graph);
                Err(failure.into())
            }
        }
    }

    /// Takes back a graph that is no longer needed: the next one is made in its memory.
    pub fn reuse(&mut self, graph: Graph<'_>) {
        self.room = graph.emptied();
    }
}
