//! Shared pointers: one Python object for all clones of an `Rc` or `Arc`, and the other way round.
//!
//! Serde writes the value behind an `Rc` wherever it meets the pointer, and so makes copies of it. With this module, a
//! pickle has the value once, and references to it: Python sees one object. Reading such a pickle gives clones of one
//! pointer, and reads the value once.
//!
//! Say so for a field by `#[serde(with = "brinery::shared")]`, or wrap the pointer in [`Shared`], which also goes into
//! vectors, options and maps.
//!
//! ```
//! # #[cfg(feature = "derive")] {
//! use brinery::Shared;
//! use serde::{Deserialize, Serialize};
//! use std::rc::Rc;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Route {
//!     #[serde(with = "brinery::shared")]
//!     from: Rc<String>,
//!     by: Vec<Shared<Rc<String>>>,
//! }
//!
//! let home = Rc::new("home".to_owned());
//! let route = Route { from: home.clone(), by: vec![Shared(home)] };
//! let bytes = brinery::to_vec(&route)?;
//! let read: Route = brinery::from_slice(&bytes)?;
//! assert!(Rc::ptr_eq(&read.from, &read.by[0]));
//! # }
//! # Ok::<(), brinery::Error>(())
//! ```
//!
//! - A pointer's identity is the address of its value, so the value must live until all is written: do not make pointers
//!   on the fly in a `serialize_with`.
//! - A pointer is shared among all places that read it as the same type; a place that reads the object as another type gets
//!   a pointer of its own. The type must be `'static`.
//! - What serde buffers (`untagged`, `flatten`, internally tagged enums) is no longer known to be shared: it is read
//!   once for each reference.
//! - Other formats write and read the value itself.

use super::token;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor},
};
use std::{
    any::{Any, TypeId},
    cell::{Cell, RefCell},
    collections::HashMap,
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    rc::{self, Rc},
    sync::{self, Arc},
};

/// A pointer to what may be shared: `Rc<T>` or `Arc<T>`, also of `str`, slices and whatever else serde reads into a box.
pub trait Pointer<'de>: Sized {
    /// What remembers it without keeping the value alive.
    type Weak: Any;
    /// Reads a new one.
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
    /// Remembers it.
    fn downgrade(&self) -> Self::Weak;
    /// The pointer, if one is still there.
    fn upgrade(weak: &Self::Weak) -> Option<Self>;
}

macro_rules! pointer {
    ($rc:ident, $module:ident) => {
        impl<'de, T: ?Sized + 'static> Pointer<'de> for $rc<T>
        where
            Box<T>: Deserialize<'de>,
        {
            type Weak = $module::Weak<T>;

            fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Box::<T>::deserialize(deserializer).map($rc::from)
            }

            fn downgrade(&self) -> Self::Weak {
                $rc::downgrade(self)
            }

            fn upgrade(weak: &Self::Weak) -> Option<Self> {
                weak.upgrade()
            }
        }
    };
}

pointer!(Rc, rc);
pointer!(Arc, sync);

/// A pointer whose clones are one object in a pickle. See the [module](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Shared<P>(pub P);

impl<P> Deref for Shared<P> {
    type Target = P;
    fn deref(&self) -> &P {
        &self.0
    }
}

impl<P> DerefMut for Shared<P> {
    fn deref_mut(&mut self) -> &mut P {
        &mut self.0
    }
}

impl<P> From<P> for Shared<P> {
    fn from(pointer: P) -> Self {
        Shared(pointer)
    }
}

impl<P: Deref<Target: Serialize>> Serialize for Shared<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de, P: Pointer<'de>> Deserialize<'de> for Shared<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Shared)
    }
}

/// Writes the value behind a pointer: in a pickle once, and references to it from then on.
pub fn serialize<P: Deref<Target: Serialize>, S: Serializer>(pointer: &P, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(token::SHARED, &**pointer)
}

/// Reads a pointer: of an object that was read before as this type, a clone.
pub fn deserialize<'de, P: Pointer<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<P, D::Error> {
    deserializer.deserialize_newtype_struct(token::SHARED, Pointers(PhantomData))
}

/// From our own formats a map of the object's number and its value, from others the value.
struct Pointers<P>(PhantomData<P>);

