//! Python's `datetime` module, and the time zones its values refer to.

mod date;
mod parse;
mod stamp;
mod time;
mod timedelta;
mod timezone;

pub use date::Date;
pub use stamp::DateTime;
pub use time::Time;
pub use timedelta::TimeDelta;
pub use timezone::TimeZone;
