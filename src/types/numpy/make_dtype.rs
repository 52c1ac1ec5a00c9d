//! Dtypes as numpy pickles them.

use super::{Dtype, DtypeKind, Field, Maker, Record, TimeUnit, make::ints};
use crate::{Builder, Ref, Result};
use std::collections::HashMap;

/// What numpy notes about a dtype for itself, in bits.
mod flags {
    pub(super) const OBJECT: u8 = 63;
    pub(super) const STR: u8 = 8;
    /// What a structured dtype takes over from its fields: references to objects, a list in pickles, memory that must
    /// be cleared first, and needs Python to be read.
    pub(super) const FROM_FIELDS: u8 = 27;
    pub(super) const NEEDS_PYTHON: u8 = 16;
    pub(super) const ALIGNED: u8 = 128;
}

/// The numpy from which on times without metadata say `None`, and not an empty dict.
const NO_METADATA: (u8, u8) = (2, 4);

impl Dtype {
    fn flags(&self) -> u8 {
        match &self.kind {
            DtypeKind::Object => flags::OBJECT,
            DtypeKind::Str => flags::STR,
            DtypeKind::Subarray { base, .. } => base.flags(),
            DtypeKind::Record(record) => {
                let fields = record
                    .fields
                    .iter()
                    .map(|field| field.dtype.flags() & flags::FROM_FIELDS);
                let own = if record.aligned { flags::ALIGNED } else { 0 };
                fields.fold(own | flags::NEEDS_PYTHON, |all, field| all | field)
            }
            _ => 0,
        }
    }

    /// Whether arrays of it can be seen as a buffer by other Python code: only such are out-of-band in protocol 5.
    /// Python has no letter for times, nor for a `long double` in another order, and its records go forward only.
    pub(super) fn is_exported(&self) -> bool {
        use DtypeKind::*;
        self.itemsize > 0
            && match &self.kind {
                DateTime(_) | TimeDelta(_) | Object | String => false,
                Float => self.itemsize <= 8 || self.is_native(),
                Complex => self.itemsize <= 16 || self.is_native(),
                Subarray { base, .. } => base.is_exported(),
                Record(record) => {
                    let mut end = 0;
                    record.fields.iter().all(|field| {
                        let forward = field.offset >= end;
                        end = field.offset + field.dtype.itemsize;
                        forward && field.dtype.is_exported()
                    })
                }
                _ => true,
            }
    }

    /// Whether numpy has only one object for it.
    fn is_single(&self) -> bool {
        use DtypeKind::*;
        matches!(self.kind, Bool | Int | UInt | Float | Complex | Object) && self.is_native()
    }
}

/// The dtypes of one array: what numpy has only once is made only once.
pub(super) struct Dtypes<'b, 'g> {
    maker: &'b Maker,
    build: &'b mut Builder<'g>,
    class: Option<Ref>,
    known: HashMap<Dtype, Ref>,
}

impl<'b, 'g> Dtypes<'b, 'g> {
    pub(super) fn new(maker: &'b Maker, build: &'b mut Builder<'g>) -> Self {
        Dtypes {
            maker,
            build,
            class: None,
            known: HashMap::new(),
        }
    }

    pub(super) fn dtype(&mut self, dtype: &Dtype) -> Result<Ref> {
        if let Some(known) = self.known.get(dtype) {
            return Ok(*known);
        }
        let made = self.make(dtype)?;
        if dtype.is_single() {
            self.known.insert(dtype.clone(), made);
        }
        Ok(made)
    }

    fn make(&mut self, dtype: &Dtype) -> Result<Ref> {
        if dtype.kind == DtypeKind::String {
            let module = self.maker.module("_internal");
            let function = self.build.global(module, "_convert_to_stringdtype_kwargs");
            let coerce = self.build.add(1);
            return self.build.call(function, [coerce]);
        }
        let class = *self.class.get_or_insert_with(|| self.build.global("numpy", "dtype"));
        let first = match &dtype.kind {
            DtypeKind::Record(Record { class: true, .. }) => self.build.global("numpy", "record"),
            _ => self.build.add(dtype.code()),
        };
        let (align, copy) = (self.build.add(false), self.build.add(true));
        let made = self.build.call(class, [first, align, copy])?;
        let state = self.state(dtype)?;
        self.build.set_state(made, state)?;
        Ok(made)
    }

    /// `(version, byte order, subarray, names, fields, size, alignment, flags)`, and the unit of times behind it.
    fn state(&mut self, dtype: &Dtype) -> Result<Ref> {
        let none = Ref::NONE;
        let version = self.build.add(if dtype.unit().is_some() { 4 } else { 3 });
        let order = self.build.add(dtype.order.as_char().to_string());
        let (mut subarray, mut names, mut fields) = (none, none, none);
        match &dtype.kind {
            DtypeKind::Subarray { base, shape } => {
                let base = self.dtype(base)?;
                let shape = ints(self.build, shape);
                subarray = self.build.tuple([base, shape]);
            }
            DtypeKind::Record(record) => (names, fields) = self.fields(&record.fields)?,
            _ => {}
        }
        use DtypeKind::*;
        let sized = matches!(dtype.kind, Bytes | Str | Void | Record(_) | Subarray { .. });
        let (size, alignment) = match sized {
            true => (self.build.add(dtype.itemsize), self.build.add(dtype.alignment)),
            false => (self.build.add(-1), self.build.add(-1)),
        };
        // A signed byte, until numpy 2 made room.
        let flags = match self.maker.numpy < (2, 0) {
            true => self.build.add(dtype.flags() as i8),
            false => self.build.add(dtype.flags()),
        };
        let mut state = vec![version, order, subarray, names, fields, size, alignment, flags];
        if let Some(unit) = dtype.unit() {
            state.push(self.unit(unit)?);
        }
        Ok(self.build.tuple(state))
    }

    /// The tuple of names, and the dict of `(dtype, offset)` by name and once more by title.
    fn fields(&mut self, fields: &[Field]) -> Result<(Ref, Ref)> {
        let names: Vec<Ref> = fields.iter().map(|field| self.build.add(field.name())).collect();
        let mut entries = Vec::new();
        for (field, name) in fields.iter().zip(&names) {
            let dtype = self.dtype(field.dtype())?;
            let mut parts = vec![dtype, self.build.add(field.offset())];
            let title = field.title().map(|title| self.build.add(title));
            parts.extend(title);
            let parts = self.build.tuple(parts);
            entries.push((*name, parts));
            entries.extend(title.map(|title| (title, parts)));
        }
        Ok((self.build.tuple(names), self.build.dict(entries)?))
    }

    /// `({}, (b'ns', 1, 1, 1))`, with `None` for the metadata since numpy 2.4.
    fn unit(&mut self, unit: TimeUnit) -> Result<Ref> {
        let base = self.build.add(unit.base.name().as_bytes());
        let count = self.build.add(unit.count);
        let (divisor, event) = (self.build.add(1), self.build.add(1));
        let parts = self.build.tuple([base, count, divisor, event]);
        let metadata = match self.maker.numpy < NO_METADATA {
            true => self.build.dict([])?,
            false => Ref::NONE,
        };
        Ok(self.build.tuple([metadata, parts]))
    }
}
