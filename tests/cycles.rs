//! Cycles that a protocol cannot say are refused, in finite time.

use brinery::{ErrorKind, Graph, Options};

/// `s = set(); s.add(f(s))`
#[test]
fn a_set_of_what_is_made_from_it() {
    let bytes = b"\x80\x04\x95\x0e\0\0\0\0\0\0\0\x8f\x94(cm\nf\nh\0\x85R\x90.";
    let graph = Graph::from_slice(bytes).expect("it is read");
    for protocol in 0..=5 {
        let written = Options::new().protocol(protocol).write(&graph);
        match (protocol, written) {
            (4.., Ok(written)) => assert!(Graph::from_slice(&written).is_ok()),
            (..4, Err(error)) => assert!(matches!(error.kind(), ErrorKind::Unwritable(_)), "{error}"),
            (_, written) => panic!("protocol {protocol}: {written:?}"),
        }
        let fast = Options::new().protocol(protocol).fast(true).write(&graph);
        let error = fast.expect_err("fast mode has no memo");
        assert!(
            matches!(error.kind(), ErrorKind::CycleInFastMode),
            "protocol {protocol}: {error}"
        );
    }
}
