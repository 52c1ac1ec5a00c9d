//! What can be read can be written in every protocol, and written again is the same.
#![no_main]

use brinery::{Options, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Without the mapping of names: what was never a name of Python 3 would be mapped when it comes back.
    let options = Options::new().buffers_elsewhere().fix_imports(false);
    let Ok(graph) = options.read(bytes) else { return };
    for protocol in 0..=5 {
        let options = options.clone().protocol(protocol);
        // Not all that a stream can say fits every protocol: big ints as text, buffers, persistent ids in a line.
        let Ok(written) = options.write(&graph) else { continue };
        let read = options.read(&written).expect("what was written can be read");
        let again = options.write(&read).expect("and written again");
        assert_eq!(written, again, "{:?}", Value::id(graph.root()));
    }
});
