//! `collections.deque`.

use super::{
    Shape,
    made::{Made, int},
};
use crate::{Kind, Step, Value};
use std::collections::VecDeque;

/// A `collections.deque`.
///
/// In other formats a sequence, and so without its greatest length. For another type that is like a sequence there is
/// `#[serde(with = "brinery::types::deque")]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Deque<T> {
    /// Its items.
    pub items: VecDeque<T>,
    /// How many it may have at most: when it is full, one more pushes one out at the other end.
    pub maxlen: Option<usize>,
}

impl<T> Default for Deque<T> {
    fn default() -> Self {
        VecDeque::new().into()
    }
}

impl<T> From<VecDeque<T>> for Deque<T> {
    fn from(items: VecDeque<T>) -> Self {
        Deque { items, maxlen: None }
    }
}

impl<T> FromIterator<T> for Deque<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<VecDeque<T>>().into()
    }
}

impl<'g> Value<'g> {
    /// A `deque` of this very class. Where a stream gives it more items than it takes, the last ones stay, as in Python.
    ///
    /// ```
    /// use brinery::Graph;
    /// let graph = Graph::from_slice(b"\x80\x02ccollections\ndeque\n)K\x02\x86R(K\x07K\x08K\x09e.")?;
    /// let deque = graph.root().as_deque().expect("a deque");
    /// assert_eq!(deque.maxlen, Some(2));
    /// assert_eq!(deque.items.iter().map(|item| item.as_i64()).collect::<Vec<_>>(), [Some(8), Some(9)]);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn as_deque(self) -> Option<Deque<Value<'g>>> {
        let made = Made::by(self, "collections", "deque")?;
        let mut items = match made.args.get(0).map(Value::kind) {
            None => VecDeque::new(),
            // Python 2 gives a list of the items, Python 3 an empty tuple.
            Some(Kind::List(items) | Kind::Tuple(items)) => items.iter().collect(),
            Some(_) => return None,
        };
        let maxlen = match made.args.get(1).filter(|maxlen| !maxlen.is_none()) {
            None => None,
            Some(maxlen) => Some(usize::try_from(int(maxlen)?).ok()?),
        };
        items.extend(made.appended());
        if let Some(maxlen) = maxlen {
            items.drain(..items.len().saturating_sub(maxlen));
        }
        Some(Deque { items, maxlen })
    }
}

/// A sequence.
pub(super) fn shape<'g>(made: &Made<'g>, value: Value<'g>) -> Option<Shape<'g>> {
    let mut steps = made.object.steps();
    match (made.args.len(), steps.next(), steps.next()) {
        // What Python 3 writes, without a greatest length.
        (0, Some(Step::Append(items)), None) => Some(Shape::Seq(items)),
        _ => Some(Shape::Items(value.as_deque()?.items.into())),
    }
}
