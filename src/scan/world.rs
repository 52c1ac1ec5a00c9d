//! What the scan knows while it runs: names, the items of tuples, what was found.

use super::{
    ScanOptions,
    checks::{Known, Storages},
    nested::Nested,
    policy::{Entry, Policy},
    report::{Call, Finding, Import, Report, Rule, Verdict},
    show,
    value::{Kind, NAMES, TUPLE, Value},
};
use crate::{
    opcode::{Info, Op},
    text::{self, Text},
};
use std::{
    borrow::Cow,
    cell::Cell,
    collections::{HashMap, HashSet},
};

/// What makes a key that no Python takes, when it is called.
const UNHASHABLE: [&str; 4] = ["builtins.list", "builtins.dict", "builtins.set", "builtins.bytearray"];

/// Work for each byte of the input, and for a start.
const WORK: u64 = 64;
const FREE_WORK: u64 = 16 << 20;

/// The heap of a scan.
pub(super) struct World<'a, 'p> {
    pub(super) input: &'a [u8],
    pub(super) policy: &'p Policy,
    pub(super) options: &'p ScanOptions,
    /// Where the opcode starts that is acted out.
    pub(super) offset: u64,
    /// The protocol in force.
    pub(super) protocol: u8,
    pub(super) names: Vec<Name<'p>>,
    index: HashMap<String, u32>,
    /// The items of tuples.
    items: Vec<Value>,
    /// Dicts with keys that could be special names, by where they were made.
    pub(super) odd_dicts: HashSet<u64>,
    /// Dicts that were fetched from the memo.
    pub(super) fetched_dicts: HashSet<u64>,
    /// What more is known of objects, by the number that they have.
    pub(super) known: Vec<Known>,
    /// The items of dicts that could be the fields of a dtype, by where they were made.
    pub(super) fields: HashMap<u64, Vec<Value>>,
    /// Where a random generator of numpy was named first: the items of dicts that are made behind it are kept if they could
    /// be its state.
    pub(super) generators: Option<u64>,
    /// The storages of torch that were named.
    pub(super) storages: Storages,
    /// Whether a value was duplicated, so that the memo no longer tells all references.
    pub(super) duplicated: bool,
    /// Whether an object was given state.
    pub(super) built: bool,
    /// How many out-of-band buffers were asked for.
    pub(super) buffers: usize,
    /// How many bytes of text may still be decoded: a text is decoded each time that it matters.
    work_left: Cell<u64>,
    /// Whether only what is done is noted (R2 to R7) and whether that could be seen (R9), not how it is written.
    pub(super) deeds_only: bool,
    pub(super) nested: Nested,
    pub(super) report: Report,
    /// The names that the findings are about, to suggest what would allow them when all their uses are known.
    subjects: Vec<Option<u32>>,
}

/// A name that is imported.
pub(super) struct Name<'p> {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) entry: Option<&'p Entry>,
    /// Why it is dangerous.
    pub(super) danger: Option<String>,
    /// What was done with it.
    pub(super) uses: Uses,
    /// Where it was imported first.
    pub(super) first: u64,
    /// Whether that was reported.
    pub(super) reported: bool,
}

/// What was done with a name or with the instances that it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Uses(u8);

impl Uses {
    pub(super) const CALL: Uses = Uses(1);
    pub(super) const NEW: Uses = Uses(2);
    pub(super) const KWARGS: Uses = Uses(4);
    pub(super) const STATE: Uses = Uses(8);
    pub(super) const APPEND: Uses = Uses(16);
    pub(super) const SETITEM: Uses = Uses(32);
    pub(super) const ADD: Uses = Uses(64);

    /// The roles of a policy's entry that these are.
    const ROLES: [(Uses, &'static str); 7] = [
        (Uses::CALL, "call"),
        (Uses::NEW, "new"),
        (Uses::KWARGS, "kwargs"),
        (Uses::STATE, "state"),
        (Uses::APPEND, "append"),
        (Uses::SETITEM, "setitem"),
        (Uses::ADD, "add"),
    ];

    /// Adds a use, and says whether it is new.
    pub(super) fn add(&mut self, new: Uses) -> bool {
        let before = *self;
        self.0 |= new.0;
        *self != before
    }
}

impl Name<'_> {
    /// `module.name`.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }

