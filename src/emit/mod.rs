//! Objects → opcodes, with the very bytes of CPython's C pickler.
//!
//! One emitter for every [`Source`]. It owns the choice of opcodes, the memo's numbers, batches, frames and the order of
//! things; depth is memory only, on a stack of tasks of its own.

mod batch;
mod out;
mod source;

pub use source::{BuildStep, Head, Reduce, ReduceOf, Source, Spell, StepOf, View, ViewOf};

use crate::{error::ErrorKind, graph::Call, names, number, opcode::Op, options::Python, text};
use batch::{Batch, Verb};
use num_bigint::BigInt;
use out::Out;
use std::io::Write;

/// How many containers deep items are written on Rust's stack, which is faster than a stack of tasks and bounded.
const AT_ONCE: usize = 16;

/// What is still to be done, the next on top.
enum Task<S: Source + ?Sized> {
    /// Write an object.
    Save(S::Id),
    /// Write a persistent id.
    SavePid(S::Id),
    /// Write each of these.
    Each(S::Items),
    /// Write items into the container that lies on the stack.
    Batch(Batch<S::Items>),
    /// Write an opcode.
    Op(Op<'static>),
    /// Write a GLOBAL with these names.
    Global(Vec<u8>, Vec<u8>),
    /// The items of a tuple are written: `len` of them, after a mark or not.
    Tuple { id: S::Id, len: usize, marked: bool },
    /// The items of a frozenset are written.
    FrozenSet(S::Id),
    /// Function and arguments are written.
    Called {
        id: S::Id,
        op: Op<'static>,
        steps: S::Steps,
        dropped: bool,
    },
    /// What is done to an object.
    Steps { id: S::Id, steps: S::Steps },
    /// Give the object on the stack its memo index.
    Memoize(S::Id),
    /// Fast mode: an object has been written.
    Leave(S::Id),
}

/// How the emitter writes.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The protocol, 0 to 5.
    pub protocol: u8,
    /// The CPython whose bytes are written, where they differ.
    pub python: Python,
    /// Whether names are mapped to Python 2 below protocol 3.
    pub fix_imports: bool,
    /// Whether to write without a memo.
    pub fast: bool,
    /// Decimal digits an int may have where it is written as text.
    pub digits: usize,
    /// Calls that may be under way at one time, one in the arguments or the state of the other. A live object whose
    /// reducer makes another of its kind each time never ends; a graph does.
    pub calls: usize,
}

/// Writes objects of a source as pickles, one after the other with one memo, like a `Pickler`.
pub struct Emitter<'w, S: Source> {
    source: S,
    out: Out<'w>,
    settings: Settings,
    tasks: Vec<Task<S>>,
    /// Containers whose items are being written on Rust's stack.
    nested: usize,
    /// Calls under way.
    calls: usize,
    memo_len: u32,
}

impl<'w, S: Source> Emitter<'w, S> {
    /// Writes into memory, or into `sink` as frames are finished.
    pub fn new(source: S, settings: Settings, sink: Option<&'w mut dyn Write>) -> Self {
        Emitter {
            source,
            out: Out::new(sink),
            settings,
            tasks: Vec::new(),
            nested: 0,
            calls: 0,
            memo_len: 0,
        }
    }

    /// The source, for instance to read its memo.
    pub fn source(&mut self) -> &mut S {
        &mut self.source
    }

