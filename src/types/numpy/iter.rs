//! The items of an array in C order.

use super::{Item, NdArray};

/// The iterator of [`NdArray::iter`].
#[derive(Clone)]
pub struct Iter<'a, 'g> {
    array: &'a NdArray<'g>,
    index: Vec<usize>,
    /// The place in memory of the item at `index`.
    place: usize,
    left: usize,
}

impl<'a, 'g> Iter<'a, 'g> {
    pub(super) fn new(array: &'a NdArray<'g>) -> Self {
        Iter {
            array,
            index: vec![0; array.ndim()],
            place: 0,
            left: array.len(),
        }
    }

    /// The place of the next item.
    fn step(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let place = self.place;
        let NdArray { shape, steps, .. } = self.array;
        for (axis, at) in self.index.iter_mut().enumerate().rev() {
            *at += 1;
            self.place += steps[axis];
            if *at < shape[axis] {
                break;
            }
            self.place -= *at * steps[axis];
            *at = 0;
        }
        Some(place)
    }

    /// The places of all items, in C order.
    pub(super) fn places(mut self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.left).map(move |_| self.step().unwrap_or_default())
    }
}

impl<'a> Iterator for Iter<'a, '_> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let place = self.step()?;
        self.array.at(place)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_, '_> {}

impl<'a, 'g> IntoIterator for &'a NdArray<'g> {
    type Item = Item<'a>;
    type IntoIter = Iter<'a, 'g>;
    fn into_iter(self) -> Iter<'a, 'g> {
        self.iter()
    }
}
