//! What flows where in a pickle: from imports into calls, from calls into other calls and into the result.

use super::{cut, parts::verdict_of};
use brinery::{
    DeedKind, Options, Ref, Rules, Step, Value,
    archive::Member,
    scan::{Report, Verdict},
};
use std::collections::{HashMap, HashSet};

/// Pickles of more bytes are not drawn.
const LARGEST: usize = 16 << 20;
/// Steps of a drawing.
const MOST: usize = 40;
/// Values that are looked at for each step.
const LOOKED_AT: usize = 2000;

/// Where something comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Source {
    Import(usize),
    Step(usize),
}

/// An import, or something that is done.
#[derive(Debug)]
pub(super) struct Box {
    pub(super) title: String,
    /// Arguments and the like.
    pub(super) text: String,
    pub(super) verdict: Verdict,
    /// What flows into it.
    pub(super) from: Vec<Source>,
    /// Whether anything takes it up.
    pub(super) used: bool,
}

/// What is drawn.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pub(super) imports: Vec<Box>,
    pub(super) steps: Vec<Box>,
    /// What flows into what the pickle stands for; nothing if it never gets there.
    pub(super) result: Option<Vec<Source>>,
    pub(super) left_out: usize,
    /// Which import or step an object is.
    made: HashMap<Ref, Source>,
}

impl Flow {
    /// From the first pickle of a member; `None` if it does nothing, or cannot be read at all.
    pub(super) fn of(member: &Member<'_>, report: &Report) -> Option<Flow> {
        let bytes = member.bytes.get(..LARGEST.min(member.bytes.len()))?;
        let options = Options::new().rules(Rules::Classic).buffers_elsewhere();
        let (graph, complete) = match options.read_first(bytes) {
            Ok((graph, _)) => (graph.into_owned(), true),
            // Up to where it breaks it can be read when it stops there.
            Err(error) => {
                let end = usize::try_from(error.offset()?).ok()?;
                let mut bytes = bytes.get(..end)?.to_vec();
                bytes.extend(b"N.");
                (options.read_first(&bytes).ok()?.0.into_owned(), false)
            }
        };
        let mut flow = Flow::default();
        for deed in graph.deeds() {
            if flow.imports.len() + flow.steps.len() >= MOST {
                flow.left_out += 1;
                continue;
            }
            let offset = member.offset(deed.offset);
            flow.deed(deed.kind, deed.value, offset, report);
        }
        if flow.imports.is_empty() && flow.steps.is_empty() {
            return None;
        }
        if complete {
            let sources = flow.sources([graph.root()], true);
            flow.take(&sources);
            flow.result = Some(sources);
        }
        Some(flow)
    }

    fn deed(&mut self, kind: DeedKind, value: Value<'_>, offset: u64, report: &Report) {
        let import = report
            .imports
            .iter()
            .find(|import| import.offset == offset && import.within.is_empty());
        let call = report
            .calls
            .iter()
            .find(|call| call.offset == offset && call.within.is_empty());
        match kind {
            DeedKind::Import => {
                // The same name twice is one box.
                let title = title(value);
                let known = self.imports.iter().position(|import| import.title == title);
                let place = known.unwrap_or_else(|| {
                    self.imports.push(Box {
                        title,
                        text: String::new(),
                        verdict: import.map_or(Verdict::Unknown, |import| verdict_of(import, report)),
                        from: Vec::new(),
                        used: false,
                    });
                    self.imports.len() - 1
                });
                self.made.insert(value.id(), Source::Import(place));
            }
            DeedKind::Call | DeedKind::Persistent => {
                let object = value.as_object();
                let spelled = value.spelled_by();
                let callable = object
                    .map(|object| object.callable())
                    .or(spelled.map(|(callable, _)| callable));
                let args: Vec<Value<'_>> = match (object, spelled) {
                    (Some(object), _) => object.args().iter().collect(),
                    (None, Some((_, args))) => args.iter().collect(),
                    (None, None) => Vec::new(),
                };
                let words: Vec<String> = args.iter().take(8).map(|arg| brief(*arg)).collect();
                let title = match callable {
                    Some(callable) => title(callable),
                    None => brief(value),
                };
                let sources = self.sources(callable.into_iter().chain(args), false);
                let verdict = call.map_or(Verdict::Unknown, |call| call.verdict);
                self.step(value, title, format!("({})", words.join(", ")), sources, verdict);
            }
            DeedKind::Build => {
                let state = value.as_object().and_then(|object| object.state());
                let text = state.map_or_else(String::new, brief);
                let sources = self.sources(state.into_iter().chain([value]), false);
                let title = match value.as_object() {
                    Some(object) => format!("state of {}", self::title(object.callable())),
                    None => "state".to_owned(),
                };
                let verdict = call.map_or(Verdict::Unknown, |call| call.verdict);
                self.step(value, title, text, sources, verdict);
            }
            _ => {}
        }
    }

    fn step(&mut self, value: Value<'_>, title: String, text: String, from: Vec<Source>, verdict: Verdict) {
        self.take(&from);
        self.steps.push(Box {
            title,
            text: cut(&text, 120),
            verdict,
            from,
            used: false,
        });
        self.made.insert(value.id(), Source::Step(self.steps.len() - 1));
    }

    /// Marks what is taken up.
    fn take(&mut self, sources: &[Source]) {
        for source in sources {
            let found = match *source {
                Source::Import(at) => self.imports.get_mut(at),
                Source::Step(at) => self.steps.get_mut(at),
            };
            found.into_iter().for_each(|found| found.used = true);
        }
    }

    /// The imports and steps that values consist of; of what is in them, too, if `all`.
    fn sources<'g>(&self, values: impl IntoIterator<Item = Value<'g>>, all: bool) -> Vec<Source> {
        let mut todo: Vec<Value<'g>> = values.into_iter().take(LOOKED_AT).collect();
        let mut seen = HashSet::new();
        let mut sources = Vec::new();
        while let Some(value) = todo.pop() {
            if seen.len() >= LOOKED_AT || !seen.insert(value.id()) {
                continue;
            }
            if let Some(source) = self.made.get(&value.id()) {
                sources.push(*source);
                if !all {
                    continue;
                }
            }
            let room = LOOKED_AT - seen.len();
            todo.extend(value.items().take(room));
            todo.extend(value.entries().take(room).flat_map(|(key, value)| [key, value]));
            for step in value.steps().take(room) {
                match step {
                    Step::Append(items) | Step::Add(items) => todo.extend(items.iter().take(room)),
                    Step::SetItems(entries) => {
                        todo.extend(entries.iter().take(room).flat_map(|(key, value)| [key, value]));
                    }
                    Step::State(state) => todo.push(state),
                    _ => {}
                }
            }
        }
        sources.sort_unstable();
        sources.dedup();
        sources
    }
}

fn brief(value: Value<'_>) -> String {
    cut(&value.repr().max_depth(2).max_items(4).to_string(), 60)
}

/// What is called: its name, or what it is.
fn title(value: Value<'_>) -> String {
    match value.as_global() {
        Some(global) => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            cut(
                &format!("{}.{}", text(global.module.as_bytes()), text(global.name.as_bytes())),
                80,
            )
        }
        None => brief(value),
    }
}