    /// What was written so far and not handed to a sink.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out.bytes
    }

    /// Writes one object as a pickle.
    pub fn dump(&mut self, root: S::Id) -> Result<(), S::Error> {
        let protocol = self.settings.protocol;
        self.tasks.clear();
        self.nested = 0;
        self.calls = 0;
        if protocol >= 2 {
            self.out.op(Op::Proto(protocol));
        }
        if protocol >= 4 {
            self.out.open_frame();
        }
        self.tasks.push(Task::Save(root));
        while let Some(task) = self.tasks.pop() {
            self.run(task)?;
        }
        self.out.op(Op::Stop);
        self.out.close_frame()?;
        Ok(self.out.flush()?)
    }

    fn run(&mut self, task: Task<S>) -> Result<(), S::Error> {
        match task {
            Task::Save(id) => self.save(id, true).map(|_| ()),
            Task::SavePid(id) => self.save(id, false).map(|_| ()),
            Task::Each(items) => self.each(items).map(|_| ()),
            Task::Batch(batch) => self.batch(batch).map(|_| ()),
            Task::Op(op) => {
                self.out.op(op);
                Ok(())
            }
            Task::Global(module, name) => {
                self.out.op(Op::Global((&module, &name)));
                Ok(())
            }
            Task::Tuple { id, len, marked } => self.tuple_done(id, len, marked),
            Task::FrozenSet(id) => match self.source.memo_get(&id) {
                Some(index) => {
                    self.out.op(Op::PopMark);
                    self.get(index);
                    Ok(())
                }
                None => {
                    self.out.op(Op::FrozenSet);
                    self.memoize(&id)
                }
            },
            Task::Called { id, op, steps, dropped } => {
                self.out.op(op);
                // The object was made inside its own arguments: this second one is thrown away.
                if let Some(index) = self.source.memo_get(&id) {
                    self.calls -= 1;
                    self.out.op(Op::Pop);
                    self.get(index);
                    return Ok(());
                }
                if dropped {
                    self.calls -= 1;
                    self.out.op(Op::Pop);
                    self.tasks.push(Task::Save(id));
                    return Ok(());
                }
                self.memoize(&id)?;
                self.steps(id, steps)
            }
            Task::Steps { id, steps } => self.steps(id, steps),
            Task::Memoize(id) => self.memoize(&id),
            Task::Leave(id) => {
                self.source.leave(&id);
                Ok(())
            }
        }
    }
}

