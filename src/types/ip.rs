//! `ipaddress`: addresses, interfaces and networks.

use crate::{
    Value,
    error::{Error, Result},
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit, out_of_range, text},
    },
};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// An `ipaddress.IPv4Address` or `IPv6Address`. Its text is `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`.
///
/// ```
/// use brinery::types::IpAddress;
/// let address: IpAddress = "fe80::1%eth0".parse()?;
/// assert!(address.addr.is_ipv6());
/// assert_eq!(address.scope.as_deref(), Some("eth0"));
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpAddress {
    /// The address.
    pub addr: IpAddr,
    /// The scope of an IPv6 address, which Python knows since 3.9. Neither empty nor with a `%` in it.
    pub scope: Option<String>,
}

/// An `ipaddress.IPv4Interface` or `IPv6Interface`: an address and its network. Its text is `192.0.2.1/24`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpInterface {
    /// The address.
    pub address: IpAddress,
    /// How many leading bits all addresses of the network have in common, up to 32 or 128.
    pub prefix: u8,
}

/// An `ipaddress.IPv4Network` or `IPv6Network`. Its text is `192.0.2.0/24`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpNetwork {
    /// Its first address.
    pub address: IpAddress,
    /// How many leading bits all its addresses have in common, up to 32 or 128.
    pub prefix: u8,
}

impl IpAddress {
    /// An `ipaddress.IPv4Address` or `IPv6Address`. An error for anything else.
    pub fn from_value(value: Value<'_>) -> Result<IpAddress> {
        let wrong = || misfit("an IP address", value);
        let (v6, arg) = class_arg(value, "IPv4Address", "IPv6Address").ok_or_else(wrong)?;
        if let Some(text) = text(arg) {
            let address: IpAddress = text.parse()?;
            return if address.addr.is_ipv6() == v6 {
                Ok(address)
            } else {
                Err(wrong())
            };
        }
        let bits = arg.as_bigint().ok_or_else(wrong)?;
        let addr = if v6 {
            u128::try_from(bits).map(|bits| Ipv6Addr::from_bits(bits).into()).ok()
        } else {
            u32::try_from(bits).map(|bits| Ipv4Addr::from_bits(bits).into()).ok()
        };
        let addr = addr.ok_or_else(out_of_range)?;
        Ok(IpAddress { addr, scope: None })
    }

    fn class(&self, v4: &'static str, v6: &'static str) -> &'static str {
        if self.addr.is_ipv4() { v4 } else { v6 }
    }

    fn bits(&self) -> u8 {
        if self.addr.is_ipv4() { 32 } else { 128 }
    }

    /// What stands behind the prefix is zero.
    fn is_first(&self, prefix: u8) -> bool {
        let value = match self.addr {
            IpAddr::V4(addr) => u128::from(addr.to_bits()) << 96,
            IpAddr::V6(addr) => addr.to_bits(),
        };
        value.checked_shl(prefix.into()).unwrap_or(0) == 0
    }
}

/// The only argument of one of two classes, and whether it is the second.
fn class_arg<'g>(value: Value<'g>, v4: &str, v6: &str) -> Option<(bool, Value<'g>)> {
    let made = Made::of(value)?;
    let is_v6 = match made.path()? {
        ("ipaddress", name) if name == v4 => false,
        ("ipaddress", name) if name == v6 => true,
        _ => return None,
    };
    Some((is_v6, made.args.get(0)?))
}

impl fmt::Display for IpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.addr)?;
        match &self.scope {
            Some(scope) => write!(f, "%{scope}"),
            None => Ok(()),
        }
    }
}

impl FromStr for IpAddress {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let bad = || bad_text("an IP address");
        let (addr, scope) = match text.split_once('%') {
            Some((addr, scope)) => (addr, Some(scope)),
            None => (text, None),
        };
        let addr: IpAddr = addr.parse().map_err(|_| bad())?;
        if scope.is_some_and(|scope| scope.is_empty() || scope.contains(['%', '/']) || addr.is_ipv4()) {
            return Err(bad());
        }
        let scope = scope.map(str::to_owned);
        Ok(IpAddress { addr, scope })
    }
}

