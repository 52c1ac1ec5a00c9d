//! Cycles that a protocol cannot say are refused, in finite time; those of calls are said once; and calls that an opcode
//! cannot say stay calls; what is done to imports is kept.

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

/// `f([x])` made again inside its own arguments, and thrown away; but here its arguments are written first, and then the
/// call would be thrown away for nothing.
#[test]
fn a_call_dropped_elsewhere() {
    let bytes = b"cm\nf\np0\n((lp1\ng0\n(g1\ntp2\nRp3\natR0g3\n0g2\n.";
    let graph = Graph::from_slice(bytes).expect("it is read");
    for protocol in 0..=5 {
        let options = Options::new().protocol(protocol);
        let written = options.write(&graph).expect("it is written");
        let again = Graph::from_slice(&written).expect("it is read again");
        assert_eq!(graph.deeds().count(), 3, "an import and two calls");
        assert_eq!(
            again.deeds().count(),
            2,
            "protocol {protocol}: {}",
            written.escape_ascii()
        );
        assert_eq!(options.write(&again).ok(), Some(written), "protocol {protocol}");
    }
}

/// A reduce value of `copyreg.__newobj__` is NEWOBJ, but not of what is no class: that could not be read.
#[test]
fn a_new_object_of_no_class() {
    let calls: [&[u8]; 4] = [
        b"\x80\x02ccopyreg\n__newobj__\n]\x85R.",
        b"\x80\x02ccopyreg\n__newobj_ex__\n])}\x87R.",
        b"\x80\x02ccopyreg\n__newobj_ex__\ncm\nC\n]}\x87R.",
        b"\x80\x02ccopyreg\n__newobj_ex__\ncm\nC\n)}K\x01Ns\x87R.",
    ];
    for call in calls {
        let graph = Graph::from_slice(call).expect("it is read");
        for protocol in 2..=5 {
            let options = Options::new().protocol(protocol);
            let written = options.write(&graph).expect("it is written");
            let again = Graph::from_slice(&written).expect("it is read again");
            assert_eq!(options.write(&again).ok(), Some(written), "protocol {protocol}");
        }
    }
}

/// `x.link = s = {x}`, where `x` was written first. When `s` is, the list that it is made from holds `x`, within which `s`
/// is made: from another list, because that one is not whole yet.
#[test]
fn a_set_within_its_own_item() {
    for name in ["set", "frozenset"] {
        let bytes =
            format!("cm\nC\n)Rq\x02}}X\x04\0\0\0linkc__builtin__\n{name}\n(]q\x01h\x02atRq\x04sb0h\x04.").into_bytes();
        let graph = Graph::from_slice(&bytes).expect("it is read");
        for protocol in 0..=5 {
            let options = Options::new().protocol(protocol);
            let written = options.write(&graph).expect("it is written");
            let again = Graph::from_slice(&written).expect("it is read again");
            assert_eq!(
                again.root().items().count(),
                1,
                "protocol {protocol}: {}",
                written.escape_ascii()
            );
        }
    }
}

/// Imports, what persistent ids stand for and buffers are not made by calls, but can be changed all the same.
#[test]
fn what_is_done_to_an_import() {
    let streams: [&[u8]; 7] = [
        b"cm\nG\nK\x01a.",
        b"(cm\nG\n2}K\x01K\x02sbt.",
        b"(cm\nG\nq\0cm\nG\nK\x01K\x02sh\0t.",
        b"(cm\nA.B\n2Nbt.",
        b"(U\x01pQ2}bt.",
        b"\x80\x04U\x01pQ\x94h\0K\x01\x86\x94aK\x0100h\x01.",
        b"\x80\x05(\x972}bt.",
    ];
    for bytes in streams {
        let graph = Options::new().buffers_elsewhere().read(bytes).expect("it is read");
        for (protocol, fast) in [
            (0, false),
            (1, true),
            (2, false),
            (3, false),
            (4, false),
            (5, false),
            (5, true),
        ] {
            let options = Options::new().buffers_elsewhere().protocol(protocol).fast(fast);
            let written = match options.write(&graph) {
                Ok(written) => written,
                Err(error) => {
                    let needs_memo = fast && matches!(error.kind(), ErrorKind::CycleInFastMode);
                    assert!(
                        needs_memo || bytes.contains(&0x97) && protocol < 5,
                        "protocol {protocol}: {error}"
                    );
                    continue;
                }
            };
            let again = options.read(&written).expect("it is read again");
            let told = || format!("protocol {protocol}, fast {fast}: {}", written.escape_ascii());
            let changes = |graph: &Graph<'_>| graph.root().to_string().matches(['+', '|']).count();
            assert!(changes(&again) > 0, "{}", told());
            // Without the memo, each is met once only.
            if !fast {
                assert_eq!(changes(&again), changes(&graph), "{}", told());
            }
            assert_eq!(options.write(&again).ok(), Some(written.clone()), "{}", told());
        }
    }
}
