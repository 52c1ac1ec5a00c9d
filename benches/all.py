"""All benchmarks: makes the workloads, runs every side and writes benches/report/.

    python benches/all.py                       everything at full size: about an hour on a quiet machine
    python benches/all.py --scale 0.02 --rounds 3     to see that it runs
    python benches/all.py --only python report  some of it; the others' results are those of the last time

Needs cargo, one CPython with venv and pip, and what pip and cargo can fetch. On the Python side each interpreter of
BRINERY_PYTHONS (paths with colons between) gets an environment of its own; otherwise the distribution's, which is
optimised by profiles, and a CPython 3.13, as it comes from its source. The first is also the one that takes part beside
Rust. Results are lines of JSON in target/benches, from which reporting/report.py makes the table and the plots. Every
comparison is made in one process or between two that take turns; see support/race.rs and python/timing.py.
"""

import argparse
import datetime
import glob
import json
import os
import shutil
import subprocess
import sys
import time

import debian

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
WORK = os.path.join(TARGET, "benches")
REPORT = os.path.join(HERE, "report")
# Without the command and what it needs, which takes longer to build than all benchmarks.
CARGO = ["cargo", "bench", "--no-default-features", "--features", "serde,task"]
sys.path.append(os.path.join(HERE, "scan"))
import tools


def say(text):
    print("all.py: %s  %s" % (time.strftime("%H:%M:%S"), text), file=sys.stderr, flush=True)


def run(command, **environment):
    say(" ".join(os.path.relpath(part) if part.startswith(ROOT) else part for part in map(str, command)))
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True)


def output(*command):
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


def interpreters():
    if named := os.environ.get("BRINERY_PYTHONS"):
        return named.split(":")
    built = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.13.*/bin/python")))
    newest = built[-1] if built else shutil.which("python3.13")
    found = [path for path in ("/usr/bin/python3", newest) if path and os.path.exists(path)]
    return found or [sys.executable]


def environment(python, name, *requirements):
    """An environment with these packages, made once."""
    folder = os.path.join(WORK, name)
    inside = os.path.join(folder, "bin", "python")
    if not os.path.exists(inside):
        run([python, "-m", "venv", folder])
    pip = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, *(part for path in requirements for part in ("--requirement", path))])
    return inside


