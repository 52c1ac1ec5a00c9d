"""What the tests of `brinery.cloudpickle` share."""

import os
import subprocess
import sys
import tempfile
import types

import brinery

HERE = os.path.dirname(os.path.abspath(__file__))
SHIM = os.path.join(HERE, "shim")
SITE = os.path.dirname(os.path.dirname(brinery.__file__))


def main_module(source, **names):
    """The names that a script would have defined in `__main__`: nothing in it can be imported elsewhere."""
    module = types.ModuleType("__main__")
    module.__dict__.update(names)
    exec(compile(source, "<script>", "exec"), module.__dict__)
    return types.SimpleNamespace(**{name: value for name, value in vars(module).items() if name[:2] != "__"})


def fresh(data, expression, loader="pickle", flags=("-I",), python=sys.executable, **environment):
    """What an expression of `loaded` gives in a new process, as text."""
    with tempfile.NamedTemporaryFile(suffix=".pkl", delete=False) as file:
        file.write(data)
    code = "import sys; sys.path[:0] = %r; import %s as loader; loaded = loader.load(open(%r, 'rb')); print(repr(%s))" % (
        [SHIM, SITE] if loader == "brinery" else [],
        loader,
        file.name,
        expression,
    )
    try:
        done = subprocess.run(
            [python, *flags, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
    finally:
        os.unlink(file.name)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return done.stdout.decode().rstrip("\n")
