//! JSON for what fits into it.

use crate::{
    error::{ErrorKind, Result},
    graph::{Kind, Ref, Role, Step, Value, Visit},
    limits,
    number::{self, DECIMAL_BITS},
    text,
};
use num_bigint::BigInt;
use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    io::Write,
};

/// How JSON is written. See [`Value::write_json`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonOptions {
    /// By how many blanks each level is indented; all on one line if `None`. Default: `None`.
    pub indent: Option<usize>,
    /// Whether all but ASCII is escaped. Default: no. Lone surrogates always are.
    pub ascii: bool,
    /// How many bytes to write at most. A shared object is written each time it is met, so that a small pickle can ask for
    /// more than any disk holds. Default: 256 MiB.
    pub limit: u64,
}

impl Default for JsonOptions {
    fn default() -> Self {
        JsonOptions {
            indent: None,
            ascii: false,
            limit: 256 << 20,
        }
    }
}

/// Something that JSON has no place for. As `Display`: where it stands, what it is and what is written instead.
#[derive(Debug, Clone)]
pub struct Misfit<'g> {
    /// Where it stands: `$` is the whole, `.name` and `["any name"]` are keys, `[3]` is an item. The middle of very long
    /// paths is left out.
    pub path: String,
    /// What does not fit: the value or the key.
    pub value: Value<'g>,
    /// Why.
    pub why: MisfitKind,
}

/// Why something does not fit into JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MisfitKind {
    /// JSON has no such type, or no such number: `null` stands for it.
    NotJson,
    /// It contains itself: where it comes up again, `null` stands for it.
    Cycle,
    /// A key that is no str, but a number, a bool or `None`: it is written as the str that Python's `json` makes of it.
    /// Reported once for each dict.
    KeyNotStr,
    /// A key that even Python's `json` refuses: the whole entry is left out.
    BadKey,
}

/// How much of a value to show, so that a misfit fits on a line.
const SHOWN: usize = 100;

impl fmt::Display for Misfit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = Shortened(String::new());
        // Its digits would all be made before most of them are cut off.
        let written = match self.value.kind() {
            Kind::BigInt(big) if big.bits() > DECIMAL_BITS => write!(shown, "an int of {} bits", big.bits()),
            _ => write!(shown, "{}", self.value.repr().max_depth(2).max_items(8)),
        };
        if written.is_err() {
            shown.0.push_str("...");
        }
        let (path, shown) = (&self.path, shown.0);
        match self.why {
            MisfitKind::NotJson => write!(f, "{path}: {shown} is not JSON, null stands for it"),
            MisfitKind::Cycle => write!(f, "{path}: {shown} contains itself, null stands for it here"),
            MisfitKind::KeyNotStr => write!(f, "{path}: keys such as {shown} are not str, but written as str"),
            MisfitKind::BadKey => write!(f, "{path}: {shown} cannot be a key in JSON, the entry is left out"),
        }
    }
}

/// Text that is refused beyond [`SHOWN`] characters.
struct Shortened(String);

impl fmt::Write for Shortened {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = SHOWN.saturating_sub(self.0.chars().count());
        match text.char_indices().nth(room) {
            None => self.0.push_str(text),
            Some((end, _)) => {
                self.0.push_str(&text[..end]);
                return Err(fmt::Error);
            }
        }
        Ok(())
    }
}

