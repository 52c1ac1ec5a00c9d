//! The registry of reading: refusals, renames, other objects.

use brinery::{Builder, ErrorKind, Extensions, Graph, Options, Ref, Result, hooks::Registry};

fn with(registry: Registry) -> Options {
    Options::new().registry(registry)
}

fn shown(registry: Registry, bytes: &[u8]) -> String {
    match with(registry).read(bytes) {
        Ok(graph) => graph.root().to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn refusals() {
    let registry = || {
        Registry::new()
            .refuse("os", "*")
            .allow("os.path", "join")
            .refuse("shop", "Order")
            .refuse("builtins", "eval")
    };
    let why = |path: &str, at: &str| format!("{at}: the import {path} is refused");
    for (bytes, said) in [
        (&b"cos\nsystem\n0N."[..], why("os.system", "GLOBAL at byte 0")),
        (b"N0cos.path\nexists\n.", why("os.path.exists", "GLOBAL at byte 2")),
        (b"cos.path\njoin\n.", "os.path.join".into()),
        (b"cosx\nstar\n.", "osx.star".into()),
        (b"(ishop\nOrder\n.", why("shop.Order", "INST at byte 1")),
        (b"cshop\nOrders\n.", "shop.Orders".into()),
        (
            b"\x80\x04\x8c\x04shop\x8c\x0aOrder.load\x93.",
            why("shop.Order.load", "STACK_GLOBAL at byte 20"),
        ),
        (b"\x80\x02\x82\x05.", why("shop.Order", "EXT1 at byte 2")),
        // Python 2's name.
        (b"c__builtin__\neval\n.", why("builtins.eval", "GLOBAL at byte 0")),
    ] {
        let mut extensions = Extensions::default();
        extensions.add("shop", "Order", 5);
        let options = with(registry()).extensions(extensions);
        let all = [
            options.read(bytes).map(|graph| graph.root().to_string()),
            options.read_from(bytes).map(|graph| graph.root().to_string()),
            options.read_all(bytes).map(|graph| graph.root().to_string()),
        ];
        for got in all {
            match got {
                Ok(shown) => assert_eq!(shown, said),
                Err(error) => {
                    assert_eq!(error.to_string(), said);
                    assert!(matches!(error.kind(), ErrorKind::Refused(_)));
                    assert_eq!(error.kind().python_exception(), "UnpicklingError");
                }
            }
        }
    }
}

#[test]
fn only_what_is_allowed() {
    let registry = || {
        Registry::new()
            .allow("shop", "Order")
            .allow("crates", "*")
            .refuse_others()
    };
    let fine: [&[u8]; 5] = [
        b"ccopy_reg\n_reconstructor\n(cshop\nOrder\nc__builtin__\nobject\nNtR.",
        b"cdatetime\ndate\n.",
        b"ccrates.deep\nThing\n.",
        b"c_codecs\nencode\n(Va\nVlatin1\ntR.",
        b"c__builtin__\nset\n((lp0\ntR.",
    ];
    for bytes in fine {
        assert!(with(registry()).read(bytes).is_ok(), "{}", bytes.escape_ascii());
    }
    let refused: [&[u8]; 5] = [
        b"cshop\nstop\n.",
        b"cos\nsystem\n.",
        b"c__builtin__\ngetattr\n.",
        b"cshop\nOrder.load\n.",
        b"cbuiltins\nobject.__subclasses__\n.",
    ];
    for bytes in refused {
        assert!(with(registry()).read(bytes).is_err(), "{}", bytes.escape_ascii());
    }
    let registry = registry().refuse("os", "*").rewrite("a", "B", |at, _| Ok(at));
    assert!(registry.knows("shop", "Order") && registry.knows("a", "B") && registry.knows("decimal", "Decimal"));
    assert!(!registry.knows("os", "system") && !registry.knows("shop", "stop"));
    let debug = format!("{registry:?}");
    assert!(
        debug.contains("refuse os:*") && debug.contains("refuse_others: true"),
        "{debug}"
    );
}

#[test]
fn renames() {
    let registry = || {
        Registry::new()
            .rename("old", "Order", "shop", "Order")
            .rename("older", "Order", "old", "Order")
            .rename("shop", "Inner", "shop", "Outer.Inner")
            .rename("here", "x", "there", "x")
            .rename("there", "x", "here", "x")
            .rename("innocent", "f", "os", "system")
            .refuse("os", "system")
    };
    assert_eq!(shown(registry(), b"colder\nOrder\n."), "shop.Order");
    assert_eq!(
        shown(registry(), b"\x80\x04\x8c\x03old\x8c\x05Order\x93."),
        "shop.Order"
    );
    assert_eq!(shown(registry(), b"cshop\nInner\n."), "shop.Outer.Inner");
    assert_eq!(shown(registry(), b"cshop\nOrders\n."), "shop.Orders");
    assert!(shown(registry(), b"chere\nx\n.").ends_with(".x"));
    assert!(shown(registry(), b"cinnocent\nf\n.").contains("os.system is refused"));
    // Written again with the new name, and once where the old pickle has one object.
    let graph = with(registry())
        .read(b"\x80\x04\x8c\x03old\x8c\x05Order\x93\x94h\0\x86.")
        .expect("it is read");
    let bytes = Options::new().protocol(2).write(&graph).expect("it is written");
    assert_eq!(bytes, b"\x80\x02cshop\nOrder\nq\0h\0\x86q\x01.");
}

/// The state of an object, which takes its place.
fn state(order: Ref, build: &mut Builder<'_>) -> Result<Ref> {
    let state = build.value(order).as_object().and_then(|order| order.state());
    state
        .map(|state| state.id())
        .ok_or_else(|| ErrorKind::Custom("an order has no state".into()).into())
}

/// `shop.Order()` with what `fill` answers as its state, in what `around` answers.
fn order(
    fill: impl FnOnce(&mut Builder<'static>, Ref) -> Ref,
    around: impl FnOnce(&mut Builder<'static>, Ref) -> Ref,
) -> Vec<u8> {
    let mut build = Builder::new();
    let class = build.global("shop", "Order");
    let order = build.new_object(class, []).expect("a class");
    let state = fill(&mut build, order);
    build.set_state(order, state).expect("an object");
    let root = around(&mut build, order);
    Options::new()
        .protocol(4)
        .write(&build.finish(root))
        .expect("it is written")
}

#[test]
fn objects_are_replaced_wherever_they_are() {
    let rewritten = |bytes: &[u8]| shown(Registry::new().rewrite("shop", "Order", state), bytes);
    let seven = |build: &mut Builder<'static>, _| build.add(7);
    assert_eq!(rewritten(&order(seven, |_, order| order)), "7");
    assert_eq!(
        rewritten(&order(seven, |build, order| build.list([order, order]))),
        "[7, 7]"
    );
    assert_eq!(rewritten(&order(seven, |build, order| build.tuple([order]))), "(7,)");
    assert_eq!(
        rewritten(&order(seven, |build, order| {
            let one = build.add(1);
            build.dict([(order, one), (one, order)]).expect("hashable")
        })),
        "{7: 1, 1: 7}"
    );
    assert_eq!(
        rewritten(&order(seven, |build, order| build.set([order]).expect("hashable"))),
        "{7}"
    );
    assert_eq!(
        rewritten(&order(seven, |build, order| {
            let seven = build.add(7);
            build.frozenset([order, seven]).expect("hashable")
        })),
        "frozenset({7})"
    );
    assert_eq!(
        rewritten(&order(seven, |build, order| {
            let class = build.global("shop", "Other");
            let other = build.call(class, [order]).expect("a class");
            build.append(other, [order]).expect("an object");
            build.insert(other, [(order, order)]).expect("an object");
            let setter = build.global("shop", "set");
            build.set_state_with(other, setter, order).expect("an object");
            let pid = build.persistent(order);
            build.tuple([other, pid])
        })),
        "(shop.Other(7) + [7] + {7: 7} | shop.set(..., 7), <persistent id 7>)"
    );
    // Inner ones first.
    assert_eq!(
        rewritten(&order(seven, |build, inner| {
            let class = build.global("shop", "Order");
            let outer = build.new_object(class, []).expect("a class");
            let state = build.list([inner]);
            build.set_state(outer, state).expect("an object");
            outer
        })),
        "[7]"
    );
}

#[test]
fn cycles_and_wrappers() {
    let own = order(|build, order| build.list([order]), |build, order| build.list([order]));
    assert_eq!(
        shown(Registry::new().rewrite("shop", "Order", state), &own),
        "[[[...]]]"
    );
    // The object stays in what takes its place, and everything else refers to that.
    let wrap = |order: Ref, build: &mut Builder<'_>| {
        let text = build.interned("wrapped");
        Ok(build.tuple([text, order]))
    };
    let graph = with(Registry::new().rewrite("shop", "Order", wrap))
        .read(&own)
        .expect("it is read");
    let wrapped = graph.root().get(0).expect("the wrapper");
    assert_eq!(wrapped.get(0).and_then(|text| text.as_str()), Some("wrapped"));
    let object = wrapped
        .get(1)
        .and_then(|object| object.as_object())
        .expect("the object");
    let inner = object
        .state()
        .and_then(|state| state.get(0))
        .expect("the object's own item");
    assert!(inner.is(wrapped));
    // Written and read again, it is the same.
    let bytes = Options::new().protocol(4).write(&graph).expect("it is written");
    let again = Graph::from_slice(&bytes).expect("just written");
    assert_eq!(again.root().to_string(), graph.root().to_string());
    // Two that refer to each other, each replaced by its state.
    let mut build = Builder::new();
    let class = build.global("shop", "Order");
    let orders = [(); 2].map(|()| build.new_object(class, []).expect("a class"));
    for (one, other) in [(orders[0], orders[1]), (orders[1], orders[0])] {
        let state = build.list([other]);
        build.set_state(one, state).expect("an object");
    }
    let bytes = build.finish(orders[0]).to_vec().expect("it is written");
    assert_eq!(
        shown(Registry::new().rewrite("shop", "Order", state), &bytes),
        "[[[...]]]"
    );
}

#[test]
fn faults_have_a_place() {
    let none = order(|build, _| build.add(()), |build, order| build.list([order]));
    let fails = |_: Ref, _: &mut Builder<'_>| Err(ErrorKind::Custom("sold out".into()).into());
    let error = with(Registry::new().rewrite("shop", "Order", fails))
        .read(&none)
        .expect_err("it says so");
    assert_eq!(error.to_string(), "NEWOBJ at byte 31: sold out");
    // A list as a key.
    let key = order(
        |build, _| build.list([]),
        |build, order| build.dict([(order, order)]).expect("hashable"),
    );
    let error = with(Registry::new().rewrite("shop", "Order", state))
        .read(&key)
        .expect_err("no key");
    assert!(error.to_string().contains("list is not hashable"), "{error}");
    // Something that is called.
    let called = order(
        |build, _| build.list([]),
        |build, order| build.call(order, []).expect("an object"),
    );
    let error = with(Registry::new().rewrite("shop", "Order", state))
        .read(&called)
        .expect_err("no function");
    assert!(error.to_string().contains("needs a callable, found list"), "{error}");
}

/// Depth and sharing cost no more than they are.
#[test]
fn a_million_deep() {
    const DEPTH: usize = 1_000_000;
    let mut bytes = b"\x80\x02cshop\nOrder\nq\0".to_vec();
    (0..DEPTH).for_each(|_| bytes.extend(b"h\0)\x81"));
    bytes.push(b'K');
    bytes.push(7);
    (0..DEPTH).for_each(|_| bytes.push(b'b'));
    bytes.push(b'.');
    // Nothing of this is a pickler's: the class lies below.
    let graph = with(Registry::new().rewrite("shop", "Order", |order, build| {
        let state = state(order, build)?;
        Ok(build.list([state]))
    }))
    .read(&bytes)
    .expect("deep is not wrong");
    let depth = std::iter::successors(Some(graph.root()), |list| list.get(0)).count();
    assert_eq!(depth, DEPTH + 1);
}

#[test]
fn persistent_ids() {
    let load = |id: Ref, build: &mut Builder<'_>| {
        let Some(number) = build.value(id).as_i64() else {
            return Err(ErrorKind::Custom("no such record".into()).into());
        };
        Ok(build.add(number + 1))
    };
    assert_eq!(
        shown(Registry::new().persistent(load), b"\x80\x02]q\0(K\x05QK\x06Qe."),
        "[6, 7]"
    );
    let error = shown(Registry::new().persistent(load), b"Pfive\n.");
    assert_eq!(error, "at byte 0: no such record");
    // An id with a part that has one.
    let sum = |id: Ref, build: &mut Builder<'_>| {
        let sum: i64 = build.value(id).items().filter_map(|part| part.as_i64()).sum();
        Ok(build.add(sum))
    };
    assert_eq!(
        shown(Registry::new().persistent(sum), b"\x80\x02K\x01K\x02K\x03\x86Q\x86Q."),
        "6"
    );
}
