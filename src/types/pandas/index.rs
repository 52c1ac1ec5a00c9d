//! The labels of rows and columns.

use super::{ColumnData, class_of, extension, found, frame::only_row, malformed};
use crate::{
    Result, Value,
    types::numpy::{Item, NdArray},
};

/// The labels of rows, or of columns.
#[derive(Clone)]
pub struct Index<'g> {
    name: Option<Value<'g>>,
    kind: IndexKind<'g>,
    len: usize,
}

/// The kinds of an [`Index`].
#[allow(clippy::large_enum_variant)] // A frame has two of them.
#[derive(Clone)]
#[non_exhaustive]
pub enum IndexKind<'g> {
    /// The numbers from `start` to before `stop`.
    Range {
        /// The first.
        start: i64,
        /// What it ends before.
        stop: i64,
        /// The distance of two, not 0.
        step: i64,
    },
    /// Any values, as those of a column.
    Values(ColumnData<'g>),
    /// Several levels: a label is a code for each level, the place of its part there; -1 is none.
    Multi {
        /// The parts of the labels, by level.
        levels: Vec<Index<'g>>,
        /// The codes, by level; of each as many as there are labels.
        codes: Vec<NdArray<'g>>,
        /// The names of the levels; `None` in Python for those without.
        names: Vec<Value<'g>>,
    },
}

impl<'g> Index<'g> {
    /// The index that a value of a pickle stands for.
    ///
    /// # Errors
    /// What is none, or contradicts itself.
    pub fn from_value(value: Value<'g>) -> Result<Self> {
        Index::from_value_at(value, 0)
    }

    pub(super) fn from_value_at(value: Value<'g>, depth: usize) -> Result<Self> {
        let needed = || malformed(format!("an index is needed, found {}", found(value)));
        let object = value.as_object().ok_or_else(needed)?;
        let (class, parts) = (object.args().get(0), object.args().get(1));
        let (Some("_new_Index" | "_new_DatetimeIndex" | "_new_PeriodIndex" | "_new_IntervalIndex"), Some(parts)) =
            (class_of(&object), parts)
        else {
            return Err(needed());
        };
        let class = class
            .and_then(|class| class.as_global()?.name.to_str())
            .unwrap_or_default();
        let name = parts.get("name").filter(|name| !name.is_none());
        let (kind, len) = match class {
            "RangeIndex" => range(parts)?,
            "MultiIndex" => multi(parts, depth)?,
            _ => {
                let data = parts
                    .get("data")
                    .ok_or_else(|| malformed(format!("a {class} has no values")))?;
                let data = values(data, parts, depth)?;
                let len = data
                    .len()
                    .ok_or_else(|| malformed(format!("a {class} of {} is not known", found(value))))?;
                (IndexKind::Values(data), len)
            }
        };
        Ok(Index { name, kind, len })
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its name.
    pub fn name(&self) -> Option<Value<'g>> {
        self.name
    }

