//! The rules R2 and R5 to R7, each a function.

use super::{
    report::{Rule, Verdict},
    value::{Kind, Value},
    world::{Uses, World},
};

/// How something is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// `callable(*args)`.
    Call,
    /// `class.__new__(class, *args)`.
    New,
    /// Either, without arguments: OBJ and INST.
    Bare,
}

impl World<'_, '_> {
    /// R2: every import is an exact member of the policy.
    pub(super) fn judge_import(&mut self, import: Value) {
        let Some(name) = self.name_of(import) else { return };
        let verdict = name.verdict();
        let reason = match &name.danger {
            _ if verdict == Verdict::Safe => return,
            Some(reason) => reason.clone(),
            None if name.name.contains('.') => {
                "not in the policy, and a dotted name: it walks through attributes".into()
            }
            None => "not in the policy".into(),
        };
        self.find(verdict, Rule::R2, Some(import), String::new(), reason);
    }

    /// What an object is at worst: that of the name it was made by.
    pub(super) fn worst_of(&self, value: Value) -> Verdict {
        match self.name_of(value) {
            Some(name) if name.danger.is_some() => Verdict::Dangerous,
            _ => Verdict::Unknown,
        }
    }

    /// Notes a use of what a value is named by. Says whether it is to be reported: uses of what is only unknown are reported
    /// once, dangerous ones each time.
    fn use_of(&mut self, value: Value, uses: Uses) -> bool {
        match self.names.get_mut(value.payload()) {
            Some(name) if matches!(value.kind(), Kind::Global | Kind::Made) => {
                name.uses.add(uses) || name.entry.is_some() || name.danger.is_some()
            }
            _ => true,
        }
    }

    /// R5: what is called is directly a member of the policy, and its rule accepts the arguments.
    pub(super) fn judge_call(&mut self, how: How, callable: Value, args: Value, kwargs: Option<Value>) -> Value {
        let items = self.items(args).map(<[Value]>::to_vec);
        let shown: Vec<Value> = items
            .clone()
            .unwrap_or_else(|| vec![args])
            .into_iter()
            .chain(kwargs)
            .collect();
        let result = self.result_of(callable, items.as_deref());
        let entry = self.entry(callable).filter(|_| callable.kind() == Kind::Global);
        let accepted = match (entry, &items) {
            (Some(entry), Some(items)) => {
                let rules: &[_] = match how {
                    How::Call => &entry.call,
                    How::New => &entry.new,
                    How::Bare => &[],
                };
                let bare = how == How::Bare && entry.makes_plain();
                (bare || rules.iter().any(|rule| rule.accepts(self, items)))
                    && kwargs.is_none_or(|kwargs| entry.kwargs && kwargs.kind() == Kind::Dict)
            }
            _ => false,
        };
        let verdict = match callable.kind() {
            _ if accepted => Verdict::Safe,
            Kind::Global | Kind::Made => self.worst_of(callable),
            Kind::Persistent | Kind::Buffer | Kind::Opaque => Verdict::Unknown,
            _ => Verdict::Broken,
        };
        self.record_call(callable, &shown, verdict);
        let uses = match how {
            How::Call => Uses::CALL,
            How::New | How::Bare => Uses::NEW,
        };
        let to_report = self.use_of(callable, uses) | kwargs.is_some_and(|_| self.use_of(callable, Uses::KWARGS));
        if accepted {
            return result;
        }
        if items.is_none() && !matches!(args.kind(), Kind::LongTuple) {
            // The C unpickler refuses it, Python's own calls with the items of whatever it is.
            let verdict = verdict.and(Verdict::Broken);
            let reason = "the arguments are no tuple: only the unpickler written in Python takes that";
            self.find(verdict, Rule::R1, Some(callable), self.show_all(&[args]), reason);
            return result;
        }
        if !to_report {
            return result;
        }
        let reason = match callable.kind() {
            Kind::Global => match (entry, self.name_of(callable).and_then(|name| name.danger.clone())) {
                (_, Some(danger)) => format!("called, and it {danger}"),
                (Some(_), None) => "the policy lists it, but not to be called like this".to_owned(),
                (None, None) => "called, and not in the policy".to_owned(),
            },
            Kind::Made => "calls an object that the pickle has made by a call".to_owned(),
            Kind::Persistent => "calls what a persistent id stands for".to_owned(),
            Kind::Buffer | Kind::Opaque => "calls something that cannot be known".to_owned(),
            _ => "calls plain data, which no Python does".to_owned(),
        };
        let rule = if verdict == Verdict::Broken { Rule::R1 } else { Rule::R5 };
        self.find(verdict, rule, Some(callable), self.show_all(&shown), reason);
        result
    }

    /// What a call makes: an object named by what was called, or by its first argument if the policy says so.
    fn result_of(&self, callable: Value, args: Option<&[Value]>) -> Value {
        let makes_first = self.entry(callable).is_some_and(|entry| entry.makes_first);
        let first = args
            .and_then(<[Value]>::first)
            .filter(|first| makes_first && first.kind() == Kind::Global);
        let named = first.copied().unwrap_or(callable);
        match named.kind() {
            Kind::Global | Kind::Made => Value::new(Kind::Made, named.payload() as u64),
            _ => Value::OPAQUE,
        }
    }

