//! The doors of writing with a hook.

use super::Reducer;
use crate::{
    emit::Emitter,
    error::Result,
    graph::{Graph, Hooked},
    options::Options,
};
use std::io::Write;

impl Options {
    /// Writes the graph with a hook that is asked about each object. See [`Reducer`].
    pub fn write_with(&self, graph: &Graph<'_>, hook: &mut dyn Reducer) -> Result<Vec<u8>> {
        self.emit_with(graph, hook, None)
    }

    /// The same, to a writer, frame by frame.
    pub fn write_to_with(&self, graph: &Graph<'_>, mut writer: impl Write, hook: &mut dyn Reducer) -> Result<()> {
        self.emit_with(graph, hook, Some(&mut writer)).map(|_| ())
    }

    fn emit_with(&self, graph: &Graph<'_>, hook: &mut dyn Reducer, sink: Option<&mut dyn Write>) -> Result<Vec<u8>> {
        let mut settings = self.settings()?;
        let same = graph.protocol == Some(settings.protocol) && !self.write.as_loaded;
        let (extensions, python) = (&self.read.extensions, self.write.python);
        let source = Hooked::new(graph, same, settings.fast, extensions, python, hook);
        settings.pids = source.pids();
        let mut emitter = Emitter::new(source, settings, sink);
        for root in &graph.roots {
            emitter.dump(*root)?;
        }
        Ok(emitter.into_bytes())
    }
}

/// Rust values are written as the Python objects that they are: a struct is asked about if its serde name is the path of a
/// class, or if it is one of the [types](crate::types) of this crate.
#[cfg(feature = "serde")]
impl Options {
    /// Writes a value with a hook that is asked about each object. See [`Reducer`].
    ///
    /// ```
    /// use brinery::{Graph, Options, hooks::{Hooks, Reduce}, types::Decimal};
    /// let price: Decimal = "9.90".parse()?;
    /// let mut hooks = Hooks::new().class("decimal", "Decimal", |price, build| {
    ///     let text = build.value(price).as_object().and_then(|price| price.args().get(0)).map(|text| text.id());
    ///     let (callable, args) = (build.import("shop:money"), build.tuple(Vec::from_iter(text)));
    ///     Ok(Reduce::new(callable, args).into())
    /// });
    /// let bytes = Options::new().to_vec_with(&[price], &mut hooks)?;
    /// assert_eq!(Graph::from_slice(&bytes)?.root().to_string(), "(shop.money('9.90'),)");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn to_vec_with<T: serde::Serialize + ?Sized>(&self, value: &T, hook: &mut dyn Reducer) -> Result<Vec<u8>> {
        let bytes = self.to_vec(value)?;
        self.same(&self.plainly(&bytes)?, hook, None)
    }

    /// The same, to a writer, frame by frame.
    pub fn to_writer_with<W: Write, T: serde::Serialize + ?Sized>(
        &self,
        mut writer: W,
        value: &T,
        hook: &mut dyn Reducer,
    ) -> Result<()> {
        let bytes = self.to_vec(value)?;
        self.same(&self.plainly(&bytes)?, hook, Some(&mut writer)).map(|_| ())
    }

    /// What was just written, with nobody's say in what it means.
    fn plainly<'a>(&self, bytes: &'a [u8]) -> Result<Graph<'a>> {
        let mut options = Options::new().fix_imports(self.read.fix_imports);
        options.read.extensions = self.read.extensions.clone();
        options.read(bytes)
    }

    /// Writes a graph as it was read, but for the hook.
    fn same(&self, graph: &Graph<'_>, hook: &mut dyn Reducer, sink: Option<&mut dyn Write>) -> Result<Vec<u8>> {
        self.clone().as_loaded(false).emit_with(graph, hook, sink)
    }
}
