//! How to read and write: one builder with the same doors as the plain functions.

use crate::{
    emit::{Emitter, Settings},
    error::{ErrorKind, Result},
    graph::{Borrow, Copied, Graph, GraphSource, InBand, Loader, Ref},
    limits::Limits,
    machine::{Machine, Rules},
    ops::{Input, Ops},
};
use std::{
    borrow::Cow,
    collections::HashMap,
    io::{Read, Write},
};

/// What a Python 2 `str` becomes: the `encoding` argument of `pickle.loads`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// A `str`; bytes above 127 are an error. Python's default.
    #[default]
    Ascii,
    /// A `str`, one code point per byte: what numpy and datetime pickles of Python 2 need.
    Latin1,
    /// A `str` in UTF-8.
    Utf8,
    /// A `bytes`: nothing is decoded.
    Bytes,
}

/// The extension registry of `copyreg`: short codes for often used globals.
///
/// ```
/// let mut extensions = brinery::Extensions::default();
/// extensions.add("shop.models", "Order", 0x12);
/// let graph = brinery::Options::new().extensions(extensions).read(b"\x80\x02\x82\x12.").unwrap();
/// assert_eq!(graph.root().to_string(), "shop.models.Order");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Extensions {
    names: HashMap<i64, (String, String)>,
    codes: HashMap<String, HashMap<String, i64>>,
}

impl Extensions {
    /// Registers a code between 1 and 2³¹ − 1. Others do not exist in `copyreg` either and are ignored.
    pub fn add(&mut self, module: &str, name: &str, code: i64) {
        if !(1..=i64::from(i32::MAX)).contains(&code) {
            return;
        }
        self.names.insert(code, (module.into(), name.into()));
        self.codes.entry(module.into()).or_default().insert(name.into(), code);
    }

    pub(crate) fn name(&self, code: i64) -> Option<(&str, &str)> {
        self.names.get(&code).map(|(module, name)| (&**module, &**name))
    }

    pub(crate) fn code(&self, module: &str, name: &str) -> Option<i64> {
        self.codes.get(module)?.get(name).copied()
    }
}

/// A version of CPython, where its bytes or decisions differ.
///
/// ```
/// use brinery::Python;
/// assert!(Python::new(3, 12, 4) < Python::V3_13);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Python {
    major: u8,
    minor: u8,
    micro: u8,
}

impl Python {
    /// CPython 3.13: the default target.
    pub const V3_13: Python = Python::new(3, 13, 0);
    /// From here on nested names are not memoized part by part in protocols below 4 (gh-82951).
    pub(crate) const FLAT_NESTED_NAMES: Python = Python::new(3, 12, 5);
    /// From here on the default protocol is 5.
    pub(crate) const PROTOCOL_5: Python = Python::new(3, 14, 0);
    /// From here on there are no empty batches and no batches of one (gh-135573).
    pub(crate) const FULL_BATCHES: Python = Python::new(3, 15, 0);

    /// The version `major.minor.micro`, 3.8 or later.
    pub const fn new(major: u8, minor: u8, micro: u8) -> Self {
        Python { major, minor, micro }
    }
}

/// The settings of reading.
#[derive(Debug, Clone)]
pub(crate) struct ReadOptions {
    pub(crate) encoding: Encoding,
    pub(crate) fix_imports: bool,
    pub(crate) extensions: Extensions,
    /// Whether out-of-band buffers that are not given stay placeholders.
    pub(crate) buffers_elsewhere: bool,
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
}

/// The settings of writing.
#[derive(Debug, Clone)]
pub(crate) struct WriteOptions {
    pub(crate) protocol: Option<u8>,
    pub(crate) python: Python,
    pub(crate) fast: bool,
    pub(crate) as_loaded: bool,
}

/// How to read and write pickles. Every setting has Python's default.
///
/// ```
/// use brinery::{Encoding, Options};
/// let old = b"U\x04caf\xe9."; // written by Python 2
/// assert!(Options::new().read(old).is_err());
/// let graph = Options::new().encoding(Encoding::Latin1).read(old)?;
/// assert_eq!(graph.root().as_str(), Some("café"));
/// assert_eq!(Options::new().protocol(4).write(&graph)?, b"\x80\x04\x95\x09\0\0\0\0\0\0\0\x8c\x05caf\xc3\xa9\x94.");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) read: ReadOptions,
    pub(crate) write: WriteOptions,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            read: ReadOptions {
                encoding: Encoding::Ascii,
                fix_imports: true,
                extensions: Extensions::default(),
                buffers_elsewhere: false,
                rules: Rules::Strict,
                limits: Limits::default(),
            },
            write: WriteOptions {
                protocol: None,
                python: Python::V3_13,
                fast: false,
                as_loaded: false,
            },
        }
    }
}

impl Options {
    /// Python's defaults.
    pub fn new() -> Self {
        Options::default()
    }

