//! Several pickles in a row, and pickles behind a length.

use crate::{
    error::{ErrorKind, Result},
    graph::{Borrow, Copied, Graph, Loader, Ref},
    machine::Machine,
    ops::{Failure, Input, Ops},
    options::Options,
    settings::ReadOptions,
};
use std::{
    io::{Read, Write},
    ops::Range,
};

/// The pickles of a byte slice, one after the other, each with a memo of its own. See [`Options::iter`].
#[derive(Debug)]
pub struct Pickles<'o, 'a> {
    options: &'o ReadOptions,
    machine: Machine<Ref>,
    ops: Ops<'a>,
    pickles: u64,
    failed: bool,
}

impl<'a> Pickles<'_, 'a> {
    /// Where the next pickle starts.
    pub fn offset(&self) -> usize {
        self.ops.offset()
    }
}

impl<'a> Iterator for Pickles<'_, 'a> {
    type Item = Result<(Graph<'a>, Range<usize>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.ops.rest().is_empty() {
            return None;
        }
        let start = self.ops.offset();
        let limits = &self.options.limits;
        let input = start + self.ops.rest().len();
        if let Err(error) = limits
            .check_bytes(input)
            .and(limits.another(&mut self.pickles, start as u64))
        {
            self.failed = true;
            return Some(Err(error));
        }
        self.machine.clear_memo();
        let mut loader = Loader::<Borrow>::new(self.options);
        loader.paid(input as u64);
        let root = self.ops.run(&mut self.machine, &mut loader);
        self.failed = root.is_err();
        let graph = root.map_err(Into::into).and_then(|root| {
            loader.finish(root);
            loader.done()
        });
        Some(graph.map(|graph| (graph, start..self.ops.offset())))
    }
}

/// The pickles of a reader, one after the other, each with a memo of its own. See [`Options::stream`].
#[derive(Debug)]
pub struct Stream<'o, R> {
    options: &'o ReadOptions,
    machine: Machine<Ref>,
    input: Input<R>,
    pickles: u64,
    failed: bool,
}

impl<R: Read> Stream<'_, R> {
    /// How many bytes the pickles read so far took.
    pub fn offset(&self) -> u64 {
        self.input.offset()
    }

    /// Gives the reader back, at the byte after the last pickle's STOP (or after its last frame, where that is longer).
    pub fn into_inner(self) -> R {
        self.input.into_inner()
    }
}

impl<R: Read> Iterator for Stream<'_, R> {
    type Item = Result<Graph<'static>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let start = self.input.offset();
        self.machine.clear_memo();
        let mut loader = Loader::<Copied>::new(self.options);
        match self.input.run_paid(&mut self.machine, &mut loader, Loader::paid) {
            Ok(root) => {
                if let Err(error) = self.options.limits.another(&mut self.pickles, start) {
                    self.failed = true;
                    return Some(Err(error));
                }
                loader.finish(root);
                Some(loader.done())
            }
            Err(failure) => {
                self.failed = true;
                (!is_end(&failure, start)).then(|| Err(failure.into()))
            }
        }
    }
}

/// Whether the input has ended where a pickle should start, which is the good end of several.
pub(crate) fn is_end(failure: &Failure<ErrorKind>, start: u64) -> bool {
    matches!(failure.error, ErrorKind::EndOfInput) && failure.offset == start
}

