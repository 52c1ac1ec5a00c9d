//! What an opcode of Python's bytecode is, in each version.

use super::tables;
use std::sync::LazyLock;

/// What the argument of an opcode stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arg {
    /// It has none; the byte is ignored.
    None,
    /// A number.
    Plain,
    /// An index into `co_consts`.
    Const,
    /// An index into `co_names`.
    Name,
    /// One into `co_names`, times two, and a flag.
    NameBit,
    /// One into `co_names`, times four, and two flags.
    NameSuper,
    /// An index of a local variable.
    Local,
    /// Two indices of local variables, of four bits each.
    LocalPair,
    /// An index of a cell or free variable; from 3.11 on among all variables.
    Free,
    /// A position in the code.
    JumpTo,
    /// A distance ahead.
    JumpBy,
    /// A distance back.
    JumpBack,
    /// A comparison.
    Compare,
    /// An operation with two operands.
    Binary,
    /// A function of the interpreter.
    Intrinsic1,
    /// A function of the interpreter with two arguments.
    Intrinsic2,
    /// How a value in an f-string is converted, and whether a format follows.
    Format,
    /// How a value in an f-string is converted.
    Convert,
    /// What else of a function is on the stack.
    Function,
    /// Which attribute of a function is set.
    Attribute,
}

/// How an opcode changes the depth of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// By so much.
    Fixed(i8),
    /// By so much if it does not jump, and if it does.
    Jump(i8, i8),
    /// A base, and so much for each one in the argument.
    Linear(i8, i8),
    /// A base, and so much for each bit of the argument that is in the mask.
    Bits(i8, i8, u8),
    /// As UNPACK_EX: items before the starred one, and behind it.
    Unpack,
    /// Nobody said: before 3.8.
    Unknown,
}

/// Opcode, name, argument, units of cache that follow, stack effect.
pub(crate) type Row = (u8, &'static str, Arg, u8, Effect);

/// The opcodes of one version.
pub(crate) struct Table {
    pub(crate) minor: u8,
    rows: [Option<&'static Row>; 256],
}

impl Table {
    /// The table of CPython 3.`minor`, for 3.6 to 3.13.
    pub(crate) fn of(minor: u8) -> Option<&'static Table> {
        static TABLES: LazyLock<[Table; 8]> = LazyLock::new(|| {
            let sources = [
                tables::V3_6,
                tables::V3_7,
                tables::V3_8,
                tables::V3_9,
                tables::V3_10,
                tables::V3_11,
                tables::V3_12,
                tables::V3_13,
            ];
            let mut minor = 5;
            sources.map(|source| {
                minor += 1;
                let mut rows = [None; 256];
                for row in source {
                    rows[usize::from(row.0)] = Some(row);
                }
                Table { minor, rows }
            })
        });
        TABLES.get(usize::from(minor).checked_sub(6)?)
    }

    /// The row of an opcode, if this version has it.
    #[inline]
    pub(crate) fn row(&self, opcode: u8) -> Option<&'static Row> {
        self.rows[usize::from(opcode)]
    }
}

/// Whether control never goes on to the next instruction.
pub(super) fn is_final(name: &str) -> bool {
    matches!(
        name,
        "RETURN_VALUE" | "RETURN_CONST" | "RAISE_VARARGS" | "RERAISE" | "JUMP_FORWARD" | "JUMP_ABSOLUTE"
    ) || name.starts_with("JUMP_BACKWARD")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables are those that `dis` shows: a few rows that differ from version to version.
    #[test]
    fn rows() {
        let name = |minor, opcode| Table::of(minor).and_then(|table| table.row(opcode)).map(|row| row.1);
        assert_eq!(name(8, 162), Some("CALL_FINALLY"));
        assert_eq!(name(9, 162), Some("LIST_EXTEND"));
        assert_eq!(name(12, 151), Some("RESUME"));
        assert_eq!(name(13, 149), Some("RESUME"));
        assert_eq!(name(13, 255), None);
        assert!(Table::of(5).is_none() && Table::of(14).is_none() && Table::of(0).is_none());
        for minor in 6..=13 {
            assert_eq!(Table::of(minor).map(|table| table.minor), Some(minor));
        }
    }
}
