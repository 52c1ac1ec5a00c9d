//! What no numpy writes: arrays and dtypes that contradict themselves. And what numpy for Python 2 wrote.

use super::*;
use crate::{Builder, Encoding, Graph, Options, Ref};

/// A dtype made of `code` with a state of eight items, of which some are changed.
fn dtype(build: &mut Builder, code: &str, changes: &[(usize, Ref)]) -> Ref {
    let class = build.global("numpy", "dtype");
    let (code, order) = (build.add(code), build.add("<"));
    let made = build.call(class, [code, Ref::FALSE, Ref::TRUE]).unwrap();
    let [three, minus, zero] = [3, -1, 0].map(|number| build.add(number));
    let none = Ref::NONE;
    let mut state = [three, order, none, none, none, minus, minus, zero];
    for (at, change) in changes {
        state[*at] = *change;
    }
    let state = build.tuple(state);
    build.set_state(made, state).unwrap();
    made
}

fn ints(build: &mut Builder, numbers: &[i64]) -> Ref {
    let numbers: Vec<Ref> = numbers.iter().map(|number| build.add(*number)).collect();
    build.tuple(numbers)
}

fn array(build: &mut Builder, dtype: Ref, shape: Ref, data: Ref) -> Ref {
    let callable = build.global("numpy.core.multiarray", "_reconstruct");
    let class = build.global("numpy", "ndarray");
    let made = build.call(callable, [class]).unwrap();
    let one = build.add(1);
    let state = build.tuple([one, shape, dtype, Ref::FALSE, data]);
    build.set_state(made, state).unwrap();
    made
}

fn refused(graph: &Graph<'_>) -> String {
    assert!(graph.root().as_ndarray().is_none());
    NdArray::from_value(graph.root()).err().unwrap().to_string()
}

/// The error of an array of `f8` with this shape and data.
fn f8(shape: &[i64], bytes: usize) -> String {
    let mut build = Builder::new();
    let dtype = dtype(&mut build, "f8", &[]);
    let (shape, data) = (ints(&mut build, shape), build.add(&*vec![0; bytes]));
    let root = array(&mut build, dtype, shape, data);
    refused(&build.finish(root))
}

/// The error of a dtype.
fn bad(make: impl FnOnce(&mut Builder) -> Ref) -> String {
    let mut build = Builder::new();
    let root = make(&mut build);
    Dtype::from_value(build.finish(root).root()).unwrap_err().to_string()
}

#[test]
fn shapes_that_do_not_fit() {
    assert_eq!(
        f8(&[2, 3], 40),
        "numpy: an array of shape (2, 3) and dtype <f8 needs 6 times 8 bytes, found 40"
    );
    assert!(f8(&[-1], 8).contains("length"));
    assert!(f8(&[1 << 40, 1 << 40], 8).contains("too many items"));
    assert!(f8(&[1 << 62, 0, 1 << 62], 0).contains("too many items"));
    assert!(f8(&[1 << 62], 0).contains("needs"));
    assert!(f8(&[0; 65], 0).contains("65 dimensions"));
}

/// A thousand million items of no bytes each would be as many strings.
#[test]
fn items_without_bytes() {
    let of = |shape: &[i64]| {
        let mut build = Builder::new();
        let zero = build.add(0);
        let dtype = dtype(&mut build, "S0", &[(5, zero)]);
        let (shape, data) = (ints(&mut build, shape), build.add(b""));
        let root = array(&mut build, dtype, shape, data);
        build.finish(root)
    };
    assert!(refused(&of(&[1 << 30])).contains("no bytes, but too many items"));
    let graph = of(&[2, 3]);
    let array = NdArray::from_value(graph.root()).unwrap();
    assert_eq!(array.to_vec::<String>().unwrap(), [""; 6]);
    assert_eq!(array.iter().len(), 6);
}

