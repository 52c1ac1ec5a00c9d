"""A worker: runs the tasks that come in on standard input, one after the other, until it ends.

The standard library will do; where brinery is installed, results and exceptions may be of what cannot be imported.

A frame is the task's number and the payload's size, eight bytes each, most significant first, and the payload: coming
in, a pickle of {"fn": …, "args": …, "kwargs": …}; going out, of {"result": …} or of {"error": {…}}.
"""

import os
import pickle
import struct
import sys
import traceback

try:
    from brinery import tasks
except ImportError:
    tasks = None

HEADER = struct.Struct(">QQ")


def text(error):
    try:
        return str(error)
    except Exception as another:
        return f"<no message: {type(another).__name__}>"


def run(payload):
    if tasks is not None:
        return tasks.execute_task(payload)
    try:
        task = pickle.loads(payload)
        return pickle.dumps({"result": task["fn"](*task["args"], **task["kwargs"])}, 4)
    except BaseException as error:
        kind = type(error)
        record = {
            "class": f"{kind.__module__}.{kind.__qualname__}",
            "message": text(error),
            "traceback": traceback.format_exc(),
        }
        return pickle.dumps({"error": record}, 4)


def main():
    frames, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a task prints must not come between the frames.
    os.dup2(2, 1)
    while header := frames.read(HEADER.size):
        number, size = HEADER.unpack(header)
        answer = run(frames.read(size))
        answers.write(HEADER.pack(number, len(answer)) + answer)
        answers.flush()


main()
