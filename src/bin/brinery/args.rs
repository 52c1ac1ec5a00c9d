//! What can be said on the command line.

use brinery::{Encoding, Extensions, Limits, Options, Python, Rules};
use clap::{Args as ArgGroup, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Read and write Python pickles, without Python and without running what is in them.
///
/// Exit codes: 0 done, 1 a pickle is bad or cannot be written, 2 wrong usage or a file cannot be opened.
#[derive(Debug, Parser)]
#[command(name = "brinery", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(Show),
    Dis(Dis),
    Convert(Convert),
    Json(Json),
    Function(Function),
    Rewire(Rewire),
    Pack(Pack),
    Scan(Scan),
    Trace(Trace),
}

/// Print objects as Python's repr, one line for each pickle in the file.
///
/// Nothing is imported or called: an import prints as `module.name`, a call as `module.name(arguments)`, and what is done
/// to its result afterwards as ` + [items]`, ` + {keys and items}` and ` | state`.
#[derive(Debug, ArgGroup)]
pub(crate) struct Show {
    /// The pickle file; `-` is standard input.
    pub(crate) file: PathBuf,
    /// Print so many containers deep; what lies deeper is `...`.
    #[arg(long, value_name = "N")]
    pub(crate) max_depth: Option<usize>,
    /// Print so many items of each container.
    #[arg(long, value_name = "N")]
    pub(crate) max_items: Option<usize>,
    /// Draw which objects are shared and where cycles are.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) graph: Option<Drawing>,
    #[command(flatten)]
    pub(crate) read: Read,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Drawing {
    /// The language of Graphviz.
    Dot,
}

/// Disassemble pickles, as `python -m pickletools` of Python 3.13 does.
///
/// The output is the same to the byte. Of a broken pickle all is shown up to the error. What pickletools cannot show of a
/// good pickle, such as a Python 2 str that is not ASCII, is shown as bytes.
#[derive(Debug, ArgGroup)]
pub(crate) struct Dis {
    /// The pickle files; `-` is standard input, and each further `-` its next pickle.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The file where the output should be written.
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) output: PathBuf,
    /// Preserve the memo between disassemblies.
    #[arg(short, long)]
    pub(crate) memo: bool,
    /// The number of blanks by which to indent a new MARK level.
    #[arg(
        short = 'l',
        long = "indentlevel",
        visible_alias = "indent",
        value_name = "N",
        default_value = "4",
        allow_negative_numbers = true
    )]
    pub(crate) indent: i64,
    /// Annotate each line with a short opcode description, from column COLUMN on (default: 30).
    #[arg(
        short,
        long,
        value_name = "COLUMN",
        num_args = 0..=1,
        require_equals = true,
        default_value = "0",
        default_missing_value = "30",
        hide_default_value = true
    )]
    pub(crate) annotate: usize,
    /// If there is more than one file, print this before each disassembly.
    #[arg(short, long, value_name = "TEXT", default_value = "==> {name} <==")]
    pub(crate) preamble: String,
    /// Disassemble all pickles of a file, not only its first one.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) limits: SetLimits,
}

/// Write pickles in another protocol, byte for byte as CPython does.
///
/// If there are several pickles in the file, all are converted: each by itself or, if one refers to objects of an earlier
/// one, all with one memo.
#[derive(Debug, ArgGroup)]
pub(crate) struct Convert {
    /// The protocol to write, 0 to 5. Default: the pickle's own.
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=5))]
    pub(crate) protocol: Option<u8>,
    /// Drop memo entries that nobody reads, as `pickletools.optimize` does.
    #[arg(long)]
    pub(crate) optimize: bool,
    /// The pickle file; `-` is standard input.
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// The file to write, which may be the same; `-` is standard output.
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) read: Read,
}

