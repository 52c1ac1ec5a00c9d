//! numpy's arrays in typed values.

#![cfg(all(feature = "derive", feature = "ndarray"))]

mod support;

use brinery::{Builder, Options, types::numpy::Maker};
use ndarray::{Array1, Array2, ArrayD, array};
use serde::{Deserialize, Serialize};
use support::{
    counted::{put, run, take, text},
    packages::environment,
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Whole<T: brinery::types::numpy::Native + Serialize + for<'a> Deserialize<'a>>(
    #[serde(with = "brinery::types::numpy")] ArrayD<T>,
);

/// Reads the array into a field and writes that again.
fn again(dtype: &str, pickle: &[u8], protocol: u8) -> brinery::Result<Vec<u8>> {
    macro_rules! each {
        ($($name:literal: $ty:ty,)*) => {
            match dtype {
                $( $name => Options::new().protocol(protocol).to_vec(&brinery::from_slice::<Whole<$ty>>(pickle)?), )*
                other => panic!("{other}"),
            }
        };
    }
    each! {
        "?": bool, "i1": i8, "<i2": i16, "<i4": i32, "<i8": i64, "u1": u8, "<u2": u16, "<u4": u32, "<u8": u64,
        "<f4": f32, "<f8": f64,
    }
}

#[test]
fn numpy_loads_fields() {
    for name in ["classic", "modern", "latest"] {
        let Some(python) = environment(name) else { continue };
        let written = run(&python, "numpy_cases.py", "write", b"");
        let (rest, mut input, mut count) = (&mut &*written, Vec::new(), 0);
        while !rest.is_empty() {
            let (name, protocol) = (text(rest), text(rest));
            for _ in 0..5 {
                take(rest).expect("a part");
            }
            let pickle = take(rest).expect("a pickle");
            let buffers: usize = text(rest).parse().expect("a number");
            (0..buffers).for_each(|_| {
                take(rest).expect("a buffer");
            });
            let words: Vec<&str> = name.split(' ').collect();
            let known = ["?", "i1", "<i2", "<i4", "<i8", "u1", "<u2", "<u4", "<u8", "<f4", "<f8"];
            if words[0] != "plain" || !known.contains(&words[1]) || buffers > 0 {
                continue;
            }
            // NaN and its bits go through arrays, and what is not contiguous changes its order.
            let again = again(words[1], pickle, protocol.parse().expect("a protocol"));
            put(&mut input, name);
            put(&mut input, protocol);
            put(
                &mut input,
                again.unwrap_or_else(|error| panic!("{name} in protocol {protocol}: {error}")),
            );
            put(&mut input, "0");
            count += 1;
        }
        assert!(count > 800, "only {count}");
        let same = run(&python, "numpy_cases.py", "check", &input);
        assert_eq!(String::from_utf8_lossy(&same).trim(), count.to_string());
    }
}

/// The pickle of an array of the crate `ndarray`.
fn pickled<T: brinery::types::numpy::Native, D: ndarray::Dimension>(array: &ndarray::Array<T, D>) -> Vec<u8> {
    let mut build = Builder::new();
    let root = Maker::new().ndarray(&mut build, array).expect("it is made");
    Options::new().write(&build.finish(root)).expect("it is written")
}

#[test]
fn arrays_are_sequences() {
    let pickle = pickled(&array![[1.5, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let rows: Vec<Vec<f64>> = brinery::from_slice(&pickle).expect("rows");
    assert_eq!(rows, [[1.5, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let tuples: Vec<(f64, f32, f64)> = brinery::from_slice(&pickle).expect("tuples");
    assert_eq!(tuples[1], (4.0, 5.0, 6.0));
    assert!(
        brinery::from_slice::<Vec<(f64, f64)>>(&pickle).is_err(),
        "a column is left"
    );
    let turned = pickled(&array![[1, 2], [3, 4]].reversed_axes());
    assert_eq!(
        brinery::from_slice::<Vec<[i64; 2]>>(&turned).expect("rows"),
        [[1, 3], [2, 4]]
    );
    let flat = pickled(&array![1_u8, 0, 1]);
    assert_eq!(brinery::from_slice::<Vec<u64>>(&flat).expect("numbers"), [1, 0, 1]);
    assert_eq!(
        brinery::from_slice::<Option<Vec<i8>>>(&flat).expect("numbers"),
        Some(vec![1, 0, 1])
    );
    let error = brinery::from_slice::<Vec<bool>>(&flat)
        .expect_err("numbers are no bools")
        .to_string();
    assert!(error.contains("[0]"), "{error}");
}

#[test]
fn records_are_structs() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Point {
        name: String,
        at: [i16; 2],
    }
    use brinery::types::numpy::{Dtype, Field, Order};
    let base: Dtype = "<i2".parse().expect("a dtype");
    let fields = [
        Field::new("at", Dtype::subarray(base, &[2]).expect("a dtype")),
        Field::new("name", "<U2".parse().expect("a dtype")),
    ];
    let dtype = Dtype::record(fields).expect("a dtype");
    let bytes = [
        &[1, 0, 2, 0],
        &b"a\0\0\0"[..],
        &[0; 4],
        &[3, 0, 0xff, 0xff],
        b"b\0\0\0c\0\0\0",
    ]
    .concat();
    let mut build = Builder::new();
    let root = Maker::new()
        .protocol(4)
        .array(&mut build, &dtype, &[2], Order::C, bytes);
    let graph = build.finish(root.expect("it is made"));
    let points: Vec<Point> = brinery::from_graph(&graph).expect("points");
    let point = |name: &str, at| Point { name: name.into(), at };
    assert_eq!(points, [point("a", [1, 2]), point("bc", [3, -1])]);
    assert_eq!(
        serde_json::to_string(&graph.root()).expect("JSON"),
        r#"[[[1,2],"a"],[[3,-1],"bc"]]"#
    );
}

#[test]
fn fields_read_other_numbers_and_lists() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Layer {
        #[serde(with = "brinery::types::numpy")]
        weights: Array2<f64>,
        #[serde(with = "brinery::types::numpy")]
        bias: Array1<f64>,
    }
    let layer = Layer {
        weights: array![[1.0, 2.0], [3.0, 4.0]],
        bias: array![0.5],
    };
    let json = serde_json::to_string(&layer).expect("JSON");
    assert_eq!(json, r#"{"weights":[[1.0,2.0],[3.0,4.0]],"bias":[0.5]}"#);
    assert_eq!(serde_json::from_str::<Layer>(&json).expect("a layer"), layer);
    let lists = brinery::pickle!({"weights": [[1.0, 2.0], [3.0, 4.0]], "bias": [0.5]});
    assert_eq!(brinery::from_graph::<Layer>(&lists).expect("a layer"), layer);
    let mut build = Builder::new();
    let weights = Maker::new()
        .ndarray(&mut build, &array![[1_i32, 2], [3, 4]])
        .expect("it is made");
    let bias = Maker::new().ndarray(&mut build, &array![0.5_f32]).expect("it is made");
    let (first, second) = (build.add("weights"), build.add("bias"));
    let root = build.dict([(first, weights), (second, bias)]).expect("a dict");
    assert_eq!(
        brinery::from_graph::<Layer>(&build.finish(root)).expect("a layer"),
        layer
    );
    let ragged = brinery::pickle!({"weights": [[1.0, 2.0], [3.0]], "bias": [0.5]});
    assert!(brinery::from_graph::<Layer>(&ragged).is_err());
    let axes = brinery::pickle!({"weights": [1.0], "bias": [0.5]});
    let error = brinery::from_graph::<Layer>(&axes).expect_err("one axis").to_string();
    assert!(error.contains("2 axes"), "{error}");
}

/// Items may be sequences themselves, as complex numbers are in other formats, and an array may have no rows. (How long
/// they would be is lost.)
#[test]
fn other_formats_give_arrays_back() {
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    struct Pair(f64, f64);

    impl brinery::types::numpy::Element for Pair {
        const NAME: &'static str = "Pair";

        fn from_item(item: &brinery::types::numpy::Item<'_>) -> Option<Self> {
            item.as_f64().map(|value| Pair(value, 0.0))
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Both {
        #[serde(deserialize_with = "brinery::types::numpy::deserialize")]
        pairs: Array2<Pair>,
        #[serde(with = "brinery::types::numpy")]
        empty: Array2<i64>,
    }
    let both = Both {
        pairs: array![[Pair(1.0, -2.0)], [Pair(0.0, 0.5)]],
        empty: Array2::zeros((0, 0)),
    };
    let json = r#"{"pairs":[[[1.0,-2.0]],[[0.0,0.5]]],"empty":[]}"#;
    assert_eq!(serde_json::from_str::<Both>(json).expect("arrays"), both);
    let pickle = brinery::to_vec(&serde_json::from_str::<serde_json::Value>(json).expect("JSON"));
    assert_eq!(
        brinery::from_slice::<Both>(&pickle.expect("a pickle")).expect("arrays"),
        both
    );
}

/// One array many times is as many arrays: it is paid for.
#[test]
fn one_array_many_times() {
    let mut build = Builder::new();
    let array = Maker::new()
        .protocol(4)
        .ndarray(&mut build, &Array1::<u8>::zeros(100_000))
        .expect("it is made");
    let root = build.list(vec![array; 10_000]);
    let graph = build.finish(root);
    assert!(brinery::from_graph::<Vec<Vec<u8>>>(&graph).is_err());
    assert!(brinery::from_graph::<Vec<Whole<u8>>>(&graph).is_err());
    assert!(serde_json::to_string(&graph.root()).is_err());
    let mut build = Builder::new();
    let hollow = Maker::new().protocol(4);
    let dtype = "u1".parse().expect("a dtype");
    let order = brinery::types::numpy::Order::C;
    let root = hollow
        .array(&mut build, &dtype, &[1 << 20, 1 << 20, 0], order, [])
        .expect("it is made");
    let graph = build.finish(root);
    assert!(brinery::from_graph::<Vec<Vec<Vec<u8>>>>(&graph).is_err());
    assert!(serde_json::to_string(&graph.root()).is_err());
}
