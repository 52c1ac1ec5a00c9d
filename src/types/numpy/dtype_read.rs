//! Dtypes from pickles: `numpy.dtype('f8', False, True)` with a state.

use super::{ByteOrder, Dtype, DtypeKind, Field, TimeBase, TimeUnit, dtype::MOST_DIMENSIONS, malformed, text_of};
use crate::{Items, Kind, Object, Result, Value};
use std::{borrow::Cow, collections::HashMap};

/// How deep dtypes may lie in each other. numpy itself has no bound, people stop at three.
const DEEPEST: usize = 32;

/// What a dtype may cost in all. A few shared dtypes can stand for a tree without end, so it is not the input that pays.
const BUDGET: usize = 1 << 22;

/// What a dtype costs, without its names.
const COST: usize = 32;

/// The flag of dtypes made with `align=True`.
const ALIGNED: i64 = 0x80;

impl Dtype {
    /// The dtype that a value of a pickle stands for: a `numpy.dtype` as numpy of any version writes it, with its state.
    ///
    /// ```
    /// use brinery::{Graph, types::numpy::Dtype};
    /// let bytes = b"\x80\x02cnumpy\ndtype\nX\x02\0\0\0i4\x89\x88\x87R(K\x03X\x01\0\0\0>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb.";
    /// let graph = Graph::from_slice(bytes)?;
    /// assert_eq!(Dtype::from_value(graph.root())?, ">i4".parse()?);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    ///
    /// # Errors
    /// What is no dtype, or one whose state contradicts itself: fields beyond the item, sizes that do not fit, more than 32
    /// dtypes within each other. User-defined dtypes are named.
    pub fn from_value(value: Value<'_>) -> Result<Dtype> {
        Reader { left: BUDGET }.dtype(value, 0)
    }
}

struct Reader {
    left: usize,
}

impl Reader {
    fn pay(&mut self, cost: usize) -> Result<()> {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(malformed("the dtype has too many fields".into())),
        }
    }

    fn dtype(&mut self, value: Value<'_>, depth: usize) -> Result<Dtype> {
        self.pay(COST)?;
        if depth > DEEPEST {
            return Err(malformed(format!("more than {DEEPEST} dtypes lie within each other")));
        }
        let no_dtype = || malformed(format!("a dtype is needed, found {}", value.type_name()));
        let object = value.as_object().ok_or_else(no_dtype)?;
        let callable = object.callable().as_global().ok_or_else(no_dtype)?;
        if callable.name.to_str() == Some("_convert_to_stringdtype_kwargs") {
            return Ok(Dtype::plain(DtypeKind::String, 16, ByteOrder::None));
        }
        if !callable.is("numpy", "dtype") && !callable.is("numpy.core.multiarray", "dtype") {
            let (module, name) = (callable.module, callable.name);
            return Err(malformed(format!("a dtype is needed, found {module:?}.{name:?}")));
        }
        let state = match object.state() {
            Some(state) => Some(State::new(state)?),
            None => None,
        };
        let (made, class) = made(object)?;
        let Some(state) = state else {
            return Ok(made);
        };
        let mut dtype = self.with_state(made, &state, depth)?;
        if let DtypeKind::Record(record) = &mut dtype.kind {
            record.class = class;
        }
        Ok(dtype)
    }

    fn with_state(&mut self, made: Dtype, state: &State<'_>, depth: usize) -> Result<Dtype> {
        let order = text_of(state.order)
            .and_then(|text| text.chars().next())
            .and_then(ByteOrder::from_char)
            .ok_or_else(|| malformed("a dtype has no byte order".into()))?;
        Ok(match made.kind {
            DtypeKind::Void if !state.subarray.is_none() => self.subarray(state, depth)?,
            DtypeKind::Void if !state.fields.is_none() => self.record(state, depth)?,
            DtypeKind::Bytes | DtypeKind::Str | DtypeKind::Void => {
                let size = state.size()?;
                if matches!(made.kind, DtypeKind::Str) && size % 4 != 0 {
                    return Err(malformed(format!("code points take 4 bytes each, not {size}")));
                }
                Dtype::plain(made.kind, super::dtype::checked_size(size)?, order)
            }
            DtypeKind::DateTime(_) => Dtype::plain(DtypeKind::DateTime(state.unit()?), 8, order),
            DtypeKind::TimeDelta(_) => Dtype::plain(DtypeKind::TimeDelta(state.unit()?), 8, order),
            kind => Dtype::plain(kind, made.itemsize, order),
        })
    }

    fn subarray(&mut self, state: &State<'_>, depth: usize) -> Result<Dtype> {
        let parts = state.subarray.as_items().filter(|parts| parts.len() == 2);
        let (Some(base), Some(shape)) = (
            parts.and_then(|parts| parts.get(0)),
            parts.and_then(|parts| parts.get(1)),
        ) else {
            return Err(malformed("a subarray needs a dtype and a shape".into()));
        };
        let base = self.dtype(base, depth + 1)?;
        let shape = match shape.as_i64() {
            Some(_) => vec![super::read::length(shape)?],
            None => super::read::shape(shape, MOST_DIMENSIONS)?,
        };
        let dtype = Dtype::subarray(base, &shape)?;
        let size = state.size()?;
        if dtype.itemsize != size {
            let needs = dtype.itemsize;
            return Err(malformed(format!("{dtype} takes {needs} bytes, its dtype says {size}")));
        }
        Ok(dtype)
    }

    fn record(&mut self, state: &State<'_>, depth: usize) -> Result<Dtype> {
        let entries = state
            .fields
            .as_dict()
            .ok_or_else(|| malformed(format!("fields are a dict, not {}", state.fields.type_name())))?;
        let mut by_name = HashMap::new();
        let mut names = state.names;
        for (key, value) in entries.iter() {
            match text_of(key) {
                Some(name) => {
                    by_name.insert(name, value);
                }
                // Before version 2 of the state, the names lie here.
                None if key.as_i64() == Some(-1) && state.version < 2 => names = Some(value),
                // A title that is not text.
                None => {}
            }
        }
        let names = names
            .and_then(|names| names.as_items())
            .ok_or_else(|| malformed("the fields of a dtype have no names".into()))?;
        let mut fields = Vec::new();
        for name in names {
            let name = text_of(name).ok_or_else(|| malformed("the name of a field is no text".into()))?;
            let parts = by_name
                .get(&name)
                .and_then(|field| field.as_items())
                .ok_or_else(|| malformed(format!("there is no field {name:?}")))?;
            fields.push(self.field(&name, parts, depth)?);
        }
        Dtype::record_at(fields, state.size()?, state.flags & ALIGNED != 0)
    }

    fn field(&mut self, name: &str, parts: Items<'_>, depth: usize) -> Result<Field> {
        let (Some(dtype), Some(offset)) = (parts.get(0), parts.get(1)) else {
            return Err(malformed(format!("the field {name:?} needs a dtype and an offset")));
        };
        let title = parts.get(2).and_then(text_of);
        self.pay(name.len() + title.as_ref().map_or(0, |title| title.len()))?;
        let mut field = Field::new(name, self.dtype(dtype, depth + 1)?).at(super::read::length(offset)?);
        field.title = title.map(Cow::into_owned);
        Ok(field)
    }
}

