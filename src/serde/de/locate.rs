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
    loader.paid(input.len() as u64);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, graph::Graph};

    /// In either graph the same things stand in the same places, so that one tells about the other.
    #[test]
    fn both_graphs_have_the_same_layout() {
        // [1, None, {True: -1.5, 1: 70000, 'a': (2**47, 2**60, nan)}, {0, False, 0.0}, b'', nan], with what is kept by
        // key replaced, a list that has moved, and a bytearray that is changed item by item.
        let wire = b"\x80\x05]\x94(K\x01Ne}\x94(\x88G\xbf\xf8\0\0\0\0\0\0K\x01J\x70\x11\x01\0\x8c\x01a\
            \x8a\x06\0\0\0\0\0\x80\x8a\x08\0\0\0\0\0\0\0\x10G\x7f\xf8\0\0\0\0\0\0\x87u\x8f(K\0\x89G\0\0\0\0\0\0\0\0\x90\
            h\0(h\x01C\0e\x96\x02\0\0\0\0\0\0\0abK\0K\x07s0000h\0.";
        let options = Options::new();
        let plain: Graph = options.read(wire).expect("it is read");
        let mut loader = Loader::<Located>::new(&options.read);
        let mut machine = options.machine();
        for op in Ops::new(wire) {
            let (offset, op) = op.expect("it is read");
            machine.step(&mut loader, offset as u64, op).expect("it is read");
        }
        let located = loader.graph;
        let real = located.nodes.iter().filter(|node| !matches!(node, Node::Atom(_)));
        let kinds = |nodes: &mut dyn Iterator<Item = &Node<'_>>| nodes.map(Node::type_name).collect::<Vec<_>>();
        assert_eq!(kinds(&mut plain.nodes.iter()), kinds(&mut { real }));
        let shown = |graph: &Graph<'_>| {
            let items = graph.items.iter().map(|item| graph.value(*item).to_string());
            items.collect::<Vec<_>>()
        };
        assert_eq!(shown(&plain), shown(&located));
        assert!(plain.items.len() > 10);
    }
}