impl<S: Source> Emitter<'_, S> {
    /// Writes one object; false if that only started and the rest waits on the stack of tasks.
    #[inline]
    fn save(&mut self, id: S::Id, pid: bool) -> Result<bool, S::Error> {
        self.out.boundary()?;
        match self.source.head(&id, pid)? {
            Head::None => self.out.op(Op::None),
            Head::Bool(value) => self.bool(value),
            Head::Int(value) => self.int(value),
            Head::Float(value) => self.float(value),
            Head::Persistent(pid) => return self.persistent(pid),
            Head::Object => {
                if let Some(index) = self.source.memo_get(&id) {
                    self.get(index);
                    return Ok(true);
                }
                return self.object(id);
            }
        }
        Ok(true)
    }

    /// Writes items until one of them has to wait on the stack of tasks, then waits below it; false if so.
    #[inline]
    fn each(&mut self, mut items: S::Items) -> Result<bool, S::Error> {
        while let Some(id) = self.source.next(&mut items)? {
            let above = self.tasks.len();
            if !self.save(id, true)? {
                self.tasks.insert(above, Task::Each(items));
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a container's items are written at once, on Rust's stack.
    #[inline(always)]
    fn at_once(&self) -> bool {
        self.nested < AT_ONCE && !self.settings.fast
    }

    /// Writes the items of a container that lies on the stack.
    #[inline]
    fn fill(&mut self, batch: Batch<S::Items>) -> Result<bool, S::Error> {
        if self.at_once() {
            self.nested += 1;
            let done = self.batch(batch);
            self.nested -= 1;
            return done;
        }
        self.tasks.push(Task::Batch(batch));
        Ok(false)
    }

    fn object(&mut self, id: S::Id) -> Result<bool, S::Error> {
        let protocol = self.settings.protocol;
        match self.source.view(&id, protocol)? {
            View::Str(text) => {
                write_str(&mut self.out, &text, protocol)?;
                drop(text);
                self.memoize(&id)?;
                return Ok(true);
            }
            View::Bytes(bytes) if protocol >= 3 => {
                write_bytes(&mut self.out, bytes, protocol)?;
                self.memoize(&id)?;
                return Ok(true);
            }
            View::ByteArray(bytes) if protocol >= 5 => {
                self.out.payload(Op::ByteArray8(bytes), bytes.len())?;
                self.memoize(&id)?;
                return Ok(true);
            }
            View::Long(value) => {
                write_long(&mut self.out, &value, &self.settings)?;
                return Ok(true);
            }
            View::Buffer { in_band, readonly } => {
                if protocol < 5 {
                    return Err(ErrorKind::Unwritable("a buffer can only be written in protocol 5").into());
                }
                match in_band {
                    Some(bytes) if readonly => write_bytes(&mut self.out, bytes, protocol)?,
                    Some(bytes) => self.out.payload(Op::ByteArray8(bytes), bytes.len())?,
                    None => {
                        self.out.op(Op::NextBuffer);
                        if readonly {
                            self.out.op(Op::ReadonlyBuffer);
                        }
                        return Ok(true);
                    }
                }
                self.memoize(&id)?;
                return Ok(true);
            }
            View::Tuple(items) => return self.tuple(id, items),
            View::List(items) => {
                self.enter(&id)?;
                self.open(&id, Op::EmptyList, Op::List)?;
                return self.fill(Batch::exact(Verb::Append, items));
            }
            View::Dict(items) => {
                self.enter(&id)?;
                self.open(&id, Op::EmptyDict, Op::Dict)?;
                return self.fill(Batch::exact(Verb::SetItem, items));
            }
            View::Set(items) if protocol >= 4 => {
                self.enter(&id)?;
                self.out.op(Op::EmptySet);
                self.memoize(&id)?;
                return self.fill(Batch::exact(Verb::Add, items));
            }
            View::FrozenSet(items) if protocol >= 4 => {
                self.enter(&id)?;
                self.out.op(Op::Mark);
                self.tasks.push(Task::FrozenSet(id));
                self.tasks.push(Task::Each(items));
            }
            View::Global { module, name } => self.global(id, module, name)?,
            View::Reduce(reduce) => self.reduce(id, reduce)?,
            View::Bytes(_) => self.spell(id, Spell::Bytes)?,
            View::ByteArray(_) => self.spell(id, Spell::ByteArray)?,
            View::Set(_) => self.spell(id, Spell::Set)?,
            View::FrozenSet(_) => self.spell(id, Spell::FrozenSet)?,
        }
        Ok(false)
    }

    /// Fast mode: notes that an object is being written, and that it will have been.
    #[inline(always)]
    fn enter(&mut self, id: &S::Id) -> Result<(), S::Error> {
        if self.settings.fast {
            if !self.source.enter(id) {
                return Err(ErrorKind::CycleInFastMode.into());
            }
            self.tasks.push(Task::Leave(id.clone()));
        }
        Ok(())
    }

    fn spell(&mut self, id: S::Id, what: Spell) -> Result<(), S::Error> {
        let reduce = self.source.spell(&id, what)?;
        self.reduce(id, reduce)
    }

    /// An empty list or dict, which protocol 0 makes from a mark.
    #[inline(always)]
    fn open(&mut self, id: &S::Id, empty: Op<'static>, from_mark: Op<'static>) -> Result<(), S::Error> {
        if self.settings.protocol == 0 {
            self.out.op(Op::Mark);
            self.out.op(from_mark);
        } else {
            self.out.op(empty);
        }
        self.memoize(id)
    }

    fn tuple(&mut self, id: S::Id, mut items: S::Items) -> Result<bool, S::Error> {
        let protocol = self.settings.protocol;
        let len = self.source.left(&mut items)?;
        if len == 0 {
            if protocol == 0 {
                self.out.op(Op::Mark);
                self.out.op(Op::Tuple);
            } else {
                self.out.op(Op::EmptyTuple);
            }
            return Ok(true);
        }
        self.enter(&id)?;
        let marked = len > 3 || protocol < 2;
        if marked {
            self.out.op(Op::Mark);
        }
        if self.at_once() {
            let above = self.tasks.len();
            self.nested += 1;
            let done = self.each(items);
            self.nested -= 1;
            if done? {
                self.tuple_done(id, len, marked)?;
                return Ok(true);
            }
            self.tasks.insert(above, Task::Tuple { id, len, marked });
            return Ok(false);
        }
        self.tasks.push(Task::Tuple { id, len, marked });
        self.tasks.push(Task::Each(items));
        Ok(false)
    }

    fn tuple_done(&mut self, id: S::Id, len: usize, marked: bool) -> Result<(), S::Error> {
        // The tuple was written inside itself: its items are thrown away, and a mark that lies below them.
        if let Some(index) = self.source.memo_get(&id) {
            if marked && self.settings.protocol >= 1 {
                self.out.op(Op::PopMark);
            } else {
                for _ in 0..len + usize::from(marked) {
                    self.out.op(Op::Pop);
                }
            }
            self.get(index);
            return Ok(());
        }
        self.out.op(match len {
            _ if marked => Op::Tuple,
            1 => Op::Tuple1,
            2 => Op::Tuple2,
            _ => Op::Tuple3,
        });
        self.memoize(&id)
    }

    fn persistent(&mut self, pid: S::Id) -> Result<bool, S::Error> {
        if self.settings.protocol == 0 {
            let line = self.source.pid_line(&pid)?;
            if !line.is_ascii() || line.contains(&b'\n') {
                let why = "a persistent id must be one line of ASCII in protocol 0";
                return Err(ErrorKind::Unwritable(why).into());
            }
            self.out.op(Op::PersId(&line));
            return Ok(true);
        }
        self.tasks.push(Task::Op(Op::BinPersId));
        self.tasks.push(Task::SavePid(pid));
        Ok(false)
    }

    fn global(&mut self, id: S::Id, module: S::Id, name: S::Id) -> Result<(), S::Error> {
        let protocol = self.settings.protocol;
        if protocol >= 2
            && let Some(code) = self.source.extension(&module, &name)?
        {
            self.out.op(match code {
                1..=0xff => Op::Ext1(code as u8),
                0x100..=0xffff => Op::Ext2(code as u16),
                _ => Op::Ext4(code as i32),
            });
            return Ok(());
        }
        if protocol >= 4 {
            self.tasks.push(Task::Memoize(id));
            self.tasks.push(Task::Op(Op::StackGlobal));
            self.tasks.push(Task::Save(name));
            self.tasks.push(Task::Save(module));
            return Ok(());
        }
        let unwritable = |_| ErrorKind::Unwritable("a global's name has lone surrogates");
        let module_text = String::from_utf8(self.source.text(&module)?.into_owned()).map_err(unwritable)?;
        let name_text = String::from_utf8(self.source.text(&name)?.into_owned()).map_err(unwritable)?;
        let Some((first, _)) = name_text.split_once('.') else {
            self.write_global(&module_text, &name_text)?;
            return self.memoize(&id);
        };
        if self.settings.python < Python::FLAT_NESTED_NAMES {
            let reduce = self.source.nested_call(&id, &module, &name)?;
            return self.reduce(id, reduce);
        }
        // getattr(getattr(first, part), part) with nothing memoized but the parts and the result.
        let (getattr, parts) = self.source.nested(&id, &name)?;
        let (module_text, first) = self.global_names(&module_text, first)?;
        let count = parts.len();
        self.tasks.push(Task::Memoize(id));
        for part in parts.into_iter().rev() {
            self.tasks.push(Task::Op(Op::Reduce));
            self.tasks
                .push(Task::Op(if protocol >= 2 { Op::Tuple2 } else { Op::Tuple }));
            self.tasks.push(Task::Save(part));
        }
        self.tasks
            .push(Task::Global(module_text.into_bytes(), first.into_bytes()));
        for _ in 0..count {
            if protocol < 2 {
                self.tasks.push(Task::Op(Op::Mark));
            }
            self.tasks.push(Task::Save(getattr.clone()));
        }
        Ok(())
    }

    /// Module and name as the protocol's GLOBAL has them.
    fn global_names(&self, module: &str, name: &str) -> Result<(String, String), ErrorKind> {
        let (module, name) = if self.settings.protocol < 3 && self.settings.fix_imports {
            names::to_python2(module, name)
        } else {
            (module, name)
        };
        if self.settings.protocol < 3 && !(module.is_ascii() && name.is_ascii()) {
            return Err(ErrorKind::Unwritable("a global's name must be ASCII below protocol 3"));
        }
        Ok((module.into(), name.into()))
    }

    fn write_global(&mut self, module: &str, name: &str) -> Result<(), ErrorKind> {
        let (module, name) = self.global_names(module, name)?;
        self.out.op(Op::Global((module.as_bytes(), name.as_bytes())));
        Ok(())
    }

    fn reduce(&mut self, id: S::Id, reduce: ReduceOf<S>) -> Result<(), S::Error> {
        let protocol = self.settings.protocol;
        let Reduce {
            call,
            callable,
            args,
            kwargs,
            steps,
            dropped,
        } = reduce;
        let op = match call {
            Call::Reduce => Op::Reduce,
            Call::New if protocol >= 2 => Op::NewObj,
            Call::New => return self.spell(id, Spell::New),
            Call::NewEx if protocol >= 4 => Op::NewObjEx,
            Call::NewEx => return self.spell(id, Spell::NewEx),
            Call::Instance => Op::Obj,
        };
        if self.calls >= self.settings.calls {
            return Err(ErrorKind::Limit {
                name: "calls",
                limit: self.settings.calls as u64,
            }
            .into());
        }
        self.calls += 1;
        self.enter(&id)?;
        self.tasks.push(Task::Called { id, op, steps, dropped });
        if call == Call::Instance {
            let View::Tuple(items) = self.source.view(&args, protocol)? else {
                return Err(ErrorKind::Unwritable("the arguments of an instance are not a tuple").into());
            };
            self.out.op(Op::Mark);
            self.tasks.push(Task::Each(items));
        } else {
            if let Some(kwargs) = kwargs {
                self.tasks.push(Task::Save(kwargs));
            }
            self.tasks.push(Task::Save(args));
        }
        self.tasks.push(Task::Save(callable));
        Ok(())
    }

    fn steps(&mut self, id: S::Id, mut steps: S::Steps) -> Result<(), S::Error> {
        let Some(step) = self.source.step(&mut steps)? else {
            self.calls -= 1;
            return Ok(());
        };
        let object = id.clone();
        self.tasks.push(Task::Steps { id, steps });
        match step {
            BuildStep::Append(items) => self.tasks.push(Task::Batch(Batch::iterated(Verb::Append, items))),
            BuildStep::SetItems(items) => self.tasks.push(Task::Batch(Batch::iterated(Verb::SetItem, items))),
            BuildStep::Add(items) => self.tasks.push(Task::Batch(Batch::iterated(Verb::Add, items))),
            BuildStep::State(state) => {
                self.tasks.push(Task::Op(Op::Build));
                self.tasks.push(Task::Save(state));
            }
            // In every protocol, although TUPLE2 is of protocol 2.
            BuildStep::Setter { setter, state } => {
                self.tasks.push(Task::Op(Op::Pop));
                self.tasks.push(Task::Op(Op::Reduce));
                self.tasks.push(Task::Op(Op::Tuple2));
                self.tasks.push(Task::Save(state));
                self.tasks.push(Task::Save(object));
                self.tasks.push(Task::Save(setter));
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn memoize(&mut self, id: &S::Id) -> Result<(), S::Error> {
        if self.settings.fast {
            return Ok(());
        }
        let index = self.memo_len;
        self.memo_len = index
            .checked_add(1)
            .ok_or(ErrorKind::Unwritable("more than 4,294,967,295 objects"))?;
        self.source.memo_put(id, index);
        match self.settings.protocol {
            4.. => self.out.op(Op::Memoize),
            0 => self.out.op(Op::Put(index.to_string().as_bytes())),
            _ => self.out.op(match u8::try_from(index) {
                Ok(index) => Op::BinPut(index),
                Err(_) => Op::LongBinPut(index),
            }),
        }
        Ok(())
    }

    #[inline(always)]
    fn get(&mut self, index: u32) {
        match (self.settings.protocol, u8::try_from(index)) {
            (0, _) => self.out.op(Op::Get(index.to_string().as_bytes())),
            (_, Ok(index)) => self.out.op(Op::BinGet(index)),
            (_, Err(_)) => self.out.op(Op::LongBinGet(index)),
        }
    }

    #[inline(always)]
    fn bool(&mut self, value: bool) {
        self.out.op(match (self.settings.protocol, value) {
            (2.., true) => Op::NewTrue,
            (2.., false) => Op::NewFalse,
            (_, true) => Op::Int(b"01"),
            (_, false) => Op::Int(b"00"),
        });
    }

    #[inline(always)]
    fn int(&mut self, value: i64) {
        let Ok(short) = i32::try_from(value) else {
            return self.long(value);
        };
        self.out.op(match (self.settings.protocol, short) {
            (0, _) => return self.out.op(Op::Int(short.to_string().as_bytes())),
            (_, 0..=0xff) => Op::BinInt1(short as u8),
            (_, 0x100..=0xffff) => Op::BinInt2(short as u16),
            _ => Op::BinInt(short),
        });
    }

    fn long(&mut self, value: i64) {
        if self.settings.protocol < 2 {
            return self.out.op(Op::Long(format!("{value}L").as_bytes()));
        }
        let (image, len) = number::long_image(value);
        self.out.op(Op::Long1(&image[..len]));
    }

    #[inline(always)]
    fn float(&mut self, value: f64) {
        match self.settings.protocol {
            0 => self.out.op(Op::Float(number::float_repr(value).as_bytes())),
            _ => self.out.op(Op::BinFloat(value)),
        }
    }
}

fn write_long(out: &mut Out<'_>, value: &BigInt, settings: &Settings) -> Result<(), ErrorKind> {
    if settings.protocol < 2 {
        // CPython's own limit for the conversion, and ours for reading it back.
        let text = value.to_string();
        if text.trim_start_matches('-').len() > settings.digits {
            return Err(ErrorKind::Limit {
                name: "digits",
                limit: settings.digits as u64,
            });
        }
        out.op(Op::Long((text + "L").as_bytes()));
        return Ok(());
    }
    let image = number::write_long(value);
    match image.len() {
        0..=0xff => out.op(Op::Long1(&image)),
        0x100..=0x7fff_ffff => out.op(Op::Long4(&image)),
        _ => return Err(ErrorKind::Unwritable("an int of more than 2 GiB")),
    }
    Ok(())
}

#[inline(always)]
fn write_str(out: &mut Out<'_>, text: &[u8], protocol: u8) -> Result<(), ErrorKind> {
    let op = match text.len() {
        _ if protocol == 0 => {
            let mut line = Vec::with_capacity(text.len());
            text::raw_unicode_escape_encode(text, &mut line);
            out.op(Op::Unicode(&line));
            return Ok(());
        }
        0..=0xff if protocol >= 4 => Op::ShortBinUnicode(text),
        len if u32::try_from(len).is_ok() => Op::BinUnicode(text),
        _ if protocol >= 4 => Op::BinUnicode8(text),
        _ => return Err(ErrorKind::Unwritable("a str of more than 4 GiB needs protocol 4")),
    };
    out.payload(op, text.len())
}

fn write_bytes(out: &mut Out<'_>, bytes: &[u8], protocol: u8) -> Result<(), ErrorKind> {
    let op = match bytes.len() {
        0..=0xff => Op::ShortBinBytes(bytes),
        len if u32::try_from(len).is_ok() => Op::BinBytes(bytes),
        _ if protocol >= 4 => Op::BinBytes8(bytes),
        _ => return Err(ErrorKind::Unwritable("a bytes of more than 4 GiB needs protocol 4")),
    };
    out.payload(op, bytes.len())
}
