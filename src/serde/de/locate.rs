//! At which byte a value was made.
//!
//! Graphs do not keep offsets, and ints, floats and constants have no node to keep one for. So when a value turns out not
//! to fit its type, the pickle is read once more, with a node and an offset for each value. Only failures pay for it.

use crate::{
    error::Place,
    graph::{Loader, Located, Node},
    machine::Machine,
    ops::Ops,
    settings::ReadOptions,
};

/// The offset of the opcode that made a value of the pickle that starts at byte `start`.
#[cold]
pub(super) fn offset(options: &ReadOptions, input: &[u8], start: usize, place: Place) -> Option<u64> {
    let mut options = options.clone();
    options.limits.nodes = u32::MAX as usize;
    // They are not at hand any more, and it does not matter what is in them.
    options.buffers_elsewhere = true;
    let mut machine = Machine::new(options.rules, options.limits.clone());
    let mut loader = Loader::<Located>::new(&options);
    let mut offsets = Vec::new();
    let mut root = None;
    for op in Ops::starting_at(input, start, options.rules) {
        let (offset, op) = op.ok()?;
        root = machine.step(&mut loader, offset as u64, op).ok()?;
        offsets.resize(loader.graph.nodes.len(), offset as u64);
    }
    let nodes = &loader.graph.nodes;
    let index = match place {
        Place::Root => root?.index()? as usize,
        // Nodes come in the same order as without those of atoms.
        Place::Node(index) => {
            let mut real = (0..nodes.len()).filter(|index| !matches!(nodes[*index], Node::Atom(_)));
            real.nth(index as usize)?
        }
        Place::Item(item) => loader.graph.items.get(item as usize)?.index()? as usize,
    };
    offsets.get(index).copied()
}
