//! A symbol table while a function is looked at: what is declared and used in each scope, and which statements may stand
//! there.

use super::names::mangled;
use ruff_python_ast::Comprehension;
use ruff_text_size::TextSize;
use std::{collections::HashSet, rc::Rc};

/// What a scope belongs to.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Function {
        is_async: bool,
    },
    Lambda,
    Class,
    TypeParams,
    /// Of a list, set or dict.
    Comprehension {
        is_async: bool,
    },
    /// Of a generator expression.
    Generator {
        is_async: bool,
    },
}

impl Kind {
    pub(super) fn of_comprehension(generators: &[Comprehension]) -> Kind {
        Kind::Comprehension {
            is_async: is_async(generators),
        }
    }

    pub(super) fn of_generator(generators: &[Comprehension]) -> Kind {
        Kind::Generator {
            is_async: is_async(generators),
        }
    }

    fn is_comprehension(self) -> bool {
        matches!(self, Kind::Comprehension { .. } | Kind::Generator { .. })
    }
}

fn is_async(generators: &[Comprehension]) -> bool {
    generators.iter().any(|generator| generator.is_async)
}

/// A block within a scope that statements care about.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Block {
    Loop,
    ExceptStar,
    Other,
}

/// So many blocks may be in each other (`CO_MAXBLOCKS`).
const BLOCKS: usize = 20;

struct Scope {
    kind: Kind,
    /// Used or bound so far.
    seen: HashSet<String>,
    bound: HashSet<String>,
    annotated: HashSet<String>,
    globals: HashSet<String>,
    nonlocals: HashSet<String>,
    /// Declared nonlocal here or farther in, to be found in a scope farther out.
    wanted: Vec<(String, TextSize)>,
    blocks: Vec<Block>,
    /// Of a comprehension: whether something is awaited in it, and whether in one of a list, set or dict inside it.
    waits: bool,
    waits_inside: bool,
    /// The class that private names are mangled with, without underscores in front.
    class: Option<Rc<str>>,
}

/// What is wrong, and where.
pub(super) type Verdict = Result<(), (TextSize, String)>;

/// What the scopes come to.
#[derive(Default)]
pub(super) struct Found {
    /// Declared nonlocal, and to be bound outside of all.
    pub(super) nonlocals: Vec<String>,
    /// The oldest CPython 3 that takes it.
    pub(super) minimum: u8,
    pub(super) error: Option<(TextSize, String)>,
}

/// The scopes around a place, outermost first. The first is that of the function that binds free variables.
pub(super) struct Scopes {
    all: Vec<Scope>,
    found: Found,
}

impl Scopes {
    pub(super) fn new(class: Option<&str>) -> Self {
        let mut scopes = Scopes {
            all: Vec::new(),
            found: Found::default(),
        };
        scopes.push(Kind::Function { is_async: false }, class);
        scopes
    }

    /// Opens a scope, of a class if it has a name.
    pub(super) fn push(&mut self, kind: Kind, class: Option<&str>) {
        let outer = self.all.last().and_then(|scope| scope.class.clone());
        // What a class has in the scope of a type had none inside before.
        let is_inside = kind == Kind::Lambda || kind.is_comprehension();
        if is_inside && self.kinds().next() == Some(Kind::TypeParams) {
            let around = self.kinds().find(|kind| *kind != Kind::TypeParams);
            self.need(if around == Some(Kind::Class) { 13 } else { 0 });
        }
        self.all.push(Scope {
            kind,
            seen: HashSet::new(),
            bound: HashSet::new(),
            annotated: HashSet::new(),
            globals: HashSet::new(),
            nonlocals: HashSet::new(),
            wanted: Vec::new(),
            blocks: Vec::new(),
            waits: kind == Kind::Comprehension { is_async: true } || kind == Kind::Generator { is_async: true },
            waits_inside: false,
            class: class.map(|class| Rc::from(class.trim_start_matches('_'))).or(outer),
        });
    }

    /// Closes the innermost scope, and looks in the next for what it wants from there.
    pub(super) fn pop(&mut self) {
        let Some(scope) = self.all.pop() else { return };
        if scope.kind.is_comprehension() {
            // Before, only a comprehension that waits itself could have one inside that does.
            self.need(if scope.waits_inside && !scope.waits { 11 } else { 0 });
            let waits = scope.waits || scope.waits_inside;
            if let (Kind::Comprehension { .. }, true, Some(outer)) = (scope.kind, waits, self.all.last_mut()) {
                outer.waits_inside = true;
            }
        }
        let is_outermost = self.all.len() <= 1;
        let Some(outer) = self.all.last_mut() else { return };
        for (name, at) in scope.wanted {
            let why = match outer.kind {
                // Nothing is known here of what is bound around the function.
                _ if is_outermost => {
                    self.found.nonlocals.push(name);
                    continue;
                }
                Kind::TypeParams if outer.bound.contains(&name) => "nonlocal binding not allowed for type parameter",
                // What a class binds is not seen from inside.
                Kind::Class => {
                    outer.wanted.push((name, at));
                    continue;
                }
                _ if outer.globals.contains(&name) => "no binding for nonlocal",
                _ if outer.bound.contains(&name) && !outer.nonlocals.contains(&name) => continue,
                _ => {
                    outer.wanted.push((name, at));
                    continue;
                }
            };
            self.found.error.get_or_insert_with(|| (at, format!("{why} `{name}`")));
        }
    }

    /// What is wanted from outside of all.
    pub(super) fn finish(mut self) -> Found {
        self.found.nonlocals.sort_unstable();
        self.found.nonlocals.dedup();
        self.found
    }

