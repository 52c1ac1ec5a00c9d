//! Instances with their class: for [`Instance`](crate::Instance), for enums whose variants are classes, and for the members
//! of an `Enum`.

use super::{
    De,
    data::{At, Data, Entries, Items, Name},
    parts::Parts,
};
use crate::{
    Call, Kind, Object, Value,
    error::{Error, Result},
    serde::token::PREFIX,
};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, VariantAccess, Visitor,
    value::MapAccessDeserializer,
};

/// Whether a type's name is the path of a class.
pub(super) fn is_class(name: &str) -> bool {
    name.contains(':') && !name.starts_with(PREFIX)
}

/// How deep a class may be nested, where the pickle gets it by `getattr(getattr(outer, 'middle'), 'inner')`.
const NESTED: usize = 100;

/// A class, or whatever else can be called.
struct Class<'g> {
    module: &'g str,
    name: &'g str,
    /// Below protocol 4, the names of nested classes, the innermost first.
    nested: Vec<&'g str>,
}

impl<'g> Class<'g> {
    /// Of which an object is an instance, or the function that made it, whatever protocol spelled it.
    fn of(object: &Object<'g>) -> Option<Self> {
        let callable = object.callable();
        if object.call() == Call::Reduce {
            let maker = match callable.kind() {
                Kind::Object(partial) => partial.callable().as_global(),
                Kind::Global(global) => Some(global),
                _ => None,
            };
            let maker = maker.map(|global| (global.module.as_bytes(), global.name.as_bytes()));
            match (maker, callable.kind()) {
                // `partial(class.__new__, class, …)()`
                (Some((b"functools", b"partial")), Kind::Object(partial)) => {
                    return Class::at(partial.state()?.get(1)?.get(0)?);
                }
                // The functions of protocols 0 and 1. The second is Python 2's name, where names are not mapped.
                (Some((b"copyreg" | b"copy_reg", _)), Kind::Global(_)) => return Class::at(object.args().get(0)?),
                _ => {}
            }
        }
        Class::at(callable)
    }

    fn at(mut value: Value<'g>) -> Option<Self> {
        let mut nested = Vec::new();
        for _ in 0..NESTED {
            match value.kind() {
                Kind::Global(global) => {
                    let (module, name) = (global.module.to_str()?, global.name.to_str()?);
                    return Some(Class { module, name, nested });
                }
                Kind::Object(object) => {
                    let (outer, name) = getattr(&object)?;
                    nested.push(name);
                    value = outer;
                }
                _ => return None,
            }
        }
        None
    }

    fn path(&self) -> String {
        let mut path = format!("{}:{}", self.module, self.name);
        for name in self.nested.iter().rev() {
            path.push('.');
            path += name;
        }
        path
    }

    /// The last part of its qualified name.
    fn last(&self) -> &'g str {
        match self.nested.first() {
            Some(name) => name,
            None => self.name.rsplit('.').next().unwrap_or_default(),
        }
    }
}

/// The object and the name of a call of `getattr`.
fn getattr<'g>(object: &Object<'g>) -> Option<(Value<'g>, &'g str)> {
    if !object.callable().as_global()?.is("builtins", "getattr") {
        return None;
    }
    Some((object.args().get(0)?, object.args().get(1)?.as_str()?))
}

/// What an instance consists of.
enum Part {
    Class(String),
    Flag(bool),
    Args(Vec<At>),
    Entries(Vec<(Name, At)>),
    State(At),
}

