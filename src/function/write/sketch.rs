//! What is to be written, before it is known in which order: objects that are made, and what is then done to them.
//!
//! A wire says for each object how it is made and how it is filled. Which fills must wait until an outer object is there
//! is found out afterwards, for all of them at once: see [`order`](super::order).

use crate::{Ref, reduce::Call};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// An object of a sketch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(pub(super) u32);

/// How an object is made.
#[derive(Debug, Clone)]
pub(super) enum Make {
    /// Known by its number only so far.
    Pending,
    /// A copy of an object of the graph that refers to nothing: an atom, text, bytes, an import.
    Leaf(Ref),
    /// New text.
    Text(Cow<'static, str>),
    /// New bytes.
    Bytes(Vec<u8>),
    /// An int, a bool or None.
    Atom(Ref),
    /// An import.
    Global {
        module: Id,
        name: Id,
    },
    /// An empty list, dict or set, filled by steps.
    List,
    Dict,
    Set,
    Tuple(Vec<Id>),
    FrozenSet(Vec<Id>),
    Persistent(Id),
    Call {
        call: Call,
        callable: Id,
        args: Vec<Id>,
        kwargs: Option<Id>,
    },
}

/// What is done to an object when it has been made.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Append(Vec<Id>),
    SetItems(Vec<(Id, Id)>),
    Add(Vec<Id>),
    /// BUILD, as the graph has it.
    State(Id),
    /// A state setter, called with the object.
    Setter {
        setter: Id,
        state: Id,
    },
    /// Another call, whose result is dropped.
    Aside {
        callable: Id,
        args: Vec<Id>,
    },
    /// The attributes of a function: entries of its `__dict__`, and others.
    Attributes {
        dict: Vec<(Id, Id)>,
        others: Vec<(Id, Id)>,
    },
    /// `setattr(object, name, value)`
    Set {
        setattr: Id,
        object: Id,
        name: Id,
        value: Id,
    },
    /// A list, dict or set is filled by a call of its method: `list.extend(object, items)`.
    Fill {
        method: Id,
        object: Id,
        items: Items,
    },
}

/// What a container is filled with.
#[derive(Debug, Clone)]
pub(super) enum Items {
    /// In a list.
    Of(Vec<Id>),
    /// In a dict.
    Pairs(Vec<(Id, Id)>),
}

/// When an object is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// Whenever that can be.
    Late,
    /// Before what it is an argument of is made.
    Before,
    /// Likewise, but what cannot be there by then is set as an attribute of the class that is made of it.
    Attributes,
}

/// An object of a sketch.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) make: Make,
    pub(super) steps: Vec<Step>,
    /// Whether it is a function, a class or another object that this module knows how to fill late.
    pub(super) ours: bool,
    pub(super) filled: Filled,
}

/// An argument of a call that is an attribute of the result just as well, such as the content of a cell: it is the latter
/// if it leads back to the call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fold {
    pub(super) call: Id,
    pub(super) position: usize,
    pub(super) name: &'static str,
    pub(super) value: Id,
}

/// All objects that are to be written.
#[derive(Debug, Default)]
pub(super) struct Sketch {
    pub(super) nodes: Vec<Node>,
    texts: HashMap<Cow<'static, str>, Id>,
    /// Classes whose metaclass has a `__setattr__` of its own, which has had its say when they were first made.
    pub(super) guarded: HashSet<Id>,
    globals: HashMap<(Cow<'static, str>, Cow<'static, str>), Id>,
    /// Arguments that are given where that can be, or else become attributes.
    pub(super) folds: Vec<Fold>,
    /// Classes that are made with their attributes, by the call.
    pub(super) classes: HashMap<Id, Class>,
    /// Classes and what their own code is in that runs when they are made: metaclasses, bases.
    pub(super) runs: HashMap<Id, Vec<Id>>,
    /// Instances of classes: the call, the class, and whether it is called as such, so that its `__init__` runs.
    pub(super) instances: Vec<(Id, Id, bool)>,
    /// The real bases of classes that are made with [another one](Sketch::made_with_other_bases).
    pub(super) real_bases: HashMap<Id, Step>,
}

/// A class that is made with its attributes.
#[derive(Debug, Clone)]
pub(super) struct Class {
    /// The object that is the class: with an id, what is found by it.
    pub(super) class: Id,
    /// The dict among the arguments.
    pub(super) attributes: Id,
    pub(super) bases: Vec<Id>,
    /// The names of the attributes `__new__` and `__init__`.
    pub(super) constructors: [Option<Id>; 2],
    /// Whether it says itself what its instances are made of.
    pub(super) reduces: bool,
}

