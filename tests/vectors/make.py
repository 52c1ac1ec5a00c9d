"""Regenerates every vector: `python make.py`, or compares: `python make.py --check`.

Interpreters are taken from the environment variable BRINERY_PYTHONS (colon-separated
paths), else from $HOME/.pyenv/versions/*/bin/python, else from PATH by name.  Needed are
CPython 2.7 and 3.6-3.13; 3.13 also describes the streams and is never optional.
"""

import argparse
import base64
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import streams

HERE = os.path.dirname(os.path.abspath(__file__))
VERSIONS = ("2.7",) + tuple("3.%d" % minor for minor in range(6, 14))
READER = "3.13"
GROUPS = ("py2", "py3", "hand", "refused")
MANIFEST = "MANIFEST.tsv"
OPCODE_COUNT = 68
# Fixed hashes and nothing written next to the scripts.
ENVIRONMENT = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", PYTHONIOENCODING="utf-8")


class Vector:
    def __init__(self, group, case, data, protocol, writers, needs):
        self.group = group
        self.case = case
        self.data = data
        self.protocols = [protocol]
        self.writers = writers
        self.needs = needs
        self.name = None  # GROUP/FILE without extension

    def files(self, answer):
        """Extension -> content of the files describing this vector."""
        if "error" in answer:
            return {".pkl": self.data, ".dis": answer["dis"].encode(), ".error": (answer["error"] + "\n").encode()}
        return {
            ".pkl": self.data,
            ".dis": answer["dis"].encode(),
            ".repr": (answer["repr"] + "\n").encode(),
            ".canon": (answer["canon"] + "\n").encode(),
        }

    def row(self, answer):
        return "\t".join(
            (
                self.name + ".pkl",
                ",".join(map(str, self.protocols)),
                ",".join(self.writers),
                hashlib.sha256(self.data).hexdigest()[:16],
                ";".join(self.needs) or "-",
                answer["dis_problem"] or "ok",
            )
        )


# --- interpreters -------------------------------------------------------------------


def candidates():
    listed = os.environ.get("BRINERY_PYTHONS")
    if listed:
        return [path for path in listed.split(":") if path]
    found = glob.glob(os.path.join(os.path.expanduser("~"), ".pyenv/versions/*/bin/python"))
    return found or list(filter(None, (shutil.which("python" + version) for version in VERSIONS)))


def interpreters():
    """Version -> path, the newest patch release of each."""
    script = "import sys, platform; print('%d.%d.%d %s' % (sys.version_info[:3] + (platform.python_implementation(),)))"
    best = {}
    for path in candidates():
        try:
            answer = subprocess.run([path, "-c", script], stdout=subprocess.PIPE, check=True, env=ENVIRONMENT)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit("make: %s cannot be used: %s" % (path, error))
        full, implementation = answer.stdout.decode().split()
        number = tuple(map(int, full.split(".")))
        version = "%d.%d" % number[:2]
        if implementation == "CPython" and version in VERSIONS and number > best.get(version, ((), ""))[0]:
            best[version] = (number, path)
    for version, (number, path) in sorted(best.items(), key=lambda item: item[1][0]):
        print("make: %-8s %s" % (".".join(map(str, number)), path))
    return {version: path for version, (_, path) in best.items()}


def run(python, script, text=""):
    command = [python, os.path.join(HERE, script)]
    result = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, env=ENVIRONMENT)
    if result.returncode != 0:
        sys.exit("make: %s failed under %s" % (script, python))
    return [json.loads(line) for line in result.stdout.decode().splitlines()]


# --- vectors ------------------------------------------------------------------------


def written(pythons):
    """The picklers' vectors: the same bytes of one case are one vector, whoever wrote them."""
    vectors = {}
    for version in VERSIONS:
        if version not in pythons:
            continue
        group = "py2" if version.startswith("2") else "py3"
        for record in run(pythons[version], "writer.py"):
            data = base64.b64decode(record["data"])
            protocol, writer = record["protocol"], record["writer"]
            key = (group, record["case"], data)
            vector = vectors.get(key)
            if vector is None:
                vectors[key] = Vector(group, record["case"], data, protocol, [writer], record["needs"])
                continue
            if protocol not in vector.protocols:
                vector.protocols.append(protocol)
            if writer not in vector.writers:
                vector.writers.append(writer)
    result = list(vectors.values())
    name_by_writer(result)
    return result


def name_by_writer(vectors):
    """CASE.pN is what the newest writer (cPickle for Python 2) made; other bytes get a suffix."""
    variants = {}
    for vector in vectors:
        key = (vector.group, vector.case, min(vector.protocols))
        variants.setdefault(key, []).append(vector)
    for (group, case, protocol), alternatives in variants.items():
        plain = "%s/%s.p%d" % (group, case, protocol)
        if group == "py2":
            alternatives.sort(key=lambda vector: "2.7-cPickle" not in vector.writers)
            suffix = ".pure"
        else:
            # Insertion followed VERSIONS, so the last writer of each is its newest.
            alternatives.sort(key=lambda vector: -VERSIONS.index(vector.writers[-1]))
            suffix = ".to%s"
        alternatives[0].name = plain
        for vector in alternatives[1:]:
            vector.name = plain + (suffix % vector.writers[-1] if "%" in suffix else suffix)


