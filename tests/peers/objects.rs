//! Identity, order and kinds of objects.

use super::{dumps, refused, shown};
use brinery::{Graph, Kind, Options};

/// serde-pickle: "recursive structure" error, or `[{'k': 1}, {None: 1}]`; pickler, repugnant, pytorch-reader, candle: the
/// second is empty.
#[test]
fn a_dict_in_a_list_twice_is_one_dict() {
    for protocol in 0..=5 {
        let bytes = dumps("(lambda d: [d, d])({'k': 1})", protocol);
        let graph = Graph::from_slice(&bytes).unwrap();
        assert_eq!(graph.root().to_string(), "[{'k': 1}, {'k': 1}]");
        let [first, second] = graph.root().items().collect::<Vec<_>>()[..] else {
            panic!()
        };
        assert!(first.is(second));
    }
}

/// pickler, pytorch-reader, candle: `[[1, 2, 3], []]`, since the memo holds the list as it was when it was put there.
#[test]
fn a_list_filled_after_it_was_memoized_is_full_when_it_is_got() {
    for protocol in 0..=5 {
        assert_eq!(
            shown(&dumps("(lambda x: [x, x])([1, 2, 3])", protocol)),
            "[[1, 2, 3], [1, 2, 3]]"
        );
    }
}

/// serde-pickle: error or `None`; pickled: overflows by way of serde, and when it prints the value; the others: empty.
#[test]
fn cycles_are_cycles() {
    let list = Graph::from_slice(b"]q\0(h\0K\x01e.").unwrap();
    assert!(list.root().get(0).unwrap().is(list.root()));
    assert!(format!("{:?} {}", list, list.root()).contains("[[...], 1]"));
    let dict = Graph::from_slice(b"}q\0X\x01\0\0\0aq\x01h\0s.").unwrap();
    assert!(dict.root().get("a").unwrap().is(dict.root()));
    // An object with its own `__dict__` as a key of it.
    let object = Graph::from_slice(b"ca\nB\n)\x81q\0}h\0K\x01sb.").unwrap();
    let (key, _) = object
        .root()
        .as_object()
        .unwrap()
        .state()
        .unwrap()
        .entries()
        .next()
        .unwrap();
    assert!(key.is(object.root()));
}

/// pickled: overflows printing a cyclic value into the error.
#[test]
fn an_error_over_a_cyclic_value_is_an_error() {
    assert_eq!(refused(b"]2aNNs."), "SETITEM at byte 5: needs an int, found None");
}

/// serde-pickle, pickled, pytorch-reader: sorted or lost; candle: reversed within each SETITEMS.
#[test]
fn dicts_keep_their_order() {
    for protocol in 0..=5 {
        assert_eq!(
            shown(&dumps("{'z': 1, 'a': 2, 3: 3, 'm': 4}", protocol)),
            "{'z': 1, 'a': 2, 3: 3, 'm': 4}"
        );
    }
}

/// candle: DICT pushes an empty dict and leaves the mark.
#[test]
fn dict_takes_what_is_above_the_mark() {
    assert_eq!(shown(b"(K\x01K\x02K\x03K\x04d."), "{1: 2, 3: 4}");
}

/// pytorch-reader: keys become strings; pickler, candle: `1`, `1.0` and `True` are three keys.
#[test]
fn keys_are_of_any_type_and_equal_as_in_python() {
    assert_eq!(
        shown(b"}(K\x01Vint\n(I1\ntVtuple\nG?\xf0\0\0\0\0\0\0Vfloat\nI01\nVbool\nu."),
        "{1: 'bool', (1,): 'tuple'}"
    );
}

/// serde-pickle: NaN breaks the order of its trees, so that equal NaNs are there twice and others are not found.
#[test]
fn nans_are_equal_to_themselves_alone() {
    let two = b"}(G\x7f\xf8\0\0\0\0\0\0K\x01G\x7f\xf8\0\0\0\0\0\0K\x02u.";
    assert_eq!(shown(two), "{nan: 1, nan: 2}");
    let one = b"}(G\x7f\xf8\0\0\0\0\0\0q\0K\x01h\0K\x02u.";
    assert_eq!(shown(one), "{nan: 2}");
}

/// pickled: what is not hashable is dropped from dicts and sets, without a word.
#[test]
fn unhashable_keys_and_items_are_errors() {
    assert_eq!(
        refused(b"}]K\x01s."),
        "SETITEM at byte 4: list is not hashable, so it cannot be a key or an item of a set"
    );
    assert!(refused(b"\x8f(}\x90.").contains("dict is not hashable"));
}

/// serde-pickle, pickled, repugnant, candle, pytorch-reader, zodb-json-codec: the two become one.
#[test]
fn bytes_and_bytearray_are_two_types() {
    for protocol in 0..=5 {
        assert_eq!(
            shown(&dumps("[b'a', bytearray(b'a')]", protocol)),
            "[b'a', bytearray(b'a')]"
        );
    }
}

