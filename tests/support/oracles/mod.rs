//! What must hold for any bytes at all: one function for each way into the crate. They are the fuzz targets of `fuzz/`,
//! and properties of `cargo test` (`tests/fuzzed.rs`).

mod archives;
mod graphs;
mod opcodes;
mod programs;
mod recorder;
mod scans;
#[allow(dead_code)] // Fields are read into, shown, and no more.
mod typed;

pub use archives::archive;
pub use graphs::{load, round_trip, splice, stream};
pub use opcodes::{disassemble, parse};
pub use programs::{function, marshal};
pub use scans::scan;
pub use typed::typed;

use crate::support::{
    Rng,
    mutate::{mutate, random},
};

/// Panics if what must hold does not.
pub type Oracle = fn(&[u8]);

/// Every oracle: its name, which is that of the fuzz target; the folder of its seeds; and itself.
pub const ALL: [(&str, &str, Oracle); 12] = [
    ("parse", "pickles", parse),
    ("load", "pickles", load),
    ("stream", "pickles", stream),
    ("round_trip", "pickles", round_trip),
    ("disassemble", "pickles", disassemble),
    ("scan", "pickles", scan),
    ("typed", "pickles", typed),
    ("splice", "pickles", splice),
    ("structured", "choices", structured),
    ("function", "functions", function),
    ("marshal", "marshalled", marshal),
    ("archive", "archives", archive),
];

/// The bytes are the choices of a generator of opcodes, most of which find on the stack what they need: what is changed
/// in one place stays a pickle, and comes to where random bytes never do. What it makes goes to the other oracles.
pub fn structured(choices: &[u8]) {
    let mut rng = Rng::fed(choices);
    let mut stream = random(&mut rng);
    if rng.one_in(4) {
        let other = random(&mut rng);
        stream = mutate(&mut rng, &stream, &other);
    }
    for oracle in [parse, load, round_trip, disassemble, scan, typed] {
        oracle(&stream);
    }
    stream.extend(random(&mut rng));
    splice(&stream);
}