def by_hand():
    for group, table in (("hand", streams.ACCEPTED), ("refused", streams.REFUSED)):
        for case, entry in table.items():
            data, needs = (entry, ()) if isinstance(entry, bytes) else (entry[0], entry[1:])
            protocol = data[1] if data[:1] == b"\x80" else 0
            vector = Vector(group, case, data, protocol, ["hand"], list(needs))
            vector.name = "%s/%s" % (group, case)
            yield vector


def describe(vectors, python):
    questions = [
        json.dumps({"name": v.name, "data": base64.b64encode(v.data).decode(), "needs": v.needs}) for v in vectors
    ]
    answers = run(python, "reader.py", "".join(line + "\n" for line in questions))
    if [answer["name"] for answer in answers] != [v.name for v in vectors]:
        sys.exit("make: reader.py lost or mixed up answers")
    return answers


def verify(vectors, answers):
    names = [vector.name for vector in vectors]
    if len(set(names)) != len(names):
        sys.exit("make: several vectors are called " + str({n for n in names if names.count(n) > 1}))
    seen = {}
    for vector, answer in zip(vectors, answers):
        if ("error" in answer) != (vector.group == "refused"):
            sys.exit("make: %s: unexpected outcome: %s" % (vector.name, answer.get("error", "it loads")))
        if vector.group != "refused":
            seen.setdefault(vector.group == "hand", set()).update(answer["opcodes"])
    if len(seen[True]) != OPCODE_COUNT:
        sys.exit("make: the streams by hand use %d of %d opcodes" % (len(seen[True]), OPCODE_COUNT))
    print("make: opcodes: %d by hand, %d by picklers" % (len(seen[True]), len(seen[False])))
    partial = sum(1 for answer in answers if answer["dis_problem"])
    print("make: pickletools gives up on %d streams, see the last column of %s" % (partial, MANIFEST))


def write_all(folder, vectors, answers):
    for group in GROUPS:
        shutil.rmtree(os.path.join(folder, group), ignore_errors=True)
        os.makedirs(os.path.join(folder, group))
    total = 0
    for vector, answer in zip(vectors, answers):
        for extension, content in vector.files(answer).items():
            with open(os.path.join(folder, vector.name + extension), "wb") as file:
                file.write(content)
            total += len(content)
    rows = ["file\tprotocol\twriters\tsha256\tneeds\tpickletools"]
    rows += [vector.row(answer) for vector, answer in zip(vectors, answers)]
    with open(os.path.join(folder, MANIFEST), "wb") as file:
        file.write("".join(row + "\n" for row in rows).encode())
    print("make: %d vectors, %d bytes" % (len(vectors), total))


# --- comparison ---------------------------------------------------------------------


def tree(folder):
    paths = [MANIFEST]
    for group in GROUPS:
        names = os.listdir(os.path.join(folder, group)) if os.path.isdir(os.path.join(folder, group)) else []
        paths += ["%s/%s" % (group, name) for name in names]
    result = {}
    for path in paths:
        if os.path.exists(os.path.join(folder, path)):
            with open(os.path.join(folder, path), "rb") as file:
                result[path] = file.read()
    return result


def compare_all(fresh, committed):
    """Every path and every byte."""
    problems = ["not regenerated: " + path for path in committed.keys() - fresh.keys()]
    problems += ["not committed: " + path for path in fresh.keys() - committed.keys()]
    problems += ["differs: " + path for path in fresh.keys() & committed.keys() if fresh[path] != committed[path]]
    return sorted(problems)


def compare_known(fresh, committed):
    """With writers missing, names and manifest shift: each regenerated stream must exist
    in its group with the same descriptions, under whatever suffix."""

    def by_content(files):
        result = {}
        for path, data in files.items():
            stem, extension = os.path.splitext(path)
            if extension == ".pkl":
                others = {e: files[stem + e] for e in (".dis", ".repr", ".canon", ".error") if stem + e in files}
                result[path.split(".")[0], data] = others
        return result

    known, made = by_content(committed), by_content(fresh)
    print("make: %d committed vectors were NOT checked, their writers are missing" % len(known.keys() - made.keys()))
    return sorted("differs or is not committed: %s" % key[0] for key in made if known.get(key) != made[key])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed files, change nothing")
    parser.add_argument("--allow-missing", action="store_true", help="go on although interpreters are missing")
    options = parser.parse_args()

    pythons = interpreters()
    missing = [version for version in VERSIONS if version not in pythons]
    if missing:
        print("make: MISSING interpreters: " + " ".join(missing), file=sys.stderr)
        if not options.allow_missing or READER in missing:
            sys.exit("make: CPython %s is needed" % " ".join(missing))
        if not options.check:
            print("make: the vectors they wrote will be missing too", file=sys.stderr)

    vectors = sorted([*written(pythons), *by_hand()], key=lambda vector: vector.name)
    answers = describe(vectors, pythons[READER])
    verify(vectors, answers)
    if not options.check:
        write_all(HERE, vectors, answers)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_all(folder, vectors, answers)
        compare = compare_known if missing else compare_all
        problems = compare(tree(folder), tree(HERE))
    for problem in problems:
        print("make: " + problem)
    if problems:
        sys.exit("make: %d differences" % len(problems))
    print("make: the committed vectors are what the interpreters write")


if __name__ == "__main__":
    main()