impl<'g, 'de> De<'_, 'g, 'de> {
    fn object(&self) -> Option<Object<'g>> {
        self.scope.graph.value(self.at).as_object()
    }

    /// An instance as a map of its parts.
    pub(super) fn instance_parts<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let (Data::Object, Some(object)) = (self.data(), self.object()) else {
            return self.refuse(&visitor);
        };
        let Some(class) = Class::of(&object).map(|class| class.path()) else {
            return self.refuse(&visitor);
        };
        self.scope.charge_bytes(class.len())?;
        self.scope.charge_object(&object)?;
        let parts = Parts::of(self.scope, &object);
        if !parts.appended.is_empty() || !parts.set.is_empty() {
            return Err(de::Error::custom(format_args!(
                "items of {class} have no place in an instance"
            )));
        }
        let mut found = vec![
            ("class", Part::Class(class)),
            ("call", Part::Flag(!parts.new && object.call() == Call::Reduce)),
        ];
        let mut args = parts.args;
        // What protocols 0 and 1 make a namedtuple from.
        match parts.base.map(|base| (base, self.scope.data(base.at))) {
            Some((_, Data::Tuple(run))) => args.extend(run.iter()),
            Some((base, _)) => args.push(base),
            None => {}
        }
        if !args.is_empty() {
            found.push(("args", Part::Args(args)));
        }
        if !parts.kwargs.is_empty() {
            found.push(("kwargs", Part::Entries(parts.kwargs)));
        }
        if !parts.fields.is_empty() {
            let state = object.state().map(|state| self.scope.data(state.id()));
            found.push(("slots", Part::Flag(matches!(state, Some(Data::Tuple(_))))));
            found.push(("state", Part::Entries(parts.fields)));
        } else if let Some(state) = parts.state {
            found.push(("state", Part::State(state)));
        }
        visitor.visit_map(InstanceAccess {
            de: self,
            parts: found.into_iter(),
            value: None,
        })
    }

    /// A variant by the class of an instance; `None` for anything else.
    pub(super) fn class_variant(self) -> Option<ClassVariant<'g, Self>> {
        let object = self.object()?;
        let name = Class::of(&object)?.last();
        Some(ClassVariant { name, de: self })
    }

    /// A newtype that is a class: what its instance was made from. Members of an `Enum` also by name, as an import or as
    /// `getattr(class, name)`.
    pub(super) fn class_newtype<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let value = self.scope.graph.value(self.at);
        match value.kind() {
            Kind::Global(_) => match Class::at(value) {
                Some(member) => visitor.visit_str(member.last()),
                None => self.refuse(&visitor),
            },
            Kind::Object(object) => {
                if let Some((_, name)) = getattr(&object) {
                    return visitor.visit_str(name);
                }
                self.scope.charge_object(&object)?;
                let parts = Parts::of(self.scope, &object);
                let plain = parts.kwargs.is_empty() && parts.fields.is_empty() && parts.state.is_none();
                match (&*parts.args, parts.base) {
                    ([only], None) if plain => {
                        let _open = self.scope.open(self.at)?;
                        visitor.visit_newtype_struct(self.child(*only)?)
                    }
                    _ => visitor.visit_newtype_struct(self.again()?),
                }
            }
            _ => visitor.visit_newtype_struct(self.again()?),
        }
    }
}

struct InstanceAccess<'s, 'g, 'de> {
    de: De<'s, 'g, 'de>,
    parts: std::vec::IntoIter<(&'static str, Part)>,
    value: Option<Part>,
}

impl<'de> MapAccess<'de> for InstanceAccess<'_, '_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((key, value)) = self.parts.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(IntoDeserializer::<Error>::into_deserializer(key))
            .map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let de = self.de;
        match self.value.take() {
            Some(Part::Class(class)) => seed.deserialize(IntoDeserializer::<Error>::into_deserializer(class)),
            Some(Part::Flag(flag)) => seed.deserialize(IntoDeserializer::<Error>::into_deserializer(flag)),
            Some(Part::Args(args)) => seed.deserialize(Args { de, args }),
            Some(Part::Entries(entries)) => {
                let _open = de.scope.open(de.at)?;
                let mut access = super::access::Map::new(de.scope, Entries::List(entries), true);
                let value = seed.deserialize(MapAccessDeserializer::new(&mut access))?;
                access.end().map(|()| value)
            }
            Some(Part::State(state)) => {
                let _open = de.scope.open(de.at)?;
                seed.deserialize(de.child(state)?)
            }
            None => Err(de::Error::custom("a value was asked for before its key")),
        }
    }
}

/// The arguments of an instance, as a tuple.
struct Args<'s, 'g, 'de> {
    de: De<'s, 'g, 'de>,
    args: Vec<At>,
}

impl<'de> Deserializer<'de> for Args<'_, '_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.de.seq(Items::List(self.args), None, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A variant named by a class, with the instance as its content.
pub(super) struct ClassVariant<'g, D> {
    name: &'g str,
    de: D,
}

impl<'s, 'g, 'de> EnumAccess<'de> for ClassVariant<'g, De<'s, 'g, 'de>> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let name = IntoDeserializer::<Error>::into_deserializer(self.name);
        seed.deserialize(name).map(|variant| (variant, self))
    }
}

impl<'s, 'g, 'de> VariantAccess<'de> for ClassVariant<'g, De<'s, 'g, 'de>> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        self.de.class_newtype(Newtype(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        self.de.again()?.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.de.again()?.deserialize_struct("", fields, visitor)
    }
}

/// What a newtype holds, for a seed.
struct Newtype<T>(T);

impl<'de, T: DeserializeSeed<'de>> Visitor<'de> for Newtype<T> {
    type Value = T::Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an instance of a class with one argument")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Value, D::Error> {
        self.0.deserialize(deserializer)
    }
}
