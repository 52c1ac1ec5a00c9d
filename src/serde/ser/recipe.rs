//! Recipes, by the tokens that any type of the user's could use.

use super::{batches::Batches, push::Push};
use crate::{
    emit::Verb,
    error::Error,
    opcode::Op,
    reduce::Call,
    serde::token,
    types::{Integer, Object, Recipe},
};
use num_bigint::BigInt;
use serde::ser::{Error as _, Serialize, SerializeTuple, SerializeTupleStruct, Serializer};
use std::io::Write;

impl Serialize for Recipe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Recipe::None => serializer.serialize_unit(),
            Recipe::Bool(value) => serializer.serialize_bool(*value),
            Recipe::Int(value) => serializer.serialize_i64(*value),
            Recipe::BigInt(value) => big(value, serializer),
            Recipe::Float(value) => serializer.serialize_f64(*value),
            Recipe::Str(text) => serializer.serialize_str(text),
            Recipe::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Recipe::Tuple(items) => tuple(items, serializer),
            Recipe::List(items) => serializer.collect_seq(items),
            Recipe::Dict(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
            Recipe::Global(path) => serializer.serialize_newtype_struct(token::GLOBAL, path),
            Recipe::Object(made) => object(made, serializer),
        }
    }
}

/// As an int where that is possible: other formats have ints of 128 bits at most.
pub(crate) fn big<S: Serializer>(value: &BigInt, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(value) = i64::try_from(value) {
        return serializer.serialize_i64(value);
    }
    if let Ok(value) = u64::try_from(value) {
        return serializer.serialize_u64(value);
    }
    match (i128::try_from(value), u128::try_from(value)) {
        (Ok(value), _) => serializer.serialize_i128(value),
        (_, Ok(value)) => serializer.serialize_u128(value),
        _ => Integer(value.clone()).serialize(serializer),
    }
}

fn tuple<S: Serializer>(items: &[Recipe], serializer: S) -> Result<S::Ok, S::Error> {
    let mut tuple = serializer.serialize_tuple(items.len())?;
    for item in items {
        tuple.serialize_element(item)?;
    }
    tuple.end()
}

struct Args<'r>(&'r [Recipe]);

impl Serialize for Args<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        tuple(self.0, serializer)
    }
}

struct Entries<'r>(&'r [(Recipe, Recipe)]);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

struct Step<T>(&'static str, T);

impl<T: Serialize> Serialize for Step<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.0, &self.1)
    }
}

fn object<S: Serializer>(made: &Object, serializer: S) -> Result<S::Ok, S::Error> {
    let token = match made.call {
        Call::Reduce => token::OBJECT,
        Call::New => token::NEW,
        _ => return Err(S::Error::custom("a recipe calls in a way that has no token")),
    };
    let (append, items) = (!made.append.is_empty(), !made.items.is_empty());
    let len = 2 + usize::from(append) + usize::from(items) + usize::from(made.state.is_some());
    let mut parts = serializer.serialize_tuple_struct(token, len)?;
    match &made.method {
        None => parts.serialize_field(&made.callable)?,
        Some(method) => {
            let of = [Recipe::Global(made.callable.clone()), Recipe::Str(method.clone())];
            parts.serialize_field(&Recipe::call("builtins:getattr", of))?;
        }
    }
    parts.serialize_field(&Args(&made.args))?;
    if append {
        parts.serialize_field(&Step(token::APPEND, &made.append))?;
    }
    if items {
        parts.serialize_field(&Step(token::ITEMS, Entries(&made.items)))?;
    }
    if let Some(state) = &made.state {
        parts.serialize_field(&Step(token::STATE, state))?;
    }
    parts.end()
}

impl<W: Write> Push<W> {
    /// Writes what a recipe makes. `interned` says whether its texts are, as the parts of a path; the keys of a state are.
    pub(super) fn recipe(&mut self, recipe: &Recipe, interned: bool) -> Result<(), Error> {
        match recipe {
            Recipe::None => self.none(),
            Recipe::Bool(value) => {
                self.boundary()?;
                self.w.bool(*value);
                Ok(())
            }
            Recipe::Int(value) => {
                self.boundary()?;
                self.w.int(*value);
                Ok(())
            }
            Recipe::BigInt(value) => {
                self.boundary()?;
                match i64::try_from(value) {
                    Ok(small) => self.w.int(small),
                    Err(_) => self.w.big(value)?,
                }
                Ok(())
            }
            Recipe::Float(value) => {
                self.boundary()?;
                self.w.float(*value);
                Ok(())
            }
            Recipe::Str(text) if interned => self.intern(text.clone().into()),
            Recipe::Str(text) => self.text(text),
            Recipe::Bytes(bytes) => self.bytes(bytes),
            Recipe::Tuple(items) => self.recipe_tuple(items, interned),
            Recipe::List(items) => {
                self.boundary()?;
                self.w.empty(Op::EmptyList, Op::List);
                self.memoize()?;
                self.recipe_items(true, items, interned)
            }
            Recipe::Dict(entries) => self.recipe_dict(entries, false),
            Recipe::Global(path) => self.import(path),
            Recipe::Object(object) => match is_single(object) {
                true => self.one_of(object, interned),
                false => self.recipe_object(object, interned),
            },
        }
    }

