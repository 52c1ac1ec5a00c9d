//! One pass over a pickle's opcodes: what of it must change when it stands within another.

use super::heights::Heights;
use crate::{
    error::{Error, ErrorKind, Result},
    machine::Rules,
    memo::Memo,
    number,
    opcode::Op,
    ops::Ops,
};

/// By which rules a name is looked up, which the protocol in force decides (`find_class` in CPython's
/// `Modules/_pickle.c`). Nothing else in a pickle depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Protocols 0 to 2: a name of Python 2 stands for that of Python 3, and dots mean nothing.
    Mapped,
    /// Protocol 3: dots mean nothing.
    Flat,
    /// From protocol 4 on: `Outer.Inner` is looked up part by part.
    Dotted,
}

impl Names {
    pub(super) fn of(protocol: u8) -> Names {
        match protocol {
            0..=2 => Names::Mapped,
            3 => Names::Flat,
            _ => Names::Dotted,
        }
    }

    /// The PROTO that brings these rules into force.
    pub(super) fn proto(self) -> Op<'static> {
        Op::Proto(match self {
            Names::Mapped => 2,
            Names::Flat => 3,
            Names::Dotted => 4,
        })
    }
}

/// A stretch of the input that is not taken over as it is.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) to: To,
}

/// What comes in its place.
#[derive(Debug)]
pub(super) enum To {
    Nothing,
    /// A value is stored in the memo, as this entry.
    Put(u32),
    /// An entry is fetched.
    Get(u32),
    /// Other rules for names come into force.
    Names(Names),
}

/// What a pass has found. Each store is an entry of its own, also one to an index that was in use: a fetch then has one
/// store that it can mean.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) changes: Vec<Change>,
    /// Of each entry, whether it is ever fetched.
    pub(super) fetched: Vec<bool>,
    /// The rules for the first name and for the last one.
    pub(super) names: Option<(Names, Names)>,
    /// The lowest protocol that has all of it: the highest that it names or needs.
    pub(super) protocol: u8,
    /// How many out-of-band buffers it takes.
    pub(super) buffers: usize,
    /// What STOP leaves on the stack.
    pub(super) left: Heights,
    /// Where STOP stands.
    pub(super) stop: usize,
}

pub(super) fn scan(input: &[u8]) -> Result<Scan> {
    let mut pass = Pass {
        scan: Scan::default(),
        memo: Memo::new(),
        proto: 0,
    };
    let mut ops = Ops::starting_at(input, 0, Rules::Classic);
    while let Some(op) = ops.next() {
        let (start, op) = op?;
        pass.step(start, ops.offset(), op)
            .map_err(|error: ErrorKind| -> Error { error.at(start as u64, Some(op.code())) })?;
    }
    Ok(pass.scan)
}

struct Pass {
    scan: Scan,
    /// Which entry each index of the pickle's own memo stands for now.
    memo: Memo<u32>,
    /// The protocol in force; 0 before the first PROTO.
    proto: u8,
}

impl Pass {
    #[inline(always)]
    fn step(&mut self, start: usize, end: usize, op: Op<'_>) -> Result<(), ErrorKind> {
        self.scan.left.act(&op)?;
        self.scan.protocol = self.scan.protocol.max(op.info().proto);
        let to = match op {
            Op::Stop => {
                self.scan.stop = start;
                return Ok(());
            }
            Op::Frame(_) => To::Nothing,
            Op::Proto(proto) => {
                if proto > 5 {
                    return Err(ErrorKind::UnsupportedProtocol(proto));
                }
                self.proto = proto;
                self.scan.protocol = self.scan.protocol.max(proto);
                To::Nothing
            }
            Op::Memoize => {
                let entry = self.entry()?;
                self.memo.push(&entry, usize::MAX)?;
                To::Put(entry)
            }
            Op::BinPut(index) => self.put(index.into())?,
            Op::LongBinPut(index) => self.put(index.into())?,
            Op::Put(line) => {
                let index = u64::try_from(number::index_line(line)?);
                self.put(index.map_err(|_| ErrorKind::BadNumber)?)?
            }
            Op::BinGet(index) => self.get(index.into())?,
            Op::LongBinGet(index) => self.get(index.into())?,
            Op::Get(line) => {
                let index = number::index_line(line)?;
                self.get(u64::try_from(index).map_err(|_| ErrorKind::MissingMemo(index))?)?
            }
            Op::Global(_) | Op::Inst(_) | Op::StackGlobal | Op::Ext1(_) | Op::Ext2(_) | Op::Ext4(_) => {
                let names = Names::of(self.proto);
                match &mut self.scan.names {
                    None => self.scan.names = Some((names, names)),
                    Some((_, last)) if *last != names => {
                        *last = names;
                        let to = To::Names(names);
                        self.scan.changes.push(Change { start, end: start, to });
                    }
                    Some(_) => {}
                }
                return Ok(());
            }
            Op::NextBuffer => {
                self.scan.buffers += 1;
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.scan.changes.push(Change { start, end, to });
        Ok(())
    }

    fn entry(&mut self) -> Result<u32, ErrorKind> {
        let entry = u32::try_from(self.scan.fetched.len());
        self.scan.fetched.push(false);
        entry.map_err(|_| ErrorKind::NumberTooLarge)
    }

    fn put(&mut self, index: u64) -> Result<To, ErrorKind> {
        let entry = self.entry()?;
        self.memo.put(index, &entry, usize::MAX)?;
        Ok(To::Put(entry))
    }

    fn get(&mut self, index: u64) -> Result<To, ErrorKind> {
        let entry = self.memo.get(index).ok_or(ErrorKind::MissingMemo(index.into()))?;
        if let Some(fetched) = self.scan.fetched.get_mut(entry as usize) {
            *fetched = true;
        }
        Ok(To::Get(entry))
    }
}
