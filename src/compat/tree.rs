//! Trees from graphs and into graphs, to any depth that is allowed, without recursion.

use super::{
    error::{Error, Result},
    plain::{Context, Inside, Plain},
};
use crate::{Builder, Entries, Items, Ref, Value};
use num_bigint::BigInt;
use std::{borrow::Cow, vec};

/// One level of a tree.
pub(crate) enum Level<T: Tree> {
    None,
    Bool(bool),
    Int(i64),
    BigInt(BigInt),
    Float(f64),
    Bytes(Vec<u8>),
    Str(String),
    Many(Many, Vec<Child<T>>),
}

/// What a container is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Many {
    List,
    Tuple,
    Set,
    FrozenSet,
    /// Keys and values in turn.
    Dict,
}

/// A value, or one that can be a key.
pub(crate) enum Child<T: Tree> {
    Value(T),
    Key(T::Key),
}

/// A type of value like serde-pickle's.
pub(crate) trait Tree: Sized {
    /// The values that can be keys.
    type Key;

    /// Puts a level together.
    fn close(level: Level<Self>) -> Result<Self>;
    /// Makes a key.
    fn key(self) -> Result<Self::Key>;
    /// Takes a level apart.
    fn open(child: Child<Self>) -> Level<Self>;
}

/// The containers that a level's children are in.
enum Children<'g> {
    Items(Items<'g>),
    Entries(Entries<'g>),
    Nothing,
}

impl<'g> Children<'g> {
    fn get(&self, at: usize) -> Option<Value<'g>> {
        match self {
            Children::Items(items) => items.get(at),
            Children::Entries(entries) => {
                let (key, value) = entries.iter().nth(at / 2)?;
                Some(if at.is_multiple_of(2) { key } else { value })
            }
            Children::Nothing => None,
        }
    }
}

/// A container whose children are being made.
struct Open<'c, 'g> {
    many: Many,
    children: Children<'g>,
    next: usize,
    /// Where its first child lies in the finished ones.
    first: usize,
    _inside: Inside<'c, 'g>,
}

/// A value of a graph as a tree.
pub(crate) fn unfold<'g, T: Tree>(root: Value<'g>, context: &Context<'g>) -> Result<T> {
    let mut open: Vec<Open<'_, 'g>> = Vec::new();
    let mut done: Vec<T> = Vec::new();
    let mut next = Some(root);
    loop {
        if let Some(value) = next.take() {
            let (plain, inside) = context.enter(value)?;
            let (many, children) = match plain {
                Plain::List(items) => (Many::List, Children::Items(items)),
                Plain::Tuple(items) => (Many::Tuple, Children::Items(items)),
                Plain::Set(items) => (Many::Set, Children::Items(items)),
                Plain::FrozenSet(items) => (Many::FrozenSet, Children::Items(items)),
                Plain::Dict(Some(entries)) => (Many::Dict, Children::Entries(entries)),
                Plain::Dict(None) => (Many::Dict, Children::Nothing),
                atom => {
                    done.push(T::close(atom_level(atom))?);
                    (Many::List, Children::Nothing)
                }
            };
            if !matches!((many, &children), (Many::List, Children::Nothing)) {
                open.push(Open {
                    many,
                    children,
                    next: 0,
                    first: done.len(),
                    _inside: inside,
                });
            }
        }
        let Some(top) = open.last_mut() else {
            return done.pop().ok_or_else(|| Error::invalid("no value"));
        };
        next = top.children.get(top.next);
        top.next += 1;
        if next.is_none() {
            let children = done.split_off(top.first);
            done.push(T::close(Level::Many(
                top.many,
                children.into_iter().map(Child::Value).collect(),
            ))?);
            open.pop();
        }
    }
}

fn atom_level<T: Tree>(plain: Plain<'_>) -> Level<T> {
    match plain {
        Plain::Bool(value) => Level::Bool(value),
        Plain::Int(value) => Level::Int(value),
        Plain::BigInt(value) => Level::BigInt(value.into_owned()),
        Plain::Float(value) => Level::Float(value),
        Plain::Bytes(value) => Level::Bytes(Cow::into_owned(value)),
        Plain::Str(value) => Level::Str(value.into()),
        _ => Level::None,
    }
}

/// Adds a tree to a graph.
pub(crate) fn add<T: Tree>(root: T, build: &mut Builder) -> Ref {
    let mut open: Vec<(Many, vec::IntoIter<Child<T>>, usize)> = Vec::new();
    let mut done: Vec<Ref> = Vec::new();
    let mut next = Some(Child::Value(root));
    loop {
        match next.take().map(T::open) {
            Some(Level::Many(many, children)) => open.push((many, children.into_iter(), done.len())),
            Some(Level::None) => done.push(build.add(())),
            Some(Level::Bool(value)) => done.push(build.add(value)),
            Some(Level::Int(value)) => done.push(build.add(value)),
            Some(Level::BigInt(value)) => done.push(build.add(value)),
            Some(Level::Float(value)) => done.push(build.add(value)),
            Some(Level::Bytes(value)) => done.push(build.add(value.as_slice())),
            Some(Level::Str(value)) => done.push(build.add(value)),
            None => {}
        }
        let Some((many, children, first)) = open.last_mut() else {
            return done.pop().unwrap_or(Ref::NONE);
        };
        next = children.next();
        if next.is_none() {
            let items = done.split_off(*first);
            let container = container(*many, &items, build);
            done.push(container);
            open.pop();
        }
    }
}

