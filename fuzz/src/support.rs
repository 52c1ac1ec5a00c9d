//! What the oracles need of what the tests share.

#[path = "../../tests/support/canon.rs"]
pub mod canon;
#[path = "../../tests/support/mutate.rs"]
pub mod mutate;
#[path = "../../tests/support/rng.rs"]
pub mod rng;
#[path = "../../tests/support/same.rs"]
pub mod same;
#[path = "../../tests/support/show.rs"]
pub mod show;

pub use rng::{Chunks, Rng};
pub use show::show;