    /// What an import of it is.
    pub(super) fn verdict(&self) -> Verdict {
        match (&self.entry, &self.danger) {
            (Some(_), _) => Verdict::Safe,
            (None, Some(_)) => Verdict::Dangerous,
            (None, None) => Verdict::Unknown,
        }
    }

    /// The line of a policy that allows all that was done with it.
    fn allow_line(&self) -> String {
        let roles: Vec<String> = (Uses::ROLES.iter())
            .filter(|(role, _)| self.uses.0 & role.0 != 0)
            .map(|(_, role)| format!("{role} = true"))
            .collect();
        let roles = if roles.is_empty() {
            "\"data\"".to_owned()
        } else {
            format!("{{ {} }}", roles.join(", "))
        };
        format!(
            "allow.{}.{} = {roles}",
            show::toml_key(&self.module),
            show::toml_key(&self.name)
        )
    }
}

impl<'a, 'p> World<'a, 'p> {
    pub(super) fn new(input: &'a [u8], policy: &'p Policy, options: &'p ScanOptions, nested: Nested) -> Self {
        World {
            input,
            policy,
            options,
            offset: 0,
            protocol: 0,
            names: Vec::new(),
            index: HashMap::new(),
            items: Vec::new(),
            odd_dicts: HashSet::new(),
            fetched_dicts: HashSet::new(),
            known: Vec::new(),
            fields: HashMap::new(),
            generators: None,
            storages: Storages::new(),
            duplicated: false,
            built: false,
            buffers: 0,
            work_left: Cell::new((input.len() as u64).saturating_mul(WORK) + FREE_WORK),
            deeds_only: false,
            nested,
            report: Report::default(),
            subjects: Vec::new(),
        }
    }

    /// Makes ready for the next pickle of the input. Names and what was done with them stay.
    pub(super) fn restart(&mut self) {
        self.protocol = 0;
        self.items.clear();
        self.odd_dicts.clear();
        self.fetched_dicts.clear();
        self.known.clear();
        self.fields.clear();
        self.duplicated = false;
        self.built = false;
        self.buffers = 0;
    }

    /// Whether there is room for so much more work; R9 says so at the end if there was not.
    pub(super) fn work(&self, amount: usize) -> bool {
        let left = self.work_left.get().checked_sub(amount as u64);
        self.work_left.set(left.unwrap_or(0));
        left.is_some_and(|left| left > 0)
    }

    /// Whether there was too much work: texts are not known any more then.
    pub(super) fn is_exhausted(&self) -> bool {
        self.work_left.get() == 0
    }

    /// What was found, with suggestions.
    pub(super) fn finish(mut self) -> (Report, Nested) {
        if self.is_exhausted() {
            let reason = "its texts are used so often that looking at each use would take too long";
            self.find(Verdict::Unknown, Rule::R9, None, String::new(), reason);
        }
        for (finding, subject) in self.report.findings.iter_mut().zip(&self.subjects) {
            // What a policy lists, but not for this use, its rules keep from doing harm: they are not to be lifted lightly.
            let name = subject.and_then(|index| self.names.get(index as usize));
            if let Some(name) = name.filter(|name| name.entry.is_none()) {
                finding.allow = Some(name.allow_line());
            }
        }
        (self.report, self.nested)
    }

