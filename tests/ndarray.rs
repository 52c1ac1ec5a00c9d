//! numpy's arrays in the types of the crate `ndarray`.

#![cfg(feature = "ndarray")]

use brinery::{
    Builder, Graph, Options, Value,
    types::numpy::{Dtype, Maker, Native, NdArray, Order},
};
use half::f16;
use ndarray::{Array, ArrayD, Axis, IxDyn, array};
use num_complex::Complex;
use std::fmt::Debug;

/// The array in a pickle of each protocol, and in one with its bytes left out.
fn through<T: Native + PartialEq + Debug>(array: &ArrayD<T>) {
    for protocol in 0..=5 {
        let mut build = Builder::new();
        let root = Maker::new().protocol(protocol).ndarray(&mut build, array);
        let made = build.finish(root.expect("it is made"));
        let pickle = Options::new().protocol(protocol).write(&made).expect("it is written");
        let graph = Graph::from_slice(&pickle).expect("it is read");
        let read = NdArray::from_value(graph.root()).expect("it is an array");
        assert_eq!(read.dtype(), &T::dtype());
        assert_eq!(read.to_array::<T>().expect("it fits"), array);
        assert_eq!(read.cow::<T>().expect("it fits"), array);
        if protocol == 5 {
            let pickle = Options::new().protocol(5).write_with_buffers(&made, |_, _, _| false);
            let pickle = pickle.expect("it is written");
            // As aligned as the items of an array are.
            let bytes = read.bytes().expect("bytes");
            let mut words: Vec<u64> = vec![0; bytes.len().div_ceil(8)];
            let target: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
            target[..bytes.len()].copy_from_slice(bytes);
            let outside = &target[..bytes.len()];
            let graph = Options::new()
                .read_with_buffers(&pickle, [outside])
                .expect("it is read");
            let read = NdArray::from_value(graph.root()).expect("it is an array");
            assert_eq!(read.view::<T>().expect("it lies as it should"), array);
        }
    }
}

fn numbers<T: Native + PartialEq + Debug>(of: impl Fn(u8) -> T) {
    let flat = Array::from_shape_fn((2, 3, 2), |(i, j, k)| of((i * 6 + j * 2 + k) as u8));
    through(&flat.clone().into_dyn());
    through(&flat.clone().reversed_axes().into_dyn());
    through(&flat.slice(ndarray::s![.., ..;2, ..]).to_owned().into_dyn());
    through(&flat.index_axis(Axis(0), 1).to_owned().into_dyn());
    through(&Array::from_elem(IxDyn(&[]), of(5)));
    through(&Array::from_shape_fn(IxDyn(&[2, 0]), |_| of(0)));
}

#[test]
fn every_type_goes_both_ways() {
    numbers(|number| number % 2 == 1);
    numbers(|number| number as i8 - 5);
    numbers(|number| i16::from(number) - 5);
    numbers(|number| i32::from(number) << 20);
    numbers(|number| i64::from(number) << 50);
    numbers(|number| number);
    numbers(u16::from);
    numbers(u32::from);
    numbers(|number| u64::from(number) << 60);
    numbers(|number| f16::from_f32(f32::from(number) / 4.0));
    numbers(|number| f32::from(number) / 3.0);
    numbers(|number| f64::from(number) / 3.0);
    numbers(|number| Complex::new(f32::from(number), 0.5));
    numbers(|number| Complex::new(f64::from(number), -0.5));
}

/// The pickle of the array that the builder makes, in protocol 4.
fn made(make: impl FnOnce(&mut Builder, &Maker) -> brinery::Ref) -> Vec<u8> {
    let mut build = Builder::new();
    let root = make(&mut build, &Maker::new().protocol(4));
    Options::new()
        .protocol(4)
        .write(&build.finish(root))
        .expect("it is written")
}

