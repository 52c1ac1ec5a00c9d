//! Objects that only exist to be written, and what CPython has only one of.

use super::{Arena, GraphSource, Items};
use crate::{
    emit::{SINGLES, View, single_bytes, single_str},
    error::ErrorKind,
    graph::{END, Node, Recipe, Ref, SEARCHES, Span, Visit, node::Object},
    modules::{Identity, identities},
    reduce::{Call, Reduce},
};
use std::collections::HashMap;

/// The imports of a graph.
#[derive(Default)]
pub(super) struct Globals {
    /// The numbers of names of modules and names in them.
    names: HashMap<Vec<u8>, u32>,
    /// The first node of each module and name, by their numbers.
    by_name: HashMap<(u32, u32), u32>,
    /// The first node of the same name, for each later one.
    first: HashMap<u32, u32>,
}

impl Globals {
    fn number(&mut self, name: &[u8]) -> u32 {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let new = self.names.len() as u32;
        self.names.insert(name.to_vec(), new);
        new
    }

    /// The node of a module and name; if there is none, this one from now on.
    pub(super) fn of_name(&mut self, module: &[u8], name: &[u8], index: u32) -> u32 {
        let key = (self.number(module), self.number(name));
        *self.by_name.entry(key).or_insert(index)
    }

    fn set(&mut self, module: &[u8], name: &[u8], index: u32) {
        let key = (self.number(module), self.number(name));
        self.by_name.insert(key, index);
    }
}

/// A set is spelled again within its own items at most this often: Python's recursion limit, within which nothing that
/// Python can write needs more.
const MOST_SPELLINGS: u32 = 1000;

/// The place among the singles of a `str` or `bytes` that CPython has only one of.
pub(super) fn single(node: &Node<'_>) -> Option<usize> {
    match node.text() {
        Some(text) => single_str(text),
        None => single_bytes(node.bytes()?),
    }
}

/// A `str` of its own with this content.
fn string(text: &[u8]) -> Node<'static> {
    match str::from_utf8(text) {
        Ok(text) => Node::StrBox(text.into()),
        Err(_) => Node::Surrogates(text.into()),
    }
}

