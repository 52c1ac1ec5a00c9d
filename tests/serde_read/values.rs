//! Parts of graphs, and identity.

use brinery::{Builder, from_value, pickle};
use serde::Deserialize;

#[test]
fn parts() {
    let graph = pickle!({"users": [{"name": "Ann"}, {"name": "Bob"}]});
    let user = graph.root().at("users.1").unwrap();
    #[derive(Deserialize)]
    struct User<'a> {
        name: &'a str,
    }
    assert_eq!(from_value::<User>(user).unwrap().name, "Bob");
    assert_eq!(User::deserialize(user).unwrap().name, "Bob");
    let error = from_value::<Vec<u8>>(graph.root().at("users").unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "[0]: expected u8, found a dict of 1 entry");
}

/// Each reference to a shared object is read.
#[test]
fn shared() {
    let mut build = Builder::new();
    let row = build.list([]);
    let rows = build.list([row, row]);
    let one = build.add(1);
    build.append(row, [one]).unwrap();
    let graph = build.finish(rows);
    assert_eq!(brinery::from_graph::<Vec<Vec<u8>>>(&graph).unwrap(), [[1], [1]]);
}
