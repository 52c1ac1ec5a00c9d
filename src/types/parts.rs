//! Objects in their parts, for types that are read with what plain data does not tell.

use super::{classes::Member, made::path_of};
use crate::{Value, serde::token};

/// A part of an object.
#[derive(Debug)]
#[allow(dead_code)]
pub(crate) enum Part<'g> {
    /// Nothing.
    None,
    /// A number.
    Count(usize),
    /// Text that is no value of its own.
    Text(String),
    /// Bytes that are no value of their own.
    Bytes(Vec<u8>),
    /// A value.
    Value(Value<'g>),
    /// Values in order.
    Seq(Vec<Value<'g>>),
    /// Keys and values in order.
    Map(Vec<(Value<'g>, Value<'g>)>),
}

impl<'g> Part<'g> {
    /// An import by its path, anything else that can be called as it is.
    fn callable(value: Value<'g>) -> Part<'g> {
        path_of(value).map_or(Part::Value(value), Part::Text)
    }
}

/// The parts of an object, if it is of the kind that a token asks for. Each type knows what it makes of its own.
#[allow(dead_code)]
pub(crate) fn parts<'g>(token: &str, value: Value<'g>) -> Option<Vec<Part<'g>>> {
    Some(match token {
        token::ARRAY => {
            let array = value.as_array()?;
            let (format, bytes) = array.to_bytes();
            let code = array.typecode().to_string();
            vec![Part::Text(code), Part::Count(format.into()), Part::Bytes(bytes)]
        }
        token::CHAIN_MAP => vec![Part::Seq(value.as_chain_map()?)],
        token::DEFAULT_DICT => {
            let dict = value.as_defaultdict()?;
            vec![dict.factory.map_or(Part::None, Part::callable), Part::Map(dict.items)]
        }
        token::DEQUE => {
            let deque = value.as_deque()?;
            vec![
                deque.maxlen.map_or(Part::None, Part::Count),
                Part::Seq(deque.items.into()),
            ]
        }
        token::ENUM_MEMBER => {
            let member = value.as_enum_member()?;
            let (by_name, which) = match member.member {
                Member::Value(value) => (0, Part::Value(value)),
                Member::Name(name) => (1, Part::Text(name)),
                // Of several there is no one value or name.
                Member::Flags(_) => return None,
            };
            vec![Part::Text(member.class), Part::Count(by_name), which]
        }
        token::EXCEPTION => {
            let error = value.as_exception()?;
            let state = error.state.map_or(Part::None, Part::Value);
            vec![Part::Text(error.class), Part::Seq(error.args), state]
        }
        #[cfg(feature = "ndarray")]
        token::NDARRAY => {
            let (dtype, shape, fortran, bytes) = super::numpy::parts_of(&value.as_ndarray()?)?;
            vec![
                Part::Text(dtype),
                Part::Text(shape),
                Part::Count(fortran.into()),
                Part::Bytes(bytes),
            ]
        }
        token::PARTIAL => {
            let partial = value.as_partial()?;
            vec![
                Part::callable(partial.func),
                Part::Seq(partial.args),
                Part::Map(partial.keywords),
            ]
        }
        _ => return None,
    })
}
