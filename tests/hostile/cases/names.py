"""One thing under many names: dotted walks, re-exports, the names of Python 2, and a protocol that changes midway."""

from wire import (
    MARKER,
    Global,
    Here,
    Pieces,
    call,
    case,
    join,
    name,
    pickled,
    proto,
    reduced,
    stacked,
    value,
)

case(
    "dotted_out_of_pathlib",
    "a dotted name walks out of a harmless module",
    reduced("pathlib", "os.system", MARKER, version=4),
    ("R2", "pathlib.os.system"),
    "fickling GHSA-5j3x-jp52-966f",
)
case(
    "dotted_out_of_random",
    "the same through a private re-export",
    reduced("random", "_os.system", MARKER, version=4),
    ("R2", "random._os.system"),
)
case(
    "dotted_out_of_numpy",
    "a dotted name walks out of an allowed package",
    reduced("numpy", "f2py.diagnose.run_command", MARKER, version=4),
    ("R2", "numpy.f2py.diagnose.run_command"),
    "ragflow#1240",
)
case(
    "dotted_numpy_builtins",
    "builtins as numpy's masked arrays see them",
    reduced("numpy", "ma.core.builtins.eval", "1", version=4),
    ("R2", "numpy.ma.core.builtins.eval"),
)
case(
    "dotted_out_of_torch",
    "a walk between two modules of torch",
    reduced("torch.library", "torch.utils.collect_env.run", MARKER, version=4),
    ("R2", "torch.library.torch.utils.collect_env.run"),
    "seen on model hubs",
)
case(
    "dotted_out_of_sklearn",
    "a walk out of scikit-learn",
    reduced("sklearn.utils", "os.system", MARKER, version=4),
    ("R2", "sklearn.utils.os.system"),
)
case(
    "dotted_out_of_pandas",
    "a walk out of pandas",
    reduced("pandas", "io.common.os.system", MARKER, version=4),
    ("R2", "pandas.io.common.os.system"),
)
case(
    "dotted_globals",
    "a dunder walk out of an allowed class",
    pickled(stacked("collections", "Counter.update.__globals__"), version=4),
    ("R2", "collections.Counter.update.__globals__"),
)
case(
    "dotted_subclasses",
    "all classes there are",
    pickled(call(stacked("builtins", "object.__subclasses__")), version=4),
    ("R2", "builtins.object.__subclasses__"),
)
case(
    "dotted_by_global",
    "a dotted name in GLOBAL instead of STACK_GLOBAL",
    pickled(call(Here(name("random", "_os.system")), MARKER), version=4),
    ("R2", "random._os.system"),
)
case(
    "dotted_by_inst",
    "a dotted name in INST",
    pickled(b"(", value(MARKER), Here(b"irandom\n_os.system\n"), version=4),
    ("R2", "random._os.system"),
)
case(
    "dotted_allowed_class",
    "a method of an allowed class, by its dotted name",
    pickled(call(stacked("datetime", "datetime.strptime"), "x", "%Y"), version=4),
    ("R2", "datetime.datetime.strptime"),
    verdict="unknown",
)
case(
    "reexport_module",
    "a module taken out of another one, then getattr",
    pickled(call(call(name("builtins", "getattr"), Here(Global("random", "_os")), "system"), MARKER)),
    ("R2", "random._os"),
)
case(
    "reexport_itemgetter",
    "itemgetter under the name collections has for it",
    pickled(
        call(
            call(Here(name("collections", "_itemgetter")), "os"),
            Pieces(stacked("collections", "_sys.modules")[:2], b"\x93"),
        ),
        version=4,
    ),
    ("R2", "collections._itemgetter"),
    "saferpickle#18",
)
case(
    "reexport_sys",
    "sys.modules under the name collections has for it",
    pickled(stacked("collections", "_sys.modules"), version=4),
    ("R2", "collections._sys.modules"),
    "saferpickle#18",
)
case(
    "reexport_in_package",
    "eval as a package re-exports it",
    reduced("numpy.ma.core", "builtins.eval", "1", version=4),
    ("R2", "numpy.ma.core.builtins.eval"),
)
case(
    "py2_commands",
    "Python 2's commands is subprocess",
    reduced("commands", "getstatusoutput", MARKER),
    ("R2", "subprocess.getstatusoutput"),
)
case(
    "py2_eval",
    "Python 2's __builtin__ is builtins",
    reduced("__builtin__", "eval", "1", version=1),
    ("R2", "builtins.eval"),
)
case(
    "py2_reduce",
    "__builtin__.reduce is functools.reduce",
    pickled(call(Here(name("__builtin__", "reduce")), Global("posix", "system"), [MARKER])),
    ("R2", "functools.reduce"),
    "saferpickle#18",
)
case(
    "py2_imap",
    "itertools.imap is builtins.map",
    pickled(call(Here(name("itertools", "imap")), Global("posix", "system"), [MARKER])),
    ("R2", "builtins.map"),
)
case(
    "py2_urlopen",
    "urllib2.urlopen is urllib.request.urlopen",
    reduced("urllib2", "urlopen", "http://127.0.0.1:9/"),
    ("R2", "urllib.request.urlopen"),
)
case("py2_cpickle", "cPickle.loads is pickle.loads", reduced("cPickle", "loads", b"N."), ("R2", "pickle.loads"))
case(
    "py2_names_only_in_2",
    "os.popen2 and execfile are there in Python 2 alone",
    reduced("__builtin__", "execfile", "/tmp/brinery-hostile-corpus.py"),
    ("R2", "builtins.execfile"),
)
case(
    "py2_subprocess32",
    "a back-port with the same class",
    reduced("subprocess32", "Popen", ["echo", MARKER]),
    ("R2", "subprocess32.Popen"),
    verdict="unknown",
)
case(
    "late_proto_down",
    "PROTO 4 first, then PROTO 2 switches the mapping of names on",
    join(proto(4), call([proto(2), Here(name("commands", "getoutput"))], MARKER), b"."),
    ("R2", "subprocess.getoutput"),
)
case(
    "late_proto_up",
    "PROTO 2 first, then PROTO 4 lets dotted names walk",
    join(proto(2), call([proto(4), Here(name("random", "_os.system"))], MARKER), b"."),
    ("R2", "random._os.system"),
)
case(
    "late_proto_hides",
    "names that mean one thing to who reads the first PROTO and another to CPython",
    join(
        proto(3), b"N0", proto(2), call(Here(name("__builtin__", "reduce")), Global("posix", "system"), [MARKER]), b"."
    ),
    ("R2", "functools.reduce"),
)
case("no_proto", "no PROTO at all, and opcodes of protocol 4", join(call(stacked("posix", "system"), MARKER), b"."))
case(
    "main_module",
    "a name in __main__: whatever the program that loads it has there",
    pickled(call(Here(name("__main__", "Model")))),
    ("R2", "__main__.Model"),
    verdict="unknown",
)
case(
    "unknown_package",
    "a package nobody knows: importing it runs it",
    pickled(Here(name("brinery_hostile_corpus", "model"))),
    ("R2", "brinery_hostile_corpus.model"),
    verdict="unknown",
)
case(
    "typosquat",
    "one letter from a harmless name",
    pickled(call(Here(name("numpyy", "ndarray")))),
    ("R2", "numpyy.ndarray"),
    verdict="unknown",
)
case(
    "prefix_of_allowed",
    "a module that only begins like an allowed one",
    pickled(call(Here(name("datetime_evil", "datetime")))),
    ("R2", "datetime_evil.datetime"),
    verdict="unknown",
)
case(
    "submodule_of_allowed",
    "a submodule nobody has, below an allowed module",
    pickled(call(Here(name("collections.evil", "OrderedDict")))),
    ("R2", "collections.evil.OrderedDict"),
    verdict="unknown",
)
case(
    "homoglyph",
    "a Cyrillic letter in an allowed name",
    pickled(call(stacked("c\u043ellections", "OrderedDict")), version=4),
    ("R2", "c\u043ellections.OrderedDict"),
    verdict="unknown",
)
case(
    "case_of_letters",
    "another case, the same module where file names have none",
    pickled(call(Here(name("Collections", "OrderedDict")))),
    ("R2", "Collections.OrderedDict"),
    verdict="unknown",
)
case(
    "trailing_blank",
    "an allowed name with a blank behind it",
    pickled(call(Here(name("collections", "OrderedDict ")))),
    ("R2", "collections.OrderedDict "),
    verdict="unknown",
)
case(
    "carriage_return",
    "lines that end like those of Windows",
    pickled(call(Here(b"cposix\r\nsystem\r\n"), MARKER)),
    ("R2", "posix\r.system\r"),
    verdict="unknown",
)
