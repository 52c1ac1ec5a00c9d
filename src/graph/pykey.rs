//! Values as keys, with Python's equality and hash.

use super::{
    Entries, Graph, Kind, Node, Ref, Value,
    keys::{self, Content, Numbers, Place},
};
use crate::error::ErrorKind;
use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::{BuildHasher, Hash, Hasher},
    sync::LazyLock,
};

/// A value as a key of a Rust map or set, equal to what it is equal to in Python.
///
/// Numbers are equal by value (`1 == True == 1.0`, `0.0 == -0.0`), text is not bytes, tuples and frozensets are equal by
/// content, imports by name. What only Python code could compare, such as the result of a call, is equal to itself alone.
/// Keys of several graphs may be mixed.
///
/// NaN, which `==` never finds equal, is equal to itself as the same object, as keys of a Python dict are.
///
/// ```
/// use brinery::{PyKey, pickle};
/// use std::collections::HashMap;
/// let graph = pickle!([1, "lamp", (1, 2), [3]]);
/// let keys: Vec<_> = graph.root().items().map(PyKey::new).collect();
/// assert!(keys[3].is_err()); // unhashable
/// let places: HashMap<_, _> = keys.into_iter().flatten().zip(0..).collect();
/// let other = pickle!([true, (1.0, 2.0), b"lamp"]);
/// let found: Vec<_> = other.root().items().map(|item| places.get(&PyKey::new(item).unwrap())).collect();
/// assert_eq!(found, [Some(&0), Some(&2), None]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PyKey<'g> {
    value: Value<'g>,
    /// Of the content. Kept, because a composite key is hashed as a whole.
    hash: u64,
}

/// Keyed at random, so that no stream can make keys collide; one for all, so that keys of several graphs can be mixed.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl<'g> PyKey<'g> {
    /// The value as a key. An error if it is not hashable: a list, dict, set or bytearray, or a tuple with one in it.
    ///
    /// Takes time in the number of objects of the key, also when they are shared so often that it would print as much
    /// more.
    pub fn new(value: Value<'g>) -> Result<PyKey<'g>, ErrorKind> {
        let graph = value.graph;
        // Imports can share a long name, which is gone through once.
        let mut names = HashMap::new();
        let mut name = |index: u32| {
            let hash = || HASHER.hash_one(graph.node(index).text());
            match keys::is_long(graph, Ref::node(index)) {
                true => *names.entry(index).or_insert_with(hash),
                false => hash(),
            }
        };
        let mut rate = |key: Ref, parts: &[u64], _| {
            Ok(match key.index().map(|index| graph.node(index)) {
                Some(Node::Global { module, name: own }) => HASHER.hash_one((2u8, name(*module), name(*own))),
                Some(Node::Tuple(_)) => HASHER.hash_one((0u8, parts)),
                Some(Node::FrozenSet(_)) => HASHER.hash_one((1u8, parts)),
                _ => HASHER.hash_one(keys::content(graph, key)?),
            })
        };
        let hash = match keys::composite(graph, value.at) {
            None => rate(value.at, &[], 0)?,
            Some(_) => keys::bottom_up(value.at, |_| graph, &mut HashMap::new(), rate)?,
        };
        Ok(PyKey { value, hash })
    }

    /// The value.
    pub fn value(self) -> Value<'g> {
        self.value
    }
}

impl Hash for PyKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<'b> PartialEq<PyKey<'b>> for PyKey<'_> {
    fn eq(&self, other: &PyKey<'b>) -> bool {
        self.hash == other.hash && Pair::new(self.value.graph, other.value.graph).equal(self.value.at, other.value.at)
    }
}

impl Eq for PyKey<'_> {}

/// A reference of the first or second graph that are compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Side {
    pub(super) second: bool,
    pub(super) at: Ref,
}

impl Place for Side {
    fn at(self) -> Ref {
        self.at
    }
    fn beside(self, at: Ref) -> Self {
        Side { at, ..self }
    }
    fn same_graph(self, other: Self) -> bool {
        self.second == other.second
    }
}

