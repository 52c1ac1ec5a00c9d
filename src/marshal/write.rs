//! Graph to bytes.

use super::{
    Notes,
    code::{self, Layout, Variables},
    codes::*,
};
use crate::{
    Graph, Kind, Ref, Value,
    error::{ErrorKind, Result},
    function::Code,
    types::Complex,
};
use num_bigint::{BigInt, Sign};
use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
};

/// How deep sets in sets are put in order; each level costs as much again as all inside it.
const SORTED_DEPTH: usize = 4;

/// Writes the root of a graph.
pub(super) fn write(graph: &Graph<'_>, notes: &Notes, minor: u8, version: u8) -> Result<Vec<u8>> {
    let root = graph.root();
    let plan = Plan::of(root, notes, minor)?;
    let mut out = Writer::new(&plan, version, 0);
    out.run(Todo::Value(root))?;
    Ok(out.out)
}

/// What is known of a graph before it is written.
struct Plan<'n> {
    notes: &'n Notes,
    minor: u8,
    /// Objects that are referred to more than once.
    shared: HashSet<Ref>,
    /// Texts that the constructor of a code object interns.
    interned: HashSet<Ref>,
    /// Bytecode, which CPython makes anew from 3.11 on and keeps.
    bytecode: HashSet<Ref>,
}

/// What is the same object for CPython.
#[derive(PartialEq, Eq, Hash, Clone)]
enum Identity {
    Node(Ref),
    /// There is one of each small int and of each text of up to one character, and one empty tuple and bytes.
    Int(i64),
    EmptyTuple,
    EmptyFrozenSet,
    EmptyBytes,
    /// A number that is marked as shared, and that nothing refers to.
    Once(usize),
    /// There is one interned text of each content.
    Text(Vec<u8>),
}

/// Whether a constant looks like a name, so that it is interned.
fn is_name(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn unwritable(what: &'static str) -> ErrorKind {
    ErrorKind::Unwritable(what)
}

/// The code object that a value is, if it is one of this version.
fn code_of<'g>(value: Value<'g>, minor: u8) -> Result<Option<Code<'g>>, ErrorKind> {
    let code = Code::of(value).map_err(crate::Error::into_kind)?;
    match code.filter(|_| value.as_object().is_some()) {
        None => Ok(None),
        // 3.8 to 3.10 have as many arguments.
        Some(code)
            if code.args().len() == crate::function::Layout::of(minor).map_or(0, |layout| layout.arguments()) =>
        {
            Ok(Some(code))
        }
        Some(_) => Err(unwritable("a code object of another version of Python")),
    }
}

/// The part of a code object at a place among its arguments.
fn part<'g>(code: &Code<'g>, at: usize) -> Value<'g> {
    let args = code.args();
    args.get(at).unwrap_or_else(|| args.graph.value(Ref::NONE))
}

/// Where objects begin among the arguments: six numbers come first.
const OBJECTS: usize = 6;

