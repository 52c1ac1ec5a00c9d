//! scikit-learn's estimators, against what they say of themselves.

mod support;

use brinery::{
    Builder, Graph, Options,
    archive::scan_file,
    scan::{Policy, Verdict},
    types::{joblib, sklearn::Estimator},
};
use serde_json::Value as Json;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};
use support::packages;

/// What scikit-learn of each environment wrote, once for all tests.
fn written() -> &'static [PathBuf] {
    static WRITTEN: OnceLock<Vec<PathBuf>> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let by = |name: &str| {
            let python = packages::environment(name)?;
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sklearn-{name}"));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).expect("the target directory can be written");
            let output = python
                .oracle("sklearn_cases.py")
                .arg(&path)
                .output()
                .expect("it starts");
            let report = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "sklearn_cases.py with {name}: {report}");
            Some(path)
        };
        ["classic", "modern"].into_iter().filter_map(by).collect()
    })
}

fn texts(json: &Json) -> Vec<&str> {
    json.as_array()
        .expect("an array")
        .iter()
        .map(|text| text.as_str().expect("text"))
        .collect()
}

/// Compares a tree; answers how many estimators it has.
fn compare(estimator: &Estimator<'_>, wanted: &Json, at: &str) -> usize {
    assert_eq!(estimator.module(), wanted["module"], "{at}");
    assert_eq!(estimator.class(), wanted["class"], "{at}");
    assert_eq!(estimator.is_opaque(), wanted["opaque"], "{at}");
    if estimator.is_opaque() {
        assert_eq!(estimator.params().count() + estimator.children().len(), 0);
        return 1;
    }
    assert_eq!(
        estimator.version().map(Json::from).unwrap_or(Json::Null),
        wanted["version"],
        "{at}"
    );
    let names: Vec<_> = estimator.params().map(|(name, _)| name).collect();
    assert_eq!(names, texts(&wanted["params"]), "{at}");
    let names: Vec<_> = estimator.fitted().map(|(name, _)| name).collect();
    assert_eq!(names, texts(&wanted["fitted"]), "{at}");
    for (name, repr) in wanted["get_params"].as_object().into_iter().flatten() {
        let found = estimator
            .param(name)
            .unwrap_or_else(|| panic!("{at}: no parameter {name}"));
        if let Some(repr) = repr.as_str() {
            assert_eq!(found.to_string(), repr, "{at}.{name}");
        }
    }
    let children = estimator.children();
    let wanted = wanted["children"].as_array().expect("an array");
    let names = |pair: &Json| pair[0].as_str().expect("text").to_owned();
    let found: Vec<_> = children.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(found, wanted.iter().map(names).collect::<Vec<_>>(), "{at}");
    let pairs = children.iter().zip(wanted);
    1 + pairs
        .map(|((name, child), wanted)| compare(child, &wanted[1], &format!("{at}.{name}")))
        .sum::<usize>()
}

#[test]
fn scikit_learn_writes() {
    for directory in written() {
        let (mut files, mut estimators) = (0, 0);
        for entry in fs::read_dir(directory).expect("it was written") {
            let path = entry.expect("it can be listed").path();
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .expect("a name")
                .to_owned();
            let bytes = fs::read(&path).expect("it is there");
            let wanted = || -> Json {
                let name = &stem[..stem.rfind('_').expect("it has a suffix")];
                let text = fs::read_to_string(directory.join(format!("{name}.json"))).expect("it is beside it");
                serde_json::from_str(&text).expect("JSON")
            };
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("pickle") => {
                    let graph = Graph::from_slice(&bytes).unwrap_or_else(|error| panic!("{stem}: {error}"));
                    let estimator = Estimator::from_value(graph.root()).expect("an estimator");
                    estimators += compare(&estimator, &wanted(), &stem);
                    assert!(estimator.to_string().len() < 20_000, "{estimator}");
                }
                Some("joblib") => {
                    let file = joblib::read(&bytes).unwrap_or_else(|error| panic!("{stem}: {error}"));
                    let estimator = file.estimator().expect("an estimator");
                    estimators += compare(&estimator, &wanted(), &stem);
                }
                _ => continue,
            }
            let report = scan_file(&bytes, &Policy::sklearn()).report;
            let own_class = report.imports.iter().any(|import| import.module == "__main__");
            let wanted = if own_class { Verdict::Unknown } else { Verdict::Safe };
            assert_eq!(report.verdict, wanted, "{}: {report:?}", path.display());
            files += 1;
        }
        println!("{}: {files} files, {estimators} estimators", directory.display());
        assert!(
            files == 19 * 7 && estimators > 600,
            "{files} files, {estimators} estimators"
        );
    }
}

#[test]
fn printed() {
    for directory in written() {
        let read = |name: &str| fs::read(directory.join(name)).expect("it was written");
        let bytes = read("pipeline_p4.pickle");
        let graph = Graph::from_slice(&bytes).expect("it was written");
        let estimator = Estimator::from_value(graph.root()).expect("an estimator");
        let text = estimator.to_string();
        let version = estimator.version().expect("scikit-learn's own");
        let head = format!(
            "sklearn.pipeline.Pipeline (scikit-learn {version})\n    memory = None\n    verbose = False\n    steps.clip: \
             __main__.Clip\n        low = 0.1\n        high = 0.9\n        learned: columns_\n    steps.scale: \
             sklearn.preprocessing._data.StandardScaler\n"
        );
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        for line in sorted(&head) {
            assert!(sorted(&text).contains(&line), "{line} in {text}");
        }
        let bytes = read("forest_.joblib");
        let file = joblib::read(&bytes).expect("it was written");
        let text = file.estimator().expect("an estimator").to_string();
        assert!(text.contains("    estimators_: 9 more\n"), "{text}");
        assert!(text.contains("        tree_: sklearn.tree._tree.Tree\n"), "{text}");
    }
}

/// What is in itself, shared without end, or as deep as can be, is printed all the same.
#[test]
fn hostile() {
    let mut build = Builder::new();
    let class = build.global("sklearn.pipeline", "Pipeline");
    let root = build.new_object(class, []).expect("a class");
    let mut inner = build.list([root, root]);
    for _ in 0..40 {
        inner = build.list([inner, inner]);
    }
    let key = build.add("steps");
    let long = (build.add("x".repeat(1000)), build.add("y".repeat(100_000)));
    let own = build.add("me_");
    let state = build.dict([(key, inner), long, (own, root)]).expect("text");
    build.set_state(root, state).expect("an object");
    let graph = build.finish(root);
    let estimator = Estimator::from_value(graph.root()).expect("an instance");
    assert_eq!(estimator.children().len(), 1);
    let text = estimator.to_string();
    assert!(
        text.len() < 1000 && text.ends_with("    me_: sklearn.pipeline.Pipeline (as above)\n"),
        "{text}"
    );

    // A chain of 100,000.
    let mut build = Builder::new();
    let class = build.global("sklearn.pipeline", "Pipeline");
    let key = build.add("inner");
    let mut root = build.new_object(class, []).expect("a class");
    for _ in 0..100_000 {
        let outer = build.new_object(class, []).expect("a class");
        let state = build.dict([(key, root)]).expect("text");
        build.set_state(outer, state).expect("an object");
        root = outer;
    }
    let graph = build.finish(root);
    let text = Estimator::from_value(graph.root()).expect("an instance").to_string();
    assert!(text.ends_with("...\n") && text.lines().count() < 100, "{text}");

    for bytes in [&b"N."[..], b"]."] {
        let graph = Options::new().read(bytes).expect("a pickle");
        assert!(Estimator::from_value(graph.root()).is_err());
    }
}