impl<'de, P: Pointer<'de>> Visitor<'de> for Pointers<P> {
    type Value = P;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that may be shared")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<P, D::Error> {
        P::read(deserializer)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<P, A::Error> {
        let Some((IgnoredAny, id)) = map.next_entry::<IgnoredAny, u64>()? else {
            return Err(A::Error::missing_field("id"));
        };
        if let Some(pointer) = recall::<P>(id) {
            return Ok(pointer);
        }
        let Some(IgnoredAny) = map.next_key()? else {
            return Err(A::Error::missing_field("value"));
        };
        let pointer = map.next_value_seed(Read(PhantomData))?;
        remember::<P>(id, &pointer);
        Ok(pointer)
    }
}

struct Read<P>(PhantomData<P>);

impl<'de, P: Pointer<'de>> DeserializeSeed<'de> for Read<P> {
    type Value = P;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<P, D::Error> {
        P::read(deserializer)
    }
}

/// Weak pointers by object and by their own type.
type Known = HashMap<(u64, TypeId), Box<dyn Any>>;

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
    static LAST_SCOPE: Cell<u32> = const { Cell::new(0) };
}

fn recall<'de, P: Pointer<'de>>(id: u64) -> Option<P> {
    KNOWN.with_borrow(|known| P::upgrade(known.get(&(id, TypeId::of::<P::Weak>()))?.downcast_ref()?))
}

fn remember<'de, P: Pointer<'de>>(id: u64, pointer: &P) {
    let weak = Box::new(pointer.downgrade());
    // What was there before is dropped outside: that may run code of the user's.
    let _before = KNOWN.with_borrow_mut(|known| known.insert((id, TypeId::of::<P::Weak>()), weak));
}

/// One deserialization: what it remembers is forgotten at its end.
#[derive(Debug, Default)]
pub(crate) struct Scope(Cell<Option<u32>>);

impl Scope {
    /// The number of an object in this deserialization, which no other one on this thread uses meanwhile.
    pub(crate) fn id(&self, index: u32) -> u64 {
        let scope = self.0.get().unwrap_or_else(|| {
            LAST_SCOPE.set(LAST_SCOPE.get().wrapping_add(1));
            LAST_SCOPE.get()
        });
        self.0.set(Some(scope));
        u64::from(scope) << 32 | u64::from(index)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let Some(scope) = self.0.get() else { return };
        // A thread that ends has forgotten already.
        let _ = KNOWN.try_with(|known| {
            let mut known = known.borrow_mut();
            known.retain(|(id, _), _| (id >> 32) as u32 != scope);
            if known.is_empty() {
                known.shrink_to_fit();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::value::MapDeserializer;

    /// Object 7, which is the number 5, as a deserializer of ours shows it.
    fn read<'a, P: Pointer<'a>>(scope: &Scope) -> P {
        let entries = [("id", scope.id(7)), ("value", 5)];
        let map = MapDeserializer::<_, serde::de::value::Error>::new(entries.into_iter());
        Pointers(PhantomData).visit_map(map).unwrap()
    }

    fn known() -> usize {
        KNOWN.with_borrow(Known::len)
    }

    #[test]
    fn one_pointer_for_each_object_type_and_scope() {
        let scope = Scope::default();
        let first: Rc<u64> = read(&scope);
        assert!(Rc::ptr_eq(&first, &read(&scope)));
        let other: Arc<u64> = read(&scope);
        assert!(Arc::ptr_eq(&other, &read(&scope)));
        let narrow: Rc<u8> = read(&scope);
        assert_eq!((*narrow, Rc::strong_count(&first)), (5, 1));
        let second_scope = Scope::default();
        assert!(!Rc::ptr_eq(&first, &read(&second_scope)));
        assert_eq!(known(), 4);
        drop(scope);
        assert_eq!(known(), 1);
        drop(second_scope);
        assert_eq!(known(), 0);
    }

    #[test]
    fn nothing_is_kept_alive() {
        let scope = Scope::default();
        let first: Rc<u64> = read(&scope);
        let weak = Rc::downgrade(&first);
        drop(first);
        assert!(weak.upgrade().is_none());
        assert_eq!(*read::<Rc<u64>>(&scope), 5);
    }
}
