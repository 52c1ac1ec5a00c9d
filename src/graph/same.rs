//! `==`: whether two graphs are the same but for where they lie.

use super::{
    END, Graph, Kind, Ref, Value,
    keys::{self, Numbers},
    node::Step,
    pykey::Side,
    walk::Edges,
};
use std::{collections::HashMap, mem};

/// Whether both are graphs of the same shape: the same kinds of objects with the same content in the same order, and
/// shared and cyclic in the same places. Both may be of one graph, or of two.
///
/// This is finer than Python's `==`. An int is not a bool nor a float, `0.0` is not `-0.0` (but any NaN is any NaN), the
/// order of dicts and sets counts, and where one object is referred to twice there must be one object on the other side:
///
/// ```
/// use brinery::{Builder, pickle};
/// let mut build = Builder::new();
/// let row = build.list([]);
/// let rows = build.list([row, row]);
/// let shared = build.finish(rows);
/// let copied = pickle!([[], []]);
/// assert_eq!(shared.root().to_string(), copied.root().to_string());
/// assert_ne!(shared.root(), copied.root()); // after rows[0].append(1) one is [[1], [1]], the other [[1], []]
/// assert_eq!(copied.root().get(0), copied.root().get(1));
/// ```
///
/// Identity counts for what is a list, dict, set, frozenset, bytearray, non-empty tuple, the result of a call, a
/// persistent object or a buffer. It does not count for numbers, text, bytes, the empty tuple and imports, which Python
/// itself merges as it likes. An object is what was called with which arguments, and each step that was then taken. How
/// a protocol spells something is not part of it: a set of protocol 2 and of protocol 4 are equal.
///
/// Takes time in the number of objects and references, whatever their sharing and depth.
impl<'b> PartialEq<Value<'b>> for Value<'_> {
    fn eq(&self, other: &Value<'b>) -> bool {
        self.is(*other) || Match::new(self.graph, other.graph).walk(self.at, other.at)
    }
}

impl Eq for Value<'_> {}

/// Whether both say the same: their roots are equal one by one as [`Value`]s are, and what roots share with each other
/// is shared on both sides. Protocols, and deeds without a trace in the roots, do not count.
///
/// ```
/// use brinery::{Graph, Options, pickle};
/// let graph = pickle!({"name": "lamp", "size": (3, 4)});
/// let bytes = Options::new().protocol(0).write(&graph)?;
/// assert_eq!(Graph::from_slice(&bytes)?, graph);
/// # Ok::<(), brinery::Error>(())
/// ```
impl<'b> PartialEq<Graph<'b>> for Graph<'_> {
    fn eq(&self, other: &Graph<'b>) -> bool {
        let mut both = Match::new(self, other);
        let mut roots = self.roots.iter().zip(&other.roots);
        self.roots.len() == other.roots.len() && roots.all(|(a, b)| both.walk(*a, *b))
    }
}

impl Eq for Graph<'_> {}

/// One direction of the bijection: the partner of each object that has been met. A table when many have been met, so that
/// large graphs are fast; until then a map, so that comparing one small object of a large graph is.
#[derive(Default)]
struct Partners {
    few: HashMap<u32, u32>,
    /// [`END`] for those that have none.
    many: Vec<u32>,
}

impl Partners {
    /// The partner that an object has. One that has none is given this one.
    fn of(&mut self, index: u32, partner: u32, count: usize) -> Option<u32> {
        if !self.many.is_empty() {
            let slot = &mut self.many[index as usize];
            let had = Some(*slot).filter(|had| *had != END);
            *slot = had.unwrap_or(partner);
            return had;
        }
        if let Some(partner) = self.few.get(&index) {
            return Some(*partner);
        }
        self.few.insert(index, partner);
        if self.few.len() > 64 + count / 16 {
            self.many = vec![END; count];
            for (index, partner) in mem::take(&mut self.few) {
                self.many[index as usize] = partner;
            }
        }
        None
    }
}

/// Two graphs and which objects of them have been matched.
struct Match<'g> {
    a: &'g Graph<'g>,
    b: &'g Graph<'g>,
    a_to_b: Partners,
    b_to_a: Partners,
    /// Pairs that were matched and whose content has not been looked at.
    open: Vec<(u32, u32)>,
    /// Long text is gone through once and not each time that it is referred to.
    long: Option<Numbers<Side>>,
}

