//! One object: what is written at once, and what is put on the stack of tasks.

use super::{
    Emitter, Head, ReduceOf, Run, Source, Spell, Task, View,
    batch::{Batch, Verb},
};
use crate::{
    error::ErrorKind,
    opcode::Op,
    reduce::{BuildStep, Call, Reduce},
};

/// How many containers deep items are written on Rust's stack, which is faster than a stack of tasks and bounded.
const AT_ONCE: usize = 16;

/// What an object takes in fast mode, as if it were so many bytes more.
const ONCE_MORE: usize = 12;

impl<S: Source> Emitter<'_, S> {
    /// Writes one object; false if that only started and the rest waits on the stack of tasks.
    #[inline]
    pub(super) fn save(&mut self, id: S::Id, pid: bool) -> Result<bool, S::Error> {
        self.w.out.boundary()?;
        match self.source.head(&id, pid)? {
            Head::None => self.w.out.op(Op::None),
            Head::Bool(value) => self.w.bool(value),
            Head::Int(value) => self.w.int(value),
            Head::Float(value) => self.w.float(value),
            Head::Persistent(pid) => {
                if self.source.changes(&id).is_none() {
                    return self.persistent(pid);
                }
                if let Some(index) = self.source.memo_get(&id) {
                    self.w.get(index);
                    return Ok(true);
                }
                self.changes(&id)?;
                self.tasks.push(Task::Memoize(id));
                self.persistent(pid)?;
                return Ok(false);
            }
            Head::Object => {
                if let Some(index) = self.source.memo_get(&id) {
                    self.w.get(index);
                    return Ok(true);
                }
                return self.object(id);
            }
            Head::Closed => {
                if let Some(index) = self.source.memo_get(&id) {
                    self.w.get(index);
                    return Ok(true);
                }
                let mut run = Run::new(&mut self.w, &mut self.waiting, 1);
                if !self.source.closed(&id, &mut run)? {
                    return self.object(id);
                }
            }
        }
        Ok(true)
    }

    /// Writes items until one of them has to wait on the stack of tasks, then waits below it; false if so.
    #[inline]
    pub(super) fn each(&mut self, mut items: S::Items) -> Result<bool, S::Error> {
        while let (_, Some(id)) = self.run_of(&mut items, usize::MAX)? {
            if !self.waiting.is_empty() {
                return Ok(self.wait(Task::Each(items), id));
            }
            let above = self.tasks.len();
            let saved = self.save(id, true);
            if !matches!(saved, Ok(true)) {
                // The last one leaves nothing to come back for, so that a deep chain costs one task less a link.
                if saved.is_err() || self.source.left(&mut items)? > 0 {
                    self.tasks.insert(above, Task::Each(items));
                }
                return saved;
            }
        }
        Ok(true)
    }

    /// Whether a container's items are written at once, on Rust's stack.
    #[inline(always)]
    fn at_once(&self) -> bool {
        self.nested < AT_ONCE && !self.w.settings.fast
    }

    /// Writes the items of a container that lies on the stack.
    #[inline]
    fn fill(&mut self, batch: Batch<S::Items>) -> Result<bool, S::Error> {
        if self.at_once() {
            self.nested += 1;
            let done = self.batch(batch);
            self.nested -= 1;
            return done;
        }
        self.tasks.push(Task::Batch(batch));
        Ok(false)
    }

    pub(super) fn object(&mut self, id: S::Id) -> Result<bool, S::Error> {
        let protocol = self.w.settings.protocol;
        match self.source.view(&id, protocol)? {
            View::Str(text) => {
                self.w.str(&text)?;
                drop(text);
                self.memoize(&id)?;
                return Ok(true);
            }
            View::Bytes(bytes) if protocol >= 3 => {
                self.w.bytes(bytes)?;
                self.memoize(&id)?;
                return Ok(true);
            }
            View::ByteArray(bytes) if protocol >= 5 => {
                self.w.bytearray(bytes)?;
                self.memoize(&id)?;
                return Ok(true);
            }
            View::Long(value) => {
                self.w.big(&value)?;
                return Ok(true);
            }
            View::Buffer { in_band, readonly } => {
                if protocol < 5 {
                    return Err(ErrorKind::Unwritable("a buffer can only be written in protocol 5").into());
                }
                match in_band {
                    Some(bytes) if readonly => self.w.bytes(bytes)?,
                    Some(bytes) => self.w.bytearray(bytes)?,
                    None => {
                        self.w.out.op(Op::NextBuffer);
                        if readonly {
                            self.w.out.op(Op::ReadonlyBuffer);
                        }
                        if !self.changes(&id)? {
                            return Ok(true);
                        }
                        self.tasks.push(Task::Memoize(id));
                        return Ok(false);
                    }
                }
                self.memoize(&id)?;
                return Ok(true);
            }
            View::Tuple(items) => return self.tuple(id, items),
            View::List(items) => {
                self.enter(&id)?;
                self.w.empty(Op::EmptyList, Op::List);
                self.memoize(&id)?;
                return self.fill(Batch::exact(Verb::Append, items));
            }
            View::Dict(items) => {
                self.enter(&id)?;
                self.w.empty(Op::EmptyDict, Op::Dict);
                self.memoize(&id)?;
                return self.fill(Batch::exact(Verb::SetItem, items));
            }
            View::Set(items) if protocol >= 4 => {
                self.enter(&id)?;
                self.w.out.op(Op::EmptySet);
                self.memoize(&id)?;
                return self.fill(Batch::exact(Verb::Add, items));
            }
            View::FrozenSet(items) if protocol >= 4 => {
                self.enter(&id)?;
                self.w.out.op(Op::Mark);
                self.tasks.push(Task::FrozenSet(id));
                self.tasks.push(Task::Each(items));
            }
            View::Instance { class, state } => return self.instance(id, class, state),
            View::Global { module, name } => {
                self.changes(&id)?;
                self.global(id, module, name)?;
            }
            View::Reduce(reduce) => self.reduce(id, reduce)?,
            View::Bytes(_) => self.spell(id, Spell::Bytes)?,
            View::ByteArray(_) => self.spell(id, Spell::ByteArray)?,
            View::Set(_) => self.spell(id, Spell::Set)?,
            View::FrozenSet(_) => self.spell(id, Spell::FrozenSet)?,
        }
        Ok(false)
    }

    /// An instance that its class has no say in.
    #[inline]
    fn instance(&mut self, id: S::Id, class: S::Id, state: Option<S::Id>) -> Result<bool, S::Error> {
        self.enter(&id)?;
        let above = self.tasks.len();
        let saved = self.save(class, true);
        if !matches!(saved, Ok(true)) {
            self.tasks.insert(above, Task::Instance { id, state });
            return saved;
        }
        self.w.out.boundary()?;
        self.w.empty_tuple();
        self.w.out.op(Op::NewObj);
        self.memoize(&id)?;
        drop(id);
        let done = self.state(state)?;
        // In fast mode it waits at least for the note that it has been written.
        Ok(done && !self.w.settings.fast)
    }

    /// The state of the object on the stack; false if it has to wait on the stack of tasks.
    pub(super) fn state(&mut self, state: Option<S::Id>) -> Result<bool, S::Error> {
        let Some(state) = state else {
            return Ok(true);
        };
        if self.at_once() {
            let above = self.tasks.len();
            self.nested += 1;
            let done = self.save(state, true);
            self.nested -= 1;
            if !matches!(done, Ok(true)) {
                self.tasks.insert(above, Task::Op(&Op::Build));
                return done;
            }
            self.w.out.op(Op::Build);
            return Ok(true);
        }
        self.tasks.push(Task::Op(&Op::Build));
        self.tasks.push(Task::Save(state));
        Ok(false)
    }

    /// Fast mode: notes that an object is being written, and that it will have been.
    #[inline(always)]
    pub(super) fn enter(&mut self, id: &S::Id) -> Result<(), S::Error> {
        if self.w.settings.fast {
            if !self.source.enter(id) {
                return Err(ErrorKind::CycleInFastMode.into());
            }
            // Each time that a shared object is met, which may be most of the time.
            self.w.out.charge(ONCE_MORE);
            self.tasks.push(Task::Leave(id.clone()));
        }
        Ok(())
    }

    pub(super) fn spell(&mut self, id: S::Id, what: Spell) -> Result<(), S::Error> {
        let reduce = self.source.spell(&id, what)?;
        self.reduce(id, reduce)
    }

    pub(super) fn tuple(&mut self, id: S::Id, mut items: S::Items) -> Result<bool, S::Error> {
        let len = self.source.left(&mut items)?;
        if len == 0 {
            self.w.empty_tuple();
            return Ok(true);
        }
        self.enter(&id)?;
        let marked = self.w.marks(len);
        if marked {
            self.w.out.op(Op::Mark);
        }
        if self.at_once() {
            let above = self.tasks.len();
            self.nested += 1;
            let done = self.each(items);
            self.nested -= 1;
            if !matches!(done, Ok(true)) {
                self.tasks.insert(above, Task::Tuple { id, len, marked });
                return done;
            }
            self.tuple_done(id, len, marked)?;
            return Ok(true);
        }
        self.tasks.push(Task::Tuple { id, len, marked });
        self.tasks.push(Task::Each(items));
        Ok(false)
    }

    pub(super) fn tuple_done(&mut self, id: S::Id, len: usize, marked: bool) -> Result<(), S::Error> {
        // The tuple was written inside itself.
        if let Some(index) = self.source.memo_get_again(&id) {
            self.w.drop_tuple(len, marked, index);
            return Ok(());
        }
        self.w.tuple(len, marked);
        self.memoize(&id)
    }

    pub(super) fn persistent(&mut self, pid: S::Id) -> Result<bool, S::Error> {
        if self.w.settings.protocol == 0 {
            let line = self.source.pid_line(&pid)?;
            if !line.is_ascii() || line.contains(&b'\n') {
                let why = "a persistent id must be one line of ASCII in protocol 0";
                return Err(ErrorKind::Unwritable(why).into());
            }
            self.w.out.op(Op::PersId(&line));
            return Ok(true);
        }
        if self.pids >= self.w.settings.pids {
            return Err(ErrorKind::Limit {
                name: "calls",
                limit: self.w.settings.pids as u64,
            }
            .into());
        }
        self.pids += 1;
        self.tasks.push(Task::Persistent);
        self.tasks.push(Task::SavePid(pid));
        Ok(false)
    }

    pub(super) fn reduce(&mut self, id: S::Id, reduce: ReduceOf<S>) -> Result<(), S::Error> {
        let protocol = self.w.settings.protocol;
        let Reduce {
            call,
            callable,
            args,
            kwargs,
            steps,
            dropped,
        } = reduce;
        let op = match call {
            Call::Reduce => &Op::Reduce,
            Call::New if protocol >= 2 => &Op::NewObj,
            Call::New => return self.spell(id, Spell::New),
            Call::NewEx if protocol >= 4 => &Op::NewObjEx,
            Call::NewEx => return self.spell(id, Spell::NewEx),
            Call::Instance => &Op::Obj,
        };
        if self.calls >= self.w.settings.calls {
            return Err(ErrorKind::Limit {
                name: "calls",
                limit: self.w.settings.calls as u64,
            }
            .into());
        }
        self.calls += 1;
        self.enter(&id)?;
        self.tasks.push(Task::Called { id, op, steps, dropped });
        if call == Call::Instance {
            let View::Tuple(items) = self.source.view(&args, protocol)? else {
                return Err(ErrorKind::Unwritable("the arguments of an instance are not a tuple").into());
            };
            self.w.out.op(Op::Mark);
            self.tasks.push(Task::Each(items));
        } else {
            if let Some(kwargs) = kwargs {
                self.tasks.push(Task::Save(kwargs));
            }
            self.tasks.push(Task::Save(args));
        }
        self.tasks.push(Task::Save(callable));
        Ok(())
    }

    /// A call whose result is thrown away.
    #[cold]
    fn aside(&mut self, callable: S::Id, args: S::Id, memoized: bool) -> Result<(), S::Error> {
        self.tasks.push(Task::Op(&Op::Pop));
        self.tasks.push(Task::Op(&Op::Reduce));
        if memoized {
            self.tasks.push(Task::Save(args));
            self.tasks.push(Task::Save(callable));
            return Ok(());
        }
        let View::Tuple(mut items) = self.source.view(&args, self.w.settings.protocol)? else {
            return Err(ErrorKind::Unwritable("the arguments of a call are not a tuple").into());
        };
        // Up to three as a setter's, in every protocol.
        let op = match self.source.left(&mut items)? {
            0 if self.w.settings.protocol > 0 => &Op::EmptyTuple,
            1 => &Op::Tuple1,
            2 => &Op::Tuple2,
            3 => &Op::Tuple3,
            _ => &Op::Tuple,
        };
        let marked = matches!(op, Op::Tuple);
        self.tasks.push(Task::Op(op));
        self.tasks.push(Task::Each(items));
        if marked {
            self.tasks.push(Task::Op(&Op::Mark));
        }
        self.tasks.push(Task::Save(callable));
        Ok(())
    }

    /// What is done to an object after it is written, if no call makes it; false if nothing is. Such an object is memoized
    /// in any case: it has to be the same wherever it stands.
    fn changes(&mut self, id: &S::Id) -> Result<bool, S::Error> {
        let Some(steps) = self.source.changes(id) else {
            return Ok(false);
        };
        self.enter(id)?;
        self.calls += 1;
        self.tasks.push(Task::Steps { id: id.clone(), steps });
        Ok(true)
    }

    pub(super) fn steps(&mut self, id: S::Id, mut steps: S::Steps) -> Result<(), S::Error> {
        let Some(step) = self.source.step(&mut steps)? else {
            self.calls -= 1;
            return Ok(());
        };
        let object = id.clone();
        self.tasks.push(Task::Steps { id, steps });
        match step {
            BuildStep::Append(items) => self.tasks.push(Task::Batch(Batch::iterated(Verb::Append, items))),
            BuildStep::SetItems(items) => self.tasks.push(Task::Batch(Batch::iterated(Verb::SetItem, items))),
            BuildStep::Add(items) => self.tasks.push(Task::Batch(Batch::iterated(Verb::Add, items))),
            BuildStep::State(state) => {
                self.tasks.push(Task::Op(&Op::Build));
                self.tasks.push(Task::Save(state));
            }
            // In every protocol, although TUPLE2 is of protocol 2.
            BuildStep::Setter { setter, state } => {
                if self.source.memo_get(&object).is_none() {
                    let why = "what has no memo index cannot be handed to a function that sets its state";
                    let fast = self.w.settings.fast;
                    return Err(if fast {
                        ErrorKind::CycleInFastMode
                    } else {
                        ErrorKind::Unwritable(why)
                    }
                    .into());
                }
                self.tasks.push(Task::Op(&Op::Pop));
                self.tasks.push(Task::Op(&Op::Reduce));
                self.tasks.push(Task::Op(&Op::Tuple2));
                self.tasks.push(Task::Save(state));
                self.tasks.push(Task::Save(object));
                self.tasks.push(Task::Save(setter));
            }
            BuildStep::Aside {
                callable,
                args,
                memoized,
            } => self.aside(callable, args, memoized)?,
        }
        Ok(())
    }
}
