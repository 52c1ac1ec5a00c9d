//! numpy's times, masks and subarrays as plain data and in typed values, held against what numpy's own `tolist()` says.

#![cfg(all(feature = "derive", feature = "ndarray", feature = "chrono", feature = "jiff"))]

mod support;

use brinery::{
    Builder, Graph,
    types::{
        Date, DateTime, Py, TimeDelta,
        numpy::{Dtype, Maker, Order},
    },
};
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, de::DeserializeOwned};
use std::{fmt::Debug, time::Duration};
use support::{
    counted::{run, take, text},
    packages::environment,
};

#[test]
fn plain_data_is_what_numpy_lists() {
    for name in ["classic", "modern", "latest"] {
        let Some(python) = environment(name) else { continue };
        let written = run(&python, "numpy_lists.py", "write", b"");
        let (rest, mut count) = (&mut &*written, 0);
        while !rest.is_empty() {
            let (case, protocol) = (text(rest), text(rest));
            let (pickle, wanted) = (take(rest).expect("a pickle"), text(rest));
            let wanted: serde_json::Value = serde_json::from_str(wanted).expect("JSON");
            let what = format!("{case} in protocol {protocol} of {name}");
            fn sure<T>(outcome: Result<T, impl std::error::Error>, what: &str) -> T {
                outcome.unwrap_or_else(|error| panic!("{what}: {error}"))
            }
            let read: serde_json::Value = sure(brinery::from_slice(pickle), &what);
            assert_eq!(read, wanted, "{what}");
            let graph = sure(Graph::from_slice(pickle), &what);
            let written = sure(serde_json::to_value(graph.root()), &what);
            assert_eq!(written, wanted, "{what}, from its graph");
            let option: Option<serde_json::Value> = sure(brinery::from_slice(pickle), &what);
            assert_eq!(option.unwrap_or_default(), wanted, "{what}, as an option");
            count += 1;
        }
        assert!(count > 1000, "only {count}");
    }
}

/// Two times and a NaT of a dtype such as `<m8[ms]`, as numpy pickles them; and the first alone.
fn times(dtype: &str, first: i64, second: i64) -> [Vec<u8>; 2] {
    let dtype: Dtype = dtype.parse().expect("a dtype");
    let made = |shape: &[usize], units: &[i64]| {
        let mut build = Builder::new();
        let bytes: Vec<u8> = units.iter().flat_map(|units| units.to_le_bytes()).collect();
        let root = Maker::new()
            .protocol(4)
            .array(&mut build, &dtype, shape, Order::C, bytes);
        let graph = build.finish(root.expect("it is made"));
        brinery::Options::new().write(&graph).expect("it is written")
    };
    [made(&[3], &[first, second, i64::MIN]), made(&[], &[first])]
}

/// Reads them as `T`, in an array and alone.
fn both<T: DeserializeOwned + Debug + PartialEq>(dtype: &str, units: [i64; 2], wanted: [T; 2]) {
    let [array, scalar] = times(dtype, units[0], units[1]);
    let [first, second] = wanted;
    let alone: T = brinery::from_slice(&scalar).unwrap_or_else(|error| panic!("{dtype}: {error}"));
    assert_eq!(alone, first, "{dtype}");
    let option: Option<T> = brinery::from_slice(&scalar).expect("the same");
    assert_eq!(option.as_ref(), Some(&first), "{dtype}");
    let all: Vec<Option<T>> = brinery::from_slice(&array).unwrap_or_else(|error| panic!("{dtype}: {error}"));
    assert_eq!(all, [Some(first), Some(second), None], "{dtype}");
}

#[test]
fn lengths_keep_their_unit() {
    let delta = |micros| TimeDelta::from_microseconds(micros).expect("Python has it");
    both("<m8[ms]", [1500, -1], [delta(1_500_000), delta(-1000)]);
    both("<m8[h]", [2, 3], [delta(7_200_000_000), delta(10_800_000_000)]);
    both("<m8[ns]", [5000, -5000], [delta(5), delta(-5)]);
    both("<m8[ms]", [1500, 1], [1.5, 0.001]);
    both("<m8[ns]", [1500, 1], [1.5e-6, 1e-9]);
    both("<m8[ms]", [1500, 1], [1500_i64, 1]);
    both("<m8[ms]", [1500, 1], [1500_u16, 1]);
    both("<m8[25s]", [2, 1], ["PT50S".to_owned(), "PT25S".to_owned()]);
    // What holds nanoseconds gets them.
    let exact = [Duration::from_nanos(1501), Duration::from_nanos(1)];
    both("<m8[ns]", [1501, 1], exact);
    both("<m8[ns]", [1501, 1], exact.map(Py));
    both(
        "<m8[ms]",
        [1500, 1],
        [Duration::from_millis(1500), Duration::from_millis(1)].map(Py),
    );
    let chrono = [chrono::TimeDelta::nanoseconds(-1501), chrono::TimeDelta::nanoseconds(1)];
    both("<m8[ns]", [-1501, 1], chrono);
    both("<m8[ns]", [-1501, 1], chrono.map(Py));
    let jiff = [
        jiff::SignedDuration::from_nanos(-1501),
        jiff::SignedDuration::from_nanos(1),
    ];
    both("<m8[ns]", [-1501, 1], jiff);
    both("<m8[ns]", [-1501, 1], jiff.map(Py));
    let [array, _] = times("<m8[ns]", -1501, 61_000_000_001);
    let spans: Vec<Option<Py<jiff::Span>>> = brinery::from_slice(&array).expect("spans");
    let total = |at: usize| {
        spans[at]
            .as_ref()
            .and_then(|span| span.total(jiff::Unit::Nanosecond).ok())
    };
    assert_eq!(
        [total(0), total(1), total(2)],
        [Some(-1501.0), Some(61_000_000_001.0), None]
    );
    // Units without a length are numbers, and never seconds.
    both("<m8[Y]", [2, 3], [2_i64, 3]);
    for dtype in ["<m8[Y]", "<m8[M]", "<m8", "<m8[ps]"] {
        let [_, scalar] = times(dtype, 2, 3);
        assert!(brinery::from_slice::<TimeDelta>(&scalar).is_err(), "{dtype}");
        assert!(brinery::from_slice::<Py<Duration>>(&scalar).is_err(), "{dtype}");
        assert!(brinery::from_slice::<Duration>(&scalar).is_err(), "{dtype}");
    }
}