    /// What a Python 2 `str` becomes. Default: [`Encoding::Ascii`].
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.read.encoding = encoding;
        self
    }

    /// Whether names are mapped between Python 2 and 3 below protocol 3, both when reading and when writing. Default: yes.
    pub fn fix_imports(mut self, fix: bool) -> Self {
        self.read.fix_imports = fix;
        self
    }

    /// The extension registry, for reading and writing. Default: empty.
    pub fn extensions(mut self, extensions: Extensions) -> Self {
        self.read.extensions = extensions;
        self
    }

    /// Where CPython's versions read differently, which way. Default: [`Rules::Strict`], the newest.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.read.rules = rules;
        self
    }

    /// How much an input may ask for.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.read.limits = limits;
        self
    }

    /// Accepts out-of-band buffers that are not given: they stay placeholders. Default: refused.
    pub fn buffers_elsewhere(mut self) -> Self {
        self.read.buffers_elsewhere = true;
        self
    }

    /// The protocol to write, 0 to 5. Default: 4, as CPython 3.8 to 3.13 have it (5 when [`python`](Self::python) is 3.14
    /// or later).
    pub fn protocol(mut self, protocol: u8) -> Self {
        self.write.protocol = Some(protocol);
        self
    }

    /// The CPython whose bytes are written, where they differ. Default: 3.13.
    pub fn python(mut self, python: Python) -> Self {
        self.write.python = python;
        self
    }

    /// Writes without a memo: smaller and faster, but shared objects are written again each time and cycles are an error.
    /// `Pickler.fast` in Python. Default: no.
    pub fn fast(mut self, fast: bool) -> Self {
        self.write.fast = fast;
        self
    }

    /// Writes what CPython would write after loading: even in the protocol it was read in, built-in objects that had to be
    /// spelled as calls are spelled afresh, and the empty `str` and those of one Latin-1 character (likewise `bytes`) are
    /// one object each. This is how any other protocol is written anyway. Default: no, the stream is written again as it
    /// was.
    pub fn as_loaded(mut self, as_loaded: bool) -> Self {
        self.write.as_loaded = as_loaded;
        self
    }

    /// Reads the first pickle of `input`. What follows it is left alone.
    pub fn read<'a>(&self, input: &'a [u8]) -> Result<Graph<'a>> {
        self.read_first(input).map(|(graph, _)| graph)
    }

    /// Reads the first pickle of `input` and says where it ends.
    pub fn read_first<'a>(&self, input: &'a [u8]) -> Result<(Graph<'a>, usize)> {
        let mut loader = Loader::<Borrow>::new(&self.read);
        let mut machine = self.machine();
        let mut ops = Ops::starting_at(input, 0, self.read.rules);
        loader.begin();
        let root = ops.run(&mut machine, &mut loader)?;
        loader.finish(root);
        Ok((loader.graph, ops.offset()))
    }

    /// Reads all pickles of `input` into one graph, with one memo, as one `Unpickler` that loads until the input ends:
    /// what a `Pickler` writes that dumps several objects. Each has its root.
    pub fn read_all<'a>(&self, input: &'a [u8]) -> Result<Graph<'a>> {
        let mut loader = Loader::<Borrow>::new(&self.read);
        let mut machine = self.machine();
        let mut ops = Ops::starting_at(input, 0, self.read.rules);
        while !ops.rest().is_empty() {
            loader.begin();
            let root = ops.run(&mut machine, &mut loader)?;
            loader.finish(root);
        }
        Ok(loader.graph)
    }

    /// Reads one pickle from a reader, and nothing beyond it.
    pub fn read_from(&self, reader: impl Read) -> Result<Graph<'static>> {
        let mut loader = Loader::<Copied>::new(&self.read);
        let mut machine = self.machine();
        loader.begin();
        let root = Input::new(reader).run(&mut machine, &mut loader)?;
        loader.finish(root);
        Ok(loader.graph)
    }

    /// Reads the first pickle of `input`, whose out-of-band buffers are these, in order. Nothing is copied.
    pub fn read_with_buffers<'a>(
        &self,
        input: &'a [u8],
        buffers: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Graph<'a>> {
        let mut loader = Loader::<Borrow>::new(&self.read);
        loader.graph.buffers = buffers.into_iter().map(Cow::Borrowed).collect();
        let root = Ops::starting_at(input, 0, self.read.rules).run(&mut self.machine(), &mut loader)?;
        loader.finish(root);
        Ok(loader.graph)
    }

    /// Writes the graph: one pickle for each of its roots, with one memo.
    pub fn write(&self, graph: &Graph<'_>) -> Result<Vec<u8>> {
        self.emit(graph, None, None)
    }

    /// Writes the graph to a writer, frame by frame.
    pub fn write_to(&self, graph: &Graph<'_>, mut writer: impl Write) -> Result<()> {
        self.emit(graph, None, Some(&mut writer)).map(|_| ())
    }

    /// Writes the graph and asks of each buffer (its number, its bytes, whether it is read-only) whether it belongs in
    /// band; the others are left to the caller, as by Python's `buffer_callback`.
    pub fn write_with_buffers(
        &self,
        graph: &Graph<'_>,
        mut in_band: impl FnMut(usize, &[u8], bool) -> bool,
    ) -> Result<Vec<u8>> {
        self.emit(graph, Some(&mut in_band), None)
    }

    fn emit<'g>(
        &'g self,
        graph: &'g Graph<'_>,
        in_band: Option<InBand<'g>>,
        sink: Option<&mut dyn Write>,
    ) -> Result<Vec<u8>> {
        let settings = self.settings()?;
        let same = graph.protocol == Some(settings.protocol) && !self.write.as_loaded;
        let source = GraphSource::new(graph, same, &self.read.extensions, in_band);
        let mut emitter = Emitter::new(source, settings, sink);
        for root in &graph.roots {
            emitter.dump(*root)?;
        }
        Ok(emitter.into_bytes())
    }

    fn settings(&self) -> Result<Settings> {
        let default = if self.write.python < Python::PROTOCOL_5 { 4 } else { 5 };
        let protocol = self.write.protocol.unwrap_or(default);
        if protocol > 5 {
            return Err(ErrorKind::UnsupportedProtocol(protocol).into());
        }
        Ok(Settings {
            protocol,
            python: self.write.python,
            fix_imports: self.read.fix_imports,
            fast: self.write.fast,
            digits: self.read.limits.digits,
            calls: usize::MAX,
        })
    }

    pub(crate) fn machine(&self) -> Machine<Ref> {
        Machine::new(self.read.rules, self.read.limits.clone())
    }
}