impl<'g> Match<'g> {
    fn new(a: &'g Graph<'g>, b: &'g Graph<'g>) -> Self {
        Match {
            a,
            b,
            a_to_b: Partners::default(),
            b_to_a: Partners::default(),
            open: Vec::new(),
            long: None,
        }
    }

    /// Matches two objects and all that they refer to. In which order does not matter: one pair that does not match is
    /// the end.
    fn walk(&mut self, a: Ref, b: Ref) -> bool {
        if !self.meet(a, b) {
            return false;
        }
        while let Some((i, j)) = self.open.pop() {
            let (a, b) = (Ref::node(i), Ref::node(j));
            if !alike(self.a.value(a).kind(), self.b.value(b).kind()) || !self.same_steps(i, j) {
                return false;
            }
            let (mut of_a, mut of_b) = (Edges::of(self.a, a), Edges::of(self.b, b));
            loop {
                match (of_a.next(self.a), of_b.next(self.b)) {
                    (None, None) => break,
                    (Some((role, a)), Some((other, b))) if role == other && self.meet(a, b) => {}
                    _ => return false,
                }
            }
        }
        true
    }

    /// Whether two objects can be one: by their content if they have no identity, else by those that they were matched
    /// with. Their content is then looked at later.
    fn meet(&mut self, a: Ref, b: Ref) -> bool {
        let (first, second) = (self.a.value(a).kind(), self.b.value(b).kind());
        match (first, second) {
            (Kind::None, Kind::None) => true,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Int(a), Kind::Int(b)) => a == b,
            (Kind::Float(a), Kind::Float(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
            (Kind::BigInt(big), Kind::Int(int)) | (Kind::Int(int), Kind::BigInt(big)) => *big == int.into(),
            (Kind::BigInt(_), Kind::BigInt(_)) => self.same_text(a, b, first, second),
            (Kind::Str(_), Kind::Str(_)) | (Kind::Bytes(_), Kind::Bytes(_)) => self.same_text(a, b, first, second),
            (Kind::Tuple(a), Kind::Tuple(b)) if a.is_empty() && b.is_empty() => true,
            (Kind::Global(_), Kind::Global(_)) => {
                // An import that was given a state is not any import of the name.
                let plain = |graph: &Graph<'_>, at: Ref| Edges::of(graph, at).next(graph).is_none();
                if !self.same_text(a, b, first, second) || plain(self.a, a) != plain(self.b, b) {
                    return false;
                }
                plain(self.a, a) || self.pair(a, b)
            }
            _ => self.pair(a, b),
        }
    }

    /// Whether text, bytes, large ints or the names of imports are the same.
    fn same_text(&mut self, a: Ref, b: Ref, first: Kind<'_>, second: Kind<'_>) -> bool {
        if keys::is_long(self.a, a) && keys::is_long(self.b, b) {
            let graphs = [self.a, self.b];
            let graph = |side: Side| graphs[usize::from(side.second)];
            let numbers = self.long.get_or_insert_default();
            let mut number = |second, at| numbers.number(&graph, Side { second, at }).ok();
            return number(false, a) == number(true, b);
        }
        match (first, second) {
            (Kind::Str(a), Kind::Str(b)) => a == b,
            (Kind::Bytes(a), Kind::Bytes(b)) => a == b,
            (Kind::BigInt(a), Kind::BigInt(b)) => a == b,
            (Kind::Global(a), Kind::Global(b)) => a == b,
            _ => false,
        }
    }

    /// Whether two objects with identity are, or can now become, each other's partner.
    fn pair(&mut self, a: Ref, b: Ref) -> bool {
        let (Some(i), Some(j)) = (a.index(), b.index()) else {
            return false;
        };
        let partners = (
            self.a_to_b.of(i, j, self.a.nodes.len()),
            self.b_to_a.of(j, i, self.b.nodes.len()),
        );
        match partners {
            (None, None) => {
                let none = |graph: &Graph<'_>, index| graph.node(index).span().is_some_and(|span| span.len == 0);
                if none(self.a, i) && none(self.b, j) {
                    return alike(self.a.value(a).kind(), self.b.value(b).kind());
                }
                self.open.push((i, j));
                true
            }
            (Some(partner), Some(back)) => partner == j && back == i,
            _ => false,
        }
    }

    /// Whether the same was done to two objects, but for what with. The roles of their references say nearly as much; not
    /// where one run of items ends and another begins.
    fn same_steps(&self, i: u32, j: u32) -> bool {
        let shape = |step| match step {
            Step::Append(span) => (0, span.len),
            Step::SetItems(span) => (1, span.len),
            Step::Add(span) => (2, span.len),
            Step::State(_) => (3, 1),
            Step::Setter { .. } => (4, 1),
            Step::Aside { .. } => (5, 1),
        };
        self.a.steps(i).map(shape).eq(self.b.steps(j).map(shape))
    }
}

/// Whether two objects with identity are of one kind and say the same, but for what they refer to.
fn alike(a: Kind<'_>, b: Kind<'_>) -> bool {
    match (a, b) {
        (Kind::List(a), Kind::List(b)) | (Kind::Tuple(a), Kind::Tuple(b)) => a.len() == b.len(),
        (Kind::Set(a), Kind::Set(b)) | (Kind::FrozenSet(a), Kind::FrozenSet(b)) => a.len() == b.len(),
        (Kind::Dict(a), Kind::Dict(b)) => a.len() == b.len(),
        (Kind::ByteArray(a), Kind::ByteArray(b)) => a == b,
        (Kind::Object(a), Kind::Object(b)) => a.call() == b.call(),
        (Kind::Global(_), Kind::Global(_)) | (Kind::Persistent(_), Kind::Persistent(_)) => true,
        (
            Kind::Buffer { index, bytes, readonly },
            Kind::Buffer {
                index: other_index,
                bytes: other_bytes,
                readonly: other_readonly,
            },
        ) => (index, bytes, readonly) == (other_index, other_bytes, other_readonly),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Build, Builder, Options, pickle};

    fn build(make: impl FnOnce(&mut Builder) -> Ref) -> Graph<'static> {
        let mut builder = Builder::new();
        let root = make(&mut builder);
        builder.finish(root)
    }