#[test]
fn states_of_the_wrong_form() {
    let with = |make: fn(&mut Builder) -> Ref| {
        let mut build = Builder::new();
        let callable = build.global("numpy.core.multiarray", "_reconstruct");
        let class = build.global("numpy", "ndarray");
        let made = build.call(callable, [class]).unwrap();
        let state = make(&mut build);
        build.set_state(made, state).unwrap();
        refused(&build.finish(made))
    };
    assert!(with(|build| build.tuple([])).contains("state of an array"));
    assert!(with(|build| build.add("text")).contains("state of an array"));
    assert!(with(|build| ints(build, &[1, 2, 3, 4, 5])).contains("a dtype is needed, found int"));
    assert!(with(|build| ints(build, &[7, 2, 3, 4, 5])).contains("unknown version"));
    let mut build = Builder::new();
    let callable = build.global("numpy.core.multiarray", "_reconstruct");
    let root = build.call(callable, []).unwrap();
    assert!(refused(&build.finish(root)).contains("argument 0"));
    let mut build = Builder::new();
    let callable = build.global("numpy.core.numeric", "_frombuffer");
    let root = build.call(callable, []).unwrap();
    assert!(refused(&build.finish(root)).contains("argument 1"));
    let graph = Graph::from_slice(b"N.").unwrap();
    assert_eq!(refused(&graph), "numpy: an array is needed, found None");
}

#[test]
fn axes_that_are_no_permutation() {
    for axes in [&[0, 0][..], &[0, 2], &[0], &[0, 1, 2], &[-1, 0]] {
        let mut build = Builder::new();
        let callable = build.global("numpy._core.numeric", "_frombuffer");
        let dtype = dtype(&mut build, "u1", &[]);
        let (shape, axes) = (ints(&mut build, &[1, 2]), ints(&mut build, axes));
        let (data, order) = (build.add(b"ab"), build.add("K"));
        let root = build.call(callable, [data, dtype, shape, order, axes]).unwrap();
        refused(&build.finish(root));
    }
}

#[test]
fn dtypes_that_are_none() {
    let code = |code: &'static str| bad(move |build| dtype(build, code, &[]));
    assert_eq!(code("q9"), "numpy: \"q9\" is no dtype");
    for text in [
        "",
        "é",
        "f",
        "f3",
        "S99999999999",
        "U1073741824",
        "M8[x]",
        "M8[0s]",
        "f8[ns]",
        "M8[ns",
        "i8x",
    ] {
        assert!(text.parse::<Dtype>().is_err(), "{text}");
    }
    assert!(code("S3").contains("length"), "-1 bytes");
    assert!(bad(|build| build.add(5)).contains("found int"));
    let of = |at: usize, change: fn(&mut Builder) -> Ref| {
        bad(move |build| {
            let change = change(build);
            dtype(build, "V8", &[(at, change)])
        })
    };
    assert!(of(0, |build| build.add(9)).contains("version 9"));
    assert!(of(1, |build| build.add("x")).contains("byte order"));
    assert!(of(2, |build| build.add(4)).contains("subarray"));
    assert!(of(4, |build| build.add(4)).contains("fields are a dict"));
    assert!(of(4, |build| build.dict([]).unwrap()).contains("no names"));
    let named = |build: &mut Builder, field: Ref| {
        let name = build.add("a");
        let (names, fields) = (build.tuple([name]), build.dict([(name, field)]).unwrap());
        let size = build.add(8);
        dtype(build, "V8", &[(3, names), (4, fields), (5, size)])
    };
    let at = |offset: i64| {
        bad(move |build| {
            let (inner, offset) = (dtype(build, "i4", &[]), build.add(offset));
            let field = build.tuple([inner, offset]);
            named(build, field)
        })
    };
    assert!(at(5).contains("ends behind its item of 8 bytes"));
    assert!(at(i64::MAX).contains("ends behind"));
    assert!(at(-1).contains("offset"));
    assert!(bad(|build| named(build, Ref::NONE)).contains("no field"));
    assert!(
        bad(|build| {
            let field = build.tuple([]);
            named(build, field)
        })
        .contains("needs a dtype and an offset")
    );
}

