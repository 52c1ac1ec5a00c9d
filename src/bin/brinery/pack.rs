//! `brinery pack`

use crate::{
    args::Pack,
    failure::{self, Failure},
    files,
};
use brinery::{Builder, Part, Pickle, Ref, Splice, With, task::Prepared};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use std::{fmt, io::Write, path::Path};

pub(crate) fn run(args: &Pack) -> Result<(), Failure> {
    let function = files::read(&args.function)?;
    let function = Prepared::new(&function).map_err(failure::bad(&files::name(&args.function)))?;
    let positional = match (&args.args, &args.args_pickle) {
        (Some(text), _) => Arguments::of_json("--args", text)?,
        (None, Some(path)) => Arguments::of_file(path)?,
        (None, None) => Arguments::Json(Json::Array(Vec::new())),
    };
    let keywords = match (&args.kwargs, &args.kwargs_pickle) {
        (Some(text), _) => Arguments::of_json("--kwargs", text)?,
        (None, Some(path)) => Arguments::of_file(path)?,
        (None, None) => Arguments::Json(Json::Object(Vec::new())),
    };
    if matches!(positional, Arguments::Json(ref json) if !matches!(json, Json::Array(_))) {
        return Err(Failure::Usage("--args: expected a JSON array".into()));
    }
    if matches!(keywords, Arguments::Json(ref json) if !matches!(json, Json::Object(_))) {
        return Err(Failure::Usage("--kwargs: expected a JSON object".into()));
    }
    let payload = function.pack(
        &With(|splice: &mut Splice| positional.write(splice)),
        &With(|splice: &mut Splice| keywords.write(splice)),
    );
    let payload = payload.map_err(|error| Failure::Unfit(error.to_string()))?;
    let mut out = files::create(&args.output)?;
    let written = out.write_all(&payload).and_then(|()| out.flush());
    written.map_err(failure::file(&files::name(&args.output)))
}

/// Positional or keyword arguments.
enum Arguments {
    Json(Json),
    Pickle(Vec<u8>),
}

impl Arguments {
    fn of_json(option: &str, text: &str) -> Result<Self, Failure> {
        let json = serde_json::from_str(text).map_err(|error| Failure::Usage(format!("{option}: {error}")))?;
        Ok(Arguments::Json(json))
    }

    fn of_file(path: &Path) -> Result<Self, Failure> {
        let pickle = files::read(path)?;
        // So that an error has the file's name.
        Part::new(&pickle).map_err(failure::bad(&files::name(path)))?;
        Ok(Arguments::Pickle(pickle))
    }

    fn write(&self, splice: &mut Splice) -> brinery::Result<()> {
        match self {
            Arguments::Json(Json::Array(items)) => {
                splice.tuple()?;
                items.iter().try_for_each(|item| splice.value(item).map(drop))?;
                splice.end().map(drop)
            }
            Arguments::Json(json) => splice.value(json).map(drop),
            Arguments::Pickle(pickle) => splice.value(&Pickle(pickle)).map(drop),
        }
    }
}

/// JSON whose objects keep their order.
pub(crate) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Large(u64),
    Float(f64),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The same as an object of a graph. Its depth is that which serde_json reads.
    pub(crate) fn build(&self, build: &mut Builder<'static>) -> brinery::Result<Ref> {
        Ok(match self {
            Json::Null => build.add(()),
            Json::Bool(value) => build.add(*value),
            Json::Int(value) => build.add(*value),
            Json::Large(value) => build.add(*value),
            Json::Float(value) => build.add(*value),
            Json::Text(text) => build.add(text.as_str()),
            Json::Array(items) => {
                let items: Vec<Ref> = items.iter().map(|item| item.build(build)).collect::<Result<_, _>>()?;
                build.list(items)
            }
            Json::Object(entries) => {
                let mut pairs = Vec::new();
                for (key, value) in entries {
                    pairs.push((build.add(key.as_str()), value.build(build)?));
                }
                build.dict(pairs)?
            }
        })
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Int(value) => serializer.serialize_i64(*value),
            Json::Large(value) => serializer.serialize_u64(*value),
            Json::Float(value) => serializer.serialize_f64(*value),
            Json::Text(text) => serializer.serialize_str(text),
            Json::Array(items) => serializer.collect_seq(items),
            Json::Object(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E: Error>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Int(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Large(value))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Float(value))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Text(text.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = sequence.next_element()? {
                    items.push(item);
                }
                Ok(Json::Array(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Json::Object(entries))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}
