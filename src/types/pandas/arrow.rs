//! Frames as record batches of Apache Arrow.

use super::{Column, ColumnData, Frame, Index, column::is_missing, found, malformed};
use crate::{
    Kind, Result, Value,
    types::numpy::{DtypeKind, Element, Item, NdArray, TimeBase, TimeUnit as Unit},
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, DictionaryArray, NullArray, PrimitiveArray,
    RecordBatch, RecordBatchOptions, StringArray, types::*,
};
use arrow_schema::{Field, Schema, TimeUnit};
use std::sync::Arc;

impl Frame<'_> {
    /// The columns as a record batch. Their names are theirs in the batch; the index is left out.
    ///
    /// Bools and numbers keep their types; times become timestamps (with their zone) and durations; objects become strings,
    /// bytes, bools, `Int64` or `Float64`, if all of a column are; categories become dictionaries. What is missing
    /// (`None`, `NA`, `NaT`, a masked value, NaN among objects) is null. NaN among floats stays NaN.
    ///
    /// # Errors
    /// Columns of objects of several kinds, of complex numbers, of units of time that Arrow has not, and of unknown
    /// extension types, by their names.
    pub fn to_record_batch(&self) -> Result<RecordBatch> {
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for column in self.columns() {
            let array = self.array(column)?;
            fields.push(Field::new(column.name(), array.data_type().clone(), true));
            arrays.push(array);
        }
        let schema = Arc::new(Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows()));
        RecordBatch::try_new_with_options(schema, arrays, &options).map_err(|error| malformed(error.to_string()))
    }

    fn array(&self, column: &Column<'_>) -> Result<ArrayRef> {
        data(column.data()).map_err(|error| {
            let why = error.to_string();
            let why = why.trim_start_matches("pandas: ").trim_start_matches("numpy: ");
            malformed(format!("column {:?}: {why}", column.name()))
        })
    }
}

fn data(column: &ColumnData<'_>) -> Result<ArrayRef> {
    match column {
        ColumnData::Array(array) => plain(array, column, None),
        ColumnData::Zoned { times, zone } => match zone {
            Some(zone) => plain(times, column, Some(zone)),
            None => Err(malformed("the time zone has no name".into())),
        },
        ColumnData::Masked { values, .. } => plain(values, column, None),
        ColumnData::Categorical { codes, categories, .. } => categorical(codes, categories),
        ColumnData::Other(value) => Err(malformed(format!("a {} has no counterpart", found(*value)))),
    }
}

fn numbers<T: ArrowPrimitiveType>(column: &ColumnData<'_>) -> Result<ArrayRef>
where
    T::Native: Element + Clone,
{
    let values = column.to_vec::<T::Native>()?;
    Ok(Arc::new(PrimitiveArray::<T>::from_iter(values)))
}

/// The values of a column whose array this is.
fn plain(array: &NdArray<'_>, column: &ColumnData<'_>, zone: Option<&str>) -> Result<ArrayRef> {
    let dtype = array.dtype();
    match (dtype.kind(), dtype.itemsize()) {
        (DtypeKind::Bool, _) => Ok(Arc::new(BooleanArray::from_iter(column.to_vec::<bool>()?))),
        (DtypeKind::Int, 1) => numbers::<Int8Type>(column),
        (DtypeKind::Int, 2) => numbers::<Int16Type>(column),
        (DtypeKind::Int, 4) => numbers::<Int32Type>(column),
        (DtypeKind::Int, _) => numbers::<Int64Type>(column),
        (DtypeKind::UInt, 1) => numbers::<UInt8Type>(column),
        (DtypeKind::UInt, 2) => numbers::<UInt16Type>(column),
        (DtypeKind::UInt, 4) => numbers::<UInt32Type>(column),
        (DtypeKind::UInt, _) => numbers::<UInt64Type>(column),
        (DtypeKind::Float, 2) => {
            let halves = column
                .to_vec::<f64>()?
                .into_iter()
                .map(|value| value.map(half::f16::from_f64));
            Ok(Arc::new(PrimitiveArray::<Float16Type>::from_iter(halves)))
        }
        (DtypeKind::Float, 4) => numbers::<Float32Type>(column),
        (DtypeKind::Float, 8) => numbers::<Float64Type>(column),
        (DtypeKind::DateTime(unit), _) => timestamps(column, *unit, zone),
        (DtypeKind::TimeDelta(unit), _) => durations(column, *unit),
        (DtypeKind::Object | DtypeKind::String, _) => objects(array, column),
        (DtypeKind::Str, _) => strings(column),
        _ => Err(malformed(format!("{dtype} has no counterpart"))),
    }
}

fn strings(column: &ColumnData<'_>) -> Result<ArrayRef> {
    Ok(Arc::new(StringArray::from_iter(column.to_vec::<String>()?)))
}

fn unit(unit: Unit) -> Result<TimeUnit> {
    Ok(match unit {
        Unit {
            base: TimeBase::Second,
            count: 1,
        } => TimeUnit::Second,
        Unit {
            base: TimeBase::Millisecond,
            count: 1,
        } => TimeUnit::Millisecond,
        Unit {
            base: TimeBase::Microsecond,
            count: 1,
        } => TimeUnit::Microsecond,
        Unit {
            base: TimeBase::Nanosecond,
            count: 1,
        } => TimeUnit::Nanosecond,
        other => return Err(malformed(format!("times in units of {other} have no counterpart"))),
    })
}

fn timestamps(column: &ColumnData<'_>, in_unit: Unit, zone: Option<&str>) -> Result<ArrayRef> {
    fn of<T: ArrowTimestampType>(values: Vec<Option<i64>>, zone: Option<&str>) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::from_iter(values).with_timezone_opt(zone))
    }
    let values = column.to_vec::<i64>()?;
    Ok(match unit(in_unit)? {
        TimeUnit::Second => of::<TimestampSecondType>(values, zone),
        TimeUnit::Millisecond => of::<TimestampMillisecondType>(values, zone),
        TimeUnit::Microsecond => of::<TimestampMicrosecondType>(values, zone),
        TimeUnit::Nanosecond => of::<TimestampNanosecondType>(values, zone),
    })
}