/// repugnant: `([2], [2])`; serde-pickle: an error or a wrong value.
#[test]
fn a_memo_index_that_is_put_again_keeps_what_was_got_before() {
    assert_eq!(shown(b"](]K\x01aq\0h\0]K\x02aq\0h\0e."), "[[1], [1], [2], [2]]");
}

/// All but repugnant and zodb-json-codec: no persistent ids. serde-pickle, pickled: PERSID is no opcode.
#[test]
fn persistent_ids_stay() {
    let graph = Graph::from_slice(b"(P17\nX\x01\0\0\0aQt.").unwrap();
    let ids: Vec<String> = graph
        .root()
        .items()
        .map(|item| match item.kind() {
            Kind::Persistent(id) => id.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["'17'", "'a'"]);
}

/// None of them reads extension codes as what they stand for.
#[test]
fn extension_codes_are_the_classes_registered() {
    let mut extensions = brinery::Extensions::default();
    extensions.add("shop", "Order", 7);
    extensions.add("shop", "Line", 70000);
    let options = Options::new().extensions(extensions);
    let graph = options.read(b"\x80\x02\x82\x07\x84\x70\x11\x01\0\x86.").unwrap();
    assert_eq!(graph.root().to_string(), "(shop.Order, shop.Line)");
    assert!(refused(b"\x82\x07.").contains("extension code 7 is not registered"));
}

/// None of them takes out-of-band buffers.
#[test]
fn buffers_out_of_band_are_borrowed() {
    let memory = [1_u8, 2, 3];
    let graph = Options::new()
        .read_with_buffers(b"\x80\x05\x97\x98.", [&memory[..]])
        .unwrap();
    let Kind::Buffer {
        bytes: Some(bytes),
        readonly,
        ..
    } = graph.root().kind()
    else {
        panic!()
    };
    assert!(readonly && std::ptr::eq(bytes.as_ptr(), memory.as_ptr()));
}

/// serde-pickle: no iterator and no offsets, and its reader takes more than it reads; candle, pickler: first only.
#[test]
fn pickles_in_a_row_have_offsets_and_give_the_reader_back() {
    let bytes = b"\x80\x04K\x01.\x80\x02K\x02.rest";
    let options = Options::new();
    let ranges: Vec<_> = options.iter(&bytes[..10]).map(|pickle| pickle.unwrap().1).collect();
    assert_eq!(ranges, [0..5, 5..10]);
    let mut stream = options.stream(&bytes[..]);
    assert_eq!(stream.next().unwrap().unwrap().root().as_i64(), Some(1));
    assert_eq!(stream.next().unwrap().unwrap().root().as_i64(), Some(2));
    assert_eq!((stream.offset(), stream.into_inner()), (10, &b"rest"[..]));
}

/// serde-pickle: the second fails, since the first took the memo's entry away.
#[test]
fn pickles_of_one_pickler_share_a_memo() {
    let code = "(lambda f, l: (lambda p: (p.dump(l), p.dump(l), f.getvalue())[2])(pickle.Pickler(f, 4)))";
    let both = dumps(&format!("{code}(__import__('io').BytesIO(), ['x'])"), 4);
    let inner = Graph::from_slice(&both).unwrap();
    let bytes = inner.root().as_bytes().unwrap();
    let graph = Options::new().read_all(bytes).unwrap();
    let roots: Vec<_> = graph.roots().collect();
    assert!(roots.len() == 2 && roots[0].is(roots[1]) && roots[0].to_string() == "['x']");
}

/// serde-pickle, pickled: `&str` and `&[u8]` never; pickler and repugnant do borrow.
#[test]
fn strings_and_bytes_are_borrowed_from_the_input() {
    let input = b"\x8c\x04lampC\x03raw\x86.".to_vec();
    let graph = Graph::from_slice(&input).unwrap();
    let within = |part: &[u8]| input.as_ptr_range().contains(&part.as_ptr());
    assert!(within(graph.root().get(0).unwrap().as_str().unwrap().as_bytes()));
    assert!(within(graph.root().get(1).unwrap().as_bytes().unwrap()));
}

/// pickled: values do not go to another thread.
#[test]
fn graphs_go_to_other_threads() {
    let graph = Graph::from_slice(b"](K\x01K\x02e.").unwrap();
    let sum = std::thread::spawn(move || graph.root().items().filter_map(|item| item.as_i64()).sum::<i64>());
    assert_eq!(sum.join().unwrap(), 3);
}

/// pickleparser: the key `__proto__` is lost.
#[test]
fn no_key_is_special() {
    assert_eq!(shown(b"}V__proto__\nK\x01s."), "{'__proto__': 1}");
}
