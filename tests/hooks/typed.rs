//! Rust values with hooks: the mode `typed` of `oracle/hooks.py` has the same values in Python.

use super::{
    support::{python::interpreters, records::Written},
    things::{Constants, Tally, reduce_thing},
};
use brinery::{Builder, Options, Ref, Shared};
use serde::Serialize;
use std::rc::Rc;

#[derive(Serialize)]
#[serde(untagged)]
enum Part {
    None,
    Int(i64),
    Float(f64),
    Thing(Thing),
    Shared(Shared<Rc<Thing>>),
    List(Vec<Part>),
}

#[derive(Serialize)]
#[serde(rename = "hook_classes:Thing")]
struct Thing {
    how: &'static str,
    name: &'static str,
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Plain {
    name: &'static str,
    n: Vec<Part>,
}

fn thing(how: &'static str, name: &'static str, parts: impl IntoIterator<Item = Part>) -> Thing {
    let parts = parts.into_iter().collect();
    Thing { how, name, parts }
}

fn lamp() -> Thing {
    thing("setter", "lamp", [Part::Int(1), Part::Int(2)])
}

#[test]
fn values() {
    let shared = Rc::new(lamp());
    let inner = [Part::Thing(lamp()), Part::Thing(thing("newobj", "y", []))];
    let values = [
        ("one", Part::Thing(lamp())),
        (
            "shared",
            Part::List(vec![Part::Shared(Shared(shared.clone())), Part::Shared(Shared(shared))]),
        ),
        ("inner", Part::Thing(thing("call", "outer", inner))),
        ("items", Part::Thing(thing("list", "many", (0..1500).map(Part::Int)))),
    ];
    let plain = Plain {
        name: "x",
        n: vec![Part::Int(1), Part::Float(2.5), Part::None],
    };
    let mut tally = Tally::default();
    for python in interpreters() {
        let written = Written::by_script(python, "hooks.py", &["typed"]);
        for record in written.records() {
            let mut constants = Constants::default();
            let mut hook = |thing: Ref, build: &mut Builder<'_>| reduce_thing(&mut constants, thing, build);
            let options = written.options.clone().protocol(record.q);
            let got = match values.iter().find(|(name, _)| *name == record.name) {
                Some((_, value)) => options.to_vec_with(value, &mut hook),
                None => options.to_vec_with(&plain, &mut hook),
            };
            tally.compare(python, record, got);
        }
    }
    tally.finish("Rust values", 30 * interpreters().len());
}

/// A hook that says nothing changes nothing, in memory and on the way to a writer.
#[test]
fn silent_hooks() {
    let values = (
        lamp(),
        "n",
        [lamp(), lamp()],
        "0.50".parse::<brinery::types::Decimal>().expect("a number"),
        Some(()),
        1u128 << 90,
    );
    let mut silent = brinery::hooks::Hooks::new();
    for protocol in 0..=5 {
        for fast in [false, true] {
            let options = Options::new().protocol(protocol).fast(fast);
            let bytes = options.to_vec(&values).expect("it is written");
            assert_eq!(options.to_vec_with(&values, &mut silent).expect("it is written"), bytes);
            let mut out = Vec::new();
            options
                .to_writer_with(&mut out, &values, &mut silent)
                .expect("it is written");
            assert_eq!(out, bytes, "protocol {protocol}");
            let graph = options.read(&bytes).expect("just written");
            let mut out = Vec::new();
            options
                .write_to_with(&graph, &mut out, &mut silent)
                .expect("it is written");
            assert_eq!(out, options.write(&graph).expect("it is written"));
        }
    }
}
