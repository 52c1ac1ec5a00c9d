//! `uuid.UUID`

use crate::{
    Entries, Value,
    error::{Error, Result},
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit, text},
    },
};
use std::{fmt, str::FromStr};

/// A `uuid.UUID`. Its text is `8f709d30-e590-11f1-b5f5-02fc00000001`, with `[safe=1]` or `[safe=0]` behind it if Python
/// knows whether it was made safely.
///
/// ```
/// use brinery::types::Uuid;
/// let id: Uuid = "{00000000-0000-0000-0000-000000000005}".parse()?;
/// assert_eq!(id, Uuid { value: 5, is_safe: None });
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid {
    /// The 128 bits, the first digit highest.
    pub value: u128,
    /// Whether it was generated in a way that no other process can have repeated at the same time, if that is known.
    pub is_safe: Option<bool>,
}

impl Uuid {
    /// A `uuid.UUID`. An error for anything else.
    pub fn from_value(value: Value<'_>) -> Result<Uuid> {
        let wrong = || misfit("a uuid.UUID", value);
        let made = Made::of(value).filter(|made| made.class.is("uuid", "UUID"));
        let (Some(_), Some(object)) = (made, value.as_object()) else {
            return Err(wrong());
        };
        let state = object.state().and_then(|state| state.as_dict()).ok_or_else(wrong)?;
        let int = find(state, "int").and_then(|int| int.as_bigint()).ok_or_else(wrong)?;
        Ok(Uuid {
            value: int.try_into().map_err(|_| wrong())?,
            is_safe: find(state, "is_safe").and_then(safety),
        })
    }
}

/// A key of a state, which Python 2 wrote as a `str` that may now be bytes.
fn find<'g>(state: Entries<'g>, name: &str) -> Option<Value<'g>> {
    state
        .iter()
        .find(|(key, _)| text(*key) == Some(name))
        .map(|(_, value)| value)
}

/// What a `SafeUUID`, or its value alone, means.
fn safety(value: Value<'_>) -> Option<bool> {
    let number = match value.as_object() {
        Some(member) => member.args().get(0)?,
        None => value,
    };
    match number.as_i64()? {
        0 => Some(true),
        -1 => Some(false),
        _ => None,
    }
}

impl Scalar for Uuid {
    fn read(value: Value<'_>) -> Result<Self> {
        Uuid::from_value(value)
    }

    fn plain(&self) -> String {
        Uuid { is_safe: None, ..*self }.to_string()
    }

    fn recipe(&self, protocol: u8) -> Result<Recipe> {
        let made = if protocol < 2 {
            let class = |path: &str| Recipe::Global(path.into());
            let args = [class("uuid:UUID"), class("builtins:object"), Recipe::None];
            Recipe::call("copyreg:_reconstructor", args)
        } else {
            Recipe::new("uuid:UUID", [])
        };
        let mut state = vec![("int".into(), Recipe::BigInt(self.value.into()))];
        if let Some(safe) = self.is_safe {
            state.push(("is_safe".into(), Recipe::Int(if safe { 0 } else { -1 })));
        }
        Ok(made.with_state(Recipe::Dict(state)))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.value);
        write!(
            f,
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )?;
        match self.is_safe {
            None => Ok(()),
            Some(safe) => write!(f, "[safe={}]", u8::from(safe)),
        }
    }
}

impl FromStr for Uuid {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let bad = || bad_text("a UUID as 8f709d30-e590-11f1-b5f5-02fc00000001");
        let (digits, is_safe) = match text.strip_suffix(']').and_then(|text| text.split_once("[safe=")) {
            Some((digits, "0")) => (digits, Some(false)),
            Some((digits, "1")) => (digits, Some(true)),
            Some(_) => return Err(bad()),
            None => (text, None),
        };
        let digits = digits.strip_prefix("urn:uuid:").unwrap_or(digits);
        let inside = digits.strip_prefix('{').and_then(|digits| digits.strip_suffix('}'));
        let digits: String = inside.unwrap_or(digits).split('-').collect();
        if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let value = u128::from_str_radix(&digits, 16).map_err(|_| bad())?;
        Ok(Uuid { value, is_safe })
    }
}

impl<'g> Value<'g> {
    /// A `uuid.UUID`.
    pub fn as_uuid(self) -> Option<Uuid> {
        Uuid::from_value(self).ok()
    }
}
