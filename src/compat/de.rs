//! Reading.

pub use super::options::DeOptions;

use super::{
    error::{Error, ErrorCode, Result},
    options::{MAX_DEPTH, MAX_TYPED_DEPTH},
    plain::Context,
    tree,
    typed::Typed,
    value::Value,
};
use crate::{
    Ref,
    graph::{Copied, Loader},
    machine::Machine,
    ops::Input,
};
use serde::{
    Deserialize,
    de::{self, Visitor},
    forward_to_deserialize_any,
};
use std::{
    fmt,
    io::{self, BufReader, Read},
    iter::FusedIterator,
};

/// Reads pickles in a row from a reader, which is read ahead.
///
/// The memo goes on from one to the next, as those need that one Python `Pickler` wrote; between pickles that stand
/// alone call [`reset_memo`](Deserializer::reset_memo).
///
/// ```
/// use brinery::compat::{DeOptions, Deserializer, Result};
/// use serde::Deserialize;
/// let bytes = b"\x80\x04K\x01.\x80\x04\x8c\x03two\x94.";
/// let mut from = Deserializer::new(&bytes[..], DeOptions::new());
/// assert_eq!(u8::deserialize(&mut from)?, 1);
/// from.reset_memo();
/// assert_eq!(String::deserialize(&mut from)?, "two");
/// from.end()?;
/// # Ok::<(), brinery::compat::Error>(())
/// ```
pub struct Deserializer<R: Read> {
    input: Input<BufReader<R>>,
    machine: Machine<Ref>,
    loader: Loader<'static, 'static, Copied>,
    options: DeOptions,
}

impl<R: Read> fmt::Debug for Deserializer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deserializer")
            .field("offset", &self.input.offset())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<R: Read> Deserializer<R> {
    /// A deserializer at the start of the reader.
    pub fn new(reader: R, options: DeOptions) -> Deserializer<R> {
        let engine = options.engine();
        Deserializer {
            input: Input::new(BufReader::new(reader)),
            machine: engine.machine(),
            loader: Loader::new(&engine.read),
            options,
        }
    }

    /// Forgets what the pickles so far put into the memo.
    pub fn reset_memo(&mut self) {
        self.machine.clear_memo();
        self.loader = Loader::new(&self.options.engine().read);
    }

    /// Reads the next pickle as a value.
    pub fn deserialize_value(&mut self) -> Result<Value> {
        let root = self.next()?;
        let context = Context::new(&self.loader.graph, &self.options, MAX_DEPTH);
        tree::unfold(self.loader.graph.value(root), &context)
    }

    /// An error unless the reader is at its end.
    pub fn end(&mut self) -> Result<()> {
        match self.input.is_at_end().map_err(crate::Error::from)? {
            true => Ok(()),
            false => Err(Error::Eval(ErrorCode::TrailingBytes, self.input.offset() as usize)),
        }
    }

    fn next(&mut self) -> Result<Ref> {
        self.loader.begin();
        let root = (self.input).run_paid(&mut self.machine, &mut self.loader, Loader::paid);
        root.map_err(|failure| crate::Error::from(failure).into())
    }
}

/// Hands each method on to the next pickle's value.
macro_rules! next_pickle {
    ($($method:ident($($arg:ident: $ty:ty),*);)*) => { $(
        fn $method<V: Visitor<'de>>(self, $($arg: $ty,)* visitor: V) -> Result<V::Value> {
            let root = self.next()?;
            let context = Context::new(&self.loader.graph, &self.options, MAX_TYPED_DEPTH);
            de::Deserializer::$method(Typed::new(self.loader.graph.value(root), &context), $($arg,)* visitor)
        }
    )* };
}

impl<'de, R: Read> de::Deserializer<'de> for &mut Deserializer<R> {
    type Error = Error;

    next_pickle! {
        deserialize_any();
        deserialize_option();
        deserialize_seq();
        deserialize_unit();
        deserialize_str();
        deserialize_identifier();
        deserialize_ignored_any();
        deserialize_newtype_struct(name: &'static str);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 i8 i16 i32 i64 i128 u128 f32 f64 char string bytes byte_buf
        map tuple tuple_struct struct unit_struct
    }
}

/// What an iterator may give to be read from: a byte, or some, or such a thing in a result.
pub trait Chunk {
    /// The bytes.
    type Bytes: AsRef<[u8]>;