#[test]
fn times_are_dates_and_datetimes() {
    let naive = |nanos| chrono::DateTime::from_timestamp_nanos(nanos).naive_utc();
    let nanos = 1_577_836_800_123_456_789;
    both("<M8[ns]", [nanos, -1], [naive(nanos), naive(-1)]);
    both("<M8[ns]", [nanos, -1], [naive(nanos), naive(-1)].map(Py));
    both(
        "<M8[us]",
        [nanos / 1000, 0],
        [naive(nanos / 1000 * 1000), naive(0)].map(Py),
    );
    both("<M8[s]", [60, 0], [naive(60_000_000_000), naive(0)]);
    let civil = |nanos| jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_nanosecond(nanos).expect("it is"));
    both("<M8[ns]", [nanos, -1], [civil(nanos.into()), civil(-1)]);
    both("<M8[ns]", [nanos, -1], [civil(nanos.into()), civil(-1)].map(Py));
    let ours = |text: &str| text.parse::<DateTime>().expect("a datetime");
    both(
        "<M8[m]",
        [1, -1],
        [ours("1970-01-01T00:01:00"), ours("1969-12-31T23:59:00")],
    );
    both(
        "<M8[ns]",
        [1000, 0],
        [ours("1970-01-01T00:00:00.000001"), ours("1970-01-01T00:00:00")],
    );
    both(
        "<M8[D]",
        [1, 0],
        [ours("1970-01-02T00:00:00"), ours("1970-01-01T00:00:00")],
    );
    let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
    both("<M8[D]", [1, -1], [day("1970-01-02"), day("1969-12-31")]);
    both("<M8[M]", [1, -1], [day("1970-02-01"), day("1969-12-01")].map(Py));
    both(
        "<M8[Y]",
        [1, -1],
        ["1971-01-01", "1969-01-01"].map(|text| text.parse::<Date>().expect("a date")),
    );
    both("<M8[ns]", [nanos, -1], [nanos, -1]);
    let [_, scalar] = times("<M8[ns]", nanos, 0);
    let error = brinery::from_slice::<DateTime>(&scalar).expect_err("Python has no nanoseconds");
    assert!(
        error
            .to_string()
            .contains("datetime64[ns] 2020-01-01T00:00:00.123456789"),
        "{error}"
    );
    let error = brinery::from_slice::<Date>(&scalar).expect_err("it is no date");
    assert!(error.to_string().contains("datetime64[ns] 2020"), "{error}");
    for error in [
        brinery::from_slice::<bool>(&scalar).expect_err("it is no bool"),
        brinery::from_slice::<f64>(&scalar).expect_err("it is no number"),
        brinery::from_slice::<chrono::DateTime<chrono::Utc>>(&scalar).expect_err("it has no zone"),
    ] {
        assert!(
            error
                .to_string()
                .contains("found the datetime64[ns] 2020-01-01T00:00:00.123456789"),
            "{error}"
        );
    }
    let [array, scalar] = times("<M8[s]", i64::MAX, 0);
    assert!(brinery::from_slice::<NaiveDateTime>(&scalar).is_err());
    let all: Vec<Option<i64>> = brinery::from_slice(&array).expect("numbers");
    assert_eq!(all, [Some(i64::MAX), Some(0), None]);
}

