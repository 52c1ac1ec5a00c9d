//! What no pandas writes: frames that contradict themselves.

use super::*;
use crate::{
    Builder, Graph, Ref,
    types::numpy::{Maker, Order},
};

/// A graph in the making.
struct Make {
    build: Builder<'static>,
}

impl Make {
    fn new() -> Self {
        Make { build: Builder::new() }
    }

    fn dict(&mut self, entries: &[(&str, Ref)]) -> Ref {
        let entries: Vec<_> = entries
            .iter()
            .map(|(name, value)| (self.build.add(*name), *value))
            .collect();
        self.build.dict(entries).unwrap()
    }

    fn call(&mut self, module: &str, name: &str, args: &[Ref]) -> Ref {
        let callable = self.build.global(module, name);
        self.build.call(callable, args).unwrap()
    }

    fn range(&mut self, start: i64, stop: i64, step: i64) -> Ref {
        let class = self.build.global("pandas", "RangeIndex");
        let [start, stop, step] = [start, stop, step].map(|number| self.build.add(number));
        let parts = self.dict(&[("start", start), ("stop", stop), ("step", step)]);
        self.call("pandas.core.indexes.base", "_new_Index", &[class, parts])
    }

    fn array(&mut self, shape: &[usize]) -> Ref {
        let bytes = vec![0; shape.iter().product()];
        let maker = Maker::new().protocol(4);
        maker
            .array(&mut self.build, &"i1".parse().unwrap(), shape, Order::C, bytes)
            .unwrap()
    }

    fn slice(&mut self, parts: [Option<i64>; 3]) -> Ref {
        let parts = parts.map(|part| self.build.add(part));
        self.call("builtins", "slice", &parts)
    }

    fn block(&mut self, values: Ref, places: Ref) -> Ref {
        self.call("pandas._libs.internals", "_unpickle_block", &[values, places])
    }

    fn frame(mut self, names: Ref, rows: Ref, blocks: &[Ref]) -> Graph<'static> {
        let (blocks, axes) = (self.build.tuple(blocks), self.build.list([names, rows]));
        let manager = self.call("pandas.core.internals.managers", "BlockManager", &[blocks, axes]);
        let class = self.build.global("pandas", "DataFrame");
        let frame = self.build.new_object(class, []).unwrap();
        let state = self.dict(&[("_mgr", manager)]);
        self.build.set_state(frame, state).unwrap();
        self.build.finish(frame)
    }
}

fn error(graph: &Graph<'_>) -> String {
    assert!(graph.root().as_frame().is_none());
    Frame::from_value(graph.root()).err().unwrap().to_string()
}

/// A frame of so many columns and rows with one block of this shape at this slice.
fn one_block(width: i64, rows: i64, shape: &[usize], slice: [Option<i64>; 3]) -> Graph<'static> {
    let mut make = Make::new();
    let (names, index) = (make.range(0, width, 1), make.range(0, rows, 1));
    let (values, places) = (make.array(shape), make.slice(slice));
    let block = make.block(values, places);
    make.frame(names, index, &[block])
}

#[test]
fn slices_of_columns() {
    let names = |graph: &Graph<'_>| -> Vec<String> {
        let frame = Frame::from_value(graph.root()).unwrap();
        frame.columns().iter().map(|column| column.name().to_owned()).collect()
    };
    assert_eq!(
        names(&one_block(2, 3, &[2, 3], [Some(0), Some(2), Some(1)])),
        ["0", "1"]
    );
    assert_eq!(names(&one_block(2, 3, &[2, 3], [Some(0), Some(99), None])), ["0", "1"]);
    assert_eq!(
        names(&one_block(3, 1, &[3, 1], [Some(2), None, Some(-1)])),
        ["0", "1", "2"]
    );
    for (width, shape, slice) in [
        (2, [1, 3], [Some(0), Some(1), Some(1)]),
        (2, [2, 3], [Some(0), Some(1), Some(1)]),
        (2, [2, 3], [Some(0), Some(2), Some(0)]),
        (2, [2, 3], [Some(-2), Some(2), Some(1)]),
        (2, [2, 3], [Some(1), Some(-1), Some(-1)]),
        (2, [2, 2], [Some(0), Some(2), Some(1)]),
        (2, [2, 3], [Some(i64::MAX), Some(i64::MIN), Some(i64::MIN)]),
        (i64::MAX, [2, 3], [Some(0), None, None]),
        (1 << 40, [2, 3], [Some(1 << 40), None, Some(-1)]),
    ] {
        let message = error(&one_block(width, 3, &shape, slice));
        assert!(message.starts_with("pandas: a "), "{slice:?}: {message}");
    }
}

#[test]
fn blocks_that_do_not_make_a_frame() {
    let mut make = Make::new();
    let (names, index) = (make.range(0, 1, 1), make.range(0, 1, 1));
    let (values, places) = (make.array(&[1, 1]), make.slice([Some(0), Some(1), None]));
    let block = make.block(values, places);
    assert!(error(&make.frame(names, index, &[block, block])).contains("two blocks hold column 0"));
    let mut make = Make::new();
    let (names, index) = (make.range(0, 2, 1), make.range(0, 1, 1));
    assert!(error(&make.frame(names, index, &[])).contains("has 2 columns, its blocks have 0"));
    let mut make = Make::new();
    let (names, index) = (make.range(0, 1, 1), make.range(0, 1, 1));
    let five = make.build.add(5);
    assert!(error(&make.frame(names, index, &[five])).contains("a block is needed, found int"));
    let graph = Graph::from_slice(b"]q\0h\0a.").unwrap();
    assert_eq!(error(&graph), "pandas: a DataFrame or Series is needed, found list");
}

