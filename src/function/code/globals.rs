//! Which globals bytecode names, for those who have the bytes and no graph.

use super::opcode::Table;
use std::collections::HashSet;

/// Where in `co_names` the globals stand that the bytecode of a code object of CPython 3.`minor` reads, sets or deletes: in
/// order of their first use, each once. Of the code itself, not of code among its constants. `None` if there is no
/// table for that version.
///
/// In the body of a class (`is_class_body`: code without the flag `CO_OPTIMIZED`) those names count as well that it
/// reads before it has set them itself.
///
/// ```
/// // LOAD_GLOBAL 1, LOAD_GLOBAL 0, RETURN_VALUE
/// let bytecode = [116, 1, 116, 0, 83, 0];
/// assert_eq!(brinery::function::global_uses(&bytecode, 9, false), Some(vec![1, 0]));
/// assert_eq!(brinery::function::global_uses(&bytecode, 99, false), None);
/// ```
pub fn global_uses(bytecode: &[u8], minor: u8, is_class_body: bool) -> Option<Vec<usize>> {
    let table = Table::of(minor)?;
    let (mut uses, mut seen, mut own) = (Vec::new(), HashSet::new(), HashSet::new());
    let (mut at, mut extended) = (0, 0);
    while let Some(&[opcode, byte]) = bytecode.get(at..).and_then(|left| left.first_chunk::<2>()) {
        at += 2;
        let Some(&(_, name, _, caches, _)) = table.row(opcode) else {
            extended = 0;
            continue;
        };
        at += 2 * usize::from(caches);
        let arg = extended | usize::from(byte);
        extended = 0;
        let index = match name {
            "EXTENDED_ARG" => {
                extended = arg << 8;
                continue;
            }
            // The lowest bit says what is pushed beside it.
            "LOAD_GLOBAL" if minor >= 11 => arg >> 1,
            "LOAD_GLOBAL" | "STORE_GLOBAL" | "DELETE_GLOBAL" => arg,
            "LOAD_NAME" | "LOAD_FROM_DICT_OR_GLOBALS" if is_class_body && !own.contains(&arg) => arg,
            "STORE_NAME" if is_class_body => {
                own.insert(arg);
                continue;
            }
            _ => continue,
        };
        if seen.insert(index) {
            uses.push(index);
        }
    }
    Some(uses)
}
