"""Has real picklers write every kind of function, brinery rewire what they wrote, and fresh Pythons load and use it.

    python matrix.py --brinery PATH --packages DIR --python PATH ... --work DIR [--all] [--only TEXT] [--writer TEXT]

What comes out right is counted per writer and wire and printed; every failure is in `failures.txt`, and all of it in
`summary.json`, in the directory that --work names. Nothing is judged here: tests/functions_matrix.rs does that.

Without --brinery the pickles are loaded as they were written, which tries the runner itself.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import time

import kinds_of
import report
import table

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = os.path.join(HERE, "kinds")
# `fast` is Compat by the names that older cloudpickles know, too.
WIRES = ("compat", "fast", "standalone", "portable")

# Each pickler, with the minor versions of CPython 3 that write with it, and those that do only with --all. `-` is the
# protocol that it takes by itself.
WRITERS = [
    ("cloudpickle", "0.8.1", "-", (7,), (6,)),
    ("cloudpickle", "1.2.2", "-", (8,), (7,)),
    ("cloudpickle", "1.6.0", "-", (9,), (8,)),
    ("cloudpickle", "2.2.1", "-", (10,), (9, 11)),
    ("cloudpickle", "3.0.0", "-", (12,), (8,)),
    ("cloudpickle", "3.1.2", "-", (8, 9, 10, 11, 12, 13), ()),
    ("cloudpickle", "3.1.2", "2", (9,), (13,)),
    ("dill", "0.3.4", "-", (8,), ()),
    ("dill", "0.3.5.1", "-", (), (8,)),
    ("dill", "0.3.9", "2", (), (8, 10, 13)),
    ("dill", "0.4.0", "-", (13,), (8, 10)),
    ("dill", "0.4.0", "2", (), (8, 13)),
    ("dill.flat", "0.4.0", "-", (10,), (8, 13)),
    ("reference", "", "-", (8, 11, 13), (9, 10, 12)),
    # `ast.unparse` came with 3.9.
    ("sources", "", "-", (9, 12), (10, 11, 13)),
]
# Whose pickles every other Python tries to load, too.
TRAVELLERS = ("cloudpickle 3.1.2", "reference", "sources")
# Who loads Compat: the newest cloudpickle that the Python runs, and with the older names the oldest that can.
NEWEST = {6: "2.2.1", 7: "2.2.1"}
OLDEST = {6: "1.2.2", 7: "1.2.2", 8: "1.2.2", 9: "1.6.0", 10: "2.2.1", 11: "2.2.1", 12: "3.0.0"}


class Python:
    def __init__(self, path):
        question = "import sys; print(sys.version_info[1])"
        self.path, self.minor = path, int(subprocess.check_output([path, "-I", "-S", "-c", question]))

    def run(self, script, *args):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        # -I would hide PYTHONHASHSEED as well: sets may come in any order, as they do for everyone.
        command = [self.path, "-I", "-S", "-B", os.path.join(HERE, script)] + [str(arg) for arg in args]
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )


class Cell:
    """What one pickler wrote under one Python."""

    def __init__(self, run, library, version, protocol, python):
        self.run, self.library, self.version, self.protocol, self.python = run, library, version, protocol, python
        self.package = library.partition(".")[0]
        self.writer = " ".join([library] + [version] * bool(version) + ["protocol " + protocol] * (protocol != "-"))
        self.label = "%s on 3.%d" % (self.writer, python.minor)
        self.folder = os.path.join(run.work, self.label.replace(" ", "-"))
        self.right, self.outcome, self.sourceless = collections.defaultdict(set), {}, set()

    def write(self):
        os.makedirs(self.folder, exist_ok=True)
        done = self.python.run("write.py", self.library, self.protocol, KINDS, self.folder, *self.path("own"))
        if done.returncode:
            raise SystemExit("%s does not write: %s" % (self.label, done.stderr.decode()))
        with open(os.path.join(self.folder, "index.json"), encoding="utf-8") as file:
            index = json.load(file)
        for name, entry in index.items():
            broken = entry["build_error"] or entry["use_error"]
            if broken and not (name in kinds_of.LIMITED and self.python.minor < 7):
                raise SystemExit("%s: the kind %s does not work by itself: %s" % (self.label, name, broken))
        self.index = {name: entry for name, entry in index.items() if self.run.only in name}
        self.written = [name for name in self.index if os.path.exists(self.pickle(name))]

    def wires(self):
        """Old cloudpickles read what the newest wrote; that they read their own is known."""
        return [wire for wire in self.run.wires if wire != "fast" or self.writer == "cloudpickle 3.1.2"]

    def libraries(self, wire):
        """The packages, one at most, that what is in this wire needs when it is loaded."""
        if wire == "own" and self.version:
            return [[self.package, self.version]]
        versions = {"compat": NEWEST, "fast": OLDEST}.get(wire)
        return [] if versions is None else [["cloudpickle", versions.get(self.python.minor, "3.1.2")]]

    def path(self, wire):
        return [os.path.join(self.run.packages, "%s-%s" % (name, version)) for name, version in self.libraries(wire)]

    def pickle(self, name, wire="own"):
        return os.path.join(self.folder, name + (".%s" % wire if wire != "own" else "") + ".pkl")

    def rewire(self, name, wire):
        """Why brinery did not, or None."""
        if not self.run.brinery:
            with open(self.pickle(name), "rb") as old, open(self.pickle(name, wire), "wb") as new:
                new.write(old.read())
            return None
        # cloudpickle 3, which brought the other names, is for CPython 3.8 and later.
        older = wire == "fast" or wire == "compat" and self.python.minor < 8
        to = ["compat", "--fast-names"] if older else [wire]
        done = self.run.command("rewire", self.pickle(name), self.pickle(name, wire), "--to", *to)
        if done.returncode == 0:
            return None
        text = " ".join(done.stderr.decode(errors="replace").split())[:400]
        if wire == "portable" and "no source" in text and self.has_bytecode_alone(name):
            self.sourceless.add(name)
        # Beyond 1 is no refusal: a panic, or a signal.
        return text if done.returncode == 1 else "ended with %d: %s" % (done.returncode, text)

    def load(self, wire, python=None, fork=True, names=None):
        """What became of each kind: [stage, answer]."""
        python = python or self.python
        todo = [name for name in names or self.written if os.path.exists(self.pickle(name, wire))]
        found = {}
        while todo:
            items = [[name, self.pickle(name, wire), self.run.uses[name]] for name in todo]
            job = os.path.join(self.folder, "job-%s-3.%d.json" % (wire, python.minor))
            # What every pickle of the wire imports first anyway.
            imports = [name for name, _ in self.libraries(wire)]
            with open(job, "w", encoding="utf-8") as file:
                # dill has names that its own loader alone finds.
                loader = "dill" if wire == "own" and self.package == "dill" else "pickle"
                about = {"path": self.path(wire), "import": imports, "fork": fork, "loader": loader}
                json.dump(dict(about, items=items), file)
            done = python.run("load.py", job)
            for line in done.stdout.decode(errors="replace").splitlines():
                try:
                    name, stage, answer = json.loads(line)
                except ValueError:
                    continue  # something that a kind printed
                # What follows a crash in its own process: the crash counts.
                found[name] = [stage, answer]
            todo = [name for name in todo if name not in found]
            if todo and done.returncode < 0:
                found[todo[0]] = ["crash", "signal %d" % -done.returncode]
                todo = todo[1:]
            elif todo:
                raise SystemExit("load.py on 3.%d: %s" % (python.minor, done.stderr.decode()))
        return found

    def own(self):
        """What the pickler's own pickles come to in a fresh process."""
        self.judge("own", self.load("own"))

    def has_bytecode_alone(self, name):
        """Whether a pickle has code without its text, which nobody can make up."""
        if self.library != "sources":
            return True
        with open(self.pickle(name), "rb") as file:
            return b"CodeType" in file.read()

    def judge(self, wire, found):
        self.outcome[wire] = found
        for name, (stage, answer) in found.items():
            if stage == "done" and answer == self.index[name]["result"]:
                self.right[wire].add(name)
            elif stage == "done":
                self.fail(
                    name,
                    wire,
                    "another result: %s instead of %s" % (json.dumps(answer), json.dumps(self.index[name]["result"])),
                )
            else:
                self.fail(name, wire, "%s: %s" % (stage, answer))

    def fail(self, name, wire, why):
        self.run.failures.append(
            {"cell": self.label, "kind": name, "wire": wire, "why": why, "own": name in self.right["own"]}
        )

    def wire(self, wire):
        for name, why in zip(self.written, self.run.pool.map(lambda name: self.rewire(name, wire), self.written)):
            if why is not None:
                self.fail(name, wire, "rewire: " + why)

    def report(self, name):
        """What `brinery function` says that is not so."""
        done = self.run.command("function", "--json", self.pickle(name))
        if done.returncode:
            return ["ended with %d: %s" % (done.returncode, done.stderr.decode(errors="replace"))]
        return report.differences(done.stdout, self.index[name]["live"], self.writer, self.python.minor)

    def reports(self):
        for name, found in zip(self.written, self.run.pool.map(self.report, self.written)):
            for why in found:
                self.run.reports.append({"cell": self.label, "kind": name, "why": why})

    def use_wire(self, wire):
        self.judge(wire, self.load(wire))

    def travel(self, wire, python):
        """Another Python: never a crash, always the right result or an exception."""
        counts = collections.Counter()
        judge = lambda name, found: self.verdict(name, wire, *found, self.run.native.get(python.minor, {}))
        # All in one process, which is quick; what is not well has another chance in a process of its own.
        found = self.load(wire, python, fork=False)
        again = [name for name in found if judge(name, found[name]) not in ("right", "refused")]
        if again:
            found.update(self.load(wire, python, names=again))
        for name, (stage, answer) in found.items():
            verdict = judge(name, [stage, answer])
            counts[verdict] += 1
            if verdict in ("wrong", "fails", "crash", "hang"):
                to = "3.%d" % python.minor
                why = "%s: %s" % (stage, json.dumps(answer))
                self.run.travels.append(
                    {"cell": self.label, "to": to, "kind": name, "wire": wire, "verdict": verdict, "why": why}
                )
        return counts

    def verdict(self, name, wire, stage, answer, there):
        """What to think of what became of a kind on a Python whose own answers are these."""
        if stage == "done" and answer in (self.index[name]["result"], there.get(name)):
            return "right"
        if stage == "load":
            return "refused"
        if [stage, answer] == self.outcome[wire].get(name):
            return "as at home"
        if stage == "use" and name not in there:
            # What it looks at is not there, in functions made on the spot either.
            return "newer"
        return {"done": "wrong", "use": "fails"}.get(stage, stage)


