//! Writing: serde-pickle's bytes, which have no memo.

pub use super::options::{PickleProto, SerOptions};
pub use super::write::Compound;

use super::{
    error::{Error, Result},
    value::{HashableValue, Value},
};
use crate::{Op, number};
use num_bigint::BigInt;
use serde::Serialize;
use std::{
    collections::{BTreeSet, btree_map, btree_set},
    io, slice,
};

/// After how many items a batch ends.
pub(super) const BATCH: usize = 1000;

/// Writes the opcodes of values, without the PROTO before and the STOP behind them.
#[derive(Debug)]
pub struct Serializer<W> {
    writer: W,
    pub(super) options: SerOptions,
    scratch: Vec<u8>,
}

/// What is still to be written, the next thing last.
enum Task<'v> {
    Value(&'v Value),
    Key(&'v HashableValue),
    Op(Op<'static>),
    Values(slice::Iter<'v, Value>),
    Keys(slice::Iter<'v, HashableValue>),
    Batches(slice::Chunks<'v, Value>),
    Entries(btree_map::Iter<'v, HashableValue, Value>, usize),
    Items(btree_set::Iter<'v, HashableValue>, usize),
}

impl<W: io::Write> Serializer<W> {
    /// A serializer that writes here.
    pub fn new(writer: W, options: SerOptions) -> Self {
        Serializer {
            writer,
            options,
            scratch: Vec::new(),
        }
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.writer
    }

    pub(super) fn op(&mut self, op: Op<'_>) -> Result<()> {
        self.scratch.clear();
        op.write(&mut self.scratch);
        Ok(self.writer.write_all(&self.scratch)?)
    }

    pub(super) fn str(&mut self, text: &str) -> Result<()> {
        fits(text.len())?;
        self.op(Op::BinUnicode(text.as_bytes()))
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        fits(bytes.len())?;
        if self.options.proto == PickleProto::V3 {
            return self.op(match bytes.len() < 256 {
                true => Op::ShortBinBytes(bytes),
                false => Op::BinBytes(bytes),
            });
        }
        // Protocol 2 has no bytes: they are the code points of a str.
        self.op(Op::Global((b"_codecs", b"encode")))?;
        let text: String = bytes.iter().copied().map(char::from).collect();
        self.str(&text)?;
        self.str("latin1")?;
        self.op(Op::Tuple2)?;
        self.op(Op::Reduce)
    }

    pub(super) fn i64(&mut self, value: i64) -> Result<()> {
        match i32::try_from(value) {
            Ok(value) => self.op(Op::BinInt(value)),
            Err(_) => self.op(Op::Long1(&value.to_le_bytes())),
        }
    }

    pub(super) fn big(&mut self, value: &BigInt) -> Result<()> {
        let image = number::write_long(value);
        if image.len() > i32::MAX as usize {
            return Err(Error::invalid("an int of more than 2 GiB"));
        }
        self.op(match image.len() < 256 {
            true => Op::Long1(&image),
            false => Op::Long4(&image),
        })
    }

    /// A value and all in it. Trees that somebody made can be of any depth: nothing recurses.
    fn value(&mut self, value: &Value) -> Result<()> {
        let mut tasks = vec![Task::Value(value)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Op(op) => self.op(op)?,
                Task::Value(value) => self.one(value, &mut tasks)?,
                Task::Key(key) => self.key(key, &mut tasks)?,
                Task::Values(mut items) => {
                    if let Some(item) = items.next() {
                        tasks.extend([Task::Values(items), Task::Value(item)]);
                    }
                }
                Task::Keys(mut items) => {
                    if let Some(item) = items.next() {
                        tasks.extend([Task::Keys(items), Task::Key(item)]);
                    }
                }
                Task::Batches(mut batches) => {
                    if let Some(batch) = batches.next() {
                        self.op(Op::Mark)?;
                        tasks.extend([
                            Task::Batches(batches),
                            Task::Op(Op::Appends),
                            Task::Values(batch.iter()),
                        ]);
                    }
                }
                Task::Entries(mut entries, n) => {
                    if let Some((key, value)) = entries.next() {
                        self.batch(n, Op::SetItems)?;
                        tasks.extend([Task::Entries(entries, n + 1), Task::Value(value), Task::Key(key)]);
                    }
                }
                Task::Items(mut items, n) => {
                    if let Some(item) = items.next() {
                        self.batch(n, Op::Appends)?;
                        tasks.extend([Task::Items(items, n + 1), Task::Key(item)]);
                    }
                }
            }
        }
        Ok(())
    }

    /// The first batch of a dict or set is one shorter, in serde-pickle's bytes.
    fn batch(&mut self, n: usize, end: Op<'_>) -> Result<()> {
        if n % BATCH == BATCH - 1 {
            self.op(end)?;
            self.op(Op::Mark)?;
        }
        Ok(())
    }

    fn one<'v>(&mut self, value: &'v Value, tasks: &mut Vec<Task<'v>>) -> Result<()> {
        match value {
            Value::None => self.op(Op::None),
            Value::Bool(value) => self.op(bool(*value)),
            Value::I64(value) => self.i64(*value),
            Value::Int(value) => self.big(value),
            Value::F64(value) => self.op(Op::BinFloat(*value)),
            Value::Bytes(value) => self.bytes(value),
            Value::String(value) => self.str(value),
            Value::List(items) => {
                tasks.push(Task::Batches(items.chunks(BATCH)));
                self.op(Op::EmptyList)
            }
            Value::Tuple(items) => self.tuple(items.len(), Task::Values(items.iter()), tasks),
            Value::Set(items) => self.set(items, b"set", tasks),
            Value::FrozenSet(items) => self.set(items, b"frozenset", tasks),
            Value::Dict(entries) => {
                tasks.extend([Task::Op(Op::SetItems), Task::Entries(entries.iter(), 0)]);
                self.op(Op::EmptyDict)?;
                self.op(Op::Mark)
            }
        }
    }

    fn key<'v>(&mut self, key: &'v HashableValue, tasks: &mut Vec<Task<'v>>) -> Result<()> {
        match key {
            HashableValue::None => self.op(Op::None),
            HashableValue::Bool(value) => self.op(bool(*value)),
            HashableValue::I64(value) => self.i64(*value),
            HashableValue::Int(value) => self.big(value),
            HashableValue::F64(value) => self.op(Op::BinFloat(*value)),
            HashableValue::Bytes(value) => self.bytes(value),
            HashableValue::String(value) => self.str(value),
            HashableValue::Tuple(items) => self.tuple(items.len(), Task::Keys(items.iter()), tasks),
            HashableValue::FrozenSet(items) => self.set(items, b"frozenset", tasks),
        }
    }

    fn tuple<'v>(&mut self, len: usize, items: Task<'v>, tasks: &mut Vec<Task<'v>>) -> Result<()> {
        let end = match len {
            0 => return self.op(Op::EmptyTuple),
            1 => Op::Tuple1,
            2 => Op::Tuple2,
            3 => Op::Tuple3,
            _ => {
                self.op(Op::Mark)?;
                Op::Tuple
            }
        };
        tasks.extend([Task::Op(end), items]);
        Ok(())
    }

    /// Below protocol 4 a set is a call.
    fn set<'v>(&mut self, items: &'v BTreeSet<HashableValue>, name: &[u8], tasks: &mut Vec<Task<'v>>) -> Result<()> {
        let module: &[u8] = match self.options.proto {
            PickleProto::V2 => b"__builtin__",
            PickleProto::V3 => b"builtins",
        };
        self.op(Op::Global((module, name)))?;
        self.op(Op::EmptyList)?;
        self.op(Op::Mark)?;
        let end = [Op::Reduce, Op::Tuple1, Op::Appends].map(Task::Op);
        tasks.extend(end);
        tasks.push(Task::Items(items.iter(), 0));
        Ok(())
    }
}

pub(super) fn bool(value: bool) -> Op<'static> {
    if value { Op::NewTrue } else { Op::NewFalse }
}

/// Protocols 2 and 3 have lengths of four bytes.
fn fits(len: usize) -> Result<()> {
    match u32::try_from(len) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::invalid("text or bytes of more than 4 GiB")),
    }
}

