//! Tasks for Python workers: a function by value with its arguments, packed without a look at the function.
//!
//! A task's payload is the pickle of `{"fn": function, "args": args, "kwargs": kwargs}`, and all that a worker has to do is
//!
//! ```python
//! task = pickle.loads(payload)
//! result = task["fn"](*task["args"], **task["kwargs"])
//! ```
//!
//! The function is a pickle that somebody else has made, by `cloudpickle.dumps` or `pickle.dumps`. It is spliced in
//! unread, so that a scheduler hands out any number of tasks for the price of copying its bytes:
//!
//! ```
//! use brinery::{Graph, task};
//! let function = b"\x80\x03cbuiltins\nmax\nq\0."; // pickle.dumps(max, 3)
//! let function = task::Prepared::new(function)?;
//! # #[cfg(feature = "serde")] {
//! for i in 0..1000 {
//!     let payload = function.pack(&(i, 500), &())?;
//!     # if i == 7 {
//!     # let graph = Graph::from_slice(&payload)?;
//!     # assert_eq!(graph.root().to_string(), "{'fn': builtins.max, 'args': (7, 500), 'kwargs': {}}");
//!     # }
//! }
//! # }
//! # Ok::<(), brinery::Error>(())
//! ```
//!
//! Arguments are whatever is [`Content`]: Rust values by serde, pickles, graphs.
//!
//! What comes back is the pickle of `{"result": value}` or of `{"error": {…}}`: see [`unpack_result`].

mod outcome;
mod prepared;
mod registry;

pub use outcome::{Outcome, TaskError, unpack_result};
pub use prepared::Prepared;
pub use registry::{FunctionId, FunctionRegistry};

use crate::{error::Result, splice::Content};

/// The payload of one task: the pickle of `{"fn": function, "args": args, "kwargs": kwargs}`.
///
/// `function` is a pickle, spliced in unread. `args` should be a tuple or a list and `kwargs` a dict with `str` keys; a
/// unit, or a pickle of `None`, stands for an empty one. With more than one task for a function, see [`Prepared`].
///
/// ```
/// use brinery::{Graph, Pickle, task};
/// let function = b"\x80\x03cbuiltins\nsorted\nq\0."; // pickle.dumps(sorted, 3)
/// let args = Pickle(b"(lp0\nI3\naI1\na\x85."); // ([3, 1],)
/// # #[cfg(feature = "serde")] {
/// #[derive(serde::Serialize)]
/// struct How {
///     reverse: bool,
/// }
/// let payload = task::pack(function, &args, &How { reverse: true })?;
/// let graph = Graph::from_slice(&payload)?;
/// assert_eq!(
///     graph.root().to_string(),
///     "{'fn': builtins.sorted, 'args': ([3, 1],), 'kwargs': {'reverse': True}}"
/// );
/// # }
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn pack<A: Content + ?Sized, K: Content + ?Sized>(function: &[u8], args: &A, kwargs: &K) -> Result<Vec<u8>> {
    Prepared::new(function)?.pack(args, kwargs)
}
