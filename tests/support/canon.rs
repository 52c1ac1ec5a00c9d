//! The canonical text of a graph, as `canon()` in `oracle/inert.py` gives it for what CPython loaded.

use brinery::{Call, DeedKind, Global, Graph, Items, Kind, Ref, Step, Str, Value};
use std::{collections::HashMap, fmt::Write};

/// A longer text is replaced as a whole.
const LIMIT: usize = 2_000_000;
const TOO_LONG: &str = "<too long>";

struct TooLong;

/// The text of the root, then a line for each import, call and persistent object.
pub fn canon(graph: &Graph<'_>) -> String {
    let mut writer = Writer::new(graph);
    writer.number();
    match writer.everything() {
        Ok(()) => writer.out,
        Err(TooLong) => TOO_LONG.into(),
    }
}

/// The same for graphs of which the order of imports and calls says nothing: they are numbered as they are met, and those
/// that nothing holds do not count.
pub fn canon_by_use(graph: &Graph<'_>) -> String {
    let mut writer = Writer::new(graph);
    writer.by_use = true;
    match writer.everything() {
        Ok(()) => writer.out,
        Err(TooLong) => TOO_LONG.into(),
    }
}

/// What stands for one object of the oracle: all imports of a name are one.
struct Opaque<'g> {
    kind: DeedKind,
    values: Vec<Value<'g>>,
}

/// A piece of the text that is still to be written.
enum Work<'g> {
    Text(&'static str),
    Value(Value<'g>),
    /// The items of a set are written one by one, to be sorted.
    Set(SetItems<'g>),
}

struct SetItems<'g> {
    waiting: Vec<Value<'g>>,
    texts: Vec<String>,
    outer: String,
    started: bool,
}

struct Writer<'g> {
    graph: &'g Graph<'g>,
    out: String,
    /// What was written before `out` was put aside for the items of a set.
    before: usize,
    labels: HashMap<Ref, usize>,
    serials: HashMap<Ref, usize>,
    imports: HashMap<Global<'g>, usize>,
    opaques: Vec<Opaque<'g>>,
    by_use: bool,
}

impl<'g> Writer<'g> {
    fn new(graph: &'g Graph<'g>) -> Self {
        Writer {
            graph,
            out: String::new(),
            before: 0,
            labels: HashMap::new(),
            serials: HashMap::new(),
            imports: HashMap::new(),
            opaques: Vec::new(),
            by_use: false,
        }
    }

    /// Gives serial numbers in the order of the stream.
    fn number(&mut self) {
        for deed in self.graph.deeds() {
            match (deed.kind, deed.value.kind()) {
                // Calls that stand for plain data are that data. A nested name is a call all the same.
                (DeedKind::Import, Kind::Global(_))
                | (DeedKind::Call, Kind::Object(_) | Kind::Global(_))
                | (DeedKind::Persistent, _) => self.count(deed.kind, deed.value),
                _ => 0,
            };
        }
    }

    fn count(&mut self, kind: DeedKind, value: Value<'g>) -> usize {
        let next = self.opaques.len() + 1;
        let serial = match value.kind() {
            Kind::Global(global) if kind == DeedKind::Import => *self.imports.entry(global).or_insert(next),
            _ => next,
        };
        if serial == next {
            self.opaques.push(Opaque { kind, values: vec![] });
        }
        self.opaques[serial - 1].values.push(value);
        self.serials.insert(value.id(), serial);
        serial
    }

    fn serial(&mut self, value: Value<'g>) -> usize {
        match self.serials.get(&value.id()) {
            Some(serial) => *serial,
            None if !self.by_use => panic!("nothing says where {value:?} is from"),
            None => match value.kind() {
                Kind::Global(_) if value.spelled_by().is_none() => self.count(DeedKind::Import, value),
                Kind::Persistent(_) => self.count(DeedKind::Persistent, value),
                _ => self.count(DeedKind::Call, value),
            },
        }
    }

    fn everything(&mut self) -> Result<(), TooLong> {
        self.run(vec![Work::Value(self.graph.root())])?;
        let mut done = 0;
        while let Some(opaque) = self.opaques.get_mut(done) {
            let opaque = std::mem::replace(
                opaque,
                Opaque {
                    kind: opaque.kind,
                    values: vec![],
                },
            );
            done += 1;
            write!(self.out, "\n@{done} = ").expect("a String takes it");
            self.origin(&opaque)?;
            self.steps(&opaque)?;
        }
        self.check()
    }

