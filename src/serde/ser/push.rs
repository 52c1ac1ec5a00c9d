//! The state of writing, and what is written without asking serde: names, imports, atoms with a memo.

use super::{class::Class, compound::Open, table::Table};
use crate::{
    emit::{Lower, SINGLES, Settings, single_bytes, single_str},
    error::{Error, ErrorKind},
    modules::{Identity, identities},
    opcode::Op,
    settings::{EnumShape, Extensions, Python},
    types::split_path,
};
use std::{borrow::Cow, collections::HashMap, io::Write};

/// Parts of a nested name that are taken apart one inside the other.
const MOST_PARTS: usize = 100;

/// What the next value is to become, said by a token around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mode {
    /// What it is by itself.
    #[default]
    Plain,
    /// A list, tuple, set or frozenset, whatever sequence it is; a unit is a tuple, too.
    List,
    Tuple,
    Set,
    FrozenSet,
    /// The arguments of a call: a tuple, and an empty one if it is a unit.
    Args,
    /// The arguments of a call, behind a mark and the class, as one tuple.
    ArgsAfterClass,
    /// A bytearray.
    ByteArray,
    /// Items for the object on the stack.
    Append,
    /// Entries for the object on the stack.
    Items,
    /// A token that says what is done to the object on the stack.
    Step,
}

/// A shared value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shared {
    /// It is being written.
    Open,
    /// It is written: its memo index, if it has one, and whether it is a chain.
    Done(Option<u32>, bool),
}

/// Values in, opcodes out.
pub(crate) struct Push<W> {
    pub(crate) w: Lower<W>,
    /// The compounds that are open, one in the other.
    pub(super) open: Vec<Open>,
    pub(super) enums: EnumShape,
    extensions: Extensions,
    /// The memo index of the value that was written last, if it has one.
    pub(super) last: Option<u32>,
    pub(super) mode: Mode,
    /// Whether a key of a dict or an item of a set is being written, which must be hashable.
    pub(super) key: bool,
    /// Where a chain (`None`, or a tuple of one chain) stands, if it was written last: from, to.
    pub(super) chain: (usize, usize),
    /// Memo indices of interned strings, by address and by content.
    names: Table,
    interned: HashMap<Cow<'static, str>, u32>,
    /// Memo indices plus one of the strings that there is only one of.
    singles: Option<Box<[u32; 2 * SINGLES]>>,
    /// Memo indices of imports, by their path.
    imports: HashMap<Cow<'static, str>, u32>,
    /// Names that modules of C give their functions.
    functions: HashMap<String, u32>,
    /// Memo indices of what Python has only one of, by its recipe.
    pub(super) singletons: HashMap<String, u32>,
    pub(super) classes: Vec<Class>,
    pub(super) class_at: Table,
    pub(super) shared: HashMap<(usize, usize, &'static str), Shared>,
}

impl<W: Write> Push<W> {
    pub(crate) fn new(settings: Settings, enums: EnumShape, extensions: Extensions, sink: Option<W>) -> Self {
        Push {
            w: Lower::new(settings, sink),
            open: Vec::new(),
            enums,
            extensions,
            last: None,
            mode: Mode::Plain,
            key: false,
            chain: (0, 0),
            names: Table::default(),
            interned: HashMap::new(),
            singles: None,
            imports: HashMap::new(),
            functions: HashMap::new(),
            singletons: HashMap::new(),
            classes: Vec::new(),
            class_at: Table::default(),
            shared: HashMap::new(),
        }
    }

    /// Begins a pickle, with an empty memo.
    pub(crate) fn start(&mut self) {
        self.last = None;
        self.mode = Mode::Plain;
        self.key = false;
        self.chain = (0, 0);
        self.open.clear();
        self.names.clear();
        self.interned.clear();
        self.singles = None;
        self.imports.clear();
        self.functions.clear();
        self.singletons.clear();
        self.classes.iter_mut().for_each(|class| class.memo = None);
        self.shared.clear();
        self.w.reset();
        self.w.start();
    }

    /// Where an object starts.
    #[inline(always)]
    pub(super) fn boundary(&mut self) -> Result<(), Error> {
        Ok(self.w.out.boundary()?)
    }

