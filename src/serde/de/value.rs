//! A value of a graph as a deserializer by itself.

use super::{De, scope::Scope};
use crate::{
    Value,
    error::{Error, Result},
    hooks::Registry,
    limits::Limits,
};
use serde::de;
use std::sync::Arc;

/// What the default limits say.
static LIMITS: std::sync::LazyLock<Limits> = std::sync::LazyLock::new(Limits::default);

impl<'g> Value<'g> {
    fn ask<T>(self, read: impl FnOnce(De<'_, 'g, 'g>) -> Result<T>) -> Result<T> {
        read_value(self, &LIMITS, &None, read)
    }
}

pub(super) fn read_value<'g, T>(
    value: Value<'g>,
    limits: &Limits,
    registry: &Option<Arc<Registry>>,
    read: impl FnOnce(De<'_, 'g, 'g>) -> Result<T>,
) -> Result<T> {
    let scope = Scope::of_graph(value.graph, limits).knowing(registry);
    De::root(&scope, value.at).read(read)
}

/// A part of a graph is read into a type of yours; text and bytes can be borrowed from the graph.
///
/// ```
/// use serde::Deserialize;
/// let graph = brinery::pickle!({"name": "lamp", "sizes": [1, 2]});
/// let sizes = graph.root().get("sizes").unwrap();
/// assert_eq!(Vec::<u8>::deserialize(sizes)?, [1, 2]);
/// # Ok::<(), brinery::Error>(())
/// ```
impl<'de> de::Deserializer<'de> for Value<'de> {
    type Error = Error;

    forward_all!();
}

impl<'de> de::IntoDeserializer<'de, Error> for Value<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
