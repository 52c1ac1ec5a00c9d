//! pandas writes and brinery reads: pandas 1.5, 2.3 and 3.1.

mod support;

use brinery::{
    Graph, Kind, Options,
    types::{
        numpy::{DtypeKind, Item},
        pandas::{ColumnData, Frame, IndexKind},
    },
};
use support::{
    counted::{run, take, text},
    packages::environment,
};

/// What pandas wrote about one column.
struct Column<'w> {
    name: &'w str,
    dtype: &'w str,
    #[cfg_attr(not(feature = "arrow"), allow(dead_code))]
    arrow: &'w str,
    values: &'w str,
}

/// What pandas wrote about one frame.
struct Record<'w> {
    name: &'w str,
    protocol: &'w str,
    labels: &'w str,
    columns: Vec<Column<'w>>,
    pickle: &'w [u8],
    buffers: Vec<&'w [u8]>,
}

fn records(mut bytes: &[u8]) -> Vec<Record<'_>> {
    let rest = &mut bytes;
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (name, protocol, labels) = (text(rest), text(rest), text(rest));
        let count = |rest: &mut &[u8]| text(rest).parse::<usize>().expect("a number");
        let columns = (0..count(rest)).map(|_| Column {
            name: text(rest),
            dtype: text(rest),
            arrow: text(rest),
            values: text(rest),
        });
        let columns = columns.collect();
        let pickle = take(rest).expect("a pickle");
        let buffers = (0..count(rest)).map(|_| take(rest).expect("a buffer")).collect();
        all.push(Record {
            name,
            protocol,
            labels,
            columns,
            pickle,
            buffers,
        });
    }
    all
}

/// Runs a test over the frames of every environment.
fn each(check: impl Fn(&Frame<'_>, &Record<'_>, &str)) {
    for name in ["classic", "modern", "latest"] {
        if let Some(python) = environment(name) {
            let written = run(&python, "pandas_cases.py", "write", b"");
            let records = records(&written);
            assert!(records.len() > 200, "{name}: only {} pickles", records.len());
            for record in records {
                let Record {
                    name: frame, protocol, ..
                } = record;
                let at = format!(
                    "{frame} of {name} in protocol {protocol}, {} buffers",
                    record.buffers.len()
                );
                let graph = Options::new().read_with_buffers(record.pickle, record.buffers.iter().copied());
                let graph: Graph<'_> = graph.unwrap_or_else(|error| panic!("{at}: {error}"));
                let frame = Frame::from_value(graph.root()).unwrap_or_else(|error| panic!("{at}: {error}"));
                check(&frame, &record, &at);
            }
        }
    }
}

