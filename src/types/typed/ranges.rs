//! `range` and `slice`: structs of three fields, for which the class's name is enough.

use crate::types::{Range, Slice};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeStruct,
};
use std::{fmt, marker::PhantomData};

const FIELDS: &[&str] = &["start", "stop", "step"];

/// Ints that fit into 64 bits, as more formats know those.
struct Int(i128);

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(self.0) {
            Ok(value) => serializer.serialize_i64(value),
            Err(_) => serializer.serialize_i128(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What serde buffers cannot be asked for 128 bits, though it can have them.
        deserializer.deserialize_i64(AnyInt)
    }
}

struct AnyInt;

impl Visitor<'_> for AnyInt {
    type Value = Int;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an int")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Int, E> {
        Ok(Int(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Int, E> {
        Ok(Int(value.into()))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Int, E> {
        Ok(Int(value))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Int, E> {
        i128::try_from(value)
            .map(Int)
            .map_err(|_| E::custom("an int of more than 128 bits"))
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("builtins:range(call)", 3)?;
        object.serialize_field("start", &Int(self.start))?;
        object.serialize_field("stop", &Int(self.stop))?;
        object.serialize_field("step", &Int(self.step))?;
        object.end()
    }
}

impl<A: Serialize> Serialize for Slice<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("builtins:slice(call)", 3)?;
        object.serialize_field("start", &self.start)?;
        object.serialize_field("stop", &self.stop)?;
        object.serialize_field("step", &self.step)?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields("a range", PhantomData);
        let Slice {
            start: Int(start),
            stop: Int(stop),
            step: Int(step),
        } = deserializer.deserialize_struct("builtins:range(call)", FIELDS, fields)?;
        if step == 0 {
            return Err(D::Error::custom("the step of a range must not be 0"));
        }
        Ok(Range { start, stop, step })
    }
}

impl<'de, A: Deserialize<'de>> Deserialize<'de> for Slice<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("builtins:slice(call)", FIELDS, Fields("a slice", PhantomData))
    }
}

struct Fields<A>(&'static str, PhantomData<A>);

impl<'de, A: Deserialize<'de>> Visitor<'de> for Fields<A> {
    type Value = Slice<A>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut parts: S) -> Result<Slice<A>, S::Error> {
        let mut next = |at| {
            let part = parts.next_element()?;
            part.ok_or_else(|| S::Error::invalid_length(at, &self))
        };
        Ok(Slice {
            start: next(0)?,
            stop: next(1)?,
            step: next(2)?,
        })
    }

    fn visit_map<M: MapAccess<'de>>(self, mut parts: M) -> Result<Slice<A>, M::Error> {
        let (mut start, mut stop, mut step) = (None, None, None);
        while let Some(name) = parts.next_key::<String>()? {
            let part = match &*name {
                "start" => &mut start,
                "stop" => &mut stop,
                "step" => &mut step,
                _ => {
                    parts.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *part = Some(parts.next_value()?);
        }
        let missing = |name| move || M::Error::missing_field(name);
        Ok(Slice {
            start: start.ok_or_else(missing("start"))?,
            stop: stop.ok_or_else(missing("stop"))?,
            step: step.ok_or_else(missing("step"))?,
        })
    }
}