/// Print objects as JSON, one line for each pickle in the file.
///
/// What fits into JSON is what Python's json module takes. The rest is named on standard error with its place; `null`
/// stands for a value that does not fit, and an entry whose key does not fit is left out. The exit code is 0 all the same.
#[derive(Debug, ArgGroup)]
pub(crate) struct Json {
    /// The pickle file; `-` is standard input.
    pub(crate) file: PathBuf,
    /// Write on many lines, each level indented by so many blanks.
    #[arg(long, value_name = "N")]
    pub(crate) indent: Option<usize>,
    /// Escape all that is not ASCII.
    #[arg(long)]
    pub(crate) ascii: bool,
    /// Give up when a pickle's JSON has more bytes. Default: 256 MiB, or 64 times the file if that is more.
    #[arg(long, value_name = "N")]
    pub(crate) max_bytes: Option<u64>,
    #[command(flatten)]
    pub(crate) read: Read,
}

/// Show the functions, classes and enums that a pickle brings along by value, as cloudpickle and dill write them.
///
/// For each function: its signature, where it is from, the version of Python it is for, its free variables and globals
/// with their values, the attributes and imports its bytecode asks for, and the functions nested in it.
///
/// A function may also come from source text or out of a .pyc file. It is shown, or written as a pickle if --wire or -o is
/// given.
#[derive(Debug, ArgGroup)]
pub(crate) struct Function {
    /// The pickle file; `-` is standard input.
    #[arg(required_unless_present_any = ["source", "pyc"])]
    pub(crate) file: Option<PathBuf>,
    /// Make a function from Python source, a lambda or a def. Python 3.8 to 3.13 compile it when they load it.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["file", "pyc"])]
    pub(crate) source: Option<String>,
    /// List the functions and classes of a .pyc file of CPython 3.8 to 3.13, or take out the one that --name says.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub(crate) pyc: Option<PathBuf>,
    /// The qualified name of a function in the .pyc file; `name@line` if there are several.
    #[arg(long, value_name = "QUALNAME", requires = "pyc")]
    pub(crate) name: Option<String>,
    /// Bind a free variable, a global or, of source, the default of a parameter; may be repeated.
    #[arg(long, value_name = "NAME=JSON", value_parser = binding, conflicts_with = "file")]
    pub(crate) bind: Vec<(String, String)>,
    /// Bind a global to a module, by default that of the same name; may be repeated.
    #[arg(long, value_name = "NAME[=MODULE]", conflicts_with = "file")]
    pub(crate) import: Vec<String>,
    /// Write the function in this encoding. Default: standalone.
    #[arg(long, value_name = "WIRE", conflicts_with = "file")]
    pub(crate) wire: Option<Wire>,
    /// The protocol to write, 0 to 5.
    #[arg(short, long, value_name = "N", conflicts_with = "file", value_parser = clap::value_parser!(u8).range(0..=5))]
    pub(crate) protocol: Option<u8>,
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "OUT", conflicts_with = "file")]
    pub(crate) output: Option<PathBuf>,
    /// Print JSON for a program, one line for each pickle in the file. Of source without bytecode "nested" is null, and
    /// so is "doc" if it is more than one plain literal: "source" has them.
    #[arg(long)]
    pub(crate) json: bool,
    /// Show the bytecode of each function, too.
    #[arg(long)]
    pub(crate) dis: bool,
    #[command(flatten)]
    pub(crate) read: Read,
}

/// Write functions, classes and the like in another encoding.
///
/// What cannot be said in it is refused with the reason; then nothing is written.
#[derive(Debug, ArgGroup)]
pub(crate) struct Rewire {
    /// The encoding.
    #[arg(long, value_name = "WIRE")]
    pub(crate) to: Wire,
    /// The protocol to write, 0 to 5. Default: the pickle's own.
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=5))]
    pub(crate) protocol: Option<u8>,
    /// For compat: names that cloudpickle since 1.2 knows, not only since 3.0.
    #[arg(long)]
    pub(crate) fast_names: bool,
    /// The Python that bytecode is for, where it does not say so by itself.
    #[arg(long, value_name = "3.N", value_parser = minor)]
    pub(crate) python: Option<u8>,
    /// The pickle file; `-` is standard input.
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// The file to write, which may be the same; `-` is standard output.
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) read: Read,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Wire {
    /// As cloudpickle 3.1 writes it.
    Compat,
    /// Calls into Python's standard library alone, for the version of Python that compiled the functions.
    Standalone,
    /// The same with source, for CPython 3.8 to 3.13.
    Portable,
}