fn whole<W: io::Write>(
    writer: W,
    options: SerOptions,
    inner: impl FnOnce(&mut Serializer<W>) -> Result<()>,
) -> Result<()> {
    let protocol = match options.proto {
        PickleProto::V2 => 2,
        PickleProto::V3 => 3,
    };
    let mut to = Serializer::new(writer, options);
    to.op(Op::Proto(protocol))?;
    inner(&mut to)?;
    to.op(Op::Stop)
}

/// Writes a value.
pub fn value_to_writer<W: io::Write>(writer: &mut W, value: &Value, options: SerOptions) -> Result<()> {
    whole(writer, options, |to| to.value(value))
}

/// Writes anything that serde can serialize.
pub fn to_writer<W: io::Write, T: Serialize>(writer: &mut W, value: &T, options: SerOptions) -> Result<()> {
    whole(writer, options, |to| value.serialize(to))
}

/// Writes a value.
pub fn value_to_vec(value: &Value, options: SerOptions) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(128);
    value_to_writer(&mut bytes, value, options)?;
    Ok(bytes)
}

/// Writes anything that serde can serialize.
///
/// ```
/// use brinery::compat::{SerOptions, to_vec};
/// assert_eq!(to_vec(&Some(true), SerOptions::new().proto_v2())?, b"\x80\x02\x88.");
/// # Ok::<(), brinery::compat::Error>(())
/// ```
pub fn to_vec<T: Serialize>(value: &T, options: SerOptions) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(128);
    to_writer(&mut bytes, value, options)?;
    Ok(bytes)
}