fn durations(column: &ColumnData<'_>, in_unit: Unit) -> Result<ArrayRef> {
    match unit(in_unit)? {
        TimeUnit::Second => numbers::<DurationSecondType>(column),
        TimeUnit::Millisecond => numbers::<DurationMillisecondType>(column),
        TimeUnit::Microsecond => numbers::<DurationMicrosecondType>(column),
        TimeUnit::Nanosecond => numbers::<DurationNanosecondType>(column),
    }
}

/// Objects of one kind. The first that is not missing says which.
fn objects(array: &NdArray<'_>, column: &ColumnData<'_>) -> Result<ArrayRef> {
    let values = array.iter().filter_map(|item| match item {
        Item::Object(value) => Some(value),
        _ => None,
    });
    let mut present = values.filter(|value: &Value<'_>| !is_missing(*value));
    match present.next().map(|value| value.kind()) {
        None => Ok(Arc::new(NullArray::new(array.len()))),
        Some(Kind::Str(_)) => strings(column),
        Some(Kind::Bytes(_)) => Ok(Arc::new(BinaryArray::from_iter(column.to_vec::<Vec<u8>>()?))),
        Some(Kind::Bool(_)) => Ok(Arc::new(BooleanArray::from_iter(column.to_vec::<bool>()?))),
        Some(Kind::Int(_)) => numbers::<Int64Type>(column),
        Some(Kind::Float(_)) => numbers::<Float64Type>(column),
        Some(_) => Err(malformed("its objects have no counterpart".into())),
    }
}

fn categorical(codes: &NdArray<'_>, categories: &Index<'_>) -> Result<ArrayRef> {
    let super::IndexKind::Values(values) = categories.kind() else {
        return Err(malformed("categories of this kind have no counterpart".into()));
    };
    let values = data(values)?;
    fn of<T: ArrowDictionaryKeyType>(codes: &NdArray<'_>, values: ArrayRef) -> Result<ArrayRef>
    where
        T::Native: Element + From<i8>,
    {
        let codes = codes.to_vec::<T::Native>()?.into_iter();
        let codes = codes.map(|code| (code != T::Native::from(-1)).then_some(code));
        let keys = PrimitiveArray::<T>::from_iter(codes);
        match DictionaryArray::try_new(keys, values) {
            Ok(array) => Ok(Arc::new(array)),
            Err(error) => Err(malformed(error.to_string())),
        }
    }
    match codes.dtype().itemsize() {
        1 => of::<Int8Type>(codes, values),
        2 => of::<Int16Type>(codes, values),
        4 => of::<Int32Type>(codes, values),
        _ => of::<Int64Type>(codes, values),
    }
}