impl<'n> Plan<'n> {
    /// Goes through everything once, without recursion.
    fn of(root: Value<'_>, notes: &'n Notes, minor: u8) -> Result<Self, ErrorKind> {
        let mut plan = Plan {
            notes,
            minor,
            shared: HashSet::new(),
            interned: HashSet::new(),
            bytecode: HashSet::new(),
        };
        let mut seen = HashSet::new();
        let mut work = vec![root];
        while let Some(value) = work.pop() {
            if value.index().is_none() {
                continue;
            }
            if !seen.insert(value.id()) {
                plan.shared.insert(value.id());
                continue;
            }
            match value.kind() {
                Kind::Dict(entries) => work.extend(entries.iter().flat_map(|(key, value)| [key, value])),
                Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) | Kind::FrozenSet(items) => {
                    work.extend(items.iter());
                }
                Kind::Object(_) => {
                    if let Some(code) = code_of(value, minor)? {
                        plan.code(&code, &mut work, value);
                    }
                }
                _ => {}
            }
        }
        Ok(plan)
    }

    fn code<'g>(&mut self, code: &Code<'g>, work: &mut Vec<Value<'g>>, value: Value<'g>) {
        let at = OBJECTS;
        self.bytecode.insert(part(code, at).id());
        let objects: Vec<Value<'g>> = code.args().iter().skip(at).collect();
        // Names are interned, and constants that look like names, in tuples and frozensets too.
        let names = objects.iter().enumerate().filter(|(i, _)| *i != 1);
        for name in names.flat_map(|(_, value)| value.items()) {
            self.interned.insert(name.id());
        }
        // Its own name only up to 3.10; later the compiler does it, or not.
        if self.minor <= 10 {
            self.interned.insert(part(code, at + 5).id());
        }
        let mut constants = vec![part(code, at + 1)];
        let mut seen = HashSet::new();
        while let Some(constant) = constants.pop() {
            match constant.kind() {
                Kind::Str(text) if is_name(text.as_bytes()) => {
                    self.interned.insert(constant.id());
                }
                Kind::Tuple(items) | Kind::FrozenSet(items) if seen.insert(constant.id()) => {
                    constants.extend(items.iter());
                }
                _ => {}
            }
        }
        match self.notes.variables.get(&value.id()) {
            // The one list stands for the three.
            Some((names, kinds)) => {
                let graph = code.args().graph;
                let lists = [at + 3, code.args().len() - 2, code.args().len() - 1].map(|at| part(code, at).id());
                work.extend(objects.into_iter().filter(|object| !lists.contains(&object.id())));
                work.extend([graph.value(*names), graph.value(*kinds)]);
            }
            None => work.extend(objects),
        }
    }

    fn is_interned(&self, value: Value<'_>) -> bool {
        self.interned.contains(&value.id()) || self.notes.interned.contains(&value.id())
    }

    /// Which object it is to CPython, where it can be referred to at all, and whether it is known to be shared.
    fn identity(&self, value: Value<'_>) -> Option<(Identity, bool)> {
        let shared = self.shared.contains(&value.id());
        Some(match value.kind() {
            Kind::Int(value) if (-5..=256).contains(&value) => (Identity::Int(value), true),
            Kind::Tuple(items) if items.is_empty() => (Identity::EmptyTuple, true),
            Kind::FrozenSet(items) if items.is_empty() && self.minor < 10 => (Identity::EmptyFrozenSet, true),
            Kind::Bytes([]) => (Identity::EmptyBytes, true),
            Kind::Str(text) => {
                let text = text.as_bytes();
                let single = text.is_empty() || text.len() == 1 || matches!(text, [0xc2..=0xc3, _]);
                if single || self.is_interned(value) {
                    (Identity::Text(text.to_vec()), true)
                } else {
                    (Identity::Node(value.id()), shared)
                }
            }
            // Made by the getter and kept in the code object.
            Kind::Bytes(_) if self.minor >= 11 && self.bytecode.contains(&value.id()) => {
                (Identity::Node(value.id()), true)
            }
            _ => {
                value.index()?;
                (Identity::Node(value.id()), shared)
            }
        })
    }
}