    #[test]
    fn leaves() {
        let leaf = |value: f64| pickle!(value);
        let same = [
            (pickle!("a"), pickle!("a")),
            (leaf(f64::NAN), leaf(f64::from_bits(0xffff_0000_0000_0001))),
            (pickle!(1u128 << 100), pickle!(1u128 << 100)),
            (pickle!(1i64 << 60), pickle!(1i64 << 60)),
            (pickle!(()), pickle!(())),
        ];
        for (a, b) in &same {
            assert!(a == b && a.root() == b.root(), "{a:?} {b:?}");
        }
        let differ = [
            (pickle!(1), pickle!(True)),
            (pickle!(1), pickle!(1.0)),
            (pickle!(0.0), pickle!(-0.0)),
            (pickle!("a"), pickle!(b"a")),
            (pickle!(None), pickle!(False)),
            (pickle!(1u128 << 100), pickle!((1u128 << 100) + 1)),
            (pickle!([]), pickle!(())),
            (pickle!([1]), pickle!([1, 2])),
            (pickle!([1, 2]), pickle!([2, 1])),
            (pickle!({1: 2, 3: 4}), pickle!({3: 4, 1: 2})),
        ];
        for (a, b) in &differ {
            assert!(a != b && b.root() != a.root(), "{a:?} {b:?}");
        }
    }

    #[test]
    fn sharing_counts_where_there_is_identity() {
        type Make = fn(&mut Builder) -> Ref;
        let twice = |make: Make, shared: bool| {
            build(|b| {
                let first = make(b);
                let second = if shared { first } else { make(b) };
                b.list([first, second])
            })
        };
        let with: [Make; 6] = [
            |b| b.list([]),
            |b| b.dict([]).unwrap(),
            |b| b.set([]).unwrap(),
            |b| b.bytearray(b"x"),
            |b| b.tuple([Ref::NONE]),
            |b| {
                let class = b.global("shop", "Lamp");
                b.new_object(class, []).unwrap()
            },
        ];
        for make in with {
            assert_eq!(twice(make, true), twice(make, true));
            assert_eq!(twice(make, false), twice(make, false));
            assert_ne!(twice(make, true), twice(make, false));
            assert_ne!(twice(make, false), twice(make, true));
        }
        let without: [Make; 5] = [
            |b| b.add("text"),
            |b| b.add(b"bytes"),
            |b| b.add(1u128 << 90),
            |b| b.tuple([]),
            |b| b.global("shop", "Lamp"),
        ];
        for make in without {
            assert_eq!(twice(make, true), twice(make, false));
        }
    }

