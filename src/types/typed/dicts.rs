//! The dicts of `collections`.

use super::{NO_ARGS, Named, Pairs, call, call_and};
use crate::{
    serde::{
        faces::{self, Faces},
        parts::{self, FromParts, next},
        token,
    },
    types::{ChainMap, Counter, DefaultDict, OrderedDict},
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::SeqAccess,
    ser::{SerializeStruct, SerializeTupleStruct},
};

/// What has two faces is serialized by them.
macro_rules! two_faces {
    ($($ty:ident<$($param:ident),*>;)*) => { $(
        impl<$($param: Serialize),*> Serialize for $ty<$($param),*> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                faces::serialize(self, serializer)
            }
        }
    )* };
}

two_faces! {
    OrderedDict<K, V>;
    Counter<T, N>;
    DefaultDict<K, V>;
    ChainMap<K, V>;
}

impl<K: Serialize, V: Serialize> Faces for OrderedDict<K, V> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Pairs(&*self.0).serialize(serializer)
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ordered_dict(serializer, &Pairs(&*self.0))
    }
}

impl<K: Serialize, V: Serialize> Faces for Counter<K, V> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Pairs(&*self.0).serialize(serializer)
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        counter(serializer, &Pairs(&*self.0))
    }
}

/// `OrderedDict()`, and the items set in it.
pub(super) fn ordered_dict<S: Serializer>(serializer: S, items: &(impl Serialize + ?Sized)) -> Result<S::Ok, S::Error> {
    let items = Named(token::ITEMS, items);
    call_and(serializer, "collections:OrderedDict", &NO_ARGS, items)
}

/// `Counter({…})`.
pub(super) fn counter<S: Serializer>(serializer: S, items: &(impl Serialize + ?Sized)) -> Result<S::Ok, S::Error> {
    call(serializer, "collections:Counter", &(items,))
}

impl<K: Serialize, V: Serialize> Faces for DefaultDict<K, V> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Pairs(&*self.items).serialize(serializer)
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_tuple_struct(token::OBJECT, 3)?;
        object.serialize_field("collections:defaultdict")?;
        match &self.factory {
            Some(factory) => object.serialize_field(&(Named(token::GLOBAL, factory),))?,
            None => object.serialize_field(&NO_ARGS)?,
        }
        object.serialize_field(&Named(token::ITEMS, &Pairs(&*self.items)))?;
        object.end()
    }
}

impl<K: Serialize, V: Serialize> Faces for ChainMap<K, V> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|map| Pairs(&**map)))
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let maps: Vec<_> = self.0.iter().map(|map| Pairs(&**map)).collect();
        let mut object = serializer.serialize_struct("collections:ChainMap", 1)?;
        object.serialize_field("maps", &maps)?;
        object.end()
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for OrderedDict<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Pairs::deserialize(deserializer).map(|Pairs(pairs)| OrderedDict(pairs))
    }
}

impl<'de, T: Deserialize<'de>, N: Deserialize<'de>> Deserialize<'de> for Counter<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Pairs::deserialize(deserializer).map(|Pairs(pairs)| Counter(pairs))
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>, F: Deserialize<'de>> Deserialize<'de> for DefaultDict<K, V, F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parts::deserialize(deserializer)
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>, F: Deserialize<'de>> FromParts<'de> for DefaultDict<K, V, F> {
    const TOKEN: &'static str = token::DEFAULT_DICT;
    const NAME: &'static str = "a defaultdict";

    fn from_parts<A: SeqAccess<'de>>(mut parts: A) -> Result<Self, A::Error> {
        let factory = next(&mut parts)?;
        let Pairs(items) = next(&mut parts)?;
        Ok(DefaultDict { factory, items })
    }

    fn from_plain<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Pairs(items) = Pairs::deserialize(deserializer)?;
        Ok(DefaultDict { factory: None, items })
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for ChainMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parts::deserialize(deserializer)
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> FromParts<'de> for ChainMap<K, V> {
    const TOKEN: &'static str = token::CHAIN_MAP;
    const NAME: &'static str = "a ChainMap";

    fn from_parts<A: SeqAccess<'de>>(mut parts: A) -> Result<Self, A::Error> {
        let maps: Vec<Pairs<_>> = next(&mut parts)?;
        Ok(ChainMap(maps.into_iter().map(|Pairs(map)| map).collect()))
    }

    fn from_plain<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let maps = Vec::<Pairs<_>>::deserialize(deserializer)?;
        Ok(ChainMap(maps.into_iter().map(|Pairs(map)| map).collect()))
    }
}
