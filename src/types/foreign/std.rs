//! Rust's own addresses, paths and durations.

use crate::{
    error::{Error, Result},
    types::{
        IpAddress, Path, PathKind, TimeDelta,
        scalar::{bad_text, out_of_range},
    },
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
    time::Duration,
};

impl From<IpAddr> for IpAddress {
    fn from(addr: IpAddr) -> Self {
        IpAddress { addr, scope: None }
    }
}

impl From<Ipv4Addr> for IpAddress {
    fn from(addr: Ipv4Addr) -> Self {
        IpAddr::from(addr).into()
    }
}

impl From<Ipv6Addr> for IpAddress {
    fn from(addr: Ipv6Addr) -> Self {
        IpAddr::from(addr).into()
    }
}

/// An error for an address with a scope.
impl TryFrom<IpAddress> for IpAddr {
    type Error = Error;
    fn try_from(address: IpAddress) -> Result<Self> {
        match address.scope {
            None => Ok(address.addr),
            Some(_) => Err(bad_text("an IP address without a scope")),
        }
    }
}

/// An error for any other address.
impl TryFrom<IpAddress> for Ipv4Addr {
    type Error = Error;
    fn try_from(address: IpAddress) -> Result<Self> {
        match address.addr {
            IpAddr::V4(addr) => Ok(addr),
            IpAddr::V6(_) => Err(bad_text("an IPv4 address")),
        }
    }
}

/// An error for any other address, and for one with a scope.
impl TryFrom<IpAddress> for Ipv6Addr {
    type Error = Error;
    fn try_from(address: IpAddress) -> Result<Self> {
        match IpAddr::try_from(address)? {
            IpAddr::V6(addr) => Ok(addr),
            IpAddr::V4(_) => Err(bad_text("an IPv6 address")),
        }
    }
}

/// As the class that `pathlib.Path` has on this system. An error for what is not UTF-8.
impl TryFrom<PathBuf> for Path {
    type Error = Error;
    fn try_from(path: PathBuf) -> Result<Self> {
        let text = path.to_str().ok_or_else(|| bad_text("UTF-8"))?;
        Ok(Path::new(PathKind::NATIVE, text))
    }
}

/// The text, whichever system it is of.
impl From<Path> for PathBuf {
    fn from(path: Path) -> Self {
        path.text.into()
    }
}

/// What is below a microsecond is cut off. An error above 999,999,999 days.
impl TryFrom<Duration> for TimeDelta {
    type Error = Error;
    fn try_from(duration: Duration) -> Result<Self> {
        let micros = i128::try_from(duration.as_micros()).map_err(|_| out_of_range())?;
        TimeDelta::from_microseconds(micros)
    }
}

/// An error for a negative one.
impl TryFrom<TimeDelta> for Duration {
    type Error = Error;
    fn try_from(delta: TimeDelta) -> Result<Self> {
        let micros = delta.checked()?.total_microseconds();
        let seconds = u64::try_from(micros.div_euclid(1_000_000)).map_err(|_| out_of_range())?;
        Ok(Duration::new(seconds, delta.microseconds * 1000))
    }
}

#[cfg(feature = "serde")]
super::as_python! {
    IpAddr => IpAddress;
    Ipv4Addr => IpAddress;
    Ipv6Addr => IpAddress;
    PathBuf => Path;
    Duration => TimeDelta, |ticks| Some(Duration::new(ticks.seconds.try_into().ok()?, ticks.nanoseconds));
}
