//! Names by which Python's types pass through serde's data model.
//!
//! Serde knows no classes. A type of ours that is more than plain data says so in the *name* of a struct, which other
//! formats ignore: JSON of the same value stays natural.

/// What all names of ours start with.
pub(crate) const PREFIX: &str = "$brinery::";

/// `callable(*args)`: a tuple struct of the callable's path, the arguments, and then what is done to the result, each in a
/// newtype struct: [`APPEND`], [`ITEMS`], [`STATE`], [`SLOTS`].
pub(crate) const OBJECT: &str = "$brinery::object";
/// `class.__new__(class, *args)`; otherwise as [`OBJECT`].
pub(crate) const NEW: &str = "$brinery::new";
/// `class.__new__(class, *args, **kwargs)`: class, arguments, a map of keyword arguments; otherwise as [`OBJECT`].
pub(crate) const NEW_EX: &str = "$brinery::newex";
/// A sequence to be appended to an object.
pub(crate) const APPEND: &str = "$brinery::append";
/// A map to be set in an object.
pub(crate) const ITEMS: &str = "$brinery::items";
/// An object's state.
pub(crate) const STATE: &str = "$brinery::state";
/// The same as attributes in `__slots__`: a pair, whose first half would be the `__dict__`.
pub(crate) const SLOTS: &str = "$brinery::slots";
/// An import: a newtype struct of its path, `module:qualname`.
pub(crate) const GLOBAL: &str = "$brinery::global";

/// A sequence as a Python set.
pub(crate) const SET: &str = "$brinery::set";
/// A sequence as a frozenset.
pub(crate) const FROZENSET: &str = "$brinery::frozenset";
/// A sequence as a tuple.
pub(crate) const TUPLE: &str = "$brinery::tuple";
/// A sequence as a list.
pub(crate) const LIST: &str = "$brinery::list";
/// Bytes as a bytearray.
pub(crate) const BYTEARRAY: &str = "$brinery::bytearray";

/// An instance, to be read with its class: a struct of `class`, `call`, `args`, `kwargs`, `slots` and `state`, of which only
/// the class is always there.
pub(crate) const INSTANCE: &str = "$brinery::instance";

/// A value whose address is its identity.
pub(crate) const SHARED: &str = "$brinery::shared";

/// Scalars that travel as text.
pub(crate) const DATE: &str = "$brinery::date";
/// As [`DATE`].
pub(crate) const TIME: &str = "$brinery::time";
/// As [`DATE`].
pub(crate) const DATETIME: &str = "$brinery::datetime";
/// As [`DATE`].
pub(crate) const TIMEDELTA: &str = "$brinery::timedelta";
/// As [`DATE`].
pub(crate) const TIMEZONE: &str = "$brinery::timezone";
/// As [`DATE`].
pub(crate) const DECIMAL: &str = "$brinery::decimal";
/// As [`DATE`].
pub(crate) const FRACTION: &str = "$brinery::fraction";
/// As [`DATE`].
pub(crate) const COMPLEX: &str = "$brinery::complex";
/// As [`DATE`].
pub(crate) const UUID: &str = "$brinery::uuid";
/// As [`DATE`].
pub(crate) const IP_ADDRESS: &str = "$brinery::ipaddress";
/// As [`DATE`].
pub(crate) const IP_INTERFACE: &str = "$brinery::ipinterface";
/// As [`DATE`].
pub(crate) const IP_NETWORK: &str = "$brinery::ipnetwork";
/// As [`DATE`].
pub(crate) const PATH: &str = "$brinery::path";
/// An int of any size, as decimal text.
pub(crate) const INT: &str = "$brinery::int";

/// A newtype struct around a value of ours that looks different as a Python object than as plain data: see
/// [`faces`](super::faces).
pub(crate) const FACES: &str = "$brinery::faces";
/// A tuple struct of two values, of which one is written: the first in protocols 0 to 2, the second in later ones.
pub(crate) const BY_PROTOCOL: &str = "$brinery::byprotocol";

/// Types that are read with what plain data does not tell: see [`parts`](super::parts).
pub(crate) const ARRAY: &str = "$brinery::array";
/// As [`ARRAY`].
pub(crate) const CHAIN_MAP: &str = "$brinery::chainmap";
/// As [`ARRAY`].
pub(crate) const DEFAULT_DICT: &str = "$brinery::defaultdict";
/// As [`ARRAY`].
pub(crate) const DEQUE: &str = "$brinery::deque";
/// As [`ARRAY`].
pub(crate) const ENUM_MEMBER: &str = "$brinery::enummember";
/// As [`ARRAY`].
pub(crate) const EXCEPTION: &str = "$brinery::exception";
/// As [`ARRAY`].
pub(crate) const PARTIAL: &str = "$brinery::partial";
/// As [`ARRAY`].
#[cfg(feature = "ndarray")]
pub(crate) const NDARRAY: &str = "$brinery::ndarray";
