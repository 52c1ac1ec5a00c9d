//! pandas' frames and series.
//!
//! [`Frame`] finds the columns of a `DataFrame` or `Series` in the blocks in which pandas keeps them, as pandas 1, 2 and 3
//! pickle them. Nothing is copied: a column is a view of its block, [`Column::to_vec`] makes Rust values of it. With the
//! feature `arrow`, a frame is a record batch of Apache Arrow.

#[cfg(feature = "arrow")]
mod arrow;
mod block;
mod column;
mod extension;
mod frame;
mod index;

#[cfg(test)]
mod tests;

pub use column::{Column, ColumnData};
pub use frame::Frame;
pub use index::{Index, IndexKind};

use crate::{Call, Error, ErrorKind, Global, Object, Value};

#[cold]
fn malformed(why: String) -> Error {
    // Names come from the input.
    let end = why.char_indices().nth(500).map_or(why.len(), |(end, _)| end);
    ErrorKind::Malformed(format!("pandas: {}", &why[..end]).into()).into()
}

/// The class or function that makes an object.
fn made_by<'g>(object: &Object<'g>) -> Option<Global<'g>> {
    let callable = object.callable().as_global()?;
    match (object.call(), callable.module.to_str()?, callable.name.to_str()?) {
        // Below protocol 2.
        (Call::Reduce, "copyreg", "_reconstructor" | "__newobj__") => object.args().get(0)?.as_global(),
        _ => Some(callable),
    }
}

/// The same by name, if it is pandas' own. pandas 3 has moved its classes to other modules.
fn class_of<'g>(object: &Object<'g>) -> Option<&'g str> {
    let class = made_by(object)?;
    let module = class.module.to_str()?;
    let ours = module == "pandas" || module.starts_with("pandas.");
    ours.then_some(class.name.to_str()?)
}

/// What a value is, for errors.
fn found(value: Value<'_>) -> String {
    let global = value.as_object().and_then(|object| match made_by(&object) {
        // Compiled classes are the first argument of a function.
        Some(global)
            if global
                .name
                .to_str()
                .is_some_and(|name| name.starts_with("__pyx_unpickle")) =>
        {
            object.args().get(0)?.as_global()
        }
        made => made,
    });
    match global.or_else(|| value.as_global()) {
        Some(global) => format!("{:?}.{:?}", global.module, global.name).replace('\'', ""),
        None => value.type_name().into(),
    }
}