    /// An error if what comes is written as a key, for Python has no hash of such a thing.
    #[inline(always)]
    pub(super) fn must_be_no_key(&self, what: &'static str) -> Result<(), Error> {
        if self.key {
            return Err(ErrorKind::Unhashable(what).into());
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn memoize(&mut self) -> Result<(), Error> {
        self.last = self.w.memoize()?;
        Ok(())
    }

    pub(super) fn get(&mut self, index: u32) {
        self.w.get(index);
        self.last = Some(index);
    }

    #[inline(always)]
    pub(super) fn none(&mut self) -> Result<(), Error> {
        self.boundary()?;
        let at = self.w.out.position();
        self.w.out.op(Op::None);
        self.chain = (at, at + 1);
        Ok(())
    }

    /// A `str` of its own, unless Python has only one of it.
    #[inline(always)]
    pub(super) fn text(&mut self, text: &str) -> Result<(), Error> {
        self.boundary()?;
        if text.len() <= 2
            && !self.w.settings.fast
            && let Some(single) = single_str(text.as_bytes())
        {
            return self.single(single, |push| Ok(push.w.str(text.as_bytes())?));
        }
        self.w.str(text.as_bytes())?;
        self.memoize()
    }

    /// One of the objects that Python has only one of.
    fn single(&mut self, single: usize, write: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        let known = self.singles.as_ref().map_or(0, |singles| singles[single]);
        if known > 0 {
            self.get(known - 1);
            return Ok(());
        }
        write(self)?;
        self.memoize()?;
        if let Some(index) = self.last {
            let singles = self.singles.get_or_insert_with(|| Box::new([0; 2 * SINGLES]));
            singles[single] = index.wrapping_add(1);
        }
        Ok(())
    }

    /// A name that stands in the program: in Python it is interned, and so one object wherever it stands.
    #[inline(always)]
    pub(super) fn name(&mut self, name: &'static str) -> Result<(), Error> {
        self.boundary()?;
        if self.w.settings.fast {
            return Ok(self.w.str(name.as_bytes())?);
        }
        if let Some(index) = self.names.get(name, None) {
            self.get(index);
            return Ok(());
        }
        self.first_name(name)
    }

    #[inline(never)]
    fn first_name(&mut self, name: &'static str) -> Result<(), Error> {
        self.intern(Cow::Borrowed(name))?;
        if let Some(index) = self.last {
            self.names.put(name, None, index);
        }
        Ok(())
    }

    /// The interned `str` of this text.
    pub(super) fn intern(&mut self, text: Cow<'static, str>) -> Result<(), Error> {
        if let Some(&index) = self.interned.get(&*text) {
            self.boundary()?;
            self.get(index);
            return Ok(());
        }
        self.last = None;
        self.text(&text)?;
        if let Some(index) = self.last {
            self.interned.insert(text, index);
        }
        Ok(())
    }

    /// A `bytes`, which before protocol 3 is made by a call.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.boundary()?;
        match single_bytes(bytes) {
            Some(single) => self.single(single, |push| push.bytes_alone(bytes)),
            None => {
                self.bytes_alone(bytes)?;
                self.memoize()
            }
        }
    }

    fn bytes_alone(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let protocol = self.w.settings.protocol;
        if protocol >= 3 {
            return Ok(self.w.bytes(bytes)?);
        }
        if bytes.is_empty() {
            self.import("builtins:bytes")?;
            self.w.empty_tuple();
        } else {
            self.import("_codecs:encode")?;
            self.mark_below_2();
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            self.text(&text)?;
            self.intern("latin1".into())?;
            self.w.tuple(2, protocol < 2);
            self.memoize()?;
        }
        self.w.out.op(Op::Reduce);
        Ok(())
    }

    /// A `bytearray`, which before protocol 5 is made by a call.
    pub(super) fn bytearray(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.must_be_no_key("bytearray")?;
        self.boundary()?;
        let protocol = self.w.settings.protocol;
        if protocol >= 5 {
            self.w.bytearray(bytes)?;
            return self.memoize();
        }
        self.import("builtins:bytearray")?;
        if bytes.is_empty() {
            self.w.empty_tuple();
        } else {
            self.mark_below_2();
            self.boundary()?;
            // Not the one object of its byte, but a copy made for the purpose.
            self.bytes_alone(bytes)?;
            self.memoize()?;
            self.w.tuple(1, protocol < 2);
            self.memoize()?;
        }
        self.w.out.op(Op::Reduce);
        self.memoize()
    }

    /// The mark of a tuple of one to three items, before protocol 2.
    pub(super) fn mark_below_2(&mut self) {
        if self.w.settings.protocol < 2 {
            self.w.out.op(Op::Mark);
        }
    }

    /// A tuple of one to three items that are on the stack, behind a mark before protocol 2.
    pub(super) fn small_tuple(&mut self, len: usize) -> Result<(), Error> {
        self.w.tuple(len, self.w.settings.protocol < 2);
        self.memoize()
    }

    /// An import, given as `module:qualname`.
    pub(super) fn import(&mut self, path: &str) -> Result<(), Error> {
        if let Some(&index) = self.imports.get(path) {
            self.boundary()?;
            self.get(index);
            return Ok(());
        }
        let (module, name) = split_path(path);
        self.first_import(module, name)?;
        if let Some(index) = self.last {
            self.imports.insert(path.to_owned().into(), index);
        }
        Ok(())
    }

    /// An import that is not in the memo. Leaves `last` as its index there.
    fn first_import(&mut self, module: &str, name: &str) -> Result<(), Error> {
        self.boundary()?;
        let protocol = self.w.settings.protocol;
        if protocol >= 2
            && let Some(code) = self.extensions.code(module, name)
        {
            self.w.extension(code);
            self.last = None;
            return Ok(());
        }
        if protocol >= 4 {
            let (of_module, of_name) = identities(module, name, self.w.settings.python);
            self.import_part(module, of_module)?;
            self.import_part(name, of_name)?;
            self.w.out.op(Op::StackGlobal);
        } else if !name.contains('.') {
            self.w.global(module, name)?;
        } else {
            return self.nested_import(module, name);
        }
        self.memoize()
    }

    fn import_part(&mut self, text: &str, identity: Identity) -> Result<(), Error> {
        match identity {
            Identity::Interned => self.intern(text.to_owned().into()),
            Identity::Own => self.text(text),
            Identity::Functions => {
                if let Some(&index) = self.functions.get(text) {
                    self.boundary()?;
                    self.get(index);
                    return Ok(());
                }
                self.text(text)?;
                if let Some(index) = self.last {
                    self.functions.insert(text.to_owned(), index);
                }
                Ok(())
            }
        }
    }

    /// `Outer.Inner` before protocol 4: `getattr(Outer, 'Inner')`.
    fn nested_import(&mut self, module: &str, name: &str) -> Result<(), Error> {
        let parts: Vec<&str> = name.split('.').collect();
        if parts.len() > MOST_PARTS {
            return Err(ErrorKind::Unwritable("a name of more than 100 parts needs protocol 4").into());
        }
        if self.w.settings.python < Python::FLAT_NESTED_NAMES {
            let (parent, last) = name.rsplit_once('.').unwrap_or(("", name));
            self.import("builtins:getattr")?;
            self.mark_below_2();
            self.import(&format!("{module}:{parent}"))?;
            self.text(last)?;
            self.small_tuple(2)?;
            self.w.out.op(Op::Reduce);
            return self.memoize();
        }
        // Nothing is memoized but the parts and the result.
        for _ in 1..parts.len() {
            self.import("builtins:getattr")?;
            self.mark_below_2();
        }
        let (module, first) = self.w.global_names(module, parts[0])?;
        self.w.out.op(Op::Global((module.as_bytes(), first.as_bytes())));
        for part in &parts[1..] {
            self.text(part)?;
            self.w.tuple(2, self.w.settings.protocol < 2);
            self.w.out.op(Op::Reduce);
        }
        self.memoize()
    }

    /// Whether what was written last is a chain.
    #[inline(always)]
    pub(super) fn ends_in_chain(&self) -> bool {
        self.chain.1 == self.w.out.position()
    }

    /// `Some` of a chain: a tuple of it, so that it is not `None`.
    #[cold]
    pub(super) fn wrap_chain(&mut self) -> Result<(), Error> {
        let from = self.chain.0;
        if self.w.settings.protocol < 2 && !self.w.out.insert_mark(from) {
            return Err(ErrorKind::Unwritable("Some(None) lies where it can no longer be changed").into());
        }
        self.small_tuple(1)?;
        self.chain = (from, self.w.out.position());
        Ok(())
    }
}