/// What is still to be written.
#[derive(Clone, Copy)]
enum Todo<'g> {
    Value(Value<'g>),
    /// An item of a set, which CPython marks as shared: 3.8 holds it as it goes through the set, and 3.11 and later do
    /// while they sort.
    Item(Value<'g>),
    Int(i32),
    /// The list of names and the bytes of kinds of a code object that has come without.
    Variables(Value<'g>),
    /// The end of a dict.
    Null,
    /// One level up.
    Up,
}

struct Writer<'p, 'n> {
    plan: &'p Plan<'n>,
    version: u8,
    out: Vec<u8>,
    numbers: HashMap<Identity, u32>,
    /// How many sets it is in.
    sets: usize,
}

impl<'p, 'n> Writer<'p, 'n> {
    fn new(plan: &'p Plan<'n>, version: u8, sets: usize) -> Self {
        Writer {
            plan,
            version,
            out: Vec::new(),
            numbers: HashMap::new(),
            sets,
        }
    }

    fn run(&mut self, root: Todo<'_>) -> Result<(), ErrorKind> {
        let mut work = vec![root];
        let mut depth = 0;
        while let Some(todo) = work.pop() {
            match todo {
                Todo::Up => depth -= 1,
                Todo::Null => self.out.push(NULL),
                Todo::Int(value) => self.out.extend(value.to_le_bytes()),
                Todo::Variables(value) => self.variables(value)?,
                Todo::Value(value) | Todo::Item(value) => {
                    let held = matches!(todo, Todo::Item(_)) && !matches!(self.plan.minor, 9 | 10);
                    work.push(Todo::Up);
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return Err(unwritable("marshal cannot read objects nested deeper than 2000 levels"));
                    }
                    self.value(value, held, &mut work)?;
                }
            }
        }
        Ok(())
    }

    /// Writes a reference if the object has been written, and otherwise answers the flag that it needs.
    fn flag(&mut self, value: Value<'_>, held: bool) -> Result<Option<u8>, ErrorKind> {
        let identity = match self.plan.identity(value) {
            Some((identity, shared)) => (shared || held).then_some(identity),
            None => held.then_some(Identity::Once(self.numbers.len())),
        };
        self.number(identity)
    }

    fn number(&mut self, identity: Option<Identity>) -> Result<Option<u8>, ErrorKind> {
        let Some(identity) = identity.filter(|_| self.version >= 3) else {
            return Ok(Some(0));
        };
        if let Some(number) = self.numbers.get(&identity) {
            self.out.push(REF);
            self.out.extend(number.to_le_bytes());
            return Ok(None);
        }
        let number = u32::try_from(self.numbers.len())
            .ok()
            .filter(|number| *number < i32::MAX as u32);
        let number = number.ok_or(unwritable("marshal cannot number so many objects"))?;
        self.numbers.insert(identity, number);
        Ok(Some(FLAG_REF))
    }

    fn size(&mut self, size: usize) -> Result<(), ErrorKind> {
        let size = i32::try_from(size).map_err(|_| unwritable("marshal cannot say so large a length"))?;
        self.out.extend(size.to_le_bytes());
        Ok(())
    }

    fn value<'g>(&mut self, value: Value<'g>, held: bool, work: &mut Vec<Todo<'g>>) -> Result<(), ErrorKind> {
        let constant = match value.kind() {
            Kind::None => Some(NONE),
            Kind::Bool(true) => Some(TRUE),
            Kind::Bool(false) => Some(FALSE),
            Kind::Global(global) if global.is("builtins", "StopIteration") => Some(STOP_ITERATION),
            Kind::Global(global) if global.is("builtins", "Ellipsis") => Some(ELLIPSIS),
            _ => None,
        };
        if let Some(constant) = constant {
            self.out.push(constant);
            return Ok(());
        }
        let Some(flag) = self.flag(value, held)? else {
            return Ok(());
        };
        match value.kind() {
            Kind::Int(int) => match i32::try_from(int) {
                Ok(int) => {
                    self.out.push(INT | flag);
                    self.out.extend(int.to_le_bytes());
                }
                Err(_) => self.long(&BigInt::from(int), flag)?,
            },
            Kind::BigInt(int) => self.long(int, flag)?,
            Kind::Float(float) => {
                self.out
                    .push(if self.version > 1 { BINARY_FLOAT } else { FLOAT } | flag);
                self.float(float);
            }
            Kind::Str(text) => self.text(value, text.as_bytes(), flag)?,
            Kind::Bytes(bytes) | Kind::ByteArray(bytes) | Kind::Buffer { bytes: Some(bytes), .. } => {
                self.out.push(BYTES | flag);
                self.size(bytes.len())?;
                self.out.extend(bytes);
            }
            Kind::Tuple(items) => {
                match u8::try_from(items.len()) {
                    Ok(count) if self.version >= 4 => self.out.extend([SMALL_TUPLE | flag, count]),
                    _ => {
                        self.out.push(TUPLE | flag);
                        self.size(items.len())?;
                    }
                }
                work.extend(items.iter().rev().map(Todo::Value));
            }
            Kind::List(items) => {
                self.out.push(LIST | flag);
                self.size(items.len())?;
                work.extend(items.iter().rev().map(Todo::Value));
            }
            Kind::Set(items) | Kind::FrozenSet(items) => {
                let code = if matches!(value.kind(), Kind::Set(_)) {
                    SET
                } else {
                    FROZENSET
                };
                self.out.push(code | flag);
                self.size(items.len())?;
                let items = self.sorted(items.iter().collect())?;
                work.extend(items.into_iter().rev().map(Todo::Item));
            }
            Kind::Dict(entries) => {
                self.out.push(DICT | flag);
                work.push(Todo::Null);
                let entries: Vec<_> = entries.iter().collect();
                work.extend(
                    entries
                        .into_iter()
                        .rev()
                        .flat_map(|(key, value)| [Todo::Value(value), Todo::Value(key)]),
                );
            }
            Kind::Object(object) => {
                if object.steps().next().is_some() {
                    return Err(unwritable("marshal cannot say an object with state"));
                }
                if let Some(code) = code_of(value, self.plan.minor)? {
                    self.out.push(CODE | flag);
                    self.code(&code, value, work);
                } else if let Ok(complex) = Complex::from_value(value) {
                    self.out
                        .push(if self.version > 1 { BINARY_COMPLEX } else { COMPLEX } | flag);
                    self.float(complex.re);
                    self.float(complex.im);
                } else {
                    return Err(unwritable("marshal cannot say an instance"));
                }
            }
            Kind::Global(_) => return Err(unwritable("marshal cannot say an import")),
            _ => return Err(unwritable("marshal cannot say such an object")),
        }
        Ok(())
    }

    fn float(&mut self, value: f64) {
        if self.version > 1 {
            self.out.extend(value.to_le_bytes());
        } else {
            let text = digits_17(value);
            // Never longer than 24 characters.
            self.out.push(text.len() as u8);
            self.out.extend(text.as_bytes());
        }
    }

    fn text(&mut self, value: Value<'_>, text: &[u8], flag: u8) -> Result<(), ErrorKind> {
        let interned = self.plan.is_interned(value);
        if self.version >= 4 && text.is_ascii() {
            if let Ok(length) = u8::try_from(text.len()) {
                self.out
                    .push(if interned { SHORT_ASCII_INTERNED } else { SHORT_ASCII } | flag);
                self.out.push(length);
            } else {
                self.out.push(if interned { ASCII_INTERNED } else { ASCII } | flag);
                self.size(text.len())?;
            }
        } else {
            self.out.push(
                if interned && self.version >= 3 {
                    INTERNED
                } else {
                    UNICODE
                } | flag,
            );
            self.size(text.len())?;
        }
        self.out.extend(text);
        Ok(())
    }

    /// In digits of 15 bits, as many as there are, negative for a negative number.
    fn long(&mut self, value: &BigInt, flag: u8) -> Result<(), ErrorKind> {
        self.out.push(LONG | flag);
        let count = value.bits().div_ceil(DIGIT);
        let count = i32::try_from(count).map_err(|_| unwritable("marshal cannot say so large an int"))?;
        let signed = if value.sign() == Sign::Minus { -count } else { count };
        self.out.extend(signed.to_le_bytes());
        let (mut word, mut filled) = (0u64, 0);
        let mut left = count;
        for bits in value.iter_u32_digits() {
            word |= u64::from(bits) << filled;
            filled += 32;
            while filled >= DIGIT && left > 0 {
                self.out.extend(((word & 0x7fff) as u16).to_le_bytes());
                (word, filled, left) = (word >> DIGIT, filled - DIGIT, left - 1);
            }
        }
        if left > 0 {
            self.out.extend((word as u16).to_le_bytes());
        }
        Ok(())
    }

    /// The items of a set: from 3.11 on in the order of their bytes, so that files are the same each time (bpo-37596).
    fn sorted<'g>(&self, items: Vec<Value<'g>>) -> Result<Vec<Value<'g>>, ErrorKind> {
        if self.plan.minor < 11 || self.sets >= SORTED_DEPTH || items.len() < 2 {
            return Ok(items);
        }
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let mut writer = Writer::new(self.plan, self.version, self.sets + 1);
            // 3.13 holds them by then, too.
            let held = self.plan.minor >= 13;
            writer.run(if held { Todo::Item(item) } else { Todo::Value(item) })?;
            keyed.push((writer.out, item));
        }
        keyed.sort_by(|(one, _), (other, _)| -> Ordering { one.cmp(other) });
        Ok(keyed.into_iter().map(|(_, item)| item).collect())
    }

    fn code<'g>(&mut self, code: &Code<'g>, value: Value<'g>, work: &mut Vec<Todo<'g>>) {
        let layout = Layout::of(self.plan.minor);
        let at = OBJECTS;
        let numbers = [
            code.argcount(),
            code.posonlyargcount(),
            code.kwonlyargcount(),
            code.nlocals(),
            code.stacksize(),
            code.flags().0 as usize,
        ];
        for (i, number) in numbers.into_iter().enumerate() {
            // All of them are below 2³¹.
            if !(layout.one_list && i == 3) {
                self.out.extend((number as i32).to_le_bytes());
            }
        }
        let graph = code.args().graph;
        let value_at = |at: usize| Todo::Value(part(code, at));
        let line = Todo::Int(code.firstlineno());
        if !layout.one_list {
            // code, consts, names, varnames, filename, name, line, table, frees, cells
            let order = [0, 1, 2, 3, 8, 9, 4, 5].map(|i| value_at(at + i));
            work.extend([value_at(at + 7), line]);
            work.extend(order.into_iter().rev());
            return;
        }
        // code, consts, names, varnames, filename, name, qualname, line, table, exceptions, frees, cells
        work.extend([value_at(at + 9), value_at(at + 8), line]);
        work.extend([6, 5, 4].map(|i| value_at(at + i)));
        match self.plan.notes.variables.get(&value.id()) {
            Some((names, kinds)) => work.extend([Todo::Value(graph.value(*kinds)), Todo::Value(graph.value(*names))]),
            None => work.push(Todo::Variables(value)),
        }
        work.extend([2, 1, 0].map(|i| value_at(at + i)));
    }

    /// The one list of variables, from the three.
    fn variables(&mut self, value: Value<'_>) -> Result<(), ErrorKind> {
        let Some(code) = code_of(value, self.plan.minor)? else {
            return Ok(());
        };
        let at = OBJECTS;
        let list = |at: usize| part(&code, at).items().collect::<Vec<_>>();
        let lists = Variables {
            locals: list(at + 3),
            cells: list(code.args().len() - 1),
            frees: list(code.args().len() - 2),
        };
        let (names, kinds) = code::join(&lists, |name| name.text().unwrap_or_default());
        match u8::try_from(names.len()) {
            Ok(count) if self.version >= 4 => {
                let shared = (count == 0).then_some(Identity::EmptyTuple);
                if let Some(flag) = self.number(shared)? {
                    self.out.extend([SMALL_TUPLE | flag, count]);
                }
            }
            _ => {
                self.out.push(TUPLE);
                self.size(names.len())?;
            }
        }
        for name in names {
            // A name has no parts.
            self.value(name, false, &mut Vec::new())?;
        }
        let shared = kinds.is_empty().then_some(Identity::EmptyBytes);
        if let Some(flag) = self.number(shared)? {
            self.out.push(BYTES | flag);
            self.size(kinds.len())?;
            self.out.extend(kinds);
        }
        Ok(())
    }
}

