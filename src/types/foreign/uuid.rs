//! The crate `uuid`.

use crate::types::Uuid;

/// Whether it was made safely is not known.
impl From<uuid::Uuid> for Uuid {
    fn from(id: uuid::Uuid) -> Self {
        Uuid {
            value: id.as_u128(),
            is_safe: None,
        }
    }
}

impl From<Uuid> for uuid::Uuid {
    fn from(id: Uuid) -> Self {
        uuid::Uuid::from_u128(id.value)
    }
}

#[cfg(feature = "serde")]
super::as_python! { uuid::Uuid => Uuid; }