    /// What the labels are.
    pub fn kind(&self) -> &IndexKind<'g> {
        &self.kind
    }

    /// The label at a place as text: strings as they are, anything else as Python shows it.
    pub fn label(&self, at: usize) -> String {
        match &self.kind {
            IndexKind::Range { start, step, .. } => {
                let at = i64::try_from(at).unwrap_or(i64::MAX);
                start.wrapping_add(at.wrapping_mul(*step)).to_string()
            }
            IndexKind::Values(data) => data.label(at),
            IndexKind::Multi { levels, codes, .. } => {
                let parts = levels.iter().zip(codes).map(|(level, codes)| {
                    let code = codes.get(&[at]).and_then(|code| code.as_u64());
                    match code
                        .and_then(|code| usize::try_from(code).ok())
                        .filter(|code| *code < level.len)
                    {
                        Some(code) => level.label(code),
                        None => "nan".into(),
                    }
                });
                format!("({})", parts.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

fn range<'g>(parts: Value<'g>) -> Result<(IndexKind<'g>, usize)> {
    let number = |name: &str| parts.get(name).and_then(|number| number.as_i64());
    match (number("start"), number("stop"), number("step")) {
        (Some(start), Some(stop), Some(step)) if step != 0 => {
            let distance = (i128::from(stop) - i128::from(start)) * i128::from(step.signum());
            let step_by = i128::from(step.unsigned_abs());
            let len = if distance <= 0 {
                0
            } else {
                (distance + step_by - 1) / step_by
            };
            let len = usize::try_from(len).map_err(|_| malformed("a RangeIndex is too long".into()))?;
            Ok((IndexKind::Range { start, stop, step }, len))
        }
        _ => Err(malformed("a RangeIndex needs start, stop and step".into())),
    }
}

/// Labels have at most this many parts.
const MOST_LEVELS: usize = 64;

fn multi<'g>(parts: Value<'g>, depth: usize) -> Result<(IndexKind<'g>, usize)> {
    // The codes were called labels before pandas 0.24.
    let codes = parts.get("codes").or_else(|| parts.get("labels"));
    let (Some(levels), Some(codes)) = (parts.get("levels"), codes) else {
        return Err(malformed("a MultiIndex needs levels and codes".into()));
    };
    if depth > 0 || levels.len() > Some(MOST_LEVELS) {
        return Err(malformed(
            "a MultiIndex has too many levels, or levels with levels".into(),
        ));
    }
    let levels: Result<Vec<_>> = levels
        .items()
        .map(|level| Index::from_value_at(level, depth + 1))
        .collect();
    let codes: Result<Vec<_>> = codes.items().map(NdArray::from_value).collect();
    let (levels, codes) = (levels?, codes?);
    let len = codes.first().map_or(0, |codes| codes.len());
    if levels.len() != codes.len() || codes.iter().any(|codes| codes.shape() != [len]) {
        return Err(malformed(
            "the levels and codes of a MultiIndex do not fit together".into(),
        ));
    }
    let names = parts
        .get("names")
        .map(|names| names.items().collect())
        .unwrap_or_default();
    Ok((IndexKind::Multi { levels, codes, names }, len))
}

fn values<'g>(data: Value<'g>, parts: Value<'g>, depth: usize) -> Result<ColumnData<'g>> {
    let one = |array: NdArray<'g>| only_row(array).ok_or_else(|| malformed("an index has one dimension".into()));
    match extension::wrapped_at(data, depth)? {
        // Before pandas 1, times came as numpy's and had their zone beside them.
        extension::Wrapped::Plain(times) => match parts.get("tz").filter(|zone| !zone.is_none()) {
            Some(value) => Ok(ColumnData::Zoned {
                times: one(times)?,
                zone: zone(value),
            }),
            None => Ok(ColumnData::Array(one(times)?)),
        },
        extension::Wrapped::Zoned(times, zone) => Ok(ColumnData::Zoned {
            times: one(times)?,
            zone,
        }),
        extension::Wrapped::Column(data) => Ok(data),
    }
}

/// A label as text.
pub(super) fn text(value: Value<'_>) -> String {
    match value.as_str() {
        Some(text) => text.into(),
        None => value.to_string(),
    }
}

/// An item of an index as text.
pub(super) fn item_text(item: &Item<'_>) -> String {
    match item {
        Item::Int(value) => value.to_string(),
        Item::UInt(value) => value.to_string(),
        Item::Float(value) => crate::number::float_repr(*value),
        Item::Bool(value) => if *value { "True" } else { "False" }.into(),
        Item::Object(value) => text(*value),
        Item::DateTime(Some(value), unit) | Item::TimeDelta(Some(value), unit) => format!("{value} {unit}"),
        other => other.to_text().unwrap_or_else(|| "nan".into()),
    }
}

/// The name of a time zone: of pytz, zoneinfo, dateutil's UTC, or a fixed distance from UTC such as `+01:30`.
pub(super) fn zone(value: Value<'_>) -> Option<String> {
    let object = value.as_object()?;
    let first = object.args().get(0);
    // zoneinfo's method is a call of getattr, unless the pickle names it at once.
    if let Some(method) = object.callable().as_object() {
        let class = method.args().get(0)?.as_global()?;
        return first
            .filter(|_| class.is("zoneinfo", "ZoneInfo"))?
            .as_str()
            .map(Into::into);
    }
    let callable = object.callable().as_global()?;
    let fixed = |minutes: i64| {
        let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
        Some(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
    };
    match (callable.module.to_str()?, callable.name.to_str()?) {
        ("pytz", "_UTC") => Some("UTC".into()),
        ("pytz", "_p") | ("zoneinfo", "ZoneInfo._unpickle") => first?.as_str().map(Into::into),
        ("pytz", "_FixedOffset") => fixed(first?.as_i64()?),
        ("dateutil.tz.tz", "tzutc") => Some("UTC".into()),
        ("datetime", "timezone") => {
            let offset = first?.as_object()?;
            let part = |index: usize| offset.args().get(index).and_then(|part| part.as_i64());
            let (days, seconds) = (part(0)?, part(1)?);
            if days == 0 && seconds == 0 && matches!(part(2), None | Some(0)) {
                return Some("UTC".into());
            }
            let seconds = days.checked_mul(86_400)?.checked_add(seconds)?;
            (seconds % 60 == 0).then(|| fixed(seconds / 60))?
        }
        _ => None,
    }
}
