//! `Display`: Python's `repr`, safe against cycles, depth and sharing.

use super::{Graph, Kind, Node, Role, Value, Visit};
use crate::{number, text};
use num_bigint::BigInt;
use std::fmt::{self, Display, Formatter, Write};

/// A value's `repr`, cut as asked for. See [`Value::repr`].
#[derive(Debug, Clone, Copy)]
pub struct Repr<'g> {
    value: Value<'g>,
    max_depth: usize,
    max_items: usize,
}

impl<'g> Value<'g> {
    /// Python's `repr`, with options. `Display` is the same with none.
    ///
    /// Built-in objects print as in Python. What only Python could print is shown as what would make it: an import is
    /// `module.name`, a call `callable(arguments)`, then ` + [items]`, ` + {key: value}` or ` + {items}` for what is put
    /// into it, ` | state` for its state, ` & callable(arguments)` for what is called beside it. A cycle is `[...]`, as in Python, or `...`. An int of more than 4300 digits
    /// is hexadecimal.
    ///
    /// Shared objects are printed each time, as in Python, but only up to sixteen times the size of the graph in all:
    /// then containers print as if they were cycles, and long text and numbers as `...`.
    ///
    /// ```
    /// let graph = brinery::Graph::from_slice(b"]((K\x01K\x02tK\x03K\x04e.")?;
    /// assert_eq!(graph.root().to_string(), "[(1, 2), 3, 4]");
    /// assert_eq!(graph.root().repr().max_items(2).to_string(), "[(1, 2), 3, ...]");
    /// assert_eq!(graph.root().repr().max_depth(1).to_string(), "[(...), 3, 4]");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn repr(self) -> Repr<'g> {
        Repr {
            value: self,
            max_depth: usize::MAX,
            max_items: usize::MAX,
        }
    }
}

impl Repr<'_> {
    /// How many containers deep to print; what lies deeper is `...`.
    pub fn max_depth(self, max_depth: usize) -> Self {
        Repr { max_depth, ..self }
    }

    /// How many items of a container to print.
    pub fn max_items(self, max_items: usize) -> Self {
        Repr { max_items, ..self }
    }
}

/// The last of its roots.
impl Display for Graph<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.root().fmt(f)
    }
}

impl Display for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.repr().fmt(f)
    }
}

/// What is open and how it closes. A byte, because each level of a deep object waits as one of these.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    /// What needs nothing to close it.
    Nothing,
    List,
    Tuple,
    /// A tuple of one item.
    Single,
    Curly,
    FrozenSet,
    Persistent,
    /// A callable whose arguments have not begun.
    Callable,
    Args,
    Appended,
    /// Pairs or items put into an object.
    Braces,
    SetterCall,
    /// A callable of a call beside the object, whose arguments have not begun.
    AsideCallable,
    AsideArgs,
}

impl Open {
    fn close(self) -> &'static str {
        match self {
            Open::Nothing => "",
            Open::List => "]",
            Open::Tuple => ")",
            Open::Single => ",)",
            Open::Curly => "}",
            Open::FrozenSet => "})",
            Open::Persistent => ">",
            Open::Callable | Open::AsideCallable => "()",
            Open::Args | Open::SetterCall | Open::AsideArgs => ")",
            Open::Appended => "]",
            Open::Braces => "}",
        }
    }
}

/// What stands between an object's parts, and what is open after it.
fn between(f: &mut Formatter<'_>, open: &mut Open, role: Role) -> fmt::Result {
    let (begins, opener) = match role {
        Role::Arg(_) | Role::Keyword(_) => (*open == Open::Callable, Open::Args),
        Role::Appended(at) => (at == 0, Open::Appended),
        Role::SetKey(at) | Role::Added(at) => (at == 0, Open::Braces),
        Role::State | Role::Setter => (true, Open::Nothing),
        Role::AsideCallable => (true, Open::AsideCallable),
        Role::AsideArg(_) => (*open == Open::AsideCallable, Open::AsideArgs),
        Role::SetterState => {
            *open = Open::SetterCall;
            return f.write_str("(..., ");
        }
        Role::Value(_) | Role::SetValue(_) => return f.write_str(": "),
        Role::KeywordValue(_) => return f.write_char('='),
        Role::Item(0) | Role::Key(0) | Role::Root | Role::Callable | Role::PersistentId => return Ok(()),
        Role::Item(_) | Role::Key(_) => return f.write_str(", "),
    };
    if !begins {
        return f.write_str(", ");
    }
    let joint = match role {
        Role::Arg(_) | Role::Keyword(_) | Role::AsideArg(_) => "(",
        Role::AsideCallable => " & ",
        Role::Appended(_) => " + [",
        Role::SetKey(_) | Role::Added(_) => " + {",
        _ => " | ",
    };
    if joint != "(" {
        f.write_str(open.close())?;
    }
    f.write_str(joint)?;
    *open = opener;
    Ok(())
}