    /// The bytes, unless there was an error.
    fn chunk(self) -> io::Result<Self::Bytes>;
}

macro_rules! chunks {
    ($([$($generics:tt)*] $ty:ty => $bytes:ty, $value:ident, $chunk:expr;)*) => { $(
        impl<$($generics)*> Chunk for $ty {
            type Bytes = $bytes;

            fn chunk(self) -> io::Result<$bytes> {
                let $value = self;
                Ok($chunk)
            }
        }
    )* };
}
chunks! {
    [] u8 => [u8; 1], byte, [byte];
    [] &u8 => [u8; 1], byte, [*byte];
    [const N: usize] [u8; N] => [u8; N], bytes, bytes;
    ['a, const N: usize] &'a [u8; N] => &'a [u8; N], bytes, bytes;
    ['a] &'a [u8] => &'a [u8], bytes, bytes;
    [] Vec<u8> => Vec<u8>, bytes, bytes;
    ['a] &'a Vec<u8> => &'a [u8], bytes, bytes;
    [] String => String, text, text;
    ['a] &'a String => &'a [u8], text, text.as_bytes();
    ['a] &'a str => &'a [u8], text, text.as_bytes();
}

impl<C: Chunk, E> Chunk for std::result::Result<C, E>
where
    io::Error: From<E>,
{
    type Bytes = C::Bytes;

    fn chunk(self) -> io::Result<C::Bytes> {
        self?.chunk()
    }
}

/// Reads from an iterator's chunks.
struct Chunks<I: Iterator<Item: Chunk>> {
    iter: I,
    now: Option<<I::Item as Chunk>::Bytes>,
    at: usize,
}

impl<I: Iterator<Item: Chunk>> Read for Chunks<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(now) = &self.now
                && let Some(mut rest) = now.as_ref().get(self.at..)
                && !rest.is_empty()
            {
                let got = rest.read(buffer)?;
                self.at += got;
                return Ok(got);
            }
            match self.iter.next() {
                Some(next) => (self.now, self.at) = (Some(next.chunk()?), 0),
                None => return Ok(0),
            }
        }
    }
}

fn read_iter<I: Iterator<Item: Chunk>>(iter: I) -> Chunks<I> {
    Chunks { iter, now: None, at: 0 }
}

/// Reads one pickle from a reader, to the reader's end, as a Rust value.
pub fn from_reader<'de, R: io::Read, T: Deserialize<'de>>(reader: R, options: DeOptions) -> Result<T> {
    let mut from = Deserializer::new(reader, options);
    let value = T::deserialize(&mut from)?;
    from.end()?;
    Ok(value)
}

/// Reads one pickle, which must be all there is, as a Rust value.
///
/// ```
/// use brinery::compat::{DeOptions, from_slice};
/// let pair: (u8, String) = from_slice(b"\x80\x04K\x01\x8c\x03two\x86.", DeOptions::new())?;
/// assert_eq!(pair, (1, "two".into()));
/// # Ok::<(), brinery::compat::Error>(())
/// ```
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &[u8], options: DeOptions) -> Result<T> {
    let graph = read(bytes, &options)?;
    let context = Context::new(&graph, &options, MAX_TYPED_DEPTH);
    T::deserialize(Typed::new(graph.root(), &context))
}

/// Reads one pickle from the chunks of an iterator, to its end, as a Rust value.
pub fn from_iter<'de, E, I, T>(iter: I, options: DeOptions) -> Result<T>
where
    E: Chunk,
    I: FusedIterator<Item = E>,
    T: Deserialize<'de>,
{
    from_reader(read_iter(iter), options)
}

/// Reads one pickle from a reader, to the reader's end, as a value.
pub fn value_from_reader<R: io::Read>(reader: R, options: DeOptions) -> Result<Value> {
    let mut from = Deserializer::new(reader, options);
    let value = from.deserialize_value()?;
    from.end()?;
    Ok(value)
}

/// Reads one pickle, which must be all there is, as a value.
pub fn value_from_slice(bytes: &[u8], options: DeOptions) -> Result<Value> {
    let graph = read(bytes, &options)?;
    options.unfold(graph.root())
}

/// Reads one pickle from the chunks of an iterator, to its end, as a value.
pub fn value_from_iter<E, I>(iter: I, options: DeOptions) -> Result<Value>
where
    E: Chunk,
    I: FusedIterator<Item = E>,
{
    value_from_reader(read_iter(iter), options)
}

fn read<'a>(bytes: &'a [u8], options: &DeOptions) -> Result<crate::Graph<'a>> {
    let (graph, end) = options.engine().read_first(bytes)?;
    match end < bytes.len() {
        true => Err(Error::Eval(ErrorCode::TrailingBytes, end)),
        false => Ok(graph),
    }
}
