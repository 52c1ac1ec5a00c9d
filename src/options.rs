//! How to read and write: one builder with the same doors as the plain functions.

#[cfg(feature = "serde")]
use crate::settings::EnumShape;
use crate::{
    emit::{Emitter, Settings},
    error::{ErrorKind, Result},
    graph::{Borrow, Copied, Graph, GraphSource, InBand, Loader, Ref},
    hooks::Registry,
    limits::Limits,
    machine::{Machine, Rules},
    ops::{Input, Ops},
    settings::{Encoding, Extensions, Python, ReadOptions, WriteOptions},
};
use std::{
    borrow::Cow,
    io::{Read, Write},
    sync::{Arc, LazyLock},
};

/// Python's defaults, for the doors that take no options.
static DEFAULTS: LazyLock<Options> = LazyLock::new(Options::default);

/// Up to so many bytes are allocated for a pickle before it is written.
const SMALL: u64 = 4096;

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
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub(crate) read: ReadOptions,
    pub(crate) write: WriteOptions,
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

    /// What imports, calls and persistent ids mean when a pickle is read. Default: what the well-known types say.
    ///
    /// ```
    /// use brinery::{Options, hooks::Registry};
    /// let options = Options::new().registry(Registry::new().refuse("os", "*").refuse("subprocess", "*"));
    /// assert!(options.read(b"cos\nsystem\n.").is_err());
    /// ```
    pub fn registry(mut self, registry: impl Into<Arc<Registry>>) -> Self {
        self.read.registry = Some(registry.into());
        self
    }

    /// Refuses each pickle that is not [`Safe`](crate::scan::Verdict::Safe) under the policy, before anything of it is read
    /// into a graph or a value. The error names the byte, the opcode, what is not allowed, why, and the line of a policy
    /// that would allow it. A pickle from a reader is kept in memory as a whole for this. Default: all pickles are read,
    /// since reading runs nothing.
    ///
    /// ```
    /// use brinery::{Options, scan::Policy};
    /// let options = Options::new().allow(Policy::stdlib());
    /// assert!(options.read(b"\x80\x04]\x94(K\x01K\x02e.").is_ok());
    /// let error = options.read(b"cshop\nOrder\n.").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "GLOBAL at byte 0: shop.Order: not in the policy (R2); this line of a policy would allow it: \
    ///      allow.shop.Order = \"data\""
    /// );
    /// ```
    #[cfg(feature = "scan")]
    pub fn allow(mut self, policy: impl Into<Arc<crate::scan::Policy>>) -> Self {
        self.read.policy = Some(policy.into());
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

    /// How variants of a Rust enum are written that name no Python class. Default: [`EnumShape::Map`].
    #[cfg(feature = "serde")]
    pub fn enums(mut self, shape: EnumShape) -> Self {
        self.write.enums = shape;
        self
    }

    /// Reads the first pickle of `input`. What follows it is left alone.
    pub fn read<'a>(&self, input: &'a [u8]) -> Result<Graph<'a>> {
        self.read_with_buffers(input, [])
    }

    /// Reads the first pickle of `input` and says where it ends.
    pub fn read_first<'a>(&self, input: &'a [u8]) -> Result<(Graph<'a>, usize)> {
        self.first(input, Vec::new())
    }

    /// Reads the pickle that starts at a byte of `input` and says where it ends. Offsets in errors are those of `input`.
    #[cfg(feature = "torch")]
    pub(crate) fn read_at<'a>(&self, input: &'a [u8], at: usize) -> Result<(Graph<'a>, usize)> {
        self.first_at(input, at, Vec::new())
    }

    /// Reads the first pickle of `input`, whose out-of-band buffers are these, in order. Nothing is copied.
    pub fn read_with_buffers<'a>(
        &self,
        input: &'a [u8],
        buffers: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Graph<'a>> {
        let buffers = buffers.into_iter().map(Cow::Borrowed).collect();
        self.first(input, buffers).map(|(graph, _)| graph)
    }

    pub(crate) fn first<'a>(&self, input: &'a [u8], buffers: Vec<Cow<'a, [u8]>>) -> Result<(Graph<'a>, usize)> {
        self.read.limits.check_bytes(input.len())?;
        self.first_at(input, 0, buffers)
    }

    fn first_at<'a>(&self, input: &'a [u8], at: usize, buffers: Vec<Cow<'a, [u8]>>) -> Result<(Graph<'a>, usize)> {
        let mut loader = Loader::<Borrow>::new(&self.read);
        loader.paid(input.len() as u64);
        loader.graph.buffers = buffers;
        let mut ops = Ops::starting_at(input, at, self.read.rules);
        let root = ops.run(&mut self.machine(), &mut loader)?;
        loader.finish(root);
        Ok((loader.done()?, ops.offset()))
    }

    /// Reads all pickles of `input` into one graph, with one memo, as one `Unpickler` that loads until the input ends:
    /// what a `Pickler` writes that dumps several objects. Each has its root.
    pub fn read_all<'a>(&self, input: &'a [u8]) -> Result<Graph<'a>> {
        self.read.limits.check_bytes(input.len())?;
        let mut loader = Loader::<Borrow>::new(&self.read);
        loader.paid(input.len() as u64);
        let mut machine = self.machine();
        let mut ops = Ops::starting_at(input, 0, self.read.rules);
        let mut pickles = 0;
        while !ops.rest().is_empty() {
            self.read.limits.another(&mut pickles, ops.offset() as u64)?;
            loader.begin();
            let root = ops.run(&mut machine, &mut loader)?;
            loader.finish(root);
        }
        loader.done()
    }

    /// Reads one pickle from a reader, and nothing beyond it.
    pub fn read_from(&self, reader: impl Read) -> Result<Graph<'static>> {
        let mut loader = Loader::<Copied>::new(&self.read);
        let root = Input::new(reader).run_paid(&mut self.machine(), &mut loader, Loader::paid)?;
        loader.finish(root);
        loader.done()
    }

    /// Writes the graph: one pickle for each of its roots, with one memo.
    pub fn write(&self, graph: &Graph<'_>) -> Result<Vec<u8>> {
        self.emit(self.settings()?, graph, None, None, Vec::new())
    }

    /// The same into a buffer, whose content is replaced and whose memory is used again: for many small pickles.
    ///
    /// ```
    /// use brinery::{Options, pickle};
    /// let options = Options::new().protocol(2);
    /// let mut buffer = Vec::with_capacity(100);
    /// for (id, wanted) in [(1, b"\x80\x02K\x01\x85q\0."), (2, b"\x80\x02K\x02\x85q\0.")] {
    ///     options.write_into(&pickle!((id,)), &mut buffer)?;
    ///     assert_eq!((buffer.as_slice(), buffer.capacity()), (&wanted[..], 100));
    /// }
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn write_into(&self, graph: &Graph<'_>, buffer: &mut Vec<u8>) -> Result<()> {
        *buffer = self.emit(self.settings()?, graph, None, None, std::mem::take(buffer))?;
        Ok(())
    }

    /// Writes the graph to a writer, frame by frame.
    pub fn write_to(&self, graph: &Graph<'_>, mut writer: impl Write) -> Result<()> {
        self.emit(self.settings()?, graph, None, Some(&mut writer), Vec::new())
            .map(|_| ())
    }

    /// Writes the graph and asks of each buffer (its number, its bytes, whether it is read-only) whether it belongs in
    /// band; the others are left to the caller, as by Python's `buffer_callback`.
    pub fn write_with_buffers(
        &self,
        graph: &Graph<'_>,
        mut in_band: impl FnMut(usize, &[u8], bool) -> bool,
    ) -> Result<Vec<u8>> {
        self.emit(self.settings()?, graph, Some(&mut in_band), None, Vec::new())
    }

    fn emit<'g>(
        &'g self,
        settings: Settings,
        graph: &'g Graph<'_>,
        in_band: Option<InBand<'g>>,
        sink: Option<&mut dyn Write>,
        mut buffer: Vec<u8>,
    ) -> Result<Vec<u8>> {
        let same = graph.protocol == Some(settings.protocol) && !self.write.as_loaded;
        let output = self.read.limits.output;
        let most = graph.written(output);
        let mut source = GraphSource::new(graph, same, &self.read.extensions, self.write.python, in_band);
        source.bound(most, output);
        let mut emitter = Emitter::new(source, settings, sink);
        emitter.bound(most, output);
        buffer.clear();
        buffer.reserve(graph.likely().min(SMALL) as usize);
        emitter.reuse(buffer);
        for root in &graph.roots {
            emitter.dump(*root)?;
        }
        Ok(emitter.into_bytes())
    }

    pub(crate) fn settings(&self) -> Result<Settings> {
        match self.write.protocol {
            Some(protocol) if protocol > 5 => Err(ErrorKind::UnsupportedProtocol(protocol).into()),
            Some(protocol) => Ok(self.settings_in(protocol)),
            None => Ok(self.default_settings()),
        }
    }

    /// In the protocol that Python takes if none is named.
    pub(crate) fn default_settings(&self) -> Settings {
        self.settings_in(if self.write.python < Python::PROTOCOL_5 { 4 } else { 5 })
    }

    fn settings_in(&self, protocol: u8) -> Settings {
        Settings {
            protocol,
            python: self.write.python,
            fix_imports: self.read.fix_imports,
            fast: self.write.fast,
            digits: self.read.limits.digits,
            calls: usize::MAX,
            pids: usize::MAX,
        }
    }

    pub(crate) fn machine(&self) -> Machine<Ref> {
        #[allow(unused_mut)]
        let mut machine = Machine::new(self.read.rules, self.read.limits.clone());
        #[cfg(feature = "scan")]
        machine.gate.clone_from(&self.read.policy);
        machine
    }
}

impl<'a> Graph<'a> {
    /// Reads the first pickle of `input` with Python's defaults.
    ///
    /// ```
    /// let graph = brinery::Graph::from_slice(b"\x80\x04]\x94(K\x01K\x02e.")?;
    /// assert_eq!(graph.to_vec()?, b"\x80\x04\x95\x09\0\0\0\0\0\0\0]\x94(K\x01K\x02e.");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn from_slice(input: &'a [u8]) -> Result<Self> {
        DEFAULTS.read(input)
    }

    /// Writes the graph in the protocol it was read in, or else in Python's default.
    pub fn to_vec(&self) -> Result<Vec<u8>> {
        let settings = match self.protocol {
            Some(protocol) => DEFAULTS.settings_in(protocol),
            None => DEFAULTS.default_settings(),
        };
        DEFAULTS.emit(settings, self, None, None, Vec::new())
    }
}
