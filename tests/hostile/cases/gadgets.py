"""Gaps in lists: one importable name each that runs, writes, connects or stops something when it is called.

A list of bad names has to have them all. Each is written in one of the forms that picklers use.
"""

from wire import MARKER, Call, Global, case, reduced

CODE = "print('brinery-hostile-corpus')"
PICKLESCAN = "picklescan "
FICKLING = "fickling "

# module, name, arguments, where it is known from
GADGETS = [
    # commands
    ("os", "system", (MARKER,), "pickle documentation"),
    ("posix", "system", (MARKER,), "pickle documentation"),
    ("nt", "system", (MARKER,), "pickle documentation"),
    ("os", "popen", (MARKER,), "picklescan's list"),
    ("os", "execvp", ("echo", ["echo", MARKER]), "picklescan's list"),
    ("posix", "posix_spawn", ("/bin/echo", ["echo", MARKER], {}), "picklescan's list"),
    ("subprocess", "Popen", (["echo", MARKER],), "picklescan's list"),
    ("subprocess", "check_output", (["echo", MARKER],), "picklescan's list"),
    ("_posixsubprocess", "fork_exec", (["echo"], [b"/bin/echo"], True), "brinery"),
    ("pty", "spawn", ("echo",), PICKLESCAN + "GHSA-vqmv-47xg-9wpr, fickling GHSA-r7v6-mfhq-g3m2"),
    ("pydoc", "pipepager", ("brinery", MARKER), PICKLESCAN + "GHSA-84r2-jw7c-4r5q"),
    ("_pyrepl.pager", "pipe_pager", ("brinery", MARKER), PICKLESCAN + "GHSA-g38g-8gr9-h9xp"),
    ("_osx_support", "_read_output", (MARKER,), PICKLESCAN + "GHSA-g38g-8gr9-h9xp"),
    ("_osx_support", "_find_build_tool", ("x; " + MARKER,), FICKLING + "GHSA-5hwf-rc88-82xm"),
    ("_aix_support", "_read_cmd_output", (MARKER,), PICKLESCAN + "GHSA-g38g-8gr9-h9xp"),
    ("uuid", "_get_command_stdout", ("echo", "brinery"), PICKLESCAN + "GHSA-g38g-8gr9-h9xp"),
    ("imaplib", "IMAP4_stream", (MARKER,), PICKLESCAN + "GHSA-g38g-8gr9-h9xp"),
    ("test.support.script_helper", "assert_python_ok", ("-c", CODE), PICKLESCAN + "GHSA-g38g-8gr9-h9xp"),
    (
        "asyncio.unix_events",
        "_UnixSubprocessTransport._start",
        ({"_loop": None}, [MARKER], True, None, None, None, 0),
        PICKLESCAN + "GHSA-q77w-mwjj-7mqx",
    ),
    ("multiprocessing.util", "spawnv_passfds", (b"/bin/echo", ["echo", MARKER], []), FICKLING + "GHSA-q5qq-mvfm-j35x"),
    ("distutils.spawn", "spawn", (["echo", MARKER],), "brinery"),
    ("pipes", "Template.open", (), "saferpickle's list"),
    ("platform", "_syscmd_ver", ("", "", "", ("win32",)), "brinery"),
    ("webbrowser", "open", ("about:blank",), "modelscan's list"),
    ("numpy.f2py.diagnose", "run_command", (MARKER,), "ragflow#1240"),
    ("numpy.distutils.exec_command", "exec_command", (MARKER,), "brinery"),
    ("torch.utils.collect_env", "run", (MARKER,), PICKLESCAN + "GHSA-f745-w6jp-hpxx"),
    ("torch._inductor.codecache", "compile_file", ("brinery.cpp", "brinery.so", "echo"), "arXiv:2508.19774"),
    # code
    ("builtins", "eval", (CODE,), "picklescan's list"),
    ("builtins", "exec", (CODE,), "picklescan's list"),
    ("builtins", "compile", (CODE, "", "exec"), "picklescan's list"),
    ("builtins", "__import__", ("brinery_hostile_corpus",), "picklescan's list"),
    ("builtins", "breakpoint", (), "picklescan's list"),
    ("builtins", "open", ("/tmp/brinery-hostile-corpus", "w"), "picklescan's list"),
    ("pip", "main", (["download", "brinery-hostile-corpus"],), "CVE-2025-1716"),
    ("pip._internal.cli.main", "main", (["--version"],), "brinery"),
    ("ensurepip", "_run_pip", (["--version"],), PICKLESCAN + "GHSA-xp4f-hrf8-rxw7"),
    ("timeit", "timeit", (CODE,), "fickling's list"),
    ("cProfile", "run", (CODE,), PICKLESCAN + "GHSA-49gj-c84q-6qm9, fickling GHSA-p523-jq9w-64x9"),
    ("profile", "Profile.runctx", (None, CODE, {}, {}), PICKLESCAN + "GHSA-6vqj-c2q5-j97w"),
    ("trace", "Trace.run", (None, CODE), PICKLESCAN + "GHSA-5qwp-399c-mjwf"),
    ("runpy", "_run_code", (CODE, {}), FICKLING + "GHSA-wfq2-52f7-7qvj"),
    ("runpy", "run_path", ("/tmp/brinery-hostile-corpus.py",), FICKLING + "GHSA-q5qq-mvfm-j35x"),
    ("code", "InteractiveInterpreter.runcode", (None, CODE), PICKLESCAN + "GHSA-cj3c-v495-4xqh"),
    ("doctest", "debug_script", (CODE,), PICKLESCAN + "GHSA-fqq6-7vqf-w3fg"),
    ("bdb", "Bdb.run", (None, CODE), "picklescan's list"),
    ("pdb", "run", (CODE,), "picklescan's list"),
    ("idlelib.run", "Executive.runcode", (None, CODE), PICKLESCAN + "GHSA-m869-42cg-3xwr"),
    ("idlelib.pyshell", "ModifiedInterpreter.runcommand", (None, CODE), PICKLESCAN + "GHSA-j343-8v2j-ff7w"),
    ("idlelib.autocomplete", "AutoComplete.get_entity", (None, CODE), PICKLESCAN + "GHSA-6w4w-5w54-rjvr"),
    ("idlelib.calltip", "get_entity", (CODE,), PICKLESCAN + "GHSA-9xph-j2h6-g47v"),
    ("idlelib.debugobj", "ObjectTreeItem.SetText", ({}, CODE), PICKLESCAN + "GHSA-3vg9-h568-4w9m"),
    ("lib2to3.pgen2.pgen", "ParserGenerator.make_label", ({}, {}, CODE), PICKLESCAN + "GHSA-p9w7-82w4-7q8m"),
    ("dataclasses", "_create_fn", ("brinery", [], [CODE]), "brinery"),
    ("rlcompleter", "Completer.attr_matches", (None, CODE + ".x"), "brinery"),
    (
        "types",
        "CodeType",
        (0, 0, 0, 0, 0, 0, b"d\0S\0", (None,), (), (), "x", "x", "x", 1, b"", b""),
        "fickling GHSA-565g-hwwr-4pp3",
    ),
    ("types", "FunctionType", (None, {}), FICKLING + "GHSA-565g-hwwr-4pp3"),
    ("_xxsubinterpreters", "run_string", (1, CODE), "fickling's list"),
    ("_interpreters", "run_string", (0, CODE), "fickling's list"),
    ("_testcapi", "run_in_subinterp", (CODE,), "brinery"),
    ("site", "addsitedir", ("/tmp/brinery-hostile-corpus",), "brinery: .pth files are executed"),
    ("imp", "load_source", ("brinery", "/tmp/brinery-hostile-corpus.py"), "fickling's list"),
    ("importlib.machinery", "SourceFileLoader.load_module", (None,), "brinery"),
    ("zipimport", "zipimporter.load_module", (None, "brinery"), "brinery"),
    ("unittest", "main", ("brinery_hostile_corpus",), "brinery"),
    ("venv", "create", ("/tmp/brinery-hostile-corpus",), FICKLING + "GHSA-6ggj-6f2q-f7mx"),
    ("setuptools.sandbox", "run_setup", ("/tmp/brinery-hostile-corpus.py", []), "brinery"),
    ("pkg_resources", "run_script", ("brinery", "hostile"), "brinery"),
    ("six", "exec_", (CODE,), "brinery"),
    ("numpy.testing._private.utils", "runstring", (CODE, {}), "picklescan's list"),
    ("numpy.f2py.crackfortran", "getlincoef", (CODE, {}), PICKLESCAN + "GHSA-r8g5-cgf2-4m4m"),
    ("pandas.core.computation.eval", "eval", ("1",), "brinery"),
    ("numexpr", "evaluate", ("1",), "brinery"),
    ("sympy", "sympify", (CODE,), "brinery"),
    ("scipy._lib.decorator", "FunctionMaker.create", ("f()", CODE, {}), "brinery"),
    ("torch.jit.unsupported_tensor_ops", "execWrapper", (CODE, {}, {}), PICKLESCAN + "GHSA-vr7h-p6mm-wpmh"),
    ("torch._dynamo.guards", "GuardBuilder.get", (None, CODE), PICKLESCAN + "GHSA-86cj-95qr-2p4f"),
    ("torch.utils.bottleneck.__main__", "run_cprofile", (CODE, {}), PICKLESCAN + "GHSA-4r9r-ch6f-vxmx"),
    (
        "torch.fx.experimental.symbolic_shapes",
        "ShapeEnv.evaluate_guards_expression",
        (None, CODE, []),
        PICKLESCAN + "GHSA-f4x7-rfwp-v3xw",
    ),
    ("torch.utils.cpp_extension", "load_inline", ("brinery", ""), "brinery"),
    ("torch.hub", "load", ("brinery/none", "none"), "arXiv:2508.19774"),
    ("torch.ops", "load_library", ("/tmp/brinery-hostile-corpus.so",), "brinery"),
    ("cloudpickle.cloudpickle", "_make_function", (None, {}, "f", (), ()), "brinery: functions by value"),
    ("dill._dill", "_create_function", (None, {}), "brinery: functions by value"),
    # native code
    (
        "ctypes",
        "CDLL",
        ("brinery-hostile-corpus.so",),
        PICKLESCAN + "GHSA-4675-36f9-wf6r, fickling GHSA-5hvc-6wx8-mvv4",
    ),
    ("_ctypes", "dlopen", ("brinery-hostile-corpus.so", 1), "brinery"),
    ("cffi", "FFI.dlopen", (None, "brinery-hostile-corpus.so"), "brinery"),
    ("numpy.ctypeslib", "load_library", ("brinery-hostile-corpus", "."), "brinery"),
    ("faulthandler", "_sigsegv", (), "brinery"),
    # files
    ("io", "FileIO", ("/tmp/brinery-hostile-corpus", "w"), FICKLING + "GHSA-r48f"),
    ("logging", "FileHandler", ("/tmp/brinery-hostile-corpus",), "picklescan's list"),
    ("distutils.file_util", "write_file", ("/tmp/brinery-hostile-corpus", []), PICKLESCAN + "GHSA-m273-6v24-x4m4"),
    ("shutil", "rmtree", ("/tmp/brinery-hostile-corpus",), "picklescan's list"),
    ("pathlib", "Path.write_text", (Call(Global("pathlib", "PurePosixPath"), "brinery"), "x"), "brinery"),
    ("linecache", "getlines", ("/tmp/brinery-hostile-corpus",), "picklescan's list"),
    ("numpy", "memmap", ("/tmp/brinery-hostile-corpus", "u1", "w+"), "brinery"),
    ("numpy", "fromfile", ("/tmp/brinery-hostile-corpus",), "brinery"),
    ("sqlite3", "connect", ("/tmp/brinery-hostile-corpus",), "fickling's list"),
    ("dbm.dumb", "open", ("/tmp/brinery-hostile-corpus", "n"), "brinery"),
    # network
    ("socket", "create_connection", (("127.0.0.1", 9),), "picklescan's list"),
    ("urllib.request", "urlopen", ("http://127.0.0.1:9/",), "picklescan's list"),
    ("smtplib", "SMTP", ("127.0.0.1",), FICKLING + "GHSA-mxhj-88fx-4pcv"),
    ("ftplib", "FTP", ("127.0.0.1",), "fickling's list"),
    ("multiprocessing.connection", "Client", (("127.0.0.1", 9),), "brinery"),
    ("xmlrpc.client", "ServerProxy", ("http://127.0.0.1:9/",), "brinery"),
    ("logging.config", "listen", (9,), "brinery"),
    # the process
    ("signal", "raise_signal", (0,), "fickling's list"),
    ("os", "abort", (), "picklescan's list"),
    ("sys", "exit", (0,), "picklescan's list"),
    ("sys", "settrace", (None,), "picklescan's list"),
    ("resource", "setrlimit", (7, (0, 0)), "brinery"),
    ("atexit", "register", (Global("builtins", "print"), "brinery"), "brinery: runs when Python ends"),
    ("threading", "Timer", (0, Global("builtins", "print")), "brinery"),
]

# A class that numpy's arrays may be of, so that its policy lists it, but not to be called like this.
LISTED = ("numpy.memmap",)

for index, (module, qualname, args, source) in enumerate(GADGETS):
    version = 4 if "." in qualname else (2, 4, 0, 3, 5)[index % 5]
    shown = f"{module}.{qualname}"
    data = reduced(module, qualname, *args, version=version)
    # What some policy lists breaks another rule there.
    rule = "-" if shown in LISTED else "R2"
    case(f"{shown}.pkl", f"calls {shown}", data, (rule, shown), source, at=rule != "-")
