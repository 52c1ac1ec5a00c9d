//! The dicts of `collections`: OrderedDict, defaultdict, Counter and ChainMap.

use super::{
    Shape,
    made::{Made, pair},
};
use crate::{Kind, PyKey, Step, Value};
use std::collections::{HashMap, HashSet, hash_map::Entry};

/// A `collections.OrderedDict`: keys and values in their order.
///
/// In other formats a map. For another type that is like a map there is `#[serde(with = "brinery::types::ordered_dict")]`.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use brinery::types::OrderedDict;
/// let dict = OrderedDict(vec![("b", 1), ("a", 2)]);
/// let bytes = brinery::to_vec(&dict)?;
/// let graph = brinery::Graph::from_slice(&bytes)?;
/// assert_eq!(graph.root().as_ordered_dict().map(|dict| dict.0.len()), Some(2));
/// assert_eq!(brinery::from_slice::<OrderedDict<String, u8>>(&bytes)?.0[0].0, "b");
/// assert_eq!(serde_json::to_string(&dict).unwrap(), r#"{"b":1,"a":2}"#);
/// # }
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderedDict<K, V>(pub Vec<(K, V)>);

/// A `collections.Counter`: what is counted, and how often it was met.
///
/// In other formats a map. For another type that is like a map there is `#[serde(with = "brinery::types::counter")]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Counter<T, N = i64>(pub Vec<(T, N)>);

/// A `collections.defaultdict`.
///
/// In other formats a map, and so without its factory.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use brinery::types::DefaultDict;
/// let dict = DefaultDict { factory: Some("builtins:list".into()), items: vec![("k".to_owned(), vec![1])] };
/// let bytes = brinery::to_vec(&dict)?;
/// assert_eq!(brinery::from_slice::<DefaultDict<String, Vec<u8>>>(&bytes)?, dict);
/// # }
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DefaultDict<K, V, F = String> {
    /// What makes the values of missing keys: as `F` is a `String`, its path, such as `builtins:list`.
    pub factory: Option<F>,
    /// Keys and values.
    pub items: Vec<(K, V)>,
}

/// A `collections.ChainMap`: dicts that are searched in turn.
///
/// In other formats a sequence of maps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChainMap<K, V>(pub Vec<Vec<(K, V)>>);

/// Conversions from and to keys and values.
macro_rules! pairs {
    ($($dict:ident)*) => { $(
        impl<K, V> Default for $dict<K, V> {
            fn default() -> Self {
                $dict(Vec::new())
            }
        }

        impl<K, V> FromIterator<(K, V)> for $dict<K, V> {
            fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
                $dict(pairs.into_iter().collect())
            }
        }

        impl<K, V> IntoIterator for $dict<K, V> {
            type Item = (K, V);
            type IntoIter = std::vec::IntoIter<(K, V)>;
            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }
    )* };
}
pairs!(OrderedDict Counter);

