//! Several pickles in a row into values.

use super::{De, locate, scope::Scope, seen::Seen};
use crate::{
    error::{Error, ErrorKind, Result},
    graph::{Borrow, Copied, Graph, Loader, Ref},
    machine::Machine,
    ops::{Input, Ops},
    options::Options,
    serde::direct,
    stream::is_end,
};
use serde::de::{self, Deserialize};
use std::{fmt, io, marker::PhantomData};

/// Where a [`Deserializer`] reads from: a [`SliceRead`] or an [`IoRead`]. Nothing else can implement it.
pub trait Read<'de>: sealed::Read<'de> {}

mod sealed {
    use super::*;

    pub trait Read<'de> {
        /// The next pickle, or nothing where the input ends well.
        fn graph(&mut self, machine: &mut Machine<Ref>, options: &Options) -> Result<Option<Graph<'de>>>;
        fn offset(&self) -> u64;
        fn is_at_end(&mut self) -> Result<bool>;
        /// What was read from this offset on, where the last pickle started.
        fn since(&self, start: u64) -> Option<&[u8]>;
        /// The next pickle as a value, if it is at hand and can be read directly.
        fn direct<T: Deserialize<'de>>(&mut self, options: &Options) -> Option<T>;
    }
}

/// Reads from a slice.
#[derive(Debug)]
pub struct SliceRead<'de> {
    input: &'de [u8],
    ops: Ops<'de>,
}

/// Reads from a reader.
#[derive(Debug)]
pub struct IoRead<R> {
    input: Input<Seen<R>>,
}

impl<'de> Read<'de> for SliceRead<'de> {}

impl<'de> sealed::Read<'de> for SliceRead<'de> {
    fn graph(&mut self, machine: &mut Machine<Ref>, options: &Options) -> Result<Option<Graph<'de>>> {
        if self.ops.rest().is_empty() {
            return Ok(None);
        }
        let mut loader = Loader::<Borrow>::new(&options.read);
        let root = self.ops.run(machine, &mut loader)?;
        loader.finish(root);
        loader.done().map(Some)
    }

    fn offset(&self) -> u64 {
        self.ops.offset() as u64
    }

    fn is_at_end(&mut self) -> Result<bool> {
        Ok(self.ops.rest().is_empty())
    }

    fn since(&self, start: u64) -> Option<&[u8]> {
        self.input.get(start as usize..)
    }

    fn direct<T: Deserialize<'de>>(&mut self, options: &Options) -> Option<T> {
        if !options.read.reads_directly() {
            return None;
        }
        let (value, end) = direct::from_slice(self.input, self.ops.offset(), &options.read)?;
        self.ops = Ops::starting_at(self.input, end, options.read.rules);
        Some(value)
    }
}

impl<'de, R: io::Read> Read<'de> for IoRead<R> {}

impl<'de, R: io::Read> sealed::Read<'de> for IoRead<R> {
    fn graph(&mut self, machine: &mut Machine<Ref>, options: &Options) -> Result<Option<Graph<'de>>> {
        let start = self.input.offset();
        self.input.reader_mut().forget(start);
        let mut loader = Loader::<Copied>::new(&options.read);
        match self.input.run(machine, &mut loader) {
            Ok(root) => {
                loader.finish(root);
                loader.done().map(Some)
            }
            Err(failure) if is_end(&failure, start) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    fn offset(&self) -> u64 {
        self.input.offset()
    }

    fn is_at_end(&mut self) -> Result<bool> {
        Ok(self.input.is_at_end()?)
    }

    fn since(&self, start: u64) -> Option<&[u8]> {
        self.input.get_ref().since(start)
    }

    fn direct<T: Deserialize<'de>>(&mut self, _: &Options) -> Option<T> {
        None
    }
}

/// Reads pickles into values, one after the other: each with a memo of its own, as `pickle.load` called again.
///
/// It is serde's deserializer of the next pickle, so that all that can be done with one can be done with it.
///
/// ```
/// use serde::Deserialize;
/// let mut pickles = brinery::Deserializer::from_slice(b"K\x01.\x8c\x04lamp.");
/// let size = u8::deserialize(&mut pickles)?;
/// let name = <&str>::deserialize(&mut pickles)?;
/// assert_eq!((size, name, pickles.byte_offset()), (1, "lamp", 10));
/// pickles.end()?;
/// # Ok::<(), brinery::Error>(())
/// ```
pub struct Deserializer<R> {
    options: Options,
    machine: Machine<Ref>,
    read: R,
}

impl<'de> Deserializer<SliceRead<'de>> {
    /// The pickles of a slice.
    pub fn from_slice(input: &'de [u8]) -> Self {
        Options::default().deserializer(input)
    }
}

impl<R: io::Read> Deserializer<IoRead<R>> {
    /// The pickles of a reader, which should be buffered. Nothing is read ahead.
    pub fn from_reader(reader: R) -> Self {
        Options::default().deserializer_from(reader)
    }

    /// Gives the reader back, at the byte after the last pickle's STOP (or after its last frame, where that is longer).
    pub fn into_inner(self) -> R {
        self.read.input.into_inner().into_inner()
    }
}

