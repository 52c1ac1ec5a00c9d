//! Graphs in the memory of other graphs are the same graphs.

use brinery::{Graph, Limits, Options, pickle};

/// What is read in the room of anything else is what it is by itself.
#[test]
fn no_trace_is_left() {
    let wide = format!("({}e.", "I1\n".repeat(300)).replacen('(', "](", 1);
    let inputs: [&[u8]; 9] = [
        b"\x80\x04]\x94(K\x01K\x02e.",
        b"\x80\x05\x8c\x01a\x94\x8c\x02bc\x94\x86\x94.",
        b"cshop\nOrder\n)\x81}X\x01\0\0\0aK\x01sb.",
        b"\x80\x02c_codecs\nencode\nX\x01\0\0\0\xffX\x06\0\0\0latin1\x86R.",
        b"(dI1\nI2\nsI3\nI4\nsI5\nI6\nsI7\nI8\nsI9\nI10\nsI11\nI12\nsI13\nI14\nsI15\nI16\nsI17\nI18\nsI19\nI20\ns.",
        b"\x80\x03csm\nB\nq\0)\x81q\x01(K\x01K\x02e.",
        b"N.",
        b"]q\0(h\0K\x01e.",
        wide.as_bytes(),
    ];
    let bad: [&[u8]; 4] = [b"", b"]q\0(h\x07.", b"\x80\x04]\x94(K\x01", b"(I1\nI2\nI3\nd."];
    let options = Options::new();
    let mut reader = options.reader();
    for first in inputs.iter().chain(&bad) {
        for second in inputs.iter().chain(&bad) {
            if let Ok(graph) = reader.read(first) {
                reader.reuse(graph);
            }
            match (reader.read(second), Graph::from_slice(second)) {
                (Ok(graph), Ok(wanted)) => {
                    assert_eq!(format!("{graph:?}"), format!("{wanted:?}"));
                    assert_eq!(graph.to_vec().unwrap(), wanted.to_vec().unwrap());
                    assert_eq!(graph.protocol(), wanted.protocol());
                    assert_eq!(graph.deeds().count(), wanted.deeds().count());
                    reader.reuse(graph);
                }
                (Err(error), Err(wanted)) => assert_eq!(error.to_string(), wanted.to_string()),
                (got, wanted) => panic!("{got:?}, not {wanted:?}"),
            }
        }
    }
}

/// The memo of one pickle is not that of the next.
#[test]
fn memos_are_apart() {
    let options = Options::new();
    let mut reader = options.reader();
    assert!(reader.read(b"]q\x05.").is_ok());
    assert!(reader.read(b"h\x05.").is_err());
}

/// What a large pickle left is neither counted against a small one nor lets it take more than it may.
#[test]
fn limits_hold_in_a_used_room() {
    let large = [&b"("[..], &b"N".repeat(3_000_000), b"l."].concat();
    let limits = Limits {
        memory: 64,
        ..Limits::default()
    };
    let options = Options::new().limits(limits);
    let mut reader = options.reader();
    for _ in 0..3 {
        let graph = reader.read(&large).expect("what it holds is paid for");
        assert_eq!(graph.root().len(), Some(3_000_000));
        reader.reuse(graph);
        let small = reader
            .read(b"]q\0(cm\nf\n)Rcm\ng\n)Re.")
            .expect("there is room for steps and events");
        assert_eq!(small.root().len(), Some(2));
        reader.reuse(small);
    }
    let options = Options::new().limits(Limits {
        bytes: 10,
        ..Limits::default()
    });
    let mut reader = options.reader();
    assert!(reader.read(b"N.").is_ok());
    assert!(reader.read(&large).is_err());
}

/// A buffer is written anew each time, whatever was in it, and after an error as well.
#[test]
fn a_buffer_is_written_anew() {
    let options = Options::new().protocol(2);
    let mut buffer = b"something else".to_vec();
    let list = pickle!([1, "two", (3.0, None)]);
    options.write_into(&list, &mut buffer).unwrap();
    assert_eq!(buffer, options.write(&list).unwrap());
    let loops = Graph::from_slice(b"]q\0h\0a.").unwrap();
    assert!(options.clone().fast(true).write_into(&loops, &mut buffer).is_err());
    options.write_into(&list, &mut buffer).unwrap();
    assert_eq!(buffer, options.write(&list).unwrap());
}
