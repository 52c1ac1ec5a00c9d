//! An object taken apart: its class, what it was made from, and what was done to it since.

use super::{
    data::{At, Data, Entries, Name, Run},
    scope::Scope,
};
use crate::{Global, Kind, Object, Step, reduce::Call};
use std::collections::HashMap;

/// An object taken apart, whatever protocol spelled it.
#[derive(Default)]
pub(super) struct Parts {
    /// Whether the arguments are those of `__new__`, which most classes have none of.
    pub(super) new: bool,
    pub(super) args: Vec<At>,
    pub(super) kwargs: Vec<(Name, At)>,
    /// The value of the built-in class that the object's class extends, as protocols 0 and 1 have it: a tuple, a number,
    /// text. Lists and dicts are items, as in other protocols.
    pub(super) base: Option<At>,
    /// What was appended or added.
    pub(super) appended: Vec<At>,
    /// What was set as by `object[key] = value`.
    pub(super) set: Vec<(Name, At)>,
    /// Attributes, of a state that is a dict, or a dict and slots.
    pub(super) fields: Vec<(Name, At)>,
    /// The last state of any other kind.
    pub(super) state: Option<At>,
}

/// The attributes of the most common object: made without arguments, with one dict as its state. Nothing is copied.
pub(super) fn plain_state<'g>(scope: &Scope<'g, '_>, object: &Object<'g>) -> Option<Entries<'g>> {
    if object.call() != Call::New || !object.args().is_empty() {
        return None;
    }
    let mut steps = object.steps();
    match (steps.next(), steps.next()) {
        (Some(Step::State(state)), None) => match scope.data(state.id()) {
            Data::Dict(run) if run.len() > 0 => Some(Entries::Run(run)),
            _ => None,
        },
        _ => None,
    }
}

