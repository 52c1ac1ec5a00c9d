"""Read a pickle with CPython's own C unpickler without importing or calling anything.

`load` runs the C `pickle.Unpickler`, so every decision about the bytes is the
interpreter's.  Only what a pickle may ask of the outside world is replaced: each
import, each call of something imported and each persistent object becomes an
*opaque* that merely writes down what is done to it.

`canon` renders the outcome as a text meant for comparison by machines, `display`
as a text meant for people.  Both are described in `tests/vectors/README.md`.

Needs CPython 3.8 or newer.
"""

import _compat_pickle
import contextlib
import copyreg
import io
import pickle
import re
import struct
import sys

# A canonical text longer than this is replaced as a whole by TOO_LONG: a few bytes of
# pickle can describe a tuple whose text has 2**60 characters.
CANON_LIMIT = 2_000_000
TOO_LONG = "<too long>"
TOO_DEEP = "<too deep>"

# The C unpickler does not tell which protocol is in force, but its own find_class
# consults this table in protocols 0-2 only.  A name that exists nowhere except in the
# table therefore reveals on which side of the border a lookup happens; `sys` is
# always loaded, so asking imports nothing.
_PROBE = ("sys", "<is the protocol below 3?>")
_compat_pickle.NAME_MAPPING[_PROBE] = ("sys", "byteorder")


class Record:
    """Where one opaque came from and what was done to it afterwards."""

    __slots__ = ("recorder", "serial", "kind", "parts", "steps", "printing")

    def __init__(self, recorder, serial, kind, parts):
        self.recorder = recorder
        self.serial = serial
        self.kind = kind  # import, call, new, newex, persistent
        self.parts = parts
        self.steps = []  # (kind, [items]); for build the one item is the state
        self.printing = False

    def note(self, kind, items):
        """Consecutive steps of a kind are one step: a pickler's batches carry no meaning."""
        if self.steps and self.steps[-1][0] == kind != "build":
            self.steps[-1][1].extend(items)
        else:
            self.steps.append((kind, list(items)))


class Opaque(type):
    """The type of all opaques.

    An opaque has to be a type itself: NEWOBJ and NEWOBJ_EX refuse anything else.  The
    attributes the unpickler looks for are properties of this metaclass, because data
    descriptors win over whatever the class itself may have under the same name.
    """

    extend = property(lambda cls: lambda items: cls._record.note("extend", items))
    append = property(lambda cls: lambda item: cls._record.note("extend", [item]))
    add = property(lambda cls: lambda item: cls._record.note("add", [item]))
    __setstate__ = property(lambda cls: lambda state: cls._record.note("build", [state]))

    def __setitem__(cls, key, value):
        cls._record.note("setitem", [(key, value)])

    def __call__(cls, /, *args, **kwargs):
        return cls._record.recorder.called(cls, args, kwargs)

    def __repr__(cls):
        return _display_opaque(cls._record)


class _Base(metaclass=Opaque):
    __slots__ = ()
    _record = None

    # The slash keeps a keyword argument called `cls` possible.
    def __new__(cls, /, *args, **kwargs):
        return cls._record.recorder.created(cls, args, kwargs)


class Buffer(bytes):
    """Stands for the out-of-band buffer number `index`."""

    def __new__(cls, index):
        self = super().__new__(cls, b"%d" % index)
        self.index = index
        return self

    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other

    def __repr__(self):
        return "<buffer %d>" % self.index


def _evaluate(module, name, args):
    """The value of the few calls that picklers write for plain data, else NotImplemented.

    Errors (a character above 255, an unhashable item) are the stream's own and propagate.
    """
    shape = tuple(map(type, args))
    if module == "_codecs" and name == "encode":
        if shape == (str, str) and args[1] == "latin1":
            return args[0].encode("latin1")
    elif module == "builtins":
        if name == "set" and shape == (list,):
            return set(args[0])
        if name == "frozenset" and shape == (list,):
            return frozenset(args[0])
        if name == "bytes" and shape == ():
            return b""
        if name == "bytearray":
            if shape in ((), (bytes,)) or (shape == (str, str) and args[1] == "latin-1"):
                return bytearray(*args)
    return NotImplemented