/// What `numpy.dtype` makes of its arguments, before it has a state; and whether its items are `numpy.record`s.
fn made(object: Object<'_>) -> Result<(Dtype, bool)> {
    let first = object
        .args()
        .get(0)
        .ok_or_else(|| malformed("numpy.dtype has no arguments".into()))?;
    if let Kind::Global(class) = first.kind() {
        let void = || Dtype::plain(DtypeKind::Void, 0, ByteOrder::None);
        return match class.name.to_str() {
            Some("record") => Ok((void(), true)),
            Some("void") => Ok((void(), false)),
            _ => Err(malformed(format!(
                "{:?}.{:?} is a dtype of its own, which only its module knows",
                class.module, class.name
            ))),
        };
    }
    let text = text_of(first).ok_or_else(|| malformed("numpy.dtype needs text".into()))?;
    Ok((text.parse()?, false))
}

/// The tuple given to `numpy.dtype.__setstate__`.
struct State<'g> {
    version: i64,
    order: Value<'g>,
    subarray: Value<'g>,
    names: Option<Value<'g>>,
    fields: Value<'g>,
    size: Value<'g>,
    flags: i64,
    metadata: Option<Value<'g>>,
}

impl<'g> State<'g> {
    fn new(value: Value<'g>) -> Result<Self> {
        let wrong = || malformed("the state of a dtype is a tuple of 5 to 9 items".into());
        let Kind::Tuple(items) = value.kind() else {
            return Err(wrong());
        };
        let get = |index: usize| items.get(index).ok_or_else(wrong);
        // Without a version it is 0, and without names they lie in the fields.
        let first = usize::from(items.len() > 5);
        let fields = 2 + first + usize::from(items.len() > 6);
        let version = if first == 1 { get(0)?.as_i64() } else { Some(0) };
        let version = match version {
            Some(version @ 0..=4) if (5..=9).contains(&items.len()) => version,
            Some(version) if items.len() > 5 => {
                return Err(malformed(format!("a dtype's state of version {version} is not known")));
            }
            _ => return Err(wrong()),
        };
        Ok(State {
            version,
            order: get(first)?,
            subarray: get(first + 1)?,
            names: if items.len() > 6 { items.get(3) } else { None },
            fields: get(fields)?,
            size: get(fields + 1)?,
            flags: items.get(7).and_then(|flags| flags.as_i64()).unwrap_or(0),
            metadata: items.get(8),
        })
    }

    fn size(&self) -> Result<usize> {
        super::read::length(self.size)
    }

    /// The unit in the metadata: `({…}, (b'ns', 1, 1, 1))`. Older pickles have no divisor in it, or no metadata at all.
    fn unit(&self) -> Result<TimeUnit> {
        let Some(parts) = self.metadata.and_then(|metadata| metadata.get(1)) else {
            return Ok(TimeBase::Generic.into());
        };
        let number = |index: usize| parts.get(index).and_then(|number| number.as_i64());
        let base = parts
            .get(0)
            .and_then(text_of)
            .and_then(|name| TimeBase::from_name(&name));
        let count = number(1).and_then(|count| u32::try_from(count).ok());
        let divisor = if parts.len() == Some(4) { number(2) } else { Some(1) };
        match (base, count, divisor) {
            (Some(base), Some(count @ 1..), Some(1)) => Ok(TimeUnit { base, count }),
            _ => Err(malformed("the unit of a datetime64 is not known".into())),
        }
    }
}