    /// The index of a name.
    pub(super) fn name(&mut self, module: &str, name: &str) -> u32 {
        // No policy has such names, so that it does not matter how they go on.
        let (module, name) = (&*shortened(module), &*shortened(name));
        // No name of a module has a line feed that could make two pairs one: GLOBAL ends at it. For STACK_GLOBAL, whose
        // names may have any characters, the length of the module tells them apart.
        let key = format!("{}\n{module}\n{name}", module.len());
        if let Some(index) = self.index.get(&key) {
            return *index;
        }
        if self.names.len() > NAMES {
            let reason = "more names than can be told apart";
            self.find(Verdict::Unknown, Rule::R9, None, String::new(), reason);
            return 0;
        }
        let index = self.names.len() as u32;
        let entry = self.policy.entry(module, name);
        self.names.push(Name {
            module: module.to_owned(),
            name: name.to_owned(),
            entry,
            danger: self.policy.danger(module, name),
            uses: Uses::default(),
            first: self.offset,
            reported: false,
        });
        self.index.insert(key, index);
        index
    }

    /// Keeps the items of a tuple.
    #[inline(always)]
    pub(super) fn keep(&mut self, items: &[Value]) -> Value {
        let start = self.items.len();
        if items.len() <= TUPLE {
            self.items.extend_from_slice(items);
        }
        Value::tuple(start, items.len(), items.iter().all(|item| self.is_hashable(*item)))
    }

    /// Whether Python takes it for a key, as far as is known.
    #[inline(always)]
    pub(super) fn is_hashable(&self, value: Value) -> bool {
        let made = |name| self.is_named(value, name);
        value.is_hashable() && !(value.kind() == Kind::Made && UNHASHABLE.into_iter().any(made))
    }

    /// The items of a tuple, if it is one and not a long one.
    pub(super) fn items(&self, value: Value) -> Option<&[Value]> {
        let (start, len) = value.as_tuple()?;
        self.items.get(start..start + len)
    }

