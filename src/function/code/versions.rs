//! Sets of minor versions of Python 3.

use std::fmt;

/// Minor versions of CPython 3 that a code object may be of.
///
/// ```
/// use brinery::function::Versions;
/// let versions = Versions::from_iter([11, 12]);
/// assert!(versions.contains(11) && !versions.contains(13));
/// assert_eq!(versions.to_string(), "3.11 or 3.12");
/// assert_eq!(versions.only(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Versions(u32);

impl Versions {
    /// No version.
    pub const NONE: Versions = Versions(0);

    /// Whether it is 3.`minor`.
    pub fn contains(self, minor: u8) -> bool {
        1u32.checked_shl(minor.into()).is_some_and(|bit| self.0 & bit != 0)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The one there is, if there is but one.
    pub fn only(self) -> Option<u8> {
        self.0.is_power_of_two().then(|| self.0.trailing_zeros() as u8)
    }

    /// Those that are in both.
    pub fn and(self, other: Versions) -> Versions {
        Versions(self.0 & other.0)
    }

    /// Their minor numbers, ascending.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = u8> {
        (0..32).filter(move |minor| self.contains(*minor))
    }
}

impl FromIterator<u8> for Versions {
    /// Of minor numbers below 32.
    fn from_iter<I: IntoIterator<Item = u8>>(minors: I) -> Self {
        let bit = |minor: u8| 1u32.checked_shl(minor.into()).unwrap_or(0);
        Versions(minors.into_iter().fold(0, |bits, minor| bits | bit(minor)))
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.iter().next_back();
        for (i, minor) in self.iter().enumerate() {
            let joint = match i {
                0 => "",
                _ if Some(minor) == last => " or ",
                _ => ", ",
            };
            write!(f, "{joint}3.{minor}")?;
        }
        last.map_or_else(|| f.write_str("no version"), |_| Ok(()))
    }
}

impl fmt::Debug for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Versions({self})")
    }
}
