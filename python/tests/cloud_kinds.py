"""Every kind of function and class in tests/oracle/functions/kinds: written here, loaded and used in a fresh process.

    python cloud_kinds.py

prints, for each writer and loader, how many kinds come out as they were, and which do not.
"""

import json
import os
import subprocess
import sys
import tempfile

ORACLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "oracle", "functions")
KINDS = os.path.join(ORACLE, "kinds")
SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shim")
SITE = [
    path
    for path in sys.path
    if path != SHIM and any(os.path.exists(os.path.join(path, name, "__init__.py")) for name in ("brinery", "cloudpickle"))
]


def run(script, *args):
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", os.path.join(ORACLE, script), *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        raise RuntimeError("%s: %s" % (script, done.stderr.decode(errors="replace")))
    return done.stdout.decode()


def write(writer, out):
    """What each kind's use gives in this process, by name; the pickles are in `out`."""
    run("write.py", writer, "-", KINDS, out, *SITE)
    with open(os.path.join(out, "index.json"), encoding="utf-8") as file:
        return json.load(file)


def load(loader, out, index):
    """What came out of each: stage and answer."""
    sys.path.insert(0, ORACLE)
    import kinds_of

    uses = kinds_of.uses(KINDS, sys.version_info[1])
    items = [[name, os.path.join(out, name + ".pkl"), uses[name]] for name in index]
    items = [item for item in items if os.path.exists(item[1])]
    job = {"path": SITE, "import": ["cloudpickle"], "loader": "pickle", "items": items, "fork": True}
    if loader == "brinery":
        job.update(path=[SHIM, *SITE], loader="brinery")
    path = os.path.join(out, "job.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(job, file)
    lines = run("load.py", path).splitlines()
    return {name: (stage, answer) for name, stage, answer in map(json.loads, lines)}


def matrix(pairs):
    """For each pair of writer and loader: the kinds that come out right, and why the others do not."""
    results = {}
    for writer in sorted({writer for writer, _ in pairs}):
        with tempfile.TemporaryDirectory() as out:
            index = write(writer, out)
            for loader in [loader for of, loader in pairs if of == writer]:
                right, wrong = set(), {}
                loaded = load(loader, out, index)
                for name, entry in index.items():
                    stage, answer = loaded.get(name, ("dump", entry.get("dump_error")))
                    if stage == "done" and answer == entry["result"]:
                        right.add(name)
                    else:
                        wrong[name] = "%s: %s" % (stage, answer)
                results[writer, loader] = right, wrong
    return results


PAIRS = [("cloudpickle", "cloudpickle"), ("brinery", "cloudpickle"), ("brinery", "brinery"), ("cloudpickle", "brinery")]

if __name__ == "__main__":
    for (writer, loader), (right, wrong) in matrix(PAIRS).items():
        print("%s written, %s loading: %d of %d" % (writer, loader, len(right), len(right) + len(wrong)))
        for name in sorted(wrong):
            print("    %s: %s" % (name, wrong[name][:200]))
