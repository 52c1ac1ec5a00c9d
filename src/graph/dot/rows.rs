//! What stands in a box, and what gets a box of its own.

use crate::{
    graph::{Global, Graph, Items, Kind, Node, Object, Ref, Role, Value, Visit, walk::Edges},
    reduce::Call,
    text,
};
use std::{collections::HashSet, fmt::Write, mem};

/// So many characters of text stand in a row.
pub(super) const TEXT: usize = 28;
/// So many runs of items, states and calls are drawn of what was done to an object.
const MOST_RUNS: usize = 100;
/// So many items may a tuple have that stands in a row.
const SMALL_TUPLE: usize = 4;

/// What the whole graph says about its objects, found in one walk.
pub(super) struct Survey {
    /// How often each object is referred to.
    uses: Vec<u32>,
    /// The references that close a cycle.
    pub(super) back: HashSet<(u32, Role)>,
    root: Ref,
}

impl Survey {
    /// Of the references that are drawn, at most so many items of each container.
    pub(super) fn of(value: Value<'_>, max_items: usize) -> Survey {
        let mut survey = Survey {
            uses: vec![0; value.graph.nodes.len()],
            back: HashSet::new(),
            root: value.id(),
        };
        let mut inside = Vec::new();
        let mut open = vec![false; value.graph.nodes.len()];
        for visit in value.walk() {
            match visit {
                Visit::Enter(role, value) => {
                    inside.push(value.index());
                    let Some(index) = value.index() else { continue };
                    open[index as usize] = true;
                    if role != Role::Root {
                        survey.uses[index as usize] += 1;
                    }
                }
                Visit::Seen(role, value) => {
                    let Some(index) = value.index() else { continue };
                    survey.uses[index as usize] += 1;
                    if let (true, Some(Some(from))) = (open[index as usize], inside.last())
                        && role.position().is_none_or(|at| at < max_items)
                    {
                        survey.back.insert((*from, role));
                    }
                }
                Visit::Leave(value) => {
                    inside.pop();
                    if let Some(index) = value.index() {
                        open[index as usize] = false;
                    }
                }
            }
        }
        survey
    }

    /// Whether it can be drawn where it is referred to without anyone missing its box.
    fn once(&self, value: Value<'_>) -> bool {
        self.uses(value) < 2 && value.id() != self.root
    }

    pub(super) fn uses(&self, value: Value<'_>) -> u32 {
        value.index().map_or(0, |index| self.uses[index as usize])
    }
}

/// A cell of a row: text that says it all, or an object in a box of its own.
pub(super) enum Cell<'g> {
    Text(String),
    /// Text that is not the pickle's, such as an index.
    Note(String),
    /// The object, and which reference of which object it is.
    Link(Value<'g>, (u32, Role)),
}

/// One thing that an object refers to, or how many more there are.
pub(super) enum Row<'g> {
    Single(Cell<'g>),
    Pair(Cell<'g>, Cell<'g>),
    More(usize),
}

/// The text of what stands in its row: what is small, and of which nothing is lost when it is drawn each time.
pub(super) fn inline(survey: &Survey, value: Value<'_>) -> Option<String> {
    let once = survey.uses(value) < 2;
    Some(match value.kind() {
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => value.to_string(),
        Kind::BigInt(int) if int.bits() > 128 => format!("int of {} bits", int.bits()),
        Kind::BigInt(int) => int.to_string(),
        Kind::Str(text) => text_start(text.as_bytes()),
        Kind::Bytes(bytes) => bytes_start(bytes),
        Kind::ByteArray(bytes) if once => format!("bytearray {}", bytes_start(bytes)),
        Kind::Global(_) => inline_import(value)?,
        Kind::Buffer { index, bytes, .. } if once && value.steps().next().is_none() => match bytes {
            Some(bytes) => format!("<buffer {index}> of {} bytes", bytes.len()),
            None => format!("<buffer {index}>"),
        },
        Kind::Tuple(items) if items.is_empty() => "()".into(),
        Kind::List(items) if once && items.is_empty() => "[]".into(),
        Kind::Set(items) if once && items.is_empty() => "set()".into(),
        Kind::Dict(entries) if once && entries.is_empty() => "{}".into(),
        Kind::Tuple(items) if once && is_small(items) => match items.len() {
            1 => format!("({},)", joined(items)),
            _ => format!("({})", joined(items)),
        },
        Kind::FrozenSet(items) if once && is_small(items) => format!("frozenset({{{}}})", joined(items)),
        Kind::Object(object) if once => small_call(object).filter(|text| text.chars().count() <= 2 * TEXT)?,
        _ => return None,
    })
}

