"""Calls without REDUCE, and harm without a call."""

from wire import (
    MARKER,
    SYSTEM,
    Call,
    Global,
    Here,
    call,
    case,
    name,
    old,
    pickled,
    several,
    value,
)

SFWANI = "Hugging Face proof of concept sfwani"
ORDERED = name("collections", "OrderedDict")
NAMESPACE = name("types", "SimpleNamespace")

case("inst", "INST", pickled(b"(", value(MARKER), Here(b"iposix\nsystem\n")), source="picklescan's tests")
case(
    "inst_protocol_0",
    "INST in protocol 0, all of it text",
    pickled(b"(S'" + MARKER.encode() + b"'\n", Here(b"iposix\nsystem\n"), version=0),
)
case("obj", "OBJ", pickled(b"(", Here(SYSTEM), value(MARKER), b"o"), source="picklescan's tests")
case(
    "obj_popped",
    "OBJ, its result popped",
    pickled(b"(", Here(SYSTEM), value(MARKER), b"o0N"),
    source="fickling GHSA-mxhj-88fx-4pcv",
)
case(
    "newobj",
    "NEWOBJ of map, drained by NEWOBJ of bytes",
    pickled(
        name("builtins", "bytes"),
        name("builtins", "map"),
        several((Global("builtins", "eval"), ["0"])),
        b"\x81\x85\x81",
        version=3,
    ),
    ("R2", "builtins.eval"),
    at=False,
)
case(
    "newobj_ex",
    "NEWOBJ_EX with keywords",
    pickled(
        Here(name("builtins", "type")),
        several(("X", (), {})),
        value({"metaclass": Global("posix", "system")}),
        b"\x92",
        version=4,
    ),
    ("-", "builtins.type"),
    at=False,
)
case(
    "double_build",
    "the first BUILD plants __setstate__ in the instance, the second one calls it",
    pickled(NAMESPACE, b")R}", old("__setstate__"), Here(SYSTEM), b"sb", value(MARKER), b"b"),
    source=SFWANI,
)
case(
    "planted_append",
    "BUILD plants append in an instance, APPEND calls it",
    pickled(NAMESPACE, b")R}", old("append"), Here(SYSTEM), b"sb", value(MARKER), b"a"),
)
case(
    "planted_extend",
    "BUILD plants extend in an instance, APPENDS calls it",
    pickled(NAMESPACE, b")R}", old("extend"), Here(SYSTEM), b"sb(", value(MARKER), b"e"),
)
case(
    "planted_add",
    "BUILD plants add in an instance, ADDITEMS calls it",
    pickled(NAMESPACE, b")R}", old("add"), Here(SYSTEM), b"sb(", value(MARKER), b"\x90", version=4),
)
case(
    "planted_in_allowed",
    "__setstate__ planted in the dict of an allowed class's instance",
    pickled(ORDERED, b")R}", old("__setstate__"), Here(SYSTEM), b"sb", value(MARKER), b"b"),
)
case(
    "slot_state_on_class",
    "BUILD with slot state sets an attribute of an allowed class",
    pickled(ORDERED, several((None, {"__init__": Here(Global("posix", "system"))})), b"b", value(MARKER), b"\x85R"),
    source=SFWANI,
)
case(
    "slot_state_on_function",
    "BUILD with slot state gives a function the code of another",
    pickled(
        Here(name("numpy", "size")),
        several((None, {"__code__": Global("antigravity", "geohash.__code__")})),
        b"b",
        version=4,
    ),
    ("R2", "numpy.size"),
    "Hugging Face proof of concept EnigmaConsultant",
)
case(
    "slot_state_dunder",
    "slot state that sets __class__ of an instance",
    pickled(ORDERED, b")R", several((None, {"__class__": Here(Global("http.server", "HTTPServer"))})), b"b"),
    ("R6", None),
    at=False,
)
case(
    "build_on_allowed_class",
    "BUILD on an allowed class itself: nothing named but the class",
    pickled(ORDERED, several((None, {"update": None})), Here(b"b")),
    ("R6", None),
)
case(
    "build_on_module",
    "BUILD writes into the globals of a module",
    pickled(Here(name("random", "_os")), value({"getcwd": Global("builtins", "breakpoint")}), b"b"),
    ("R2", "random._os"),
)
case(
    "build_reduce_key",
    "state with the key __reduce_ex__",
    pickled(NAMESPACE, b")R", value({"__reduce_ex__": Here(Global("posix", "system"))}), b"b"),
)
case(
    "dunder_key_plain",
    "a dunder key in the state of an allowed class, nothing else named",
    pickled(name("fractions", "Fraction"), b"K\x01K\x02\x86R", value({"__class__": "x"}), Here(b"b")),
    ("R6", None),
    verdict={"*": "unknown"},
)
case(
    "append_sys_path",
    "APPEND on a global: sys.path",
    pickled(Here(name("sys", "path")), value("/tmp/brinery-hostile-corpus"), b"a"),
    ("R2", "sys.path"),
)
case(
    "append_meta_path",
    "APPEND on a global: sys.meta_path",
    pickled(Here(name("sys", "meta_path")), name("importlib.machinery", "FileFinder"), b"a"),
    ("R2", "sys.meta_path"),
)
case(
    "setitem_environ",
    "SETITEM on a global: os.environ",
    pickled(Here(name("os", "environ")), value("LD_PRELOAD"), value("/tmp/x.so"), b"s"),
    ("R2", "os.environ"),
)
case(
    "setitem_sys_modules",
    "SETITEM on a global: sys.modules",
    pickled(Here(name("sys", "modules")), value("json"), Here(name("sys", "path")), b"s"),
    ("R2", "sys.modules"),
)
case(
    "setitem_dispatch",
    "SETITEM on a global: copyreg.dispatch_table",
    pickled(Here(name("copyreg", "dispatch_table")), name("builtins", "int"), name("posix", "system"), b"s", version=3),
    ("R2", "copyreg.dispatch_table"),
)
case(
    "setitem_handlers",
    "SETITEMS on a global: the open functions of shutil's archives",
    pickled(
        Here(name("shutil", "_UNPACK_FORMATS")),
        b"(",
        value("zip"),
        value(([".zip"], Global("posix", "system"), [], "")),
        b"u",
    ),
    ("R2", "shutil._UNPACK_FORMATS"),
)
case(
    "additems_abc",
    "ADDITEMS on a global set",
    pickled(Here(name("keyword", "kwlist")), b"(", value("brinery"), b"\x90", version=4),
    ("R2", "keyword.kwlist"),
)
case(
    "global_antigravity",
    "a bare GLOBAL: importing antigravity opens a browser",
    pickled(Here(name("antigravity", "geohash"))),
    ("R2", "antigravity.geohash"),
)
case(
    "global_idle",
    "a bare GLOBAL: importing idlelib.idle starts IDLE",
    pickled(Here(name("idlelib.idle", "sys"))),
    ("R2", "idlelib.idle.sys"),
)
case(
    "global_autotest",
    "a bare GLOBAL: importing test.autotest runs CPython's tests",
    pickled(Here(name("test.autotest", "main"))),
    ("R2", "test.autotest.main"),
)
case(
    "global_popped",
    "a bare GLOBAL, popped",
    pickled(Here(name("antigravity", "webbrowser")), b"0N"),
    ("R2", "antigravity.webbrowser"),
)
case(
    "callable_in_data",
    "nothing is called here: the function is an item, for the program to call",
    pickled(value({"loss": Here(Global("posix", "system")), "lr": 0.5})),
)
case("callable_as_root", "nothing is called here: the function is all there is", pickled(Here(SYSTEM)))
case(
    "call_of_result",
    "what a call returns is called",
    pickled(call(call(ORDERED), MARKER)),
    ("R5", None),
    verdict={"*": "unknown"},
    at=False,
)
case(
    "call_of_argument",
    "copyreg.__newobj__ is NEWOBJ as a function",
    pickled(call(Here(name("copyreg", "__newobj__")), Global("builtins", "map"), Global("posix", "system"), [MARKER])),
    ("R2", "builtins.map"),
    at=False,
)
case(
    "reconstructor_base",
    "copyreg._reconstructor runs the __init__ of its second argument",
    pickled(
        call(
            name("copyreg", "_reconstructor"),
            Here(Global("subprocess", "Popen")),
            Global("subprocess", "Popen"),
            ["echo", MARKER],
        )
    ),
    ("R2", "subprocess.Popen"),
)
case(
    "reconstructor_allowed",
    "copyreg._reconstructor with allowed classes it has no business with",
    pickled(
        call(
            name("copyreg", "_reconstructor"), Global("builtins", "bytearray"), Global("builtins", "bytearray"), 1 << 30
        ),
        version=3,
    ),
    ("R5", "copyreg._reconstructor"),
    verdict={"*": "unknown"},
    at=False,
)
case(
    "factory",
    "a defaultdict whose factory stops the process",
    pickled(name("collections", "defaultdict"), Here(name("os", "abort")), b"\x85R"),
    ("R2", "os.abort"),
)
case(
    "factory_allowed",
    "a defaultdict whose factory is an allowed name, but no plain type",
    pickled(name("collections", "defaultdict"), name("collections", "defaultdict"), b"\x85R"),
    ("R5", "collections.defaultdict"),
    verdict={"*": "unknown"},
    at=False,
)
case(
    "encode_other_codec",
    "_codecs.encode with a codec of its own choice: an import by name",
    pickled(call(name("_codecs", "encode"), "x", "brinery_hostile_corpus")),
    ("R5", "_codecs.encode"),
    verdict={"*": "unknown"},
    at=False,
)
case(
    "encode_errors",
    "_codecs.encode with an error handler by name",
    pickled(call(name("_codecs", "encode"), "x", "latin1", "brinery_hostile_corpus")),
    ("R5", "_codecs.encode"),
    verdict={"*": "unknown"},
    at=False,
)
case(
    "drain_allowed",
    "an allowed container drains an iterator that is no list",
    pickled(call(name("builtins", "set"), Call(Here(Global("itertools", "count")))), version=3),
    ("R2", "itertools.count"),
    verdict={"*": "unknown"},
)
case(
    "numpy_reconstruct_subtype",
    "numpy's _reconstruct with a class that is no array",
    pickled(call(name("numpy._core.multiarray", "_reconstruct"), Here(Global("subprocess", "Popen")), (0,), b"b")),
    ("R2", "subprocess.Popen"),
)
case(
    "pandas_new_index",
    "pandas' _new_Index makes what class it is told to",
    pickled(
        call(name("pandas.core.indexes.base", "_new_Index"), Here(Global("subprocess", "Popen")), {"args": MARKER})
    ),
    ("R2", "subprocess.Popen"),
)
