"""Says which processes of a test are still there, and ends them: those whose environment has BRINERY_ENGINES_RUN so."""

import os
import signal
import sys
import time

# Some engines end their last processes a moment after themselves.
PATIENCE = 15


def left(marker):
    wanted = b"BRINERY_ENGINES_RUN=" + marker.encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid, "rb") as file:
                if wanted not in file.read().split(b"\0"):
                    continue
            with open("/proc/%s/stat" % pid) as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    continue
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if int(pid) not in (os.getpid(), os.getppid()):
            yield int(pid), command


def main(marker):
    if not os.path.isdir("/proc/self"):
        print("NOT CHECKED: whether processes were left behind, without /proc")
        return 0
    end = time.monotonic() + PATIENCE
    while list(left(marker)) and time.monotonic() < end:
        time.sleep(0.2)
    found = list(left(marker))
    for pid, command in found:
        print("left behind: %d %s" % (pid, command[:200]))
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