class Recorder:
    """Makes the opaques of one load.

    Apart from the unpickler, because opaques refer to their recorder for ever, whereas the
    unpickler and its memo, which may be huge, have to go when the load is over.
    """

    def __init__(self):
        self.opaques = []
        self.imports = {}

    def opaque(self, kind, *parts):
        record = Record(self, len(self.opaques) + 1, kind, parts)
        opaque = type.__new__(Opaque, "opaque", (_Base,), {"__slots__": (), "_record": record})
        self.opaques.append(opaque)
        return opaque

    def imported(self, pair):
        if pair not in self.imports:
            self.imports[pair] = self.opaque("import", *pair)
        return self.imports[pair]

    def called(self, target, args, kwargs):
        if kwargs:
            raise AssertionError("the unpickler passes no keywords to a call")
        record = target._record
        if record.kind == "import":
            value = _evaluate(*record.parts, args)
            if value is not NotImplemented:
                return value
        return self.opaque("call", target, args)

    def created(self, cls, args, kwargs):
        if kwargs:
            return self.opaque("newex", cls, args, kwargs)
        return self.opaque("new", cls, args)


class InertUnpickler(pickle.Unpickler):
    """The C unpickler with its ways out (imports and, with them, calls; persistent ids) closed."""

    def __init__(self, file, recorder, **options):
        super().__init__(file, **options)
        self.recorder = recorder

    def _maps_names(self):
        try:
            super().find_class(*_PROBE)
        except AttributeError:
            return False
        return True

    def find_class(self, module, name):
        # C hands over the names as they stand in the stream and maps Python 2's names to
        # Python 3's inside the method overridden here, so the mapping is redone.
        pair = (module, name)
        mapped = _compat_pickle.NAME_MAPPING.get(pair)
        if mapped is None:
            mapped = (_compat_pickle.IMPORT_MAPPING.get(module, module), name)
        if mapped != pair and self._maps_names():
            pair = mapped
        return self.recorder.imported(pair)

    def persistent_load(self, pid):
        return self.recorder.opaque("persistent", pid)


def load(data, *, buffers=None, **options):
    """Read one pickle; returns (root, opaques).

    `buffers` is the number of out-of-band buffers; `encoding`, `errors` and `fix_imports`
    are those of pickle.loads().
    """
    # C caches what an extension code led to in a table shared by all unpicklers.
    copyreg.clear_extension_cache()
    if buffers is not None:
        options["buffers"] = [Buffer(index) for index in range(buffers)]
    recorder = Recorder()
    # BytesIO offers no peek(), so that C asks for exactly the bytes it wants, and a
    # claimed length beyond the end is a short read instead of an allocation.
    root = InertUnpickler(io.BytesIO(data), recorder, **options).load()
    return root, recorder.opaques


@contextlib.contextmanager
def _no_digit_limit():
    """Lifted for printing only: while reading, the limit is part of the behaviour observed."""
    change = getattr(sys, "set_int_max_str_digits", lambda limit: None)
    before = getattr(sys, "get_int_max_str_digits", lambda: 0)()
    change(0)
    try:
        yield
    finally:
        change(before)


# --- canonical text -----------------------------------------------------------------


class _TooLong(Exception):
    pass


class _Text(str):
    """A piece of output waiting among the values still to be written."""


_COMMA, _COLON = _Text(", "), _Text(": ")
_TO_ESCAPE = re.compile(r'[^ !#-\[\]-~]')


class _SetItems:
    """Collects the texts of a set's items, to write them sorted.

    Items are hashable, so none of them contains anything that takes a label and the
    order of rendering them does not show.
    """

    def __init__(self, items, writer):
        self.waiting = list(items)
        self.texts = []
        self.outer = writer.out
        self.started = False

    def advance(self, writer, stack):
        if self.started:
            self.texts.append("".join(writer.out))
        self.started = True
        if self.waiting:
            writer.out = []
            stack += (self, self.waiting.pop())
        else:
            writer.out = self.outer
            writer.count(2 * max(0, len(self.texts) - 1))
            writer.out.append(", ".join(sorted(self.texts)))


