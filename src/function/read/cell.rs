//! Cells.

use super::{Package, Reader, dill};
use crate::{
    Ref, Result,
    function::model::{CellDef, CellId, Def},
};

/// `_make_cell(value)`, `_make_empty_cell()`, `types.CellType(value)`.
pub(super) fn make(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let value = args.first().copied().filter(|value| !reader.is_empty_mark(*value));
    let id = reader.defs.add_cell(CellDef { node: Some(at), value });
    reader.defs.insert(at, Def::Cell(id));
    Ok(())
}

impl Reader<'_> {
    /// Whether it is what cloudpickle and dill write for the content of a cell that is empty.
    pub(super) fn is_empty_mark(&self, at: Ref) -> bool {
        let value = self.graph.value(at);
        let path = value.as_global().and_then(|global| global.path());
        path.is_some_and(|(module, name)| {
            matches!(name, "_empty_cell_value" | "_CELL_EMPTY") && Package::of(module).is_some()
        }) || dill::is_empty_mark(value)
    }

    /// The cells of a closure: `None` or a tuple.
    pub(super) fn closure(&self, function: Ref, closure: Ref) -> Result<Vec<CellId>> {
        if closure == Ref::NONE {
            return Ok(Vec::new());
        }
        let Some(items) = self.tuple(closure) else {
            return Err(self.malformed(function, "a closure is not a tuple of cells"));
        };
        if !self.copy(items.len()) {
            self.check_copies()?;
        }
        let cells = items.iter().map(|item| match self.defs.get(*item) {
            Some(Def::Cell(id)) => Ok(*id),
            _ => Err(self.malformed(function, "a closure has an item that is not a cell")),
        });
        cells.collect()
    }
}
