//! Instances of classes whose names are known only when the program runs.

use super::{
    absent::{absent, nothing},
    probe::is_none,
    token,
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::{Error as _, SerializeTupleStruct},
};
use std::{fmt, marker::PhantomData};

/// An instance of a Python class that is named at run time, with its state, and with the arguments of `__new__` if it takes
/// some.
///
/// For a class whose name is known when the program is compiled, `#[derive(PyClass)]` is the shorter way.
///
/// `S` is what reads and writes the state: a struct or map of the attributes, or whatever the class's `__setstate__` takes.
/// `A` is a tuple, or something else that is one to serde, of the positional arguments; `K` a map or struct of the keyword
/// arguments. `()` stands for none of them.
///
/// ```
/// use brinery::Instance;
/// use std::collections::BTreeMap;
///
/// let state = BTreeMap::from([("id", 7)]);
/// let bytes = brinery::to_vec(&Instance::new("shop.models:Order", &state))?;
/// assert_eq!(brinery::Graph::from_slice(&bytes)?.root().to_string(), "shop.models.Order() | {'id': 7}");
///
/// let order: Instance<BTreeMap<&str, i64>> = brinery::from_slice(&bytes)?;
/// assert_eq!((order.class(), &order.state), ("shop.models:Order", &state));
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// Arguments, as a namedtuple and an exception have them:
///
/// ```
/// # use brinery::Instance;
/// let point = Instance::new("shop.models:Point", ()).args((1.5, -2));
/// let missing = Instance::new("builtins:KeyError", ()).args(["lamp"]).call();
/// let bytes = brinery::to_vec(&(point, missing))?;
/// assert_eq!(
///     brinery::Graph::from_slice(&bytes)?.root().to_string(),
///     "(shop.models.Point(1.5, -2), builtins.KeyError('lamp'))",
/// );
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// Other formats see a sequence of the class, the arguments, the keyword arguments if `K` is not `()`, and the state if it
/// is not `None`. They do not say whether the class was called or has slots: what is read from them is and has not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Instance<S = (), A = (), K = ()> {
    class: String,
    call: bool,
    slots: bool,
    /// The positional arguments of `__new__`, or of the call.
    pub args: A,
    /// The keyword arguments of `__new__`.
    pub kwargs: K,
    /// The state.
    pub state: S,
}

impl<S> Instance<S> {
    /// An instance of a class, given as `module:qualname`, with a state. A state of `()` or `None` is none.
    pub fn new(class: impl Into<String>, state: S) -> Self {
        Instance {
            class: class.into(),
            call: false,
            slots: false,
            args: (),
            kwargs: (),
            state,
        }
    }
}

impl<S, A, K> Instance<S, A, K> {
    /// The class, as `module:qualname`.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// Whether the class is called, as a function is, where otherwise its `__new__` is.
    pub fn is_call(&self) -> bool {
        self.call
    }

    /// Whether the state is that of `__slots__`.
    pub fn has_slots(&self) -> bool {
        self.slots
    }

    /// The same with positional arguments.
    pub fn args<B>(self, args: B) -> Instance<S, B, K> {
        let Instance {
            class,
            call,
            slots,
            kwargs,
            state,
            ..
        } = self;
        Instance {
            class,
            call,
            slots,
            args,
            kwargs,
            state,
        }
    }

    /// The same with keyword arguments, which only a class's `__new__` takes.
    pub fn kwargs<L>(self, kwargs: L) -> Instance<S, A, L> {
        let Instance {
            class,
            call,
            slots,
            args,
            state,
            ..
        } = self;
        Instance {
            class,
            call,
            slots,
            args,
            kwargs,
            state,
        }
    }

    /// Calls the class: `class(*args)`, as exceptions are pickled and whatever has a `__reduce__` that says so. This is also
    /// how to call a function.
    pub fn call(self) -> Self {
        Instance { call: true, ..self }
    }

    /// The attributes are in `__slots__`.
    pub fn slots(self) -> Self {
        Instance { slots: true, ..self }
    }
}