impl Display for Repr<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let graph = self.value.graph;
        let mut budget = 16 * (graph.nodes.len() + graph.items.len()) + 1000;
        let mut content = Content::default();
        let mut open = Vec::new();
        let mut walk = self.value.walk_tree();
        while let Some(visit) = walk.next() {
            match visit {
                Visit::Leave(_) => {
                    let last = open.pop().unwrap_or(Open::Nothing);
                    f.write_str(last.close())?;
                }
                Visit::Enter(role, value) | Visit::Seen(role, value) => {
                    let seen = matches!(visit, Visit::Seen(..));
                    budget = budget.saturating_sub(1);
                    let at = role.position();
                    let hidden = at.is_some_and(|at| at >= self.max_items);
                    // The first that is hidden shows that there are more.
                    let more = at == Some(self.max_items) && !role.is_second();
                    if let (Some(parent), true) = (open.last_mut(), !hidden || more) {
                        between(f, parent, role)?;
                    }
                    let opened = if hidden {
                        if more {
                            f.write_str("...")?;
                        }
                        if !seen {
                            walk.skip_inside();
                        }
                        walk.skip_siblings();
                        Open::Nothing
                    } else if let (Role::Keyword(_), Some(name)) = (role, value.as_str()) {
                        f.write_str(name)?;
                        Open::Nothing
                    } else if content.is_too_much(value) {
                        f.write_str("...")?;
                        Open::Nothing
                    } else if seen || budget == 0 || walk.depth() > self.max_depth {
                        if !seen {
                            walk.skip_inside();
                        }
                        begin_cut(f, value)?
                    } else {
                        begin(f, value)?
                    };
                    if !seen {
                        open.push(opened);
                    } else {
                        f.write_str(opened.close())?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// How much text, bytes and large numbers are printed.
#[derive(Default)]
struct Content {
    printed: u64,
    most: Option<u64>,
}

/// So many bytes are printed whatever there are.
const FREE: u64 = 1 << 20;
/// Less is no more than the value that it is.
const SHORT: usize = 64;

impl Content {
    /// Accounts for a value; whether there was too much, because some of it was printed many times.
    fn is_too_much(&mut self, value: Value<'_>) -> bool {
        let graph = value.graph;
        let Some(index) = value.index() else { return false };
        let bytes = match graph.node(index) {
            Node::Global { module, name } => [module, name].iter().map(|at| graph.node(**at).payload()).sum(),
            node => node.payload(),
        };
        if bytes <= SHORT {
            return false;
        }
        self.printed += bytes as u64;
        self.printed > FREE && self.printed > *self.most.get_or_insert_with(|| FREE + 16 * graph.payload())
    }
}

/// A container or object without its content.
fn begin_cut(f: &mut Formatter<'_>, value: Value<'_>) -> Result<Open, fmt::Error> {
    f.write_str(match value.kind() {
        Kind::List(_) => "[...]",
        Kind::Tuple(items) if items.is_empty() => "()",
        Kind::Tuple(_) => "(...)",
        Kind::Dict(_) => "{...}",
        Kind::Set(_) => "set(...)",
        Kind::FrozenSet(_) => "frozenset(...)",
        Kind::Object(_) | Kind::Persistent(_) | Kind::Global(_) | Kind::Buffer { .. } => "...",
        _ => return begin(f, value),
    })?;
    Ok(Open::Nothing)
}

/// All that comes before the content, and what closes it.
fn begin(f: &mut Formatter<'_>, value: Value<'_>) -> Result<Open, fmt::Error> {
    let closed = Open::Nothing;
    let (opening, open) = match value.kind() {
        Kind::None => ("None", closed),
        Kind::Bool(true) => ("True", closed),
        Kind::Bool(false) => ("False", closed),
        Kind::Int(value) => {
            write!(f, "{value}")?;
            ("", closed)
        }
        Kind::BigInt(value) => {
            big_int(f, value)?;
            ("", closed)
        }
        Kind::Float(value) => {
            f.write_str(&number::float_repr(value))?;
            ("", closed)
        }
        Kind::Str(value) => {
            text::python_str_repr(value.as_bytes(), f)?;
            ("", closed)
        }
        Kind::Bytes(bytes) => {
            text::python_bytes_repr(bytes, f)?;
            ("", closed)
        }
        Kind::ByteArray(bytes) => {
            text::python_bytearray_repr(bytes, f)?;
            ("", closed)
        }
        Kind::List(_) => ("[", Open::List),
        Kind::Tuple(items) => ("(", if items.len() == 1 { Open::Single } else { Open::Tuple }),
        Kind::Dict(_) => ("{", Open::Curly),
        Kind::Set(items) if items.is_empty() => ("set()", closed),
        Kind::Set(_) => ("{", Open::Curly),
        Kind::FrozenSet(items) if items.is_empty() => ("frozenset()", closed),
        Kind::FrozenSet(_) => ("frozenset({", Open::FrozenSet),
        Kind::Global(global) => {
            plain(f, global.module.as_bytes())?;
            f.write_char('.')?;
            plain(f, global.name.as_bytes())?;
            ("", closed)
        }
        Kind::Object(_) => ("", Open::Callable),
        Kind::Persistent(_) => ("<persistent id ", Open::Persistent),
        Kind::Buffer { index, .. } => {
            write!(f, "<buffer {index}>")?;
            ("", closed)
        }
    };
    f.write_str(opening)?;
    Ok(open)
}

/// A name as it is, but never a control character that a terminal would obey.
fn plain(f: &mut Formatter<'_>, name: &[u8]) -> fmt::Result {
    for char in String::from_utf8_lossy(name).chars() {
        if char.is_control() {
            write!(f, "{}", char.escape_default())?;
        } else {
            f.write_char(char)?;
        }
    }
    Ok(())
}

fn big_int(f: &mut Formatter<'_>, value: &BigInt) -> fmt::Result {
    if value.bits() <= number::DECIMAL_BITS {
        write!(f, "{value}")
    } else {
        write!(f, "{value:#x}")
    }
}