impl Parts {
    pub(super) fn of<'g>(scope: &Scope<'g, '_>, object: &Object<'g>) -> Parts {
        let mut parts = Parts::default();
        parts.made(scope, object);
        let mut states = Vec::new();
        for step in object.steps() {
            match step {
                Step::Append(items) | Step::Add(items) => parts.appended.extend(scope.run(items.refs).iter()),
                Step::SetItems(entries) => parts.set.extend(pairs(scope.run(entries.refs))),
                Step::State(state) | Step::Setter { state, .. } => states.push(scope.at(state.id())),
                Step::Aside { .. } => {}
            }
        }
        for state in states {
            parts.add_state(scope, state);
        }
        parts.fields = last_of_each(scope, std::mem::take(&mut parts.fields));
        parts.set = last_of_each(scope, std::mem::take(&mut parts.set));
        parts
    }

    /// The call that made the object.
    fn made<'g>(&mut self, scope: &Scope<'g, '_>, object: &Object<'g>) {
        let args = scope.run(object.args().refs);
        self.new = object.call() == Call::New || object.call() == Call::NewEx;
        if let Some(kwargs) = object.kwargs() {
            self.kwargs = pairs(scope.run(kwargs.refs)).collect();
        }
        if object.call() == Call::Reduce {
            let callable = object.callable();
            match callable.kind() {
                Kind::Global(global) if is_copyreg(global) => return self.copyreg(scope, global, args),
                Kind::Object(partial) if self.partial(scope, &partial) => {}
                _ => {}
            }
        }
        self.args.extend(args.iter());
    }

    /// What `copyreg` makes: how protocols 0 and 1 spell NEWOBJ.
    fn copyreg<'g>(&mut self, scope: &Scope<'g, '_>, function: Global<'g>, args: Run<'g>) {
        match (function.name.as_bytes(), args.refs) {
            (b"_reconstructor", [_class, _base, _state]) => {
                self.new = true;
                let Some(base) = args.get(2) else { return };
                match scope.data(base.at) {
                    Data::None => {}
                    Data::List(run) => self.appended.extend(run.iter()),
                    Data::Dict(run) => self.set.extend(pairs(run)),
                    _ => self.base = Some(base),
                }
            }
            (b"__newobj__", [_class, ..]) => {
                self.new = true;
                self.args.extend(args.from(1).iter());
            }
            (b"__newobj_ex__", [_class, positional, keywords]) => {
                self.new = true;
                if let Data::Tuple(run) = scope.data(*positional) {
                    self.args.extend(run.iter());
                }
                if let Data::Dict(run) = scope.data(*keywords) {
                    self.kwargs.extend(pairs(run));
                }
            }
            _ => self.args.extend(args.iter()),
        }
    }

    /// `partial(class.__new__, class, *args, **kwargs)()`: how protocols 2 and 3 spell NEWOBJ_EX. Its state is
    /// `(function, args, kwargs, attributes)`.
    fn partial<'g>(&mut self, scope: &Scope<'g, '_>, partial: &Object<'g>) -> bool {
        let is_partial = |global: Global<'_>| global.is("functools", "partial");
        if !partial.callable().as_global().is_some_and(is_partial) {
            return false;
        }
        let Some(state) = partial.state() else {
            return false;
        };
        let Data::Tuple(run) = scope.data(state.id()) else {
            return false;
        };
        let [function, args, kwargs, _] = run.refs else {
            return false;
        };
        let (Data::Tuple(args), kwargs) = (scope.data(*args), scope.data(*kwargs)) else {
            return false;
        };
        let function = scope.graph.value(*function);
        self.new = match function.kind() {
            Kind::Global(global) => global.name.as_bytes().ends_with(b".__new__"),
            Kind::Object(object) => object.args().get(1).and_then(|name| name.as_str()) == Some("__new__"),
            _ => false,
        };
        self.args.extend(args.from(usize::from(self.new)).iter());
        if let Data::Dict(kwargs) = kwargs {
            self.kwargs.extend(pairs(kwargs));
        }
        true
    }

    /// BUILD: a dict of attributes; or such a dict or None, and one of slots; or what only the class understands.
    fn add_state(&mut self, scope: &Scope<'_, '_>, state: At) {
        match scope.data(state.at) {
            Data::None => {}
            Data::Dict(run) => self.fields.extend(pairs(run)),
            Data::Tuple(run) if run.len() == 2 => {
                let halves = [scope.data(run.refs[0]), scope.data(run.refs[1])];
                match halves {
                    [Data::None, Data::Dict(slots)] => self.fields.extend(pairs(slots)),
                    [Data::Dict(dict), Data::Dict(slots)] => {
                        self.fields.extend(pairs(dict));
                        self.fields.extend(pairs(slots));
                    }
                    _ => self.state = Some(state),
                }
            }
            _ => self.state = Some(state),
        }
    }
}

fn is_copyreg(global: Global<'_>) -> bool {
    // The second is Python 2's name, where names are not mapped.
    matches!(global.module.as_bytes(), b"copyreg" | b"copy_reg")
}

fn pairs<'g>(run: Run<'g>) -> impl Iterator<Item = (Name, At)> + use<'g> {
    let entries = Entries::Run(run);
    (0..entries.len()).filter_map(move |index| entries.get(index))
}

/// Of entries with the same text as key the last, at the place of the first, as in a dict.
pub(super) fn last_of_each(scope: &Scope<'_, '_>, entries: Vec<(Name, At)>) -> Vec<(Name, At)> {
    if entries.len() < 2 {
        return entries;
    }
    let mut known: HashMap<&[u8], usize> = HashMap::new();
    let mut kept: Vec<(Name, At)> = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        let text = match name {
            Name::At(at) => scope.graph.value(at.at).text(),
            Name::Static(name) => Some(name.as_bytes()),
            Name::Position(_) => None,
        };
        if let Some(text) = text {
            if let Some(at) = known.get(text) {
                kept[*at].1 = value;
                continue;
            }
            known.insert(text, kept.len());
        }
        kept.push((name, value));
    }
    kept
}