impl Scalar for IpAddress {
    fn read(value: Value<'_>) -> Result<Self> {
        IpAddress::from_value(value)
    }

    fn recipe(&self, _: u8) -> Result<Recipe> {
        let checked: IpAddress = self.to_string().parse()?;
        Ok(match checked.addr {
            IpAddr::V4(addr) => Recipe::call("ipaddress:IPv4Address", [Recipe::Int(addr.to_bits().into())]),
            IpAddr::V6(_) => Recipe::call("ipaddress:IPv6Address", [Recipe::Str(checked.to_string())]),
        })
    }
}

/// An address and a length, from text.
fn with_prefix(text: &str, what: &'static str) -> Result<(IpAddress, u8)> {
    let bad = || bad_text(what);
    let (address, prefix) = text.split_once('/').ok_or_else(bad)?;
    let address: IpAddress = address.parse()?;
    let is_number = prefix.bytes().all(|byte| byte.is_ascii_digit());
    let prefix: u8 = prefix.parse().map_err(|_| bad())?;
    if !is_number || prefix > address.bits() {
        return Err(bad());
    }
    Ok((address, prefix))
}

macro_rules! with_prefix {
    ($ty:ident, $v4:literal, $v6:literal, $what:literal, $text:literal, $as:ident, $fits:expr) => {
        impl $ty {
            #[doc = concat!("An `ipaddress.", $v4, "` or `", $v6, "`. An error for anything else.")]
            pub fn from_value(value: Value<'_>) -> Result<$ty> {
                let wrong = || misfit($what, value);
                let (v6, arg) = class_arg(value, $v4, $v6).ok_or_else(wrong)?;
                let found: $ty = text(arg).ok_or_else(wrong)?.parse()?;
                if found.address.addr.is_ipv6() == v6 {
                    Ok(found)
                } else {
                    Err(wrong())
                }
            }
        }

        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}/{}", self.address, self.prefix)
            }
        }

        impl FromStr for $ty {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                let (address, prefix) = with_prefix(text, $text)?;
                let fits: fn(&IpAddress, u8) -> bool = $fits;
                if !fits(&address, prefix) {
                    return Err(bad_text($text));
                }
                Ok($ty { address, prefix })
            }
        }

        impl Scalar for $ty {
            fn read(value: Value<'_>) -> Result<Self> {
                $ty::from_value(value)
            }

            fn recipe(&self, _: u8) -> Result<Recipe> {
                let text = self.to_string();
                text.parse::<$ty>()?;
                let class = self
                    .address
                    .class(concat!("ipaddress:", $v4), concat!("ipaddress:", $v6));
                Ok(Recipe::call(class, [Recipe::Str(text)]))
            }
        }

        impl<'g> Value<'g> {
            #[doc = concat!("An `ipaddress.", $v4, "` or `", $v6, "`.")]
            pub fn $as(self) -> Option<$ty> {
                $ty::from_value(self).ok()
            }
        }
    };
}
with_prefix!(
    IpInterface,
    "IPv4Interface",
    "IPv6Interface",
    "an IP interface",
    "an IP interface as 192.0.2.1/24",
    as_ip_interface,
    |_, _| true
);
with_prefix!(
    IpNetwork,
    "IPv4Network",
    "IPv6Network",
    "an IP network",
    "an IP network as 192.0.2.0/24",
    as_ip_network,
    IpAddress::is_first
);

impl<'g> Value<'g> {
    /// An `ipaddress.IPv4Address` or `IPv6Address`.
    pub fn as_ip_address(self) -> Option<IpAddress> {
        IpAddress::from_value(self).ok()
    }
}
