//! Exceptions, partials and members of enums: objects whose class or function is told at run time.

use super::{Named, call};
use crate::{
    serde::{
        faces::{self, Faces},
        parts::{self, FromParts, next},
        token,
    },
    types::{EnumMember, Exception, Member, Partial},
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::{SerializeStruct, SerializeTupleStruct},
};
use std::{fmt, marker::PhantomData};

impl<A: Serialize, St: Serialize> Serialize for Exception<A, St> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        faces::serialize(self, serializer)
    }
}

impl<A: Serialize, St: Serialize> Faces for Exception<A, St> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Exception", 2 + usize::from(self.state.is_some()))?;
        object.serialize_field("class", &self.class)?;
        object.serialize_field("args", &self.args)?;
        match &self.state {
            Some(state) => object.serialize_field("state", state)?,
            None => object.skip_field("state")?,
        }
        object.end()
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_tuple_struct(token::OBJECT, 2 + usize::from(self.state.is_some()))?;
        object.serialize_field(&self.class)?;
        object.serialize_field(&self.args)?;
        if let Some(state) = &self.state {
            object.serialize_field(&Named(token::STATE, state))?;
        }
        object.end()
    }
}

impl<A: Serialize, K: Serialize> Serialize for Partial<A, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        faces::serialize(self, serializer)
    }
}

impl<A: Serialize, K: Serialize> Faces for Partial<A, K> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Partial", 3)?;
        object.serialize_field("func", &self.func)?;
        object.serialize_field("args", &self.args)?;
        object.serialize_field("keywords", &self.keywords)?;
        object.end()
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let func = || Named(token::GLOBAL, &self.func);
        // The last part is the attributes that were set on it.
        let state = (func(), Named(token::TUPLE, &self.args), &self.keywords, ());
        let mut object = serializer.serialize_tuple_struct(token::OBJECT, 3)?;
        object.serialize_field("functools:partial")?;
        object.serialize_field(&(func(),))?;
        object.serialize_field(&Named(token::STATE, &state))?;
        object.end()
    }
}

impl<T: Serialize> Serialize for EnumMember<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        faces::serialize(self, serializer)
    }
}

impl<T: Serialize> Faces for EnumMember<T> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("EnumMember", 2)?;
        object.serialize_field("class", &self.class)?;
        match &self.member {
            Member::Value(value) => object.serialize_field("value", value)?,
            Member::Name(name) => object.serialize_field("name", name)?,
            Member::Flags(_) => return Err(several()),
        }
        object.end()
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.member {
            Member::Value(value) => call(serializer, &self.class, &(value,)),
            Member::Name(name) => {
                let class = Named(token::GLOBAL, &self.class);
                call(serializer, "builtins:getattr", &(class, name))
            }
            Member::Flags(_) => Err(several()),
        }
    }
}

fn several<E: serde::ser::Error>() -> E {
    E::custom("several flags that are told by their names have no value that could be written")
}

impl<'de, A: Deserialize<'de>, St: Deserialize<'de>> Deserialize<'de> for Exception<A, St> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parts::deserialize(deserializer)
    }
}

impl<'de, A: Deserialize<'de>, St: Deserialize<'de>> FromParts<'de> for Exception<A, St> {
    const TOKEN: &'static str = token::EXCEPTION;
    const NAME: &'static str = "an exception";

    fn from_parts<P: SeqAccess<'de>>(mut parts: P) -> Result<Self, P::Error> {
        Ok(Exception {
            class: next(&mut parts)?,
            args: next(&mut parts)?,
            state: next(&mut parts)?,
        })
    }

    fn from_plain<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields(["class", "args", "state"], Self::NAME, PhantomData);
        let (class, args, state): (Option<String>, Option<A>, Option<Option<St>>) =
            deserializer.deserialize_struct("Exception", &["class", "args", "state"], fields)?;
        Ok(Exception {
            class: class.ok_or_else(|| D::Error::missing_field("class"))?,
            args: args.ok_or_else(|| D::Error::missing_field("args"))?,
            state: state.flatten(),
        })
    }
}

impl<'de, A: Deserialize<'de>, K: Deserialize<'de>, F: Deserialize<'de>> Deserialize<'de> for Partial<A, K, F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parts::deserialize(deserializer)
    }
}

impl<'de, A: Deserialize<'de>, K: Deserialize<'de>, F: Deserialize<'de>> FromParts<'de> for Partial<A, K, F> {
    const TOKEN: &'static str = token::PARTIAL;
    const NAME: &'static str = "a partial";

    fn from_parts<P: SeqAccess<'de>>(mut parts: P) -> Result<Self, P::Error> {
        Ok(Partial {
            func: next(&mut parts)?,
            args: next(&mut parts)?,
            keywords: next(&mut parts)?,
        })
    }

    fn from_plain<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields(["func", "args", "keywords"], Self::NAME, PhantomData);
        let (func, args, keywords): (Option<F>, Option<A>, Option<K>) =
            deserializer.deserialize_struct("Partial", &["func", "args", "keywords"], fields)?;
        Ok(Partial {
            func: func.ok_or_else(|| D::Error::missing_field("func"))?,
            args: args.ok_or_else(|| D::Error::missing_field("args"))?,
            keywords: keywords.ok_or_else(|| D::Error::missing_field("keywords"))?,
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for EnumMember<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parts::deserialize(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> FromParts<'de> for EnumMember<T> {
    const TOKEN: &'static str = token::ENUM_MEMBER;
    const NAME: &'static str = "a member of an enum";

    fn from_parts<P: SeqAccess<'de>>(mut parts: P) -> Result<Self, P::Error> {
        let (class, by_name): (_, u8) = (next(&mut parts)?, next(&mut parts)?);
        let member = match by_name {
            0 => Member::Value(next(&mut parts)?),
            _ => Member::Name(next(&mut parts)?),
        };
        Ok(EnumMember { class, member })
    }

    fn from_plain<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields(["class", "value", "name"], Self::NAME, PhantomData);
        let (class, value, name): (Option<String>, Option<T>, Option<String>) =
            deserializer.deserialize_struct("EnumMember", &["class", "value", "name"], fields)?;
        let member = match (value, name) {
            (Some(value), None) => Member::Value(value),
            (None, Some(name)) => Member::Name(name),
            _ => return Err(D::Error::custom("a member of an enum has either a value or a name")),
        };
        let class = class.ok_or_else(|| D::Error::missing_field("class"))?;
        Ok(EnumMember { class, member })
    }
}

/// Three fields, of which any may be missing.
struct Fields<T, N>(N, &'static str, PhantomData<T>);

impl<'de, T0, T1, T2> Visitor<'de> for Fields<(Option<T0>, Option<T1>, Option<T2>), [&'static str; 3]>
where
    T0: Deserialize<'de>,
    T1: Deserialize<'de>,
    T2: Deserialize<'de>,
{
    type Value = (Option<T0>, Option<T1>, Option<T2>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut fields: S) -> Result<Self::Value, S::Error> {
        Ok((fields.next_element()?, fields.next_element()?, fields.next_element()?))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut fields: M) -> Result<Self::Value, M::Error> {
        let mut found = (None, None, None);
        while let Some(name) = fields.next_key::<String>()? {
            match self.0.iter().position(|known| *known == name) {
                Some(0) => found.0 = Some(fields.next_value()?),
                Some(1) => found.1 = Some(fields.next_value()?),
                Some(2) => found.2 = Some(fields.next_value()?),
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}