fn scan_limit(text: &str) -> Result<(String, u64), &'static str> {
    let parts = || {
        let (name, value) = text.split_once('=')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    parts().ok_or("expected NAME=N, such as ratio=100")
}

fn binding(text: &str) -> Result<(String, String), &'static str> {
    let parts = text.split_once('=').ok_or("expected NAME=JSON, such as k=3")?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
}

impl Wire {
    pub(crate) fn of_library(self) -> brinery::function::Wire {
        match self {
            Wire::Compat => brinery::function::Wire::Compat,
            Wire::Standalone => brinery::function::Wire::Standalone,
            Wire::Portable => brinery::function::Wire::Portable,
        }
    }
}

fn minor(text: &str) -> Result<u8, &'static str> {
    let minor = text.strip_prefix("3.").and_then(|minor| minor.parse().ok());
    minor.ok_or("expected a version such as 3.11")
}

/// Pack a function's pickle with arguments into a task: the pickle of {"fn": …, "args": …, "kwargs": …}.
///
/// The function may be pickled by anyone in any protocol, by cloudpickle for instance. It is put in as it is, unread; a
/// worker loads the task and calls task["fn"](*task["args"], **task["kwargs"]).
#[derive(Debug, ArgGroup)]
pub(crate) struct Pack {
    /// The pickle file of the function; `-` is standard input.
    pub(crate) function: PathBuf,
    /// The positional arguments, as a JSON array.
    #[arg(long, value_name = "JSON", conflicts_with = "args_pickle")]
    pub(crate) args: Option<String>,
    /// The pickle file of the positional arguments, a tuple or a list.
    #[arg(long, value_name = "FILE")]
    pub(crate) args_pickle: Option<PathBuf>,
    /// The keyword arguments, as a JSON object.
    #[arg(long, value_name = "JSON", conflicts_with = "kwargs_pickle")]
    pub(crate) kwargs: Option<String>,
    /// The pickle file of the keyword arguments, a dict.
    #[arg(long, value_name = "FILE")]
    pub(crate) kwargs_pickle: Option<PathBuf>,
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "TASK", default_value = "-", hide_default_value = true)]
    pub(crate) output: PathBuf,
}

/// Judge untrusted pickles without loading them: safe, unknown, dangerous or broken.
///
/// A policy lists what is harmless; what it does not list is unknown, or dangerous if it is known to be. Safe is a proof:
/// see docs/untrusted.md for its rules and for the format of policies.
///
/// Exit codes: 0 all safe, 20 something unknown, 30 something dangerous, 40 something that cannot be read; the highest
/// wins. 64 wrong usage.
#[derive(Debug, ArgGroup)]
pub(crate) struct Scan {
    /// Files and folders; `-` is standard input. Folders are searched through, links in them followed.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// data, stdlib, numpy, pandas, torch, sklearn, or a file with a policy in TOML; may be repeated, and all of them
    /// count together. Default: stdlib.
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) policy: Vec<String>,
    /// The Python that would load it, such as 3.11. Where versions differ it is not safe anyway.
    #[arg(long, value_name = "X.Y", default_value = "3.13", value_parser = version)]
    pub(crate) python: Python,
    /// In folders: only files whose path matches, such as '*.pkl' or 'models/**'; may be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// In folders: no files whose path matches; may be repeated, and goes before --include.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// What looking into archives may cost (members, depth, member_bytes, total_bytes, ratio, ratio_free,
    /// directory_bytes) and what each pickle may (bytes, stack, marks, memo, digits, buffers, pickles); may be repeated.
    #[arg(long, value_name = "NAME=N", value_parser = scan_limit)]
    pub(crate) limit: Vec<(String, u64)>,
    /// Name the safe files of folders, too.
    #[arg(long)]
    pub(crate) all: bool,
    /// Files judged at the same time. Default: as many as there are processors.
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Print JSON for a program, one line for each file.
    #[arg(long, conflicts_with_all = ["sarif", "html"])]
    pub(crate) json: bool,
    /// Print SARIF 2.1.0, for code scanners.
    #[arg(long, conflicts_with = "html")]
    pub(crate) sarif: bool,
    /// Print a page to look at: what each file would do, in order, its opcodes, and a drawing of what flows where.
    #[arg(long)]
    pub(crate) html: bool,
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "OUT", default_value = "-", hide_default_value = true)]
    pub(crate) output: PathBuf,
}

