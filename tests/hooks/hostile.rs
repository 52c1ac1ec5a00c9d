//! Depth costs memory only, and hooks that never end are stopped.

use brinery::{
    Builder, Graph, Options, Ref, Result,
    hooks::{Answer, Hooks, Reduce, Reducer},
};

/// `[shop.Order() | [shop.Order() | […]]]`, so many deep.
fn chain(depth: usize) -> Graph<'static> {
    let mut build = Builder::new();
    let class = build.global("shop", "Order");
    let mut at = build.add(());
    for _ in 0..depth {
        let order = build.new_object(class, []).expect("a class");
        let state = build.list([at]);
        build.set_state(order, state).expect("an object");
        at = order;
    }
    build.finish(at)
}

/// As a function of its own state, in place of the state.
fn through_args(order: Ref, build: &mut Builder<'_>) -> Result<Answer> {
    let state = build.value(order).as_object().and_then(|order| order.state());
    let Some(state) = state.map(|state| state.id()) else {
        return Ok(Answer::Default);
    };
    let args = build.tuple([state]);
    Ok(Reduce::new(build.import("shop:load"), args).into())
}

#[test]
fn a_million_deep() {
    const DEPTH: usize = 1_000_000;
    let graph = chain(DEPTH);
    for protocol in [0, 2, 5] {
        let options = Options::new().protocol(protocol);
        let by_args = options
            .write_with(&graph, &mut through_args)
            .expect("deep is not wrong");
        let by_state = options
            .write_with(&graph, &mut |order: Ref, build: &mut Builder<'_>| {
                let Some(made) = Reduce::of(order, build) else {
                    return Ok(Answer::Default);
                };
                let setter = build.import("shop:set_state");
                Ok(Reduce {
                    state_setter: Some(setter),
                    ..made
                }
                .into())
            })
            .expect("deep is not wrong");
        for bytes in [by_args, by_state] {
            let calls = Graph::from_slice(&bytes).expect("just written").deeds().count();
            assert!(calls > DEPTH, "{calls} imports and calls in protocol {protocol}");
        }
    }
    let mut pids = Hooks::new()
        .persistent_id(|object, build| Ok(build.value(object).is_none().then(|| build.interned("the end"))));
    let bytes = Options::new().write_with(&graph, &mut pids).expect("deep is not wrong");
    assert!(bytes.windows(7).any(|window| window == b"the end"));
}

fn stopped(hook: &mut dyn Reducer) {
    stopped_from(0, hook);
}

fn stopped_from(first: u8, hook: &mut dyn Reducer) {
    let mut build = Builder::new();
    let class = build.global("shop", "Order");
    let order = build.new_object(class, []).expect("a class");
    let state = build.list([order]);
    build.set_state(order, state).expect("an object");
    let root = build.list([state, order]);
    let graph = build.finish(root);
    for protocol in first..=5 {
        let error = Options::new()
            .protocol(protocol)
            .write_with(&graph, hook)
            .expect_err("it never ends");
        assert!(error.to_string().contains("the limit `calls` of"), "{error}");
        assert_eq!(error.kind().python_exception(), "RecursionError");
    }
}