class Run:
    def __init__(self, options):
        self.work, self.packages, self.brinery, self.only = (
            options.work,
            options.packages,
            options.brinery,
            options.only,
        )
        self.uses = kinds_of.uses(KINDS)
        self.failures, self.travels, self.reports = [], [], []
        self.report = options.report
        self.pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
        self.pythons = sorted((Python(path) for path in options.python), key=lambda python: python.minor)
        self.cells = [
            Cell(self, library, version, protocol, python)
            for library, version, protocol, minors, more in WRITERS
            for python in self.pythons
            if python.minor in minors or options.all and python.minor in more
        ]
        self.cells = [cell for cell in self.cells if options.writer in cell.label]
        self.wires = [wire for wire in WIRES if wire in options.wires.split(",")]

    def command(self, *args):
        """Runs brinery."""
        environment = dict(os.environ, RUST_BACKTRACE="0")
        command = [self.brinery] + list(args)
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )

    def each(self, jobs):
        return list(self.pool.map(lambda job: job[0](*job[1:]), jobs))

    def all(self):
        self.each([cell.write] for cell in self.cells)
        self.native = {}
        for cell in self.cells:
            self.native.setdefault(cell.python.minor, {}).update(
                (name, entry["result"]) for name, entry in cell.index.items() if "result" in entry
            )
        self.each([cell.own] for cell in self.cells)
        for cell in self.cells:
            for wire in cell.wires():
                cell.wire(wire)
            if self.brinery and self.report:
                cell.reports()
        self.each([cell.use_wire, wire] for cell in self.cells for wire in cell.wires())
        trips = [
            (cell, wire, python)
            for cell in self.cells
            if cell.writer in TRAVELLERS and self.brinery
            for wire in self.wires
            if wire in ("standalone", "portable")
            for python in self.pythons
            if python.minor >= 8 and python is not cell.python
        ]
        counts = self.each([cell.travel, wire, python] for cell, wire, python in trips)
        self.trips = [(cell, wire, python, count) for (cell, wire, python), count in zip(trips, counts)]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--brinery")
    options.add_argument("--packages", required=True)
    options.add_argument("--python", action="append", required=True)
    options.add_argument("--work", required=True)
    options.add_argument("--all", action="store_true")
    options.add_argument("--only", default="")
    options.add_argument("--writer", default="")
    options.add_argument("--no-report", dest="report", action="store_false")
    options.add_argument("--wires", default=",".join(WIRES))
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    start = time.time()
    run = Run(options.parse_args())
    run.all()
    table.show(run, time.time() - start)
    table.save(run)


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    main()
