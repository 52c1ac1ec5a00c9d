"""Makes the corpus: `python make.py`, or compares: `python make.py --check`.

    make.py                the dangerous files and what the standard library writes, and the manifest
    make.py --libraries    also the safe files of numpy, pandas, scikit-learn, joblib and PyTorch
    make.py --check        compares instead of writing; exit 1 on a difference

Needed are CPython 3.13 and 2.7: paths in BRINERY_PYTHONS (colon-separated), else $HOME/.pyenv/versions/*/bin/python,
else by name from PATH. The libraries are those of ../oracle/packages.sh. Their bytes are not the same in each run, so
that --check holds what is committed of theirs against the manifest's hashes; the other bytes are made anew.
"""

import argparse
import glob
import hashlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "cases"))
sys.dont_write_bytecode = True

import wire  # noqa: E402

CLASSES = (
    "gadgets",
    "resolvers",
    "names",
    "stack",
    "calls",
    "readers",
    "broken",
    "registry",
    "nested",
    "containers",
    "memory",
)
POLICIES = ("data", "stdlib", "numpy", "pandas", "torch", "sklearn")
# Which built-in policies allow what a smaller one allows.
WIDER = {
    "data": POLICIES,
    "stdlib": ("stdlib", "numpy", "pandas", "sklearn"),
    "numpy": ("numpy", "pandas", "sklearn"),
    "pandas": ("pandas",),
    "torch": ("torch",),
    "sklearn": ("sklearn",),
    "other": (),
}
HEAD = ("file", "kind", "class", "what", "source") + POLICIES + ("rule", "name", "offset", "sha256")
LIBRARIES = (
    ("arrays.py", "classic"),
    ("arrays.py", "modern"),
    ("arrays.py", "latest"),
    ("frames.py", "classic"),
    ("frames.py", "modern"),
    ("frames.py", "latest"),
    ("models.py", "classic"),
    ("models.py", "modern"),
    ("tensors.py", "torch"),
)
ENVIRONMENT = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", PYTHONIOENCODING="utf-8")


def python(version):
    """The path of this CPython."""
    paths = os.environ.get("BRINERY_PYTHONS")
    if paths:
        paths = [path for path in paths.split(":") if path]
    else:
        paths = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python"))) + ["python" + version]
    question = "import sys; sys.stdout.write('%d.%d' % sys.version_info[:2])"
    for path in paths:
        try:
            if subprocess.run([path, "-c", question], capture_output=True).stdout.decode() == version:
                return path
        except OSError:
            pass
    sys.exit("make.py: CPython %s was not found; name its path in BRINERY_PYTHONS" % version)


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def escaped(text):
    """A text in a cell of the manifest."""
    return text.encode("unicode_escape").decode("ascii")


def verdicts(spec):
    """A column for each policy."""
    spec = spec if isinstance(spec, dict) else {"*": spec}
    return [spec.get(policy, spec.get("*")) for policy in POLICIES]


def dangerous():
    """File to bytes, and the rows of the manifest."""
    files, rows = {}, []
    for group in CLASSES:
        start = len(wire.CASES)
        __import__(group)
        for case in wire.CASES[start:]:
            name = "dangerous/%s/%s" % (group, case.file.rstrip("."))
            if name in files:
                sys.exit("make.py: two files are called " + name)
            files[name] = bytes(case.data)
            rule, found = case.finds
            rows.append(
                [name, "dangerous", group, escaped(case.trick), case.source]
                + verdicts(case.verdict)
                + [rule, escaped(found or "-"), "-" if case.at is None else str(case.at), digest(case.data)]
            )
    return files, rows


