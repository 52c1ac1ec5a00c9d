"""Tasks and what becomes of them, as bytes.

A task is the pickle of `{"fn": …, "args": (…), "kwargs": {…}}`. What comes back is that of `{"result": value}` or of
`{"error": {"class": …, "message": …, "traceback": …, "exception": bytes}}`; the outer dict is always the worker's, so a
result that looks like one of these is a result all the same. The Rust crate's `brinery::task` writes and reads both.
"""

import sys
import traceback

from .. import cloudpickle

_PARTS = {"class", "message", "traceback"}


class RemoteError(Exception):
    """An exception of a task that cannot be had here as itself: its class cannot be imported, or cannot be pickled."""

    def __init__(self, kind, message, traceback, reason=None):
        super().__init__(kind, message, traceback, reason)
        # The class with its module; its message; the traceback as text; why this stands for it.
        self.kind, self.message, self.traceback, self.reason = kind, message, traceback, reason

    def __str__(self):
        what = self.kind + (": " + self.message if self.message else "")
        return what + (" (%s)" % self.reason if self.reason else "")


class RemoteTraceback(Exception):
    """Before Python 3.11, which has notes, the cause of a task's exception: the traceback as text."""

    def __str__(self):
        return "\n" + str(self.args[0])


def pack_task(fn, args=(), kwargs=None, *, protocol=None):
    """The bytes of the call `fn(*args, **kwargs)`; functions and classes in it travel by value."""
    return cloudpickle.dumps({"fn": fn, "args": tuple(args), "kwargs": dict(kwargs or {})}, protocol)


def execute_task(payload, *, protocol=None):
    """Makes the call that `pack_task` packed and gives the bytes of its result, or of the exception that ended it.

    It raises nothing: what cannot be loaded, and a result that cannot be packed, become the exception of the task, too.
    """
    try:
        task = cloudpickle.loads(payload)
        result = task["fn"](*task["args"], **task["kwargs"])
    except BaseException as error:
        return pack_error(error, protocol=protocol, skip=1)
    try:
        return pack_result(result, protocol=protocol)
    except BaseException as error:
        return pack_error(error, protocol=protocol, skip=1, more=_where(result))


def pack_result(result, *, protocol=None):
    """The bytes of a task's result. An exception that is given here is a result, too; see `pack_error`."""
    return cloudpickle.dumps({"result": result}, protocol)


def pack_error(error, *, protocol=None, skip=0, more=""):
    """The bytes that say that a task ended with this exception.

    `skip` is how many of the outermost frames its traceback leaves out, `more` is text to stand behind it.
    """
    return cloudpickle.dumps({"error": _record(error, protocol, skip, more)}, protocol)


def unpack_result(payload):
    """The result that `execute_task` or `pack_result` packed; if it was an exception, that is raised.

    It has the remote traceback in its notes; before Python 3.11, as its cause. If the exception cannot be loaded here, a
    `RemoteError` is raised that says so.
    """
    outcome = cloudpickle.loads(payload)
    if type(outcome) is dict and len(outcome) == 1:
        if "result" in outcome:
            return outcome["result"]
        record = outcome.get("error")
        if type(record) is dict and _PARTS <= set(record) <= _PARTS | {"exception"}:
            raise _exception(record)
    raise ValueError("neither the result of a task nor its error")


def _record(error, protocol, skip, more):
    kind = type(error)
    frames = error.__traceback__
    for _ in range(skip):
        frames = frames and frames.tb_next
    try:
        text = "".join(traceback.format_exception(kind, error, frames)) + more
    except Exception as another:
        text = "%s, and no traceback: %s in its __str__\n" % (kind.__qualname__, type(another).__name__)
    record = {"class": "%s.%s" % (kind.__module__, kind.__qualname__), "message": _text(error), "traceback": text}
    try:
        record["exception"] = cloudpickle.dumps(error, protocol)
    except Exception:
        # The text has to do.
        pass
    return record


def _text(error):
    try:
        return str(error)
    except Exception as another:
        return "<no message: %s>" % type(another).__name__


def _where(result):
    from ._explain import explain

    try:
        found = explain(result, "result")
    except Exception:
        return ""
    return "The task's result cannot be sent: %s\n" % found if found else ""


def _exception(record):
    """The exception of a record, with its traceback."""
    text = record["traceback"]
    if "exception" not in record:
        error, reason = None, "which cannot be pickled"
    else:
        try:
            error, reason = cloudpickle.loads(record["exception"]), "what was sent is no exception"
        except Exception as why:
            error, reason = None, "which cannot be loaded here: %s: %s" % (type(why).__name__, _text(why))
    if not isinstance(error, BaseException):
        error = RemoteError(record["class"], record["message"], text, reason)
    if sys.version_info >= (3, 11):
        error.add_note("Remote traceback:\n" + text.rstrip("\n"))
    else:
        error.__cause__ = RemoteTraceback(text)
    return error