#[test]
fn hooks_that_never_end() {
    let is_object = |object: Ref, build: &Builder<'_>| build.value(object).as_object().is_some();
    let call = |args: &[Ref], build: &mut Builder<'_>| {
        let args = build.tuple(args);
        Reduce::new(build.import("shop:load"), args)
    };
    // Another new object each time: as an argument, as the state, as an item.
    let new = |build: &mut Builder<'_>| {
        let class = build.import("shop:Order");
        build.new_object(class, [])
    };
    stopped(&mut |object: Ref, build: &mut Builder<'_>| {
        if !is_object(object, build) {
            return Ok(Answer::Default);
        }
        let other = new(build)?;
        Ok(call(&[other], build).into())
    });
    stopped(&mut |object: Ref, build: &mut Builder<'_>| {
        if !is_object(object, build) {
            return Ok(Answer::Default);
        }
        let (one, other) = (new(build)?, new(build)?);
        Ok(call(&[], build).state(one).list_items([other]).into())
    });
    // The object itself.
    stopped(&mut |object: Ref, build: &mut Builder<'_>| {
        Ok(if is_object(object, build) {
            call(&[object], build).into()
        } else {
            Answer::Default
        })
    });
    // An object as its own callable, and imports that are made by calls of imports.
    stopped(&mut |object: Ref, build: &mut Builder<'_>| {
        let args = build.tuple([]);
        Ok(Reduce::new(object, args).into())
    });
    stopped(&mut |_: Ref, build: &mut Builder<'_>| Ok(call(&[], build).into()));
    // Persistent ids whose parts have persistent ids.
    // Protocol 0 has ids of one line.
    stopped_from(
        1,
        &mut Hooks::new().persistent_id(|object, build| Ok(is_object(object, build).then(|| build.tuple([object])))),
    );
    stopped_from(
        1,
        &mut Hooks::new().persistent_id(|object, build| {
            let other = is_object(object, build).then(|| new(build)).transpose()?;
            Ok(other.map(|other| build.tuple([other])))
        }),
    );
}

#[test]
fn answers_that_are_none() {
    let graph = chain(1);
    let refused = |answer: fn(&mut Builder<'_>) -> Reduce| {
        let mut hook = |object: Ref, build: &mut Builder<'_>| {
            let is_order = build.value(object).as_object().is_some();
            Ok(if is_order {
                answer(build).into()
            } else {
                Answer::Default
            })
        };
        let error = Options::new().write_with(&graph, &mut hook).expect_err("it is none");
        assert_eq!(error.kind().python_exception(), "PicklingError");
        error.to_string()
    };
    type Case = (fn(&mut Builder<'_>) -> Reduce, &'static str);
    let cases: [Case; 5] = [
        (
            |build| Reduce::new(build.add(1), build.tuple([])),
            "calls what cannot be called",
        ),
        (
            |build| Reduce::new(build.import("shop:f"), build.list([])),
            "are not a tuple",
        ),
        (
            |build| Reduce::new(build.import("copyreg:__newobj__"), build.tuple([])),
            "begin with a class",
        ),
        (
            |build| Reduce::new(build.import("copyreg:__newobj_ex__"), build.tuple([])),
            "a class, a tuple and a dict",
        ),
        (
            |build| Reduce::new(build.import("shop:f"), build.tuple([])).state_by(build.list([]), build.list([])),
            "calls what cannot be called",
        ),
    ];
    for (answer, why) in cases {
        let said = refused(answer);
        assert!(said.contains(why), "{said}");
    }
    let mut hook = |_: Ref, _: &mut Builder<'_>| Err(brinery::ErrorKind::Custom("no orders".into()).into());
    let error = Options::new()
        .write_with(&graph, &mut hook)
        .expect_err("the hook says so");
    assert_eq!(error.to_string(), "no orders");
}

/// Without a memo, what is shared is asked about each time, and cycles are seen.
#[test]
fn fast_mode() {
    let mut build = Builder::new();
    let class = build.global("shop", "Order");
    let order = build.new_object(class, []).expect("a class");
    let state = build.list([]);
    build.set_state(order, state).expect("an object");
    let root = build.list(vec![order; 5000]);
    let graph = build.finish(root);
    let bytes = Options::new()
        .fast(true)
        .write_with(&graph, &mut through_args)
        .expect("it ends");
    assert_eq!(
        Graph::from_slice(&bytes).expect("just written").root().len(),
        Some(5000)
    );
    let mut build = Builder::from(graph);
    build.append(state, [order]).expect("a list");
    let graph = build.finish(root);
    let error = Options::new()
        .fast(true)
        .write_with(&graph, &mut through_args)
        .expect_err("a cycle");
    assert!(error.to_string().contains("contains itself"), "{error}");
}
