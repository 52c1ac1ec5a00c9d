//! The columns of a frame.

use super::{Index, IndexKind, found, malformed};
use crate::{
    Kind, Result, Value,
    types::numpy::{DtypeKind, Element, Item, NdArray},
};

/// A column: a name and as many values as the frame has rows.
#[derive(Clone)]
pub struct Column<'g> {
    name: String,
    data: ColumnData<'g>,
}

/// The values of a column.
#[derive(Clone)]
#[non_exhaustive]
pub enum ColumnData<'g> {
    /// Numbers, bools, times without a zone, or Python objects (mostly strings): an array of one dimension.
    Array(NdArray<'g>),
    /// Times in a time zone, as the `datetime64` that they are in UTC.
    Zoned {
        /// The times.
        times: NdArray<'g>,
        /// The zone: a name such as `Europe/Paris`, or `+01:30`; `None` if it has no name that is known.
        zone: Option<String>,
    },
    /// Numbers or bools of which some are missing: pandas' `Int64`, `Float64` and `boolean`.
    Masked {
        /// The values; any where one is missing.
        values: NdArray<'g>,
        /// Whether each is missing: as many bools.
        mask: NdArray<'g>,
    },
    /// Categories.
    Categorical {
        /// The place of each value among the categories; -1 where it is missing.
        codes: NdArray<'g>,
        /// The categories.
        categories: Box<Index<'g>>,
        /// Whether the categories have an order.
        ordered: bool,
    },
    /// An extension array of a class that is not known here, such as an `IntervalArray`.
    Other(Value<'g>),
}

impl<'g> Column<'g> {
    pub(super) fn new(name: String, data: ColumnData<'g>) -> Self {
        Column { name, data }
    }

    /// Its name: a string as it is, anything else as Python shows it (`0`, `(a, 1)`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its values.
    pub fn data(&self) -> &ColumnData<'g> {
        &self.data
    }

    /// The values as numbers or strings; `None` where one is missing: `None`, `NA`, `NaT`, and NaN in a column of objects. In
    /// a column of floats NaN is a value. Times are numbers of their unit, as `i64`; categories are what they stand for.
    ///
    /// # Errors
    /// The first value that `T` does not hold, and columns of unknown extension types.
    pub fn to_vec<T: Element + Clone>(&self) -> Result<Vec<Option<T>>> {
        self.data.to_vec().map_err(|error| {
            let why = error.to_string();
            let why = why.trim_start_matches("pandas: ").trim_start_matches("numpy: ");
            malformed(format!("column {:?}: {why}", self.name))
        })
    }
}

impl<'g> ColumnData<'g> {
    /// How many values there are; `None` for unknown extension types.
    pub fn len(&self) -> Option<usize> {
        match self {
            ColumnData::Array(array) | ColumnData::Zoned { times: array, .. } => Some(array.len()),
            ColumnData::Masked { values, .. } => Some(values.len()),
            ColumnData::Categorical { codes, .. } => Some(codes.len()),
            ColumnData::Other(_) => None,
        }
    }

    /// Whether there are none; `None` for unknown extension types.
    pub fn is_empty(&self) -> Option<bool> {
        self.len().map(|len| len == 0)
    }

    /// The value at a place as text.
    pub(super) fn label(&self, at: usize) -> String {
        let shown = |array: &NdArray<'_>| array.get(&[at]).map(|item| super::index::item_text(&item));
        match self {
            ColumnData::Array(array) | ColumnData::Zoned { times: array, .. } => shown(array),
            ColumnData::Masked { values, mask } => match mask.get(&[at]).and_then(|missing| missing.as_bool()) {
                Some(false) => shown(values),
                _ => Some("<NA>".into()),
            },
            ColumnData::Categorical { codes, categories, .. } => {
                let code = codes.get(&[at]).and_then(|code| code.as_u64());
                let code = code.and_then(|code| usize::try_from(code).ok());
                code.filter(|code| *code < categories.len())
                    .map(|code| categories.label(code))
            }
            ColumnData::Other(_) => None,
        }
        .unwrap_or_else(|| "nan".into())
    }

