//! A pickle put together from values, of which some are pickles themselves.

use super::{
    content::Content,
    part::{GET_SIZE, Part},
    scan::Names,
};
#[cfg(not(feature = "serde"))]
use crate::emit::Lower;
#[cfg(feature = "serde")]
use crate::serde::ser::Push;
use crate::{
    emit::Settings,
    error::{ErrorKind, Result},
    graph::Graph,
    opcode::Op,
    options::Options,
};
use std::{io::Sink, sync::Arc};

/// A pickle under construction, put together from values of all kinds: see [`Content`].
///
/// Pickles go into it unread, in whatever protocol they are: their memo indices are moved behind those that were given
/// before, all is framed anew, and where names are looked up by other rules (below protocol 3 `__builtin__` is
/// `builtins`, below 4 a dotted name is one name), PROTO puts these into force for the part, as CPython's unpickler lets it
/// do in the middle of a pickle. What is loaded are the objects that the pickles give apart, loaded one after the other.
///
/// Values of other kinds share one memo, so that the names of Rust's fields are written once. Persistent ids and
/// out-of-band buffers are those of the whole pickle.
///
/// ```
/// use brinery::{Pickle, Splice};
/// let mut splice = Splice::new();
/// splice.dict()?;
/// splice.text("when")?.value(&Pickle(b"cdatetime\ndate\n(I2026\nI1\nI2\ntR."))?; // protocol 0
/// splice.text("what")?.value(&Pickle(b"\x80\x04\x8c\x04lamp\x94."))?; // protocol 4
/// let bytes = splice.end()?.finish()?;
/// let graph = brinery::Graph::from_slice(&bytes)?;
/// assert_eq!(graph.root().to_string(), "{'when': datetime.date(2026, 1, 2), 'what': 'lamp'}");
/// # Ok::<(), brinery::Error>(())
/// ```
pub struct Splice {
    #[cfg(feature = "serde")]
    push: Push<Sink>,
    #[cfg(not(feature = "serde"))]
    w: Lower<Sink>,
    options: Arc<Options>,
    /// The highest protocol of any part, or the one that was asked for.
    protocol: u8,
    /// The innermost open container, or what is around them all.
    level: Level,
    /// The open containers around it.
    outer: Vec<Level>,
    /// Whether a value was begun and could not be written to its end.
    broken: bool,
}

/// An open container.
#[derive(Debug, Clone, Copy)]
struct Level {
    kind: Kind,
    /// How many values it has so far.
    values: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pickle,
    Tuple,
    List,
    Dict,
}

/// What is around all containers, with so many values.
const fn around(values: usize) -> Level {
    Level {
        kind: Kind::Pickle,
        values,
    }
}

/// The lower half of the emitter, wherever it is kept.
macro_rules! w {
    ($splice:ident) => {{
        #[cfg(feature = "serde")]
        let w = &mut $splice.push.w;
        #[cfg(not(feature = "serde"))]
        let w = &mut $splice.w;
        w
    }};
}

impl Default for Splice {
    fn default() -> Self {
        Splice::new()
    }
}

impl std::fmt::Debug for Splice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Splice")
            .field("protocol", &self.protocol)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

impl Splice {
    /// A pickle of protocol 4, or of 5 if one of its parts is.
    pub fn new() -> Self {
        let options = Options::new();
        let settings = options.default_settings();
        let mut splice = Splice::unbegun(Arc::new(options), settings);
        w!(splice).start();
        splice
    }

