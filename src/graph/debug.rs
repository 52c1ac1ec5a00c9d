//! `Debug`: flat, by index, so that neither depth nor sharing matters. For reading, use `Display`.

use super::{Entries, Graph, Items, Node, Object, Ref, Str, Value, walk::Edges};
use std::fmt::{Debug, Formatter, Result};

/// Names of more bytes are told by the index of their text.
const LONGEST: usize = 1000;

/// What an object holds itself, and how it refers to others.
struct Flat<'f, 'g>(&'f Graph<'g>, Ref);

impl Debug for Flat<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Flat(graph, at) = *self;
        let Some(index) = at.index() else {
            return at.fmt(f);
        };
        let node = graph.node(index);
        write!(f, "{at:?} {}", node.type_name())?;
        match node {
            Node::Float(value) => write!(f, " {value}"),
            Node::Int(value) => write!(f, " {value}"),
            Node::Big(value) => write!(f, " of {} bits", value.bits()),
            Node::Str(_) | Node::StrBox(_) | Node::Surrogates(_) => {
                write!(f, " ")?;
                crate::text::python_str_repr(node.text().unwrap_or_default(), f)
            }
            Node::Bytes(_) | Node::BytesBox(_) | Node::ByteArray(_) | Node::ByteArrayBox(_) => {
                write!(f, " ")?;
                let bytes = node.bytes().or_else(|| node.bytearray());
                crate::text::python_bytes_repr(bytes.unwrap_or_default(), f)
            }
            Node::Global { module, name } => {
                // Many imports can share one long name.
                for (index, dot) in [(module, " "), (name, ".")] {
                    match graph.node(*index).text().unwrap_or_default() {
                        text if text.len() <= LONGEST => write!(f, "{dot}{:?}", Str::new(text))?,
                        _ => write!(f, "{dot}#{index}")?,
                    }
                }
                Ok(())
            }
            Node::Buffer { index, readonly } => write!(f, " {index} readonly={readonly}"),
            _ => {
                let mut edges = Edges::of(graph, at);
                let refs = std::iter::from_fn(|| edges.next(graph)).map(|(_, at)| at);
                f.write_str(" ")?;
                f.debug_list().entries(refs).finish()
            }
        }
    }
}

impl Debug for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Flat(self.graph, self.at).fmt(f)
    }
}

impl Debug for Items<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_list().entries(self.iter().map(Value::id)).finish()
    }
}

impl Debug for Entries<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_map()
            .entries(self.iter().map(|(key, value)| (key.id(), value.id())))
            .finish()
    }
}

impl Debug for Object<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Object")
            .field("call", &self.call())
            .field("callable", &self.callable().id())
            .field("args", &self.args())
            .finish()
    }
}

impl Debug for Graph<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let nodes = (0..self.nodes.len()).map(|index| Flat(self, Ref::node(index as u32)));
        f.debug_struct("Graph")
            .field("protocol", &self.protocol)
            .field("roots", &self.roots)
            .field("nodes", &nodes.collect::<Vec<_>>())
            .finish()
    }
}
