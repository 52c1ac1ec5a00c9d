//! Bytes to graph.

use super::{Notes, code, codes::*};
use crate::{
    Graph, Heap, Int, Limits, Ref,
    error::{Error, ErrorKind, Result},
    function::Code,
    graph::{Borrow, Loader, Node, Span},
    number,
    settings::ReadOptions,
    text::Text,
};
use num_bigint::BigInt;

/// What is open: an object whose parts are being read.
struct Frame {
    kind: Open,
    /// The number it has for references, if it has one.
    slot: Option<usize>,
    /// The byte where it starts.
    start: usize,
    /// Where its parts begin among the values.
    base: usize,
    /// The object, where it is there from the beginning.
    node: Ref,
    /// How many open objects up to this one, itself included, hold items by hash; and how many hold them otherwise than
    /// a tuple does. See [`Reader::refer`].
    hashing: usize,
    breaking: usize,
}

/// The kinds of open objects.
enum Open {
    /// So many items are still to come.
    Tuple(usize),
    List(usize),
    Set(usize),
    FrozenSet(usize),
    Dict,
    Code(Box<Numbers>),
}

/// The numbers in a code object.
#[derive(Default)]
struct Numbers {
    counts: [i32; 6],
    firstlineno: i32,
}

/// What a reference can refer to.
#[derive(Clone, Copy)]
enum Slot {
    Whole(Ref),
    /// A tuple that is open: which frame.
    OpenTuple(Ref, usize),
    /// Open, and not there before it is whole.
    Nothing,
}

struct Reader<'a, 'o> {
    input: &'a [u8],
    at: usize,
    loader: Loader<'a, 'o, Borrow>,
    notes: Notes,
    layout: code::Layout,
    minor: u8,
    limit: usize,
    slots: Vec<Slot>,
    values: Vec<Ref>,
    open: Vec<Frame>,
    code_type: Option<Ref>,
    complex_type: Option<Ref>,
}

/// Reads the object that starts at a byte of the input.
pub(super) fn read<'a>(input: &'a [u8], at: usize, minor: u8, limits: &Limits) -> Result<(Graph<'a>, Notes, usize)> {
    let options = ReadOptions {
        limits: limits.clone(),
        ..ReadOptions::default()
    };
    let mut reader = Reader {
        input,
        at,
        loader: Loader::new(&options),
        notes: Notes::default(),
        layout: code::Layout::of(minor),
        minor,
        limit: limits.stack,
        slots: Vec::new(),
        values: Vec::new(),
        open: Vec::new(),
        code_type: None,
        complex_type: None,
    };
    let root = reader.run()?;
    reader.loader.finish(root);
    let Reader { loader, notes, at, .. } = reader;
    let mut graph = loader.graph;
    // It was read in no protocol of pickle.
    graph.protocol = None;
    Ok((graph, notes, at))
}

fn malformed(why: impl Into<String>) -> ErrorKind {
    ErrorKind::Malformed(why.into().into())
}

