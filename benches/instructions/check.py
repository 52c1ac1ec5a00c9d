"""Counts the instructions of the hot loops, and fails where one takes more than 5 % more than it did.

    python check.py            compare with baseline.json
    python check.py --write    make the baseline anew

Time says little on a busy machine; callgrind's count of instructions says the same each time. What is counted is one more
round of the loop. A baseline is good for the compiler that it was made with.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
BASELINE = os.path.join(HERE, "baseline.json")
WORSE = 1.05
SCALE = "0.02"

LOOPS = [
    *(("read", name) for name in ("ints", "floats", "strings", "records", "config", "instances", "graph", "message")),
    *(("write", name) for name in ("ints", "floats", "strings", "records", "config", "instances", "graph", "message")),
    ("read typed", "records"),
    ("write typed", "records"),
    ("scan opcodes", "records"),
    ("judge", "records"),
]


def build():
    command = ["cargo", "bench", "--bench", "instructions", "--no-run", "--message-format=json"]
    command += ["--features", "scan,serde"]
    out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    for line in out.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "instructions":
            return message["executable"]
    sys.exit("check.py: cargo built no bench named instructions")


def valgrind(target):
    """The installed one, or Debian's, unpacked beside what cargo builds."""
    found = shutil.which("valgrind")
    if found:
        return [found]
    folder = os.path.join(target, "valgrind")
    program = os.path.join(folder, "usr", "bin", "valgrind")
    if not os.path.exists(program):
        os.makedirs(folder, exist_ok=True)
        print("check.py: valgrind is missing, and is unpacked in", folder, file=sys.stderr)
        subprocess.run(["apt-get", "download", "valgrind"], cwd=folder, check=True)
        package = [name for name in os.listdir(folder) if name.endswith(".deb")][0]
        subprocess.run(["dpkg", "-x", package, "."], cwd=folder, check=True)
    os.environ["VALGRIND_LIB"] = os.path.join(folder, "usr", "libexec", "valgrind")
    return [program]


def count(tool, program, loop, path, times):
    command = [*tool, "--tool=callgrind", "--callgrind-out-file=/dev/null", program, loop, path, str(times)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        sys.exit("check.py: %s failed:\n%s" % (" ".join(command), done.stderr))
    return int(found.group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()

    program = build()
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    tool = valgrind(target)
    folder = os.path.join(target, "instructions")
    maker = os.path.join(HERE, "..", "workloads", "make.py")
    subprocess.run([sys.executable, maker, folder, "--scale", SCALE], check=True)
    compiler = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()

    counts = {}
    for loop, name in LOOPS:
        path = os.path.join(folder, name + ".p5.pickle")
        few, more = (1, 2) if os.path.getsize(path) > 1000 else (1000, 2000)
        once = count(tool, program, loop, path, few)
        counts["%s: %s" % (loop, name)] = (count(tool, program, loop, path, more) - once) // (more - few)

    if options.write:
        with open(BASELINE, "w") as file:
            json.dump({"compiler": compiler, "instructions": counts}, file, indent=2)
            file.write("\n")
        return
    with open(BASELINE) as file:
        baseline = json.load(file)
    worse = []
    print("| loop | instructions | before | ratio |\n| --- | --: | --: | --: |")
    for loop, now in counts.items():
        before = baseline["instructions"][loop]
        print("| %s | %s | %s | %.3f |" % (loop, format(now, ","), format(before, ","), now / before))
        if now > before * WORSE:
            worse.append(loop)
    if compiler != baseline["compiler"]:
        print("check.py: NOT COMPARED: the baseline is of %s, this is %s" % (baseline["compiler"], compiler))
    elif worse:
        sys.exit("check.py: more than 5 %% worse: %s (if it is meant: check.py --write)" % ", ".join(worse))


if __name__ == "__main__":
    main()
