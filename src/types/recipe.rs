//! How a well-known object is written: a small tree of constants and calls.

use crate::{Builder, Ref, error::Result, reduce::Call};
use num_bigint::BigInt;
use std::collections::HashMap;

/// How an object is made: constants, and calls with what is done to their results.
///
/// This is what a well-known type answers when it is written, for one protocol. Recipes are made by code, never by
/// input, so they are as deep as that code says.
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
    /// A method of it that is called instead, got by `getattr`: how Python pickles the methods of its C classes.
    pub method: Option<String>,
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
            method: None,
            args: args.into(),
            append: Vec::new(),
            items: Vec::new(),
            state: None,
        }))
    }

    /// `class.method(*args)`, with the class as `module:qualname`, where the method is one of a class written in C.
    pub fn call_method(class: impl Into<String>, method: &str, args: impl Into<Vec<Recipe>>) -> Recipe {
        match Recipe::call(class, args) {
            Recipe::Object(mut object) => {
                object.method = Some(method.into());
                Recipe::Object(object)
            }
            other => other,
        }
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

impl Builder<'_> {
    /// Adds what a recipe makes. An error if a key in it is not hashable.
    ///
    /// Imports are one object for all recipes of a builder, and equal texts are one within a recipe: Python has
    /// interned them.
    pub fn recipe(&mut self, recipe: Recipe) -> Result<Ref> {
        let texts = HashMap::new();
        Adder { build: self, texts }.add(recipe)
    }

    /// An import, given as `module:qualname`: the same object each time, as in Python.
    ///
    /// ```
    /// let mut build = brinery::Builder::new();
    /// assert_eq!(build.import("shop:Order"), build.import("shop:Order"));
    /// ```
    pub fn import(&mut self, path: &str) -> Ref {
        if let Some(known) = self.imports.get(path) {
            return *known;
        }
        let (module, name) = split_path(path);
        let module = self.interned(module);
        let name = self.add(name);
        let import = self.global_of(module, name);
        self.imports.insert(path.into(), import);
        import
    }
}

/// One recipe on its way into a builder.
struct Adder<'b, 'g> {
    build: &'b mut Builder<'g>,
    texts: HashMap<String, Ref>,
}

impl Adder<'_, '_> {
    fn all(&mut self, items: Vec<Recipe>) -> Result<Vec<Ref>> {
        items.into_iter().map(|item| self.add(item)).collect()
    }

    fn pairs(&mut self, items: Vec<(Recipe, Recipe)>) -> Result<Vec<(Ref, Ref)>> {
        let both = items
            .into_iter()
            .map(|(key, value)| Ok((self.add(key)?, self.add(value)?)));
        both.collect()
    }

    fn add(&mut self, recipe: Recipe) -> Result<Ref> {
        Ok(match recipe {
            Recipe::None => self.build.add(()),
            Recipe::Bool(value) => self.build.add(value),
            Recipe::Int(value) => self.build.add(value),
            Recipe::BigInt(value) => self.build.add(value),
            Recipe::Float(value) => self.build.add(value),
            Recipe::Str(text) => match self.texts.get(&text) {
                Some(known) => *known,
                None => {
                    let new = self.build.add(text.as_str());
                    self.texts.insert(text, new);
                    new
                }
            },
            Recipe::Bytes(value) => self.build.add(value.as_slice()),
            Recipe::Tuple(items) => {
                let items = self.all(items)?;
                self.build.tuple(items)
            }
            Recipe::List(items) => {
                let items = self.all(items)?;
                self.build.list(items)
            }
            Recipe::Dict(entries) => {
                let entries = self.pairs(entries)?;
                self.build.dict(entries)?
            }
            Recipe::Global(path) => self.build.import(&path),
            Recipe::Object(object) => self.object(*object)?,
        })
    }

    fn object(&mut self, object: Object) -> Result<Ref> {
        let mut callable = self.build.import(&object.callable);
        if let Some(method) = object.method {
            let (getattr, method) = (self.build.import("getattr"), self.build.add(method));
            callable = self.build.call(getattr, [callable, method])?;
        }
        let args = self.all(object.args)?;
        let made = match object.call {
            Call::New => self.build.new_object(callable, args)?,
            _ => self.build.call(callable, args)?,
        };
        if !object.append.is_empty() {
            let items = self.all(object.append)?;
            self.build.append(made, items)?;
        }
        if !object.items.is_empty() {
            let entries = self.pairs(object.items)?;
            self.build.insert(made, entries)?;
        }
        if let Some(state) = object.state {
            let state = self.add(state)?;
            self.build.set_state(made, state)?;
        }
        Ok(made)
    }
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
