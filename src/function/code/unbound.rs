//! Local variables that may be loaded before they have a value.
//!
//! Up to 3.11, LOAD_FAST says so. From 3.12 on it crashes, and the compiler writes LOAD_FAST_CHECK wherever it cannot prove
//! that there is a value. Otherwise many a small function is the same in 3.11 and 3.12.

use super::{ArgValue, check::Program, opcode::is_final};
use std::collections::BTreeSet;

/// How many times over the instructions may be gone through.
const ROUNDS: usize = 256;

impl Program<'_> {
    /// Whether a LOAD_FAST may find nothing: on some way to it, also by handlers of exceptions, there is no STORE_FAST. So
    /// it is, too, where that would take too long to find out.
    pub(super) fn may_load_unbound(&self) -> bool {
        let arg_of = |at: usize, name: &str| self.steps[at].arg.filter(|_| self.steps[at].name == name);
        let all = 0..self.steps.len();
        let loaded: BTreeSet<u32> = all.clone().filter_map(|at| arg_of(at, "LOAD_FAST")).collect();
        let mut budget = ROUNDS * (self.steps.len() + 1);
        let mut spend = |count: usize| {
            let left = budget.checked_sub(count);
            budget = left.unwrap_or(0);
            left.is_some()
        };
        let mut handlers: Vec<Option<usize>> = vec![None; self.steps.len()];
        for handler in self.code.handlers().unwrap_or_default() {
            let within = |offset: usize| self.steps.partition_point(|step| step.offset < offset);
            let covered = within(handler.code.start)..within(handler.code.end);
            if !spend(covered.len() + 1) {
                return true;
            }
            handlers[covered].fill(self.step_at(handler.target));
        }
        // The variable for which an instruction was last reached without a value.
        let mut reached = vec![None; self.steps.len()];
        for variable in loaded {
            let deleted = all.clone().filter(|at| arg_of(*at, "DELETE_FAST") == Some(variable));
            let mut work: Vec<usize> = deleted.map(|at| at + 1).collect();
            if variable as usize >= self.code.parameters().len() {
                work.push(0);
            }
            if !spend(self.steps.len()) {
                return true;
            }
            while let Some(at) = work.pop() {
                if at >= reached.len() || reached[at].replace(variable) == Some(variable) {
                    continue;
                }
                if arg_of(at, "LOAD_FAST") == Some(variable) || !spend(1) {
                    return true;
                }
                work.extend(handlers[at]);
                if arg_of(at, "STORE_FAST") == Some(variable) {
                    continue;
                }
                let step = &self.steps[at];
                if let ArgValue::Jump(target) = step.argval {
                    work.extend(self.step_at(target));
                }
                if !is_final(step.name) {
                    work.push(at + 1);
                }
            }
        }
        false
    }
}
