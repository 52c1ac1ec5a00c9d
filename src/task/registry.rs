//! Functions by the hash of their pickle.

use super::Prepared;
use crate::{
    error::{ErrorKind, Result},
    splice::Content,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::Arc,
};

/// The SHA-256 of a function's pickle: the same function bytes have the same id everywhere, in Python
/// `hashlib.sha256(pickle).hexdigest()`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId([u8; 32]);

impl FunctionId {
    /// The id of these bytes.
    pub fn of(pickle: &[u8]) -> FunctionId {
        FunctionId(Sha256::digest(pickle).into())
    }

    /// The hash itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for FunctionId {
    fn from(hash: [u8; 32]) -> Self {
        FunctionId(hash)
    }
}

/// In hexadecimal, as `hexdigest` of Python.
impl fmt::Display for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FunctionId({self})")
    }
}

/// Functions that are pickled once and packed into many tasks, by the hash of their pickle.
///
/// ```
/// use brinery::{Graph, Pickle, task::FunctionRegistry};
/// let mut functions = FunctionRegistry::new();
/// let max = functions.add(b"\x80\x03cbuiltins\nmax\nq\0.")?;
/// assert_eq!(functions.add(b"\x80\x03cbuiltins\nmax\nq\0.")?, max); // known: nothing is done
/// assert_eq!(max.to_string(), "5ce695e03440bf5c60ab6294c58b3a75975bc6646dc5cce2e811811c9ddde08e");
///
/// let payload = functions.pack(max, &Pickle(b"K\x03K\x05\x86."), &Pickle(b"N."))?;
/// assert_eq!(Graph::from_slice(&payload)?.root().to_string(), "{'fn': builtins.max, 'args': (3, 5), 'kwargs': {}}");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct FunctionRegistry {
    functions: HashMap<FunctionId, Arc<Prepared>>,
}

impl FunctionRegistry {
    /// An empty one.
    pub fn new() -> Self {
        FunctionRegistry::default()
    }

    /// Makes a function's pickle ready, unless it is known, and says by which id it is packed.
    pub fn add(&mut self, pickle: &[u8]) -> Result<FunctionId> {
        let id = FunctionId::of(pickle);
        if let Entry::Vacant(entry) = self.functions.entry(id) {
            entry.insert(Arc::new(Prepared::new(pickle)?));
        }
        Ok(id)
    }

    /// The function of an id. It may be kept and used by other threads.
    pub fn get(&self, id: FunctionId) -> Option<&Arc<Prepared>> {
        self.functions.get(&id)
    }

    /// Forgets a function, and says whether it was known.
    pub fn remove(&mut self, id: FunctionId) -> bool {
        self.functions.remove(&id).is_some()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// The payload of a task for the function of this id; an error if there is none.
    pub fn pack<A: Content + ?Sized, K: Content + ?Sized>(
        &self,
        id: FunctionId,
        args: &A,
        kwargs: &K,
    ) -> Result<Vec<u8>> {
        let function = self.get(id);
        let function = function.ok_or_else(|| ErrorKind::NotFound(format!("the function {id}").into()))?;
        function.pack(args, kwargs)
    }
}
