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
use push::Push;
use serde::Serialize;
use std::io::{self, Write};

/// Writes a value as a pickle, with Python's defaults.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    Options::new().to_vec(value)
}

/// Writes a value as a pickle into a writer.
pub fn to_writer<W: Write, T: Serialize + ?Sized>(writer: W, value: &T) -> Result<()> {
    Options::new().to_writer(writer, value)
}

/// Makes a value an object graph.
pub fn to_graph<T: Serialize + ?Sized>(value: &T) -> Result<Graph<'static>> {
    Options::new().to_graph(value)
}

impl Options {
    /// Writes a value as a pickle.
    pub fn to_vec<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>> {
        self.push(value, None::<io::Sink>)
    }

    /// Writes a value as a pickle into a writer.
    pub fn to_writer<W: Write, T: Serialize + ?Sized>(&self, mut writer: W, value: &T) -> Result<()> {
        self.push(value, Some(&mut writer as &mut dyn Write)).map(|_| ())
    }

    /// Makes a value an object graph.
    pub fn to_graph<T: Serialize + ?Sized>(&self, value: &T) -> Result<Graph<'static>> {
        let bytes = self.clone().protocol(5).to_vec(value)?;
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