    fn origin(&mut self, opaque: &Opaque<'g>) -> Result<(), TooLong> {
        let value = opaque.values[0];
        match (opaque.kind, value.kind()) {
            (DeedKind::Import, Kind::Global(global)) => {
                self.out += "import ";
                self.text(global.module);
                self.out += " ";
                self.text(global.name);
                Ok(())
            }
            (DeedKind::Call, Kind::Global(_)) => {
                let (callable, args) = value.spelled_by().expect("a nested name was spelled by a call");
                self.out += "call ";
                self.call(callable, args)
            }
            (_, Kind::Object(object)) => {
                let kwargs = object.kwargs().filter(|kwargs| !kwargs.is_empty());
                self.out += match object.call() {
                    Call::Reduce => "call ",
                    Call::Instance if !object.args().is_empty() => "call ",
                    _ if kwargs.is_some() => "newex ",
                    _ => "new ",
                };
                self.call(object.callable(), object.args())?;
                match kwargs {
                    None => Ok(()),
                    Some(kwargs) => {
                        // The call gets a copy, which is a new dict.
                        let label = self.labels.len() + 1;
                        self.labels.insert(value.id(), label);
                        write!(self.out, " {{#{label} ").expect("a String takes it");
                        self.run(pairs(kwargs.iter(), "}"))
                    }
                }
            }
            (_, Kind::Persistent(id)) => {
                self.out += "persistent ";
                self.run(vec![Work::Value(id)])
            }
            (kind, other) => panic!("{kind:?} of {other:?}"),
        }
    }

    fn call(&mut self, callable: Value<'g>, args: Items<'g>) -> Result<(), TooLong> {
        self.run(vec![Work::Value(callable)])?;
        self.out += " (";
        self.run(joined(args.iter(), ")"))
    }

