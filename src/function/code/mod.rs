//! Code objects: the arguments of `types.CodeType` by name, whichever version of Python they are for.

mod check;
mod exceptions;
mod flags;
mod globals;
mod instructions;
mod lines;
mod opcode;
mod show;
mod stack;
mod tables;
mod unbound;
mod versions;

pub use exceptions::Handler;
pub use flags::CodeFlags;
pub use globals::global_uses;
pub use instructions::{ArgValue, Instruction};
pub use lines::Lines;
pub use versions::Versions;

use crate::{
    Graph, Items, Kind, Ref, Str, Value,
    error::{ErrorKind, Result},
    function::read::{Package, package_of},
};

/// Which arguments `types.CodeType` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// CPython 3.6 and 3.7: fifteen, with a table of line numbers (`co_lnotab`).
    V3_6,
    /// CPython 3.8 and 3.9: sixteen, positional-only parameters are new.
    V3_8,
    /// CPython 3.10: sixteen, but the table is that of PEP 626 and jumps count instructions.
    V3_10,
    /// CPython 3.11 to 3.14: eighteen, with the qualified name, the locations of PEP 657 and the table of exceptions.
    V3_11,
}

impl Layout {
    /// The layout of 3.`minor`.
    ///
    /// ```
    /// use brinery::function::Layout;
    /// assert_eq!(Layout::of(9), Some(Layout::V3_8));
    /// assert_eq!(Layout::of(5), None);
    /// ```
    pub fn of(minor: u8) -> Option<Layout> {
        Some(match minor {
            6 | 7 => Layout::V3_6,
            8 | 9 => Layout::V3_8,
            10 => Layout::V3_10,
            11..=14 => Layout::V3_11,
            _ => return None,
        })
    }

    /// The versions that have it.
    pub fn versions(self) -> Versions {
        match self {
            Layout::V3_6 => Versions::from_iter([6, 7]),
            Layout::V3_8 => Versions::from_iter([8, 9]),
            Layout::V3_10 => Versions::from_iter([10]),
            Layout::V3_11 => Versions::from_iter(11..=14),
        }
    }

    /// How many arguments there are.
    pub fn arguments(self) -> usize {
        match self {
            Layout::V3_6 => 15,
            Layout::V3_8 | Layout::V3_10 => 16,
            Layout::V3_11 => 18,
        }
    }
}

/// A code object: the tuple of arguments of `types.CodeType` (`Objects/codeobject.c`), by name.
///
/// The shape of the arguments is checked when one is made: their number, types, counts and flags. [`check`](Self::check)
/// goes through the bytecode and the tables too.
///
/// ```
/// use brinery::{Builder, function::{Code, Layout}};
/// let mut build = Builder::new();
/// // compile("lambda: 7", "f.py", "eval").co_consts[0] of CPython 3.9
/// let none = build.add(());
/// let seven = build.add(7);
/// let consts = build.tuple([none, seven]);
/// let empty = build.tuple([]);
/// let [zero, one, flags, line] = [0, 1, 0x43, 1].map(|int| build.add(int));
/// let [code, table] = [&b"d\x01S\0"[..], b""].map(|bytes| build.add(bytes));
/// let [file, name] = ["f.py", "<lambda>"].map(|text| build.add(text));
/// let args = build.tuple([
///     zero, zero, zero, zero, one, flags, code, consts, empty, empty, file, name, line, table, empty, empty,
/// ]);
/// let graph = build.finish(args);
/// let code = Code::of(graph.root())?.expect("a tuple of arguments");
/// assert_eq!((code.layout(), code.name().to_str()), (Layout::V3_8, Some("<lambda>")));
/// assert_eq!(code.check()?.to_string(), "3.8 or 3.9");
/// let shown: Vec<String> = code.instructions(9)?.map(|line| line.map(|line| line.to_string())).collect::<Result<_, _>>()?;
/// assert_eq!(shown, ["0 LOAD_CONST 1 (7)", "2 RETURN_VALUE"]);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Code<'g> {
    args: Items<'g>,
    layout: Layout,
    /// Whether it may be of 3.10 for all that: who wrote it knew no other table than `co_lnotab`.
    old_table: bool,
    argcount: u32,
    posonlyargcount: u32,
    kwonlyargcount: u32,
    nlocals: u32,
    stacksize: u32,
    flags: CodeFlags,
    code: &'g [u8],
    consts: Items<'g>,
    names: Items<'g>,
    varnames: Items<'g>,
    filename: Str<'g>,
    name: Str<'g>,
    qualname: Option<Str<'g>>,
    firstlineno: i32,
    linetable: &'g [u8],
    exceptiontable: &'g [u8],
    freevars: Items<'g>,
    cellvars: Items<'g>,
}

