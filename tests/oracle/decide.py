"""What does CPython's C unpickler make of this stream?  Answers many such questions.

    python decide.py [--encoding ENCODING] [--ext MODULE:NAME:CODE]...

stdin:  any number of  u32 little-endian length, stream
stdout: for each       u32 little-endian length, UTF-8 text

The text is one of
    value CANON           the stream loads; see canon() in inert.py
    error NAME: MESSAGE   the unpickler raised this exception
    broken NAME: MESSAGE  the stream loads but this oracle failed to describe it, which
                          is an error of the oracle and never an answer

Answers are flushed whenever no complete question is left in the input, so both a caller
that waits for each answer and one that writes everything from another thread work.
There is no limit on time: a hash of nested tuples can take 2**n steps.
"""

import argparse
import copyreg
import gc
import os
import resource
import sys
import threading
import warnings

import inert

ADDRESS_SPACE = 3 << 30
# tuple hashing recurses in C without any check.  Streams nest deeper than the stack of the
# main thread allows, hence a thread with a large one; pages are only used when touched.
STACK = 512 << 20


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoding", default="ASCII")
    parser.add_argument("--ext", action="append", default=[], metavar="MODULE:NAME:CODE")
    options = parser.parse_args()
    for entry in options.ext:
        module, name, code = entry.rsplit(":", 2)
        # add_extension() would insist on one code per name; only the inverse matters here.
        copyreg._inverted_registry[int(code)] = (module, name)
    return options


def describe(prefix, error):
    try:
        message = str(error)
    except BaseException as problem:
        message = "<no message: %s>" % type(problem).__name__
    return "%s %s: %s" % (prefix, type(error).__name__, message)


def load(stream, encoding):
    try:
        return inert.load(stream, encoding=encoding)
    except MemoryError:
        pass
    # Opaques are cyclic garbage: those of earlier streams may have filled the address space.
    gc.collect()
    return inert.load(stream, encoding=encoding)


def decide(stream, encoding):
    try:
        root, opaques = load(stream, encoding)
    except BaseException as error:
        # The traceback keeps everything read so far alive; after a MemoryError the
        # message needs that room.
        error.__traceback__ = None
        return describe("error", error)
    try:
        return "value " + inert.canon(root, opaques)
    except BaseException as error:
        error.__traceback__ = None
        return describe("broken", error)


def write_all(data):
    view = memoryview(data)
    while view:
        view = view[os.write(1, view):]


def serve(encoding):
    """Plain file descriptors, because a buffered reader hides whether more is there."""
    waiting = bytearray()
    while True:
        chunk = os.read(0, 1 << 20)
        waiting += chunk
        start = 0
        answers = bytearray()
        while len(waiting) - start >= 4:
            begin = start + 4
            end = begin + int.from_bytes(waiting[start:begin], "little")
            if end > len(waiting):
                break
            text = decide(bytes(waiting[begin:end]), encoding).encode("utf-8", "backslashreplace")
            answers += len(text).to_bytes(4, "little") + text
            if len(answers) > 1 << 16:
                write_all(answers)
                answers = bytearray()
            start = end
        write_all(answers)
        del waiting[:start]
        if not chunk:
            break
    if waiting:
        raise SystemExit("decide: the input ends within a stream (%d bytes left)" % len(waiting))


def ignore_bytearray_bug(kind, error, traceback):
    """CPython prints this whenever BYTEARRAY8 asks for more memory than there is: it
    deallocates a bytearray whose count of exports was never set.  A caller that does not
    read stderr would get stuck on many such lines."""
    if str(error) != "deallocated bytearray object has exported buffers":
        sys.__excepthook__(kind, error, traceback)


def main():
    options = parse_arguments()
    sys.excepthook = ignore_bytearray_bug
    warnings.simplefilter("ignore")
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = ADDRESS_SPACE if hard == resource.RLIM_INFINITY else min(ADDRESS_SPACE, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    gc.freeze()

    outcome = []

    def run():
        try:
            serve(options.encoding)
            outcome.append(None)
        except BaseException as error:
            outcome.append(error)

    threading.stack_size(STACK)
    worker = threading.Thread(target=run)
    worker.start()
    worker.join()
    if outcome[0] is not None:
        raise outcome[0]


if __name__ == "__main__":
    main()
