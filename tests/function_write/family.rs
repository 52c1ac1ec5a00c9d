//! A family of closures that call each other and change the same variables: by chance, as a model, as text.

use proptest::{collection::vec, prelude::*};
use std::fmt::Write as _;

const PRIME: i64 = 1_000_003;
/// Cells and globals with numbers in them.
const CELLS: usize = 4;
const GLOBALS: usize = 3;

/// One function of a family. What it refers to is by number, modulo how many there are.
#[derive(Debug, Clone)]
pub struct Member {
    pub lambda: bool,
    pub namespace: usize,
    pub cells: (usize, usize),
    pub global: usize,
    pub times: i64,
    pub plus: i64,
    pub default: i64,
    pub keyword: i64,
    pub item: usize,
    /// Whom it calls, and whether it finds them in a cell or among its globals.
    pub calls: Vec<(usize, bool)>,
    pub data_in_cell: bool,
}

#[derive(Debug, Clone)]
pub struct Family {
    pub members: Vec<Member>,
    pub cells: Vec<i64>,
    pub globals: Vec<i64>,
    pub data: Vec<i64>,
    pub calls: Vec<(usize, i64, i64)>,
}

fn number() -> impl Strategy<Value = i64> {
    0..PRIME
}

fn member() -> impl Strategy<Value = Member> {
    let refers = (0..2usize, (0..CELLS, 0..CELLS), 0..GLOBALS, 0..8usize);
    let numbers = (2..100i64, number(), number(), number());
    let calls = vec((0..8usize, any::<bool>()), 0..3);
    (any::<bool>(), refers, numbers, calls, any::<bool>()).prop_map(
        |(lambda, (namespace, cells, global, item), (times, plus, default, keyword), calls, data_in_cell)| Member {
            lambda,
            namespace,
            cells,
            global,
            times,
            plus,
            default,
            keyword,
            item,
            calls,
            data_in_cell,
        },
    )
}

pub fn family() -> impl Strategy<Value = Family> {
    let numbers = |count| vec(number(), count);
    let calls = vec((0..8usize, 0..4i64, number()), 1..5);
    (vec(member(), 1..6), numbers(CELLS), numbers(GLOBALS), numbers(8), calls).prop_map(
        |(mut members, cells, globals, data, mut calls)| {
            let count = members.len();
            for member in &mut members {
                member.calls.iter_mut().for_each(|call| call.0 %= count);
                // A name is in one place.
                if let [first, second] = &mut member.calls[..]
                    && first.0 == second.0
                {
                    second.1 = first.1;
                }
            }
            calls.iter_mut().for_each(|call| call.0 %= count);
            Family {
                members,
                cells,
                globals,
                data,
                calls,
            }
        },
    )
}

/// What the numbers are while functions run.
struct Model<'f> {
    family: &'f Family,
    cells: Vec<i64>,
    globals: [Vec<i64>; 2],
}

impl Model<'_> {
    fn call(&mut self, at: usize, depth: i64, x: i64) -> i64 {
        let member = &self.family.members[at];
        let (first, second) = member.cells;
        if !member.lambda {
            self.cells[first] = (self.cells[first] * member.times + x + member.default) % PRIME;
            let global = &mut self.globals[member.namespace][member.global];
            *global = (*global + self.cells[second] + member.keyword) % PRIME;
        }
        let mut result = self.family.data[member.item] + x * self.cells[second];
        if depth > 0 {
            for (to, _) in &member.calls {
                result += self.call(*to, depth - 1, (x + member.plus) % PRIME);
            }
        }
        (result + self.cells[first] + self.globals[member.namespace][member.global]) % PRIME
    }
}

impl Family {
    pub fn expected(&self) -> Vec<i64> {
        let mut model = Model {
            family: self,
            cells: self.cells.clone(),
            globals: [self.globals.clone(), self.globals.clone()],
        };
        self.calls
            .iter()
            .map(|(at, depth, x)| model.call(*at, *depth, *x))
            .collect()
    }

    pub fn text(&self, at: usize) -> String {
        let Member {
            lambda,
            cells: (first, second),
            global,
            times,
            plus,
            default,
            keyword,
            item,
            ref calls,
            ..
        } = self.members[at];
        let sum: String = calls.iter().fold(String::new(), |mut sum, (to, _)| {
            let _ = write!(sum, " + f{to}(d - 1, (x + {plus}) % {PRIME})");
            sum
        });
        let result = format!("data[{item}] + x * c{second} + (0{sum} if d > 0 else 0)");
        if lambda {
            return format!("lambda d, x: (\n    {result} + c{first} + g{global}) % {PRIME}");
        }
        format!(
            "def f{at}(d, x, a={default}, *, b={keyword}):\n    'Number {at}.'\n    nonlocal c{first}\n    global g{global}\n    \
             c{first} = (c{first} * {times} + x + a) % {PRIME}\n    g{global} = (g{global} + c{second} + b) % {PRIME}\n    \
             return ({result} + c{first} + g{global}) % {PRIME}\n"
        )
    }

    /// The names of a member's free variables.
    pub fn free(&self, at: usize) -> Vec<String> {
        let member = &self.members[at];
        let mut free = vec![format!("c{}", member.cells.0), format!("c{}", member.cells.1)];
        free.extend(
            member
                .calls
                .iter()
                .filter(|call| call.1)
                .map(|(to, _)| format!("f{to}")),
        );
        free.extend(member.data_in_cell.then(|| "data".to_owned()));
        free.sort();
        free.dedup();
        free
    }
}