impl Sketch {
    pub(super) fn add(&mut self, make: Make) -> Id {
        let id = Id(self.nodes.len() as u32);
        self.nodes.push(Node {
            make,
            steps: Vec::new(),
            ours: false,
            filled: Filled::Late,
        });
        id
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(super) fn node_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    pub(super) fn none(&mut self) -> Id {
        self.add(Make::Atom(Ref::NONE))
    }

    /// A text that is one object wherever it is used.
    pub(super) fn text(&mut self, text: impl Into<Cow<'static, str>>) -> Id {
        let text = text.into();
        if let Some(known) = self.texts.get(&text) {
            return *known;
        }
        let id = self.add(Make::Text(text.clone()));
        self.texts.insert(text, id);
        id
    }

    pub(super) fn global(&mut self, module: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>) -> Id {
        let key = (module.into(), name.into());
        if let Some(known) = self.globals.get(&key) {
            return *known;
        }
        let (module, name) = (self.text(key.0.clone()), self.text(key.1.clone()));
        let id = self.add(Make::Global { module, name });
        self.globals.insert(key, id);
        id
    }

    pub(super) fn tuple(&mut self, items: Vec<Id>) -> Id {
        self.add(Make::Tuple(items))
    }

    pub(super) fn list(&mut self, items: Vec<Id>) -> Id {
        let id = self.add(Make::List);
        self.step(id, Step::Append(items));
        id
    }

    /// A dict that is an argument.
    pub(super) fn dict(&mut self, entries: Vec<(Id, Id)>) -> Id {
        let id = self.add(Make::Dict);
        self.node_mut(id).filled = Filled::Before;
        self.step(id, Step::SetItems(entries));
        id
    }

    pub(super) fn call(&mut self, callable: Id, args: Vec<Id>) -> Id {
        self.add(call(callable, args))
    }

    pub(super) fn step(&mut self, id: Id, step: Step) {
        self.node_mut(id).steps.push(step);
    }

    /// `setattr(object, name, value)`
    pub(super) fn set_attribute(&mut self, object: Id, name: Id, value: Id) -> Step {
        let setattr = match self.guarded.contains(&object) {
            true => "type.__setattr__",
            false => "setattr",
        };
        Step::Set {
            setattr: self.global("builtins", setattr),
            object,
            name,
            value,
        }
    }

    /// Gives a class its real bases before anything else is done to it: a class that derives from it may be made next, and
    /// whatever there was among its bases for the time being must not be among those of both.
    pub(super) fn made_with_other_bases(&mut self, id: Id, made: Id, real: Vec<Id>) {
        let (name, real) = (self.text("__bases__"), self.tuple(real));
        let step = self.set_attribute(made, name, real);
        self.real_bases.insert(id, step);
    }

    /// What must be there before the object, in the order of the stream.
    pub(super) fn parts(&self, id: Id) -> Vec<Id> {
        match &self.node(id).make {
            Make::Tuple(items) | Make::FrozenSet(items) => items.clone(),
            Make::Persistent(pid) => vec![*pid],
            Make::Global { module, name } => vec![*module, *name],
            Make::Call {
                callable, args, kwargs, ..
            } => [*callable]
                .into_iter()
                .chain(args.iter().copied())
                .chain(*kwargs)
                .collect(),
            _ => Vec::new(),
        }
    }
}

impl Step {
    /// What it refers to, but for the object itself.
    pub(super) fn parts(&self) -> Vec<Id> {
        match self {
            Step::Append(items) | Step::Add(items) => items.clone(),
            Step::SetItems(entries) => entries.iter().flat_map(|(key, value)| [*key, *value]).collect(),
            Step::State(state) => vec![*state],
            Step::Setter { setter, state } => vec![*setter, *state],
            Step::Aside { callable, args } => [*callable].into_iter().chain(args.iter().copied()).collect(),
            Step::Attributes { dict, others } => dict
                .iter()
                .chain(others)
                .flat_map(|(name, value)| [*name, *value])
                .collect(),
            Step::Set {
                setattr,
                object,
                name,
                value,
            } => vec![*setattr, *object, *name, *value],
            Step::Fill { method, object, items } => [*method, *object].into_iter().chain(items.parts()).collect(),
        }
    }
}

impl Items {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Items::Of(items) => items.is_empty(),
            Items::Pairs(entries) => entries.is_empty(),
        }
    }

    pub(super) fn parts(&self) -> Vec<Id> {
        match self {
            Items::Of(items) => items.clone(),
            Items::Pairs(entries) => entries.iter().flat_map(|(key, value)| [*key, *value]).collect(),
        }
    }
}

/// `callable(*args)`
pub(super) fn call(callable: Id, args: Vec<Id>) -> Make {
    Make::Call {
        call: Call::Reduce,
        callable,
        args,
        kwargs: None,
    }
}