impl<'g> Value<'g> {
    /// Writes the value as JSON, and hands over each thing that does not fit.
    ///
    /// What fits is what Python's `json.dumps` takes: `None`, bools, ints, finite floats, strs, lists, tuples, dicts, and
    /// `OrderedDict`s and `defaultdict`s. If all fits, the text is that of `json.dumps(value, ensure_ascii=False)`. What does
    /// not fit is no error: [`MisfitKind`] says what is written instead.
    ///
    /// ```
    /// use brinery::{Graph, JsonOptions};
    /// let graph = Graph::from_slice(b"(dS'n'\nI1\nsS'data'\n(lp0\nF1.5\nag0\nas.")?; // {'n': 1, 'data': [1.5, <itself>]}
    /// let (mut json, mut misfits) = (Vec::new(), Vec::new());
    /// graph.root().write_json(&mut json, &JsonOptions::default(), |misfit| misfits.push(misfit.to_string()))?;
    /// assert_eq!(json, br#"{"n": 1, "data": [1.5, null]}"#);
    /// assert_eq!(misfits, ["$.data[1]: [1.5, [...]] contains itself, null stands for it here"]);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn write_json(self, out: &mut impl Write, options: &JsonOptions, misfit: impl FnMut(Misfit<'g>)) -> Result<()> {
        let mut writer = Writer {
            out,
            options,
            left: options.limit,
            visits: visits(self, options.limit),
            open: Vec::new(),
            digits: HashMap::new(),
            misfit,
        };
        let mut walk = self.walk_tree();
        while let Some(visit) = walk.next() {
            writer.visit(1)?;
            match visit {
                Visit::Leave(_) => writer.leave()?,
                Visit::Seen(role, value) => {
                    if writer.arrive(role, value)? {
                        writer.unfit(value, MisfitKind::Cycle)?;
                    }
                }
                Visit::Enter(role, value) => {
                    let level = match writer.arrive(role, value)? {
                        true => writer.value(value)?,
                        false => None,
                    };
                    if level.is_none() {
                        walk.skip_inside();
                    }
                    writer.open.push(level);
                }
            }
        }
        Ok(())
    }
}

/// How many visits are paid for: all that there is a few times over, and for what is shared as many as it may have
/// bytes, roughly. An entry that is left out writes nothing and takes its time all the same.
fn visits(value: Value<'_>, limit: u64) -> u64 {
    let size = (value.graph.nodes.len() + value.graph.items.len()) as u64;
    (limit / 32).saturating_add(size.saturating_mul(16))
}

/// An open array or object.
struct Level<'g> {
    close: char,
    empty: bool,
    /// The index or key of what is being written.
    at: At<'g>,
    /// Whether a key that is no str has been reported.
    reported: bool,
}

#[derive(Clone, Copy)]
enum At<'g> {
    Index(usize),
    Key(Value<'g>),
    /// The key does not fit, so the value is not written either.
    Nowhere,
}

struct Writer<'w, 'g, W, F> {
    out: &'w mut W,
    options: &'w JsonOptions,
    left: u64,
    /// How many more values may be looked at.
    visits: u64,
    /// What the walk is inside of; `None` is for what is not looked into.
    open: Vec<Option<Level<'g>>>,
    /// The decimal digits of large ints, which take time in the square and may be shared.
    digits: HashMap<Ref, Box<str>>,
    misfit: F,
}

impl<'g, W: Write, F: FnMut(Misfit<'g>)> Writer<'_, 'g, W, F> {
    fn put(&mut self, text: &str) -> Result<()> {
        self.left = self.room_for(text.len())?;
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// What is left of the limit after so many bytes.
    fn room_for(&self, len: usize) -> Result<u64, ErrorKind> {
        self.left.checked_sub(len as u64).ok_or_else(|| self.full())
    }

    fn visit(&mut self, count: usize) -> Result<(), ErrorKind> {
        self.visits = self.visits.checked_sub(count as u64).ok_or_else(|| self.full())?;
        Ok(())
    }

    #[cold]
    fn full(&self) -> ErrorKind {
        limits::reached("output", self.options.limit)
    }

    /// Writes what stands before a value or, for a key, the key itself. Answers whether a value is due.
    fn arrive(&mut self, role: Role, value: Value<'g>) -> Result<bool> {
        match role {
            Role::Root => Ok(true),
            Role::Item(index) => {
                self.separate()?;
                self.set_at(At::Index(index));
                Ok(true)
            }
            Role::Key(_) | Role::SetKey(_) => {
                self.key(value)?;
                Ok(false)
            }
            Role::Value(_) | Role::SetValue(_) => Ok(!matches!(self.level(), Some(Level { at: At::Nowhere, .. }))),
            _ => Ok(false),
        }
    }

    fn level(&mut self) -> Option<&mut Level<'g>> {
        self.open.last_mut()?.as_mut()
    }