    /// The name of an import, or of what made an object.
    pub(super) fn name_of(&self, value: Value) -> Option<&Name<'p>> {
        match value.kind() {
            Kind::Global | Kind::Made => self.names.get(value.name()),
            _ => None,
        }
    }

    /// What may be done with an import, or with what a call made.
    pub(super) fn entry(&self, value: Value) -> Option<&'p Entry> {
        self.name_of(value)?.entry
    }

    /// Whether an object is surely of its class, and of none that Python has letters for: its class is never called, only
    /// its `__new__`.
    pub(super) fn is_instance(&self, value: Value) -> bool {
        let only_new = |entry: &Entry| entry.call.is_empty() && !entry.new.is_empty();
        self.entry(value).is_some_and(only_new) && !self.is_named(value, "builtins.str")
    }

    pub(super) fn is_named(&self, value: Value, path: &str) -> bool {
        self.name_of(value).is_some_and(|name| {
            let rest = path
                .strip_prefix(name.module.as_str())
                .and_then(|rest| rest.strip_prefix('.'));
            rest == Some(name.name.as_str())
        })
    }

    /// The opcode that made a text, number or `bytes`.
    pub(super) fn opcode_at(&self, offset: usize) -> Option<Op<'a>> {
        let (_, op) = Op::parse(self.input.get(offset..)?).ok()?;
        Some(op)
    }

    /// The text of a `str`, also of Python 2 if it is ASCII.
    pub(super) fn text(&self, value: Value) -> Option<Cow<'a, str>> {
        if !matches!(value.kind(), Kind::Str | Kind::ByteString) {
            return None;
        }
        let rest = self.input.get(value.text_offset()..)?;
        let (behind, op) = Op::parse(rest).ok()?;
        if !self.work(rest.len() - behind.len()) {
            return None;
        }
        let text = match op {
            Op::ShortBinUnicode(v) | Op::BinUnicode(v) | Op::BinUnicode8(v) => Text::decode(v).ok()?,
            Op::Unicode(line) => text::raw_unicode_escape_decode(line).ok()?,
            Op::PersId(line) => Text::Borrowed(text::ascii_decode(line).ok()?),
            Op::ShortBinString(v) | Op::BinString(v) => Text::Borrowed(text::ascii_decode(v).ok()?),
            Op::String(line) => match text::string_literal(line).ok()? {
                Cow::Borrowed(v) => Text::Borrowed(text::ascii_decode(v).ok()?),
                Cow::Owned(v) => Text::Owned(text::ascii_decode(&v).ok()?.to_owned()),
            },
            _ => return None,
        };
        match text {
            Text::Borrowed(text) => Some(Cow::Borrowed(text)),
            Text::Owned(text) => Some(Cow::Owned(text)),
            // Enough to show it and to find no policy's name in it.
            Text::Surrogates(bytes) => Some(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())),
        }
    }

    /// The content of a `bytes`, or of a `str` of Python 2.
    pub(super) fn bytes(&self, value: Value) -> Option<Cow<'a, [u8]>> {
        let offset = match value.kind() {
            Kind::Bytes => value.payload(),
            Kind::ByteString => value.text_offset(),
            _ => return None,
        };
        match self.opcode_at(offset)? {
            Op::ShortBinBytes(v) | Op::BinBytes(v) | Op::BinBytes8(v) => Some(v.into()),
            Op::ShortBinString(v) | Op::BinString(v) => Some(v.into()),
            Op::String(line) if self.work(line.len()) => text::string_literal(line).ok(),
            _ => None,
        }
    }

    /// The name of the opcode that is acted out.
    pub(super) fn opcode(&self) -> &'static str {
        let code = self.input.get(self.offset as usize).copied();
        code.and_then(Info::of).map_or("", |info| info.name)
    }

    /// Notes an import.
    pub(super) fn record_import(&mut self, index: u32) {
        if self.report.imports.len() >= self.options.records {
            self.report.left_out += 1;
            return;
        }
        let opcode = self.opcode();
        if let Some(name) = self.names.get(index as usize) {
            self.report.imports.push(Import {
                offset: self.offset,
                opcode,
                module: name.module.clone(),
                name: name.name.clone(),
                verdict: name.verdict(),
                within: Vec::new(),
            });
        }
    }

    /// Notes a call or a change.
    pub(super) fn record_call(&mut self, callable: Value, what: &[Value], verdict: Verdict) {
        if self.report.calls.len() >= self.options.records {
            self.report.left_out += 1;
            return;
        }
        let call = Call {
            offset: self.offset,
            opcode: self.opcode(),
            callable: self.show(callable),
            shown: self.show_all(what),
            verdict,
            within: Vec::new(),
        };
        self.report.calls.push(call);
    }

    /// Notes something that is not safe at the opcode that is acted out.
    #[cold]
    pub(super) fn find(
        &mut self,
        verdict: Verdict,
        rule: Rule,
        about: Option<Value>,
        shown: String,
        reason: impl Into<String>,
    ) {
        if self.deeds_only && rule != Rule::R9 && !(Rule::R2..=Rule::R7).contains(&rule) {
            return;
        }
        let name = about.and_then(|value| self.name_of(value)).map(Name::path);
        let subject = about.filter(|value| matches!(value.kind(), Kind::Global | Kind::Made));
        let finding = Finding {
            verdict,
            offset: self.offset,
            opcode: Some(self.opcode()).filter(|name| !name.is_empty()),
            name,
            shown,
            rule,
            reason: reason.into(),
            allow: None,
            within: Vec::new(),
        };
        let before = self.report.findings.len();
        self.report.add(finding, self.options.findings);
        if self.report.findings.len() > before {
            let subject = subject.filter(|_| matches!(rule, Rule::R2 | Rule::R5 | Rule::R6));
            self.subjects.push(subject.map(|value| value.name() as u32));
        }
    }

    /// Notes findings that are about no name of this pickle.
    pub(super) fn add_subjects(&mut self, count: usize) {
        self.subjects.extend(std::iter::repeat_n(None, count));
    }
}

/// A name as it is kept: in a few bytes each, a pickle can import one of a megabyte many times.
fn shortened(name: &str) -> Cow<'_, str> {
    const LONGEST: usize = 1000;
    if name.len() <= LONGEST {
        return name.into();
    }
    let start: String = name.chars().take(LONGEST / 4).collect();
    (start + "…").into()
}