    pub(super) fn to_vec<T: Element + Clone>(&self) -> Result<Vec<Option<T>>> {
        match self {
            ColumnData::Array(array) | ColumnData::Zoned { times: array, .. } => with_holes(array),
            ColumnData::Masked { values, mask } => {
                let values = values.to_vec::<T>()?.into_iter().zip(mask.to_vec::<bool>()?);
                Ok(values.map(|(value, missing)| (!missing).then_some(value)).collect())
            }
            ColumnData::Categorical { codes, categories, .. } => {
                let categories: Vec<Option<T>> = match categories.kind() {
                    IndexKind::Values(data) => data.to_vec()?,
                    IndexKind::Range { .. } if codes.is_empty() => Vec::new(),
                    // Its length is only a claim: what no code stands for is not made.
                    IndexKind::Range { start, step, .. } => {
                        return codes
                            .to_vec::<i64>()?
                            .into_iter()
                            .map(|code| ranged(code, *start, *step, categories))
                            .collect();
                    }
                    IndexKind::Multi { .. } => return Err(malformed("categories of several levels".into())),
                };
                let codes = codes.to_vec::<i64>()?;
                let each = codes.into_iter().map(|code| match usize::try_from(code) {
                    Ok(at) => categories.get(at).cloned().ok_or_else(|| no_category(code)),
                    Err(_) if code == -1 => Ok(None),
                    Err(_) => Err(no_category(code)),
                });
                each.collect()
            }
            ColumnData::Other(value) => Err(malformed(format!("values of a {} are not known", found(*value)))),
        }
    }
}

fn no_category(code: i64) -> crate::Error {
    malformed(format!("no category has the code {code}"))
}

/// A category of a range.
fn ranged<T: Element>(code: i64, start: i64, step: i64, categories: &Index<'_>) -> Result<Option<T>> {
    if code == -1 {
        return Ok(None);
    }
    let at = usize::try_from(code).ok().filter(|at| *at < categories.len());
    let number = at.and_then(|_| start.checked_add(code.checked_mul(step)?));
    let number = number.ok_or_else(|| no_category(code))?;
    match T::from_item(&Item::Int(number)) {
        Some(value) => Ok(Some(value)),
        None => Err(malformed(format!("{number} is to be read as {}", T::NAME))),
    }
}

/// Whether an object stands for a value that is missing.
pub(super) fn is_missing(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::None => true,
        Kind::Float(value) => value.is_nan(),
        // pandas.NA, and before that was a constant a call; NaT is made by a function.
        Kind::Global(global) => {
            global
                .module
                .to_str()
                .is_some_and(|module| module.starts_with("pandas"))
                && { matches!(global.name.to_str(), Some("NA" | "NaT")) }
        }
        Kind::Object(object) => match object.callable().as_global() {
            Some(global) => matches!(global.name.to_str(), Some("_nat_unpickle" | "C_NAType")),
            None => false,
        },
        _ => false,
    }
}

fn with_holes<T: Element>(array: &NdArray<'_>) -> Result<Vec<Option<T>>> {
    if array.objects().is_some() {
        return array
            .iter()
            .enumerate()
            .map(|(row, item)| match item {
                Item::Object(value) if is_missing(value) => Ok(None),
                item => T::from_item(&item).map(Some).ok_or_else(|| {
                    let found = match &item {
                        Item::Object(value) => found(*value),
                        _ => array.dtype().to_string(),
                    };
                    malformed(format!("row {row} is to be read as {}, found {found}", T::NAME))
                }),
            })
            .collect();
    }
    if matches!(array.dtype().kind(), DtypeKind::DateTime(_) | DtypeKind::TimeDelta(_)) {
        let missing = array
            .iter()
            .map(|item| matches!(item, Item::DateTime(None, _) | Item::TimeDelta(None, _)));
        let values = array.to_vec::<T>()?.into_iter().zip(missing);
        return Ok(values.map(|(value, missing)| (!missing).then_some(value)).collect());
    }
    Ok(array.to_vec::<T>()?.into_iter().map(Some).collect())
}