impl Options {
    /// A [`Deserializer`] of the pickles of a slice, with these settings.
    ///
    /// ```
    /// use brinery::{Encoding, Options};
    /// let options = Options::new().encoding(Encoding::Latin1);
    /// let names = options.deserializer(b"U\x01\xe9.U\x01\xe8.").into_iter::<String>().collect::<Result<String, _>>()?;
    /// assert_eq!(names, "éè");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn deserializer<'de>(&self, input: &'de [u8]) -> Deserializer<SliceRead<'de>> {
        let ops = Ops::starting_at(input, 0, self.read.rules);
        self.deserializer_of(SliceRead { input, ops })
    }

    /// A [`Deserializer`] of the pickles of a reader, with these settings.
    pub fn deserializer_from<R: io::Read>(&self, reader: R) -> Deserializer<IoRead<R>> {
        let input = Input::new(Seen::new(reader));
        self.deserializer_of(IoRead { input })
    }

    fn deserializer_of<R>(&self, read: R) -> Deserializer<R> {
        Deserializer {
            options: self.clone(),
            machine: self.machine(),
            read,
        }
    }
}

impl<'de, R: Read<'de>> Deserializer<R> {
    /// How many bytes the pickles read so far took: where the next one starts.
    pub fn byte_offset(&self) -> usize {
        self.read.offset() as usize
    }

    /// An error if anything is left.
    ///
    /// # Errors
    /// [`ErrorKind::TrailingBytes`], or that of the reader.
    pub fn end(&mut self) -> Result<()> {
        if self.read.is_at_end()? {
            return Ok(());
        }
        Err(ErrorKind::TrailingBytes.at(self.read.offset(), None))
    }

    /// All further pickles as values of one type.
    #[allow(clippy::should_implement_trait)] // As serde_json's: the type of the values is a parameter.
    pub fn into_iter<T: Deserialize<'de>>(self) -> StreamDeserializer<'de, R, T> {
        StreamDeserializer {
            de: self,
            failed: false,
            values: PhantomData,
        }
    }

    /// Reads the next pickle, if there is one.
    fn next<T>(&mut self, read: impl FnOnce(De<'_, '_, 'de>) -> Result<T>) -> Result<Option<T>> {
        self.machine.clear_memo();
        let start = self.read.offset();
        let Some(graph) = self.read.graph(&mut self.machine, &self.options)? else {
            return Ok(None);
        };
        let scope = Scope::of_input(&graph, &self.options.read.limits).knowing(&self.options.read.registry);
        De::root(&scope, graph.root().id())
            .read(read)
            .map(Some)
            .map_err(|error| {
                let options = &self.options.read;
                let pickle = self.read.since(start).zip(error.place());
                let offset = pickle.and_then(|(pickle, place)| locate::offset(options, pickle, 0, place));
                error.at_offset(offset.map(|offset| start + offset))
            })
    }

    pub(super) fn ask<T>(&mut self, read: impl FnOnce(De<'_, '_, 'de>) -> Result<T>) -> Result<T> {
        match self.next(read)? {
            Some(value) => Ok(value),
            None => Err(ErrorKind::EndOfInput.at(self.read.offset(), None)),
        }
    }
}

impl<'de, R: Read<'de>> de::Deserializer<'de> for &mut Deserializer<R> {
    type Error = Error;

    forward_all!();
}

impl<R: fmt::Debug> fmt::Debug for Deserializer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deserializer")
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

/// The pickles of an input as values, until it ends between two, or an error.
///
/// ```
/// let mut sizes = brinery::Deserializer::from_slice(b"K\x01.K\x02.\x8c\x01x.K\x03.").into_iter::<u8>();
/// assert_eq!(sizes.next().transpose()?, Some(1));
/// assert_eq!(sizes.byte_offset(), 3);
/// assert_eq!(sizes.next().transpose()?, Some(2));
/// let error = sizes.next().unwrap().unwrap_err();
/// assert_eq!(error.to_string(), "at byte 6: expected u8, found the str 'x'");
/// assert!(sizes.next().is_none()); // nothing comes after an error
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug)]
pub struct StreamDeserializer<'de, R, T> {
    de: Deserializer<R>,
    failed: bool,
    values: PhantomData<(T, &'de ())>,
}

impl<'de, R: Read<'de>, T> StreamDeserializer<'de, R, T> {
    /// How many bytes the pickles read so far took: where the next one starts.
    pub fn byte_offset(&self) -> usize {
        self.de.byte_offset()
    }
}

impl<R: io::Read, T> StreamDeserializer<'_, IoRead<R>, T> {
    /// Gives the reader back, at the byte after the last pickle's STOP (or after its last frame, where that is longer).
    pub fn into_inner(self) -> R {
        self.de.into_inner()
    }
}

impl<'de, R: Read<'de>, T: Deserialize<'de>> Iterator for StreamDeserializer<'de, R, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if self.failed {
            return None;
        }
        if let Some(value) = self.de.read.direct(&self.de.options) {
            return Some(Ok(value));
        }
        let next = self.de.next(|de| T::deserialize(de));
        self.failed = next.is_err();
        next.transpose()
    }
}

impl<'de, R: Read<'de>, T: Deserialize<'de>> std::iter::FusedIterator for StreamDeserializer<'de, R, T> {}
