"""Names that look up, join or keep other names: the harm is in what they are given."""

from wire import MARKER, SYSTEM, Call, Global, Here, Pieces, call, case, name, old, pickled, stacked, value

CODE = "print('brinery-hostile-corpus')"


def found(module, qualname, *args, version=4):
    """The result of calling a name, called with the marker."""
    return pickled(call(call(stacked(module, qualname), *args), MARKER), version=version)


MODULE_OS = Call(Global("builtins", "__import__"), "os")

case(
    "getattr_of_import",
    "getattr on what __import__ returns, called",
    pickled(call(call(Here(name("builtins", "getattr")), MODULE_OS, "system"), MARKER), version=3),
    ("-", "builtins.getattr"),
    "picklescan's list",
    at=False,
)
case(
    "import_module",
    "getattr on what importlib.import_module returns, called",
    pickled(
        call(
            call(name("builtins", "getattr"), Call(Here(Global("importlib", "import_module")), "os"), "system"), MARKER
        )
    ),
    ("R2", "importlib.import_module"),
    "fickling GHSA-q5qq-mvfm-j35x",
)
case(
    "resolve_name",
    "pkgutil.resolve_name, called",
    found("pkgutil", "resolve_name", "os:system"),
    ("R2", "pkgutil.resolve_name"),
    "picklescan GHSA-vvpj-8cmc-gx39",
)
case(
    "pydoc_locate",
    "pydoc.locate, called",
    found("pydoc", "locate", "os.system"),
    ("R2", "pydoc.locate"),
    "fickling GHSA-5hvc-6wx8-mvv4",
)
case(
    "attrgetter",
    "operator.attrgetter on a module",
    pickled(call(call(call(Here(name("_operator", "attrgetter")), "system"), MODULE_OS), MARKER)),
    ("R2", "_operator.attrgetter"),
    "picklescan GHSA-46h3-79wf-xr6c",
)
case(
    "methodcaller",
    "operator.methodcaller on a module",
    pickled(call(call(Here(name("_operator", "methodcaller")), "system", MARKER), MODULE_OS)),
    ("R2", "_operator.methodcaller"),
    "picklescan GHSA-955r-x9j8-7rhh",
)
case(
    "operator_call",
    "operator.call calls its argument",
    pickled(call(Here(name("_operator", "call")), Global("posix", "system"), MARKER)),
    ("R2", "_operator.call"),
)
case(
    "itemgetter",
    "an item of sys.modules by operator.itemgetter",
    pickled(call(call(Here(name("operator", "itemgetter")), "os"), Global("sys", "modules"))),
    ("R2", "operator.itemgetter"),
)
case(
    "getattr_static",
    "inspect.getattr_static walks to a function",
    pickled(call(call(Here(name("inspect", "getattr_static")), MODULE_OS, "system"), MARKER)),
    ("R2", "inspect.getattr_static"),
    "modelscan#330",
)
case(
    "type_hints",
    "typing.get_type_hints evaluates the annotations of a class made by type",
    pickled(
        call(
            Here(name("typing", "get_type_hints")),
            Call(Global("builtins", "type"), "X", (), {"__annotations__": {"x": CODE}}),
        )
    ),
    ("R2", "typing.get_type_hints"),
    "Hugging Face proof of concept xry6",
)
case(
    "forward_ref",
    "typing.ForwardRef._evaluate evaluates its text",
    pickled(
        call(stacked("typing", "ForwardRef._evaluate"), Call(Global("typing", "ForwardRef"), CODE), {}, {}), version=4
    ),
    ("R2", "typing.ForwardRef._evaluate"),
)
case(
    "partial",
    "functools.partial keeps a call, REDUCE makes it",
    pickled(call(call(Here(name("functools", "partial")), Global("posix", "system")), MARKER)),
    ("R2", "functools.partial"),
    "modelscan#330",
)
case(
    "partial_state",
    "BUILD replaces the function within a partial",
    pickled(
        name("functools", "partial"),
        value((Global("builtins", "len"),)),
        b"\x81",
        value(Pieces(b"(", Here(SYSTEM), value((MARKER,)), b"}Nt")),
        b"b",
    ),
)
case(
    "functools_reduce",
    "functools.reduce calls with items of a list",
    pickled(call(Here(name("functools", "reduce")), Global("posix", "system"), [MARKER])),
    ("R2", "functools.reduce"),
)
case(
    "map_in_list",
    "list drains a map",
    pickled(
        call(name("builtins", "list"), Call(Here(Global("builtins", "map")), Global("posix", "system"), [MARKER])),
        version=3,
    ),
    ("R2", "builtins.map"),
)
case(
    "filter_in_set",
    "set drains a filter",
    pickled(
        call(name("builtins", "set"), Call(Here(Global("builtins", "filter")), Global("posix", "system"), [MARKER])),
        version=3,
    ),
    ("R2", "builtins.filter"),
)
case(
    "starmap",
    "deque drains an itertools.starmap",
    pickled(
        call(
            name("collections", "deque"),
            Call(Here(Global("itertools", "starmap")), Global("posix", "system"), [(MARKER,)]),
        )
    ),
    ("R2", "itertools.starmap"),
)
case(
    "iter_sentinel",
    "a callable iterated with a sentinel",
    pickled(
        call(name("builtins", "list"), Call(Here(Global("builtins", "iter")), Global("os", "getpid"), 0)), version=3
    ),
    ("R2", "builtins.iter"),
)
case(
    "sorted_key",
    "sorted calls its key function by way of functools.cmp_to_key",
    pickled(
        call(
            name("builtins", "max"),
            [MARKER, MARKER],
            Call(Here(Global("functools", "cmp_to_key")), Global("posix", "system")),
        ),
        version=3,
    ),
    ("R2", "functools.cmp_to_key"),
)
case(
    "str_format",
    "str.format walks attributes of what it is given",
    pickled(
        call(stacked("builtins", "str.format"), "{0.__init__.__globals__}", Global("collections", "Counter")), version=4
    ),
    ("R2", "builtins.str.format"),
)
case(
    "finalize",
    "weakref.finalize calls when its object dies",
    pickled(
        call(Here(name("weakref", "finalize")), Global("collections", "Counter"), Global("posix", "system"), MARKER)
    ),
    ("R2", "weakref.finalize"),
)
case(
    "exit_stack",
    "contextlib.ExitStack calls back",
    pickled(
        call(
            stacked("contextlib", "ExitStack.callback"),
            Call(Global("contextlib", "ExitStack")),
            Global("posix", "system"),
            MARKER,
        ),
        version=4,
    ),
    ("R2", "contextlib.ExitStack.callback"),
)
case(
    "thread_pool",
    "a future runs it in another thread",
    pickled(
        call(
            stacked("concurrent.futures", "ThreadPoolExecutor.submit"),
            Call(Global("concurrent.futures", "ThreadPoolExecutor"), 1),
            Global("posix", "system"),
            MARKER,
        ),
        version=4,
    ),
    ("R2", "concurrent.futures.ThreadPoolExecutor.submit"),
)
case(
    "method_type",
    "types.MethodType binds it, REDUCE calls it",
    pickled(call(call(Here(name("types", "MethodType")), Global("posix", "system"), MARKER))),
    ("R2", "types.MethodType"),
)
case(
    "type_with_del",
    "a class made by type whose instances call when they die",
    pickled(call(call(Here(name("builtins", "type")), "X", (), {"__del__": Global("os", "getpid")})), version=3),
    ("-", "builtins.type"),
    at=False,
)
case(
    "mock_side_effect",
    "unittest.mock.Mock calls its side effect",
    pickled(call(call(Here(name("unittest.mock", "Mock")), None, Global("posix", "system")), MARKER)),
    ("R2", "unittest.mock.Mock"),
)
case(
    "lazy_loader",
    "importlib.util.LazyLoader and module_from_spec: an import without the word",
    pickled(
        call(
            Here(name("importlib.util", "module_from_spec")), Call(Global("importlib.util", "find_spec"), "antigravity")
        )
    ),
    ("R2", "importlib.util.module_from_spec"),
)
case(
    "sys_modules_get",
    "dict.get on sys.modules",
    pickled(call(stacked("builtins", "dict.get"), Global("sys", "modules"), "os"), version=4),
    ("R2", "builtins.dict.get"),
)
case(
    "joblib_parallel",
    "joblib's own batch of calls",
    pickled(
        call(call(Here(name("joblib.parallel", "BatchedCalls")), [(Global("posix", "system"), (MARKER,), {})], None))
    ),
    ("R2", "joblib.parallel.BatchedCalls"),
)
case(
    "pandas_apply",
    "an allowed frame handed to a method that calls",
    pickled(
        call(stacked("pandas", "Series.map"), Call(Global("pandas", "Series"), [MARKER]), Global("posix", "system")),
        version=4,
    ),
    ("R2", "pandas.Series.map"),
)
case(
    "pandas_query",
    "pandas.DataFrame.query evaluates text",
    pickled(
        call(
            stacked("pandas.core.frame", "DataFrame.query"), Call(Global("pandas", "DataFrame"), {"a": [1]}), "@" + CODE
        ),
        version=4,
    ),
    ("R2", "pandas.core.frame.DataFrame.query"),
)
case(
    "numpy_vectorize",
    "numpy.vectorize calls for each item",
    pickled(call(call(Here(name("numpy", "vectorize")), Global("posix", "system")), MARKER)),
    ("R2", "numpy.vectorize"),
)
case(
    "numpy_frompyfunc",
    "numpy.frompyfunc makes a ufunc of it",
    pickled(call(call(Here(name("numpy", "frompyfunc")), Global("posix", "system"), 1, 1), MARKER)),
    ("R2", "numpy.frompyfunc"),
)
case(
    "sklearn_function",
    "an estimator whose function is called when it transforms",
    pickled(
        name("sklearn.preprocessing._function_transformer", "FunctionTransformer"),
        b")\x81",
        b"}",
        old("func"),
        Here(SYSTEM),
        b"sb",
    ),
)
case(
    "torch_rebuild_from_type",
    "torch._tensor._rebuild_from_type_v2, which weights_only allows, calls its first argument",
    pickled(
        call(
            name("torch._tensor", "_rebuild_from_type_v2"),
            Here(Global("posix", "system")),
            Global("torch", "Tensor"),
            (MARKER,),
            {},
        )
    ),
)
