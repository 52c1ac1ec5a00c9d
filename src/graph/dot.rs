//! A drawing of a graph, in the language of Graphviz.

use super::{Global, Kind, Ref, Role, Str, Value, Visit, repr::position};
use crate::number::DECIMAL_BITS;
use std::{
    collections::HashSet,
    fmt::{self, Display, Formatter, Write},
};

/// A drawing of which object refers to which. See [`Value::dot`].
#[derive(Debug, Clone, Copy)]
pub struct Dot<'g> {
    value: Value<'g>,
    max_depth: usize,
    max_items: usize,
}

impl<'g> Value<'g> {
    /// As `Display`, a drawing for Graphviz: each object is drawn once, so that sharing and cycles can be seen. Objects that
    /// are referred to more than once are bold; references that close a cycle are red and dashed. Numbers, texts and the
    /// like are drawn at each place; short ones are keys on the arrows of a dict.
    ///
    /// ```
    /// let graph = brinery::Graph::from_slice(b"]q\0(h\0K\x01e.")?; // a list that contains itself, and 1
    /// assert_eq!(graph.root().dot().to_string(), r#"digraph pickle {
    ///   node [shape=box];
    ///   n0 [label="list of 2"];
    ///   n0 -> n0 [label="0", color=red, style=dashed];
    ///   leaf1 [label="1", shape=plaintext];
    ///   n0 -> leaf1 [label="1"];
    ///   n0 [style=bold];
    /// }"#);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn dot(self) -> Dot<'g> {
        Dot {
            value: self,
            max_depth: usize::MAX,
            max_items: usize::MAX,
        }
    }
}

impl Dot<'_> {
    /// How many containers deep to draw.
    pub fn max_depth(self, max_depth: usize) -> Self {
        Dot { max_depth, ..self }
    }

    /// How many items of a container to draw.
    pub fn max_items(self, max_items: usize) -> Self {
        Dot { max_items, ..self }
    }
}

/// An object that the walk is inside of.
struct Inside<'g> {
    name: String,
    /// The key whose value comes next.
    key: Option<Value<'g>>,
}

/// Characters of a text that are drawn.
const SHOWN: usize = 40;

impl Display for Dot<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "digraph pickle {{\n  node [shape=box];")?;
        let mut open: Vec<Inside<'_>> = Vec::new();
        // What is open, to tell a cycle from sharing.
        let mut inside: HashSet<Ref> = HashSet::new();
        let mut drawn: HashSet<Ref> = HashSet::new();
        let mut shared: Vec<Ref> = Vec::new();
        let mut leaves = 0;
        let mut walk = self.value.walk();
        while let Some(visit) = walk.next() {
            let (role, value, seen) = match visit {
                Visit::Leave(value) => {
                    open.pop();
                    inside.remove(&value.id());
                    continue;
                }
                Visit::Enter(role, value) => (role, value, false),
                Visit::Seen(role, value) => (role, value, true),
            };
            let is_leaf = is_leaf(value);
            let hidden = position(role).is_some_and(|at| at >= self.max_items) || open.len() > self.max_depth;
            // A key that fits on an arrow is no node.
            let on_arrow = is_leaf && matches!(role, Role::Key(_) | Role::SetKey(_) | Role::Keyword(_));
            if on_arrow && let Some(parent) = open.last_mut() {
                parent.key = Some(value);
            }
            let name = match value.index().filter(|_| !is_leaf) {
                Some(index) => format!("n{index}"),
                None => format!("leaf{}", leaves + 1),
            };
            if !hidden && !on_arrow {
                leaves += is_leaf as usize;
                if seen {
                    shared.push(value.id());
                }
                // One that was hidden at its first place is drawn at the next, without its content.
                if is_leaf || drawn.insert(value.id()) {
                    let shape = if is_leaf { ", shape=plaintext" } else { "" };
                    writeln!(f, "  {name} [label={}{shape}];", Quoted(&label(value)))?;
                }
                if let Some(parent) = open.last_mut() {
                    let cycle = if inside.contains(&value.id()) {
                        ", color=red, style=dashed"
                    } else {
                        ""
                    };
                    let key = match role {
                        Role::Value(_) | Role::SetValue(_) | Role::KeywordValue(_) => parent.key.take(),
                        _ => None,
                    };
                    let label = key.map_or_else(|| arrow(role), label);
                    writeln!(f, "  {} -> {name} [label={}{cycle}];", parent.name, Quoted(&label))?;
                }
            }
            if !seen {
                if hidden {
                    walk.skip_inside();
                }
                if !is_leaf {
                    inside.insert(value.id());
                }
                open.push(Inside { name, key: None });
            }
        }
        let mut bold = HashSet::new();
        for at in shared.into_iter().filter(|at| bold.insert(*at)) {
            writeln!(f, "  n{} [style=bold];", at.index().unwrap_or(0))?;
        }
        f.write_char('}')
    }
}