def run(path, script, made_by):
    """What a writer makes: file to bytes, and the rows."""
    files, rows = {}, []
    with tempfile.TemporaryDirectory() as out:
        command = [path, "-W", "ignore", os.path.join(HERE, "writers", script), out]
        lines = (
            subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
        )
        for line in lines:
            name, policy, what = line.split("\t")
            with open(os.path.join(out, name), "rb") as file:
                data = file.read()
            name = "safe/" + name
            wide = ["safe" if other in WIDER[policy] else "unknown" for other in POLICIES]
            files[name] = data
            rows.append([name, "safe", policy, what, made_by] + wide + ["-", "-", "-", digest(data)])
    return files, rows


def version_of(path, *packages):
    """Who writes, as the manifest names it."""
    code = (
        "import sys\nfrom importlib.metadata import version\nprint('CPython %d.%d.%d' % sys.version_info[:3], end='')\n"
    )
    code += "for name in %r: print(', ' + name + ' ' + version(name), end='')" % (packages,)
    return subprocess.run([path, "-c", code], capture_output=True, check=True).stdout.decode()


PACKAGES = {
    "arrays.py": ("numpy",),
    "frames.py": ("pandas", "numpy"),
    "models.py": ("scikit-learn", "joblib", "numpy"),
    "tensors.py": ("torch",),
}


def standard():
    files, rows = {}, []
    for version, script in (("3.13", "plain.py"), ("2.7", "python2.py")):
        more, lines = run(python(version), script, "CPython " + version)
        files.update(more)
        rows += lines
    return files, rows


def libraries():
    files, rows = {}, []
    for script, name in LIBRARIES:
        maker = os.path.join(HERE, "..", "oracle", "packages.sh")
        path = subprocess.run(["sh", maker, name], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        more, lines = run(path, script, version_of(path, *PACKAGES[script]))
        files.update(more)
        rows += lines
    return files, rows


def committed(path="manifest.tsv"):
    """The rows of the manifest there is."""
    try:
        with open(os.path.join(HERE, path), encoding="utf-8") as file:
            return [line.rstrip("\n").split("\t") for line in file][1:]
    except FileNotFoundError:
        return []


def read(name):
    try:
        with open(os.path.join(HERE, name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--libraries", action="store_true")
    options = parser.parse_args()
    if options.check and options.libraries:
        parser.error("the bytes that libraries write are not compared")

    files, rows = dangerous()
    more, lines = standard()
    files.update(more)
    rows += lines
    if options.libraries:
        more, lines = libraries()
        files.update(more)
        rows += lines
    else:
        made_here = {row[0] for row in rows}
        makers = tuple(", " + name + " " for names in PACKAGES.values() for name in names)
        kept = [row for row in committed() if row[0] not in made_here and any(maker in row[4] for maker in makers)]
        for row in kept:
            data = read(row[0])
            if data is None or digest(data) != row[-1]:
                sys.exit("make.py: %s is not the file the manifest speaks of" % row[0])
            files[row[0]] = data
        rows += kept
    text = "".join("\t".join(row) + "\n" for row in [list(HEAD)] + sorted(rows))
    files["manifest.tsv"] = text.encode("utf-8")

    there = {
        os.path.relpath(path, HERE)
        for kind in ("dangerous", "safe")
        for path in glob.glob(os.path.join(HERE, kind, "**"), recursive=True)
        if os.path.isfile(path)
    }
    stray = sorted(there - set(files))
    if options.check:
        wrong = ["not made by make.py: " + name for name in stray]
        wrong += ["differs: " + name for name, data in sorted(files.items()) if read(name) != data]
        print("\n".join(wrong) or "make.py: %d files are as they should be" % (len(files) - 1))
        sys.exit(bool(wrong))
    for name in stray:
        os.remove(os.path.join(HERE, name))
    for name, data in files.items():
        os.makedirs(os.path.dirname(os.path.join(HERE, name)), exist_ok=True)
        with open(os.path.join(HERE, name), "wb") as file:
            file.write(data)
    kinds = [row[1] for row in rows]
    print(
        "make.py: %d dangerous and %d safe files, %d bytes"
        % (kinds.count("dangerous"), kinds.count("safe"), sum(map(len, files.values())))
    )


if __name__ == "__main__":
    main()
