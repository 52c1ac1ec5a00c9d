//! Managers and their blocks: several columns of one dtype in one array.

use super::{ColumnData, class_of, extension, found, frame::only_row, malformed};
use crate::{Items, Result, Value, types::numpy::NdArray};
use std::collections::BTreeMap;

/// A block: its values, and which columns of the frame they are. A series has no need of the second.
#[derive(Clone, Copy)]
pub(super) struct Block<'g> {
    values: Value<'g>,
    places: Option<Value<'g>>,
}

/// The axes and the blocks of a `BlockManager` or `SingleBlockManager`.
pub(super) fn parts(manager: Value<'_>) -> Result<(Vec<Value<'_>>, Vec<Block<'_>>)> {
    let needed = || malformed(format!("a BlockManager is needed, found {}", found(manager)));
    let object = manager.as_object().ok_or_else(needed)?;
    match class_of(&object) {
        Some("BlockManager" | "SingleBlockManager") => {}
        _ => return Err(needed()),
    }
    // pandas 1.3 and later: BlockManager(blocks, axes).
    if let (Some(blocks), Some(axes)) = (object.args().get(0), object.args().get(1))
        && object.state().is_none()
    {
        let blocks: Result<_> = blocks.items().map(block).collect();
        return Ok((axes.items().collect(), blocks?));
    }
    // The others, and series to this day: a state of axes, values, items and, under the version that brought it in, a
    // dict that says it all again.
    let state = object.state().and_then(|state| state.get(3)?.get("0.14.1"));
    let state = state.ok_or_else(|| malformed("a BlockManager has neither blocks nor a state that is known".into()))?;
    let axes = state
        .get("axes")
        .ok_or_else(|| malformed("a BlockManager has no axes".into()))?;
    let blocks = state
        .get("blocks")
        .ok_or_else(|| malformed("a BlockManager has no blocks".into()))?;
    let blocks = blocks.items().map(|block| {
        Ok(Block {
            values: block
                .get("values")
                .ok_or_else(|| malformed("a block has no values".into()))?,
            places: block.get("mgr_locs"),
        })
    });
    Ok((axes.items().collect(), blocks.collect::<Result<_>>()?))
}

/// `_unpickle_block(values, placement, ndim)`
fn block(value: Value<'_>) -> Result<Block<'_>> {
    let object = value.as_object();
    let args = match object.map(|object| (class_of(&object), object.args())) {
        Some((Some("_unpickle_block" | "new_block"), args)) => args,
        _ => return Err(malformed(format!("a block is needed, found {}", found(value)))),
    };
    Ok(Block {
        values: args.get(0).ok_or_else(|| malformed("a block has no values".into()))?,
        places: args.get(1),
    })
}

/// Puts the columns of a block where they belong among the `width` columns of the frame.
pub(super) fn columns<'g>(
    block: Block<'g>,
    width: usize,
    rows: usize,
    placed: &mut BTreeMap<usize, ColumnData<'g>>,
) -> Result<()> {
    let places = block
        .places
        .ok_or_else(|| malformed("a block says not where it belongs".into()))?;
    let mut put = |at: usize, data: ColumnData<'g>| match placed.insert(at, data) {
        None => Ok(()),
        Some(_) => Err(malformed(format!("two blocks hold column {at}"))),
    };
    // Times come wrapped, and in two dimensions as well.
    let (array, wrap) = match extension::wrapped(block.values)? {
        extension::Wrapped::Plain(array) => (array, None),
        extension::Wrapped::Zoned(array, zone) => (array, Some(zone)),
        extension::Wrapped::Column(data) => {
            if data.len().is_some_and(|len| len != rows) {
                return Err(malformed(format!("a column has not the length of {rows} rows")));
            }
            return placement(places, width, 1)?
                .into_iter()
                .try_for_each(|at| put(at, data.clone()));
        }
    };
    let of = |array: NdArray<'g>| match &wrap {
        Some(zone) => ColumnData::Zoned {
            times: array,
            zone: zone.clone(),
        },
        None => ColumnData::Array(array),
    };
    let shape = array.shape().to_vec();
    let wrong = || malformed(format!("a block of shape {shape:?} lies in a frame of {rows} rows"));
    match *shape {
        [len] if len == rows => placement(places, width, 1)?
            .into_iter()
            .try_for_each(|at| put(at, of(array.clone()))),
        [count, len] if len == rows => {
            let places = placement(places, width, count)?;
            let mut each = places.into_iter().enumerate();
            each.try_for_each(|(row, at)| put(at, of(array.row(row).ok_or_else(wrong)?)))
        }
        _ => Err(wrong()),
    }
}

/// The values of a series.
pub(super) fn single(block: Block<'_>, rows: usize) -> Result<ColumnData<'_>> {
    let data = match extension::wrapped(block.values)? {
        extension::Wrapped::Plain(array) => only_row(array).map(ColumnData::Array),
        extension::Wrapped::Zoned(array, zone) => only_row(array).map(|times| ColumnData::Zoned { times, zone }),
        extension::Wrapped::Column(data) => Some(data),
    };
    match data {
        Some(data) if data.len().is_none_or(|len| len == rows) => Ok(data),
        _ => Err(malformed(format!(
            "the values of a series are not those of {rows} rows"
        ))),
    }
}

/// A slice or an array of `count` column numbers.
fn placement(value: Value<'_>, width: usize, count: usize) -> Result<Vec<usize>> {
    let wrong = || {
        malformed(format!(
            "a block of {count} columns says not where they are among {width}"
        ))
    };
    let places: Option<Vec<usize>> = match value.as_object() {
        Some(object)
            if object
                .callable()
                .as_global()
                .is_some_and(|global| global.is("builtins", "slice")) =>
        {
            slice(object.args(), width, count)
        }
        Some(_) => {
            let array = NdArray::from_value(value)?;
            let places: Vec<u64> = if array.ndim() == 1 {
                array.to_vec()?
            } else {
                return Err(wrong());
            };
            places.into_iter().map(|at| usize::try_from(at).ok()).collect()
        }
        None => None,
    };
    let fits = |places: &Vec<usize>| places.len() == count && places.iter().all(|at| *at < width);
    places.filter(fits).ok_or_else(wrong)
}

/// `slice(start, stop, step)`, of which the last two may be `None`. No more than `count` numbers and one are made.
fn slice(args: Items<'_>, width: usize, count: usize) -> Option<Vec<usize>> {
    let number = |index: usize| args.get(index).filter(|number| !number.is_none());
    let width = i64::try_from(width).ok()?;
    let step = number(2).map_or(Some(1), |step| step.as_i64())?;
    let start = number(0).map_or(Some(0), |start| start.as_i64())?;
    let most = count.checked_add(1)?;
    let by = usize::try_from(step.unsigned_abs()).ok().filter(|by| *by > 0)?;
    let places = |range: &mut dyn Iterator<Item = i64>| {
        let some = range.step_by(by).take(most);
        some.map(|at| usize::try_from(at).ok()).collect::<Option<Vec<usize>>>()
    };
    if step > 0 {
        let stop = number(1).map_or(Some(width), |stop| stop.as_i64())?;
        return places(&mut (start..stop.min(width)));
    }
    // Backwards, down to the first column where there is no stop.
    let stop = number(1).map_or(Some(-1), |stop| stop.as_i64().filter(|stop| *stop >= 0))?;
    places(&mut (stop + 1..=start.min(width)).rev())
}
