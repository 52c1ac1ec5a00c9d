//! One method per thing the machine does.

use super::{
    Dropped, FEW, Loader, Recipe,
    keep::{Keep, owned_text},
};
use crate::{
    error::ErrorKind,
    graph::{END, EventKind, Node, Ref, Span, keys, node::Step},
    heap::Heap,
    limits, names,
    number::Parsed as Int,
    reduce::Call,
    settings::Encoding,
    text::{self, Text},
};
use std::{borrow::Cow, vec::Drain};

impl<'x, 'g, K: Keep<'x, 'g>> Heap<'x> for Loader<'g, '_, K> {
    type Value = Ref;
    type Error = ErrorKind;

    fn protocol(&mut self, protocol: u8) -> Result<(), ErrorKind> {
        self.protocol = protocol;
        Ok(())
    }

    #[inline(always)]
    fn site(&mut self, offset: u64) {
        self.offset = offset;
    }

    #[inline(always)]
    fn none(&mut self) -> Result<Ref, ErrorKind> {
        self.atom(Ref::NONE, K::ATOMS)
    }

    #[inline(always)]
    fn bool(&mut self, value: bool) -> Result<Ref, ErrorKind> {
        self.atom(Ref::bool(value), K::ATOMS)
    }

    #[inline(always)]
    fn int(&mut self, value: i64) -> Result<Ref, ErrorKind> {
        match Ref::int(value) {
            Some(int) => self.atom(int, K::ATOMS),
            None => self.add(Node::Int(value)),
        }
    }

    fn long(&mut self, value: Int) -> Result<Ref, ErrorKind> {
        match value {
            Int::Small(value) => Heap::<'x>::int(self, value),
            Int::Bool(value) => Heap::<'x>::bool(self, value),
            Int::Big(value) => {
                let length = value.bits() as usize / 8;
                self.payload(Node::Big(Box::new(value)), length)
            }
        }
    }

    #[inline(always)]
    fn float(&mut self, value: f64) -> Result<Ref, ErrorKind> {
        match Ref::float(value) {
            Some(float) => self.atom(float, K::ATOMS),
            None => self.add(Node::Float(value)),
        }
    }

    #[inline(always)]
    fn utf8(&mut self, value: &'x [u8]) -> Result<Ref, ErrorKind> {
        match str::from_utf8(value) {
            // Nothing but a pointer and a length is moved.
            Ok(text) => self.payload(K::text(Text::Borrowed(text)), value.len()),
            Err(_) => Heap::<'x>::str(self, Text::decode(value)?),
        }
    }

    #[inline(always)]
    fn str(&mut self, value: Text<'x>) -> Result<Ref, ErrorKind> {
        let length = value.as_bytes().len();
        self.payload(K::text(value), length)
    }

    fn byte_string(&mut self, value: Cow<'x, [u8]>) -> Result<Ref, ErrorKind> {
        let length = value.len();
        let node = match self.options.encoding {
            Encoding::Bytes => match value {
                Cow::Borrowed(bytes) => K::bytes(bytes),
                Cow::Owned(bytes) => Node::BytesBox(bytes.into()),
            },
            Encoding::Latin1 => match value {
                Cow::Borrowed(bytes) => K::text(text::latin1_decode(bytes)),
                Cow::Owned(bytes) => owned_text(text::latin1_decode(&bytes)),
            },
            Encoding::Ascii | Encoding::Utf8 => {
                let ascii = self.options.encoding == Encoding::Ascii;
                if ascii && !value.is_ascii() {
                    return Err(ErrorKind::BadText("ASCII"));
                }
                let bad = |_| ErrorKind::BadText("UTF-8");
                match value {
                    Cow::Borrowed(bytes) => K::text(str::from_utf8(bytes).map_err(bad)?.into()),
                    Cow::Owned(bytes) => Node::StrBox(str::from_utf8(&bytes).map_err(bad)?.into()),
                }
            }
        };
        self.payload(node, length)
    }

    #[inline(always)]
    fn bytes(&mut self, value: &'x [u8]) -> Result<Ref, ErrorKind> {
        self.payload(K::bytes(value), value.len())
    }

    fn bytearray(&mut self, value: &'x [u8]) -> Result<Ref, ErrorKind> {
        self.payload(K::bytearray(value), value.len())
    }

    #[inline(always)]
    fn list(&mut self) -> Result<Ref, ErrorKind> {
        self.add(Node::List(Span::default()))
    }

    #[inline(always)]
    fn dict(&mut self) -> Result<Ref, ErrorKind> {
        self.add(Node::Dict(Span::default()))
    }

    fn set(&mut self) -> Result<Ref, ErrorKind> {
        self.add(Node::Set(Span::default()))
    }

    #[inline(always)]
    fn tuple(&mut self, items: Drain<'_, Ref>) -> Result<Ref, ErrorKind> {
        let span = self.new_span(items)?;
        self.fresh_tuple = self.graph.nodes.len() as u32;
        self.add(Node::Tuple(span))
    }

    fn frozenset(&mut self, items: Drain<'_, Ref>) -> Result<Ref, ErrorKind> {
        let span = self.unique(items.as_slice())?;
        self.add(Node::FrozenSet(span))
    }

    #[inline(always)]
    fn append(&mut self, target: &Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
        if let Some(index) = target.index()
            && let Node::List(span) = self.graph.nodes[index as usize]
        {
            let grown = self.grow(span, items)?;
            self.graph.nodes[index as usize] = Node::List(grown);
            return Ok(());
        }
        self.append_other(*target, items)
    }

    fn set_items(&mut self, target: &Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
        if let Some(index) = target.index()
            && let Node::Dict(span) = self.graph.nodes[index as usize]
        {
            // Records: a few keys that are text, all different. They need no table and no second look.
            if span.len == 0
                && (self.has_last_keys(items.as_slice()) || keys::distinct_texts(&self.graph, items.as_slice()))
            {
                let span = self.grow(span, items)?;
                self.graph.nodes[index as usize] = Node::Dict(span);
                self.last_record = span;
                return Ok(());
            }
            let (span, outcome) = self.insert_all(index, span, items.as_slice().chunks_exact(2));
            self.graph.nodes[index as usize] = Node::Dict(span);
            return outcome;
        }
        self.set_items_other(*target, items)
    }

    fn add_items(&mut self, target: &Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
        if let Some(index) = target.index()
            && let Node::Set(span) = self.graph.nodes[index as usize]
        {
            let (span, outcome) = self.insert_all(index, span, items.as_slice().chunks_exact(1));
            self.graph.nodes[index as usize] = Node::Set(span);
            return outcome;
        }
        let index = self.opaque(*target, "a set or an object with `add`")?;
        self.step_items(index, Step::Add, items)
    }

    fn global(&mut self, module: &'x str, name: &'x str) -> Result<Ref, ErrorKind> {
        self.import_text(module, name)
    }

    fn stack_global(&mut self, module: Ref, name: Ref) -> Result<Ref, ErrorKind> {
        let text = |value: Ref| value.index().filter(|i| self.graph.node(*i).text().is_some());
        match (text(module), text(name)) {
            (Some(module), Some(name)) if self.protocol >= 3 || !self.options.fix_imports => self.import(module, name),
            (Some(module), Some(name)) => {
                // Names are mapped as in GLOBAL; such a stream mixes protocols and is not CPython's.
                let read = |i: u32| String::from_utf8_lossy(self.graph.node(i).text().unwrap_or_default()).into_owned();
                let (module_text, name_text) = (read(module), read(name));
                if names::to_python3(&module_text, &name_text) == (&module_text, &name_text) {
                    self.import(module, name)
                } else {
                    self.import_text(&module_text, &name_text)
                }
            }
            (None, _) => self.needs("two str", module),
            (_, None) => self.needs("two str", name),
        }
    }

    fn extension(&mut self, code: i64) -> Result<Ref, ErrorKind> {
        match self.options.extensions.name(code) {
            Some((module, name)) => self.import_text(module, name),
            None => Err(ErrorKind::UnknownExtension(code)),
        }
    }

    fn reduce(&mut self, callable: Ref, args: Ref) -> Result<Ref, ErrorKind> {
        let args = self.argument_tuple(args)?;
        let callable = self.opaque(callable, "a callable")?;
        let result = self.call(Call::Reduce, callable, args)?;
        if let Some(index) = result.index()
            && matches!(self.graph.node(index), Node::Global { .. })
        {
            let [base, part] = *self.graph.tuple(args) else {
                return Ok(result);
            };
            let joined = format!("{}.{}", self.global_name(base), self.plain_text(part));
            self.hold(joined.len())?;
            self.add(Node::StrBox(joined.into()))?;
        }
        Ok(result)
    }

    #[inline]
    fn new_object(&mut self, class: Ref, args: Ref) -> Result<Ref, ErrorKind> {
        let args = self.argument_tuple(args)?;
        let class = self.opaque(class, "a class")?;
        self.call(Call::New, class, args)
    }

    fn new_object_ex(&mut self, class: Ref, args: Ref, kwargs: Ref) -> Result<Ref, ErrorKind> {
        let only = self.argument_tuple(args)?;
        self.share(only)?;
        let class = self.opaque(class, "a class")?;
        match kwargs.index().map(|index| self.graph.node(index)) {
            Some(Node::Dict(span)) => {
                // Keys stay, so that those of a dict that many calls share are looked at once.
                let dict = kwargs.index().unwrap_or(END);
                let known = self.keywords.get(&dict).map_or(0, |known| *known as usize);
                let span = *span;
                if known > 0 {
                    self.hold(span.len as usize * size_of::<Ref>())?;
                }
                let keys = self.graph.span(span).iter().step_by(2);
                for key in keys.skip(known) {
                    if key.index().and_then(|i| self.graph.node(i).text()).is_none() {
                        return self.needs("keyword names that are str", *key);
                    }
                }
                if span.len as usize / 2 > known + FEW {
                    self.keywords.insert(dict, span.len / 2);
                }
            }
            _ => return self.needs("a dict of keyword arguments", kwargs),
        }
        let span = self.new_span([args, kwargs].into_iter())?;
        let both = self.add_index(Node::Tuple(span))?;
        self.call(Call::NewEx, class, both)
    }

    fn instance(&mut self, class: Ref, args: Drain<'_, Ref>) -> Result<Ref, ErrorKind> {
        let class = self.opaque(class, "a class")?;
        let span = self.new_span(args)?;
        let args = self.add_index(Node::Tuple(span))?;
        self.call(Call::Instance, class, args)
    }

    #[inline]
    fn build(&mut self, target: &Ref, state: Ref) -> Result<(), ErrorKind> {
        if let Some(index) = target.index()
            && self.graph.node(index).is_opaque()
        {
            self.step(index, Step::State(state))?;
            return self.event(EventKind::Build, *target);
        }
        // What has no attributes takes an empty state all the same.
        let state = self.plain(state);
        let empty = match state.index().map(|index| self.graph.node(index)) {
            None => state == Ref::NONE,
            Some(Node::Tuple(span)) => match *self.graph.span(*span) {
                [first, slots] if self.plain(first) == Ref::NONE => slots
                    .index()
                    .is_some_and(|i| matches!(self.graph.node(i), Node::Dict(span) if span.len == 0)),
                _ => false,
            },
            _ => false,
        };
        if empty {
            Ok(())
        } else {
            self.needs("an object with attributes", *target)
        }
    }

    fn persistent_line(&mut self, id: &'x str) -> Result<Ref, ErrorKind> {
        let length = id.len();
        let id = self.payload(K::text(id.into()), length)?;
        Heap::<'x>::persistent(self, id)
    }

    fn persistent(&mut self, id: Ref) -> Result<Ref, ErrorKind> {
        let object = self.add(Node::Persistent(id))?;
        self.event(EventKind::Persistent, object)?;
        Ok(object)
    }

    fn next_buffer(&mut self) -> Result<Ref, ErrorKind> {
        if self.next_buffer >= self.options.limits.buffers.min(END as usize) {
            return Err(limits::reached("buffers", self.options.limits.buffers as u64));
        }
        if self.next_buffer >= self.graph.buffers.len() && !self.options.buffers_elsewhere {
            return Err(ErrorKind::MissingBuffer(self.next_buffer));
        }
        self.next_buffer += 1;
        self.add(Node::Buffer {
            index: self.next_buffer as u32 - 1,
            readonly: false,
        })
    }

    fn readonly_buffer(&mut self, buffer: Ref) -> Result<Ref, ErrorKind> {
        match buffer.index().map(|index| self.graph.node(index)) {
            Some(&Node::Buffer { index, readonly: false }) => self.add(Node::Buffer { index, readonly: true }),
            Some(Node::Buffer { .. } | Node::Bytes(_) | Node::BytesBox(_)) => Ok(buffer),
            _ => self.needs("a buffer", buffer),
        }
    }

    #[inline(always)]
    fn memoized(&mut self, value: &Ref, binary: bool) {
        self.binary |= binary;
        if let Some(index) = value.index() {
            if index == self.fresh_tuple {
                self.fresh_tuple = END;
            }
            if index == self.fresh_call.0 {
                self.fresh_call.0 = END;
            }
        }
    }

    #[inline(always)]
    fn fetched(&mut self, value: &Ref) {
        if self.dropped_call.call != END {
            self.retried(*value);
        }
    }

    fn dropped(&mut self, value: Ref, top: Option<&Ref>) {
        let Some(index) = value.index().filter(|index| *index == self.fresh_call.0) else {
            return;
        };
        let Some(Recipe { callable, args }) = self.graph.made_by(index) else {
            return;
        };
        // `setter(object, state)` on the object below, which is where a state setter's call leaves it.
        if self.fresh_call.1
            && let [object, state] = *self.graph.tuple(args)
            && Some(&object) == top
            && let Ok(target) = self.opaque(object, "")
        {
            // Where there is no room for it, the next opcode that needs some says so.
            let _ = self.step(
                target,
                Step::Setter {
                    setter: callable,
                    state,
                },
            );
        } else {
            self.dropped_call = Dropped {
                call: index,
                at: self.graph.nodes.len(),
                beside: None,
            };
            self.keep_beside(index, top);
        }
        self.fresh_call.0 = END;
    }
}