/// Compares keys of two graphs. What has once been gone through is not gone through again.
struct Pair<'g> {
    first: &'g Graph<'g>,
    second: &'g Graph<'g>,
    /// Whether both are one graph, in which the same index is the same object.
    one: bool,
    numbers: Option<Numbers<Side>>,
}

impl<'g> Pair<'g> {
    fn new(first: &'g Graph<'g>, second: &'g Graph<'g>) -> Self {
        Pair {
            first,
            second,
            one: std::ptr::addr_eq(first, second),
            numbers: None,
        }
    }

    /// Whether a key of the first graph equals one of the second; not if one of them is not hashable.
    fn equal(&mut self, a: Ref, b: Ref) -> bool {
        let items = (keys::composite(self.first, a), keys::composite(self.second, b));
        let long = match items {
            (None, None) => keys::is_long(self.first, a) && keys::is_long(self.second, b),
            (Some(a), Some(b)) if a.len() == b.len() => true,
            _ => return false,
        };
        if !long {
            return match (keys::content(self.first, a), keys::content(self.second, b)) {
                (Ok(Content::Node(a)), Ok(Content::Node(b))) => self.one && a == b,
                (Ok(a), Ok(b)) => a == b,
                _ => false,
            };
        }
        self.number(false, a)
            .is_some_and(|number| Some(number) == self.number(!self.one, b))
    }

    fn number(&mut self, second: bool, at: Ref) -> Option<u32> {
        let graphs = [self.first, self.second];
        let graph = |side: Side| graphs[usize::from(side.second)];
        let numbers = self.numbers.get_or_insert_default();
        numbers.number(&graph, Side { second, at }).ok()
    }
}