/// What is wrong with a code object, by its name.
#[cold]
pub(super) fn wrong(name: impl std::fmt::Display, why: impl std::fmt::Display) -> ErrorKind {
    ErrorKind::Malformed(format!("code object {name}: {why}").into())
}

/// Takes the arguments one by one.
struct Args<'g> {
    items: Items<'g>,
    at: usize,
}

impl<'g> Args<'g> {
    fn next<T>(
        &mut self,
        name: &'static str,
        needs: &str,
        read: impl FnOnce(Value<'g>) -> Option<T>,
    ) -> Result<T, ErrorKind> {
        let value = self.items.get(self.at);
        self.at += 1;
        let found = value.map_or("nothing", Value::type_name);
        let fault = || ErrorKind::Malformed(format!("co_{name} of a code object is {found}, not {needs}").into());
        value.and_then(read).ok_or_else(fault)
    }

    fn count(&mut self, name: &'static str) -> Result<u32, ErrorKind> {
        // As CPython, which keeps them in a C int.
        let int = |value: Value<'_>| {
            u32::try_from(value.as_i64()?)
                .ok()
                .filter(|count| *count <= i32::MAX as u32)
        };
        self.next(name, "an int of 0 to 2147483647", int)
    }

    fn bytes(&mut self, name: &'static str) -> Result<&'g [u8], ErrorKind> {
        self.next(name, "bytes", |value| match value.kind() {
            Kind::Bytes(bytes) => Some(bytes),
            _ => is_dills_empty_bytes(value).then_some(&[]),
        })
    }

    fn text(&mut self, name: &'static str) -> Result<Str<'g>, ErrorKind> {
        self.next(name, "a str", as_text)
    }

    fn tuple(&mut self, name: &'static str) -> Result<Items<'g>, ErrorKind> {
        self.next(name, "a tuple", as_tuple)
    }

    fn names(&mut self, name: &'static str) -> Result<Items<'g>, ErrorKind> {
        let tuple = self.tuple(name)?;
        match tuple.iter().find(|item| as_text(*item).is_none()) {
            None => Ok(tuple),
            Some(item) => {
                let found = item.type_name();
                let fault = format!("co_{name} of a code object has {found} in it, where names should be");
                Err(ErrorKind::Malformed(fault.into()))
            }
        }
    }
}

/// Whether it is `dill._dill._load_type('bytes')()`, which dill writes for empty bytes in protocols 0 to 2.
fn is_dills_empty_bytes(value: Value<'_>) -> bool {
    let made = || {
        let object = value.as_object().filter(|object| object.args().is_empty())?;
        let class = object.callable().as_object()?;
        let (module, name) = class.callable().as_global()?.path()?;
        let is_load = package_of(module) == Some(Package::Dill) && name == "_load_type";
        Some(is_load && class.args().get(0)?.as_str()? == "bytes")
    };
    made() == Some(true)
}

fn as_text<'g>(value: Value<'g>) -> Option<Str<'g>> {
    match value.kind() {
        Kind::Str(text) => Some(text),
        _ => None,
    }
}

fn as_tuple<'g>(value: Value<'g>) -> Option<Items<'g>> {
    match value.kind() {
        Kind::Tuple(items) => Some(items),
        _ => None,
    }
}