/// Dtypes within each other: a long chain, one that contains itself, and few that stand for many.
#[test]
fn dtypes_without_end() {
    let record = |build: &mut Builder, inner: Ref, names: &[&str]| {
        let (zero, size) = (build.add(0), build.add(8));
        let field = build.tuple([inner, zero]);
        let names: Vec<Ref> = names.iter().map(|name| build.add(*name)).collect();
        let entries: Vec<_> = names.iter().map(|name| (*name, field)).collect();
        let (names, fields) = (build.tuple(names), build.dict(entries).unwrap());
        dtype(build, "V8", &[(3, names), (4, fields), (5, size)])
    };
    let chain = |names: &'static [&'static str], length: usize| {
        bad(move |build| {
            let mut made = dtype(build, "f8", &[]);
            for _ in 0..length {
                made = record(build, made, names);
            }
            made
        })
    };
    assert!(chain(&["a"], 100_000).contains("more than 32 dtypes"));
    assert!(chain(&["a", "b"], 30).contains("fields"));
    assert!(chain(&["a", "b", "c", "d"], 5).contains("256 fields lie in 8 bytes"));
    let own = bad(|build| {
        let fields = build.dict([]).unwrap();
        let (name, zero, size) = (build.add("a"), build.add(0), build.add(8));
        let names = build.tuple([name]);
        let made = dtype(build, "V8", &[(3, names), (4, fields), (5, size)]);
        let field = build.tuple([made, zero]);
        build.insert(fields, [(name, field)]).unwrap();
        made
    });
    assert!(own.contains("more than 32 dtypes"));
}

#[test]
fn subarrays_of_the_wrong_size() {
    let sub = |shape: &'static [i64], size: i64| {
        bad(move |build| {
            let inner = dtype(build, "i4", &[]);
            let (shape, size) = (ints(build, shape), build.add(size));
            let sub = build.tuple([inner, shape]);
            dtype(build, "V8", &[(2, sub), (5, size)])
        })
    };
    assert!(sub(&[3], 8).contains("takes 12 bytes, its dtype says 8"));
    assert!(sub(&[1 << 40, 1 << 40], 8).contains("larger"));
    assert!(sub(&[-1], 8).contains("length"));
}

#[test]
fn what_cannot_be_made() {
    let mut build = Builder::new();
    let maker = Maker::new();
    let f8: Dtype = "f8".parse().unwrap();
    assert!(maker.array(&mut build, &f8, &[2], Order::C, [0; 8]).is_err());
    assert!(maker.array(&mut build, &f8, &[1], Order::Permuted, [0; 8]).is_err());
    assert!(
        maker
            .array(&mut build, &"O".parse().unwrap(), &[1], Order::C, [0; 8])
            .is_err()
    );
    assert!(maker.objects(&mut build, &f8, &[0], Order::C, []).is_err());
    assert!(maker.scalar(&mut build, &f8, &[0; 4]).is_err());
    let twice = [Field::new("a", f8.clone()), Field::new("a", f8.clone())];
    assert!(Dtype::record(twice).is_err());
    assert!(Dtype::subarray(f8.clone(), &[1 << 30]).is_err());
    assert!(Dtype::subarray(f8, &[1; 65]).is_err());
}

#[test]
fn numbers_that_do_not_fit() {
    let mut build = Builder::new();
    let root = Maker::new().array(&mut build, &"<i2".parse().unwrap(), &[2], Order::C, [1, 0, 0xff, 0xff]);
    let graph = build.finish(root.unwrap());
    let array = NdArray::from_value(graph.root()).unwrap();
    assert_eq!(array.to_vec::<i64>().unwrap(), [1, -1]);
    assert_eq!(array.to_vec::<f32>().unwrap(), [1.0, -1.0]);
    let error = array.to_vec::<u8>().unwrap_err().to_string();
    assert_eq!(error, "numpy: an item is to be read as u8, found -1 of <i2");
    assert!(array.to_vec::<bool>().is_err() && array.to_vec::<String>().is_err());
    assert!(array.get(&[2]).is_none() && array.get(&[]).is_none() && array.item().is_none());
}

#[test]
fn every_half() {
    let of = |bits: u16| item::half(bits);
    assert_eq!([0x3c00, 0xc000, 0x7bff].map(of), [1.0, -2.0, 65504.0]);
    assert_eq!([0x0001, 0x03ff].map(of), [2_f64.powi(-24), 1023.0 * 2_f64.powi(-24)]);
    assert_eq!(of(0x8000).to_bits(), (-0.0_f64).to_bits());
    assert_eq!([0x7c00, 0xfc00].map(of), [f64::INFINITY, f64::NEG_INFINITY]);
    assert!(of(0x7e01).is_nan() && of(0xfc01).is_nan() && of(0xfc01).is_sign_negative());
}

