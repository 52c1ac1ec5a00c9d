//! How high the stack is, without anything on it: the stack effects of the opcode table, acted out on numbers.

use crate::{
    error::ErrorKind,
    opcode::{Info, Op},
};

/// The height of the unpickler's stack and of its marks.
#[derive(Debug, Default)]
pub(super) struct Heights {
    values: usize,
    marks: Vec<usize>,
}

/// What an opcode does to the stack.
#[derive(Debug, Clone, Copy)]
struct Effect {
    /// Takes the topmost mark and all above it.
    unmarks: bool,
    /// Leaves a mark.
    marks: bool,
    /// How many values must lie above the mark that it takes.
    above: u8,
    /// How many values it takes from the top, or from below the mark.
    takes: u8,
    /// How many values it leaves.
    leaves: u8,
}

const NOTHING: Effect = Effect {
    unmarks: false,
    marks: false,
    above: 0,
    takes: 0,
    leaves: 0,
};

/// Of each byte, from the table's columns.
static EFFECTS: [Effect; 256] = {
    let mut effects = [NOTHING; 256];
    let mut row = 0;
    while row < Info::ALL.len() {
        let info = &Info::ALL[row];
        let mut effect = NOTHING;
        let mut at = 0;
        while at < info.before.len() {
            match info.before[at].as_bytes() {
                b"mark" => effect.unmarks = true,
                b"stackslice" => {}
                _ if effect.unmarks => effect.above += 1,
                _ => effect.takes += 1,
            }
            at += 1;
        }
        at = 0;
        while at < info.after.len() {
            match info.after[at].as_bytes() {
                b"mark" => effect.marks = true,
                _ => effect.leaves += 1,
            }
            at += 1;
        }
        effects[info.code as usize] = effect;
        row += 1;
    }
    effects
};

impl Heights {
    /// Below this nothing can be taken.
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    /// How many values there are above the topmost mark.
    fn within_reach(&self) -> usize {
        self.values - self.fence()
    }

    fn underflow(&self) -> ErrorKind {
        if self.marks.is_empty() {
            ErrorKind::StackUnderflow
        } else {
            ErrorKind::UnexpectedMark
        }
    }

    /// Acts out one opcode; an error where CPython's unpickler has one, too.
    #[inline(always)]
    pub(super) fn act(&mut self, op: &Op<'_>) -> Result<(), ErrorKind> {
        let effect = EFFECTS[usize::from(op.code())];
        match op {
            // POP takes a mark when that is what lies on top.
            Op::Pop if self.within_reach() == 0 && self.marks.pop().is_some() => return Ok(()),
            Op::Put(_) | Op::BinPut(_) | Op::LongBinPut(_) if self.within_reach() == 0 => return Err(self.underflow()),
            _ => {}
        }
        if effect.unmarks {
            let mark = self.marks.pop().ok_or(ErrorKind::MissingMark)?;
            if self.values - mark < usize::from(effect.above) {
                return Err(self.underflow());
            }
            self.values = mark;
        }
        if self.within_reach() < usize::from(effect.takes) {
            return Err(self.underflow());
        }
        self.values -= usize::from(effect.takes);
        self.values += usize::from(effect.leaves);
        if effect.marks {
            self.marks.push(self.values);
        }
        Ok(())
    }

    /// Whether nothing is left on the stack, which STOP has taken its value from.
    pub(super) fn clean(&self) -> bool {
        self.values == 0 && self.marks.is_empty()
    }

    /// The marks that are left.
    pub(super) fn marks(&self) -> usize {
        self.marks.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ops;

    fn left(pickle: &[u8]) -> Result<(usize, usize), String> {
        let mut heights = Heights::default();
        for op in Ops::new(pickle) {
            let (_, op) = op.map_err(|error| error.to_string())?;
            heights.act(&op).map_err(|error| error.to_string())?;
        }
        Ok((heights.values, heights.marks()))
    }

    #[test]
    fn what_stop_leaves() {
        assert_eq!(left(b"N."), Ok((0, 0)));
        assert_eq!(left(b"](K\x01K\x02ee."), Err("no mark is on the stack".into()));
        assert_eq!(left(b"](K\x01K\x02e}(u\x86."), Ok((0, 0)));
        assert_eq!(left(b"N(NN."), Ok((2, 1)));
        assert_eq!(left(b"N(0."), Ok((0, 0)));
        assert_eq!(left(b"(."), Err("a mark stands where a value is needed".into()));
        assert_eq!(left(b"(o."), Err("the stack is empty".into()));
        assert_eq!(left(b"N(N1."), Ok((0, 0)));
        assert_eq!(left(b"NN(\x86."), Err("a mark stands where a value is needed".into()));
        assert_eq!(left(b"p0\n."), Err("the stack is empty".into()));
        assert_eq!(left(b"N2\x86."), Ok((0, 0)));
    }
}