class Suite:
    def __init__(self, options):
        self.scale, self.rounds = options.scale, options.rounds
        self.pythons = interpreters()
        self.settings = {
            "BRINERY_WORKLOADS": WORK,
            "BRINERY_PYTHON": self.pythons[0],
            "CARGO_TARGET_DIR": TARGET,
            "CARGO_INCREMENTAL": "0",
        }
        if self.rounds:
            self.settings["BRINERY_ROUNDS"] = str(self.rounds)

    def results(self, name):
        """The settings of a run whose results are to lie under this name, anew."""
        path = os.path.join(WORK, name + ".jsonl")
        if os.path.exists(path):
            os.remove(path)
        return {**self.settings, "BRINERY_SCALE": str(self.scale), "BRINERY_RESULTS": path}

    def cargo(self, bench, **settings):
        run([*CARGO, "--bench", bench], **settings)

    def rust(self):
        settings = self.results("rust")
        self.cargo("peers", **settings)
        self.cargo("typed", **settings)

    def memory(self):
        self.cargo("memory", **self.results("memory"))

    def scaling(self):
        # A hundred times a tenth of the size is ten times it.
        self.cargo("scaling", **{**self.results("scaling"), "BRINERY_SCALE": str(self.scale / 10)})

    def allocator(self):
        """Writing with another allocator than the system's."""
        settings = self.results("allocator")
        folder = debian.unpacked("libmimalloc2.0", WORK)
        library = folder and glob.glob(os.path.join(folder, "usr", "lib", "*", "libmimalloc.so.2*"))
        if not library:
            return say("SKIPPED: writing under mimalloc, which is not to be had here")
        program = os.path.join(WORK, "peers")
        built = output(*CARGO, "--bench", "peers", "--no-run", "--message-format=json")
        messages = [json.loads(line) for line in built.splitlines()]
        shutil.copy(next(each["executable"] for each in messages if each.get("executable")), program)
        settings.update(LD_PRELOAD=library[0], BRINERY_ALLOCATOR="mimalloc")
        run([program, *("ints", "floats", "strings", "records", "config", "bigints")], **settings)

    def tasks(self):
        settings = self.results("tasks")
        folder = output("sh", os.path.join(ROOT, "tests", "oracle", "packages.sh"), "picklers")
        self.cargo("tasks", **settings, PYTHONPATH=os.path.join(folder, "cloudpickle-3.1.2"))

    def checkpoints(self):
        settings = self.results("checkpoints")
        manifest = os.path.join(HERE, "checkpoints", "Cargo.toml")
        folder = os.path.join(WORK, "workloads-%g" % self.scale)
        maker = os.path.join(HERE, "workloads", "make.py")
        run([self.pythons[0], maker, folder, "--scale", str(self.scale), "--only", "state"])
        run(["cargo", "run", "--release", "--locked", "--manifest-path", manifest, "--", folder], **settings)

    def python(self):
        settings = self.results("python")
        for path in self.pythons:
            version = output(path, "-c", "import platform; print(platform.python_version())")
            python = environment(path, "python-" + version, os.path.join(HERE, "python", "requirements.txt"))
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--force-reinstall"]
            run([*pip, os.path.join(ROOT, "python")], **self.settings)
            pickles = [python, os.path.join(HERE, "python", "pickles.py"), "--scale", str(self.scale)]
            run(pickles, **settings)
            run([*pickles, "--fresh"], **settings)
            run([python, os.path.join(HERE, "python", "functions.py")], **settings)

    def scan(self):
        rounds = ["--rounds", str(self.rounds or 5)]
        compare = os.path.join(HERE, "scan", "compare.py")
        run([self.pythons[0], compare, "--only-speed", *rounds], **self.results("scan"))

    def instructions(self):
        run([self.pythons[0], os.path.join(HERE, "instructions", "check.py")], **self.settings)

    def report(self):
        python = environment(self.pythons[0], "plots", os.path.join(HERE, "reporting", "requirements.txt"))
        run([python, os.path.join(HERE, "reporting", "report.py"), WORK, REPORT])

    def facts(self, stage, load):
        """What a stage's results depend on, as a line behind them."""
        crates = ["serde-pickle", "pickled", "pickler", "rmp-serde", "serde_json", "bincode"]
        locked = json.loads(output("cargo", "metadata", "--format-version", "1", "--locked"))["packages"]
        changed = output("git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!benches/report")
        with open(os.path.join(HERE, "python", "requirements.txt")) as file:
            packages = [line.strip().replace("==", " ") for line in file if "==" in line]
        return {
            "suite": "facts",
            "stage": stage,
            "date": datetime.date.today().isoformat(),
            "machine": tools.machine(),
            "load": [load, os.getloadavg()[0]],
            "commit": output("git", "rev-parse", "--short", "HEAD") + (" with changes" if changed else ""),
            "rustc": output("rustc", "--version"),
            "crates": sorted({"%s %s" % (each["name"], each["version"]) for each in locked if each["name"] in crates}),
            "packages": packages,
            "scale": self.scale,
        }


STAGES = ["rust", "memory", "scaling", "allocator", "tasks", "checkpoints", "python", "scan", "instructions", "report"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="the size of the workloads")
    parser.add_argument("--rounds", type=int, help="how often each is run; the benchmarks know how often is enough")
    parser.add_argument("--only", nargs="+", choices=STAGES, default=STAGES, metavar="STAGE", help=", ".join(STAGES))
    options = parser.parse_args()
    os.makedirs(WORK, exist_ok=True)
    suite = Suite(options)
    for stage in options.only:
        begun, load = time.monotonic(), os.getloadavg()[0]
        getattr(suite, stage)()
        if os.path.exists(path := os.path.join(WORK, stage + ".jsonl")):
            with open(path, "a") as file:
                file.write(json.dumps(suite.facts(stage, load)) + "\n")
        say("%s took %.0f s" % (stage, time.monotonic() - begun))


if __name__ == "__main__":
    main()