/// Written by numpy 1.16 on CPython 2.7, by cPickle in protocols 0 and 2.
#[test]
fn numpy_for_python_2() {
    let text: &[u8] = b"cnumpy.core.multiarray\n_reconstruct\np1\n(cnumpy\nndarray\np2\n(I0\ntS'b'\ntRp3\n(I1\n(I2\nI2\n\
        tcnumpy\ndtype\np4\n(S'f8'\nI0\nI1\ntRp5\n(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI01\nS'\\x00\\x00\\x00\\x00\\x00\\x00\
        \\xf8?\\x00\\x00\\x00\\x00\\x00\\x00\\x08@\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xc0\\x00\\x00\\x00\\x00\\x00\\x00\
        \\x10@'\ntb.";
    let binary: &[u8] = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\0\x85U\x01b\x87Rq\x03\
        (K\x01K\x02K\x02\x86cnumpy\ndtype\nq\x04U\x02f8K\0K\x01\x87Rq\x05(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff\
        K\0tb\x88U \0\0\0\0\0\0\xf8?\0\0\0\0\0\0\x08@\0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\x10@tb.";
    for pickle in [text, binary] {
        for encoding in [Encoding::Latin1, Encoding::Bytes] {
            let graph = Options::new().encoding(encoding).read(pickle).unwrap();
            let array = NdArray::from_value(graph.root()).unwrap();
            assert_eq!((array.order(), array.shape()), (Order::Fortran, &[2, 2][..]));
            assert_eq!(array.to_vec::<f64>().unwrap(), [1.5, -2.0, 3.0, 4.0]);
        }
    }
    let record = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\0\x85U\x01b\x87Rq\x03(K\x01K\x01\
        \x85cnumpy\ndtype\nq\x04U\x02V4K\0K\x01\x87Rq\x05(K\x03U\x01|NU\x01sU\x01n\x86q\x06}q\x07(U\x01sh\x04U\x02S2K\0K\x01\
        \x87Rq\x08(K\x03U\x01|NNNK\x02K\x01K\0tbK\0\x86U\x01nh\x04U\x02i2K\0K\x01\x87Rq\t(K\x03U\x01>NNNJ\xff\xff\xff\xff\
        J\xff\xff\xff\xffK\0tbK\x02\x86uK\x04K\x01K\x10tb\x89U\x04ab\xff\xfftb.";
    let times = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\0\x85U\x01b\x87Rq\x03(K\x01K\x02\
        \x85cnumpy\ndtype\nq\x04U\x02M8K\0K\x01\x87Rq\x05(K\x04U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0}(U\x01hK\x01\
        K\x01K\x01t\x86tb\x89U\x10\x10\xb0\x06\0\0\0\0\0\0\0\0\0\0\0\0\x80tb.";
    let scalar =
        b"\x80\x02cnumpy.core.multiarray\nscalar\nq\x01cnumpy\ndtype\nq\x02U\x02f4K\0K\x01\x87Rq\x03(K\x03U\x01<NNN\
        J\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tbU\x04\0\0 @\x86Rq\x04.";
    for encoding in [Encoding::Latin1, Encoding::Bytes] {
        let options = Options::new().encoding(encoding);
        let graph = options.read(record).unwrap();
        let array = NdArray::from_value(graph.root()).unwrap();
        assert_eq!(array.dtype().to_string(), "[('s', 'S2'), ('n', '>i2')]");
        let Some(Item::Record(fields)) = array.item() else {
            panic!("no record");
        };
        assert_eq!((fields[0].as_bytes(), fields[1].as_i64()), (Some(&b"ab"[..]), Some(-1)));
        let graph = options.read(times).unwrap();
        let array = NdArray::from_value(graph.root()).unwrap();
        assert_eq!(array.dtype().to_string(), "<M8[h]");
        assert_eq!(array.to_vec::<i64>().unwrap(), [438_288, i64::MIN]);
        let graph = options.read(scalar).unwrap();
        assert_eq!(graph.root().as_ndarray().unwrap().item().unwrap().as_f64(), Some(2.5));
    }
}
