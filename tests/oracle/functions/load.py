"""Loads pickles in a Python that knows nothing of those who wrote them, and looks at what came out.

    python -I -S load.py JOB

JOB is a JSON file: `path` is what to import from beside the stdlib, `import` what to import first, `loader` the module
whose `loads` is asked, `items` a list of [name, pickle, use], where `use` is the source of a function of the loaded
object. With `fork` each item has a process of
its own, so that none finds what another imported, and one that crashes takes no other with it. One JSON line each:
[name, stage, answer], where stage is `done` (answer: what the use gave), `load` or `use` (answer: the error there), `crash`
(answer: the signal) or `hang`.
"""

import json
import os
import resource
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Beyond this many seconds a kind hangs.
PATIENCE = 20


def look(pickled, use):
    with open(pickled, "rb") as file:
        data = file.read()
    value, error = common.guarded(loads, data)
    if error is not None:
        return "load", error
    space = common.space()
    exec(use, space)
    # What JSON cannot say is no answer either.
    answer, error = common.guarded(lambda: json.loads(json.dumps(space["use"](value))))
    return ("done", answer) if error is None else ("use", error)


def say(name, stage, answer):
    os.write(1, (json.dumps([name, stage, answer]) + "\n").encode())


def one(name, pickled, use):
    signal.alarm(PATIENCE)
    say(name, *look(pickled, use))
    signal.alarm(0)


def main(job):
    global common, loads
    with open(job, encoding="utf-8") as file:
        job = json.load(file)
    sys.path[:0] = job["path"] + [HERE]
    import common

    # Stock pickles of another Python may crash, and need leave no core behind, or ask for all the memory there is.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
    for name in job["import"]:
        __import__(name)
    loads = __import__(job["loader"]).loads
    for name, pickled, use in job["items"]:
        if not job["fork"]:
            one(name, pickled, use)
            continue
        child = os.fork()
        if child == 0:
            code = 1
            try:
                one(name, pickled, use)
                code = 0
            finally:
                # Nothing is cleaned up: what the pickle made may have a say in that.
                os._exit(code)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            say(name, "hang" if number == signal.SIGALRM else "crash", "signal %d" % number)
        elif status:
            say(name, "use", "it ended with %d" % os.WEXITSTATUS(status))


main(sys.argv[1])
