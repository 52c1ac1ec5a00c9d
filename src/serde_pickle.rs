//! Conversions from and to the values of the crate serde-pickle.

use crate::{
    Build, Builder, Graph, Ref, Value,
    compat::{
        self, DeOptions, Error, HashableValue,
        tree::{add, tree},
    },
};

tree!(::serde_pickle::Value, ::serde_pickle::HashableValue);

/// What serde-pickle would have read, with its default options. Errors: a value that contains itself, a class or call
/// that stands for no data, more than [`MAX_DEPTH`](compat::MAX_DEPTH) levels, and shared objects that unfold into an
/// immense tree. With other options: [`DeOptions::value_of`](compat::DeOptions::value_of), and from there `into`.
///
/// ```
/// let graph = brinery::pickle!({"name": "lamp", "sizes": [1, 2]});
/// let value = serde_pickle::Value::try_from(graph.root())?;
/// assert_eq!(value.to_string(), r#"{"name": "lamp", "sizes": [1, 2]}"#);
/// # Ok::<(), brinery::compat::Error>(())
/// ```
impl TryFrom<Value<'_>> for ::serde_pickle::Value {
    type Error = Error;

    fn try_from(value: Value<'_>) -> Result<Self, Error> {
        DeOptions::new().unfold(value)
    }
}

impl Build for ::serde_pickle::Value {
    fn build(self, builder: &mut Builder) -> Ref {
        add(self, builder)
    }
}

/// ```
/// let value = serde_pickle::Value::List(vec![serde_pickle::Value::None]);
/// assert_eq!(brinery::Graph::from(value).root().to_string(), "[None]");
/// ```
impl From<::serde_pickle::Value> for Graph<'static> {
    fn from(value: ::serde_pickle::Value) -> Self {
        let mut build = Builder::new();
        let root = build.add(value);
        build.finish(root)
    }
}

/// Both types have the same variants, so this goes through their names.
macro_rules! each_variant {
    ($from:ty => $to:ty, $value:ident, $($variant:ident($part:ident) => $inner:expr;)*) => {
        impl From<$from> for $to {
            fn from($value: $from) -> $to {
                type From = $from;
                match $value {
                    From::None => Self::None,
                    From::Bool(value) => Self::Bool(value),
                    From::I64(value) => Self::I64(value),
                    From::Int(value) => Self::Int(value),
                    From::F64(value) => Self::F64(value),
                    From::Bytes(value) => Self::Bytes(value),
                    From::String(value) => Self::String(value),
                    $(From::$variant($part) => Self::$variant($inner),)*
                }
            }
        }
    };
}

macro_rules! both_types {
    ($($from_value:ty, $from_key:ty => $to_value:ty, $to_key:ty;)*) => { $(
        each_variant! { $from_value => $to_value, value,
            List(items) => items.into_iter().map(Into::into).collect();
            Tuple(items) => items.into_iter().map(Into::into).collect();
            Set(items) => items.into_iter().map(Into::into).collect();
            FrozenSet(items) => items.into_iter().map(Into::into).collect();
            Dict(entries) => entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        }
        each_variant! { $from_key => $to_key, value,
            Tuple(items) => items.into_iter().map(Into::into).collect();
            FrozenSet(items) => items.into_iter().map(Into::into).collect();
        }
    )* };
}
both_types! {
    compat::Value, HashableValue => ::serde_pickle::Value, ::serde_pickle::HashableValue;
    ::serde_pickle::Value, ::serde_pickle::HashableValue => compat::Value, HashableValue;
}