/// Whether these are few and print in a few characters.
fn is_small(items: Items<'_>) -> bool {
    let small = |value: Value<'_>| match value.kind() {
        Kind::Str(text) => text.as_bytes().len() <= TEXT / 2,
        Kind::Bytes(bytes) => bytes.len() <= TEXT / 4,
        Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) | Kind::None => true,
        _ => false,
    };
    items.len() <= SMALL_TUPLE && items.iter().all(small)
}

/// Small items, with commas. Printing the container would make ready for a walk over the whole graph.
fn joined(items: Items<'_>) -> String {
    let items: Vec<String> = items.iter().map(|item| item.to_string()).collect();
    items.join(", ")
}

/// A call of an import with a few small arguments, to whose result nothing was done: a date, a `Decimal`.
fn small_call(object: Object<'_>) -> Option<String> {
    let args = object.args();
    let bare = object.kwargs().is_none() && object.steps().next().is_none();
    let small = bare && !args.is_empty() && is_small(args);
    let name = inline_import(object.callable()).filter(|_| small)?;
    Some(format!("{name}({})", joined(args)))
}

/// The full name of an import to which nothing was done.
fn inline_import(value: Value<'_>) -> Option<String> {
    let (name, module) = names(value.as_global().filter(|_| value.steps().next().is_none())?);
    Some(format!("{module}.{name}"))
}

/// The first characters of a text, and how long it is if there are more.
fn text_start(text: &[u8]) -> String {
    let mut shown = String::new();
    // Cut between characters, of which none has more than four bytes.
    let mut end = text.len().min(4 * TEXT);
    while end < text.len() && text[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    let start: String = match str::from_utf8(&text[..end]) {
        Ok(start) => start.chars().take(TEXT).collect(),
        Err(_) => String::new(),
    };
    let part = match start.len() {
        0 => &text[..end],
        len => &text[..len],
    };
    // Writing to a String does not fail.
    let _ = text::python_str_repr(part, &mut shown);
    if part.len() < text.len() {
        // Counting takes a moment, and the same long text may stand in every row.
        let _ = match text.len() {
            0..0x1_0000 => write!(
                shown,
                "… {} characters",
                text.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
            ),
            bytes => write!(shown, "… {bytes} bytes"),
        };
    }
    shown
}

fn bytes_start(bytes: &[u8]) -> String {
    let mut shown = String::new();
    let part = &bytes[..bytes.len().min(TEXT / 2)];
    let _ = text::python_bytes_repr(part, &mut shown);
    if part.len() < bytes.len() {
        let _ = write!(shown, "… {} bytes", bytes.len());
    }
    shown
}

/// A name, which a stream can make as long as it likes.
fn shortened(name: &str, most: usize) -> String {
    match name.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.into(),
    }
}

/// What a box is called, what else is to say about it, and its colour.
pub(super) fn title(value: Value<'_>) -> (String, String, &'static str) {
    let count = |len: usize, one: &str, many: &str| format!("{len} {}", if len == 1 { one } else { many });
    let items = |len| count(len, "item", "items");
    match value.kind() {
        Kind::List(list) => ("list".into(), items(list.len()), "#d0ebff"),
        Kind::Tuple(tuple) => ("tuple".into(), items(tuple.len()), "#c5f6fa"),
        Kind::Dict(dict) => ("dict".into(), count(dict.len(), "entry", "entries"), "#fff3bf"),
        Kind::Set(set) => ("set".into(), items(set.len()), "#d3f9d8"),
        Kind::FrozenSet(set) => ("frozenset".into(), items(set.len()), "#d3f9d8"),
        Kind::Object(object) => {
            let how = match object.call() {
                Call::Reduce => "()",
                _ => "",
            };
            match object.callable().as_global() {
                Some(global) => {
                    let (name, module) = names(global);
                    (format!("{name}{how}"), module, "#e5dbff")
                }
                None => ("object".into(), "made by a call".into(), "#e5dbff"),
            }
        }
        Kind::Global(global) => {
            let (name, module) = names(global);
            (name, module, "#e5dbff")
        }
        Kind::Persistent(_) => ("persistent object".into(), String::new(), "#ffe3e3"),
        _ => (value.type_name().into(), String::new(), "#e9ecef"),
    }
}

