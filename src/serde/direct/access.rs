//! The items of containers, as serde asks for them.

use super::cursor::{Declined, Direct};
use crate::opcode::Op;
use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use std::collections::HashSet;

/// A container that is made empty and filled by the opcodes behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Set,
    Dict,
}

impl Kind {
    /// The opcode that puts a batch of items in.
    #[inline(always)]
    fn many(self) -> Op<'static> {
        match self {
            Kind::List => Op::Appends,
            Kind::Set => Op::AddItems,
            Kind::Dict => Op::SetItems,
        }
    }

    /// The opcode that puts a single item in.
    fn one(self) -> Option<Op<'static>> {
        match self {
            Kind::List => Some(Op::Append),
            Kind::Set => None,
            Kind::Dict => Some(Op::SetItem),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// A batch may begin.
    Between,
    /// After a mark.
    Batch,
    /// In the only item of a batch without a mark.
    One,
    Done,
}

/// CPython's batch size. A batch that is not full is the last.
const BATCH_SIZE: usize = 1000;

/// The items or entries of a list, set or dict.
pub(super) struct Filling<'a, 'de> {
    pub(super) direct: &'a mut Direct<'de>,
    kind: Kind,
    start: usize,
    state: State,
    /// The items of the batch so far.
    count: usize,
    /// The opcode that ends a batch.
    many: u8,
    /// Of a set.
    members: Option<HashSet<Member<'de>>>,
}

/// A member of a set, of a kind that equals no other kind's.
#[derive(PartialEq, Eq, Hash)]
enum Member<'de> {
    Int(i64),
    Text(&'de str),
}

impl<'a, 'de> Filling<'a, 'de> {
    pub(super) fn new(direct: &'a mut Direct<'de>, kind: Kind, start: usize) -> Self {
        Filling {
            direct,
            kind,
            start,
            state: State::Between,
            count: 0,
            many: kind.many().code(),
            members: (kind == Kind::Set).then(HashSet::new),
        }
    }

    /// Looks at the member of a set that comes next. One that is there already is no other member; no pickler writes it
    /// again.
    fn look_at_member(&mut self) -> Result<(), Declined> {
        let Some(members) = &mut self.members else {
            return Ok(());
        };
        let member = match self.direct.look()? {
            Op::BinInt1(value) => Member::Int(value.into()),
            Op::BinInt2(value) => Member::Int(value.into()),
            Op::BinInt(value) => Member::Int(value.into()),
            Op::ShortBinUnicode(bytes) | Op::BinUnicode(bytes) => {
                Member::Text(str::from_utf8(bytes).map_err(|_| Declined)?)
            }
            Op::BinGet(index) => Member::Text(self.direct.fetched_text(index.into())?),
            Op::LongBinGet(index) => Member::Text(self.direct.fetched_text(index as usize)?),
            _ => return Err(Declined),
        };
        if members.insert(member) { Ok(()) } else { Err(Declined) }
    }

    /// Whether another item or entry comes.
    #[inline(always)]
    pub(super) fn more(&mut self) -> Result<bool, Declined> {
        if self.state == State::Batch && self.direct.peek()? != self.many {
            self.count += 1;
            return Ok(true);
        }
        self.turn()
    }

    /// Between batches.
    fn turn(&mut self) -> Result<bool, Declined> {
        match self.state {
            State::Batch => {
                self.direct.step();
                // A batch that was not full is the last.
                self.state = if self.count == BATCH_SIZE {
                    State::Between
                } else {
                    State::Done
                };
                return self.turn();
            }
            State::Between => {
                self.state = State::Done;
                if self.direct.accept(Op::Mark)? {
                    self.state = State::Batch;
                    self.count = 0;
                    return self.more();
                }
                let single = self.kind.one().is_some() && self.direct.peek()? != Op::Stop.code();
                if single && self.direct.takes_one(self.start)? {
                    self.state = State::One;
                    return Ok(true);
                }
            }
            State::One => {
                let one = self.kind.one().ok_or(Declined)?;
                if !self.direct.accept(one)? {
                    return Err(Declined);
                }
                self.state = State::Done;
            }
            State::Done => {}
        }
        Ok(false)
    }

    /// The end, of which the visitor may not have asked.
    pub(super) fn end(mut self) -> Result<(), Declined> {
        if self.more()? { Err(Declined) } else { Ok(()) }
    }
}

impl<'de> SeqAccess<'de> for &mut Filling<'_, 'de> {
    type Error = Declined;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Declined> {
        if !self.more()? {
            return Ok(None);
        }
        self.look_at_member()?;
        let outer = std::mem::replace(&mut self.direct.in_key, self.kind == Kind::Set);
        let item = seed.deserialize(&mut *self.direct)?;
        self.direct.in_key = outer;
        Ok(Some(item))
    }
}

impl<'de> MapAccess<'de> for &mut Filling<'_, 'de> {
    type Error = Declined;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Declined> {
        if !self.more()? {
            return Ok(None);
        }
        self.direct.in_key = true;
        let key = seed.deserialize(&mut *self.direct)?;
        self.direct.in_key = false;
        Ok(Some(key))
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Declined> {
        seed.deserialize(&mut *self.direct)
    }
}

/// The items between MARK and TUPLE.
pub(super) struct Marked<'a, 'de>(pub(super) &'a mut Direct<'de>);

impl<'de> SeqAccess<'de> for Marked<'_, 'de> {
    type Error = Declined;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Declined> {
        if self.0.peek()? == Op::Tuple.code() {
            return Ok(None);
        }
        seed.deserialize(&mut *self.0).map(Some)
    }
}

/// The items before TUPLE1, TUPLE2 or TUPLE3.
pub(super) struct Tuple<'a, 'de> {
    pub(super) direct: &'a mut Direct<'de>,
    pub(super) count: usize,
}

impl Tuple<'_, '_> {
    /// The opcode that makes a tuple of the items so far.
    pub(super) fn maker(&self) -> Result<Op<'static>, Declined> {
        match self.count {
            1 => Ok(Op::Tuple1),
            2 => Ok(Op::Tuple2),
            3 => Ok(Op::Tuple3),
            _ => Err(Declined),
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Tuple<'_, 'de> {
    type Error = Declined;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Declined> {
        if self.count > 0 && self.direct.peek()? == self.maker()?.code() {
            return Ok(None);
        }
        if self.count == 3 {
            return Err(Declined);
        }
        self.count += 1;
        seed.deserialize(&mut *self.direct).map(Some)
    }
}

/// The one entry of a dict that says which variant, and holds what.
pub(super) struct Variant<'a, 'de>(pub(super) &'a mut Direct<'de>);

impl<'a, 'de> EnumAccess<'de> for Variant<'a, 'de> {
    type Error = Declined;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Declined> {
        let name = seed.deserialize(&mut *self.0)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Declined;

    /// A unit variant is text alone.
    fn unit_variant(self) -> Result<(), Declined> {
        Err(Declined)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Declined> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Declined> {
        serde::Deserializer::deserialize_seq(self.0, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Declined> {
        serde::Deserializer::deserialize_struct(self.0, "", fields, visitor)
    }
}
