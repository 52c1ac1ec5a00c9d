//! `functools.partial`.

use super::made::{Made, nested};
use crate::{Kind, Value};

/// A `functools.partial`: a function with some of its arguments.
///
/// In other formats a struct of `func`, `args` and `keywords`.
///
/// ```
/// use brinery::Graph;
/// let graph = Graph::from_slice(
///     b"\x80\x02cfunctools\npartial\nc__builtin__\nint\nq\0\x85R(h\0X\x02\0\0\010\x85}X\x04\0\0\0baseK\x02sNtb.",
/// )?;
/// let partial = graph.root().as_partial().expect("a partial");
/// assert_eq!(partial.func.to_string(), "builtins.int");
/// assert_eq!(partial.args[0].as_str(), Some("10"));
/// assert_eq!(partial.keywords[0].1.as_i64(), Some(2));
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Partial<A, K, F = String> {
    /// The function: as a `String`, its path, such as `builtins:int`.
    pub func: F,
    /// The positional arguments it is called with first.
    pub args: A,
    /// The keyword arguments.
    pub keywords: K,
}

/// As the graph has it.
type Found<'g> = Partial<Vec<Value<'g>>, Vec<(Value<'g>, Value<'g>)>, Value<'g>>;

impl<'g> Value<'g> {
    /// A `partial` of this very class, with everything as values. Attributes that were set on it are in its state only.
    pub fn as_partial(self) -> Option<Found<'g>> {
        let made = Made::by(self, "functools", "partial")?;
        let Kind::Tuple(state) = made.object.state()?.kind() else {
            return None;
        };
        let (func, args, keywords) = (state.get(0)?, state.get(1)?, state.get(2)?);
        let Kind::Tuple(args) = args.kind() else {
            return None;
        };
        let keywords = match keywords.kind() {
            Kind::None => Vec::new(),
            Kind::Dict(entries) => entries.iter().collect(),
            _ => return None,
        };
        Some(Partial {
            func,
            args: args.iter().collect(),
            keywords,
        })
    }

    /// The object and the name of `getattr(object, name)`: a bound method, or a method of a built-in class, of Python 3.
    pub fn as_method(self) -> Option<(Value<'g>, &'g str)> {
        nested(self)
    }
}