    #[test]
    fn cycles() {
        // a = []; a.append(a), and b = [[]]; b[0].append(b): each prints as [[...]] for ever.
        let ring = |length: usize| {
            build(|b| {
                let lists: Vec<_> = (0..length).map(|_| b.list([])).collect();
                for (i, list) in lists.iter().enumerate() {
                    b.append(*list, [lists[(i + 1) % length]]).unwrap();
                }
                lists[0]
            })
        };
        assert_eq!(ring(1), ring(1));
        assert_eq!(ring(2), ring(2));
        assert_ne!(ring(1), ring(2));
        assert_ne!(ring(2), ring(4));
        // One ring from two of its objects.
        let two = ring(2);
        assert_eq!(two.root(), two.root().get(0).unwrap());
    }

    #[test]
    fn objects_and_their_steps() {
        let object = |name: &str, args: usize, state: i64, twice: bool| {
            build(|b| {
                let class = b.global("shop", name);
                let object = b.new_object(class, vec![Ref::NONE; args]).unwrap();
                let state = b.add(state);
                b.append(object, [state]).unwrap();
                b.set_state(object, state).unwrap();
                if twice {
                    b.append(object, [state]).unwrap();
                }
                object
            })
        };
        assert_eq!(object("Lamp", 1, 2, true), object("Lamp", 1, 2, true));
        for other in [
            ("Lump", 1, 2, true),
            ("Lamp", 2, 2, true),
            ("Lamp", 1, 3, true),
            ("Lamp", 1, 2, false),
        ] {
            assert_ne!(object("Lamp", 1, 2, true), object(other.0, other.1, other.2, other.3));
        }
        let call = |how: fn(&mut Builder, Ref) -> Ref| {
            build(|b| {
                let class = b.global("shop", "Lamp");
                how(b, class)
            })
        };
        let new = |b: &mut Builder, class| b.new_object(class, []).unwrap();
        let reduce = |b: &mut Builder, class| b.call(class, []).unwrap();
        assert_ne!(call(new), call(reduce));
    }

    #[test]
    fn protocols_say_the_same() {
        let graph = build(|b| {
            let items = [1i64, 2, 3].map(|item| item.build(b));
            let set = b.set(items).unwrap();
            let bytes = b.add(b"\xff\0");
            let array = b.bytearray(b"abc");
            let class = b.global("shop.models", "Lamp.Bulb");
            let object = b.new_object_ex(class, items, &[("watt", set)]).unwrap();
            b.set_state(object, array).unwrap();
            b.list([object, set, bytes, array, object])
        });
        for protocol in 0..=5 {
            let bytes = Options::new().protocol(protocol).write(&graph).unwrap();
            let read = Graph::from_slice(&bytes).unwrap();
            // Below 4, the call with keywords is spelled as a call of `functools.partial`.
            assert_eq!(read.root().get(1), graph.root().get(1), "protocol {protocol}");
            assert_eq!(read == graph, protocol >= 4, "protocol {protocol}");
        }
    }

    #[test]
    fn roots_share_one_bijection() {
        let two = |shared: bool| {
            let mut graph = build(|b| {
                let (x, y) = (b.list([]), b.list([]));
                b.list([x, if shared { x } else { y }])
            });
            graph.roots = graph.root().items().map(Value::id).collect();
            graph
        };
        assert_eq!(two(true), two(true));
        assert_eq!(two(true).root(), two(false).root());
        assert_ne!(two(true), two(false));
    }

    /// 2⁶⁰ items if each were printed, nesting deeper than any stack, and long text referred to from everywhere.
    #[test]
    fn hostile_graphs_are_cheap() {
        let doubled = || build(|b| (0..60).fold(Ref::NONE, |top, _| b.tuple([top, top])));
        assert_eq!(doubled(), doubled());
        let deep = |bottom: Ref| build(|b| (0..300_000).fold(bottom, |top, _| b.list([top])));
        assert_eq!(deep(Ref::NONE), deep(Ref::NONE));
        assert_ne!(deep(Ref::NONE), deep(Ref::TRUE));
        let long = || {
            build(|b| {
                let text = b.add("x".repeat(1_000_000));
                b.list(vec![text; 300_000])
            })
        };
        assert_eq!(long(), long());
        // Small comparisons within a large graph.
        let rows = build(|b| {
            let rows: Vec<_> = (0..100_000).map(|_| b.list([Ref::TRUE])).collect();
            b.list(rows)
        });
        let first = rows.root().get(0).unwrap();
        assert!(rows.root().items().all(|row| row == first));
    }
}
