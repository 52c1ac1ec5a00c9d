//! The layout of code objects, and the list of variables of 3.11 and later.

use super::codes::{CELL, FREE, LOCAL};
use std::collections::HashSet;

/// In which order marshal has the parts of a code object: numbers, objects, the number of the first line, objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// `argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags`, from 3.11 on without `nlocals`.
    pub(super) numbers: usize,
    /// How many objects there are before the first line and behind it.
    pub(super) before: usize,
    pub(super) after: usize,
    /// Whether variables are one list.
    pub(super) one_list: bool,
}

impl Layout {
    /// `code, consts, names, varnames, freevars, cellvars, filename, name`, line, `lnotab`; from 3.11 on `code, consts,
    /// names, localsplusnames, localspluskinds, filename, name, qualname`, line, `linetable, exceptiontable`.
    pub(super) fn of(minor: u8) -> Layout {
        let one_list = minor >= 11;
        Layout {
            numbers: if one_list { 5 } else { 6 },
            before: 8,
            after: if one_list { 2 } else { 1 },
            one_list,
        }
    }

    pub(super) fn objects(self) -> usize {
        self.before + self.after
    }
}

/// The three lists of variables that one list stands for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Variables<T> {
    pub(super) locals: Vec<T>,
    pub(super) cells: Vec<T>,
    pub(super) frees: Vec<T>,
}

/// Takes the list apart, as `co_varnames`, `co_cellvars` and `co_freevars` do. `None` if a variable is of no kind.
pub(super) fn split<T: Copy>(names: &[T], kinds: &[u8]) -> Option<Variables<T>> {
    let mut out = Variables {
        locals: Vec::new(),
        cells: Vec::new(),
        frees: Vec::new(),
    };
    if names.len() != kinds.len() {
        return None;
    }
    for (name, kind) in names.iter().zip(kinds) {
        if kind & (LOCAL | CELL | FREE) == 0 {
            return None;
        }
        for (bit, list) in [(LOCAL, &mut out.locals), (CELL, &mut out.cells), (FREE, &mut out.frees)] {
            if kind & bit != 0 {
                list.push(*name);
            }
        }
    }
    Some(out)
}

/// Puts the list together, as `types.CodeType` does: a cell that is a local variable too, such as a parameter, is not
/// listed twice.
pub(super) fn join<'g, T: Copy>(variables: &Variables<T>, text: impl Fn(T) -> &'g [u8]) -> (Vec<T>, Vec<u8>) {
    let cells: HashSet<&[u8]> = variables.cells.iter().map(|cell| text(*cell)).collect();
    let mut names = Vec::new();
    let mut kinds = Vec::new();
    let mut shared = HashSet::new();
    for local in &variables.locals {
        let is_cell = cells.contains(text(*local));
        if is_cell {
            shared.insert(text(*local));
        }
        names.push(*local);
        kinds.push(if is_cell { LOCAL | CELL } else { LOCAL });
    }
    for cell in variables.cells.iter().filter(|cell| !shared.contains(text(**cell))) {
        names.push(*cell);
        kinds.push(CELL);
    }
    names.extend(&variables.frees);
    kinds.resize(names.len(), FREE);
    (names, kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let names: [&[u8]; 4] = [b"a", b"b", b"x", b"f"];
        let kinds = [LOCAL | CELL, LOCAL, CELL, FREE];
        let apart = split(&names, &kinds).unwrap();
        assert_eq!(apart.locals, [b"a", b"b"]);
        assert_eq!(apart.cells, [b"a", b"x"]);
        assert_eq!(apart.frees, [b"f"]);
        assert_eq!(join(&apart, |name| name), (names.to_vec(), kinds.to_vec()));
        assert!(split(&names, &kinds[..3]).is_none());
        assert!(split(&names[..1], &[0x10]).is_none());
    }
}
