//! `co_flags`

use super::Versions;
use std::fmt;

/// The flags of a code object (`Include/cpython/code.h`).
///
/// ```
/// use brinery::function::CodeFlags;
/// let flags = CodeFlags(0x4f);
/// assert!(flags.has_varargs() && flags.has_varkeywords() && !flags.is_generator());
/// assert_eq!(flags.to_string(), "OPTIMIZED, NEWLOCALS, VARARGS, VARKEYWORDS, NOFREE");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodeFlags(pub u32);

/// Names that `dis` and the headers give the bits, and in which versions they have them.
static NAMES: &[(u32, &str)] = &[
    (0x1, "OPTIMIZED"),
    (0x2, "NEWLOCALS"),
    (0x4, "VARARGS"),
    (0x8, "VARKEYWORDS"),
    (0x10, "NESTED"),
    (0x20, "GENERATOR"),
    (0x40, "NOFREE"),
    (0x80, "COROUTINE"),
    (0x100, "ITERABLE_COROUTINE"),
    (0x200, "ASYNC_GENERATOR"),
    (0x400_0000, "HAS_DOCSTRING"),
    (0x800_0000, "METHOD"),
];

/// The bits of `from __future__` before 3.8.2 and since (bpo-39562), and what 3.12 to 3.14 have added.
const FUTURE: u32 = 0x01ff_e000;
const NO_MONITORING: u32 = 0x0200_0000;
const HAS_DOCSTRING: u32 = 0x0400_0000;
const METHOD: u32 = 0x0800_0000;

impl CodeFlags {
    /// `*args`
    pub fn has_varargs(self) -> bool {
        self.0 & 0x4 != 0
    }

    /// `**kwargs`
    pub fn has_varkeywords(self) -> bool {
        self.0 & 0x8 != 0
    }

    /// A generator function.
    pub fn is_generator(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// `async def`
    pub fn is_coroutine(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// `async def` with `yield` in it.
    pub fn is_async_generator(self) -> bool {
        self.0 & 0x200 != 0
    }

    /// Whether its local variables are in an array and not in a dict: the code of a function, not of a module or class.
    pub fn is_optimized(self) -> bool {
        self.0 & 0x1 != 0
    }

    /// The bits that no compiler sets.
    pub(super) fn unknown(self) -> u32 {
        self.0 & !(0x13ff | FUTURE | NO_MONITORING | HAS_DOCSTRING | METHOD)
    }

    /// The versions whose compilers set these.
    pub(super) fn versions(self) -> Versions {
        let since = match self.0 {
            bits if bits & METHOD != 0 => 14,
            bits if bits & HAS_DOCSTRING != 0 => 13,
            bits if bits & NO_MONITORING != 0 => 12,
            _ => 6,
        };
        Versions::from_iter(since..=14)
    }
}

impl fmt::Display for CodeFlags {
    /// As `dis.pretty_flags`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut joint = "";
        for bit in (0..32).map(|bit| 1 << bit).filter(|bit| self.0 & bit != 0) {
            match NAMES.iter().find(|(known, _)| *known == bit) {
                Some((_, name)) => write!(f, "{joint}{name}")?,
                None => write!(f, "{joint}0x{bit:x}")?,
            }
            joint = ", ";
        }
        if joint.is_empty() { f.write_str("0x0") } else { Ok(()) }
    }
}

impl fmt::Debug for CodeFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeFlags(0x{:x})", self.0)
    }
}
