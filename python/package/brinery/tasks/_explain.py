"""Whether something can be pickled, how large it is then, and what is in the way."""

import types
from collections import deque

from .. import cloudpickle

# Objects that are tried before the search gives up and names the best it has.
_TRIALS = 10_000


class Explanation:
    """What cannot be pickled: `path` leads there from the object, `culprit` is what stands there, `error` is why."""

    def __init__(self, path, culprit, error):
        self.path, self.culprit, self.error = path, culprit, error

    def __str__(self):
        kind = type(self.culprit)
        module = "" if kind.__module__ in ("builtins", "__main__") else kind.__module__ + "."
        what = "%s is a %s%s" % (self.path, module, kind.__qualname__)
        return "%s: %s: %s" % (what, type(self.error).__name__, self.error)

    def __repr__(self):
        return "<Explanation: %s>" % self


class _Counter:
    def __init__(self):
        self.size = 0

    def write(self, data):
        self.size += memoryview(data).nbytes


def can_serialize(obj):
    """Whether `brinery.cloudpickle` can pickle an object. Says nothing about loading it."""
    return _fault(obj) is None


def serialization_size(obj, *, protocol=None):
    """How many bytes the pickle of an object has. They are counted and not kept."""
    counter = _Counter()
    cloudpickle.dump(obj, counter, protocol)
    return counter.size


def explain(obj, name="obj"):
    """`None` if an object can be pickled, else an `Explanation` with the path to what cannot: `obj.jobs[3].lock`.

    The parts of what fails are tried one by one, so its reducers run many times. Of several culprits the one with the
    shortest path is named.
    """
    error = _fault(obj)
    if error is None:
        return None
    best = Explanation(name, obj, error)
    # Only what fails is looked into, what is nearest first. Who has no part that fails is to blame.
    waiting, known, trials = deque([best]), {id(obj): obj}, _TRIALS
    while waiting:
        here = waiting.popleft()
        blameless = False
        for path, part in _parts(here.culprit, here.path):
            if id(part) in known:
                blameless |= part is not here.culprit
                continue
            trials -= 1
            if trials < 0:
                return best
            error = _fault(part)
            if error is not None:
                blameless = True
                known[id(part)] = part
                best = Explanation(path, part, error)
                waiting.append(best)
        if not blameless:
            return here
    return best


def _fault(obj):
    try:
        cloudpickle.dump(obj, _Counter())
    except Exception as error:
        return error
    return None


def _parts(obj, path):
    """What an object is made of, each with the path to it."""
    kind = type(obj)
    if isinstance(obj, dict):
        for key, value in list(obj.items()):
            yield "%s[%s]" % (path, _short(key)), value
        for key in list(obj):
            yield "key %s of %s" % (_short(key), path), key
    elif isinstance(obj, (list, tuple)):
        for at, value in enumerate(list(obj)):
            yield "%s[%d]" % (path, at), value
    elif isinstance(obj, (set, frozenset)):
        for value in list(obj):
            yield "an item of " + path, value
    if isinstance(obj, types.FunctionType):
        yield from _of_function(obj, path)
    elif isinstance(obj, types.MethodType):
        yield path + ".__self__", obj.__self__
        yield path + ".__func__", obj.__func__
    elif isinstance(obj, type):
        for name, value in list(vars(obj).items()):
            value = getattr(value, "__func__", value)
            if name not in ("__dict__", "__weakref__", "__doc__", "__module__"):
                yield "%s.%s" % (path, name), value
        for at, base in enumerate(obj.__bases__):
            yield "%s.__bases__[%d]" % (path, at), base
    elif kind.__module__ != "builtins":
        yield from _of_instance(obj, path)


def _of_function(function, path):
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            yield "%s's variable %s" % (path, name), cell.cell_contents
        except ValueError:
            pass
    names = cloudpickle._extract_code_globals(function.__code__)
    for name in names:
        if name in function.__globals__:
            yield "%s's global %s" % (path, name), function.__globals__[name]
    for at, value in enumerate(function.__defaults__ or ()):
        yield "%s.__defaults__[%d]" % (path, at), value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield "%s.__kwdefaults__[%r]" % (path, name), value
    for name, value in list(vars(function).items()):
        yield "%s.%s" % (path, name), value


def _of_instance(obj, path):
    seen = set()
    for name, value in list(getattr(obj, "__dict__", {}).items()):
        seen.add(id(value))
        yield "%s.%s" % (path, name), value
    for kind in type(obj).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__") and not name.endswith("__"):
                name = "_%s%s" % (kind.__name__.lstrip("_"), name)
            try:
                value = getattr(obj, name)
            except AttributeError:
                continue
            seen.add(id(value))
            yield "%s.%s" % (path, name), value
    yield "the class of " + path, type(obj)
    # What its own reducer brings besides, if it has one.
    try:
        reduced = obj.__reduce_ex__(4)
    except Exception:
        return
    if isinstance(reduced, tuple):
        for at, part in enumerate(reduced):
            state = at == 2 and (part is getattr(obj, "__dict__", None))
            if part is not None and id(part) not in seen and not state and not isinstance(part, types.BuiltinFunctionType):
                yield "%s.__reduce_ex__(4)[%d]" % (path, at), list(part) if at in (3, 4) else part


def _short(key):
    try:
        text = repr(key)
    except Exception:
        return "<%s>" % type(key).__name__
    return text if len(text) <= 60 else text[:57] + "..."