fn float(value: f64) -> String {
    if value.is_nan() {
        "nan".into()
    } else {
        format!("float {:016x}", value.to_bits())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bool(value: bool) -> String {
    format!("bool {}", if value { "True" } else { "False" })
}

/// The values of a column as `values_of` in `pandas_cases.py` has them; `None` if they are not known.
fn values(data: &ColumnData<'_>, column: &brinery::types::pandas::Column<'_>) -> Option<Vec<String>> {
    fn all<T>(values: brinery::Result<Vec<Option<T>>>, text: impl Fn(T) -> String) -> Option<Vec<String>> {
        let values = values.expect("they fit").into_iter();
        Some(values.map(|value| value.map_or("null".into(), &text)).collect())
    }
    let array = match data {
        ColumnData::Array(array)
        | ColumnData::Zoned { times: array, .. }
        | ColumnData::Masked { values: array, .. } => array,
        ColumnData::Categorical { categories, .. } => match categories.kind() {
            IndexKind::Values(inner) => return values(inner, column),
            _ => return all(column.to_vec::<i64>(), |value| format!("int {value}")),
        },
        _ => return None,
    };
    match array.dtype().kind() {
        DtypeKind::Bool => all(column.to_vec::<bool>(), bool),
        DtypeKind::UInt => all(column.to_vec::<u64>(), |value| format!("int {value}")),
        DtypeKind::Int | DtypeKind::DateTime(_) | DtypeKind::TimeDelta(_) => {
            all(column.to_vec::<i64>(), |value| format!("int {value}"))
        }
        DtypeKind::Float => all(column.to_vec::<f64>(), float),
        DtypeKind::Complex => Some(array.iter().map(|_| "complex".into()).collect()),
        DtypeKind::Object => {
            let is_text = |item: Item<'_>| matches!(item, Item::Object(value) if value.as_str().is_some());
            if array.iter().any(is_text)
                && let Ok(texts) = column.to_vec::<String>()
            {
                return all(Ok(texts), |text| format!("str {}", hex(text.as_bytes())));
            }
            let each = array.iter().map(|item| match item {
                Item::Object(value) => match value.kind() {
                    Kind::Str(text) => format!("str {}", hex(text.as_bytes())),
                    Kind::Bytes(bytes) => format!("bytes {}", hex(bytes)),
                    Kind::Bool(value) => bool(value),
                    Kind::Int(value) => format!("int {value}"),
                    Kind::Float(value) if !value.is_nan() => float(value),
                    _ => "null".into(),
                },
                other => panic!("{other:?}"),
            });
            Some(each.collect())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_frame_reads_as_pandas_has_it() {
    each(|frame, record, at| {
        let index = frame.index();
        let labels: Vec<String> = (0..index.len()).map(|row| index.label(row)).collect();
        assert_eq!(labels.join("\n"), record.labels, "{at}");
        assert_eq!(frame.rows(), index.len(), "{at}");
        assert_eq!(frame.columns().len(), record.columns.len(), "{at}");
        for (column, wanted) in frame.columns().iter().zip(&record.columns) {
            let Column { name, dtype, .. } = wanted;
            assert_eq!(column.name(), *name, "{at}");
            match values(column.data(), column) {
                Some(values) => assert_eq!(values.join("\n"), wanted.values, "{at}: {name} of {dtype}"),
                None => {
                    assert_eq!(wanted.values, "?", "{at}: {name} of {dtype}");
                    let error = column.to_vec::<i64>().expect_err("not known").to_string();
                    assert!(
                        error.starts_with(&format!("pandas: column {name:?}: values of a pandas")),
                        "{error}"
                    );
                }
            }
        }
    });
}

#[cfg(feature = "arrow")]
mod arrow {
    use super::*;
    use arrow_array::{Array, RecordBatch, cast::AsArray, types::*};
    use arrow_schema::{DataType, TimeUnit};

    /// The values of an array, as the oracle has them.
    fn texts(array: &dyn Array) -> Vec<String> {
        macro_rules! numbers {
            ($($ty:ident)*) => {{
                $( if let Some(array) = array.as_primitive_opt::<$ty>() {
                    let text = |value| format!("int {value}");
                    return array.iter().map(|value| value.map_or("null".into(), text)).collect();
                } )*
            }};
        }
        numbers!(Int8Type Int16Type Int32Type Int64Type UInt8Type UInt16Type UInt32Type UInt64Type);
        numbers!(TimestampSecondType TimestampMillisecondType TimestampMicrosecondType TimestampNanosecondType);
        numbers!(DurationSecondType DurationMillisecondType DurationMicrosecondType DurationNanosecondType);
        let or_null = |text: Option<String>| text.unwrap_or("null".into());
        match array.data_type() {
            DataType::Boolean => array
                .as_boolean()
                .iter()
                .map(|value| or_null(value.map(bool)))
                .collect(),
            DataType::Float16 => {
                let values = array.as_primitive::<Float16Type>().iter();
                values
                    .map(|value| or_null(value.map(|value| float(value.to_f64()))))
                    .collect()
            }
            DataType::Float32 => {
                let values = array.as_primitive::<Float32Type>().iter();
                values
                    .map(|value| or_null(value.map(|value| float(value.into()))))
                    .collect()
            }
            DataType::Float64 => array
                .as_primitive::<Float64Type>()
                .iter()
                .map(|value| or_null(value.map(float)))
                .collect(),
            DataType::Utf8 => {
                let values = array.as_string::<i32>().iter();
                values
                    .map(|value| or_null(value.map(|text| format!("str {}", hex(text.as_bytes())))))
                    .collect()
            }
            DataType::Binary => {
                let values = array.as_binary::<i32>().iter();
                values
                    .map(|value| or_null(value.map(|bytes| format!("bytes {}", hex(bytes)))))
                    .collect()
            }
            DataType::Null => vec!["null".into(); array.len()],
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                let values = texts(dictionary.values());
                let keys = texts(dictionary.keys());
                let key = |key: String| match key.strip_prefix("int ") {
                    Some(key) => values[key.parse::<usize>().expect("a key")].clone(),
                    None => key,
                };
                keys.into_iter().map(key).collect()
            }
            other => panic!("{other}"),
        }
    }

    /// A type as the oracle calls it.
    fn type_text(data_type: &DataType) -> String {
        let unit = |unit: &TimeUnit| match unit {
            TimeUnit::Second => "s",
            TimeUnit::Millisecond => "ms",
            TimeUnit::Microsecond => "us",
            TimeUnit::Nanosecond => "ns",
        };
        match data_type {
            DataType::Timestamp(in_unit, None) => format!("Timestamp({})", unit(in_unit)),
            DataType::Timestamp(in_unit, Some(zone)) => format!("Timestamp({}, {zone:?})", unit(in_unit)),
            DataType::Duration(in_unit) => format!("Duration({})", unit(in_unit)),
            DataType::Dictionary(key, value) => format!("Dictionary({}, {})", type_text(key), type_text(value)),
            other => other.to_string(),
        }
    }

    #[test]
    fn frames_are_record_batches() {
        each(|frame, record, at| {
            let refused: Vec<&Column<'_>> = record.columns.iter().filter(|column| column.arrow == "-").collect();
            let batch: RecordBatch = match frame.to_record_batch() {
                Ok(batch) => batch,
                Err(error) => {
                    let name = refused.first().unwrap_or_else(|| panic!("{at}: {error}")).name;
                    let starts = format!("pandas: column {name:?}: ");
                    assert!(error.to_string().starts_with(&starts), "{at}: {error}");
                    return;
                }
            };
            assert!(refused.is_empty(), "{at}: {}", refused[0].name);
            assert_eq!(
                (batch.num_rows(), batch.num_columns()),
                (frame.rows(), record.columns.len()),
                "{at}"
            );
            for (wanted, (field, array)) in record
                .columns
                .iter()
                .zip(batch.schema().fields().iter().zip(batch.columns()))
            {
                let Column { name, dtype, .. } = wanted;
                assert_eq!(field.name(), name, "{at}");
                assert_eq!(type_text(array.data_type()), wanted.arrow, "{at}: {name} of {dtype}");
                assert_eq!(texts(array).join("\n"), wanted.values, "{at}: {name} of {dtype}");
            }
        });
    }
}
