//! The fields of a structured dtype, and the units of time.

use super::Dtype;
use std::fmt;

/// A field of a structured dtype.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) dtype: Dtype,
    pub(super) offset: usize,
}

impl Field {
    /// A field at offset 0, which [`Dtype::record`] moves to where it belongs.
    pub fn new(name: impl Into<String>, dtype: Dtype) -> Self {
        Field {
            name: name.into(),
            title: None,
            dtype,
            offset: 0,
        }
    }

    /// The same field at this offset in bytes, for [`Dtype::record_at`].
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = offset;
        self
    }

    /// The same field with a title, a second name.
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its second name.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// What it holds.
    pub fn dtype(&self) -> &Dtype {
        &self.dtype
    }

    /// Where it starts in an item, in bytes.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// The unit of a `datetime64` or `timedelta64`: a number of base units, mostly 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeUnit {
    /// The base unit.
    pub base: TimeBase,
    /// How many of them make the unit.
    pub count: u32,
}

impl From<TimeBase> for TimeUnit {
    fn from(base: TimeBase) -> Self {
        TimeUnit { base, count: 1 }
    }
}

impl fmt::Display for TimeUnit {
    /// As numpy has it in brackets: `ns`, `25s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count != 1 {
            write!(f, "{}", self.count)?;
        }
        f.write_str(self.base.name())
    }
}

macro_rules! bases {
    ($($name:ident $text:literal $doc:literal,)*) => {
        /// The base units of time.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum TimeBase { $(#[doc = $doc] $name,)* }

        impl TimeBase {
            /// numpy's name of it.
            pub fn name(self) -> &'static str {
                match self { $(TimeBase::$name => $text,)* }
            }

            /// The unit of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Some(match name { $($text => TimeBase::$name,)* "μs" | "µs" => TimeBase::Microsecond, _ => return None })
            }
        }
    };
}

// One arm each: `Year => "Y"` and the way back.
bases! {
    Year "Y" "`Y`",
    Month "M" "`M`",
    Week "W" "`W`",
    Day "D" "`D`",
    Hour "h" "`h`",
    Minute "m" "`m`",
    Second "s" "`s`",
    Millisecond "ms" "`ms`",
    Microsecond "us" "`us`",
    Nanosecond "ns" "`ns`",
    Picosecond "ps" "`ps`",
    Femtosecond "fs" "`fs`",
    Attosecond "as" "`as`",
    Generic "generic" "No unit yet: numpy takes that of what it meets.",
}
