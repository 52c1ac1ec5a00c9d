"""Which names does CPython's C unpickler ask for?  Nothing is imported or called.

    python asked.py

stdin:  any number of  u32 little-endian length, stream
stdout: for each a JSON line {"names": [[MODULE, QUALNAME], …], "end": "value" | "error NAME: MESSAGE", "size": N}

Names are in order, as they are looked up: after the mapping of Python 2's. They are there too if the stream breaks
afterwards. `size` is the number of bytes read. A stream may take SECONDS and the process ADDRESS_SPACE.
"""

import copyreg
import io
import json
import resource
import signal
import sys
import threading
import warnings

import decide
import inert

SECONDS = 20


def answer(stream):
    copyreg.clear_extension_cache()
    recorder = inert.Recorder()
    file = io.BytesIO(stream)
    try:
        inert.InertUnpickler(file, recorder).load()
        end = "value"
    except BaseException as error:
        error.__traceback__ = None
        end = decide.describe("error", error)
    return {"names": list(recorder.imports), "end": end, "size": file.tell()}


def serve():
    data = sys.stdin.buffer.read()
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        reply = answer(data[at + 4 : at + 4 + size])
        json.dump(reply, sys.stdout)
        sys.stdout.write("\n")
        at += 4 + size
    sys.stdout.flush()


def main():
    warnings.simplefilter("ignore")
    sys.excepthook = decide.ignore_bytearray_bug
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = decide.ADDRESS_SPACE if hard == resource.RLIM_INFINITY else min(decide.ADDRESS_SPACE, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    threading.stack_size(decide.STACK)
    worker = threading.Thread(target=serve, daemon=True)
    # What takes too long ends the process: a thread cannot be stopped.
    ended = []
    signal.signal(signal.SIGALRM, lambda *_: ended.append("time"))
    worker.start()
    while worker.is_alive() and not ended:
        worker.join(0.05)
    if ended:
        sys.exit("asked: a stream took more than %d seconds" % SECONDS)


if __name__ == "__main__":
    main()
