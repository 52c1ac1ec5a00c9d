//! Lengths that are missing or wrong: the bytes are those of the right length.

use super::values::{Named, record};
use brinery::{Options, Result};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq, SerializeTuple},
};

/// A list of so many items that says something else about their number.
struct Liar<T> {
    said: Option<usize>,
    items: Vec<T>,
}

impl<T: Serialize> Serialize for Liar<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(self.said)?;
        for item in &self.items {
            seq.serialize_element(item)?;
        }
        seq.end()
    }
}

/// The same for a map.
struct MapLiar<T> {
    said: Option<usize>,
    items: Vec<T>,
}

impl<T: Serialize> Serialize for MapLiar<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(self.said)?;
        for (key, item) in self.items.iter().enumerate() {
            map.serialize_entry(&key, item)?;
        }
        map.end()
    }
}

/// A tuple that lies.
struct TupleLiar(usize, usize);

impl Serialize for TupleLiar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0)?;
        for item in 0..self.1 {
            tuple.serialize_element(&item)?;
        }
        tuple.end()
    }
}

/// All containers that a list can become.
fn each_container<T: Serialize>(items: impl Fn() -> Vec<T>, said: Option<usize>, options: &Options) -> Vec<Vec<u8>> {
    let list = || Liar { said, items: items() };
    let map = || MapLiar { said, items: items() };
    let write = |written: Result<Vec<u8>>| written.expect("it can be written");
    vec![
        write(options.to_vec(&list())),
        write(options.to_vec(&map())),
        write(options.to_vec(&Named("$brinery::set", list()))),
        write(options.to_vec(&Named("$brinery::frozenset", list()))),
        write(options.to_vec(&Named("$brinery::tuple", list()))),
        write(options.to_vec(&(1, Deque(list()), 2))),
        write(options.to_vec(&(1, OrderedDict(map()), 2))),
        // Between other things, and one in the other.
        write(options.to_vec(&(
            1,
            Liar {
                said,
                items: vec![list()],
            },
            MapLiar {
                said,
                items: vec![map(), map()],
            },
        ))),
    ]
}

struct Deque<T>(T);

impl<T: Serialize> Serialize for Deque<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::values::Call(
            "$brinery::object",
            "collections:deque",
            (),
            Some(Named("$brinery::append", &self.0)),
        )
        .serialize(serializer)
    }
}

struct OrderedDict<T>(T);

impl<T: Serialize> Serialize for OrderedDict<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::values::Call(
            "$brinery::object",
            "collections:OrderedDict",
            (),
            Some(Named("$brinery::items", &self.0)),
        )
        .serialize(serializer)
    }
}

/// With the right lengths: the containers above hold as many as they say.
fn right<T: Serialize>(items: impl Fn() -> Vec<T>, options: &Options) -> Vec<Vec<u8>> {
    let len = items().len();
    let mut right = each_container(&items, Some(len), options);
    let list = || Liar {
        said: Some(len),
        items: items(),
    };
    let map = || MapLiar {
        said: Some(len),
        items: items(),
    };
    let nested = (
        1,
        Liar {
            said: Some(1),
            items: vec![list()],
        },
        MapLiar {
            said: Some(2),
            items: vec![map(), map()],
        },
    );
    *right.last_mut().expect("eight") = options.to_vec(&nested).expect("it can be written");
    right
}

#[test]
fn short_containers() {
    for protocol in 0..=5 {
        let options = Options::new().protocol(protocol);
        for len in [0, 1, 2, 3, 4, 999, 1000, 1001, 2000, 2001] {
            let items = || (0..len).collect::<Vec<u32>>();
            let right = right(items, &options);
            for said in [
                None,
                Some(0),
                Some(1),
                Some(2),
                Some(3),
                Some(4),
                Some(1000),
                Some(usize::MAX),
            ] {
                let got = each_container(items, said, &options);
                for (at, (got, right)) in got.iter().zip(&right).enumerate() {
                    assert!(
                        got == right,
                        "container {at} of {len} that says {said:?}, protocol {protocol}"
                    );
                }
            }
        }
    }
}

/// Nothing is known about a list whose first item is longer than a frame: all frames are cut where they should be.
#[test]
fn an_item_longer_than_a_frame() {
    for protocol in [0, 3, 4, 5] {
        let options = Options::new().protocol(protocol);
        // Each size puts the ends of frames elsewhere.
        for size in (1..14).chain([3000]) {
            let item = || {
                (0..70_000 / (size + 12))
                    .map(|id| (id, "x".repeat(size + id % 3)))
                    .collect::<Vec<_>>()
            };
            for len in [1, 2, 3] {
                // Tuples, for they go into sets as well.
                let items = || (0..len).map(|_| Named("$brinery::tuple", item())).collect::<Vec<_>>();
                let right = right(items, &options);
                let got = each_container(items, None, &options);
                assert!(got == right, "{len} items of {size}, protocol {protocol}");
                if size % 13 == 0 {
                    let mut written = Vec::new();
                    let list = Liar {
                        said: None,
                        items: items(),
                    };
                    options.to_writer(&mut written, &list).expect("a Vec takes all");
                    assert!(written == right[0], "{len} items of {size} into a writer");
                }
            }
        }
    }
}

/// Large payloads lie outside frames, also where a frame is kept open.
#[test]
fn large_payloads_in_unknown_lists() {
    let options = Options::new().protocol(4);
    for len in [1, 2] {
        let item = || {
            vec![
                "a".repeat(10),
                "b".repeat(70_000),
                "c".repeat(65_535),
                "d".repeat(65_536),
                "e".into(),
            ]
        };
        // Tuples, for they go into sets as well.
        let items = || (0..len).map(|_| Named("$brinery::tuple", item())).collect::<Vec<_>>();
        assert!(
            each_container(items, None, &options) == right(items, &options),
            "{len} items"
        );
    }
}

/// A wrong number of which nothing can be taken back is still a pickle of the same list.
#[test]
fn a_lie_too_late_to_mend() {
    let options = Options::new().protocol(4);
    let item = || (0..5000).map(|id| record(id, None)).collect::<Vec<_>>();
    let wanted = brinery::to_graph(&vec![item(), item()])
        .expect("it can be written")
        .root()
        .to_string();
    let lie = Liar {
        said: Some(1),
        items: vec![item(), item()],
    };
    assert_eq!(
        brinery::to_graph(&lie).expect("it can be written").root().to_string(),
        wanted
    );
    let mut written = Vec::new();
    options.to_writer(&mut written, &lie).expect("a Vec takes all");
    let read = options.read(&written).expect("just written");
    assert_eq!(read.root().to_string(), wanted);
    let wanted = brinery::to_graph(&vec![item()])
        .expect("it can be written")
        .root()
        .to_string();
    let lie = Liar {
        said: Some(2),
        items: vec![item()],
    };
    assert_eq!(
        brinery::to_graph(&lie).expect("it can be written").root().to_string(),
        wanted
    );
}

#[test]
fn tuples_do_not_lie() {
    for protocol in 0..=5 {
        let options = Options::new().protocol(protocol);
        for (said, is) in [(0, 1), (1, 0), (1, 2), (2, 1), (3, 4), (4, 3), (5, 4)] {
            let error = options.to_vec(&TupleLiar(said, is)).expect_err("it lied");
            assert_eq!(error.to_string(), "a tuple has not as many items as it said");
        }
        assert!(options.to_vec(&TupleLiar(4, 4)).is_ok());
    }
}