    /// Takes note that something came with CPython 3.`minor`.
    pub(super) fn need(&mut self, minor: u8) {
        self.found.minimum = self.found.minimum.max(minor);
    }

    /// `await`
    pub(super) fn waits(&mut self) {
        if let Some(scope) = self.all.last_mut() {
            scope.waits = true;
        }
    }

    fn mangle(&self, name: &str) -> String {
        mangled(name, self.all.last().and_then(|scope| scope.class.as_deref()))
    }

    pub(super) fn use_name(&mut self, name: &str) {
        let name = self.mangle(name);
        if let Some(scope) = self.all.last_mut() {
            scope.seen.insert(name);
        }
    }

    pub(super) fn bind(&mut self, name: &str) {
        let name = self.mangle(name);
        if let Some(scope) = self.all.last_mut() {
            scope.seen.insert(name.clone());
            scope.bound.insert(name);
        }
    }

    /// Binds a name by an import, which may come before a declaration.
    pub(super) fn import(&mut self, name: &str) {
        let name = self.mangle(name);
        if let Some(scope) = self.all.last_mut() {
            scope.bound.insert(name);
        }
    }

    /// `:=`, which in a comprehension goes to the scope around it.
    pub(super) fn bind_outside(&mut self, name: &str) {
        let name = self.mangle(name);
        if let Some(scope) = self.all.iter_mut().rev().find(|scope| !scope.kind.is_comprehension()) {
            scope.seen.insert(name.clone());
            scope.bound.insert(name);
        }
    }

    /// `name: …`
    pub(super) fn annotate(&mut self, name: &str, at: TextSize) -> Verdict {
        let mangled = self.mangle(name);
        let Some(scope) = self.all.last_mut() else {
            return Ok(());
        };
        let what = match (scope.globals.contains(&mangled), scope.nonlocals.contains(&mangled)) {
            (true, _) => "global",
            (_, true) => "nonlocal",
            _ => {
                scope.annotated.insert(mangled);
                return Ok(());
            }
        };
        Err((at, format!("annotated name `{name}` can't be {what}")))
    }

    pub(super) fn declare_global(&mut self, name: &str, at: TextSize) -> Verdict {
        self.declare(name, at, "global")?;
        let name = self.mangle(name);
        if let Some(scope) = self.all.last_mut() {
            scope.globals.insert(name);
        }
        Ok(())
    }

    pub(super) fn declare_nonlocal(&mut self, name: &str, at: TextSize) -> Verdict {
        self.declare(name, at, "nonlocal")?;
        let name = self.mangle(name);
        if let Some(scope) = self.all.last_mut()
            && scope.nonlocals.insert(name.clone())
        {
            scope.wanted.push((name, at));
        }
        Ok(())
    }

    fn declare(&self, name: &str, at: TextSize, what: &str) -> Verdict {
        let mangled = self.mangle(name);
        let Some(scope) = self.all.last() else { return Ok(()) };
        let other = match what {
            "global" => &scope.nonlocals,
            _ => &scope.globals,
        };
        if scope.annotated.contains(&mangled) {
            Err((at, format!("annotated name `{name}` can't be {what}")))
        } else if scope.seen.contains(&mangled) {
            Err((at, format!("name `{name}` is used prior to {what} declaration")))
        } else if other.contains(&mangled) {
            Err((at, format!("name `{name}` is nonlocal and global")))
        } else {
            Ok(())
        }
    }

    pub(super) fn enter(&mut self, block: Block) {
        if let Some(scope) = self.all.last_mut() {
            scope.blocks.push(block);
        }
    }

    pub(super) fn has_too_many_blocks(&self) -> bool {
        self.blocks().len() > BLOCKS
    }

    /// Leaves the innermost block.
    pub(super) fn leave(&mut self) {
        if let Some(scope) = self.all.last_mut() {
            scope.blocks.pop();
        }
    }

    fn blocks(&self) -> &[Block] {
        self.all.last().map_or(&[], |scope| &scope.blocks)
    }

    pub(super) fn is_in_loop(&self) -> bool {
        self.blocks().contains(&Block::Loop)
    }

    pub(super) fn is_in_except_star(&self) -> bool {
        self.blocks().contains(&Block::ExceptStar)
    }

    /// Whether a `break` would lead out of an `except*`.
    pub(super) fn is_except_star_in_loop(&self) -> bool {
        let mut blocks = self.blocks().iter().filter(|block| **block != Block::Other);
        blocks.next_back() == Some(&Block::ExceptStar)
    }

    /// From the innermost one outwards.
    fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.all.iter().rev().map(|scope| scope.kind)
    }

    pub(super) fn is_function(&self) -> bool {
        matches!(self.kinds().next(), Some(Kind::Function { .. } | Kind::Lambda))
    }

    pub(super) fn is_async(&self) -> bool {
        let own = self
            .kinds()
            .find(|kind| !kind.is_comprehension() && *kind != Kind::TypeParams);
        own == Some(Kind::Function { is_async: true })
    }

    pub(super) fn allows_await(&self) -> bool {
        let own = self.kinds().find(|kind| !matches!(kind, Kind::Comprehension { .. }));
        own.is_some_and(|kind| kind != Kind::Class)
    }

    pub(super) fn allows_yield(&self) -> bool {
        self.is_function()
    }

    pub(super) fn is_in_generator(&self) -> bool {
        self.kinds()
            .take_while(|kind| kind.is_comprehension())
            .any(|kind| matches!(kind, Kind::Generator { .. }))
    }

    /// Whether a comprehension here would be one of a class, through others if any.
    pub(super) fn is_comprehension_of_class(&self) -> bool {
        self.kinds().find(|kind| !kind.is_comprehension()) == Some(Kind::Class)
    }
}
