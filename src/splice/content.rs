//! What can be put into a pickle as a value.

use super::{Part, Splice};
use crate::{error::Result, graph::Graph};

/// What can be put into a pickle as a value: a [`Part`], the bytes of another pickle ([`Pickle`]), a graph ([`Exact`]), and
/// with the feature `serde` any Rust value.
///
/// ```
/// use brinery::{Content, Exact, Pickle, Splice, pickle};
/// let graph = pickle!({"size": 2});
/// let mut splice = Splice::new();
/// splice.list()?.value(&Pickle(b"\x80\x03C\x01a."))?.value(&Exact(&graph))?;
/// # #[cfg(feature = "serde")]
/// splice.value(&(1, "two"))?;
/// let bytes = splice.end()?.finish()?;
/// # #[cfg(feature = "serde")]
/// assert_eq!(brinery::Graph::from_slice(&bytes)?.root().to_string(), "[b'a', {'size': 2}, (1, 'two')]");
/// # Ok::<(), brinery::Error>(())
/// ```
pub trait Content {
    /// Writes itself, as one value.
    fn write_into(&self, splice: &mut Splice) -> Result<()>;
}

/// The bytes of a pickle, put into another one unread. A [`Part`] is this for more than one time.
#[derive(Debug, Clone, Copy)]
pub struct Pickle<'a>(pub &'a [u8]);

/// A graph, with all its cycles and however deep. (By serde a graph is written as well, but not those.)
#[derive(Debug, Clone, Copy)]
pub struct Exact<'a>(pub &'a Graph<'a>);

/// What a closure writes, which must be one value: for containers of mixed contents.
///
/// ```
/// use brinery::{Pickle, Splice, With};
/// let pair = With(|splice: &mut Splice| {
///     splice.tuple()?.value(&Pickle(b"K\x01."))?.value(&Pickle(b"K\x02."))?.end()?;
///     Ok(())
/// });
/// let mut splice = Splice::new();
/// splice.value(&pair)?;
/// assert_eq!(brinery::Graph::from_slice(&splice.finish()?)?.root().to_string(), "(1, 2)");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct With<F>(pub F);

impl Content for Part {
    fn write_into(&self, splice: &mut Splice) -> Result<()> {
        splice.part(self)
    }
}

impl Content for Pickle<'_> {
    fn write_into(&self, splice: &mut Splice) -> Result<()> {
        splice.part(&Part::new(self.0)?)
    }
}

impl Content for Exact<'_> {
    fn write_into(&self, splice: &mut Splice) -> Result<()> {
        splice.graph(self.0)
    }
}

impl<F: Fn(&mut Splice) -> Result<()>> Content for With<F> {
    fn write_into(&self, splice: &mut Splice) -> Result<()> {
        (self.0)(splice)
    }
}

/// Rust values, as [`to_vec`](crate::to_vec) writes them.
#[cfg(feature = "serde")]
impl<T: ::serde::Serialize + ?Sized> Content for T {
    fn write_into(&self, splice: &mut Splice) -> Result<()> {
        splice.serialize(self)
    }
}