fn version(text: &str) -> Result<Python, &'static str> {
    let mut numbers = text.split('.').map(|number| number.parse::<u8>().ok());
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Some(3)), Some(Some(minor)), None, _) => Ok(Python::new(3, minor, 0)),
        (Some(Some(3)), Some(Some(minor)), Some(Some(micro)), None) => Ok(Python::new(3, minor, micro)),
        _ => Err("expected a version such as 3.11"),
    }
}

/// Print pickles as the Python programs that they amount to: imports, calls, changes, and the value.
///
/// The text is for reading. It does not run: its first line is no Python.
#[derive(Debug, ArgGroup)]
pub(crate) struct Trace {
    /// The pickle file; `-` is standard input.
    pub(crate) file: PathBuf,
}

/// How pickles are read.
#[derive(Debug, ArgGroup)]
pub(crate) struct Read {
    /// What the str of Python 2 is decoded from.
    #[arg(long, value_name = "ENCODING", default_value = "ASCII", ignore_case = true)]
    encoding: EncodingName,
    /// Register an extension code; may be repeated.
    #[arg(long = "ext", value_name = "MODULE:NAME=CODE", value_parser = extension)]
    extensions: Vec<(String, String, i64)>,
    /// Read all pickles of the file with one memo, as one Unpickler that loads several times: for what one Pickler has
    /// dumped several times.
    #[arg(long)]
    pub(crate) shared_memo: bool,
    /// Where versions of Python read differently: as the newest ones (strict), or as those before 3.13.15 (classic).
    #[arg(long, value_name = "RULES", default_value = "strict")]
    rules: RulesName,
    #[command(flatten)]
    limits: SetLimits,
}

/// How much a pickle may ask for.
#[derive(Debug, ArgGroup)]
pub(crate) struct SetLimits {
    /// Set a limit; may be repeated. The names: bytes, memory, stack, marks, memo, nodes, payload, digits, buffers,
    /// pickles, output, depth, expansion.
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    limits: Vec<(String, u64)>,
}

impl SetLimits {
    /// The library's limits.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in &self.limits {
            limits.set(name, *value);
        }
        limits
    }
}

fn limit(text: &str) -> Result<(String, u64), String> {
    let usage = || {
        format!(
            "expected NAME=VALUE, such as nodes=1000000; the names are {}",
            Limits::NAMES.join(", ")
        )
    };
    let (name, value) = text.split_once('=').ok_or_else(usage)?;
    let value = value.parse().map_err(|_| usage())?;
    match Limits::NAMES.contains(&name) {
        true => Ok((name.to_owned(), value)),
        false => Err(usage()),
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EncodingName {
    #[value(name = "ASCII")]
    Ascii,
    #[value(name = "latin1", alias = "latin-1")]
    Latin1,
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    #[value(name = "bytes")]
    Bytes,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RulesName {
    Strict,
    Classic,
}

fn extension(text: &str) -> Result<(String, String, i64), &'static str> {
    let parts = || {
        let (name, code) = text.rsplit_once('=')?;
        let (module, name) = name.split_once(':')?;
        Some((module.to_owned(), name.to_owned(), code.parse().ok()?))
    };
    parts().ok_or("expected MODULE:NAME=CODE, such as shop.models:Order=18")
}

impl Read {
    /// The library's options. Out-of-band buffers are never at hand here, so they stay placeholders.
    pub(crate) fn options(&self) -> Options {
        let mut extensions = Extensions::default();
        for (module, name, code) in &self.extensions {
            extensions.add(module, name, *code);
        }
        let encoding = match self.encoding {
            EncodingName::Ascii => Encoding::Ascii,
            EncodingName::Latin1 => Encoding::Latin1,
            EncodingName::Utf8 => Encoding::Utf8,
            EncodingName::Bytes => Encoding::Bytes,
        };
        let rules = match self.rules {
            RulesName::Strict => Rules::Strict,
            RulesName::Classic => Rules::Classic,
        };
        (Options::new().encoding(encoding).extensions(extensions))
            .rules(rules)
            .limits(self.limits.limits())
            .buffers_elsewhere()
    }
}