impl<'g> Code<'g> {
    /// The code object that these arguments of `types.CodeType` make. An error if they are not those of any version from
    /// 3.6 to 3.14, or cannot be true together.
    ///
    /// The arguments of 3.8, 3.9 and 3.10 are as many; the table of lines tells them apart, which in 3.10 covers the whole
    /// code and before seldom does; where it could be either, the bytecode decides.
    pub fn new(args: Items<'g>) -> Result<Code<'g>> {
        let mut code = Code::with_layout(args, None)?;
        if code.layout == Layout::V3_8 && lines::covers_all(code.linetable, code.code.len()) {
            code.layout = Layout::V3_10;
            if code.check().is_err() {
                code.layout = Layout::V3_8;
                if code.check().is_err() {
                    code.layout = Layout::V3_10;
                }
            }
        }
        Ok(code)
    }

    /// The code object that these arguments make in a version that is known to have this layout.
    pub(crate) fn with_layout(args: Items<'g>, layout: Option<Layout>) -> Result<Code<'g>> {
        let by_count = match args.len() {
            15 => Layout::V3_6,
            16 => Layout::V3_8,
            18 => Layout::V3_11,
            21 => {
                let fault = "21 arguments make a code object of the `nogil` fork of CPython 3.9, which is not read";
                return Err(ErrorKind::Malformed(fault.into()).into());
            }
            count => {
                let fault = format!("{count} arguments make no code object: 15, 16 or 18 do");
                return Err(ErrorKind::Malformed(fault.into()).into());
            }
        };
        let layout = layout.unwrap_or(by_count);
        if layout.arguments() != args.len() {
            let fault = format!(
                "{} arguments make no code object of CPython {}",
                args.len(),
                layout.versions()
            );
            return Err(ErrorKind::Malformed(fault.into()).into());
        }
        let mut next = Args { items: args, at: 0 };
        let code = Code {
            args,
            layout,
            old_table: false,
            argcount: next.count("argcount")?,
            posonlyargcount: if layout == Layout::V3_6 {
                0
            } else {
                next.count("posonlyargcount")?
            },
            kwonlyargcount: next.count("kwonlyargcount")?,
            nlocals: next.count("nlocals")?,
            stacksize: next.count("stacksize")?,
            flags: CodeFlags(next.count("flags")?),
            code: next.bytes("code")?,
            consts: next.tuple("consts")?,
            names: next.names("names")?,
            varnames: next.names("varnames")?,
            filename: next.text("filename")?,
            name: next.text("name")?,
            qualname: if layout == Layout::V3_11 {
                Some(next.text("qualname")?)
            } else {
                None
            },
            firstlineno: next.next("firstlineno", "an int of 32 bits", |value| {
                i32::try_from(value.as_i64()?).ok()
            })?,
            linetable: next.bytes(if layout == Layout::V3_11 { "linetable" } else { "lnotab" })?,
            exceptiontable: if layout == Layout::V3_11 {
                next.bytes("exceptiontable")?
            } else {
                &[]
            },
            freevars: next.names("freevars")?,
            cellvars: next.names("cellvars")?,
        };
        code.check_shape()?;
        Ok(code)
    }

    /// The same with a table that does not tell whether it is of 3.10.
    pub(super) fn with_old_table(mut self) -> Code<'g> {
        self.old_table = self.layout == Layout::V3_8;
        self
    }

    /// Whether the table does not tell whether it is of 3.10.
    pub(super) fn has_old_table(&self) -> bool {
        self.old_table
    }

    /// The versions that have these arguments.
    fn candidates(&self) -> Versions {
        let newer = self.old_table.then_some(10);
        self.layout.versions().iter().chain(newer).collect()
    }

    /// The code object that a value is: a call of `types.CodeType`, by that name or as cloudpickle writes it
    /// (`_builtin_type("CodeType")`), or the tuple of its arguments. `None` for anything else.
    pub fn of(value: Value<'g>) -> Result<Option<Code<'g>>> {
        match value.kind() {
            Kind::Tuple(args) if matches!(args.len(), 15 | 16 | 18) && as_tuple_of_code(args) => {
                Code::new(args).map(Some)
            }
            Kind::Object(object) if is_code_type(object.callable()) => Code::new(object.args()).map(Some),
            _ => Ok(None),
        }
    }

    /// The same code object as one of 3.`minor`, if the stream says which version it is for. An error if that version has
    /// other arguments.
    pub fn for_minor(self, minor: u8) -> Result<Code<'g>> {
        Code::with_layout(self.args, Layout::of(minor))
    }

    /// The one of a reference of a graph. See [`Code::of`].
    pub fn at(graph: &'g Graph<'g>, at: Ref) -> Result<Option<Code<'g>>> {
        Code::of(graph.value(at))
    }

