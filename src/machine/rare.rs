//! The opcodes that are not on the hot path: one line of `rare` each, as in [`Machine::step`].

use super::{Machine, Rules};
use crate::{error::ErrorKind, heap::Heap, number, opcode::Op, text};

impl<V: Clone> Machine<V> {
    /// [`Machine::step`] for all other opcodes.
    #[inline(never)]
    pub(crate) fn rare<'a, H: Heap<'a, Value = V>>(
        &mut self,
        heap: &mut H,
        offset: u64,
        op: Op<'a>,
    ) -> Result<Option<V>, H::Error> {
        let value = match op {
            Op::Stop => return Ok(Some(self.pop()?)),
            Op::Frame(_) => return Ok(None),

            Op::Pop => return self.op_pop(heap),
            Op::PopMark => {
                let start = self.unmark()?;
                while self.stack.len() > start {
                    self.drop_top(heap);
                }
                return Ok(None);
            }
            Op::Dup => self.top()?.clone(),

            Op::Get(line) => return self.op_get(heap, line),
            Op::Put(line) => return self.op_put(heap, line),

            Op::Long4(v) => heap.long(number::long_bytes(v))?,
            Op::Int(line) => self.op_int(heap, line)?,
            Op::Long(line) => self.op_long(heap, line)?,
            Op::Float(line) => heap.float(number::float_line(line)?)?,

            Op::BinUnicode8(v) => heap.utf8(v)?,
            Op::Unicode(line) => heap.str(text::raw_unicode_escape_decode(line)?)?,
            Op::ShortBinBytes(v) => heap.bytes(v)?,
            Op::BinBytes(v) => heap.bytes(v)?,
            Op::BinBytes8(v) => heap.bytes(v)?,
            Op::ByteArray8(v) => heap.bytearray(v)?,
            Op::ShortBinString(v) => heap.byte_string(v.into())?,
            Op::BinString(v) => heap.byte_string(v.into())?,
            Op::String(line) => heap.byte_string(text::string_literal(line)?)?,

            Op::EmptySet => heap.set()?,
            Op::Tuple => {
                let start = self.unmark()?;
                heap.tuple(self.stack.drain(start..))?
            }
            Op::FrozenSet => {
                let start = self.unmark()?;
                heap.frozenset(self.stack.drain(start..))?
            }
            Op::List => {
                let start = self.unmark()?;
                let list = heap.list()?;
                heap.append(&list, self.stack.drain(start..))?;
                list
            }
            Op::Dict => {
                let start = self.unmark()?;
                self.even_items(start)?;
                let dict = heap.dict()?;
                heap.set_items(&dict, self.stack.drain(start..))?;
                dict
            }

            Op::AddItems => {
                let (start, target) = self.unmark_target()?;
                if start < self.stack.len() {
                    heap.add_items(&target, self.stack.drain(start..))?;
                }
                return Ok(None);
            }

            Op::Global((module, name)) => {
                heap.site(offset);
                heap.global(global_name(module)?, global_name(name)?)?
            }
            Op::StackGlobal => {
                heap.site(offset);
                let name = self.pop()?;
                let module = self.pop()?;
                heap.stack_global(module, name)?
            }
            Op::Ext1(code) => self.extension(heap, offset, code.into())?,
            Op::Ext2(code) => self.extension(heap, offset, code.into())?,
            Op::Ext4(code) => self.extension(heap, offset, code.into())?,

            Op::Reduce => {
                heap.site(offset);
                let args = self.pop()?;
                let callable = self.pop()?;
                heap.reduce(callable, args)?
            }
            Op::NewObjEx => {
                heap.site(offset);
                let kwargs = self.pop()?;
                let args = self.pop()?;
                let class = self.pop()?;
                heap.new_object_ex(class, args, kwargs)?
            }
            Op::Obj => {
                heap.site(offset);
                let start = self.unmark()?;
                if start >= self.stack.len() {
                    return Err(self.underflow().into());
                }
                let class = self.stack[start].clone();
                let object = heap.instance(class, self.stack.drain(start + 1..))?;
                self.stack.truncate(start);
                object
            }
            Op::Inst((module, name)) => {
                heap.site(offset);
                let start = self.unmark()?;
                let class = heap.global(ascii_name(module)?, ascii_name(name)?)?;
                heap.instance(class, self.stack.drain(start..))?
            }

            Op::PersId(line) => {
                heap.site(offset);
                heap.persistent_line(text::ascii_decode(line).map_err(|_| ErrorKind::BadPersistentId)?)?
            }
            Op::BinPersId => {
                heap.site(offset);
                let id = self.pop()?;
                heap.persistent(id)?
            }
            Op::NextBuffer => heap.next_buffer()?,
            Op::ReadonlyBuffer => {
                let buffer = self.pop()?;
                heap.readonly_buffer(buffer)?
            }
            // Those of `step`.
            Op::Proto(_)
            | Op::Mark
            | Op::BinGet(_)
            | Op::LongBinGet(_)
            | Op::BinPut(_)
            | Op::LongBinPut(_)
            | Op::Memoize
            | Op::None
            | Op::NewTrue
            | Op::NewFalse
            | Op::BinInt1(_)
            | Op::BinInt2(_)
            | Op::BinInt(_)
            | Op::BinFloat(_)
            | Op::Long1(_)
            | Op::ShortBinUnicode(_)
            | Op::BinUnicode(_)
            | Op::EmptyList
            | Op::EmptyDict
            | Op::EmptyTuple
            | Op::Tuple1
            | Op::Tuple2
            | Op::Tuple3
            | Op::Append
            | Op::SetItem
            | Op::Appends
            | Op::SetItems
            | Op::NewObj
            | Op::Build => {
                return Err(ErrorKind::UnknownOpcode(op.code()).into());
            }
        };
        self.push(value)?;
        Ok(None)
    }

