//! Options, to any depth.

use super::{
    De, array,
    data::{At, Data},
};
use crate::{error::Result, types};
use serde::de::Visitor;

impl<'de> De<'_, '_, 'de> {
    /// `None` is `None` and any other value is `Some` of itself. So that `Some(None)` and `Some(())` can be told from
    /// `None`, what would be taken for it is wrapped in a tuple: with
    ///
    /// > Chain = `None`, or a tuple of one item that is in Chain
    ///
    /// `Some(v)` is written as the tuple `(v,)` if `v` is in Chain, and as `v` if not. What is written for `Some` is then
    /// never `None`, and is in Chain just when `v` is, so that taking one tuple off gives `v` back.
    ///
    /// Python's own `(None,)` for an `Option<(Option<T>,)>` would so lose its tuple. If the type inside `Some` turns out
    /// to be a tuple or sequence, and what is left for it is `None`, it is given the tuple instead.
    pub(super) fn option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.data() {
            Data::None => visitor.visit_none(),
            Data::Object if self.is_nothing()? => visitor.visit_none(),
            Data::Tuple(run) if self.in_chain()? => {
                let Some(inner) = run.get(0) else {
                    return visitor.visit_none();
                };
                let child = self.child(inner)?;
                if let Data::None = child.data() {
                    let (at, slot) = (self.at, self.slot);
                    let wrapped = Some(At { at, slot });
                    return visitor.visit_some(De { wrapped, ..child });
                }
                let _open = self.scope.open(self.at)?;
                visitor.visit_some(child)
            }
            _ => visitor.visit_some(self.again()?),
        }
    }

    /// Whether it is one of numpy's scalars that `item()` makes `None` of.
    fn is_nothing(self) -> Result<bool> {
        let value = self.scope.graph.value(self.at);
        if !types::numpy::has_no_axes(value) {
            return Ok(types::is_masked(value));
        }
        let Some(array) = value.as_ndarray() else {
            return Ok(false);
        };
        // An item may be long, or a record of much.
        self.scope.charge(array.dtype().leaves())?;
        self.scope.charge_bytes(array.dtype().itemsize())?;
        Ok(array::is_nothing(&array))
    }

    /// Whether it is in Chain. Deeper than may be read nobody has to look.
    fn in_chain(self) -> Result<bool> {
        let mut at = self.at;
        for _ in 0..=self.scope.limits().depth {
            match self.scope.data(at) {
                Data::None => return Ok(true),
                Data::Tuple(run) => match run.refs {
                    [item] => at = *item,
                    _ => return Ok(false),
                },
                _ => return Ok(false),
            }
        }
        Err(self.scope.too_deep())
    }
}
