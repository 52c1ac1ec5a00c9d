//! Instances: class, arguments, state and items.

use super::{dumps, shown};
use brinery::{Call, Graph, Kind, Step};

/// The names of an object's class, and what comes with it.
fn class(bytes: &[u8]) -> String {
    let graph = Graph::from_slice(bytes).unwrap();
    let class = graph
        .root()
        .as_object()
        .expect("an object")
        .callable()
        .as_global()
        .expect("a class");
    class.name.to_str().unwrap().to_owned()
}

/// serde-pickle: the state takes the place of the object; pytorch-reader: the state is dropped.
#[test]
fn an_instance_keeps_its_class_and_its_state() {
    for protocol in 2..=5 {
        let bytes = dumps("Plain(a=1, b='x')", protocol);
        assert_eq!(class(&bytes), "Plain");
        assert_eq!(shown(&bytes), "__main__.Plain() | {'a': 1, 'b': 'x'}");
        let graph = Graph::from_slice(&bytes).unwrap();
        assert_eq!(graph.root().get("b").and_then(|b| b.as_str()), Some("x"));
    }
}

/// serde-pickle, pickled: `copyreg._reconstructor` fails, or becomes `{}` or `None`.
#[test]
fn reconstructor_keeps_class_base_and_content() {
    for protocol in 0..=1 {
        let plain = shown(&dumps("Plain(a=1)", protocol));
        assert_eq!(
            plain,
            "copyreg._reconstructor(__main__.Plain, builtins.object, None) | {'a': 1}"
        );
        let bag = shown(&dumps("Box(k=1)", protocol));
        assert_eq!(bag, "copyreg._reconstructor(__main__.Box, builtins.dict, {'k': 1})");
    }
}

/// serde-pickle and pickled: a namedtuple is `{}`, its fields are lost.
#[test]
fn a_namedtuple_keeps_its_fields() {
    for protocol in 2..=5 {
        assert_eq!(shown(&dumps("Point(1, 'y')", protocol)), "__main__.Point(1, 'y')");
    }
}

/// pickled: arguments of NEWOBJ and NEWOBJ_EX are thrown away; pickler: keyword arguments are.
#[test]
fn keyword_arguments_of_a_constructor_stay() {
    let graph = dumps("Named(name='n')", 4);
    let graph = Graph::from_slice(&graph).unwrap();
    let object = graph.root().as_object().unwrap();
    assert_eq!(object.call(), Call::NewEx);
    let (key, value) = object.kwargs().unwrap().iter().next().unwrap();
    assert_eq!((key.as_str(), value.as_str()), (Some("name"), Some("n")));
}

/// serde-pickle, pickled, pickler, pytorch-reader: SETITEMS and APPENDS on what is no dict or list fail.
#[test]
fn containers_of_collections_and_subclasses_keep_their_items() {
    let all = [
        (
            "collections.OrderedDict(a=1, b=2)",
            "collections.OrderedDict() + {'a': 1, 'b': 2}",
        ),
        (
            "collections.defaultdict(list, a=[1])",
            "collections.defaultdict(builtins.list) + {'a': [1]}",
        ),
        ("collections.deque([1, 2])", "collections.deque() + [1, 2]"),
        ("collections.Counter('aab')", "collections.Counter({'a': 2, 'b': 1})"),
        ("Bag([1, 2])", "__main__.Bag() + [1, 2]"),
        ("Box(k=1)", "__main__.Box() + {'k': 1}"),
    ];
    for (expression, expected) in all {
        for protocol in 2..=5 {
            assert_eq!(shown(&dumps(expression, protocol)), expected, "protocol {protocol}");
        }
    }
}

