"""What writing and loading share. It imports nothing that a pickle could have forgotten to import."""

import sys


def raised(call, *args):
    """The name of the exception that a call ends with; uses of kinds may call this."""
    try:
        call(*args)
    except Exception as error:
        return type(error).__name__
    return "nothing raised"


def space():
    """The globals of a use: not those of the module whose functions it looks at."""
    return {"raised": raised, "__name__": "use", "__builtins__": __builtins__}


def text_of(error):
    """An exception in one line."""
    text = "%s: %s" % (type(error).__name__, error)
    return " ".join(text.split())[:300]


def guarded(call, *args):
    """Calls, whatever happens: what it returns and None, or None and the error."""
    try:
        return call(*args), None
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:
        return None, text_of(error)


def at_least(version):
    return sys.version_info[:2] >= tuple(version)