fn names(global: Global<'_>) -> (String, String) {
    // Enough bytes for one character more than is shown.
    let start = |name: &'_ [u8]| String::from_utf8_lossy(&name[..name.len().min(8 * TEXT + 4)]).into_owned();
    let short = |name: &[u8]| shortened(&start(name), 2 * TEXT);
    (short(global.name.as_bytes()), short(global.module.as_bytes()))
}

/// What is put before a row.
fn label(role: Role) -> String {
    match role {
        Role::Item(at) => at.to_string(),
        Role::Callable => "callable".into(),
        Role::Arg(at) => format!("argument {at}"),
        Role::Appended(at) => format!("append {at}"),
        Role::Added(_) => "add".into(),
        Role::State | Role::SetterState => "state".into(),
        Role::Setter => "setter".into(),
        Role::AsideCallable => "then call".into(),
        Role::AsideArg(at) => format!("argument {at}"),
        Role::PersistentId => "id".into(),
        _ => String::new(),
    }
}

/// The rows of a box while they are gathered.
pub(super) struct Rows<'g, 's> {
    survey: &'s Survey,
    max_items: usize,
    rows: Vec<Row<'g>>,
    /// The key whose value comes next.
    key: Option<Cell<'g>>,
    hidden: usize,
}

impl<'g, 's> Rows<'g, 's> {
    /// The rows of an object's box: a state that is a dict of its own is attributes.
    pub(super) fn of(survey: &'s Survey, max_items: usize, value: Value<'g>) -> Vec<Row<'g>> {
        let mut rows = Rows {
            survey,
            max_items,
            rows: Vec::new(),
            key: None,
            hidden: 0,
        };
        if let Some(index) = value.index()
            && let Some(state) = rows.add_all(value.graph, index, false)
        {
            rows.add_all(value.graph, state, true);
        }
        rows.rows
    }

    fn cell(&self, value: Value<'g>, from: u32, role: Role) -> Cell<'g> {
        match inline(self.survey, value) {
            Some(text) => Cell::Text(text),
            None => Cell::Link(value, (from, role)),
        }
    }

    /// Says how many items of the run that ends are not shown.
    fn end_run(&mut self) {
        if self.hidden > 0 {
            self.rows.push(Row::More(mem::take(&mut self.hidden)));
        }
    }

    /// Adds all that an object refers to; answers its state if that is a dict of its own, whose entries are attributes.
    fn add_all(&mut self, graph: &'g Graph<'g>, from: u32, attributes: bool) -> Option<u32> {
        let mut state = None;
        let mut edges = Edges::of(graph, Ref::node(from));
        let mut runs = 0;
        let in_order = !matches!(graph.node(from), Node::Set(_) | Node::FrozenSet(_));
        while let Some((role, at)) = edges.next(graph) {
            let value = graph.value(at);
            if role.position().is_none_or(|at| at == 0) && !role.is_second() {
                runs += 1;
                // All that comes after is one run, which is hidden.
                if runs <= MOST_RUNS {
                    self.end_run();
                }
            }
            if runs > MOST_RUNS || role.position().is_some_and(|at| at >= self.max_items) {
                self.hidden += usize::from(!role.is_second());
                continue;
            }
            if role.is_second() {
                let value = self.cell(value, from, role);
                let key = self.key.take().unwrap_or(Cell::Note(String::new()));
                self.rows.push(Row::Pair(key, value));
                continue;
            }
            let own_dict = self.survey.once(value) && matches!(value.kind(), Kind::Dict(_));
            match role {
                Role::Key(_) | Role::SetKey(_) | Role::Keyword(_) => {
                    let name = value.as_str().filter(|name| name.len() <= TEXT);
                    self.key = Some(match (role, name) {
                        (Role::Key(_), Some(name)) if attributes => Cell::Text(format!(".{name}")),
                        (Role::Keyword(_), Some(name)) => Cell::Text(format!("{name}=")),
                        _ => self.cell(value, from, role),
                    });
                }
                Role::State if own_dict && state.is_none() => state = value.index(),
                // It is the title.
                Role::Callable if value.as_global().is_some() => {}
                Role::Item(_) if !in_order => self.rows.push(Row::Single(self.cell(value, from, role))),
                _ => {
                    let label = Cell::Note(label(role));
                    self.rows.push(Row::Pair(label, self.cell(value, from, role)));
                }
            }
        }
        self.end_run();
        state
    }
}