    /// Which arguments these are.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The arguments as they are.
    pub fn args(&self) -> Items<'g> {
        self.args
    }

    /// `co_argcount`: parameters that may be given by position, without `*args`.
    pub fn argcount(&self) -> usize {
        self.argcount as usize
    }

    /// `co_posonlyargcount`: those of them that must be; 0 before 3.8.
    pub fn posonlyargcount(&self) -> usize {
        self.posonlyargcount as usize
    }

    /// `co_kwonlyargcount`: parameters that must be given by name.
    pub fn kwonlyargcount(&self) -> usize {
        self.kwonlyargcount as usize
    }

    /// `co_nlocals`: parameters and local variables.
    pub fn nlocals(&self) -> usize {
        self.nlocals as usize
    }

    /// `co_stacksize`: how deep the stack of values gets.
    pub fn stacksize(&self) -> usize {
        self.stacksize as usize
    }

    /// `co_flags`
    pub fn flags(&self) -> CodeFlags {
        self.flags
    }

    /// `co_code`: two bytes for each instruction.
    pub fn code(&self) -> &'g [u8] {
        self.code
    }

    /// `co_consts`
    pub fn consts(&self) -> Items<'g> {
        self.consts
    }

    /// `co_names`: names of globals, attributes and modules.
    pub fn names(&self) -> impl ExactSizeIterator<Item = Str<'g>> + DoubleEndedIterator + use<'g> {
        texts(self.names)
    }

    /// `co_varnames`: parameters first, then local variables.
    pub fn varnames(&self) -> impl ExactSizeIterator<Item = Str<'g>> + DoubleEndedIterator + use<'g> {
        texts(self.varnames)
    }

    /// `co_filename`
    pub fn filename(&self) -> Str<'g> {
        self.filename
    }

    /// `co_name`
    pub fn name(&self) -> Str<'g> {
        self.name
    }

    /// `co_qualname`, from 3.11 on.
    pub fn qualname(&self) -> Option<Str<'g>> {
        self.qualname
    }

    /// `co_firstlineno`
    pub fn firstlineno(&self) -> i32 {
        self.firstlineno
    }

    /// `co_lnotab`, or from 3.10 on `co_linetable`. [`lines`](Self::lines) reads it.
    pub fn linetable(&self) -> &'g [u8] {
        self.linetable
    }

    /// `co_exceptiontable`, empty before 3.11. [`handlers`](Self::handlers) reads it.
    pub fn exceptiontable(&self) -> &'g [u8] {
        self.exceptiontable
    }

    /// `co_freevars`: variables of functions around this one, in the order of the closure.
    pub fn freevars(&self) -> impl ExactSizeIterator<Item = Str<'g>> + DoubleEndedIterator + use<'g> {
        texts(self.freevars)
    }

    /// `co_cellvars`: variables that functions inside this one use.
    pub fn cellvars(&self) -> impl ExactSizeIterator<Item = Str<'g>> + DoubleEndedIterator + use<'g> {
        texts(self.cellvars)
    }

    /// The names of the parameters, in order: by position, by name alone, then those of `*args` and `**kwargs`.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = Str<'g>> + use<'g> {
        texts(self.varnames).take(self.parameter_count())
    }

    fn parameter_count(&self) -> usize {
        let stars = usize::from(self.flags.has_varargs()) + usize::from(self.flags.has_varkeywords());
        self.argcount() + self.kwonlyargcount() + stars
    }

    /// The code objects among its constants: nested functions, lambdas, classes and comprehensions.
    pub fn nested(&self) -> impl Iterator<Item = Result<Code<'g>>> + use<'g> {
        let objects = self.consts.iter().filter(|value| value.as_object().is_some());
        objects.filter_map(|value| Code::of(value).transpose())
    }
}

fn texts<'g>(items: Items<'g>) -> impl ExactSizeIterator<Item = Str<'g>> + DoubleEndedIterator + use<'g> {
    // `Code::new` has seen that they are.
    items.iter().map(|item| as_text(item).unwrap_or_default())
}

/// Whether a tuple of the right length begins as the arguments do and has the code where it belongs, so that a tuple of
/// anything else is not refused but passed by.
fn as_tuple_of_code(args: Items<'_>) -> bool {
    let at = if args.len() == 15 { 5 } else { 6 };
    let ints = args.iter().take(at).all(|value| matches!(value.kind(), Kind::Int(_)));
    ints && matches!(args.get(at).map(|value| value.kind()), Some(Kind::Bytes(_)))
}

/// Whether it is `types.CodeType`, or what cloudpickle writes for it.
fn is_code_type(callable: Value<'_>) -> bool {
    match callable.kind() {
        Kind::Global(global) => global.is("types", "CodeType"),
        Kind::Object(object) => {
            let named = object
                .callable()
                .as_global()
                .is_some_and(|global| global.name.as_bytes() == b"_builtin_type");
            named && object.args().len() == 1 && object.args().get(0).and_then(|name| name.as_str()) == Some("CodeType")
        }
        _ => false,
    }
}