fn read<T>(pickle: &[u8], check: impl FnOnce(Value<'_>) -> T) -> T {
    check(Graph::from_slice(pickle).expect("it is read").root())
}

#[test]
fn a_view_lies_in_the_bytes_themselves() {
    let array = array![[1_u8, 2], [3, 4]];
    let mut build = Builder::new();
    let root = Maker::new().ndarray(&mut build, &array).expect("it is made");
    let pickle = Options::new()
        .protocol(5)
        .write(&build.finish(root))
        .expect("it is written");
    let graph = Graph::from_slice(&pickle).expect("it is read");
    let view = graph
        .root()
        .as_ndarray()
        .expect("an array")
        .view::<u8>()
        .expect("bytes are aligned");
    assert!(pickle.as_ptr_range().contains(&view.as_ptr()));
    assert_eq!(view, array.into_dyn());
}

#[test]
fn views_that_cannot_be() {
    let big: Dtype = ">i4".parse().expect("a dtype");
    let pickle = made(|build, maker| {
        maker
            .array(build, &big, &[1], Order::C, [0, 0, 1, 0])
            .expect("it is made")
    });
    read(&pickle, |value| {
        let array = value.as_ndarray().expect("an array");
        let error = array.view::<i32>().expect_err("bytes are the wrong way round");
        assert_eq!(error.to_string(), "numpy: >i4 does not lie in memory as i32 does");
        assert_eq!(array.cow::<i32>().expect("a copy"), ndarray::arr1(&[256]).into_dyn());
    });
    let pickle = made(|build, maker| {
        let dtype = "b1".parse().expect("a dtype");
        maker.array(build, &dtype, &[2], Order::C, [1, 7]).expect("it is made")
    });
    read(&pickle, |value| {
        let array = value.as_ndarray().expect("an array");
        assert!(array.view::<bool>().is_err(), "a bool of 7");
        assert_eq!(
            array.to_array::<bool>().expect("a copy"),
            ndarray::arr1(&[true, true]).into_dyn()
        );
    });
    // One of eight neighbours at most is aligned.
    let f8: Dtype = "<f8".parse().expect("a dtype");
    let mut views = 0;
    let pickle = made(|build, maker| {
        let array = maker.array(build, &f8, &[2], Order::C, [0; 16]).expect("it is made");
        let bytes = build.add(&*vec![0; 40]);
        build.tuple([bytes, array])
    });
    for shift in 0..8 {
        // NONE and POP, and a number that takes three bytes.
        let moved = [&b"K\x000"[..3 * (shift % 2)], &b"N0".repeat(shift / 2)].concat();
        let pickle = [&pickle[..2], &moved, &pickle[2..]].concat();
        read(&pickle, |value| {
            let array = value.get(1).and_then(Value::as_ndarray).expect("an array");
            views += usize::from(array.view::<f64>().is_ok());
            assert_eq!(array.cow::<f64>().expect("a copy at least").len(), 2);
        });
    }
    assert!(views < 8, "every one was aligned");
}

#[test]
fn times_and_strings() {
    let dtype: Dtype = "M8[ms]".parse().expect("a dtype");
    let times = array![[0_i64, 1], [i64::MIN, 86_400_000]];
    let pickle = made(|build, maker| maker.ndarray_as(build, &dtype, &times).expect("it is made"));
    read(&pickle, |value| {
        let array = value.as_ndarray().expect("an array");
        assert_eq!(array.dtype(), &dtype);
        assert_eq!(array.to_array::<i64>().expect("units"), times.into_dyn());
        assert!(array.to_array::<i32>().is_err());
    });
    let texts = array!["a", "", "Grüße 😀"];
    let pickle = made(|build, maker| maker.strings(build, &texts).expect("it is made"));
    read(&pickle, |value| {
        let array = value.as_ndarray().expect("an array");
        assert_eq!(array.dtype().to_string().trim_start_matches(['<', '>']), "U7");
        assert_eq!(
            array.to_array::<String>().expect("text"),
            texts.map(|text| text.to_string()).into_dyn()
        );
    });
    let mut build = Builder::new();
    assert!(Maker::new().strings(&mut build, &array!["a\0"]).is_err());
}