    /// A pickle with these settings. If they name a protocol, it must be 2 to 5 and not below that of a part.
    ///
    /// ```
    /// use brinery::{Options, Pickle, Splice};
    /// let mut splice = Splice::with_options(&Options::new().protocol(2))?;
    /// splice.list()?.value(&Pickle(b"\x80\x02K\x01."))?;
    /// let error = splice.value(&Pickle(b"\x80\x04K\x01.")).unwrap_err();
    /// assert_eq!(error.to_string(), "a part needs a higher protocol than that of the pickle around it");
    /// assert_eq!(splice.end()?.finish()?, b"\x80\x02](K\x01e.");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn with_options(options: &Options) -> Result<Self> {
        let settings = options.settings()?;
        if settings.protocol < 2 {
            return Err(ErrorKind::Unwritable("pickles are spliced into protocol 2 and above").into());
        }
        let mut splice = Splice::unbegun(Arc::new(options.clone()), settings);
        w!(splice).start();
        Ok(splice)
    }

    fn unbegun(options: Arc<Options>, settings: Settings) -> Self {
        Splice {
            #[cfg(feature = "serde")]
            push: Push::new(settings, options.write.enums, options.read.extensions.clone(), None),
            #[cfg(not(feature = "serde"))]
            w: Lower::new(settings, None),
            options,
            protocol: settings.protocol,
            level: around(0),
            outer: Vec::new(),
            broken: false,
        }
    }

    /// Puts a value here: of the pickle, or of the open container. In a dict, keys and values follow each other.
    pub fn value<C: Content + ?Sized>(&mut self, content: &C) -> Result<&mut Self> {
        content.write_into(self)?;
        Ok(self)
    }

    /// Puts a `str` here.
    pub fn text(&mut self, text: &str) -> Result<&mut Self> {
        self.begin()?;
        w!(self).str(text.as_bytes())?;
        Ok(self)
    }

    /// Puts exactly one value here, or an empty tuple or dict in place of `None`.
    #[cfg(feature = "task")]
    pub(crate) fn filled<C: Content + ?Sized>(&mut self, content: &C, empty: Op<'static>) -> Result<&mut Self> {
        w!(self).out.boundary()?;
        let (values, open, at) = (self.level.values, self.outer.len(), w!(self).out.bytes.len());
        content.write_into(self)?;
        if (self.level.values, self.outer.len()) != (values + 1, open) {
            return Err(ErrorKind::Unwritable("one value is needed here").into());
        }
        let bytes = &mut w!(self).out.bytes;
        if bytes.get(at..) == Some(&[Op::None.code()]) {
            bytes.truncate(at);
            empty.write(bytes);
        }
        Ok(self)
    }

    /// Opens a tuple.
    pub fn tuple(&mut self) -> Result<&mut Self> {
        self.open(Kind::Tuple, None)
    }

    /// Opens a list.
    pub fn list(&mut self) -> Result<&mut Self> {
        self.open(Kind::List, Some(Op::EmptyList))
    }

    /// Opens a dict.
    pub fn dict(&mut self) -> Result<&mut Self> {
        self.open(Kind::Dict, Some(Op::EmptyDict))
    }

    /// Ends the tuple, list or dict that was opened last.
    pub fn end(&mut self) -> Result<&mut Self> {
        let op = match self.level.kind {
            Kind::Pickle => return Err(ErrorKind::Unwritable("no container is open").into()),
            Kind::Dict if self.level.values % 2 == 1 => return Err(ErrorKind::OddItems.into()),
            Kind::Tuple => Op::Tuple,
            Kind::List => Op::Appends,
            Kind::Dict => Op::SetItems,
        };
        w!(self).out.op(op);
        self.level = self.outer.pop().unwrap_or(around(1));
        Ok(self)
    }

    /// The pickle, which must have its one value.
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        if self.broken {
            return Err(ErrorKind::Unwritable("a value of it could not be written").into());
        }
        if self.level.kind != Kind::Pickle {
            return Err(ErrorKind::Unwritable("a container is still open").into());
        }
        if self.level.values == 0 {
            return Err(ErrorKind::Unwritable("it has no value").into());
        }
        // What comes now would stand behind STOP.
        self.broken = true;
        let protocol = self.protocol;
        let w = w!(self);
        w.finish()?;
        let mut bytes = std::mem::take(&mut w.out.bytes);
        // PROTO and its number stand first, and mean the same in 4 and 5.
        if let Some(number) = bytes.get_mut(1) {
            *number = protocol;
        }
        Ok(bytes)
    }

    /// The place where a value comes.
    #[inline(always)]
    fn begin(&mut self) -> Result<(), ErrorKind> {
        if self.level.kind == Kind::Pickle && self.level.values > 0 {
            return Err(ErrorKind::Unwritable("a pickle has one value"));
        }
        self.level.values += 1;
        w!(self).out.boundary()
    }

    fn open(&mut self, kind: Kind, empty: Option<Op<'static>>) -> Result<&mut Self> {
        self.begin()?;
        let w = w!(self);
        empty.into_iter().for_each(|op| w.out.op(op));
        w.out.op(Op::Mark);
        if self.level.kind != Kind::Pickle {
            self.outer.push(self.level);
        }
        self.level = Level { kind, values: 0 };
        Ok(self)
    }

    /// Puts a graph here.
    pub(super) fn graph(&mut self, graph: &Graph<'_>) -> Result<()> {
        let protocol = w!(self).settings.protocol;
        let options = Options::clone(&self.options).protocol(protocol);
        self.part(&Part::new(&options.write(graph)?)?)
    }

    /// Puts a Rust value here.
    #[cfg(feature = "serde")]
    #[inline(always)]
    pub(super) fn serialize<T: ::serde::Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.begin()?;
        let before = std::mem::replace(&mut self.broken, true);
        value.serialize(&mut self.push)?;
        self.broken = before;
        Ok(())
    }

    /// Puts a pickle here.
    pub(super) fn part(&mut self, part: &Part) -> Result<()> {
        if part.protocol > self.protocol {
            if self.options.write.protocol.is_some() {
                return Err(
                    ErrorKind::Unwritable("a part needs a higher protocol than that of the pickle around it").into(),
                );
            }
            self.protocol = part.protocol;
        }
        self.begin()?;
        let protocol = self.protocol;
        let w = w!(self);
        let outside = Names::of(protocol);
        if let Some((first, _)) = part.names
            && first != outside
        {
            w.out.op(first.proto());
        }
        // A fetch may need no more bytes here than in the part.
        if w.settings.protocol >= 4 && part.size() < w.out.room() {
            self.copy(part)?;
        } else {
            self.walk(part)?;
        }
        if let Some((_, last)) = part.names
            && last != outside
        {
            w!(self).out.op(Op::Proto(protocol));
        }
        Ok(())
    }

    /// Takes over what fits into the open frame: all but the fetches is as it should be.
    fn copy(&mut self, part: &Part) -> Result<(), ErrorKind> {
        let w = w!(self);
        let base = w.give(part.memo)?;
        let mut done = 0;
        for &at in &part.gets {
            w.out.bytes.extend_from_slice(&part.image[done..at]);
            done = at + GET_SIZE;
            if let Ok((_, Op::LongBinGet(entry))) = Op::parse(&part.image[at..done]) {
                w.get(base + entry);
            }
        }
        w.out.bytes.extend_from_slice(&part.image[done..]);
        Ok(())
    }

    /// Takes over one opcode after the other, any of which may be the first of a frame.
    fn walk(&mut self, part: &Part) -> Result<(), ErrorKind> {
        let w = w!(self);
        let base = w.memo_len();
        let mut rest = &*part.image;
        while let Ok((behind, op)) = Op::parse(rest) {
            w.out.boundary()?;
            match op {
                Op::Memoize => drop(w.store()?),
                Op::LongBinGet(entry) => w.get(base + entry),
                _ => w.out.payload(op, rest.len() - behind.len())?,
            }
            rest = behind;
        }
        Ok(())
    }
}

