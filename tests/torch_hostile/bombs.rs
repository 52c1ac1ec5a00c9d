//! Small files that say more than could ever be listed.

use super::claim::{Claim, checkpoint};
use brinery::{Builder, Ref, types::torch::Checkpoint};

/// Lists shared without end, cycles, depth, and long names: an error at last, and soon.
#[test]
fn bombs() {
    let listed = |build: Builder, root: Ref| -> (usize, Option<String>) {
        let file = checkpoint(build, root);
        let checkpoint = Checkpoint::from_bytes(&file).expect("it is well-formed");
        let (mut count, mut error) = (0, None);
        for tensor in checkpoint.tensors() {
            match tensor {
                Ok(_) => count += 1,
                Err(last) => error = Some(last.to_string()),
            }
        }
        (count, error)
    };
    let mut build = Builder::new();
    let tensor = Claim::default().build(&mut build);
    let mut root = build.list([tensor]);
    for _ in 0..60 {
        root = build.list([root, root]);
    }
    let (count, error) = listed(build, root);
    assert_eq!(
        error.as_deref(),
        Some("the limit `times that items are shared` of 16 is reached")
    );
    assert!(count < 10_000, "{count}");

    let mut build = Builder::new();
    let tensor = Claim::default().build(&mut build);
    let root = build.list([tensor]);
    build.append(root, [root, tensor]).expect("a list");
    assert_eq!(listed(build, root), (2, None));

    let mut build = Builder::new();
    let mut root = Claim::default().build(&mut build);
    for _ in 0..100_000 {
        root = build.list([root]);
    }
    let (count, error) = listed(build, root);
    assert_eq!(
        (count, error.as_deref()),
        (0, Some("the limit `containers in each other` of 200 is reached"))
    );

    let mut build = Builder::new();
    let tensor = Claim::default().build(&mut build);
    let long = build.add("x".repeat(3000));
    let inner = build.dict([(long, tensor)]).expect("text");
    let root = build.dict([(long, inner)]).expect("text");
    let (count, error) = listed(build, root);
    assert_eq!(
        (count, error.as_deref()),
        (0, Some("the limit `bytes of a tensor's name` of 4096 is reached"))
    );

    // An ordered dict that holds itself under each of many names.
    let mut build = Builder::new();
    let class = build.global("collections", "OrderedDict");
    let root = build.call(class, []).expect("a class");
    let entries: Vec<_> = (0..100_000).map(|i| (build.add(format!("{i}")), root)).collect();
    build.insert(root, &entries).expect("an object");
    assert_eq!(listed(build, root).0, 0);

    // A module with many parameters, which is its own module under many names.
    let mut build = Builder::new();
    let class = build.global("torch.nn", "Module");
    let tensor = Claim::default().build(&mut build);
    let root = build.new_object(class, []).expect("a class");
    let other = build.new_object(class, []).expect("a class");
    let names: Vec<_> = (0..20_000).map(|i| build.add(format!("{i}"))).collect();
    let parameters: Vec<_> = names.iter().map(|name| (*name, tensor)).collect();
    let modules: Vec<_> = names.iter().map(|name| (*name, other)).collect();
    let parameters = build.dict(parameters).expect("text");
    let (none, modules) = (build.dict([]).expect("text"), build.dict(modules).expect("text"));
    let keys = ["_parameters", "_modules"].map(|name| build.add(name));
    let state = build.dict([(keys[0], none), (keys[1], modules)]).expect("text");
    build.set_state(root, state).expect("an object");
    let state = build.dict([(keys[0], parameters), (keys[1], none)]).expect("text");
    build.set_state(other, state).expect("an object");
    let (count, error) = listed(build, root);
    assert!(error.is_some() && count < 2_000_000, "{count} {error:?}");
}