/// serde-pickle: datetime, Decimal, range, complex, Enum are errors, a UUID is a dict. The graph keeps each call.
#[test]
fn calls_of_the_standard_library_stay() {
    let all = [
        (
            "__import__('datetime').date(2026, 1, 2)",
            "datetime.date(b'\\x07\\xea\\x01\\x02')",
        ),
        ("__import__('decimal').Decimal('0.10')", "decimal.Decimal('0.10')"),
        ("range(3)", "builtins.range(0, 3, 1)"),
        ("1j", "builtins.complex(0.0, 1.0)"),
        ("Colour.RED", "__main__.Colour(3)"),
    ];
    for (expression, expected) in all {
        assert_eq!(shown(&dumps(expression, 4)), expected);
    }
    let uuid = shown(&dumps("__import__('uuid').UUID(int=5)", 4));
    assert!(uuid.starts_with("uuid.UUID() | {'int': 5"), "{uuid}");
}

/// pickled: a state that is a tuple of two is always split, and becomes `{"__state__": 1}`.
#[test]
fn a_state_that_is_a_pair_stays_a_pair() {
    let graph = dumps("Pair()", 4);
    let graph = Graph::from_slice(&graph).unwrap();
    let steps: Vec<_> = graph.root().steps().collect();
    let [Step::State(state)] = steps[..] else {
        panic!("{steps:?}")
    };
    assert_eq!(state.to_string(), "(1, 2)");
}

/// serde-pickle: OBJ underflows or takes an unrelated item, since the class stands above the mark.
#[test]
fn old_style_instances_of_obj_are_read() {
    let bytes = b"](K\x09(cshop\nOld\nq\0K\x01oq\x01}q\x02U\x01aK\x02sbe.";
    assert_eq!(shown(bytes), "[9, shop.Old(1) | {'a': 2}]");
}

/// serde-pickle: the names of INST are thrown away.
#[test]
fn old_style_instances_of_inst_are_read() {
    assert_eq!(
        shown(b"(I1\nishop\nOld\np0\n(dp1\nS'a'\nI2\nsb."),
        "shop.Old(1) | {'a': 2}"
    );
}

/// og-rek: a nested class has no name there; others look for a module called like the outer class.
#[test]
fn nested_names_are_names() {
    let graph = Graph::from_slice(b"\x80\x04\x8c\x04shop\x8c\x0bOrder.State\x93.").unwrap();
    assert!(graph.root().as_global().unwrap().is("shop", "Order.State"));
}

/// serde-pickle: the state tuple without the dtype's name, and from protocol 5 on an error; pickler: an error there.
#[test]
fn numpy_arrays_keep_dtype_shape_and_bytes() {
    let four = b"\x80\x04cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R\
        (K\x01K\x02\x85cnumpy\ndtype\nX\x02\0\0\0f4\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\
        \x89C\x08\0\0\x80?\0\0\0@tb.";
    let graph = Graph::from_slice(four).unwrap();
    let state = graph.root().as_object().unwrap().state().unwrap();
    let dtype = state.get(2).unwrap().as_object().unwrap();
    assert_eq!(dtype.args().get(0).and_then(|code| code.as_str()), Some("f4"));
    assert_eq!(
        dtype.state().unwrap().get(1).and_then(|order| order.as_str()),
        Some("<")
    );
    assert_eq!(state.get(4).unwrap().as_bytes().map(<[u8]>::len), Some(8));

    let five = b"\x80\x05cnumpy._core.numeric\n_frombuffer\n(\x96\x08\0\0\0\0\0\0\0\0\0\x80?\0\0\0@\
        cnumpy\ndtype\nX\x02\0\0\0f4\x89\x88\x87RK\x02\x85X\x01\0\0\0CtR.";
    let graph = Graph::from_slice(five).unwrap();
    let array = graph.root().as_object().unwrap();
    assert!(
        array
            .callable()
            .as_global()
            .unwrap()
            .is("numpy._core.numeric", "_frombuffer")
    );
    assert!(matches!(array.args().get(0).unwrap().kind(), Kind::ByteArray(bytes) if bytes.len() == 8));
}

/// gopickle and others: a call that was made and thrown away leaves no trace.
#[test]
fn calls_that_are_thrown_away_are_known() {
    let graph = Graph::from_slice(b"cos\nsystem\n(S'true'\ntR0N.").unwrap();
    let deeds: Vec<String> = graph.deeds().map(|deed| deed.value.to_string()).collect();
    assert_eq!(deeds, ["os.system", "os.system('true')"]);
}