/// The beginning of a pickle, to go on from any number of times.
#[cfg(feature = "task")]
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    bytes: Vec<u8>,
    frame: Option<usize>,
    memo: u32,
    protocol: u8,
    settings: Settings,
    options: Arc<Options>,
    level: Level,
    outer: Vec<Level>,
}

#[cfg(feature = "task")]
impl Begun {
    /// What was written so far.
    pub(crate) fn of(splice: Splice) -> Begun {
        #[cfg(feature = "serde")]
        let w = splice.push.w;
        #[cfg(not(feature = "serde"))]
        let w = splice.w;
        let (memo, settings) = (w.memo_len(), w.settings);
        let (mut bytes, frame) = w.out.pause();
        bytes.shrink_to_fit();
        Begun {
            bytes,
            frame,
            memo,
            protocol: splice.protocol,
            settings,
            options: splice.options,
            level: splice.level,
            outer: splice.outer,
        }
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Goes on from here, with room for so many bytes more.
    pub(crate) fn go_on(&self, more: usize) -> Result<Splice> {
        let mut splice = Splice::unbegun(self.options.clone(), self.settings);
        let w = w!(splice);
        w.out.resume(&self.bytes, self.frame, more);
        w.give(self.memo)?;
        splice.protocol = self.protocol;
        splice.level = self.level;
        splice.outer.clone_from(&self.outer);
        Ok(splice)
    }
}
