//! Conversions from and to the types of `std` and of other crates.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(any(feature = "rust_decimal", feature = "bigdecimal"))]
mod decimal;
#[cfg(feature = "jiff")]
mod jiff;
mod std;
#[cfg(feature = "uuid")]
mod uuid;

#[cfg(feature = "jiff")]
pub(super) use jiff::offset_of;

/// Foreign types that are written by way of one of ours. Those that hold nanoseconds say how.
#[cfg(feature = "serde")]
macro_rules! as_python {
    ($($foreign:ty => $ours:ty $(, |$ticks:ident| $exactly:expr)?;)*) => { $(
        impl crate::types::AsPython for $foreign {
            const TOKEN: &'static str = <$ours as crate::types::AsPython>::TOKEN;
            const NUMERIC: bool = <$ours as crate::types::AsPython>::NUMERIC;

            fn to_text(&self) -> crate::error::Result<String> {
                Ok(<$ours>::try_from(self.clone())?.to_string())
            }

            fn from_text(text: &str) -> crate::error::Result<Self> {
                text.parse::<$ours>()?.try_into().map_err(crate::Error::from)
            }

            fn from_number(number: crate::types::py::Number) -> Option<Self> {
                <$ours as crate::types::AsPython>::from_number(number)?.try_into().ok()
            }

            super::as_python! { @ticks $ours $(, |$ticks| $exactly)? }
        }
    )* };
    (@ticks $ours:ty) => {
        fn from_ticks(ticks: crate::types::py::Ticks) -> Option<Self> {
            <$ours as crate::types::AsPython>::from_ticks(ticks)?.try_into().ok()
        }
    };
    (@ticks $ours:ty, |$ticks:ident| $exactly:expr) => {
        fn from_ticks($ticks: crate::types::py::Ticks) -> Option<Self> {
            $exactly
        }
    };
}
#[cfg(feature = "serde")]
use as_python;