/// Whether it is drawn at each place, as its text.
fn is_leaf(value: Value<'_>) -> bool {
    matches!(
        value.kind(),
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::BigInt(_) | Kind::Float(_) | Kind::Str(_) | Kind::Bytes(_)
    )
}

/// What is written on an object.
fn label(value: Value<'_>) -> String {
    let mut text = Short(String::new());
    let whole = match value.kind() {
        Kind::BigInt(int) if int.bits() > DECIMAL_BITS => write!(text, "int of {} bits", int.bits()),
        _ if is_leaf(value) => write!(text, "{value}"),
        Kind::Global(global) => write!(text, "{}", Name(global)),
        Kind::Buffer { index, .. } => write!(text, "buffer {index}"),
        Kind::Object(object) => match object.callable().kind() {
            Kind::Global(global) => write!(text, "{}(...)", Name(global)),
            _ => write!(text, "call"),
        },
        _ => match value.len() {
            Some(len) => write!(text, "{} of {len}", value.type_name()),
            None => write!(text, "{}", value.type_name()),
        },
    };
    if whole.is_err() {
        text.0.push_str("...");
    }
    text.0
}

/// `module.name`
struct Name<'g>(Global<'g>);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plain = |name: Str<'_>, f: &mut Formatter<'_>| {
            let name = String::from_utf8_lossy(name.as_bytes());
            (name.chars()).try_for_each(|c| match c.is_control() {
                true => write!(f, "{}", c.escape_default()),
                false => f.write_char(c),
            })
        };
        plain(self.0.module, f)?;
        f.write_char('.')?;
        plain(self.0.name, f)
    }
}

/// What is written on an arrow.
fn arrow(role: Role) -> String {
    match role {
        Role::Item(at) => at.to_string(),
        Role::Key(at) | Role::SetKey(at) => format!("key {at}"),
        Role::Value(at) | Role::SetValue(at) => format!("value {at}"),
        Role::Arg(at) => format!("argument {at}"),
        Role::Keyword(at) => format!("keyword {at}"),
        Role::KeywordValue(at) => format!("keyword value {at}"),
        Role::Appended(at) => format!("appended {at}"),
        Role::Added(at) => format!("added {at}"),
        Role::Callable => "callable".to_owned(),
        Role::State | Role::SetterState => "state".to_owned(),
        Role::Setter => "setter".to_owned(),
        Role::PersistentId => "id".to_owned(),
        Role::Root => String::new(),
    }
}

/// Text that takes [`SHOWN`] characters and no more.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = SHOWN.saturating_sub(self.0.chars().count());
        let end = text.char_indices().nth(room).map(|(end, _)| end);
        self.0.push_str(&text[..end.unwrap_or(text.len())]);
        end.map_or(Ok(()), |_| Err(fmt::Error))
    }
}

/// A quoted string of the language.
struct Quoted<'t>(&'t str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            if matches!(c, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(c)?;
        }
        f.write_char('"')
    }
}
