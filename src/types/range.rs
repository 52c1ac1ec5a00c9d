//! `range` and `slice`.

use super::{
    Recipe, Shape,
    made::{Made, int},
};
use crate::{BigInt, Value};

/// A Python `range`: the ints from `start` up to but without `stop`, or down to it, by `step`.
///
/// Ints beyond 128 bits do not fit. In other formats a struct of `start`, `stop` and `step`.
///
/// ```
/// use brinery::{Graph, types::Range};
/// let graph = Graph::from_slice(b"\x80\x04\x8c\x08builtins\x94\x8c\x05range\x94\x93\x94K\x01K\x0aK\x03\x87\x94R\x94.")?;
/// let range = graph.root().as_range();
/// assert_eq!(range, Some(Range { start: 1, stop: 10, step: 3 }));
/// assert!(range.into_iter().flatten().eq([1, 4, 7]));
/// assert_eq!(Range::from(2..5).len(), 3);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    /// The first int.
    pub start: i128,
    /// The first int that is no more in it.
    pub stop: i128,
    /// How far they lie apart. Python has no range whose step is 0.
    pub step: i128,
}

impl Range {
    /// How many ints there are, at most `u128::MAX`.
    pub fn len(&self) -> u128 {
        let span = match self.step {
            1.. if self.start < self.stop => self.stop.abs_diff(self.start),
            ..=-1 if self.stop < self.start => self.start.abs_diff(self.stop),
            _ => return 0,
        };
        span.div_ceil(self.step.unsigned_abs())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How CPython writes it, in every protocol.
    pub fn recipe(&self) -> Recipe {
        let args = [self.start, self.stop, self.step].map(int_recipe);
        Recipe::call("builtins:range", args)
    }
}

impl IntoIterator for Range {
    type Item = i128;
    type IntoIter = RangeIter;
    fn into_iter(self) -> RangeIter {
        RangeIter {
            next: self.start,
            left: self.len(),
            step: self.step,
        }
    }
}

/// The ints of a [`Range`].
#[derive(Debug, Clone)]
pub struct RangeIter {
    next: i128,
    left: u128,
    step: i128,
}

impl Iterator for RangeIter {
    type Item = i128;
    fn next(&mut self) -> Option<i128> {
        self.left = self.left.checked_sub(1)?;
        let now = self.next;
        self.next = now.wrapping_add(self.step);
        Some(now)
    }
}

impl<T: Into<i128>> From<std::ops::Range<T>> for Range {
    fn from(range: std::ops::Range<T>) -> Self {
        Range {
            start: range.start.into(),
            stop: range.end.into(),
            step: 1,
        }
    }
}

/// A Python `slice`: `slice(start, stop, step)`, each `None` where it was left out.
///
/// In other formats a struct of `start`, `stop` and `step`.
///
/// ```
/// use brinery::{Builder, types::Slice};
/// let mut build = Builder::new();
/// let root = build.recipe(Slice { start: Some(1), stop: None, step: Some(2) }.recipe())?;
/// let graph = build.finish(root);
/// let slice = graph.root().as_slice_object().expect("a slice");
/// assert_eq!(slice.start.as_i64(), Some(1));
/// assert!(slice.stop.is_none());
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slice<A = Option<i64>> {
    /// Where it starts.
    pub start: A,
    /// Where it stops.
    pub stop: A,
    /// Its step.
    pub step: A,
}

impl Slice {
    /// How CPython writes it, in every protocol.
    pub fn recipe(&self) -> Recipe {
        let args = [self.start, self.stop, self.step].map(|part| part.map_or(Recipe::None, Recipe::Int));
        Recipe::call("builtins:slice", args)
    }
}

fn int_recipe(value: i128) -> Recipe {
    match i64::try_from(value) {
        Ok(value) => Recipe::Int(value),
        Err(_) => Recipe::BigInt(BigInt::from(value)),
    }
}

impl<'g> Value<'g> {
    /// A `range`, and Python 2's `xrange`. `None` if one of its ints has more than 128 bits, too.
    pub fn as_range(self) -> Option<Range> {
        let Slice { start, stop, step } = parts(self, "range")?;
        Some(Range {
            start: int(start)?,
            stop: int(stop)?,
            step: int(step)?,
        })
    }

    /// A `slice`.
    pub fn as_slice_object(self) -> Option<Slice<Value<'g>>> {
        parts(self, "slice")
    }
}

fn parts<'g>(value: Value<'g>, name: &str) -> Option<Slice<Value<'g>>> {
    let made = Made::by(value, "builtins", name)?;
    if made.args.len() != 3 {
        return None;
    }
    Some(Slice {
        start: made.args.get(0)?,
        stop: made.args.get(1)?,
        step: made.args.get(2)?,
    })
}

/// The three parts by name.
pub(super) fn shape(value: Value<'_>) -> Option<Shape<'_>> {
    let Slice { start, stop, step } = parts(value, "range").or_else(|| parts(value, "slice"))?;
    Some(Shape::Fields(vec![("start", start), ("stop", stop), ("step", step)]))
}