impl<S: Serialize, A: Serialize, K: Serialize> Serialize for Instance<S, A, K> {
    fn serialize<Ser: Serializer>(&self, serializer: Ser) -> Result<Ser::Ok, Ser::Error> {
        let (no_kwargs, no_state) = (is_none(&self.kwargs), is_none(&self.state));
        let token = match (self.call, no_kwargs) {
            (true, true) => token::OBJECT,
            (false, true) => token::NEW,
            (false, false) => token::NEW_EX,
            (true, false) => {
                return Err(Ser::Error::custom(
                    "a call cannot be pickled with keyword arguments, only `__new__` can",
                ));
            }
        };
        let len = 2 + usize::from(!no_kwargs) + usize::from(!no_state);
        let mut object = serializer.serialize_tuple_struct(token, len)?;
        object.serialize_field(&self.class)?;
        match is_none(&self.args) {
            true => object.serialize_field(&[(); 0])?,
            false => object.serialize_field(&self.args)?,
        }
        if !no_kwargs {
            object.serialize_field(&self.kwargs)?;
        }
        if !no_state {
            object.serialize_field(&State {
                slots: self.slots,
                state: &self.state,
            })?;
        }
        object.end()
    }
}

/// The state, with a name that says how BUILD takes it.
struct State<'a, S> {
    slots: bool,
    state: &'a S,
}

impl<S: Serialize> Serialize for State<'_, S> {
    fn serialize<Ser: Serializer>(&self, serializer: Ser) -> Result<Ser::Ok, Ser::Error> {
        let token = if self.slots { token::SLOTS } else { token::STATE };
        serializer.serialize_newtype_struct(token, self.state)
    }
}

/// The names under which a deserializer of ours shows an instance. The state comes last, so that what is said before it can
/// be told from it.
pub(crate) const FIELDS: &[&str] = &["class", "call", "args", "kwargs", "slots", "state"];

impl<'de, S, A, K> Deserialize<'de> for Instance<S, A, K>
where
    S: Deserialize<'de>,
    A: Deserialize<'de>,
    K: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(token::INSTANCE, FIELDS, Parts(PhantomData))
    }
}

struct Parts<T>(PhantomData<T>);

impl<'de, S, A, K> Visitor<'de> for Parts<Instance<S, A, K>>
where
    S: Deserialize<'de>,
    A: Deserialize<'de>,
    K: Deserialize<'de>,
{
    type Value = Instance<S, A, K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instance of a class")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let (mut class, mut call, mut slots) = (None, false, false);
        let (mut args, mut kwargs, mut state) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "class" => class = Some(map.next_value()?),
                "call" => call = map.next_value()?,
                "slots" => slots = map.next_value()?,
                "args" => args = Some(map.next_value()?),
                "kwargs" => kwargs = Some(map.next_value()?),
                "state" => state = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Instance {
            class: class.ok_or_else(|| M::Error::missing_field("class"))?,
            call,
            slots,
            args: args.map_or_else(absent, Ok)?,
            kwargs: kwargs.map_or_else(absent, Ok)?,
            state: state.map_or_else(absent, Ok)?,
        })
    }

    /// As other formats have it: whether it has keyword arguments, its type says.
    fn visit_seq<Q: SeqAccess<'de>>(self, mut seq: Q) -> Result<Self::Value, Q::Error> {
        let class = seq.next_element()?;
        let args = seq.next_element::<Arguments<A>>()?.map(|args| args.0);
        let kwargs = match nothing::<K, Q::Error>() {
            Ok(kwargs) => Some(kwargs),
            Err(_) => seq.next_element()?,
        };
        let state = seq.next_element()?;
        Ok(Instance {
            class: class.ok_or_else(|| Q::Error::missing_field("class"))?,
            call: false,
            slots: false,
            args: args.map_or_else(absent, Ok)?,
            kwargs: kwargs.map_or_else(absent, Ok)?,
            state: state.map_or_else(absent, Ok)?,
        })
    }
}

/// Arguments in a sequence of another format: none of them are an empty one.
struct Arguments<A>(A);

impl<'de, A: Deserialize<'de>> Deserialize<'de> for Arguments<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match nothing::<A, D::Error>() {
            Ok(none) => <[(); 0]>::deserialize(deserializer).map(|_| Arguments(none)),
            Err(_) => A::deserialize(deserializer).map(Arguments),
        }
    }
}