fn container(many: Many, items: &[Ref], build: &mut Builder) -> Ref {
    let made = match many {
        Many::List => Ok(build.list(items)),
        Many::Tuple => Ok(build.tuple(items)),
        Many::Set => build.set(items),
        Many::FrozenSet => build.frozenset(items),
        Many::Dict => {
            let entries: Vec<(Ref, Ref)> = items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            build.dict(entries)
        }
    };
    made.expect("the type of keys has no value that is not hashable")
}

/// Implements [`Tree`] for a type that has serde-pickle's variants.
macro_rules! tree {
    ($value:ty, $key:ty) => {
        impl $crate::compat::tree::Tree for $value {
            type Key = $key;

            fn close(level: $crate::compat::tree::Level<Self>) -> $crate::compat::Result<Self> {
                use $crate::compat::tree::{Child, Level, Many, Tree};
                let value = |child: Child<Self>| match child {
                    Child::Value(value) => value,
                    Child::Key(key) => key.into_value(),
                };
                let key = |child: Child<Self>| match child {
                    Child::Value(value) => Tree::key(value),
                    Child::Key(key) => Ok(key),
                };
                Ok(match level {
                    Level::None => Self::None,
                    Level::Bool(value) => Self::Bool(value),
                    Level::Int(value) => Self::I64(value),
                    Level::BigInt(value) => Self::Int(value),
                    Level::Float(value) => Self::F64(value),
                    Level::Bytes(value) => Self::Bytes(value),
                    Level::Str(value) => Self::String(value),
                    Level::Many(Many::List, items) => Self::List(items.into_iter().map(value).collect()),
                    Level::Many(Many::Tuple, items) => Self::Tuple(items.into_iter().map(value).collect()),
                    Level::Many(Many::Set, items) => Self::Set(
                        items
                            .into_iter()
                            .map(key)
                            .collect::<$crate::compat::Result<_>>()?,
                    ),
                    Level::Many(Many::FrozenSet, items) => Self::FrozenSet(
                        items
                            .into_iter()
                            .map(key)
                            .collect::<$crate::compat::Result<_>>()?,
                    ),
                    Level::Many(Many::Dict, items) => {
                        let mut items = items.into_iter();
                        let mut entries = std::collections::BTreeMap::new();
                        while let (Some(name), Some(item)) = (items.next(), items.next()) {
                            entries.insert(key(name)?, value(item));
                        }
                        Self::Dict(entries)
                    }
                })
            }

            fn key(self) -> $crate::compat::Result<$key> {
                self.into_hashable()
                    .map_err(|_| $crate::compat::Error::Syntax($crate::compat::ErrorCode::ValueNotHashable))
            }

            fn open(child: $crate::compat::tree::Child<Self>) -> $crate::compat::tree::Level<Self> {
                use $crate::compat::tree::{Child, Level, Many};
                type Key = $key;
                match child {
                    Child::Value(value) => match value {
                        Self::None => Level::None,
                        Self::Bool(value) => Level::Bool(value),
                        Self::I64(value) => Level::Int(value),
                        Self::Int(value) => Level::BigInt(value),
                        Self::F64(value) => Level::Float(value),
                        Self::Bytes(value) => Level::Bytes(value),
                        Self::String(value) => Level::Str(value),
                        Self::List(items) => Level::Many(Many::List, items.into_iter().map(Child::Value).collect()),
                        Self::Tuple(items) => Level::Many(Many::Tuple, items.into_iter().map(Child::Value).collect()),
                        Self::Set(items) => Level::Many(Many::Set, items.into_iter().map(Child::Key).collect()),
                        Self::FrozenSet(items) => {
                            Level::Many(Many::FrozenSet, items.into_iter().map(Child::Key).collect())
                        }
                        Self::Dict(entries) => {
                            let pairs = entries.into_iter();
                            let flat = pairs.flat_map(|(key, value)| [Child::Key(key), Child::Value(value)]);
                            Level::Many(Many::Dict, flat.collect())
                        }
                    },
                    Child::Key(key) => match key {
                        Key::None => Level::None,
                        Key::Bool(value) => Level::Bool(value),
                        Key::I64(value) => Level::Int(value),
                        Key::Int(value) => Level::BigInt(value),
                        Key::F64(value) => Level::Float(value),
                        Key::Bytes(value) => Level::Bytes(value),
                        Key::String(value) => Level::Str(value),
                        Key::Tuple(items) => Level::Many(Many::Tuple, items.into_iter().map(Child::Key).collect()),
                        Key::FrozenSet(items) => {
                            Level::Many(Many::FrozenSet, items.into_iter().map(Child::Key).collect())
                        }
                    },
                }
            }
        }
    };
}
#[cfg(feature = "serde-pickle")]
pub(crate) use tree;

tree!(super::Value, super::HashableValue);
