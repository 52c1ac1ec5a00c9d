//! Any bytes are read or refused, the same from a slice and from a reader.
#![no_main]

use brinery::Options;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let options = Options::new();
    let from_slice = options.read(bytes).map(|graph| graph.root().to_string());
    let from_reader = options.read_from(bytes).map(|graph| graph.root().to_string());
    match (from_slice, from_reader) {
        (Ok(a), Ok(b)) => assert_eq!(a, b),
        (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
        (a, b) => panic!("{a:?} from a slice, {b:?} from a reader"),
    }
});
