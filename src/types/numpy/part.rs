//! Arrays taken apart as `tolist()` does it: rows, records, items; `None` where there is nothing.

use super::{Data, Dtype, DtypeKind, Item, NdArray, malformed};
use crate::{Error, ErrorKind, Items, Result, Value};

/// An array, what lies in it under some first indices, an item, or a field of one.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    dtype: &'a Dtype,
    source: Source<'a>,
    /// In bytes for each item.
    mask: Option<&'a [u8]>,
    /// The axes that are left; none where it is an item.
    shape: &'a [usize],
    /// The distance to the next item along each of them, in items; `None` if they lie in C order.
    steps: Option<&'a [usize]>,
    /// Which item of the source it is, or begins with.
    place: usize,
}

/// Where items are.
#[derive(Clone, Copy)]
enum Source<'a> {
    Bytes(&'a [u8]),
    Objects(Items<'a>),
}

/// A part without axes.
pub(crate) enum One<'a> {
    /// It is masked, or `NaT`.
    Nothing,
    Object(Value<'a>),
    /// The fields, by name.
    Record(Vec<(&'a str, Part<'a>)>),
    Item(Item<'a>),
}

impl<'a> Part<'a> {
    /// A whole array. An error for masks that nobody can follow.
    pub(crate) fn of(array: &'a NdArray<'_>) -> Result<Self> {
        let source = match &array.data {
            Data::Bytes(bytes) => Source::Bytes(bytes),
            Data::Objects(items) => Source::Objects(*items),
        };
        let mask = array.mask.filter(|mask| mask.iter().any(|masked| *masked != 0));
        // In Fortran order the mask does not lie as the list of objects does.
        let apart = array.fortran || array.dtype.mask_size() != 1;
        if mask.is_some() && apart && matches!(source, Source::Objects(_)) {
            let what = "a mask of objects in records or in Fortran order";
            return Err(ErrorKind::Unsupported(what.into()).into());
        }
        Ok(Part {
            dtype: &array.dtype,
            source,
            mask,
            shape: &array.shape,
            steps: Some(&array.steps),
            place: 0,
        })
    }

    /// What its items are.
    pub(crate) fn dtype(&self) -> &'a Dtype {
        self.dtype
    }

    /// The length of the first axis that is left; `None` if it is an item.
    pub(crate) fn len(&self) -> Option<usize> {
        self.shape.first().copied()
    }

    /// The part at an index of the first axis.
    pub(crate) fn row(self, index: usize) -> Self {
        let shape = self.shape.get(1..).unwrap_or_default();
        let step = match self.steps {
            Some(steps) => steps.first().copied().unwrap_or_default(),
            None => shape.iter().fold(1, |all: usize, len| all.saturating_mul(*len)),
        };
        Part {
            shape,
            steps: self.steps.and_then(|steps| steps.get(1..)),
            place: self.place.saturating_add(index.saturating_mul(step)),
            ..self
        }
    }

    /// The same; but an item that is an array is that array.
    pub(crate) fn unfolded(mut self) -> Result<Self> {
        while let ([], DtypeKind::Subarray { base, shape }, Source::Bytes(_)) =
            (self.shape, &self.dtype.kind, self.source)
        {
            self = Part {
                dtype: base,
                source: Source::Bytes(self.bytes()?),
                mask: self.masks()?,
                shape,
                steps: None,
                place: 0,
            };
        }
        Ok(self)
    }

    /// What is to be handed over where no axes are left.
    pub(crate) fn one(self) -> Result<One<'a>> {
        let is_record = self.dtype.as_record().is_some();
        if !is_record && matches!(self.masks()?, Some([masked, ..]) if *masked != 0) {
            return Ok(One::Nothing);
        }
        if let Source::Objects(items) = self.source {
            return items.get(self.place).map(One::Object).ok_or_else(outside);
        }
        if is_record {
            return self.fields().map(One::Record);
        }
        Ok(match self.dtype.item(self.bytes()?) {
            Item::DateTime(None, _) | Item::TimeDelta(None, _) => One::Nothing,
            item => One::Item(item),
        })
    }

    fn fields(self) -> Result<Vec<(&'a str, Self)>> {
        let (bytes, mut masks) = (self.bytes()?, self.masks()?);
        let record = self.dtype.as_record();
        let fields = record.map_or(&[][..], |record| record.fields()).iter();
        let part = |field: &'a super::Field| {
            let dtype = &field.dtype;
            let split = masks.map(|masks| masks.split_at_checked(dtype.mask_size()).ok_or_else(outside));
            let (mask, rest) = split.transpose()?.unzip();
            masks = rest;
            let part = Part {
                dtype,
                source: Source::Bytes(cut(bytes, field.offset, dtype.itemsize)?),
                mask,
                place: 0,
                ..self
            };
            Ok((&*field.name, part))
        };
        fields.map(part).collect()
    }

    /// The bytes of an item.
    fn bytes(self) -> Result<&'a [u8]> {
        let size = self.dtype.itemsize;
        match self.source {
            Source::Bytes(bytes) => cut(bytes, self.place.saturating_mul(size), size),
            Source::Objects(_) => Err(outside()),
        }
    }

    /// The mask of an item.
    fn masks(self) -> Result<Option<&'a [u8]>> {
        let size = self.dtype.mask_size();
        let masks = self.mask.map(|mask| cut(mask, self.place.saturating_mul(size), size));
        masks.transpose()
    }
}

fn cut(all: &[u8], start: usize, size: usize) -> Result<&[u8]> {
    all.get(start..start.saturating_add(size)).ok_or_else(outside)
}

#[cold]
fn outside() -> Error {
    malformed("an item lies outside of its array".into())
}