    /// POP takes a mark when that is what lies on top.
    fn op_pop<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H) -> Result<Option<V>, H::Error> {
        if !self.marks.is_empty() && self.stack.len() == self.fence {
            self.unmark()?;
        } else if self.stack.is_empty() {
            return Err(ErrorKind::StackUnderflow.into());
        } else {
            self.drop_top(heap);
        }
        Ok(None)
    }

    fn drop_top<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H) {
        if let Some(value) = self.stack.pop() {
            heap.dropped(value, self.stack.last());
        }
    }

    #[cold]
    fn op_get<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, line: &[u8]) -> Result<Option<V>, H::Error> {
        let index = number::index_line(line)?;
        let known = u64::try_from(index).map_err(|_| ErrorKind::MissingMemo(index))?;
        self.recall(heap, known).map(|()| None)
    }

    #[cold]
    fn op_put<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, line: &[u8]) -> Result<Option<V>, H::Error> {
        self.top()?;
        let index = u64::try_from(number::index_line(line)?).map_err(|_| ErrorKind::BadNumber)?;
        self.memoize(heap, index, false).map(|()| None)
    }

    #[cold]
    fn op_int<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, line: &[u8]) -> Result<V, H::Error> {
        let digits = heap.digits(self.limits.digits)?;
        match number::int_line(line, self.rules == Rules::Classic, digits)? {
            number::Parsed::Bool(value) => heap.bool(value),
            value => heap.long(value),
        }
    }

    #[cold]
    fn op_long<'a, H: Heap<'a, Value = V>>(&self, heap: &mut H, line: &[u8]) -> Result<V, H::Error> {
        let classic = self.rules == Rules::Classic;
        let digits = heap.digits(self.limits.digits)?;
        heap.long(number::long_line(line, classic, digits)?)
    }

    fn extension<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, offset: u64, code: i64) -> Result<V, H::Error> {
        heap.site(offset);
        heap.extension(code)
    }
}

/// A name of GLOBAL: UTF-8, not empty.
fn global_name(line: &[u8]) -> Result<&str, ErrorKind> {
    if line.is_empty() {
        return Err(ErrorKind::EmptyName);
    }
    str::from_utf8(line).map_err(|_| ErrorKind::BadText("UTF-8"))
}

/// A name of INST: ASCII, not empty.
fn ascii_name(line: &[u8]) -> Result<&str, ErrorKind> {
    if line.is_empty() {
        return Err(ErrorKind::EmptyName);
    }
    text::ascii_decode(line)
}