/// As C's `%.17g`: enough digits for any float, without zeros at the end.
fn digits_17(value: f64) -> String {
    if !value.is_finite() {
        let sign = if value == f64::NEG_INFINITY { "-" } else { "" };
        return format!("{sign}{}", if value.is_nan() { "nan" } else { "inf" });
    }
    let text = format!("{value:.16e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let digits: String = digits.chars().filter(|digit| *digit != '.').collect();
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let point = |whole: usize| match digits.split_at_checked(whole) {
        Some((whole, "")) => whole.to_owned(),
        Some((whole, part)) => format!("{whole}.{part}"),
        None => format!("{digits:0<whole$}"),
    };
    match exponent {
        -4..0 => format!("{sign}0.{:0>1$}", digits, digits.len() + (-exponent - 1) as usize),
        0..17 => format!("{sign}{}", point(exponent as usize + 1)),
        _ => {
            let mark = if exponent < 0 { '-' } else { '+' };
            format!("{sign}{}e{mark}{:02}", point(1), exponent.abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `'%.17g' %` says in Python.
    #[test]
    fn floats_as_text() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (0.1, "0.10000000000000001"),
            (100.0, "100"),
            (1e16, "10000000000000000"),
            (1e17, "1e+17"),
            (-1.25e-5, "-1.2500000000000001e-05"),
            (0.0001, "0.0001"),
            (1e100, "1e+100"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, text) in cases {
            assert_eq!(digits_17(value), text);
        }
    }
}