impl<'g> Entries<'g> {
    /// The value of a key, found as Python finds it: `1`, `True` and `1.0` are one key. `None` also for what is not
    /// hashable. Takes time in the number of entries; make a map of [`PyKey`]s for many look-ups.
    ///
    /// ```
    /// use brinery::pickle;
    /// let graph = pickle!({(1, "a"): "here", 2: "there"});
    /// let entries = graph.root().as_dict().unwrap();
    /// let key = pickle!((1.0, "a"));
    /// assert_eq!(entries.get_key(key.root()).and_then(|value| value.as_str()), Some("here"));
    /// ```
    pub fn get_key(&self, key: Value<'_>) -> Option<Value<'g>> {
        let mut found = None;
        let mut pair = None;
        for (other, value) in self.iter() {
            let pair = pair.get_or_insert_with(|| Pair::new(other.graph, key.graph));
            if pair.equal(other.at, key.at) {
                found = Some(value);
                break;
            }
        }
        found
    }
}

impl Value<'_> {
    /// Python's `==`, of hashable values: see [`PyKey`]. What is not hashable (a list, dict, set or bytearray, or a tuple
    /// with one in it) is equal here to itself only.
    ///
    /// This is not Rust's `==`, which asks whether two graphs would be indistinguishable: of the same kinds, and with the
    /// same sharing.
    ///
    /// ```
    /// use brinery::pickle;
    /// let graph = pickle!([(1, 2), (1.0, true), [0], [0]]);
    /// let [a, b, c, d] = [0, 1, 2, 3].map(|index| graph.root().get(index).unwrap());
    /// assert!(!a.py_eq(b) && a.py_eq(a));
    /// assert!(!c.py_eq(d) && c.py_eq(c));
    /// assert!(pickle!(1).root().py_eq(pickle!(True).root()));
    /// assert!(pickle!(1).root() != pickle!(True).root());
    /// ```
    pub fn py_eq(self, other: Value<'_>) -> bool {
        let nan = matches!(self.kind(), Kind::Float(value) if value.is_nan());
        !nan && (self.index().is_some() && self.is(other)
            || Pair::new(self.graph, other.graph).equal(self.at, other.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, pickle};
    use std::collections::HashSet;

    fn key<'g>(graph: &'g Graph<'_>) -> PyKey<'g> {
        PyKey::new(graph.root()).unwrap()
    }

    /// The expressions and which of them are equal were evaluated by CPython 3.11.
    #[test]
    fn equal_where_python_says_so() {
        // 2**63, 2.0**63, 2**53 + 1, 2.0**53, 2**100, 2.0**100, -2**63, -2.0**63, 10**30, 1e30, 10**22, 1e22
        let big = |value: i128| pickle!(value);
        let equal = [
            (pickle!(1), pickle!(True)),
            (pickle!(1), pickle!(1.0)),
            (pickle!(0), pickle!(-0.0)),
            (pickle!(False), pickle!(0.0)),
            (big(1 << 63), pickle!(2f64.powi(63))),
            (big(-(1 << 63)), pickle!(-2f64.powi(63))),
            (big(1 << 100), pickle!(2f64.powi(100))),
            (big(10i128.pow(22)), pickle!(1e22)),
            (pickle!(1i64 << 53), pickle!(2f64.powi(53))),
            (pickle!(f64::INFINITY), pickle!(f64::INFINITY)),
            (pickle!("a"), pickle!("a")),
            (pickle!(b"a"), pickle!(b"a")),
            (pickle!((1, ("x", 2))), pickle!((1.0, ("x", 2)))),
            (pickle!(()), pickle!(())),
        ];
        for (a, b) in &equal {
            assert!(key(a) == key(b) && a.root().py_eq(b.root()), "{a:?} {b:?}");
            assert_eq!(HASHER.hash_one(key(a)), HASHER.hash_one(key(b)));
        }
        let differ = [
            (pickle!("a"), pickle!(b"a")),
            (pickle!("1"), pickle!(1)),
            (pickle!(None), pickle!(0)),
            (pickle!((1i64 << 53) + 1), pickle!(2f64.powi(53))),
            (pickle!(i64::MAX), pickle!(2f64.powi(63))),
            (big(10i128.pow(30)), pickle!(1e30)),
            (pickle!(f64::NAN), pickle!(f64::NAN)),
            (pickle!((f64::NAN,)), pickle!((f64::NAN,))),
            (pickle!(f64::INFINITY), pickle!(f64::NEG_INFINITY)),
            (pickle!((1, 2)), pickle!((2, 1))),
            (pickle!((1,)), pickle!(1)),
            (pickle!(()), pickle!(((),))),
        ];
        for (a, b) in &differ {
            assert!(key(a) != key(b) && !a.root().py_eq(b.root()), "{a:?} {b:?}");
        }
    }

    #[test]
    fn frozensets_have_no_order_and_objects_are_themselves() {
        let make = |order: [i64; 3], text: &str| {
            let mut build = Builder::new();
            let items = order.map(|item| build.add(item));
            let inner = build.frozenset(items).unwrap();
            let text = build.add(text);
            let one = build.add(1.0);
            let outer = build.frozenset([text, inner, one]).unwrap();
            let import = build.global("shop", "Lamp");
            let object = build.new_object(import, []).unwrap();
            let tuple = build.tuple([outer, object]);
            let root = build.list([outer, import, object, tuple]);
            build.finish(root)
        };
        let (a, b) = (make([1, 2, 3], &"x".repeat(100)), make([3, 1, 2], &"x".repeat(100)));
        let equal: Vec<_> = a
            .root()
            .items()
            .zip(b.root().items())
            .map(|(a, b)| PyKey::new(a).unwrap() == PyKey::new(b).unwrap())
            .collect();
        // The object is another in the other graph, and so is the tuple that it is in.
        assert_eq!(equal, [true, true, false, false]);
        assert!(
            a.root()
                .items()
                .all(|item| PyKey::new(item).unwrap() == PyKey::new(item).unwrap())
        );
        let c = make([1, 2, 4], &"x".repeat(100));
        assert!(!a.root().get(0).unwrap().py_eq(c.root().get(0).unwrap()));
        // A tuple is not a frozenset.
        assert!(!pickle!((1, 2, 3)).root().py_eq(a.root().get(0).unwrap()));
    }

    #[test]
    fn nan_is_in_the_same_tuple() {
        // nan = float('nan'); t = (nan,); t == t; {t: 1}[t] == 1, but nan != nan
        let graph = pickle!((f64::NAN, 1));
        assert!(key(&graph) == key(&graph) && graph.root().py_eq(graph.root()));
        let nan = graph.root().get(0).unwrap();
        // d = {nan: 1}; d[nan] == 1, and float('nan') not in d
        assert!(!nan.py_eq(nan) && PyKey::new(nan).unwrap() == PyKey::new(nan).unwrap());
        let (a, b) = (pickle!(f64::NAN), pickle!(f64::NAN));
        assert!(key(&a) != key(&b));
        // Also one whose bits have no room in a reference.
        let graph = pickle!(f64::from_bits(0xffff_0000_0000_0001));
        assert!(key(&graph) == key(&graph) && !graph.root().py_eq(graph.root()));
    }

    #[test]
    fn unhashable_at_any_depth() {
        let graph = pickle!((1, (2, ([], 3))));
        assert!(matches!(PyKey::new(graph.root()), Err(ErrorKind::Unhashable("list"))));
        assert!(graph.root().py_eq(graph.root()));
        assert!(!graph.root().py_eq(pickle!((1, (2, ([], 3)))).root()));
        for (graph, name) in [(pickle!([]), "list"), (pickle!({}), "dict")] {
            assert!(matches!(PyKey::new(graph.root()), Err(ErrorKind::Unhashable(what)) if what == name));
        }
    }

    #[test]
    fn look_up() {
        let graph = pickle!({1: "one", "1": "text", b"1": "bytes", (1, 2): "pair", 1e100: "big", None: "none"});
        let entries = graph.root().as_dict().unwrap();
        let text = |key: &Graph<'_>| entries.get_key(key.root()).and_then(|value| value.as_str());
        assert_eq!(text(&pickle!(True)), Some("one"));
        assert_eq!(text(&pickle!(1.0)), Some("one"));
        assert_eq!(text(&pickle!("1")), Some("text"));
        assert_eq!(text(&pickle!(b"1")), Some("bytes"));
        assert_eq!(text(&pickle!((True, 2.0))), Some("pair"));
        assert_eq!(text(&pickle!(None)), Some("none"));
        assert_eq!(text(&pickle!([1])), None);
        assert_eq!(text(&pickle!(2)), None);
        let number = pickle!(num_bigint::BigInt::from(10).pow(100));
        assert_eq!(text(&number), None); // 10**100 != 1e100
    }

    /// A set keeps what is empty apart from what is not.
    #[test]
    fn empty_composites() {
        let mut build = Builder::new();
        let one = build.add(1);
        let items = [build.frozenset([one]).unwrap(), build.frozenset([]).unwrap()];
        let more = [
            build.tuple([one]),
            build.tuple([]),
            build.frozenset([]).unwrap(),
            build.tuple([]),
        ];
        let root = build.set([items.as_slice(), &more].concat()).unwrap();
        let graph = build.finish(root);
        assert_eq!(graph.root().to_string(), "{frozenset({1}), frozenset(), (1,), ()}");
    }

    /// 2⁶⁰ items by content, and nesting deeper than any stack.
    #[test]
    fn hostile_keys_are_cheap() {
        let doubled = |bottom: i64| {
            let mut build = Builder::new();
            let mut top = build.add(bottom);
            for _ in 0..60 {
                top = build.tuple([top, top]);
            }
            build.finish(top)
        };
        let (a, b, c) = (doubled(1), doubled(1), doubled(2));
        assert!(key(&a) == key(&b) && key(&a) != key(&c) && !a.root().py_eq(c.root()));
        let deep = || {
            let mut build = Builder::new();
            let mut top = build.tuple([]);
            for _ in 0..300_000 {
                top = build.tuple([top]);
            }
            build.finish(top)
        };
        assert!(key(&deep()) == key(&deep()));
        // A wide tuple, very often in a wide tuple; and a long text.
        let wide = |long: &str| {
            let mut build = Builder::new();
            let text = build.add(long);
            let row = build.tuple(vec![text; 20_000]);
            let all = build.tuple(vec![row; 20_000]);
            build.finish(all)
        };
        let (a, b) = (wide(&"x".repeat(100_000)), wide(&"x".repeat(100_000)));
        assert!(a.root().py_eq(b.root()));
        let keys: HashSet<_> = [key(&a), key(&b), key(&c)].into();
        assert_eq!(keys.len(), 2);
    }
}
