"""The scanners, each as a command in a process of its own, and what its exit and its output mean."""

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import namedtuple

SECONDS = 60
ADDRESS_SPACE = 6 << 30

# `answer` is good, unsure, bad, skipped or error.
Run = namedtuple("Run", "answer code seconds processor memory detail")

# fickling's command reads bare pickles only; for zip archives it has this function.
FICKLING_ZIP = """
import sys
from fickling.loader import scan_zip_archive
results = scan_zip_archive(sys.argv[1])
sys.exit(3 if not results else 0 if all(results.values()) else 1)
"""


class Tool:
    def __init__(self, name, note, command, answer):
        self.name, self.note, self.command, self.answer = name, note, command, answer


def execute(command, where, seconds):
    """Exit code (None: out of time), output, seconds by the clock and of the processor, peak of memory in bytes."""
    environment = dict(os.environ, PYTHONHASHSEED="0", NO_COLOR="1")
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        child = subprocess.Popen(
            command, cwd=where, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        # From here, and not by `preexec_fn`: for that this process would be copied, which takes longer than small scans.
        resource.prlimit(child.pid, resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        resource.prlimit(child.pid, resource.RLIMIT_CORE, (0, 0))
        late = []

        def stop(*_):
            late.append(True)
            child.kill()

        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        _, status, usage = os.wait4(child.pid, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.monotonic() - start
        # Popen must not wait for it again.
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return (None if late else child.returncode), text, took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def last(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else ""


def fickling(code, text):
    if "Traceback" in text or code not in (0, 1, 3):
        return "error"
    return {0: "good", 1: "bad", 3: "skipped"}[code]


def picklescan(code, text):
    if code == 1 and "Traceback" not in text:
        return "bad"
    if code != 0 or "could not parse" in text or "Traceback" in text:
        return "error"
    if "Scanned files: 0" in text:
        return "skipped"
    return "good" if "Suspicious globals: 0" in text else "unsure"


def modelscan(code, text):
    if code == 1 and "Traceback" not in text:
        return "bad"
    if "--- Errors ---" in text or "Traceback" in text or code not in (0, 3):
        return "error"
    return "skipped" if code == 3 else "good"


def brinery(code, text):
    return {0: "good", 20: "unsure", 30: "bad", 40: "error"}.get(code, "error")


def make(python, binary):
    """The tools, installed in the environment of this python."""
    here = os.path.dirname(python)

    def fickling_command(path):
        with open(path, "rb") as file:
            zipped = file.read(4) == b"PK\3\4"
        return (
            [python, "-c", FICKLING_ZIP, path] if zipped else [os.path.join(here, "fickling"), "--check-safety", path]
        )

    return [
        Tool(
            "brinery",
            "`brinery scan` with its widest built-in policies: pandas, sklearn and torch",
            lambda path: [binary, "scan", "--policy", "pandas", "--policy", "sklearn", "--policy", "torch", path],
            brinery,
        ),
        Tool("picklescan", "`picklescan -p`", lambda path: [os.path.join(here, "picklescan"), "-p", path], picklescan),
        Tool("modelscan", "`modelscan -p`", lambda path: [os.path.join(here, "modelscan"), "-p", path], modelscan),
        Tool("fickling", "`fickling --check-safety`; for zip files its `scan_zip_archive`", fickling_command, fickling),
    ]


def judge(tool, path, where, seconds=SECONDS):
    code, text, clock, processor, memory = execute(tool.command(path), where, seconds)
    answer = "error" if code is None or code < 0 else tool.answer(code, text)
    detail = "out of time" if code is None else "exit %d: %s" % (code, last(text))
    return Run(answer, code, clock, processor, memory, detail)


def versions(python, binary):
    code = (
        "import sys; from importlib.metadata import version\n"
        "for name in ('fickling', 'picklescan', 'modelscan'): print(name, version(name))\n"
        "print('CPython', sys.version.split()[0])"
    )
    lines = subprocess.run([python, "-c", code], capture_output=True, check=True, text=True).stdout.splitlines()
    mine = subprocess.run([binary, "--version"], capture_output=True, check=True, text=True).stdout.strip()
    return [mine] + lines


def machine():
    """The processor, as the kernel names it."""
    try:
        with open("/proc/cpuinfo") as file:
            name = re.search(r"model name\s*: (.*)", file.read())
    except OSError:
        name = None
    with open("/proc/meminfo") as file:
        memory = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1)) // (1 << 20)
    return "%s, %d cores, %d GB, %s" % (
        name.group(1) if name else os.uname().machine,
        os.cpu_count(),
        memory,
        sys.platform,
    )