    fn recipe_tuple(&mut self, items: &[Recipe], interned: bool) -> Result<(), Error> {
        self.boundary()?;
        if items.is_empty() {
            self.w.empty_tuple();
            return Ok(());
        }
        let marked = self.w.marks(items.len());
        if marked {
            self.w.out.op(Op::Mark);
        }
        for item in items {
            self.recipe(item, interned)?;
        }
        self.w.tuple(items.len(), marked);
        self.memoize()
    }

    fn recipe_items(&mut self, exact: bool, items: &[Recipe], interned: bool) -> Result<(), Error> {
        let mut batches = Batches::new(&mut self.w, Verb::Append, exact, Some(items.len()));
        let index = self.last;
        for item in items {
            batches.next(&mut self.w)?;
            self.recipe(item, interned)?;
        }
        batches.end(&mut self.w)?;
        self.last = index;
        Ok(())
    }

    fn recipe_entries(&mut self, exact: bool, entries: &[(Recipe, Recipe)], attributes: bool) -> Result<(), Error> {
        let mut batches = Batches::new(&mut self.w, Verb::SetItem, exact, Some(entries.len()));
        let index = self.last;
        for (key, value) in entries {
            batches.next(&mut self.w)?;
            self.recipe(key, attributes)?;
            self.recipe(value, false)?;
        }
        batches.end(&mut self.w)?;
        self.last = index;
        Ok(())
    }

    fn recipe_dict(&mut self, entries: &[(Recipe, Recipe)], attributes: bool) -> Result<(), Error> {
        self.boundary()?;
        self.w.empty(Op::EmptyDict, Op::Dict);
        self.memoize()?;
        self.recipe_entries(true, entries, attributes)
    }

    fn recipe_object(&mut self, object: &Object, interned: bool) -> Result<(), Error> {
        let protocol = self.w.settings.protocol;
        self.boundary()?;
        let mut op = Op::Reduce;
        match object.call {
            Call::New if protocol < 2 => {
                self.import("copyreg:__newobj__")?;
                self.w.out.op(Op::Mark);
                self.import(&object.callable)?;
                for item in &object.args {
                    self.recipe(item, interned)?;
                }
                self.w.out.op(Op::Tuple);
                self.memoize()?;
            }
            call => {
                match &object.method {
                    Some(method) => self.method(&object.callable, method)?,
                    None => self.import(&object.callable)?,
                }
                self.recipe_tuple(&object.args, interned)?;
                if call == Call::New {
                    op = Op::NewObj;
                }
            }
        }
        self.w.out.op(op);
        self.memoize()?;
        let index = self.last;
        self.recipe_items(false, &object.append, interned)?;
        self.recipe_entries(false, &object.items, false)?;
        if let Some(state) = &object.state {
            match state {
                Recipe::Dict(entries) => self.recipe_dict(entries, true)?,
                state => self.recipe(state, interned)?,
            }
            self.w.out.op(Op::Build);
        }
        self.last = index;
        Ok(())
    }

    /// A method of a class written in C, which has no path of its own.
    fn method(&mut self, class: &str, name: &str) -> Result<(), Error> {
        self.boundary()?;
        self.import("builtins:getattr")?;
        self.mark_below_2();
        self.import(class)?;
        self.text(name)?;
        self.small_tuple(2)?;
        self.w.out.op(Op::Reduce);
        self.memoize()
    }

    /// An object that Python has only one of.
    fn one_of(&mut self, object: &Object, interned: bool) -> Result<(), Error> {
        let key = format!("{object:?}");
        if let Some(&index) = self.singletons.get(&key) {
            self.boundary()?;
            self.get(index);
            return Ok(());
        }
        self.recipe_object(object, interned)?;
        if let Some(index) = self.last {
            self.singletons.insert(key, index);
        }
        Ok(())
    }
}

/// Whether Python has only one object of this: UTC, and the time zones of each key.
fn is_single(object: &Object) -> bool {
    match &*object.callable {
        "datetime:timezone" => {
            let [Recipe::Object(offset)] = &*object.args else {
                return false;
            };
            offset.args.iter().all(|arg| *arg == Recipe::Int(0))
        }
        "zoneinfo:ZoneInfo" => object.method.is_some(),
        _ => false,
    }
}
