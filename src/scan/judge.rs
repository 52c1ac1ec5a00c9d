//! The rules R2 and R5 to R7, each a function.

use super::{
    checks::Check,
    pattern::Pattern,
    policy::{Entry, Makes},
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

/// What was passed on, where it is no plain tuple of arguments.
fn shown(items: &Option<Vec<Value>>, args: Value, kwargs: Option<Value>) -> Vec<Value> {
    let mut shown = items.clone().unwrap_or_else(|| vec![args]);
    shown.extend(kwargs);
    shown
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
        match self.names.get_mut(value.name()) {
            Some(name) if matches!(value.kind(), Kind::Global | Kind::Made) => {
                name.uses.add(uses) || name.entry.is_some() || name.danger.is_some()
            }
            _ => true,
        }
    }

    /// R5: what is called is directly a member of the policy, and its rule accepts the arguments.
    pub(super) fn judge_call(&mut self, how: How, callable: Value, args: Value, kwargs: Option<Value>) -> Value {
        let items = self.items(args).map(<[Value]>::to_vec);
        let entry = self.entry(callable).filter(|_| callable.kind() == Kind::Global);
        let made = match (entry, &items) {
            (Some(entry), Some(items)) if self.accepts(entry, how, items, kwargs) => self.make(entry, callable, items),
            _ => None,
        };
        let verdict = match callable.kind() {
            _ if made.is_some() => Verdict::Safe,
            Kind::Global | Kind::Made => match (entry, &items) {
                (Some(entry), Some(items)) if entry.makes == Makes::Attribute => self.worst_attribute(items),
                _ => self.worst_of(callable),
            },
            Kind::Persistent | Kind::Buffer | Kind::Opaque => Verdict::Unknown,
            _ => Verdict::Broken,
        };
        match (&items, kwargs) {
            (Some(items), None) => self.record_call(callable, items, verdict),
            _ => self.record_call(callable, &shown(&items, args, kwargs), verdict),
        }
        let uses = match how {
            How::Call => Uses::CALL,
            How::New | How::Bare => Uses::NEW,
        };
        let to_report = self.use_of(callable, uses) | kwargs.is_some_and(|_| self.use_of(callable, Uses::KWARGS));
        if let Some(made) = made {
            return made;
        }
        let result = match callable.kind() {
            Kind::Global if entry.is_some_and(|entry| entry.makes == Makes::Attribute) => Value::OPAQUE,
            Kind::Global | Kind::Made => Value::made(callable.name()),
            _ => Value::OPAQUE,
        };
        if items.is_none() && args.kind() != Kind::LongTuple {
            // The C unpickler refuses it, Python's own calls with the items of whatever it is.
            let verdict = verdict.and(Verdict::Broken);
            let reason = "the arguments are no tuple: only the unpickler written in Python takes that";
            self.find(verdict, Rule::R1, Some(callable), self.show_all(&[args]), reason);
        } else if to_report {
            self.report_call(callable, entry, &shown(&items, args, kwargs), verdict);
        }
        result
    }

    /// R2 for a name that the policy lists for some uses, and that is dangerous in others: its import is what makes those
    /// possible.
    fn report_import(&mut self, name: Value) {
        let Some(known) = self.names.get_mut(name.name()) else {
            return;
        };
        if known.entry.is_some() && !std::mem::replace(&mut known.reported, true) {
            let reason = known.danger.clone().unwrap_or_default();
            let here = std::mem::replace(&mut self.offset, known.first);
            self.find(Verdict::Dangerous, Rule::R2, Some(name), String::new(), reason);
            self.offset = here;
        }
    }

    /// Says why a call is not safe.
    #[cold]
    fn report_call(&mut self, callable: Value, entry: Option<&Entry>, shown: &[Value], verdict: Verdict) {
        let danger = self.name_of(callable).and_then(|name| name.danger.clone());
        if verdict == Verdict::Dangerous {
            self.report_import(callable);
        }
        let reason = match callable.kind() {
            Kind::Global => match (entry, danger) {
                (_, Some(danger)) if verdict == Verdict::Dangerous => format!("called, and it {danger}"),
                (Some(_), _) => "the policy lists it, but not to be called like this".to_owned(),
                (None, _) => "called, and not in the policy".to_owned(),
            },
            Kind::Made => "calls an object that the pickle has made by a call".to_owned(),
            Kind::Persistent => "calls what a persistent id stands for".to_owned(),
            Kind::Buffer | Kind::Opaque => "calls something that cannot be known".to_owned(),
            _ => "calls plain data, which no Python does".to_owned(),
        };
        let rule = if verdict == Verdict::Broken { Rule::R1 } else { Rule::R5 };
        self.find(verdict, rule, Some(callable), self.show_all(shown), reason);
    }

    /// Whether a member's rules accept a call.
    fn accepts(&self, entry: &Entry, how: How, items: &[Value], kwargs: Option<Value>) -> bool {
        let accepted = match how {
            How::Call => entry.call.iter().any(|rule| rule.accepts(self, items)),
            How::New => entry.new.iter().any(|rule| rule.accepts(self, items)),
            How::Bare => entry.makes_plain(),
        };
        accepted && kwargs.is_none_or(|kwargs| entry.kwargs && kwargs.kind() == Kind::Dict)
    }

    /// What an accepted call gives; nothing if a check of the member says no.
    fn make(&mut self, entry: &Entry, callable: Value, items: &[Value]) -> Option<Value> {
        let made = match entry.makes {
            Makes::Own => Value::made(callable.name()),
            Makes::First => Value::made(items.first().filter(|first| first.kind() == Kind::Global)?.name()),
            Makes::Plain(kind) => Value::new(kind, self.offset),
            Makes::Attribute => return self.attribute(items),
        };
        match entry.check {
            Some(check) => self.check_call(check, made, items),
            None => Some(made),
        }
    }

    /// What `getattr` is with arguments that no policy lists: what an import of that name would be, if it is one.
    fn worst_attribute(&self, items: &[Value]) -> Verdict {
        let [of, name] = items else { return Verdict::Dangerous };
        match (self.name_of(*of), self.text(*name)) {
            (Some(outer), Some(name)) if of.kind() == Kind::Global => {
                let path = format!("{}.{name}", outer.name);
                match self.policy.danger(&outer.module, &path) {
                    Some(_) => Verdict::Dangerous,
                    None => Verdict::Unknown,
                }
            }
            _ => Verdict::Dangerous,
        }
    }

    /// `getattr(class, 'name')` for a name that is listed as `class.name`: the same as an import of it.
    fn attribute(&mut self, items: &[Value]) -> Option<Value> {
        let [of, name] = items else { return None };
        let outer = self.name_of(*of).filter(|_| of.kind() == Kind::Global)?;
        let path = format!("{}.{}", outer.name, self.text(*name)?);
        let module = outer.module.clone();
        self.policy.entry(&module, &path)?;
        let index = self.name(&module, &path);
        Some(Value::new(Kind::Global, index.into()))
    }

    /// R6: state is only given to objects made in the stream, and has no special names.
    pub(super) fn judge_build(&mut self, target: Value, state: Value) {
        self.built = true;
        let (verdict, reason) = match target.kind() {
            Kind::Made => match self.entry(target) {
                Some(_) if !self.was_fresh(target) => (
                    Verdict::Unknown,
                    "gives an array contents again, or after it was used, which frees those that it had",
                ),
                Some(entry) => {
                    let attributes = entry.state.attributes && self.are_attributes(state);
                    let checked = entry.check == Some(Check::Dtype) && self.check_dtype_state(target, state);
                    // A `__setstate__` may set what it finds as attributes, too.
                    let odd = self.has_odd_names(state);
                    let odd_position = entry.check == Some(Check::Generator) && !self.is_generator_state(state);
                    let fits = |shape: &Pattern| !odd_position && shape.accepts(self, state);
                    if attributes || checked || !odd && entry.state.shapes.iter().any(fits) {
                        (Verdict::Safe, "")
                    } else if odd {
                        (Verdict::Unknown, "the state sets special attributes")
                    } else if odd_position {
                        (Verdict::Unknown, "the state lets the generator read behind its numbers")
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

    /// Whether a state has special names, or names that cannot be known.
    fn has_odd_names(&self, state: Value) -> bool {
        let odd = |value: &Value| value.kind() == Kind::Dict && self.odd_dicts.contains(&(value.payload() as u64));
        odd(&state) || self.items(state).is_some_and(|items| items.iter().any(odd))
    }

    /// Whether a state is a dict of attributes, or a pair of one or None and a dict of slots, none of them special.
    pub(super) fn are_attributes(&self, state: Value) -> bool {
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
        if let Some(key) = keys.find(|key| !self.is_hashable(**key)) {
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
            let elements = self.elements(id);
            if elements.is_none() {
                let reason = "no storage of torch, or another one than the same key was before";
                self.find(Verdict::Unknown, Rule::R7, None, self.show_all(&[id]), reason);
            }
            return Value::new(Kind::Persistent, elements.unwrap_or(0));
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
