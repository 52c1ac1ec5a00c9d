//! What can be set: the version of Python, encodings, extension codes.

use crate::{hooks::Registry, limits::Limits, machine::Rules};
use std::{collections::HashMap, sync::Arc};

/// What a Python 2 `str` becomes: the `encoding` argument of `pickle.loads`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// A `str`; bytes above 127 are an error. Python's default.
    #[default]
    Ascii,
    /// A `str`, one code point per byte: what numpy and datetime pickles of Python 2 need.
    Latin1,
    /// A `str` in UTF-8.
    Utf8,
    /// A `bytes`: nothing is decoded.
    Bytes,
}

/// The extension registry of `copyreg`: short codes for often used globals.
///
/// ```
/// let mut extensions = brinery::Extensions::default();
/// extensions.add("shop.models", "Order", 0x12);
/// let graph = brinery::Options::new().extensions(extensions).read(b"\x80\x02\x82\x12.").unwrap();
/// assert_eq!(graph.root().to_string(), "shop.models.Order");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Extensions {
    names: HashMap<i64, (String, String)>,
    codes: HashMap<String, HashMap<String, i64>>,
}

impl Extensions {
    /// Registers a code between 1 and 2³¹ − 1. Others do not exist in `copyreg` either and are ignored.
    pub fn add(&mut self, module: &str, name: &str, code: i64) {
        if !(1..=i64::from(i32::MAX)).contains(&code) {
            return;
        }
        self.names.insert(code, (module.into(), name.into()));
        self.codes.entry(module.into()).or_default().insert(name.into(), code);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    pub(crate) fn name(&self, code: i64) -> Option<(&str, &str)> {
        self.names.get(&code).map(|(module, name)| (&**module, &**name))
    }

    pub(crate) fn code(&self, module: &str, name: &str) -> Option<i64> {
        self.codes.get(module)?.get(name).copied()
    }
}

/// A version of CPython, where its bytes or decisions differ.
///
/// ```
/// use brinery::Python;
/// assert!(Python::new(3, 12, 4) < Python::V3_13);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Python {
    major: u8,
    minor: u8,
    micro: u8,
}

impl Python {
    /// CPython 3.13: the default target.
    pub const V3_13: Python = Python::new(3, 13, 0);
    /// From here on nested names are not memoized part by part in protocols below 4 (gh-82951).
    pub(crate) const FLAT_NESTED_NAMES: Python = Python::new(3, 12, 5);
    /// From here on the default protocol is 5.
    pub(crate) const PROTOCOL_5: Python = Python::new(3, 14, 0);
    /// From here on there are no empty batches and no batches of one (gh-135573).
    pub(crate) const FULL_BATCHES: Python = Python::new(3, 15, 0);

    /// The version `major.minor.micro`, 3.8 or later.
    pub const fn new(major: u8, minor: u8, micro: u8) -> Self {
        Python { major, minor, micro }
    }

    /// Whether it reads by [`Rules::Strict`].
    #[cfg(feature = "scan")]
    pub(crate) fn reads_strictly(self) -> bool {
        self >= Python::new(3, 13, 15)
    }
}

/// How variants of a Rust enum are written that name no Python class. Both shapes are read.
///
/// ```
/// use brinery::{EnumShape, Graph, Options};
/// let value: Result<u8, ()> = Ok(1);
/// let shown = |shape| {
///     let bytes = Options::new().enums(shape).to_vec(&value)?;
///     Ok::<_, brinery::Error>(Graph::from_slice(&bytes)?.root().to_string())
/// };
/// assert_eq!(shown(EnumShape::Map)?, "{'Ok': 1}");
/// assert_eq!(shown(EnumShape::Tuple)?, "('Ok', 1)");
/// # Ok::<(), brinery::Error>(())
/// ```
#[cfg(feature = "serde")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EnumShape {
    /// As serde_json writes them: `'A'`, `{'B': 1}`, `{'C': [1, 2]}`, `{'D': {'x': 1}}`.
    #[default]
    Map,
    /// As tuples, serde-pickle's `compat_enum_repr`: `('A',)`, `('B', 1)`, `('C', [1, 2])`, `('D', {'x': 1})`.
    Tuple,
}

/// The settings of reading.
#[derive(Debug, Clone)]
pub(crate) struct ReadOptions {
    pub(crate) encoding: Encoding,
    pub(crate) fix_imports: bool,
    pub(crate) extensions: Extensions,
    /// Whether out-of-band buffers that are not given stay placeholders.
    pub(crate) buffers_elsewhere: bool,
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
    pub(crate) registry: Option<Arc<Registry>>,
    /// What each pickle is held against.
    #[cfg(feature = "scan")]
    pub(crate) policy: Option<Arc<crate::scan::Policy>>,
}

impl ReadOptions {
    /// Whether a value may be read from the opcodes, without the machine.
    #[cfg(feature = "serde")]
    pub(crate) fn reads_directly(&self) -> bool {
        #[cfg(feature = "scan")]
        return self.policy.is_none();
        #[cfg(not(feature = "scan"))]
        true
    }
}

/// The settings of writing.
#[derive(Debug, Clone)]
pub(crate) struct WriteOptions {
    pub(crate) protocol: Option<u8>,
    pub(crate) python: Python,
    pub(crate) fast: bool,
    pub(crate) as_loaded: bool,
    #[cfg(feature = "serde")]
    pub(crate) enums: EnumShape,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            encoding: Encoding::Ascii,
            fix_imports: true,
            extensions: Extensions::default(),
            buffers_elsewhere: false,
            rules: Rules::Strict,
            limits: Limits::default(),
            registry: None,
            #[cfg(feature = "scan")]
            policy: None,
        }
    }
}

impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions {
            protocol: None,
            python: Python::V3_13,
            fast: false,
            as_loaded: false,
            #[cfg(feature = "serde")]
            enums: EnumShape::Map,
        }
    }
}