impl<'a> Reader<'a, '_> {
    fn run(&mut self) -> Result<Ref> {
        loop {
            let start = self.at;
            self.object(start).map_err(|why| why.at(start as u64, None))?;
            // What became whole may make whole what it is in.
            while let Some(frame) = self.open.last() {
                let start = frame.start as u64;
                if !self.is_whole()? {
                    break;
                }
                self.close().map_err(|why| why.at(start, None))?;
            }
            if self.open.is_empty()
                && let Some(root) = self.values.pop()
            {
                return Ok(root);
            }
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], ErrorKind> {
        let taken = self
            .input
            .get(self.at..)
            .and_then(|rest| rest.get(..count))
            .ok_or(ErrorKind::Truncated)?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ErrorKind> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| ErrorKind::Truncated)
    }

    fn byte(&mut self) -> Result<u8, ErrorKind> {
        self.array().map(|[byte]| byte)
    }

    fn int(&mut self) -> Result<i32, ErrorKind> {
        self.array().map(i32::from_le_bytes)
    }

    fn size(&mut self) -> Result<usize, ErrorKind> {
        usize::try_from(self.int()?).map_err(|_| ErrorKind::NegativeLength)
    }

    fn float(&mut self) -> Result<f64, ErrorKind> {
        self.array().map(f64::from_le_bytes)
    }

    /// A float as text. One that overflows is refused, where CPython makes it infinite: it writes `inf` itself.
    fn float_text(&mut self) -> Result<f64, ErrorKind> {
        let length = self.byte()?;
        number::float_line(self.take(length.into())?)
    }

    /// Reads one object up to its parts: an atom becomes a value, a container is opened.
    fn object(&mut self, start: usize) -> Result<(), ErrorKind> {
        let byte = self.byte().map_err(|_| ErrorKind::Truncated)?;
        let flag = byte & FLAG_REF != 0;
        let code = byte & !FLAG_REF;
        let value = match code {
            NULL => return self.null(),
            // These have no number, whatever the flag says.
            NONE => return self.push(Ref::NONE),
            FALSE => return self.push(Ref::FALSE),
            TRUE => return self.push(Ref::TRUE),
            STOP_ITERATION => {
                let value = self.import("builtins", "StopIteration")?;
                return self.push(value);
            }
            ELLIPSIS => {
                let value = self.import("builtins", "Ellipsis")?;
                return self.push(value);
            }
            REF => {
                let index = self.int()?;
                return self.refer(index);
            }
            INT => {
                let value = self.int()?;
                self.loader.int(value.into())?
            }
            INT64 => {
                let value = self.array().map(i64::from_le_bytes)?;
                self.loader.int(value)?
            }
            LONG => {
                let value = self.long()?;
                self.loader.long(value)?
            }
            FLOAT => {
                let value = self.float_text()?;
                self.loader.float(value)?
            }
            BINARY_FLOAT => {
                let value = self.float()?;
                self.loader.float(value)?
            }
            COMPLEX => {
                let parts = [self.float_text()?, self.float_text()?];
                self.complex(parts)?
            }
            BINARY_COMPLEX => {
                let parts = [self.float()?, self.float()?];
                self.complex(parts)?
            }
            BYTES => {
                let length = self.size()?;
                let bytes = self.take(length)?;
                self.loader.bytes(bytes)?
            }
            UNICODE | INTERNED | ASCII | ASCII_INTERNED => {
                let length = self.size()?;
                self.text(code, length)?
            }
            SHORT_ASCII | SHORT_ASCII_INTERNED => {
                let length = self.byte()?;
                self.text(code, length.into())?
            }
            TUPLE | LIST | SET | FROZENSET => {
                let count = self.size()?;
                return self.open(code, flag, start, count);
            }
            SMALL_TUPLE => {
                let count = self.byte()?;
                return self.open(TUPLE, flag, start, count.into());
            }
            DICT => return self.open(DICT, flag, start, 0),
            CODE => {
                let slot = flag.then(|| self.reserve(Slot::Nothing));
                let mut numbers = Numbers::default();
                for count in &mut numbers.counts[..self.layout.numbers] {
                    *count = self.int()?;
                }
                return self.begin(Open::Code(Box::new(numbers)), slot, start, Ref::NONE);
            }
            other => return Err(malformed(format!("marshal has no type with the code 0x{other:02x}"))),
        };
        if flag {
            self.slots.push(Slot::Whole(value));
        }
        self.push(value)
    }

    fn push(&mut self, value: Ref) -> Result<(), ErrorKind> {
        if self.values.len() >= self.limit {
            let limit = self.limit as u64;
            return Err(ErrorKind::Limit { name: "stack", limit });
        }
        self.values.push(value);
        Ok(())
    }

    fn reserve(&mut self, slot: Slot) -> usize {
        self.slots.push(slot);
        self.slots.len() - 1
    }

    /// Opens a container. Lists, dicts and sets are there from the beginning, and so are tuples, in marshal alone.
    fn open(&mut self, code: u8, flag: bool, start: usize, count: usize) -> Result<(), ErrorKind> {
        let (kind, node) = match code {
            TUPLE => (Open::Tuple(count), self.loader.tuple(Vec::new().drain(..))?),
            LIST => (Open::List(count), self.loader.list()?),
            SET => (Open::Set(count), self.loader.set()?),
            FROZENSET => (Open::FrozenSet(count), Ref::NONE),
            _ => (Open::Dict, self.loader.dict()?),
        };
        let slot = match kind {
            Open::Tuple(_) => Slot::OpenTuple(node, self.open.len()),
            Open::FrozenSet(_) => Slot::Nothing,
            _ => Slot::Whole(node),
        };
        let slot = flag.then(|| self.reserve(slot));
        self.begin(kind, slot, start, node)
    }

    fn begin(&mut self, kind: Open, slot: Option<usize>, start: usize, node: Ref) -> Result<(), ErrorKind> {
        if self.open.len() >= self.limit {
            let limit = self.limit as u64;
            return Err(ErrorKind::Limit { name: "stack", limit });
        }
        let (mut hashing, mut breaking) = self.outside();
        match kind {
            Open::Set(_) | Open::FrozenSet(_) => hashing += 1,
            Open::List(_) | Open::Code(_) => breaking += 1,
            // A dict is one or the other, by what is read: see `outside`.
            Open::Tuple(_) | Open::Dict => {}
        }
        self.open.push(Frame {
            kind,
            slot,
            start,
            base: self.values.len(),
            node,
            hashing,
            breaking,
        });
        Ok(())
    }

    /// The two counts of what is open now, for what is read next.
    fn outside(&self) -> (usize, usize) {
        let Some(frame) = self.open.last() else {
            return (0, 0);
        };
        match frame.kind {
            Open::Dict if (self.values.len() - frame.base).is_multiple_of(2) => (frame.hashing + 1, frame.breaking),
            Open::Dict => (frame.hashing, frame.breaking + 1),
            _ => (frame.hashing, frame.breaking),
        }
    }

    /// A reference to what was numbered before.
    ///
    /// A tuple may be referred to while it is open: it then contains itself. It must do so by way of something other than
    /// a tuple, and not as or in a key, for then its hash would be asked for before it has one: Python cannot make such
    /// objects, and `marshal.loads` crashes on some.
    fn refer(&mut self, index: i32) -> Result<(), ErrorKind> {
        let slot = usize::try_from(index).ok().and_then(|index| self.slots.get(index));
        match slot {
            Some(Slot::Whole(value)) => {
                let value = *value;
                self.push(value)
            }
            Some(Slot::OpenTuple(value, frame)) => {
                let (value, frame) = (*value, *frame);
                let (hashing, breaking) = self.outside();
                let tuple = self
                    .open
                    .get(frame)
                    .map_or((0, 0), |frame| (frame.hashing, frame.breaking));
                if hashing > tuple.0 || breaking == tuple.1 {
                    return Err(malformed("a tuple that contains itself as no Python object can"));
                }
                self.push(value)
            }
            Some(Slot::Nothing) => Err(malformed(format!(
                "a reference to object {index}, which is not whole yet"
            ))),
            None => Err(malformed(format!(
                "a reference to object {index}, and {} are numbered",
                self.slots.len()
            ))),
        }
    }

    /// The end of a dict.
    fn null(&mut self) -> Result<(), ErrorKind> {
        match self.open.last() {
            Some(Frame {
                kind: Open::Dict, base, ..
            }) if (self.values.len() - base).is_multiple_of(2) => self.close(),
            // CPython takes the key back.
            Some(Frame { kind: Open::Dict, .. }) => {
                self.values.pop();
                self.close()
            }
            _ => Err(malformed("NULL where an object should be")),
        }
    }

    /// Whether nothing is missing of the innermost open object. Reads the number amid a code object on the way.
    fn is_whole(&mut self) -> Result<bool> {
        let layout = self.layout;
        let Some(frame) = self.open.last_mut() else {
            return Ok(false);
        };
        let there = self.values.len() - frame.base;
        Ok(match &mut frame.kind {
            Open::Tuple(count) | Open::FrozenSet(count) | Open::Set(count) | Open::List(count) => there == *count,
            Open::Dict => false,
            Open::Code(numbers) => {
                if there == layout.before {
                    let bytes = self.input.get(self.at..).and_then(|rest| rest.first_chunk());
                    let bytes = bytes.ok_or_else(|| ErrorKind::Truncated.at(self.at as u64, None))?;
                    numbers.firstlineno = i32::from_le_bytes(*bytes);
                    self.at += 4;
                }
                there == layout.objects()
            }
        })
    }

    /// Makes an object of its parts.
    fn close(&mut self) -> Result<(), ErrorKind> {
        let Some(frame) = self.open.pop() else {
            return Ok(());
        };
        let value = match frame.kind {
            Open::Tuple(_) => {
                self.fill_tuple(frame.node, frame.base)?;
                frame.node
            }
            Open::List(_) => {
                self.loader.append(&frame.node, self.values.drain(frame.base..))?;
                frame.node
            }
            Open::Set(_) => {
                self.loader.add_items(&frame.node, self.values.drain(frame.base..))?;
                frame.node
            }
            Open::Dict => {
                self.loader.set_items(&frame.node, self.values.drain(frame.base..))?;
                frame.node
            }
            Open::FrozenSet(_) => self.loader.frozenset(self.values.drain(frame.base..))?,
            Open::Code(numbers) => self.code(&numbers, frame.base)?,
        };
        if let Some(slot) = frame.slot {
            self.slots[slot] = Slot::Whole(value);
        }
        self.push(value)
    }

    /// The items of a tuple, whose node was made before them.
    fn fill_tuple(&mut self, tuple: Ref, base: usize) -> Result<(), ErrorKind> {
        let graph = &mut self.loader.graph;
        let start = graph.items.len();
        graph.items.extend(self.values.drain(base..));
        let len = graph.items.len() - start;
        let limit = u32::MAX as usize;
        if graph.items.len() > limit {
            let limit = limit as u64;
            return Err(ErrorKind::Limit { name: "nodes", limit });
        }
        if let Some(index) = tuple.index() {
            graph.nodes[index as usize] = Node::Tuple(Span {
                start: start as u32,
                len: len as u32,
                cap: len as u32,
            });
        }
        Ok(())
    }

    fn text(&mut self, code: u8, length: usize) -> Result<Ref, ErrorKind> {
        let bytes = self.take(length)?;
        let text = match code {
            UNICODE | INTERNED => Text::decode(bytes)?,
            // CPython takes bytes above 127 in them for Latin-1.
            _ => crate::text::latin1_decode(bytes),
        };
        let value = self.loader.str(text)?;
        if matches!(code, INTERNED | ASCII_INTERNED | SHORT_ASCII_INTERNED) {
            self.notes.interned.insert(value);
        }
        Ok(value)
    }

    /// A number in digits of 15 bits.
    fn long(&mut self) -> Result<Int, ErrorKind> {
        let count = self.int()?;
        let digits = self.take(2 * count.unsigned_abs() as usize)?;
        let mut bits: Vec<u32> = Vec::with_capacity(digits.len() / 4 + 1);
        let (mut word, mut filled) = (0u64, 0);
        let (digits, _) = digits.as_chunks::<2>();
        for digit in digits {
            let digit = u16::from_le_bytes(*digit);
            if digit >> DIGIT != 0 {
                return Err(malformed("a digit of a long has more than 15 bits"));
            }
            word |= u64::from(digit) << filled;
            filled += DIGIT;
            if filled >= 32 {
                bits.push(word as u32);
                (word, filled) = (word >> 32, filled - 32);
            }
        }
        if digits.last() == Some(&[0, 0]) {
            return Err(malformed("a long begins with a digit that is zero"));
        }
        bits.push(word as u32);
        let sign = if count < 0 {
            num_bigint::Sign::Minus
        } else {
            num_bigint::Sign::Plus
        };
        let value = BigInt::from_slice(sign, &bits);
        Ok(match i64::try_from(&value) {
            Ok(value) => Int::Small(value),
            Err(_) => Int::Big(value),
        })
    }

    fn import(&mut self, module: &'static str, name: &'static str) -> Result<Ref, ErrorKind> {
        let module = self.loader.str(Text::Borrowed(module))?;
        let name = self.loader.str(Text::Borrowed(name))?;
        self.loader.stack_global(module, name)
    }

    fn call(&mut self, callable: Ref, mut args: Vec<Ref>) -> Result<Ref, ErrorKind> {
        let args = self.loader.tuple(args.drain(..))?;
        self.loader.reduce(callable, args)
    }

    fn complex(&mut self, [re, im]: [f64; 2]) -> Result<Ref, ErrorKind> {
        let class = match self.complex_type {
            Some(class) => class,
            None => {
                let class = self.import("builtins", "complex")?;
                *self.complex_type.insert(class)
            }
        };
        let parts = vec![self.loader.float(re)?, self.loader.float(im)?];
        self.call(class, parts)
    }

    /// The parts of a code object as arguments of `types.CodeType`.
    fn code(&mut self, numbers: &Numbers, base: usize) -> Result<Ref, ErrorKind> {
        let parts: Vec<Ref> = self.values.drain(base..).collect();
        let mut args = Vec::with_capacity(18);
        let count = |count: i32| Ref::int(count.into()).unwrap_or(Ref::NONE);
        let line = count(numbers.firstlineno);
        let mut variables = None;
        if let (
            true,
            [
                code,
                consts,
                names,
                all,
                kinds,
                filename,
                name,
                qualname,
                table,
                exceptions,
            ],
        ) = (self.layout.one_list, parts.as_slice())
        {
            let list = self
                .loader
                .graph
                .value(*all)
                .as_items()
                .map(|items| items.refs.to_vec());
            let bytes = self.loader.graph.value(*kinds).as_bytes().map(<[u8]>::to_vec);
            let lists = list.zip(bytes).and_then(|(list, kinds)| code::split(&list, &kinds));
            let Some(lists) = lists else {
                return Err(malformed(
                    "the names and kinds of the variables of a code object do not belong together",
                ));
            };
            let [argcount, posonly, kwonly, stacksize, flags, _] = numbers.counts;
            args.extend([argcount, posonly, kwonly].map(count));
            args.push(count(lists.locals.len() as i32));
            args.extend([stacksize, flags].map(count));
            let mut tuple = |mut items: Vec<Ref>| self.loader.tuple(items.drain(..));
            let (locals, cells, frees) = (tuple(lists.locals)?, tuple(lists.cells)?, tuple(lists.frees)?);
            args.extend([*code, *consts, *names, locals, *filename, *name, *qualname, line]);
            args.extend([*table, *exceptions, frees, cells]);
            variables = Some((*all, *kinds));
        } else if let [code, consts, names, varnames, frees, cells, filename, name, table] = parts.as_slice() {
            args.extend(numbers.counts.map(count));
            args.extend([
                *code, *consts, *names, *varnames, *filename, *name, line, *table, *frees, *cells,
            ]);
        }
        let code_type = match self.code_type {
            Some(code_type) => code_type,
            None => {
                let class = self.import("types", "CodeType")?;
                *self.code_type.insert(class)
            }
        };
        let value = self.call(code_type, args)?;
        if let Some(object) = self.loader.graph.value(value).as_object() {
            let layout = crate::function::Layout::of(self.minor);
            Code::with_layout(object.args(), layout).map_err(Error::into_kind)?;
        }
        if let Some(variables) = variables {
            self.notes.variables.insert(value, variables);
        }
        Ok(value)
    }
}
