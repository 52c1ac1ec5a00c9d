//! One pickle into one value.

use super::{De, locate, scope::Scope, value::read_value};
use crate::{Graph, Value, error::Result, options::Options, serde::direct};
use serde::de::{Deserialize, DeserializeOwned};
use std::{borrow::Cow, io, sync::LazyLock};

static DEFAULTS: LazyLock<Options> = LazyLock::new(Options::default);

/// Reads the first pickle of `input` into a value. What follows its STOP is left alone, as `pickle.loads` does.
///
/// Text and bytes can be borrowed from the input, where they stand in it as they are.
///
/// ```
/// #[derive(serde::Deserialize, Debug, PartialEq)]
/// struct Article<'a> {
///     name: &'a str,
///     sizes: Vec<u8>,
/// }
/// // {'name': 'lamp', 'sizes': [1, 2]}
/// let bytes = b"\x80\x04}(\x8c\x04name\x8c\x04lamp\x8c\x05sizes](K\x01K\x02eu.";
/// let article: Article = brinery::from_slice(bytes)?;
/// assert_eq!(article, Article { name: "lamp", sizes: vec![1, 2] });
///
/// let error = brinery::from_slice::<std::collections::HashMap<String, String>>(bytes).unwrap_err();
/// assert_eq!(error.to_string(), ".sizes at byte 23: expected a string, found a list of 2 items");
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// # Errors
/// If it is not a pickle, or what it says does not fit the type: then the error names the way to the value and the byte
/// where it was made.
///
/// What serde buffers first (`untagged`, internally tagged enums, `flatten`) has serde's limits: no ints of more than 64
/// bits, enums only as strings and maps ([`EnumShape::Map`](crate::EnumShape::Map)), and an `Option` in an `Option` that
/// holds `None` is not understood.
pub fn from_slice<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Result<T> {
    DEFAULTS.from_slice(input)
}

/// Reads the first pickle of `input` into a value, and answers what follows it too.
///
/// ```
/// let (first, rest) = brinery::take_from_slice::<u8>(b"K\x01.K\x02.")?;
/// let (second, rest) = brinery::take_from_slice::<u8>(rest)?;
/// assert_eq!((first, second, rest.len()), (1, 2, 0));
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// # Errors
/// As [`from_slice`].
pub fn take_from_slice<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Result<(T, &'de [u8])> {
    DEFAULTS.take_from_slice(input)
}

/// Reads one pickle from a reader into a value, and nothing beyond its STOP or its last frame. The reader should be
/// buffered.
///
/// ```
/// let mut wire: &[u8] = b"]\x94(K\x01K\x02e.and more";
/// let sizes: Vec<u8> = brinery::from_reader(&mut wire)?;
/// assert_eq!((sizes, wire), (vec![1, 2], &b"and more"[..]));
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// # Errors
/// As [`from_slice`], and those of the reader. The bytes of the pickle are kept until the value is there, so that an error
/// can name the byte.
pub fn from_reader<R: io::Read, T: DeserializeOwned>(reader: R) -> Result<T> {
    DEFAULTS.from_reader(reader)
}

/// Reads what a graph says, the last of its roots, into a value. Text and bytes can be borrowed from the graph.
///
/// ```
/// let graph = brinery::pickle!({"name": "lamp", "size": (3, 4)});
/// #[derive(serde::Deserialize)]
/// struct Article<'a> {
///     name: &'a str,
///     size: (u8, u8),
/// }
/// let article: Article = brinery::from_graph(&graph)?;
/// assert_eq!((article.name, article.size), ("lamp", (3, 4)));
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// # Errors
/// If a value does not fit its type.
pub fn from_graph<'g, T: Deserialize<'g>>(graph: &'g Graph<'_>) -> Result<T> {
    DEFAULTS.from_graph(graph)
}

/// Reads a part of a graph into a value. Text and bytes can be borrowed from the graph.
///
/// ```
/// let graph = brinery::pickle!({"users": [{"name": "ann"}, {"name": "bob"}]});
/// let name: &str = brinery::from_value(graph.root().at("users.1.name").unwrap())?;
/// assert_eq!(name, "bob");
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// # Errors
/// If a value does not fit its type.
pub fn from_value<'g, T: Deserialize<'g>>(value: Value<'g>) -> Result<T> {
    DEFAULTS.from_value(value)
}

/// Typed reading with settings.
#[allow(clippy::wrong_self_convention)] // They are the plain functions, with settings.
impl Options {
    /// [`from_slice`] with these settings.
    ///
    /// ```
    /// use brinery::{Encoding, Options};
    /// let name: String = Options::new().encoding(Encoding::Latin1).from_slice(b"U\x04caf\xe9.")?; // Python 2's
    /// assert_eq!(name, "café");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn from_slice<'de, T: Deserialize<'de>>(&self, input: &'de [u8]) -> Result<T> {
        self.typed(input, Vec::new()).map(|(value, _)| value)
    }

    /// [`take_from_slice`] with these settings.
    pub fn take_from_slice<'de, T: Deserialize<'de>>(&self, input: &'de [u8]) -> Result<(T, &'de [u8])> {
        let (value, end) = self.typed(input, Vec::new())?;
        Ok((value, input.get(end..).unwrap_or_default()))
    }

    /// [`from_slice`] of a pickle whose out-of-band buffers are these, in order. They can be borrowed as bytes.
    ///
    /// ```
    /// let picture = [1, 2, 3];
    /// let bytes = b"\x80\x05\x97\x98."; // NEXT_BUFFER, READONLY_BUFFER
    /// let seen: &[u8] = brinery::Options::new().from_slice_with_buffers(bytes, [&picture[..]])?;
    /// assert!(std::ptr::eq(seen, &picture[..]));
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn from_slice_with_buffers<'de, T: Deserialize<'de>>(
        &self,
        input: &'de [u8],
        buffers: impl IntoIterator<Item = &'de [u8]>,
    ) -> Result<T> {
        let buffers = buffers.into_iter().map(Cow::Borrowed).collect();
        self.typed(input, buffers).map(|(value, _)| value)
    }

    fn typed<'de, T: Deserialize<'de>>(&self, input: &'de [u8], buffers: Vec<Cow<'de, [u8]>>) -> Result<(T, usize)> {
        if buffers.is_empty()
            && self.read.reads_directly()
            && let Some(read) = direct::from_slice(input, 0, &self.read)
        {
            return Ok(read);
        }
        let (graph, end) = self.first(input, buffers)?;
        let scope = Scope::of_input(&graph, &self.read.limits).knowing(&self.read.registry);
        match De::root(&scope, graph.root().id()).read(|de| T::deserialize(de)) {
            Ok(value) => Ok((value, end)),
            Err(error) => {
                let offset = error
                    .place()
                    .and_then(|place| locate::offset(&self.read, input, 0, place));
                Err(error.at_offset(offset))
            }
        }
    }

    /// [`from_reader`] with these settings.
    pub fn from_reader<R: io::Read, T: DeserializeOwned>(&self, reader: R) -> Result<T> {
        self.deserializer_from(reader).ask(|de| T::deserialize(de))
    }

    /// [`from_graph`] with these settings.
    pub fn from_graph<'g, T: Deserialize<'g>>(&self, graph: &'g Graph<'_>) -> Result<T> {
        self.from_value(graph.root())
    }

    /// [`from_value`] with these settings.
    pub fn from_value<'g, T: Deserialize<'g>>(&self, value: Value<'g>) -> Result<T> {
        read_value(value, &self.read.limits, &self.read.registry, |de| T::deserialize(de))
    }
}