/// Neither rows nor columns that only a number claims are made.
#[test]
fn empty_frames_of_any_size() {
    assert!(error(&one_block(1 << 40, 0, &[1 << 40, 0], [Some(0), None, None])).contains("without rows"));
    let mut make = Make::new();
    let (names, index) = (make.range(0, 0, 1), make.range(0, i64::MAX, 1));
    let graph = make.frame(names, index, &[]);
    assert_eq!(Frame::from_value(graph.root()).unwrap().rows(), i64::MAX as usize);
    let mut make = Make::new();
    let (names, index) = (make.range(0, 0, 1), make.range(0, 5, 0));
    assert!(error(&make.frame(names, index, &[])).contains("start, stop and step"));
    let mut make = Make::new();
    let (names, index) = (make.range(0, 0, 1), make.range(i64::MIN, i64::MAX, 1));
    let graph = make.frame(names, index, &[]);
    let frame = Frame::from_value(graph.root()).unwrap();
    assert_eq!(frame.rows(), usize::MAX);
    assert_eq!(frame.index().label(usize::MAX), frame.index().label(i64::MAX as usize));
}

/// Categories of categories of categories, in the end of themselves.
#[test]
fn categories_without_end() {
    let mut make = Make::new();
    let class = make.build.global("pandas", "Categorical");
    let categorical = make.build.new_object(class, []).unwrap();
    let index_class = make.build.global("pandas", "CategoricalIndex");
    let parts = make.dict(&[("data", categorical)]);
    let index = make.call("pandas.core.indexes.base", "_new_Index", &[index_class, parts]);
    let dtype_class = make.build.global("pandas", "CategoricalDtype");
    let dtype = make.build.new_object(dtype_class, []).unwrap();
    let dtype_state = make.dict(&[("categories", index)]);
    make.build.set_state(dtype, dtype_state).unwrap();
    let codes = make.array(&[1]);
    let state = make.build.tuple([dtype, codes]);
    make.build.set_state(categorical, state).unwrap();
    let (names, rows) = (make.range(0, 1, 1), make.range(0, 1, 1));
    let places = make.slice([Some(0), Some(1), None]);
    let block = make.block(categorical, places);
    assert!(error(&make.frame(names, rows, &[block])).contains("more than 8 arrays"));
}

#[test]
fn codes_without_category() {
    for code in [2_i8, -2, 127] {
        let mut make = Make::new();
        let class = make.build.global("pandas", "Categorical");
        let categorical = make.build.new_object(class, []).unwrap();
        let index = make.range(7, 9, 1);
        let dtype_class = make.build.global("pandas", "CategoricalDtype");
        let dtype = make.build.new_object(dtype_class, []).unwrap();
        let dtype_state = make.dict(&[("categories", index)]);
        make.build.set_state(dtype, dtype_state).unwrap();
        let maker = Maker::new().protocol(4);
        let bytes = vec![1, 255, code as u8];
        let codes = maker
            .array(&mut make.build, &"i1".parse().unwrap(), &[3], Order::C, bytes)
            .unwrap();
        let state = make.build.tuple([dtype, codes]);
        make.build.set_state(categorical, state).unwrap();
        let (names, rows) = (make.range(0, 1, 1), make.range(0, 3, 1));
        let places = make.slice([Some(0), Some(1), None]);
        let block = make.block(categorical, places);
        let graph = make.frame(names, rows, &[block]);
        let frame = Frame::from_value(graph.root()).unwrap();
        let error = frame.columns()[0].to_vec::<i64>().unwrap_err().to_string();
        assert_eq!(error, format!("pandas: column \"0\": no category has the code {code}"));
    }
}

/// Written by pandas 1.1. See `tests/packages/README.md`.
#[test]
fn a_frame_of_pandas_1_1() {
    let pickle = include_bytes!("../../../tests/packages/frame-of-pandas-1.1.pkl");
    let graph = Graph::from_slice(pickle).unwrap();
    let frame = Frame::from_value(graph.root()).unwrap();
    let names: Vec<&str> = frame.columns().iter().map(|column| column.name()).collect();
    assert_eq!(names, ["i", "s", "t", "tz", "c", "I", "j"]);
    let ints = |name: &str| frame.column(name).unwrap().to_vec::<i64>().unwrap();
    let texts = |name: &str| frame.column(name).unwrap().to_vec::<String>().unwrap();
    assert_eq!((ints("i"), ints("j")), (vec![Some(1), Some(2)], vec![Some(3), Some(4)]));
    assert_eq!(ints("t"), [Some(1_577_836_800_000_000_000), None]);
    assert_eq!(ints("tz"), [Some(1_577_833_200_000_000_000), None]);
    assert_eq!(ints("I"), [Some(1), None]);
    assert_eq!(
        (texts("s"), texts("c")),
        (vec![Some("a".into()), None], vec![Some("x".into()), Some("y".into())])
    );
    match frame.column("tz").unwrap().data() {
        ColumnData::Zoned { zone, .. } => assert_eq!(zone.as_deref(), Some("Europe/Paris")),
        _ => panic!("times without a zone"),
    }
}
