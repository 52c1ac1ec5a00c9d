"""Extension codes, persistent ids, buffers; reading changed by what is read; scanners changed by what they scan."""

from wire import (
    MARKER,
    SYSTEM,
    Global,
    Here,
    call,
    case,
    join,
    name,
    number,
    pickled,
    run,
    several,
    text,
    value,
)

HNACHO = "Hugging Face proof of concept hnacho"
SYSTEM_PAIR = ("posix", "system")

case(
    "ext1",
    "EXT1: whatever the reader's registry has under the number",
    pickled(call(Here(b"\x82\x01"), MARKER)),
    ("R4", None),
    HNACHO,
)
case("ext2", "EXT2, its result not called", pickled(Here(b"\x83\x00\x01")), ("R4", None), HNACHO)
case("ext4", "EXT4 with a large code", pickled(Here(b"\x84\x00\x00\x00\x7f")), ("R4", None), HNACHO)
case(
    "ext_registered",
    "the pickle registers its own code, then uses it",
    pickled(call(Here(name("copyreg", "add_extension")), "posix", "system", 200), b"0", call(b"\x82\xc8", MARKER)),
    ("R2", "copyreg.add_extension"),
    HNACHO,
)
case(
    "ext_registered_py2",
    "the same by the name of Python 2",
    pickled(call(Here(name("copy_reg", "add_extension")), "posix", "system", 201), b"0\x82\xc9"),
    ("R2", "copyreg.add_extension"),
    HNACHO,
)
case(
    "ext_inverted",
    "the registry's table is filled by SETITEM",
    pickled(
        Here(name("copyreg", "_inverted_registry")), number(202), value(SYSTEM_PAIR), b"s0", call(b"\x82\xca", MARKER)
    ),
    ("R2", "copyreg._inverted_registry"),
)
case(
    "ext_cache",
    "the registry's cache is given the object itself",
    pickled(Here(name("copyreg", "_extension_cache")), number(203), name("collections", "OrderedDict"), b"s0\x82\xcb"),
    ("R2", "copyreg._extension_cache"),
)
case(
    "name_mapping",
    "the pickle changes which names the rest of it means",
    pickled(
        Here(name("_compat_pickle", "NAME_MAPPING")),
        value(("collections", "OrderedDict")),
        value(SYSTEM_PAIR),
        b"s0",
        call(name("collections", "OrderedDict"), MARKER),
    ),
    ("R2", "_compat_pickle.NAME_MAPPING"),
)
case(
    "import_mapping",
    "the same for whole modules",
    pickled(
        Here(name("_compat_pickle", "IMPORT_MAPPING")),
        value("datetime"),
        value("posix"),
        b"s0",
        name("datetime", "date"),
    ),
    ("R2", "_compat_pickle.IMPORT_MAPPING"),
)
case(
    "unpickler_patched",
    "BUILD with slot state replaces pickle's pure-Python dispatch",
    pickled(Here(name("pickle", "_Unpickler")), several((None, {"find_class": Global("builtins", "eval")})), b"b"),
    ("R2", "pickle._Unpickler"),
)
case(
    "binpersid",
    "a persistent id: what it becomes is the loader's affair",
    pickled(value("brinery"), Here(b"Q")),
    ("R7", None),
    verdict={"*": "unknown"},
)
case(
    "persid",
    "a persistent id in text",
    join(Here(b"P/tmp/brinery-hostile-corpus\n"), b"."),
    ("R7", None),
    verdict={"*": "unknown"},
)
case("persid_call", "the persistent id is the result of a call", pickled(run(), b"Q"))
case(
    "persid_torch_name",
    "a persistent id like torch's, with a function where the storage's class belongs",
    pickled(value(("storage", Here(Global("posix", "system")), "0", "cpu", 1)), b"Q"),
)
case(
    "persid_torch_module",
    "torch's legacy persistent id of a module: a class and its source",
    pickled(value(("module", Here(Global("brinery_hostile_corpus", "Net")), "net.py", "class Net: pass")), b"Q"),
    ("R2", "brinery_hostile_corpus.Net"),
    verdict={"*": "unknown"},
)
case(
    "next_buffer",
    "an out-of-band buffer is called: what it is, only the caller knows",
    pickled(b"\x97", several((MARKER,)), Here(b"R"), version=5),
    ("R5", None),
    verdict={"*": "unknown"},
)
case(
    "tamper_picklescan",
    "the pickle empties picklescan's list, then calls",
    pickled(
        call([text("builtins"), text("dict.clear"), Here(b"\x93")], Global("picklescan.scanner", "_unsafe_globals")),
        b"0",
        call(SYSTEM, MARKER),
        version=4,
    ),
    ("R2", "builtins.dict.clear"),
    "fickling#249",
)
case(
    "tamper_fickling",
    "the pickle switches fickling's analysis off",
    pickled(Here(name("fickling.analysis", "Analysis")), several((None, {"ALL": []})), b"b0", call(SYSTEM, MARKER)),
    ("R2", "posix.system"),
    "fickling#249",
    at=False,
)
case(
    "tamper_modelscan",
    "the pickle changes modelscan's settings",
    pickled(Here(name("modelscan.settings", "DEFAULT_SETTINGS")), value("scanners"), b"}s0", call(SYSTEM, MARKER)),
    ("R2", "posix.system"),
    "fickling#249",
    at=False,
)
case(
    "tamper_pickletools",
    "the pickle takes opcodes out of pickletools",
    pickled(Here(name("pickletools", "code2op")), value("R"), b"Ns0", call(SYSTEM, MARKER)),
    ("R2", "posix.system"),
    at=False,
)
