"""Counts the instructions of the hot loops, and fails where one takes more than 5 % more than it did.

    python check.py             compare with baseline.json
    python check.py --write     make the baseline anew
    python check.py --require   as CI does: fail where there is no valgrind, rather than say that nothing was compared

Time says little on a busy machine; callgrind's count of instructions says the same each time. What is counted is one
more round of the loop. valgrind is the installed one or, on Debian, is unpacked beside what cargo builds.

A baseline is good for the compiler that it was made with: another one makes other instructions of the same source. With
another compiler only a loop that takes more than 25 % more fails, and the output says so first; then the baseline is to
be made anew, with a source that is known to be good.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BASELINE = os.path.join(HERE, "baseline.json")
WORSE, WORSE_ELSEWHERE = 1.05, 1.25
SCALE = "0.02"

sys.path.append(os.path.join(HERE, ".."))
import debian

LOOPS = [
    *(("read", name) for name in ("ints", "floats", "strings", "records", "config", "instances", "graph", "message")),
    *(("write", name) for name in ("ints", "floats", "strings", "records", "config", "instances", "graph", "message")),
    ("read typed", "records"),
    ("write typed", "records"),
    ("scan opcodes", "records"),
    ("judge", "records"),
]


def build():
    manifest = os.path.join(HERE, "Cargo.toml")
    command = ["cargo", "build", "--release", "--locked", "--manifest-path", manifest, "--message-format=json"]
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    for line in out.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "instructions":
            return message["executable"], message["executable"].rpartition("release")[0]
    sys.exit("check.py: cargo built nothing named instructions")


def valgrind(target):
    """The command, or None."""
    if found := shutil.which("valgrind"):
        return [found]
    folder = debian.unpacked("valgrind", target)
    if not folder:
        return None
    os.environ["VALGRIND_LIB"] = os.path.join(folder, "usr", "libexec", "valgrind")
    return [os.path.join(folder, "usr", "bin", "valgrind")]


def count(tool, program, loop, path, times):
    command = [*tool, "--tool=callgrind", "--callgrind-out-file=/dev/null", program, loop, path, str(times)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        sys.exit("check.py: %s failed:\n%s" % (" ".join(command), done.stderr))
    return int(found.group(1))


def one_more(tool, program, loop, path):
    few, more = (1, 2) if os.path.getsize(path) > 1000 else (1000, 2000)
    counts = [count(tool, program, loop, path, times) for times in (few, more)]
    return (counts[1] - counts[0]) // (more - few)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--require", action="store_true")
    options = parser.parse_args()

    program, target = build()
    tool = valgrind(target)
    if not tool:
        message = "check.py: NOTHING WAS COMPARED: there is no valgrind, and apt gave none: apt install valgrind"
        sys.exit(message if options.require or options.write else print(message))
    folder = os.path.join(target, "instructions")
    maker = os.path.join(HERE, "..", "workloads", "make.py")
    names = sorted({name for _, name in LOOPS})
    subprocess.run([sys.executable, maker, folder, "--scale", SCALE, "--protocol", "5", "--only", *names], check=True)
    compiler = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = [os.path.join(folder, name + ".p5.pickle") for _, name in LOOPS]
        counted = pool.map(lambda job: one_more(tool, program, job[0][0], job[1]), zip(LOOPS, paths))
        counts = {"%s: %s" % loop: number for loop, number in zip(LOOPS, counted)}

    if options.write:
        with open(BASELINE, "w") as file:
            json.dump({"compiler": compiler, "instructions": counts}, file, indent=2)
            file.write("\n")
        return
    with open(BASELINE) as file:
        baseline = json.load(file)
    allowed = WORSE
    if compiler != baseline["compiler"]:
        allowed = WORSE_ELSEWHERE
        print("check.py: THE BASELINE IS OF ANOTHER COMPILER: %s, and this is %s." % (baseline["compiler"], compiler))
        print("check.py: only what is more than 25 % worse fails; make the baseline anew with --write.")
    worse = []
    print("| loop | instructions | before | ratio |\n| --- | --: | --: | --: |")
    for loop, now in counts.items():
        before = baseline["instructions"][loop]
        print("| %s | %s | %s | %.3f |" % (loop, format(now, ","), format(before, ","), now / before))
        if now > before * allowed:
            worse.append(loop)
    if worse:
        message = "check.py: more than %d %% worse: %s (if it is meant: check.py --write)"
        sys.exit(message % (round(allowed * 100 - 100), ", ".join(worse)))


if __name__ == "__main__":
    main()