impl<'g> Value<'g> {
    /// An `OrderedDict` of this very class.
    ///
    /// ```
    /// use brinery::Graph;
    /// // Written by Python 2: OrderedDict([('b', 1), ('a', 2)])
    /// let graph = Graph::from_slice(b"\x80\x02ccollections\nOrderedDict\n](](U\x01bK\x01e](U\x01aK\x02ee\x85R.")?;
    /// let dict = graph.root().as_ordered_dict().expect("an OrderedDict");
    /// let keys: Vec<_> = dict.into_iter().map(|(key, _)| key.to_string()).collect();
    /// assert_eq!(keys, ["'b'", "'a'"]);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn as_ordered_dict(self) -> Option<OrderedDict<Value<'g>, Value<'g>>> {
        let made = Made::by(self, "collections", "OrderedDict")?;
        let mut items = match made.args.len() {
            0 => Vec::new(),
            // Python 2 gives a list of lists.
            1 => pairs_of(made.args.get(0)?)?,
            _ => return None,
        };
        items.extend(made.entries());
        Some(OrderedDict(items))
    }

    /// A `defaultdict` of this very class. Its factory is most often an import, but may be anything that can be called.
    ///
    /// ```
    /// use brinery::Graph;
    /// let graph = Graph::from_slice(b"\x80\x02ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R(K\x01]u.")?;
    /// let dict = graph.root().as_defaultdict().expect("a defaultdict");
    /// assert_eq!(dict.factory.map(|factory| factory.to_string()).as_deref(), Some("builtins.list"));
    /// assert_eq!(dict.items.len(), 1);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn as_defaultdict(self) -> Option<DefaultDict<Value<'g>, Value<'g>, Value<'g>>> {
        let made = Made::by(self, "collections", "defaultdict")?;
        if made.args.len() > 1 {
            return None;
        }
        Some(DefaultDict {
            factory: made.args.get(0).filter(|factory| !factory.is_none()),
            items: made.entries(),
        })
    }

    /// A `Counter` of this very class.
    pub fn as_counter(self) -> Option<Counter<Value<'g>, Value<'g>>> {
        let made = Made::by(self, "collections", "Counter")?;
        let mut items = match made.args.len() {
            0 => Vec::new(),
            1 => made.args.get(0)?.as_dict()?.iter().collect(),
            _ => return None,
        };
        items.extend(made.entries());
        Some(Counter(items))
    }

    /// The dicts of a `ChainMap` of this very class, the first of them first. They need not be plain dicts.
    pub fn as_chain_map(self) -> Option<Vec<Value<'g>>> {
        let made = Made::by(self, "collections", "ChainMap").filter(|made| made.is_new)?;
        match made.attribute("maps")?.kind() {
            Kind::List(maps) => Some(maps.iter().collect()),
            _ => None,
        }
    }
}

/// Keys and values in a list or tuple of pairs.
fn pairs_of(list: Value<'_>) -> Option<Vec<(Value<'_>, Value<'_>)>> {
    match list.kind() {
        Kind::List(items) | Kind::Tuple(items) => items.iter().map(pair).collect(),
        Kind::Dict(entries) => Some(entries.iter().collect()),
        _ => None,
    }
}

/// A map.
pub(super) fn shape<'g>(made: &Made<'g>, value: Value<'g>) -> Option<Shape<'g>> {
    let mut steps = made.object.steps();
    let only = (steps.next(), steps.next());
    let pairs = match (made.class.name.as_bytes(), only) {
        // What Python 3 writes lies side by side.
        (b"OrderedDict", (Some(Step::SetItems(entries)), None)) if made.args.is_empty() => {
            return Some(Shape::Map(entries));
        }
        (b"defaultdict", (Some(Step::SetItems(entries)), None)) => return Some(Shape::Map(entries)),
        (b"Counter", (None, None)) if made.args.len() == 1 => return made.args.get(0)?.as_dict().map(Shape::Map),
        (b"OrderedDict", _) => value.as_ordered_dict()?.0,
        (b"defaultdict", _) => value.as_defaultdict()?.items,
        (b"Counter", _) => value.as_counter()?.0,
        (b"ChainMap", _) => merged(&value.as_chain_map()?)?,
        _ => return None,
    };
    Some(Shape::Pairs(pairs))
}

/// The dicts of a ChainMap as one: its keys in Python's order, each with the value of the first dict that has it. `None`
/// if one of them is no plain dict.
fn merged<'g>(maps: &[Value<'g>]) -> Option<Vec<(Value<'g>, Value<'g>)>> {
    // A stream could name a large dict very often.
    let mut seen = HashSet::new();
    let maps = maps.iter().filter(|map| seen.insert(map.id())).collect::<Vec<_>>();
    let mut pairs = Vec::new();
    let mut places = HashMap::new();
    for map in maps.into_iter().rev() {
        for (key, value) in map.as_dict()?.iter() {
            match places.entry(PyKey::new(key).ok()?) {
                Entry::Occupied(place) => {
                    let place: &usize = place.get();
                    if let Some((_, old)) = pairs.get_mut(*place) {
                        *old = value;
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(pairs.len());
                    pairs.push((key, value));
                }
            }
        }
    }
    Some(pairs)
}
