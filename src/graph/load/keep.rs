//! How payloads get into the graph: borrowed from a slice, or copied from a passing buffer.

use crate::{graph::Node, text::Text};

/// How payloads get into the graph.
pub(crate) trait Keep<'x, 'g> {
    /// Whether atoms become nodes too, so that each has an offset.
    const ATOMS: bool = false;
    fn text(text: Text<'x>) -> Node<'g>;
    fn bytes(bytes: &'x [u8]) -> Node<'g>;
    fn bytearray(bytes: &'x [u8]) -> Node<'g>;
}

/// Payloads are borrowed from the input.
pub(crate) struct Borrow;

/// Payloads are copied, because the input is a passing buffer.
pub(crate) struct Copied;

/// Payloads are borrowed, and everything is a node: the graph is read a second time to tell at which byte each value was
/// made. Items lie in the arena as they do without.
#[cfg(feature = "serde")]
pub(crate) struct Located;

#[cfg(feature = "serde")]
impl<'g> Keep<'g, 'g> for Located {
    const ATOMS: bool = true;
    fn text(text: Text<'g>) -> Node<'g> {
        Borrow::text(text)
    }
    fn bytes(bytes: &'g [u8]) -> Node<'g> {
        Node::Bytes(bytes)
    }
    fn bytearray(bytes: &'g [u8]) -> Node<'g> {
        Node::ByteArray(bytes)
    }
}

impl<'g> Keep<'g, 'g> for Borrow {
    fn text(text: Text<'g>) -> Node<'g> {
        match text {
            Text::Borrowed(text) => Node::Str(text),
            text => owned_text(text),
        }
    }
    fn bytes(bytes: &'g [u8]) -> Node<'g> {
        Node::Bytes(bytes)
    }
    fn bytearray(bytes: &'g [u8]) -> Node<'g> {
        Node::ByteArray(bytes)
    }
}

impl<'x, 'g> Keep<'x, 'g> for Copied {
    fn text(text: Text<'x>) -> Node<'g> {
        owned_text(text)
    }
    fn bytes(bytes: &'x [u8]) -> Node<'g> {
        Node::BytesBox(bytes.into())
    }
    fn bytearray(bytes: &'x [u8]) -> Node<'g> {
        Node::ByteArrayBox(Box::new(bytes.to_vec()))
    }
}

pub(super) fn owned_text<'g>(text: Text<'_>) -> Node<'g> {
    match text {
        Text::Borrowed(text) => Node::StrBox(text.into()),
        Text::Owned(text) => Node::StrBox(text.into()),
        Text::Surrogates(bytes) => Node::Surrogates(bytes.into()),
    }
}
