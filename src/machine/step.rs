//! What most of a stream is made of: one line per opcode. The rest is in `rare`.
//!
//! The split takes 10 % of the instructions off reading records, and 12 % off ints: one match of all keeps fewer registers
//! free. From each line the macro makes an [`Act`] for the loop that knows its opcode when it is compiled, so that no more
//! than the line is compiled there, and an arm of [`Machine::step`] for everybody else.

use super::Machine;
use crate::{
    error::ErrorKind,
    heap::Heap,
    number,
    opcode::{Op, Row, rows},
};

/// A row of the table that acts on the machine.
pub(crate) trait Act: Row {
    /// Acts out the opcode, which starts at `offset`.
    fn act<'a, H: Heap<'a>>(
        machine: &mut Machine<H::Value>,
        heap: &mut H,
        offset: u64,
        arg: Self::Arg<'a>,
    ) -> Result<(), H::Error>;
}

macro_rules! steps {
    (|$machine:ident, $heap:ident, $offset:ident| $($variant:ident $(($arg:ident))? => $act:expr;)*) => {
        $(impl Act for rows::$variant {
            #[inline(always)]
            #[allow(unused_parens, unused_variables)]
            fn act<'a, H: Heap<'a>>(
                $machine: &mut Machine<H::Value>,
                $heap: &mut H,
                $offset: u64,
                ($($arg)?): Self::Arg<'a>,
            ) -> Result<(), H::Error> {
                Ok($act?)
            }
        })*

        impl<V: Clone> Machine<V> {
            /// Acts out one opcode, which starts at `offset`. Answers the pickle's value at STOP.
            #[inline(always)]
            pub fn step<'a, H: Heap<'a, Value = V>>(
                &mut self,
                heap: &mut H,
                offset: u64,
                op: Op<'a>,
            ) -> Result<Option<V>, H::Error> {
                match op {
                    $(Op::$variant $(($arg))? => rows::$variant::act(self, heap, offset, ($($arg)?)).map(|()| None),)*
                    op => self.rare(heap, offset, op),
                }
            }
        }
    };
}

steps! { |machine, heap, offset|
    Proto(n) => machine.proto(heap, n);
    Mark => machine.mark();
    BinGet(index) => machine.recall(heap, index.into());
    LongBinGet(index) => machine.recall(heap, index.into());
    BinPut(index) => machine.memoize(heap, index.into(), true);
    LongBinPut(index) => machine.memoize(heap, index.into(), true);
    Memoize => machine.memoize_next(heap);

    None => machine.push(heap.none()?);
    NewTrue => machine.push(heap.bool(true)?);
    NewFalse => machine.push(heap.bool(false)?);
    BinInt1(v) => machine.push(heap.int(v.into())?);
    BinInt2(v) => machine.push(heap.int(v.into())?);
    BinInt(v) => machine.push(heap.int(v.into())?);
    BinFloat(v) => machine.push(heap.float(v)?);
    Long1(v) => machine.long(heap, v);
    ShortBinUnicode(v) => machine.push(heap.utf8(v)?);
    BinUnicode(v) => machine.push(heap.utf8(v)?);

    EmptyList => machine.push(heap.list()?);
    EmptyDict => machine.push(heap.dict()?);
    EmptyTuple => machine.tuple(heap, 0);
    Tuple1 => machine.tuple(heap, 1);
    Tuple2 => machine.tuple(heap, 2);
    Tuple3 => machine.tuple(heap, 3);
    Append => machine.append(heap);
    Appends => machine.appends(heap);
    SetItem => machine.set_item(heap);
    SetItems => machine.set_items(heap);
    NewObj => machine.new_object(heap, offset);
    Build => machine.build(heap, offset);
}

impl<V: Clone> Machine<V> {
    fn proto<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, protocol: u8) -> Result<(), H::Error> {
        if protocol > 5 {
            return Err(ErrorKind::UnsupportedProtocol(protocol).into());
        }
        heap.protocol(protocol)
    }

    #[inline(always)]
    fn memoize_next<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H) -> Result<(), H::Error> {
        let value = &self.stack[self.below(0)?];
        heap.memoized(value, true);
        Ok(self.memo.push(value, self.limits.memo)?)
    }

    /// An int in two's complement: mostly one that is too large for four bytes, and fits eight.
    #[inline(always)]
    fn long<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, bytes: &[u8]) -> Result<(), H::Error> {
        let value = match bytes.len() {
            length @ 1..=8 => {
                let bits = 64 - 8 * length as u32;
                let value = bytes.iter().rev().fold(0, |value, &byte| value << 8 | i64::from(byte));
                heap.int(value << bits >> bits)?
            }
            _ => heap.long(number::long_bytes(bytes))?,
        };
        Ok(self.push(value)?)
    }

    /// A tuple of the topmost `size` values.
    #[inline(always)]
    fn tuple<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, size: usize) -> Result<(), H::Error> {
        let at = match size {
            0 => self.stack.len(),
            _ => self.below(size - 1)?,
        };
        let tuple = heap.tuple(self.stack.drain(at..))?;
        Ok(self.push(tuple)?)
    }

    #[inline(always)]
    fn append<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H) -> Result<(), H::Error> {
        let at = self.below(1)?;
        let target = self.stack[at].clone();
        heap.append(&target, self.stack.drain(at + 1..))
    }

    #[inline(always)]
    fn set_item<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H) -> Result<(), H::Error> {
        let at = self.below(2)?;
        let target = self.stack[at].clone();
        heap.set_items(&target, self.stack.drain(at + 1..))
    }

    /// With no items the target is not looked at, whatever it is.
    #[inline(always)]
    fn appends<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H) -> Result<(), H::Error> {
        let (start, target) = self.unmark_target()?;
        if start < self.stack.len() {
            heap.append(&target, self.stack.drain(start..))?;
        }
        Ok(())
    }

    /// As `appends`.
    #[inline(always)]
    fn set_items<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H) -> Result<(), H::Error> {
        let (start, target) = self.unmark_target()?;
        self.even_items(start)?;
        if start < self.stack.len() {
            heap.set_items(&target, self.stack.drain(start..))?;
        }
        Ok(())
    }

    #[inline(always)]
    fn new_object<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, offset: u64) -> Result<(), H::Error> {
        heap.site(offset);
        let args = self.pop()?;
        let class = self.pop()?;
        let object = heap.new_object(class, args)?;
        Ok(self.push(object)?)
    }

    #[inline(always)]
    fn build<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, offset: u64) -> Result<(), H::Error> {
        heap.site(offset);
        let at = self.below(1)?;
        let state = self.pop()?;
        heap.build(&self.stack[at], state)
    }
}