class _CanonWriter:
    """Writes values with a stack of its own, so that no depth of nesting is too deep."""

    def __init__(self):
        self.out = []
        self.size = 0
        self.labels = {}

    def count(self, amount):
        self.size += amount
        if self.size > CANON_LIMIT:
            raise _TooLong

    def emit(self, text):
        self.count(len(text))
        self.out.append(text)

    def write(self, value):
        self.run([value])

    def run(self, stack):
        while stack:
            item = stack.pop()
            kind = type(item)
            if kind is _Text:
                self.emit(item)
            elif kind is _SetItems:
                item.advance(self, stack)
            elif kind in _SCALARS:
                self.emit(_SCALARS[kind](item))
            elif kind is Opaque:
                self.emit("@%d" % item._record.serial)
            elif kind in _CONTAINERS:
                _CONTAINERS[kind](self, item, stack)
            else:
                raise AssertionError("no unpickler should have made a %r" % kind)

    def label(self, item):
        """The label of a mutable value if this is its first visit, else None after `#n`."""
        number = self.labels.get(id(item))
        if number is not None:
            self.emit("#%d" % number)
            return None
        number = self.labels[id(item)] = len(self.labels) + 1
        return "#%d" % number

    def tuple_(self, item, stack):
        self.emit("(")
        self.items(item, stack, ")")

    def list_(self, item, stack):
        label = self.label(item)
        if label:
            self.emit("[" + label + (" " if item else ""))
            self.items(item, stack, "]")

    def dict_(self, item, stack):
        label = self.label(item)
        if label:
            self.emit("{" + label + (" " if item else ""))
            self.pairs(item.items(), stack, "}")

    def items(self, items, stack, close):
        pieces = [_COMMA] * (2 * len(items) - 1)
        pieces[::2] = items
        stack.append(_Text(close))
        stack.extend(reversed(pieces))

    def pairs(self, pairs, stack, close):
        flat = []
        for key, value in pairs:
            flat += (key, _COLON, value, _COMMA)
        stack.append(_Text(close))
        stack.extend(reversed(flat[:-1]))

    def set_(self, item, stack):
        label = self.label(item)
        if label:
            self.emit("set" + label)
            self.frozenset_(item, stack, opening="(")

    def frozenset_(self, item, stack, opening="frozenset("):
        self.emit(opening)
        stack += (_Text(")"), _SetItems(item, self))

    def bytearray_(self, item, stack):
        label = self.label(item)
        if label:
            self.emit("bytearray%s(%s)" % (label, item.hex()))

    def memoryview_(self, item, stack):
        """What READONLY_BUFFER makes of a bytearray."""
        self.emit("readonly(")
        stack += (_Text(")"), item.obj)

    def opaque(self, record):
        self.emit("\n@%d = %s" % (record.serial, record.kind))
        for part in record.parts:
            self.emit(" ")
            self.write(part)
        for kind, items in record.steps:
            self.emit(" %s " % kind)
            if kind == "build":
                self.write(items[0])
            elif kind == "setitem":
                self.emit("(")
                stack = []
                self.pairs(items, stack, ")")
                self.run(stack)
            else:
                self.write(tuple(items))


def _int(value):
    # 0.301 is below log10(2): an int this large is certain to break the limit.
    if value.bit_length() * 0.301 > CANON_LIMIT:
        raise _TooLong
    return "i%d" % value


def _float(value):
    return "fnan" if value != value else "f" + struct.pack(">d", value).hex()


def _str(value):
    return 's"%s"' % _TO_ESCAPE.sub(lambda match: "\\u{%x}" % ord(match.group()), value)


_SCALARS = {
    type(None): str,
    bool: str,
    int: _int,
    float: _float,
    str: _str,
    bytes: lambda value: "b" + value.hex(),
    Buffer: repr,
}
_CONTAINERS = {
    tuple: _CanonWriter.tuple_,
    list: _CanonWriter.list_,
    dict: _CanonWriter.dict_,
    set: _CanonWriter.set_,
    frozenset: _CanonWriter.frozenset_,
    bytearray: _CanonWriter.bytearray_,
    memoryview: _CanonWriter.memoryview_,
}


def canon(root, opaques):
    """The canonical text: the root, then a line for every opaque that was ever made."""
    writer = _CanonWriter()
    try:
        with _no_digit_limit():
            writer.write(root)
            for opaque in opaques:
                writer.opaque(opaque._record)
    except _TooLong:
        return TOO_LONG
    return "".join(writer.out)


# --- text for people ----------------------------------------------------------------


def _joined(items):
    return ", ".join(map(repr, items))


def _display_opaque(record):
    if record.printing:
        return "..."
    record.printing = True
    try:
        return _display_origin(record) + "".join(_display_step(*step) for step in record.steps)
    finally:
        record.printing = False


def _display_origin(record):
    if record.kind == "import":
        return "%s.%s" % record.parts
    if record.kind == "persistent":
        return "<persistent id %r>" % record.parts
    target, args, *keywords = record.parts
    shown = [repr(arg) for arg in args]
    shown += ["%s=%r" % pair for pair in (keywords[0].items() if keywords else ())]
    return "%r(%s)" % (target, ", ".join(shown))


def _display_step(kind, items):
    if kind == "extend":
        return " + [%s]" % _joined(items)
    if kind == "setitem":
        return " + {%s}" % ", ".join("%r: %r" % pair for pair in items)
    if kind == "add":
        return " + {%s}" % _joined(items)
    return " | %r" % (items[0],)


def display(root):
    """Python's repr() of what was read, opaques included."""
    try:
        with _no_digit_limit():
            text = repr(root)
    except RecursionError:
        return TOO_DEEP
    if "<memory at 0x" in text:
        raise ValueError("a memoryview has no reproducible repr: " + text[:200])
    return text