    /// R6: state is only given to objects made in the stream, and has no special names.
    pub(super) fn judge_build(&mut self, target: Value, state: Value) {
        self.built = true;
        let (verdict, reason) = match target.kind() {
            Kind::Made => match self.entry(target) {
                Some(entry) => {
                    let attributes = entry.state.attributes && self.are_attributes(state);
                    if attributes || entry.state.shapes.iter().any(|shape| shape.accepts(self, state)) {
                        (Verdict::Safe, "")
                    } else {
                        (Verdict::Unknown, "the policy does not let it be given such a state")
                    }
                }
                None => (self.worst_of(target), "given a state, and not in the policy"),
            },
            Kind::Global => (
                Verdict::Dangerous,
                "changes attributes of what was imported, not of an object of its own",
            ),
            Kind::Persistent | Kind::Buffer | Kind::Opaque => {
                (Verdict::Unknown, "gives state to something that cannot be known")
            }
            // The C unpickler passes it by, as Python's own does with all that is false.
            _ if state.kind() == Kind::None => (Verdict::Unknown, "gives state to plain data, which has none"),
            _ => (Verdict::Broken, "gives state to plain data, which has none"),
        };
        self.record_call(target, &[state], verdict);
        if self.use_of(target, Uses::STATE) && verdict != Verdict::Safe {
            let rule = if verdict == Verdict::Broken { Rule::R1 } else { Rule::R6 };
            self.find(verdict, rule, Some(target), self.show_all(&[state]), reason);
        }
    }

    /// Whether a state is a dict of attributes, or a pair of one or None and a dict of slots, none of them special.
    fn are_attributes(&self, state: Value) -> bool {
        let plain = |value: Value| value.kind() == Kind::Dict && !self.odd_dicts.contains(&(value.payload() as u64));
        match self.items(state) {
            Some([attributes, slots]) => (attributes.kind() == Kind::None || plain(*attributes)) && plain(*slots),
            _ => plain(state),
        }
    }

    /// A dict was given a key that could be a special name.
    #[cold]
    pub(super) fn odd_dict(&mut self, dict: Value) {
        let made_at = dict.payload() as u64;
        self.odd_dicts.insert(made_at);
        if self.built && (self.duplicated || self.fetched_dicts.contains(&made_at)) {
            self.find(
                Verdict::Unknown,
                Rule::R6,
                None,
                String::new(),
                "adds a special name to a dict that may be an object's state already",
            );
        }
    }

    /// Keys are hashable: others end the load with an error.
    #[inline(always)]
    pub(super) fn judge_keys<'v>(&mut self, mut keys: impl Iterator<Item = &'v Value>) {
        let unhashable = |key: &Value| matches!(key.kind(), Kind::List | Kind::Dict | Kind::Set | Kind::ByteArray);
        if let Some(key) = keys.find(|key| unhashable(key)) {
            let shown = self.show(*key);
            self.find(
                Verdict::Broken,
                Rule::R1,
                None,
                shown,
                "a key that is not hashable, which no Python takes",
            );
        }
    }

    /// R6 for APPEND and APPENDS on something that is not a list.
    #[cold]
    pub(super) fn judge_append(&mut self, target: Value, items: &[Value]) {
        let allowed = self.entry(target).is_some_and(|entry| entry.append);
        let odd = target.kind() == Kind::ByteArray;
        self.judge_items(target, items, Uses::APPEND, allowed, odd);
    }

    /// R6 for SETITEM and SETITEMS on something that is not a dict.
    #[cold]
    pub(super) fn judge_set_items(&mut self, target: Value, items: &[Value]) {
        let allowed = self.entry(target).is_some_and(|entry| entry.setitem);
        let odd = matches!(target.kind(), Kind::List | Kind::ByteArray);
        self.judge_items(target, items, Uses::SETITEM, allowed, odd);
    }

    /// R6 for ADDITEMS on something that is not a set.
    #[cold]
    pub(super) fn judge_add(&mut self, target: Value, items: &[Value]) {
        let allowed = self.entry(target).is_some_and(|entry| entry.add);
        self.judge_items(target, items, Uses::ADD, allowed, false);
    }

    /// `odd`: plain data that takes such items though no pickler writes that.
    fn judge_items(&mut self, target: Value, items: &[Value], uses: Uses, allowed: bool, odd: bool) {
        let (verdict, reason) = match target.kind() {
            Kind::Made if allowed => (Verdict::Safe, ""),
            Kind::Made if self.entry(target).is_some() => {
                (Verdict::Unknown, "the policy does not let it be given items like this")
            }
            Kind::Made => (self.worst_of(target), "given items, and not in the policy"),
            Kind::Global => (
                Verdict::Dangerous,
                "changes what was imported, not an object of its own",
            ),
            Kind::Persistent | Kind::Buffer | Kind::Opaque => {
                (Verdict::Unknown, "gives items to something that cannot be known")
            }
            _ if odd => (
                Verdict::Unknown,
                "gives items to plain data in a way that no pickler writes",
            ),
            _ => (Verdict::Broken, "gives items to plain data that cannot have them"),
        };
        self.record_call(target, items, verdict);
        if self.use_of(target, uses) && verdict != Verdict::Safe {
            let rule = if verdict == Verdict::Broken { Rule::R1 } else { Rule::R6 };
            self.find(verdict, rule, Some(target), self.show_all(items), reason);
        }
    }

    /// R7: persistent ids are those that the policy's loader defines.
    pub(super) fn judge_persistent(&mut self, id: Value) -> Value {
        if self.policy.persistent.iter().any(|pattern| pattern.accepts(self, id)) {
            return Value::of(Kind::Persistent);
        }
        let reason = if self.policy.persistent.is_empty() {
            "a persistent id stands for whatever the loading program makes of it"
        } else {
            "the policy's loader has no such persistent id"
        };
        self.find(Verdict::Unknown, Rule::R7, None, self.show_all(&[id]), reason);
        Value::of(Kind::Persistent)
    }
}
