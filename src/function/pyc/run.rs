//! What the code of a module plainly says: constants, imports, and the defaults of its functions.
//!
//! Its instructions are gone through once, in order, with a stack of what is known. Nothing is called. What is not plain,
//! because it is the result of a call or depends on a condition, is not known, and so is all that is made of it.

use super::steps::{Step, steps};
use crate::{
    Kind, Ref, Result,
    function::{FunctionBuilder, builtins::is_builtin},
};
use std::collections::{HashMap, HashSet};

/// What a name stands for when the module has been run.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// This object.
    Object(Ref),
    /// The function or class that this code object is of; made when it is asked for.
    Code(Ref),
    /// A module, and those that are imported along with it.
    Module(Ref, Vec<Ref>),
    /// It takes a Python to know.
    Unclear,
}

/// A part of a function: left out, known, or not plain.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Part {
    #[default]
    None,
    Known(Ref),
    Unclear,
}

/// What a function is made with beside its code.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    pub(super) defaults: Part,
    pub(super) kwdefaults: Part,
    pub(super) annotations: Part,
}

#[derive(Debug, Clone)]
enum Slot {
    Unknown,
    Object(Ref),
    Function(Ref),
    /// An import that is under way: the module's name, and whether names are taken from it.
    Module {
        name: String,
        from: bool,
    },
    /// `a.b` of an `import a.b as c`.
    Submodule(String),
}

/// Names and their values, of a module or a class body.
pub(super) type Names = HashMap<String, Known>;

pub(super) struct Run<'m> {
    pub(super) make: &'m mut FunctionBuilder,
    pub(super) minor: u8,
    /// What is known of functions by their code objects.
    pub(super) parts: &'m mut HashMap<Ref, Parts>,
    /// The names of the module.
    pub(super) module: &'m Names,
    /// Names of lists and the like that are used while the module runs, which may change them.
    pub(super) touched: &'m mut HashSet<String>,
    /// So many items of constants are still looked at. Hostile code may ask for the same large one again and again.
    pub(super) budget: usize,
}

struct Frame {
    stack: Vec<Slot>,
    names: Names,
}

impl Frame {
    fn pop(&mut self) -> Slot {
        // Below what is known lies what is not.
        self.stack.pop().unwrap_or(Slot::Unknown)
    }

    /// The topmost objects in order, if all are known.
    fn objects(&mut self, count: usize) -> Option<Vec<Ref>> {
        let kept = self.stack.len().saturating_sub(count);
        let complete = self.stack.len() >= count;
        let objects = self.stack.split_off(kept).into_iter().map(|slot| match slot {
            Slot::Object(at) => Some(at),
            _ => None,
        });
        let objects: Option<Vec<Ref>> = objects.collect();
        objects.filter(|_| complete)
    }

    fn push(&mut self, value: Option<Ref>) {
        self.stack.push(value.map_or(Slot::Unknown, Slot::Object));
    }

    fn take(&mut self, pops: usize, pushes: usize) {
        for _ in 0..pops {
            self.pop();
        }
        self.stack.extend((0..pushes).map(|_| Slot::Unknown));
    }
}

