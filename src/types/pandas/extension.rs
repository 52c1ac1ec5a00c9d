//! The arrays that pandas has beside numpy's: times, categories, numbers with holes, strings.

use super::{ColumnData, Index, class_of, found, frame::only_row, malformed};
use crate::{
    Object, Result, Value,
    types::numpy::{DtypeKind, NdArray},
};

/// What the values of a block are.
pub(super) enum Wrapped<'g> {
    /// An array whose first axis, if it has two, are the columns.
    Plain(NdArray<'g>),
    /// The same of times in a time zone.
    Zoned(NdArray<'g>, Option<String>),
    /// One column.
    Column(ColumnData<'g>),
}

pub(super) fn wrapped<'g>(value: Value<'g>) -> Result<Wrapped<'g>> {
    wrapped_at(value, 0)
}

/// Categories are an index, whose values may be categories.
const DEEPEST: usize = 8;

pub(super) fn wrapped_at<'g>(value: Value<'g>, depth: usize) -> Result<Wrapped<'g>> {
    if depth > DEEPEST {
        return Err(malformed(format!("more than {DEEPEST} arrays lie within each other")));
    }
    let other = || Ok(Wrapped::Column(ColumnData::Other(value)));
    let Some(object) = value.as_object() else {
        return Err(malformed(format!("an array is needed, found {}", found(value))));
    };
    let class = match class_of(&object) {
        // Of compiled code: the class is the first argument.
        Some("__pyx_unpickle_NDArrayBacked") => {
            let class = object.args().get(0).and_then(|class| class.as_global());
            class.and_then(|class| class.name.to_str())
        }
        Some(class) => Some(class),
        None => return NdArray::from_value(value).map(Wrapped::Plain),
    };
    let parts = Parts::of(&object);
    match class.unwrap_or_default() {
        // The thin wrapper around numpy's own dtypes.
        "PandasArray" | "NumpyExtensionArray" => plain(parts.values(&["_ndarray"])?),
        "DatetimeArray" => {
            let array = parts.values(&["_data", "_ndarray"])?;
            match parts.dtype.and_then(|dtype| dtype.as_object()) {
                Some(dtype) if class_of(&dtype) == Some("DatetimeTZDtype") => {
                    let zone = dtype.state().and_then(|state| state.get("tz"));
                    Ok(Wrapped::Zoned(array, zone.and_then(super::index::zone)))
                }
                _ => plain(array),
            }
        }
        "TimedeltaArray" => plain(parts.values(&["_data", "_ndarray"])?),
        "Categorical" => {
            let codes = parts.values(&["_codes", "_ndarray"])?;
            let dtype = parts.dtype.and_then(|dtype| dtype.as_object()?.state());
            let categories = dtype.and_then(|dtype| dtype.get("categories"));
            let categories = categories.ok_or_else(|| malformed("a Categorical has no categories".into()))?;
            Ok(Wrapped::Column(ColumnData::Categorical {
                codes: row(codes)?,
                categories: Box::new(Index::from_value_at(categories, depth + 1)?),
                ordered: dtype.and_then(|dtype| dtype.get("ordered")?.as_bool()) == Some(true),
            }))
        }
        "IntegerArray" | "FloatingArray" | "BooleanArray" => {
            let state = parts.state.ok_or_else(|| malformed("an array has no state".into()))?;
            let part = |name: &str| {
                let array = state
                    .get(name)
                    .ok_or_else(|| malformed(format!("an array has no {name}")))?;
                row(NdArray::from_value(array)?)
            };
            let (values, mask) = (part("_data")?, part("_mask")?);
            if values.len() != mask.len() || *mask.dtype().kind() != DtypeKind::Bool {
                return Err(malformed(
                    "the mask of an array is not a bool for each of its values".into(),
                ));
            }
            Ok(Wrapped::Column(ColumnData::Masked { values, mask }))
        }
        "StringArray" => {
            let array = row(parts.values(&["_ndarray"])?)?;
            Ok(Wrapped::Column(ColumnData::Array(array)))
        }
        _ => other(),
    }
}

fn plain(array: NdArray<'_>) -> Result<Wrapped<'_>> {
    Ok(Wrapped::Plain(array))
}

fn row(array: NdArray<'_>) -> Result<NdArray<'_>> {
    let shape = array.shape().to_vec();
    only_row(array).ok_or_else(|| malformed(format!("a column has shape {shape:?}")))
}

/// What the state of an array says: `(dtype, array, attributes)` since pandas 1.3, a dict before.
struct Parts<'g> {
    state: Option<Value<'g>>,
    dtype: Option<Value<'g>>,
    array: Option<Value<'g>>,
}

impl<'g> Parts<'g> {
    fn of(object: &Object<'g>) -> Self {
        let state = object.state();
        let (first, second) = (
            state.and_then(|state| state.get(0)),
            state.and_then(|state| state.get(1)),
        );
        let (dtype, array) = match (first, second) {
            (Some(first), second) if first.as_ndarray().is_some() => (second, Some(first)),
            _ => (first, second),
        };
        let by_name = |names: [&str; 2]| names.iter().find_map(|name| state?.get(*name));
        Parts {
            state,
            dtype: dtype.or_else(|| by_name(["_dtype", "dtype"])),
            array,
        }
    }

    fn values(&self, names: &[&str]) -> Result<NdArray<'g>> {
        let named = || names.iter().find_map(|name| self.state?.get(*name));
        match self.array.or_else(named) {
            Some(array) => NdArray::from_value(array),
            None => Err(malformed("an extension array has no values".into())),
        }
    }
}
