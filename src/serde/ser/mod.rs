//! Typed writing: Rust values as pickles, without a graph in between.

mod array;
mod batches;
mod capture;
mod class;
mod compound;
mod open;
mod push;
mod recipe;
mod serializer;
mod table;
mod tokens;
mod value;
mod whole;

pub use whole::{Contents, Serializer};

use crate::{error::Result, graph::Graph, options::Options};
pub(crate) use push::Push;
use serde::Serialize;
use std::io::{self, Write};

/// Writes a value as a pickle, with Python's defaults.
///
/// Structs and maps become dicts, sequences lists, tuples and tuple structs tuples, unit and `None` `None`; newtype structs
/// are what they wrap. `Some` is its content, unless that would be read as `None`: `Some(None)` is `(None,)`. The bytes are
/// those that CPython writes for the equal value in a program that has the names of fields as literals.
///
/// A struct, tuple struct or enum whose serde name is a class's path, such as `shop.models:Order`, is an instance of that
/// class.
///
/// ```
/// let bytes = brinery::to_vec(&("lamp", [1, 2], Some(0.5)))?;
/// assert_eq!(brinery::Graph::from_slice(&bytes)?.root().to_string(), "('lamp', (1, 2), 0.5)");
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    Options::new().to_vec(value)
}

/// Writes a value as a pickle into a writer, frame by frame.
///
/// Sequences that do not tell their length are kept in memory up to their second item. One that tells a wrong length is
/// written the same all the same, except when its first item alone is longer than a frame: then the pickle says the same
/// in other opcodes than Python would take.
///
/// ```
/// let mut file = Vec::new();
/// brinery::to_writer(&mut file, &vec![1, 2])?;
/// assert_eq!(file, brinery::to_vec(&vec![1, 2])?);
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn to_writer<W: Write, T: Serialize + ?Sized>(writer: W, value: &T) -> Result<()> {
    Options::new().to_writer(writer, value)
}

/// Makes a value an object graph: what reading its pickle of protocol 5 gives.
///
/// It can be written in any protocol, and says the same in each. In the older ones that need not be what [`to_vec`] writes
/// there to the byte, which for some types (instances before protocol 2, `array`, `UUID`) goes Python's old ways.
///
/// ```
/// let graph = brinery::to_graph(&vec![("lamp", 5)])?;
/// assert_eq!(graph.root().at("0.1").and_then(|price| price.as_i64()), Some(5));
/// assert_eq!(graph.to_vec()?, brinery::to_vec(&vec![("lamp", 5)])?);
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn to_graph<T: Serialize + ?Sized>(value: &T) -> Result<Graph<'static>> {
    Options::new().to_graph(value)
}

impl Options {
    /// Writes a value as a pickle: [`to_vec`] with these settings.
    ///
    /// ```
    /// use brinery::Options;
    /// assert_eq!(Options::new().protocol(2).to_vec(&[1, 2])?, b"\x80\x02K\x01K\x02\x86q\0.");
    /// assert_eq!(Options::new().protocol(2).fast(true).to_vec(&[1, 2])?, b"\x80\x02K\x01K\x02\x86.");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn to_vec<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>> {
        self.push(value, None::<io::Sink>)
    }

    /// Writes a value as a pickle into a writer: [`to_writer`] with these settings.
    pub fn to_writer<W: Write, T: Serialize + ?Sized>(&self, mut writer: W, value: &T) -> Result<()> {
        self.push(value, Some(&mut writer as &mut dyn Write)).map(|_| ())
    }

    /// Makes a value an object graph: [`to_graph`] with these settings. Those for enums and limits count here; the protocol
    /// does not.
    pub fn to_graph<T: Serialize + ?Sized>(&self, value: &T) -> Result<Graph<'static>> {
        let bytes = self.clone().protocol(5).fast(false).to_vec(value)?;
        let mut graph = self.read(&bytes)?.into_owned();
        graph.protocol = None;
        Ok(graph)
    }

    fn push<W: Write, T: Serialize + ?Sized>(&self, value: &T, sink: Option<W>) -> Result<Vec<u8>> {
        let settings = self.settings()?;
        let mut push = Push::new(settings, self.write.enums, self.read.extensions.clone(), sink);
        push.start();
        value.serialize(&mut push)?;
        push.w.finish()?;
        Ok(push.w.out.bytes)
    }
}