impl Run<'_> {
    /// Goes through a code object, and answers the names that it stores.
    pub(super) fn names(&mut self, code: Ref) -> Result<Names> {
        let mut frame = Frame {
            stack: Vec::new(),
            names: Names::new(),
        };
        for step in steps(self.make.data().graph(), code, self.minor)? {
            if step.is_target {
                frame.stack.clear();
            }
            self.step(&mut frame, &step)?;
        }
        Ok(frame.names)
    }

    fn step(&mut self, frame: &mut Frame, step: &Step) -> Result<()> {
        let count = step.arg;
        match (step.name, &step.text) {
            ("RESUME" | "NOP" | "CACHE" | "EXTENDED_ARG" | "PRECALL" | "SETUP_ANNOTATIONS" | "KW_NAMES", _) => {}
            ("LOAD_CONST", _) => frame.push(step.constant),
            ("PUSH_NULL" | "LOAD_BUILD_CLASS" | "LOAD_CLOSURE" | "LOAD_FAST" | "LOAD_DEREF", _) => frame.push(None),
            ("LOAD_NAME" | "LOAD_GLOBAL", Some(name)) => {
                if step.pair && self.minor < 13 {
                    frame.push(None);
                }
                // A function asks for a global when it is called, a class body while the module runs.
                let value = self.load(frame, name, step.name == "LOAD_NAME");
                frame.stack.push(value);
                if step.pair && self.minor >= 13 {
                    frame.push(None);
                }
            }
            ("STORE_NAME" | "STORE_GLOBAL", Some(name)) => {
                let value = frame.pop();
                let value = self.stored(value);
                let value = if step.is_conditional { Known::Unclear } else { value };
                frame.names.insert(name.clone(), value);
            }
            ("DELETE_NAME" | "DELETE_GLOBAL", Some(name)) => {
                frame.names.insert(name.clone(), Known::Unclear);
            }
            ("POP_TOP", _) => frame.take(1, 0),
            ("ROT_TWO", _) => swap(frame, 2),
            ("SWAP", _) => swap(frame, count),
            ("DUP_TOP", _) => copy(frame, 1),
            ("COPY", _) => copy(frame, count),
            ("BUILD_TUPLE", _) => {
                let items = frame.objects(count).map(|items| self.make.data().tuple(items));
                frame.push(items);
            }
            ("BUILD_LIST", _) => {
                let items = frame.objects(count).map(|items| self.make.data().list(items));
                frame.push(items);
            }
            ("BUILD_SET", _) => {
                let items = frame.objects(count).map(|items| self.make.data().set(items));
                // What cannot be hashed is an error when the module is run, and not here.
                frame.push(items.and_then(Result::ok));
            }
            ("BUILD_MAP", _) => {
                let items = frame.objects(count.saturating_mul(2));
                let dict = items.map(|items| {
                    let pairs: Vec<_> = items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
                    self.make.data().dict(pairs)
                });
                frame.push(dict.and_then(Result::ok));
            }
            ("BUILD_CONST_KEY_MAP", _) => {
                let keys = frame.objects(1).and_then(|keys| self.items(*keys.first()?));
                let values = frame.objects(count);
                let pairs = keys.zip(values).filter(|(keys, values)| keys.len() == values.len());
                let dict = pairs.map(|(keys, values)| {
                    let pairs: Vec<_> = keys.into_iter().zip(values).collect();
                    self.make.data().dict(pairs)
                });
                frame.push(dict.and_then(Result::ok));
            }
            ("LIST_EXTEND" | "SET_UPDATE", _) if count == 1 => {
                let more = frame.objects(1).and_then(|more| self.items(*more.first()?));
                let container = frame.objects(1).and_then(|at| at.first().copied());
                let extended = more.zip(container).and_then(|(more, container)| {
                    let build = self.make.data();
                    let done = match step.name {
                        "LIST_EXTEND" => build.append(container, more),
                        _ => build.add_items(container, more),
                    };
                    done.ok().map(|()| container)
                });
                frame.push(extended);
            }
            ("IMPORT_NAME", Some(name)) => {
                let from = frame.objects(2);
                let slot = from.and_then(|from| {
                    let (level, names) = (*from.first()?, *from.get(1)?);
                    let data = self.make.data();
                    // What a relative import is relative to is not in the file.
                    (data.value(level).as_i64() == Some(0)).then(|| Slot::Module {
                        name: name.clone(),
                        from: !data.value(names).is_none(),
                    })
                });
                frame.stack.push(slot.unwrap_or(Slot::Unknown));
            }
            ("IMPORT_FROM", Some(name)) => {
                let slot = match frame.stack.last() {
                    Some(Slot::Module {
                        name: module,
                        from: true,
                    }) => Slot::Object(self.make.data().global(module, name)),
                    // The attributes of an `import a.b.c as d` end at the module itself.
                    Some(Slot::Module { name: module, .. } | Slot::Submodule(module)) => {
                        Slot::Submodule(module.clone())
                    }
                    _ => Slot::Unknown,
                };
                frame.stack.push(slot);
            }
            ("MAKE_FUNCTION", _) => self.make_function(frame, count),
            ("SET_FUNCTION_ATTRIBUTE", _) => {
                let function = frame.pop();
                let value = frame.pop();
                if let Slot::Function(code) = function {
                    self.part(code, count, &value);
                }
                frame.stack.push(function);
            }
            ("LOAD_ATTR", _) => frame.take(1, if step.pair { 2 } else { 1 }),
            ("LOAD_METHOD", _) => frame.take(1, 2),
            ("BINARY_SLICE", _) => frame.take(3, 1),
            ("COMPARE_OP" | "IS_OP" | "CONTAINS_OP", _) => frame.take(2, 1),
            ("CALL_FUNCTION", _) => frame.take(count.saturating_add(1), 1),
            ("CALL_METHOD" | "CALL_FUNCTION_KW" | "CALL", _) => frame.take(count.saturating_add(2), 1),
            ("CALL_KW", _) => frame.take(count.saturating_add(3), 1),
            (name, _) if name.starts_with("BINARY_") || name.starts_with("INPLACE_") => frame.take(2, 1),
            (name, _) if name.starts_with("UNARY_") => frame.take(1, 1),
            // Whatever it takes or leaves: nothing is known of it.
            _ => frame.stack.clear(),
        }
        Ok(())
    }

    fn load(&mut self, frame: &mut Frame, name: &str, now: bool) -> Slot {
        let known = frame.names.get(name).or_else(|| self.module.get(name)).cloned();
        match known {
            // Who has it may change it.
            Some(Known::Object(at)) if self.is_mutable(at) => {
                if now {
                    self.touched.insert(name.to_owned());
                }
                Slot::Unknown
            }
            Some(Known::Object(at)) => Slot::Object(at),
            Some(Known::Module(at, _)) => Slot::Object(at),
            Some(Known::Code(_) | Known::Unclear) => Slot::Unknown,
            None if is_builtin(name) && !name.starts_with("__") => {
                Slot::Object(self.make.data().global("builtins", name))
            }
            None => Slot::Unknown,
        }
    }

    fn is_mutable(&mut self, at: Ref) -> bool {
        match self.make.data().value(at).kind() {
            Kind::List(_) | Kind::Dict(_) | Kind::Set(_) => true,
            Kind::Tuple(items) => {
                let Some(left) = self.budget.checked_sub(items.len()) else {
                    return true;
                };
                self.budget = left;
                self.make.data().value(at).items().any(|item| {
                    let kind = item.kind();
                    matches!(kind, Kind::List(_) | Kind::Dict(_) | Kind::Set(_) | Kind::Tuple(_))
                })
            }
            _ => false,
        }
    }

    fn items(&mut self, at: Ref) -> Option<Vec<Ref>> {
        let (Kind::Tuple(items) | Kind::FrozenSet(items)) = self.make.data().value(at).kind() else {
            return None;
        };
        let items = items
            .refs
            .get(..items.len().min(self.budget.saturating_add(1)))?
            .to_vec();
        // What the budget is too small for is not known.
        self.budget = self.budget.checked_sub(items.len())?;
        Some(items)
    }

    fn stored(&mut self, slot: Slot) -> Known {
        match slot {
            Slot::Unknown => Known::Unclear,
            Slot::Object(at) => Known::Object(at),
            Slot::Function(code) => Known::Code(code),
            Slot::Submodule(name) => Known::Module(self.make.module(&name), Vec::new()),
            Slot::Module { name, .. } => {
                let (first, is_whole) = match name.split_once('.') {
                    Some((first, _)) => (first, false),
                    None => (&*name, true),
                };
                let module = self.make.module(first);
                let along = if is_whole {
                    Vec::new()
                } else {
                    vec![self.make.module(&name)]
                };
                Known::Module(module, along)
            }
        }
    }

    fn make_function(&mut self, frame: &mut Frame, flags: usize) {
        if self.minor < 11 {
            frame.pop();
        }
        let code = frame.pop();
        let flags = if self.minor < 13 { flags } else { 0 };
        let Slot::Object(code) = code else {
            frame.stack.clear();
            frame.push(None);
            return;
        };
        self.parts.insert(code, Parts::default());
        for flag in [8, 4, 2, 1] {
            if flags & flag != 0 {
                let value = frame.pop();
                self.part(code, flag, &value);
            }
        }
        frame.stack.push(Slot::Function(code));
    }

    fn part(&mut self, code: Ref, flag: usize, value: &Slot) {
        let part = match value {
            Slot::Object(at) => Part::Known(*at),
            _ => Part::Unclear,
        };
        let parts = self.parts.entry(code).or_default();
        match flag {
            1 => parts.defaults = part,
            2 => parts.kwdefaults = part,
            4 => parts.annotations = part,
            _ => {}
        }
    }
}

fn swap(frame: &mut Frame, depth: usize) {
    let top = frame.stack.len();
    match top.checked_sub(depth) {
        Some(other) if depth >= 1 => frame.stack.swap(top - 1, other),
        _ => frame.stack.clear(),
    }
}

fn copy(frame: &mut Frame, depth: usize) {
    let at = frame.stack.len().checked_sub(depth);
    let slot = at.and_then(|at| frame.stack.get(at)).cloned();
    frame.stack.push(slot.unwrap_or(Slot::Unknown));
}
