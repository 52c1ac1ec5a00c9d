//! The members of a set in an order that depends on nothing but them.

use super::{Budget, Deterministic, Id, Purpose};
use crate::fault::Fault;
use pyo3::{
    prelude::*,
    types::{PyBytes, PyInt, PyList, PyString},
};
use std::{cell::Cell, rc::Rc};

/// How many objects of each member are looked at: of all of them few, and more of those that are alike so far.
const ROUNDS: [usize; 3] = [32, 1024, 32_768];
/// How deep sets may lie in what is compared. Deeper ones are told apart by how many members they have.
const DEEPEST: usize = 16;

/// A member, and what it is compared by.
struct Member<'py> {
    object: Id<'py>,
    key: Vec<u8>,
    /// Whether the key is all there is.
    whole: bool,
}

impl<'py> Deterministic<'py> {
    /// Members of a set, sorted: strings and numbers as Python does it, others by how they are pickled alone. Of members
    /// that are pickled alike those come first that were written before.
    pub(super) fn sorted(&mut self, members: Vec<Id<'py>>) -> Result<Vec<Id<'py>>, Fault> {
        let all = |is: fn(&Id<'py>) -> bool| members.iter().all(is);
        let Some(first) = members.first() else {
            return Ok(members);
        };
        if all(|member| member.is_exact_instance_of::<PyString>())
            || all(|member| member.is_exact_instance_of::<PyInt>())
            || all(|member| member.is_exact_instance_of::<PyBytes>())
        {
            let sorted = PyList::new(first.py(), members)?;
            sorted.sort()?;
            return Ok(sorted.iter().collect());
        }
        if let Purpose::Comparing { depth: DEEPEST.., .. } = self.purpose {
            return Ok(Vec::new());
        }
        let mut members: Vec<_> = members
            .into_iter()
            .map(|object| Member {
                object,
                key: Vec::new(),
                whole: false,
            })
            .collect();
        self.sort(&mut members, &ROUNDS)?;
        Ok(members.into_iter().map(|member| member.object).collect())
    }

    /// Sorts members that are alike so far.
    fn sort(&mut self, members: &mut [Member<'py>], rounds: &[usize]) -> Result<(), Fault> {
        if members.len() < 2 {
            return Ok(());
        }
        let Some((&budget, rounds)) = rounds.split_first() else {
            members.sort_by_cached_key(|member| {
                let address = self.identity(&member.object);
                self.inner.memo().get(address).unwrap_or(u32::MAX)
            });
            return Ok(());
        };
        if !members.iter().all(|member| member.whole) {
            for member in members.iter_mut() {
                (member.key, member.whole) = self.key(&member.object, budget)?;
            }
            members.sort_by(|one, other| one.key.cmp(&other.key));
        }
        for alike in members.chunk_by_mut(|one, other| one.key == other.key) {
            self.sort(alike, rounds)?;
        }
        Ok(())
    }

    /// How an object is pickled alone, up to so many objects in it; whether that was all.
    fn key(&self, object: &Id<'py>, most: usize) -> Result<(Vec<u8>, bool), Fault> {
        // A set within what is compared: the objects in it are objects of that.
        if let Purpose::Comparing { budget, depth } = &self.purpose {
            let purpose = Purpose::Comparing {
                budget: budget.clone(),
                depth: depth + 1,
            };
            let (bytes, outcome) = self.apart(object, purpose)?;
            return outcome.map(|()| (bytes, true));
        }
        let budget = Rc::new(Budget {
            left: Cell::new(most),
            ..Budget::default()
        });
        let purpose = Purpose::Comparing {
            budget: budget.clone(),
            depth: 0,
        };
        let (bytes, outcome) = self.apart(object, purpose)?;
        match outcome {
            Err(_) if budget.exhausted.get() => Ok((bytes, false)),
            outcome => outcome.map(|()| (bytes, true)),
        }
    }
}