#[test]
fn what_is_masked_is_none() {
    let Some(python) = environment("modern") else { return };
    let source = "import sys, pickle, numpy as n\n\
        v = {'floats': n.ma.array([1., 2., 3.], mask=[0, 1, 0]), 'one': n.ma.masked, 'whole': n.ma.array([1., 2.])}\n\
        sys.stdout.buffer.write(pickle.dumps(v, 4))";
    let output = std::process::Command::new(&python.path).args(["-c", source]).output();
    let pickle = output.expect("Python runs").stdout;
    #[derive(Debug, PartialEq, Deserialize)]
    struct Some_ {
        floats: Vec<Option<f64>>,
        one: Option<f64>,
        #[serde(with = "brinery::types::numpy")]
        whole: ndarray::Array1<f64>,
    }
    let read: Some_ = brinery::from_slice(&pickle).expect("it is read");
    assert_eq!(read.floats, [Some(1.0), None, Some(3.0)]);
    assert_eq!((read.one, read.whole), (None, ndarray::array![1.0, 2.0]));
    #[derive(Debug, Deserialize)]
    struct All {
        #[allow(dead_code)]
        floats: Vec<f64>,
    }
    let error = brinery::from_slice::<All>(&pickle)
        .expect_err("one is masked")
        .to_string();
    assert!(error.contains(".floats[1]") && error.contains("found None"), "{error}");
    #[derive(Debug, Deserialize)]
    struct Array {
        #[allow(dead_code)]
        #[serde(with = "brinery::types::numpy")]
        floats: ndarray::Array1<f64>,
    }
    let error = brinery::from_slice::<Array>(&pickle)
        .expect_err("one is masked")
        .to_string();
    assert!(error.contains("None"), "{error}");
}

#[test]
fn subarrays_nest() {
    let Some(python) = environment("modern") else { return };
    let source = "import sys, pickle, numpy as n\n\
        a = n.array([(n.arange(6).reshape(2, 3), 5)], dtype=[('m', '<f4', (2, 3)), ('t', '<i8')])\n\
        sys.stdout.buffer.write(pickle.dumps(a, 4))";
    let output = std::process::Command::new(&python.path).args(["-c", source]).output();
    let pickle = output.expect("Python runs").stdout;
    let vectors: Vec<(Vec<Vec<f32>>, i64)> = brinery::from_slice(&pickle).expect("vectors");
    assert_eq!(vectors, [(vec![vec![0.0, 1.0, 2.0], vec![3.0, 4.0, 5.0]], 5)]);
    let arrays: Vec<([[f32; 3]; 2], i64)> = brinery::from_slice(&pickle).expect("arrays");
    assert_eq!(arrays, [([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], 5)]);
    #[derive(Debug, PartialEq, Deserialize)]
    struct Record {
        t: i64,
        #[serde(with = "brinery::types::numpy")]
        m: ndarray::Array2<f32>,
    }
    let records: Vec<Record> = brinery::from_slice(&pickle).expect("records");
    assert_eq!((records[0].t, records[0].m.dim()), (5, (2, 3)));
    let error = brinery::from_slice::<Vec<([[f32; 2]; 2], i64)>>(&pickle)
        .expect_err("it is wider")
        .to_string();
    assert!(error.contains("an array of 3 items"), "{error}");
}

/// A short pickle cannot ask for endless work by rows in which there is nothing.
#[test]
fn hollow_subarrays_are_paid_for() {
    let base: Dtype = "u1".parse().expect("a dtype");
    let dtype = Dtype::subarray(base, &[1 << 20, 1 << 20, 0]).expect("it has no bytes");
    let mut build = Builder::new();
    let root = Maker::new().protocol(4).array(&mut build, &dtype, &[3], Order::C, []);
    let Ok(root) = root else { return };
    let graph = build.finish(root);
    assert!(brinery::from_graph::<Vec<Vec<Vec<Vec<u8>>>>>(&graph).is_err());
    assert!(serde_json::to_string(&graph.root()).is_err());
}

/// A `.npy` file of objects is one pickle behind the header, which says its own length.
#[test]
fn objects_in_npy_files() {
    const SAVE: &str = "
import sys, numpy as np
array = np.array([['a', 1, None], [2.5, [1, 2], {'k': 'v'}]], dtype=object)
np.save(sys.stdout.buffer, array, allow_pickle=True)
";
    for name in ["classic", "modern", "latest"] {
        let Some(python) = environment(name) else { continue };
        let output = std::process::Command::new(&python.path).args(["-c", SAVE]).output();
        let file = output.expect("it starts").stdout;
        assert_eq!(&file[..8], b"\x93NUMPY\x01\0", "{name}");
        let header = usize::from(u16::from_le_bytes([file[8], file[9]]));
        assert!(String::from_utf8_lossy(&file[10..]).contains("'descr': '|O'"));
        let pickle = &file[10 + header..];
        let rows: Vec<Vec<serde_json::Value>> = brinery::from_slice(pickle).expect("it is an array");
        let wanted = serde_json::json!([["a", 1, null], [2.5, [1, 2], {"k": "v"}]]);
        assert_eq!(serde_json::json!(rows), wanted, "{name}");
        let graph = Graph::from_slice(pickle).expect("a pickle");
        let array = graph.root().as_ndarray().expect("an array");
        assert_eq!(
            (array.shape(), array.dtype().to_string()),
            (&[2, 3][..], "|O".into()),
            "{name}"
        );
    }
}