    fn set_at(&mut self, at: At<'g>) {
        if let Some(level) = self.level() {
            level.at = at;
        }
    }

    /// Writes what stands between the parent's bracket or last item and the next one.
    fn separate(&mut self) -> Result<()> {
        let first = self
            .level()
            .is_none_or(|level| std::mem::replace(&mut level.empty, false));
        let multiline = self.options.indent.is_some();
        match (first, multiline) {
            (true, _) => {}
            (false, false) => self.put(", ")?,
            (false, true) => self.put(",")?,
        }
        self.new_line(self.open.len())
    }

    fn new_line(&mut self, depth: usize) -> Result<()> {
        let Some(indent) = self.options.indent else {
            return Ok(());
        };
        self.put("\n")?;
        // In pieces, so that a deep object cannot ask for a long line before the limit has its say.
        let mut blanks = depth.saturating_mul(indent);
        while blanks > 0 {
            let piece = blanks.min(64);
            self.put(&" ".repeat(piece))?;
            blanks -= piece;
        }
        Ok(())
    }

    fn key(&mut self, key: Value<'g>) -> Result<()> {
        let text = match key.kind() {
            Kind::Str(_) => String::new(),
            Kind::None => "null".to_owned(),
            Kind::Bool(value) => value.to_string(),
            Kind::Int(value) => value.to_string(),
            Kind::BigInt(big) if big.bits() <= DECIMAL_BITS => self.digits(key, big).to_owned(),
            Kind::Float(value) if value.is_finite() => number::float_repr(value),
            _ => {
                self.report(key, MisfitKind::BadKey, self.open.len() - 1)?;
                self.set_at(At::Nowhere);
                return Ok(());
            }
        };
        self.separate()?;
        self.set_at(At::Key(key));
        if let Kind::Str(text) = key.kind() {
            self.string(text.as_bytes())?;
        } else {
            if self
                .level()
                .is_some_and(|level| !std::mem::replace(&mut level.reported, true))
            {
                self.report(key, MisfitKind::KeyNotStr, self.open.len() - 1)?;
            }
            self.string(text.as_bytes())?;
        }
        self.put(": ")
    }