    fn steps(&mut self, opaque: &Opaque<'g>) -> Result<(), TooLong> {
        // A state setter is a call of its own, not something done to the object.
        let steps = opaque.values.iter().flat_map(|value| value.steps());
        let steps: Vec<Step<'g>> = steps
            .filter(|step| !matches!(step, Step::Setter { .. } | Step::Aside { .. }))
            .collect();
        // Consecutive steps of a kind are one: a pickler's batches carry no meaning.
        for group in steps
            .chunk_by(|a, b| !matches!(a, Step::State(_)) && std::mem::discriminant(a) == std::mem::discriminant(b))
        {
            let mut items = Vec::new();
            let mut entries = Vec::new();
            for step in group {
                match step {
                    Step::Append(more) | Step::Add(more) => items.extend(more.iter()),
                    Step::SetItems(more) => entries.extend(more.iter()),
                    Step::State(state) => items.push(*state),
                    other => panic!("{other:?}"),
                }
            }
            let (opening, work) = match group[0] {
                Step::Append(_) => (" extend (", joined(items.into_iter(), ")")),
                Step::Add(_) => (" add (", joined(items.into_iter(), ")")),
                Step::SetItems(_) => (" setitem (", pairs(entries.into_iter(), ")")),
                _ => (" build ", joined(items.into_iter(), "")),
            };
            self.out += opening;
            self.run(work)?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), TooLong> {
        if self.before + self.out.len() > LIMIT {
            Err(TooLong)
        } else {
            Ok(())
        }
    }

    fn run(&mut self, mut stack: Vec<Work<'g>>) -> Result<(), TooLong> {
        while let Some(work) = stack.pop() {
            match work {
                Work::Text(text) => self.out += text,
                Work::Value(value) => self.value(value, &mut stack)?,
                Work::Set(set) => self.set(set, &mut stack),
            }
            self.check()?;
        }
        Ok(())
    }

    fn value(&mut self, value: Value<'g>, stack: &mut Vec<Work<'g>>) -> Result<(), TooLong> {
        let out = &mut self.out;
        match value.kind() {
            Kind::None => *out += "None",
            Kind::Bool(true) => *out += "True",
            Kind::Bool(false) => *out += "False",
            Kind::Int(int) => write!(out, "i{int}").expect("a String takes it"),
            Kind::BigInt(int) => {
                // 0.301 is below log10(2): an int this large is certain to break the limit.
                if int.bits() as f64 * 0.301 > LIMIT as f64 {
                    return Err(TooLong);
                }
                write!(out, "i{int}").expect("a String takes it");
            }
            Kind::Float(float) if float.is_nan() => *out += "fnan",
            Kind::Float(float) => write!(out, "f{:016x}", float.to_bits()).expect("a String takes it"),
            Kind::Str(text) => self.text(text),
            Kind::Bytes(bytes) => {
                *out += "b";
                hex(bytes, out);
            }
            Kind::ByteArray(bytes) => {
                if self.label(value, "bytearray") {
                    self.out += "(";
                    hex(bytes, &mut self.out);
                    self.out += ")";
                }
            }
            Kind::Tuple(items) => {
                *out += "(";
                stack.extend(joined(items.iter(), ")"));
            }
            Kind::List(items) => {
                if self.label(value, "[") {
                    self.out += if items.is_empty() { "" } else { " " };
                    stack.extend(joined(items.iter(), "]"));
                }
            }
            Kind::Dict(entries) => {
                if self.label(value, "{") {
                    self.out += if entries.is_empty() { "" } else { " " };
                    stack.extend(pairs(entries.iter(), "}"));
                }
            }
            Kind::Set(items) => {
                if self.label(value, "set") {
                    self.out += "(";
                    stack.extend(sorted(items));
                }
            }
            Kind::FrozenSet(items) => {
                *out += "frozenset(";
                stack.extend(sorted(items));
            }
            Kind::Buffer { index, .. } => write!(out, "<buffer {index}>").expect("a String takes it"),
            Kind::Global(_) | Kind::Object(_) | Kind::Persistent(_) => {
                let serial = self.serial(value);
                write!(self.out, "@{serial}").expect("a String takes it")
            }
            other => panic!("a new kind: {other:?}"),
        }
        Ok(())
    }

    /// Labels something mutable at its first visit. A later one is the label alone, and false.
    fn label(&mut self, value: Value<'g>, opening: &str) -> bool {
        let next = self.labels.len() + 1;
        let label = *self.labels.entry(value.id()).or_insert(next);
        let first = label == next;
        if first {
            self.out += opening;
        }
        write!(self.out, "#{label}").expect("a String takes it");
        first
    }

    fn text(&mut self, text: Str<'_>) {
        self.out += "s\"";
        for point in code_points(text.as_bytes()) {
            match char::from_u32(point) {
                Some(c @ ' '..='~') if c != '"' && c != '\\' => self.out.push(c),
                _ => write!(self.out, "\\u{{{point:x}}}").expect("a String takes it"),
            }
        }
        self.out += "\"";
    }

    /// Nothing in a set takes a label, so the order in which its items are written does not show.
    fn set(&mut self, mut set: SetItems<'g>, stack: &mut Vec<Work<'g>>) {
        if set.started {
            set.texts.push(std::mem::take(&mut self.out));
            self.before += set.texts.last().map_or(0, String::len);
        } else {
            set.outer = std::mem::take(&mut self.out);
            self.before += set.outer.len();
        }
        set.started = true;
        if let Some(value) = set.waiting.pop() {
            stack.extend([Work::Set(set), Work::Value(value)]);
            return;
        }
        self.before -= set.outer.len() + set.texts.iter().map(String::len).sum::<usize>();
        self.out = set.outer;
        set.texts.sort();
        self.out += &set.texts.join(", ");
    }
}

/// A stack that writes these values with commas in between.
fn joined<'g>(values: impl DoubleEndedIterator<Item = Value<'g>>, close: &'static str) -> Vec<Work<'g>> {
    let mut stack = vec![Work::Text(close)];
    for value in values.rev() {
        stack.extend([Work::Value(value), Work::Text(", ")]);
    }
    if stack.len() > 1 {
        stack.pop();
    }
    stack
}

fn pairs<'g>(pairs: impl Iterator<Item = (Value<'g>, Value<'g>)>, close: &'static str) -> Vec<Work<'g>> {
    let mut work = Vec::new();
    for (key, value) in pairs {
        work.extend([Work::Value(key), Work::Text(": "), Work::Value(value), Work::Text(", ")]);
    }
    work.pop();
    work.push(Work::Text(close));
    work.reverse();
    work
}

fn sorted(items: Items<'_>) -> [Work<'_>; 2] {
    [
        Work::Text(")"),
        Work::Set(SetItems {
            waiting: items.iter().collect(),
            texts: Vec::new(),
            outer: String::new(),
            started: false,
        }),
    ]
}

fn hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        write!(out, "{byte:02x}").expect("a String takes it");
    }
}

/// The code points of UTF-8 that may hold surrogates.
fn code_points(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let mut rest = bytes.iter().copied().peekable();
    std::iter::from_fn(move || {
        let first = u32::from(rest.next()?);
        let mut point = match first {
            0..0x80 => first,
            0x80..0xe0 => first & 0x1f,
            0xe0..0xf0 => first & 0x0f,
            _ => first & 0x07,
        };
        while let Some(byte) = rest.next_if(|byte| byte & 0xc0 == 0x80) {
            point = point << 6 | u32::from(byte & 0x3f);
        }
        Some(point)
    })
}
