//! How a well-known object is written: a small tree of constants and calls.

use crate::{Builder, Ref, error::Result, reduce::Call};
use num_bigint::BigInt;

/// How an object is made: constants, and calls with what is done to their results.
///
/// This is what a well-known type answers when it is written, for one protocol. Recipes are made by code, never by input,
/// so they are as deep as that code says.
///
/// ```
/// use brinery::{Builder, types::Recipe};
/// let mut build = Builder::new();
/// let root = build.recipe(Recipe::call("fractions:Fraction", [Recipe::from("1/3")]))?;
/// assert_eq!(build.finish(root).root().to_string(), "fractions.Fraction('1/3')");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Recipe {
    /// `None`
    None,
    /// `True` and `False`
    Bool(bool),
    /// An int of up to 64 bits.
    Int(i64),
    /// Any other int.
    BigInt(BigInt),
    /// A float.
    Float(f64),
    /// A str.
    Str(String),
    /// A bytes.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Recipe>),
    /// A list.
    List(Vec<Recipe>),
    /// A dict.
    Dict(Vec<(Recipe, Recipe)>),
    /// An import, as `module:qualname`.
    Global(String),
    /// A call.
    Object(Box<Object>),
}

/// A call, and what is done to its result, in the order in which Python does it.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Which opcode makes the call: REDUCE or NEWOBJ.
    pub call: Call,
    /// The function or class, as `module:qualname`.
    pub callable: String,
    /// Its arguments.
    pub args: Vec<Recipe>,
    /// Items appended to the result.
    pub append: Vec<Recipe>,
    /// Keys and values set in the result.
    pub items: Vec<(Recipe, Recipe)>,
    /// Its state.
    pub state: Option<Recipe>,
}

impl Recipe {
    /// `callable(*args)`, with the callable as `module:qualname`.
    pub fn call(callable: impl Into<String>, args: impl Into<Vec<Recipe>>) -> Recipe {
        Recipe::Object(Box::new(Object {
            call: Call::Reduce,
            callable: callable.into(),
            args: args.into(),
            append: Vec::new(),
            items: Vec::new(),
            state: None,
        }))
    }

    /// `class.__new__(class, *args)`, with the class as `module:qualname`.
    pub fn new(class: impl Into<String>, args: impl Into<Vec<Recipe>>) -> Recipe {
        match Recipe::call(class, args) {
            Recipe::Object(mut object) => {
                object.call = Call::New;
                Recipe::Object(object)
            }
            other => other,
        }
    }

    /// The same object with a state.
    pub fn with_state(self, state: Recipe) -> Recipe {
        match self {
            Recipe::Object(mut object) => {
                object.state = Some(state);
                Recipe::Object(object)
            }
            other => other,
        }
    }
}

/// Module and name of `module:qualname`; without a colon, a name of `builtins`.
pub(crate) fn split_path(path: &str) -> (&str, &str) {
    path.split_once(':').unwrap_or(("builtins", path))
}

impl Builder {
    /// Adds what a recipe makes. An error if a key in it is not hashable.
    pub fn recipe(&mut self, recipe: Recipe) -> Result<Ref> {
        add(recipe, self)
    }
}

fn add(recipe: Recipe, build: &mut Builder) -> Result<Ref> {
    let all = |items: Vec<Recipe>, build: &mut Builder| -> Result<Vec<Ref>> {
        items.into_iter().map(|item| add(item, build)).collect()
    };
    let pairs = |items: Vec<(Recipe, Recipe)>, build: &mut Builder| -> Result<Vec<(Ref, Ref)>> {
        items
            .into_iter()
            .map(|(key, value)| Ok((add(key, build)?, add(value, build)?)))
            .collect()
    };
    Ok(match recipe {
        Recipe::None => build.add(()),
        Recipe::Bool(value) => build.add(value),
        Recipe::Int(value) => build.add(value),
        Recipe::BigInt(value) => build.add(value),
        Recipe::Float(value) => build.add(value),
        Recipe::Str(value) => build.add(value.as_str()),
        Recipe::Bytes(value) => build.add(value.as_slice()),
        Recipe::Tuple(items) => {
            let items = all(items, build)?;
            build.tuple(items)
        }
        Recipe::List(items) => {
            let items = all(items, build)?;
            build.list(items)
        }
        Recipe::Dict(entries) => {
            let entries = pairs(entries, build)?;
            build.dict(entries)?
        }
        Recipe::Global(path) => {
            let (module, name) = split_path(&path);
            build.global(module, name)
        }
        Recipe::Object(object) => {
            let (module, name) = split_path(&object.callable);
            let callable = build.global(module, name);
            let args = all(object.args, build)?;
            let made = match object.call {
                Call::New => build.new_object(callable, args)?,
                _ => build.call(callable, args)?,
            };
            if !object.append.is_empty() {
                let items = all(object.append, build)?;
                build.append(made, items)?;
            }
            if !object.items.is_empty() {
                let entries = pairs(object.items, build)?;
                build.insert(made, entries)?;
            }
            if let Some(state) = object.state {
                let state = add(state, build)?;
                build.set_state(made, state)?;
            }
            made
        }
    })
}

impl From<i64> for Recipe {
    fn from(value: i64) -> Self {
        Recipe::Int(value)
    }
}

impl From<&str> for Recipe {
    fn from(value: &str) -> Self {
        Recipe::Str(value.into())
    }
}