    /// Writes a value, or the bracket that opens it.
    fn value(&mut self, value: Value<'g>) -> Result<Option<Level<'g>>> {
        let (open, close) = match value.kind() {
            Kind::None => return self.put("null").map(|()| None),
            Kind::Bool(value) => return self.put(if value { "true" } else { "false" }).map(|()| None),
            Kind::Int(value) => return self.put(&value.to_string()).map(|()| None),
            Kind::BigInt(big) if big.bits() <= DECIMAL_BITS => {
                let digits = self.digits(value, big).to_owned();
                return self.put(&digits).map(|()| None);
            }
            Kind::Float(value) if value.is_finite() => return self.put(&number::float_repr(value)).map(|()| None),
            Kind::Str(text) => return self.string(text.as_bytes()).map(|()| None),
            Kind::List(_) | Kind::Tuple(_) => ("[", ']'),
            Kind::Dict(_) => ("{", '}'),
            Kind::Object(_) if is_dict(value) => ("{", '}'),
            _ => return self.unfit(value, MisfitKind::NotJson).map(|()| None),
        };
        self.put(open)?;
        Ok(Some(Level {
            close,
            empty: true,
            at: At::Nowhere,
            reported: false,
        }))
    }

    fn digits(&mut self, value: Value<'g>, big: &BigInt) -> &str {
        self.digits.entry(value.id()).or_insert_with(|| big.to_string().into())
    }

    fn leave(&mut self) -> Result<()> {
        if let Some(Some(level)) = self.open.pop() {
            if !level.empty {
                self.new_line(self.open.len())?;
            }
            self.put(level.close.encode_utf8(&mut [0; 4]))?;
        }
        Ok(())
    }

    fn unfit(&mut self, value: Value<'g>, why: MisfitKind) -> Result<()> {
        self.report(value, why, self.open.len())?;
        self.put("null")
    }

    /// Hands over a misfit that stands `depth` containers deep.
    fn report(&mut self, value: Value<'g>, why: MisfitKind, depth: usize) -> Result<()> {
        // A path takes a moment for each of its steps.
        self.visit(depth.min(2 * END) + 4)?;
        let path = path(&self.open[..depth]);
        (self.misfit)(Misfit { path, value, why });
        Ok(())
    }

    fn string(&mut self, text: &[u8]) -> Result<()> {
        // Escapes only make it longer.
        self.room_for(text.len())?;
        let mut json = String::with_capacity(text.len() + 2);
        quote(text, self.options.ascii, &mut json);
        self.put(&json)
    }
}

/// Whether it is one of the dicts that pickles spell as a call and then fill.
fn is_dict(value: Value<'_>) -> bool {
    let Some(object) = value.as_object() else { return false };
    let Some(class) = object.callable().as_global() else {
        return false;
    };
    let known = class.is("collections", "OrderedDict") && object.args().is_empty()
        || class.is("collections", "defaultdict") && object.args().len() <= 1;
    known && object.steps().all(|step| matches!(step, Step::SetItems(_)))
}

/// Writes a JSON string.
pub(crate) fn quote(text: &[u8], ascii: bool, out: &mut String) {
    out.push('"');
    for code_point in text::code_points(text) {
        let _ = match char::from_u32(code_point) {
            Some(c @ ('"' | '\\')) => write!(out, "\\{c}"),
            Some('\n') => out.write_str("\\n"),
            Some('\r') => out.write_str("\\r"),
            Some('\t') => out.write_str("\\t"),
            Some('\u{8}') => out.write_str("\\b"),
            Some('\u{c}') => out.write_str("\\f"),
            Some(' '..='~') => out.write_char(char::from(code_point as u8)),
            Some(c) if !ascii && c >= ' ' => out.write_char(c),
            // JSON escapes are in UTF-16.
            Some(c) => (c.encode_utf16(&mut [0; 2]).iter()).try_for_each(|unit| write!(out, "\\u{unit:04x}")),
            None => write!(out, "\\u{code_point:04x}"),
        };
    }
    out.push('"');
}

/// So many steps of a path are shown at either end.
const END: usize = 16;

/// The way through the open containers, or both ends of it.
fn path(levels: &[Option<Level<'_>>]) -> String {
    let mut path = String::from("$");
    let (head, tail) = match levels.len() > 2 * END {
        true => (&levels[..END], &levels[levels.len() - END..]),
        false => (levels, &[][..]),
    };
    head.iter().flatten().for_each(|level| level.at.push_to(&mut path));
    if !tail.is_empty() {
        path.push_str("...");
    }
    tail.iter().flatten().for_each(|level| level.at.push_to(&mut path));
    path
}

impl At<'_> {
    fn push_to(self, path: &mut String) {
        // Writing to a String does not fail; a text that is too long for Shortened does.
        match self {
            At::Nowhere => {}
            At::Index(index) => path.push_str(&format!("[{index}]")),
            At::Key(key) => match (key.as_str(), key.kind()) {
                (Some(name), _) if is_name(name) => path.push_str(&format!(".{name}")),
                (_, Kind::Str(text)) => {
                    let mut json = String::new();
                    let start = &text.as_bytes()[..text.as_bytes().len().min(8 * SHOWN)];
                    quote(start, true, &mut json);
                    let mut short = Shortened(String::new());
                    let dots = short.write_str(&json).map_or("...", |()| "");
                    path.push_str(&format!("[{}{dots}]", short.0));
                }
                _ => path.push_str(&format!("[{key}]")),
            },
        }
    }
}

/// Whether a key can stand behind a dot in a path.
fn is_name(key: &str) -> bool {
    key.len() <= SHOWN
        && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