impl Options {
    /// The pickles of `input` in a row, each as a graph of its own with the bytes it takes, until the input ends or one is
    /// bad. For pickles that share a memo: [`read_all`](Options::read_all).
    ///
    /// ```
    /// let options = brinery::Options::new();
    /// let pickles: Vec<_> = options.iter(b"K\x01.K\x02.").collect::<Result<_, _>>()?;
    /// let found: Vec<_> = pickles.iter().map(|(graph, range)| (graph.root().as_i64(), range.clone())).collect();
    /// assert_eq!(found, [(Some(1), 0..3), (Some(2), 3..6)]);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn iter<'o, 'a>(&'o self, input: &'a [u8]) -> Pickles<'o, 'a> {
        Pickles {
            options: &self.read,
            machine: self.machine(),
            ops: Ops::starting_at(input, 0, self.read.rules),
            pickles: 0,
            failed: false,
        }
    }

    /// The pickles of a reader in a row, until it ends between two or one is bad. Nothing is read ahead, so give it a
    /// [`BufReader`](std::io::BufReader).
    pub fn stream<R: Read>(&self, reader: R) -> Stream<'_, R> {
        Stream {
            options: &self.read,
            machine: self.machine(),
            input: Input::new(reader),
            pickles: 0,
            failed: false,
        }
    }

    /// Reads all pickles of a reader, to its end, into one graph with one memo: [`read_all`](Options::read_all) for what is
    /// not in memory.
    ///
    /// ```
    /// let wire = b"\x80\x04]\x94.\x80\x04h\0."; // one Pickler, the same list twice
    /// let graph = brinery::Options::new().read_all_from(&wire[..])?;
    /// let [first, second] = graph.roots().collect::<Vec<_>>()[..] else { panic!() };
    /// assert!(first.is(second));
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn read_all_from(&self, reader: impl Read) -> Result<Graph<'static>> {
        let mut input = Input::new(reader);
        let mut machine = self.machine();
        let mut loader = Loader::<Copied>::new(&self.read);
        let mut pickles = 0;
        loop {
            let start = input.offset();
            loader.begin();
            match input.run_paid(&mut machine, &mut loader, Loader::paid) {
                Ok(root) => {
                    self.read.limits.another(&mut pickles, start)?;
                    loader.finish(root);
                }
                Err(failure) if is_end(&failure, start) => return loader.done(),
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// Reads a pickle that follows its length as four bytes, most significant first, as Graphite's receivers do; `None` at
    /// the end of the reader. The length must be the pickle's own: bytes left over are an error.
    ///
    /// ```
    /// use brinery::{Options, pickle};
    /// let options = Options::new().protocol(2);
    /// let mut wire = Vec::new();
    /// options.write_framed(&pickle!([("load", (1700000000, 0.5))]), &mut wire)?;
    /// assert_eq!(wire[..4], (wire.len() as u32 - 4).to_be_bytes());
    /// let graph = options.read_framed(&mut wire.as_slice())?.unwrap();
    /// assert_eq!(graph.root().to_string(), "[('load', (1700000000, 0.5))]");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn read_framed(&self, mut reader: impl Read) -> Result<Option<Graph<'static>>> {
        let mut header = [0; 4];
        let mut got = 0;
        while got < header.len() {
            match reader.read(&mut header[got..]) {
                Ok(0) if got == 0 => return Ok(None),
                Ok(0) => return Err(ErrorKind::Truncated.into()),
                Ok(n) => got += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let length = u32::from_be_bytes(header);
        self.read.limits.check_bytes(length as usize)?;
        let mut bytes = Vec::new();
        reader.take(length.into()).read_to_end(&mut bytes)?;
        if bytes.len() < length as usize {
            return Err(ErrorKind::Truncated.into());
        }
        let (graph, end) = self.read_first(&bytes)?;
        if end < bytes.len() {
            return Err(ErrorKind::TrailingBytes.at(end as u64, None));
        }
        Ok(Some(graph.into_owned()))
    }

    /// Writes the graph behind its length as four bytes, most significant first.
    pub fn write_framed(&self, graph: &Graph<'_>, mut writer: impl Write) -> Result<()> {
        let bytes = self.write(graph)?;
        let length = u32::try_from(bytes.len());
        let length = length.map_err(|_| ErrorKind::Unwritable("more than 4 GiB behind a length of four bytes"))?;
        writer.write_all(&length.to_be_bytes())?;
        Ok(writer.write_all(&bytes)?)
    }
}
