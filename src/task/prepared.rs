//! A function made ready to be packed.

use crate::{
    error::Result,
    opcode::Op,
    splice::{Begun, Content, Part, Splice},
};

/// A function made ready to be packed into any number of tasks.
///
/// It holds the beginning of the payload, up to the arguments: packing copies it and writes the arguments behind.
///
/// ```
/// use brinery::{Graph, Pickle, task::Prepared};
/// let function = Prepared::new(b"\x80\x03cbuiltins\nmax\nq\0.")?;
/// let payload = function.pack(&Pickle(b"K\x03K\x05\x86."), &Pickle(b"N."))?;
/// let graph = Graph::from_slice(&payload)?;
/// assert_eq!(graph.root().to_string(), "{'fn': builtins.max, 'args': (3, 5), 'kwargs': {}}");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Prepared {
    head: Begun,
}

/// What is reserved for small arguments and the end of a payload.
const ROOM: usize = 96;

impl Prepared {
    /// Makes a function's pickle ready. Its opcodes are looked at once; what it would do is not.
    pub fn new(pickle: &[u8]) -> Result<Prepared> {
        Prepared::of(&Part::new(pickle)?)
    }

    /// Makes any content ready that Python will find callable.
    pub fn of<F: Content + ?Sized>(function: &F) -> Result<Prepared> {
        let mut splice = Splice::new();
        splice.dict()?.text("fn")?.value(function)?.text("args")?;
        let head = Begun::of(splice);
        Ok(Prepared { head })
    }

    /// How many bytes each payload has before its arguments.
    pub fn size(&self) -> usize {
        self.head.len()
    }

    /// The payload of a task: see [`pack`](super::pack).
    pub fn pack<A: Content + ?Sized, K: Content + ?Sized>(&self, args: &A, kwargs: &K) -> Result<Vec<u8>> {
        let mut splice = self.head.go_on(ROOM)?;
        splice.filled(args, Op::EmptyTuple)?;
        splice.text("kwargs")?.filled(kwargs, Op::EmptyDict)?;
        splice.end()?.finish()
    }
}
