//! Frames: columns by name.

use super::{Column, Index, block, class_of, found, malformed};
use crate::{Result, Value, types::numpy::NdArray};

/// A `DataFrame`, or a `Series` as a frame of one column.
///
/// ```
/// use brinery::{Graph, types::pandas::Frame};
/// // pickle.dumps(pandas.DataFrame({"n": [1, 2], "m": [3, 4]}), 4) of pandas 2.
/// let bytes = b"\x80\x04\x8c\x11pandas.core.frame\x8c\x09DataFrame\x93)\x81}(\x8c\x04_mgr\x8c\x1epandas.core.internals.m\
///     anagers\x8c\x0cBlockManager\x93\x8c\x16pandas._libs.internals\x8c\x0f_unpickle_block\x93\x8c\x16numpy._c\
///     ore.multiarray\x8c\x0c_reconstruct\x93\x94\x8c\x05numpy\x94\x8c\x07ndarray\x93\x94K\0\x85C\x01b\x94\x87R\
///     (K\x01K\x02K\x02\x86h\x01\x8c\x05dtype\x93\x94\x8c\x02i8\x89\x88\x87R(K\x03\x8c\x01<NNNJ\xff\xff\xff\xff\
///     J\xff\xff\xff\xffK\0tb\x89C \x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0tb\
///     \x8c\x08builtins\x8c\x05slice\x93K\0K\x02K\x01\x87RK\x02\x87R\x85](\x8c\x18pandas.core.indexes.base\x94\
///     \x8c\n_new_Index\x93\x94h\x05\x8c\x05Index\x93}(\x8c\x04datah\0h\x02K\0\x85h\x03\x87R(K\x01K\x02\x85h\
///     \x04\x8c\x02O8\x89\x88\x87R(K\x03\x8c\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89](\x8c\x01n\x8c\
///     \x01metb\x8c\x04name\x94Nu\x86Rh\x06\x8c\x19pandas.core.indexes.range\x8c\nRangeIndex\x93}(h\x07N\x8c\
///     \x05startK\0\x8c\x04stopK\x02\x8c\x04stepK\x01u\x86Re\x86R\x8c\x04_typ\x8c\x09dataframe\x8c\x09_metadata\
///     ]\x8c\x05attrs}\x8c\x06_flags}\x8c\x17allows_duplicate_labels\x88sub.";
/// let graph = Graph::from_slice(bytes)?;
/// let frame = Frame::from_value(graph.root())?;
/// assert_eq!(frame.rows(), 2);
/// let names: Vec<&str> = frame.columns().iter().map(|column| column.name()).collect();
/// assert_eq!(names, ["n", "m"]);
/// assert_eq!(frame.columns()[1].to_vec::<i64>()?, [Some(3), Some(4)]);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Clone)]
pub struct Frame<'g> {
    columns: Vec<Column<'g>>,
    index: Index<'g>,
    rows: usize,
}

/// A frame without rows has at most this many columns: nothing in the pickle pays for them.
const MOST_EMPTY: usize = 1 << 16;

impl<'g> Frame<'g> {
    /// The frame or series that a value of a pickle stands for, of pandas 1.0 to 3.
    ///
    /// # Errors
    /// What is neither, and what contradicts itself: columns without values or with more values than rows. Columns of
    /// extension types that are not known are [`ColumnData::Other`](super::ColumnData::Other).
    pub fn from_value(value: Value<'g>) -> Result<Self> {
        let needed = || malformed(format!("a DataFrame or Series is needed, found {}", found(value)));
        let object = value.as_object().ok_or_else(needed)?;
        let state = object.state().ok_or_else(needed)?;
        let manager = state.get("_mgr").or_else(|| state.get("_data"));
        let manager = manager.ok_or_else(|| malformed("a frame has no blocks".into()));
        match class_of(&object) {
            Some("DataFrame") => frame(manager?),
            Some("Series") => series(state, manager?),
            // Subclasses (of GeoPandas, say) are known by their state.
            _ if state.get("_typ").and_then(|typ| typ.as_str()) == Some("dataframe") => frame(manager?),
            _ if state.get("_typ").and_then(|typ| typ.as_str()) == Some("series") => series(state, manager?),
            _ => Err(needed()),
        }
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column<'g>] {
        &self.columns
    }

    /// The first column of this name.
    pub fn column(&self, name: &str) -> Option<&Column<'g>> {
        self.columns.iter().find(|column| column.name() == name)
    }

    /// The labels of the rows.
    pub fn index(&self) -> &Index<'g> {
        &self.index
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

fn frame(manager: Value<'_>) -> Result<Frame<'_>> {
    let (axes, blocks) = block::parts(manager)?;
    let (Some(names), Some(index)) = (axes.first().copied(), axes.get(1).copied()) else {
        return Err(malformed("a frame has two axes".into()));
    };
    let (names, index) = (Index::from_value(names)?, Index::from_value(index)?);
    let (width, rows) = (names.len(), index.len());
    if rows == 0 && width > MOST_EMPTY {
        return Err(malformed(format!("a frame without rows has {width} columns")));
    }
    let mut placed = std::collections::BTreeMap::new();
    for part in blocks {
        block::columns(part, width, rows, &mut placed)?;
    }
    if placed.len() != width {
        let found = placed.len();
        return Err(malformed(format!(
            "a frame has {width} columns, its blocks have {found}"
        )));
    }
    let columns = placed.into_iter().map(|(at, data)| Column::new(names.label(at), data));
    Ok(Frame {
        columns: columns.collect(),
        index,
        rows,
    })
}

fn series<'g>(state: Value<'g>, manager: Value<'g>) -> Result<Frame<'g>> {
    let (axes, blocks) = block::parts(manager)?;
    let index = axes
        .first()
        .copied()
        .ok_or_else(|| malformed("a series has an index".into()))?;
    let index = Index::from_value(index)?;
    let [part] = blocks.as_slice() else {
        return Err(malformed(format!("a series has one block, not {}", blocks.len())));
    };
    let rows = index.len();
    let data = block::single(*part, rows)?;
    let name = state.get("_name").or_else(|| state.get("name"));
    let name = match name.filter(|name| !name.is_none()) {
        Some(name) => super::index::text(name),
        // As pandas calls the column when it makes a frame of it.
        None => "0".into(),
    };
    Ok(Frame {
        columns: vec![Column::new(name, data)],
        index,
        rows,
    })
}

impl<'g> Value<'g> {
    /// A pandas frame or series; `None` for anything else, and for one that contradicts itself. [`Frame::from_value`] says
    /// what is wrong.
    pub fn as_frame(self) -> Option<Frame<'g>> {
        Frame::from_value(self).ok()
    }
}

/// The only row of a block that may have one or two dimensions.
pub(super) fn only_row(array: NdArray<'_>) -> Option<NdArray<'_>> {
    match array.ndim() {
        1 => Some(array),
        2 if array.shape().first() == Some(&1) => array.row(0),
        _ => None,
    }
}
