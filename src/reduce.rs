//! How an object is made: a call, and what is done to the result (PEP 307, bpo-35900).

/// How an object was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// REDUCE: `callable(*args)`.
    Reduce,
    /// NEWOBJ: `class.__new__(class, *args)`.
    New,
    /// NEWOBJ_EX: `class.__new__(class, *args, **kwargs)`.
    NewEx,
    /// OBJ and INST: an instance of a Python 2 class.
    Instance,
}

/// How to make an object: a call, and what is done to the result. The six elements of PEP 307 and bpo-35900, with the
/// last four as steps.
#[derive(Debug)]
pub struct Reduce<Id, Steps> {
    /// Which opcode makes the call.
    pub call: Call,
    /// The function or class.
    pub callable: Id,
    /// A tuple.
    pub args: Id,
    /// A dict, for [`Call::NewEx`].
    pub kwargs: Option<Id>,
    /// What is done to the result.
    pub steps: Steps,
    /// Whether the stream this was read from made the call and threw the result away: if the object does not turn up
    /// while the arguments are written, the emitter asks for it again.
    pub dropped: bool,
}

/// One thing done to an object after it was made.
#[derive(Debug)]
pub enum BuildStep<Id, Items> {
    /// Items appended to it.
    Append(Items),
    /// Items set in it: keys and values in turn.
    SetItems(Items),
    /// Items added to it.
    Add(Items),
    /// Its state, for BUILD.
    State(Id),
    /// Its state, handed to a function of its own.
    Setter {
        /// The function, called with the object and the state.
        setter: Id,
        /// The state.
        state: Id,
    },
    /// Another call, made when the object is there and thrown away: `callable(*args)`, REDUCE and POP. A setter is the case
    /// that CPython's pickler writes. With these, what refers to the object can be filled after it (a cell in a method of
    /// a class that is being made), and so can what was made within its own arguments.
    Aside {
        /// The function.
        callable: Id,
        /// A tuple.
        args: Id,
        /// Whether the tuple is given a memo index, as those of other calls are.
        memoized: bool,
    },
}