impl<'a, G: Arena<'a>> GraphSource<'_, 'a, G> {
    #[inline(always)]
    pub(super) fn node(&self, index: u32) -> &Node<'_> {
        match self.graph.nodes.get(index as usize) {
            Some(node) => node,
            None => &self.own_nodes[index as usize - self.graph.nodes.len()],
        }
    }

    pub(super) fn add(&mut self, node: Node<'static>) -> Ref {
        let index = self.graph.nodes.len() + self.own_nodes.len();
        match self.graph.grow() {
            Some(graph) => {
                graph.nodes.push(node);
                self.temporaries.push(index as u32);
            }
            None => self.own_nodes.push(node),
        }
        Ref::node(index as u32)
    }

    pub(super) fn add_items(&mut self, items: &[Ref]) -> Span {
        let all = match self.graph.grow() {
            Some(graph) => &mut graph.items,
            None => &mut self.own_items,
        };
        let start = all.len() as u32;
        all.extend_from_slice(items);
        let len = items.len() as u32;
        Span { start, len, cap: len }
    }

    /// Whether an object only exists to be written.
    pub(super) fn is_own(&self, index: u32) -> bool {
        match G::GROWS {
            true => self.temporaries.binary_search(&index).is_ok(),
            false => index as usize >= self.graph.nodes.len(),
        }
    }

    pub(super) fn add_tuple(&mut self, items: &[Ref]) -> Ref {
        let span = self.add_items(items);
        self.add(Node::Tuple(span))
    }

    pub(super) fn add_str(&mut self, text: &str) -> Ref {
        self.add(Node::StrBox(text.into()))
    }

    #[inline(always)]
    pub(super) fn items(&self, index: u32, span: Span) -> Items {
        Items {
            at: span.start,
            end: span.start + span.len,
            own: index as usize >= self.graph.nodes.len(),
        }
    }

    /// The first import of each name, and the others by it: Python has only one object for a name.
    pub(super) fn globals(&mut self) -> &mut Globals {
        let GraphSource { graph, globals, .. } = self;
        globals.get_or_insert_with(|| {
            let mut globals = Globals::default();
            // A name that many imports share is looked at once.
            let mut numbers: HashMap<u32, u32> = HashMap::new();
            for (index, node) in graph.nodes.iter().enumerate() {
                if let Node::Global { module, name } = node {
                    let index = index as u32;
                    let mut number = |at: u32| {
                        let new = || globals.number(graph.node(at).text().unwrap_or_default());
                        *numbers.entry(at).or_insert_with(new)
                    };
                    let key = (number(*module), number(*name));
                    let first = globals.by_name.entry(key).or_insert(index);
                    // What is done to an import is said where it is written.
                    if *first != index && !graph.chains.contains_key(&index) {
                        globals.first.insert(index, *first);
                    }
                }
            }
            globals
        })
    }

    /// The global of that name: the graph's own if it has one.
    pub(super) fn global(&mut self, module: &str, name: &str) -> Ref {
        let texts = (module.as_bytes(), name.as_bytes());
        let known = self.globals().of_name(texts.0, texts.1, END);
        if known != END {
            return Ref::node(known);
        }
        let (module, name) = (self.add_str(module), self.add_str(name));
        let node = Node::Global {
            module: module.index().unwrap_or(END),
            name: name.index().unwrap_or(END),
        };
        let new = self.add(node);
        self.globals().set(texts.0, texts.1, new.index().unwrap_or(END));
        new
    }

    /// A global as it is once loaded: its names are no longer the strings of the stream, which data may share. Most
    /// objects of a module have its name from there: see [`identities`].
    #[cold]
    pub(super) fn loaded_global(&mut self, module: u32, name: u32) -> View<'static, Ref, Items, u32> {
        let text = |index| self.node(index).text().unwrap_or_default().to_vec();
        let (module, name) = (text(module), text(name));
        let shared = match (str::from_utf8(&module), str::from_utf8(&name)) {
            (Ok(module), Ok(name)) => identities(module, name, self.python).0,
            _ => Identity::Interned,
        };
        let module = match (
            shared,
            self.modules.get(&(module.clone(), shared == Identity::Functions)),
        ) {
            // A class is asked for once: all its imports are one, and then it is in the memo.
            (Identity::Own, _) => self.add(string(&module)),
            (_, Some(known)) => *known,
            (_, None) => {
                let new = self.add(string(&module));
                *self
                    .modules
                    .entry((module, shared == Identity::Functions))
                    .or_insert(new)
            }
        };
        View::Global {
            module,
            name: self.add(string(&name)),
        }
    }

    /// The text of a name.
    pub(super) fn lossy(&self, id: &Ref) -> String {
        let text = id.index().and_then(|index| self.node(index).text());
        String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
    }

    /// Whether a set that a call spelled is met again before it is memoized: the list that it was made of is not whole
    /// yet, and another one has to be.
    pub(super) fn is_within_itself(&mut self, index: u32) -> bool {
        let is_set = matches!(self.node(index), Node::Set(_) | Node::FrozenSet(_));
        if !is_set || !self.writing.is_empty() {
            return false;
        }
        let times = self.spelled.entry(index).or_default();
        *times += 1;
        *times > 1
    }

    /// Refuses a set of which an item is made from the set itself: spelled as a call, neither comes first. CPython ends
    /// with a RecursionError there; we would not end.
    pub(super) fn spell_again(&mut self, index: u32) -> Result<(), ErrorKind> {
        // Fast mode sees cycles by itself, and spells a shared set each time it is met.
        if !self.writing.is_empty() {
            return Ok(());
        }
        let times = self.spelled.entry(index).or_default();
        *times += 1;
        if *times > MOST_SPELLINGS {
            let why = "a set of which an item is made from the set itself needs protocol 4";
            return Err(ErrorKind::Unwritable(why));
        }
        Ok(())
    }

    /// The one `'latin1'` that is handed to `_codecs.encode`.
    pub(super) fn latin1(&mut self) -> Ref {
        match self.latin1 {
            Some(known) => known,
            None => {
                let new = self.add_str("latin1");
                *self.latin1.insert(new)
            }
        }
    }

    /// The call to show for an object, which may be one that the stream dropped.
    pub(super) fn attempt(&mut self, index: u32) -> Option<Recipe> {
        let dropped = self.graph.retries.get(&index)?;
        let attempts = self.attempts.entry(index).or_default();
        *attempts += 1;
        // The innermost was dropped first.
        let call = *dropped.get(dropped.len().checked_sub(*attempts)?)?;
        let attempt = self.graph.made_by(call)?;
        (self.meets(attempt.args, index) || self.meets(attempt.callable, index)).then_some(attempt)
    }

    /// Whether an object comes up where another is written. If it does not, because other objects are written first than
    /// were in the stream, the call would be dropped for nothing, and no reader would know what it was for.
    fn meets(&mut self, from: u32, index: u32) -> bool {
        let most = SEARCHES * (self.graph.nodes.len() + self.graph.items.len() + 100);
        let mut walk = self.graph.value(Ref::node(from)).walk();
        while let Some(visit) = walk.next() {
            let (Visit::Enter(_, value) | Visit::Seen(_, value)) = visit else {
                continue;
            };
            if value.id() == Ref::node(index) {
                return true;
            }
            self.searched += 1;
            if self.searched > most {
                return false;
            }
            let slot = value.id().index().and_then(|index| self.memo.get(index as usize));
            if slot.is_some_and(|slot| *slot != 0) {
                walk.skip_inside();
            }
        }
        false
    }

    pub(super) fn object(&mut self, index: u32, object: Object, protocol: u8) -> Reduce<Ref, u32> {
        let attempt = if self.graph.retries.is_empty() {
            None
        } else {
            self.attempt(index)
        };
        let Recipe { callable, args } = attempt.unwrap_or(Recipe {
            callable: object.callable,
            args: object.args,
        });
        let mut reduce = Reduce {
            call: object.call,
            callable: Ref::node(callable),
            args: Ref::node(args),
            kwargs: None,
            steps: object.steps.first,
            dropped: attempt.is_some(),
        };
        if object.call == Call::NewEx
            && let [args, kwargs] = *self.graph.tuple(args)
        {
            reduce.args = args;
            reduce.kwargs = Some(kwargs);
        }
        // As CPython does with a reduce value of these two functions. What it refuses there, because it could not be read,
        // stays the call that it is.
        if object.call == Call::Reduce && !self.same && protocol >= 2 {
            match (self.copyreg_name(callable), self.graph.tuple(args)) {
                (Some(b"__newobj__"), [class, rest @ ..]) if self.may_be_class(*class) => {
                    reduce.call = Call::New;
                    reduce.callable = *class;
                    let rest = rest.to_vec();
                    reduce.args = self.add_tuple(&rest);
                }
                (Some(b"__newobj_ex__"), &[class, args, kwargs])
                    if protocol >= 4 && self.may_be_class(class) && self.are_arguments(args, kwargs) =>
                {
                    reduce.call = Call::NewEx;
                    reduce.callable = class;
                    reduce.args = args;
                    reduce.kwargs = Some(kwargs);
                }
                _ => {}
            }
        }
        reduce
    }

    fn may_be_class(&self, class: Ref) -> bool {
        class.index().is_some_and(|index| self.graph.node(index).is_opaque())
    }

    /// A tuple and a dict with names for keys.
    fn are_arguments(&self, args: Ref, kwargs: Ref) -> bool {
        let node = |value: Ref| value.index().map(|index| self.graph.node(index));
        let Some(Node::Dict(items)) = node(kwargs) else {
            return false;
        };
        let mut names = self.graph.span(*items).iter().step_by(2);
        matches!(node(args), Some(Node::Tuple(_)))
            && names.all(|name| node(*name).is_some_and(|name| name.text().is_some()))
    }

    /// The name of a function of `copyreg`.
    pub(super) fn copyreg_name(&self, index: u32) -> Option<&[u8]> {
        match self.graph.node(index) {
            Node::Global { module, name } if self.graph.node(*module).text() == Some(b"copyreg") => {
                self.graph.node(*name).text()
            }
            _ => None,
        }
    }

    pub(super) fn call(&mut self, callable: Ref, args: &[Ref]) -> Reduce<Ref, u32> {
        Reduce {
            call: Call::Reduce,
            callable,
            args: self.add_tuple(args),
            kwargs: None,
            steps: END,
            dropped: false,
        }
    }

    #[inline(always)]
    pub(super) fn slot(&mut self, id: &Ref) -> Option<&mut u32> {
        let mut index = id.index()?;
        if !self.same {
            // The one byte of a bytearray is handed to `bytearray()` in a new object, and that is all the `bytes` we own.
            let own_bytes = |single| single >= SINGLES && self.is_own(index);
            if let Some(single) = single(self.node(index)).filter(|single| !own_bytes(*single)) {
                return Some(&mut self.singles.get_or_insert_with(|| Box::new([0; 2 * SINGLES]))[single]);
            }
            if matches!(self.node(index), Node::Global { .. }) {
                index = *self.globals().first.get(&index).unwrap_or(&index);
            }
        }
        let at = index as usize;
        if at >= self.memo.len() {
            self.memo.resize(at + 1, 0);
        }
        self.memo.get_mut(at)
    }
}
