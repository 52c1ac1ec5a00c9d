"""Side by side with other scanners: writes docs/scanners.md.

    python benches/scan/compare.py              the corpus in tests/hostile, and the speed
    python benches/scan/compare.py --no-speed   keeps what the document says of speed
    python benches/scan/compare.py --limit N    each N-th file alone, to standard output

The scanners come from their published packages, into an environment of their own (tests/oracle/packages.sh scanners).
Each file is judged in a process of its own, which has a minute and 6 GB. brinery is target/release/brinery, built by
this command, or what BRINERY names.
"""

import argparse
import collections
import datetime
import os
import statistics
import subprocess
import sys
import tempfile

import speed
import tools

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CORPUS = os.path.join(ROOT, "tests", "hostile")
DOCUMENT = os.path.join(ROOT, "docs", "scanners.md")
SPEED = "## Speed\n"

INTRODUCTION = """# brinery and other scanners

Made by `python benches/scan/compare.py` on {date}, with {versions}, on {machine}.

The corpus is [tests/hostile](../tests/hostile/README.md): {dangerous} dangerous files, each a trick or a gadget of its
own, and {safe} safe ones that real libraries wrote. It is ours, and made to hold what an allow-list was designed
against, so that the others start at a disadvantage. {known} of the dangerous files follow something published
(advisories of these very projects, papers, issues; the manifest names the sources), the others are our variants of the
same classes. All tools are used as published, without settings. A tool may know nothing of a format, such as 7z: then it
looks at nothing, which is counted by itself.

"""


def manifest():
    with open(os.path.join(CORPUS, "manifest.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def corpus(rivals, rows, say):
    """(tool, file) to Run; the tools in turns, so that a busy machine is busy for all."""
    runs = {}
    with tempfile.TemporaryDirectory() as where:
        for count, row in enumerate(rows):
            if count % 50 == 0:
                say("%d of %d files" % (count, len(rows)))
            for tool in rivals:
                runs[tool.name, row["file"]] = tools.judge(tool, os.path.join(CORPUS, row["file"]), where)
    return runs


def strict(rivals, rows, runs):
    """A row for picklescan's --strict, which calls bad what it otherwise calls suspicious and changes nothing else."""
    name = "picklescan --strict"
    for row in rows:
        run = runs["picklescan", row["file"]]
        runs[name, row["file"]] = run._replace(answer="bad", code=1) if run.answer == "unsure" else run
    at = [tool.name for tool in rivals].index("picklescan") + 1
    tool = tools.Tool(name, "the same runs; what it calls suspicious is bad, as `--strict` has it", None, None)
    return rivals[:at] + [tool] + rivals[at:]


def share(part, whole):
    return "%d (%.1f %%)" % (part, 100 * part / max(1, whole))


def summary(rivals, rows, runs):
    dangerous = [row["file"] for row in rows if row["kind"] == "dangerous"]
    safe = [row["file"] for row in rows if row["kind"] == "safe"]
    lines = [
        "## The corpus",
        "",
        "Of %d dangerous files:" % len(dangerous),
        "",
        "| tool | called bad | not sure | error | not looked at | **called good** | ended with exit code 0 |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    for tool in rivals:
        said = collections.Counter(runs[tool.name, file].answer for file in dangerous)
        cells = [said["bad"], said["unsure"], said["error"], said["skipped"], said["good"]]
        passed = sum(runs[tool.name, file].code == 0 for file in dangerous)
        lines.append(
            "| %s | %s | **%s** | %s |"
            % (
                tool.name,
                " | ".join(str(cell) for cell in cells[:-1]),
                share(cells[-1], len(dangerous)),
                share(passed, len(dangerous)),
            )
        )
    lines += [
        "",
        "Of %d safe files:" % len(safe),
        "",
        "| tool | called good | not sure | error | not looked at | **called bad** |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for tool in rivals:
        said = collections.Counter(runs[tool.name, file].answer for file in safe)
        cells = [
            share(said["good"], len(safe)),
            said["unsure"],
            said["error"],
            said["skipped"],
            share(said["bad"], len(safe)),
        ]
        lines.append("| %s | %s | **%s** |" % (tool.name, " | ".join(str(cell) for cell in cells[:-1]), cells[-1]))
    lines += [
        "",
        "Time and memory of a process per file, medians over the corpus:",
        "",
        "| tool | milliseconds | of the processor | peak memory |",
        "| --- | --: | --: | --: |",
    ]
    for tool in rivals:
        mine = [run for (name, _), run in runs.items() if name == tool.name]
        middle = [
            statistics.median(numbers) for numbers in zip(*((run.seconds, run.processor, run.memory) for run in mine))
        ]
        lines.append(
            "| %s | %.0f | %.0f | %.0f MB |" % (tool.name, 1000 * middle[0], 1000 * middle[1], middle[2] / 1e6)
        )
    return lines + [""]


def by_class(rivals, rows, runs):
    """Dangerous files by class: how many are not called good by a tool that looked at them."""
    groups = collections.defaultdict(list)
    for row in rows:
        if row["kind"] == "dangerous":
            groups[row["class"]].append(row["file"])
    head = [tool.name for tool in rivals]
    lines = [
        "Dangerous files by class: called bad, and with those it is not sure of.",
        "",
        "| class | files | " + " | ".join(head) + " |",
        "| --- | --: |" + " --: |" * len(head),
    ]
    for group, files in sorted(groups.items()):
        cells = []
        for tool in rivals:
            said = collections.Counter(runs[tool.name, file].answer for file in files)
            cells.append("%d / %d" % (said["bad"], said["bad"] + said["unsure"]))
        lines.append("| %s | %d | %s |" % (group, len(files), " | ".join(cells)))
    return lines + [""]


def meanings(rivals):
    lines = ["What counts as what:", ""]
    for tool in rivals:
        lines.append("- %s: %s." % (tool.name, tool.note))
    return lines + [
        "- *bad* is brinery's `dangerous`, an exit of 1 of the others; *not sure* is `unknown`, or an exit of 0 with",
        "  suspicious globals (picklescan); *error* is `broken`, a traceback, a crash, a reported parsing error, or a",
        "  minute without an answer.",
        "",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--only-speed", action="store_true")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--list", metavar="FILE", help="writes what each tool said of each file")
    options = parser.parse_args()

    def say(text):
        print("compare.py:", text, file=sys.stderr)

    binary = os.environ.get("BRINERY")
    if not binary:
        subprocess.run(["cargo", "build", "--release", "--bin", "brinery"], cwd=ROOT, check=True)
        target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
        binary = os.path.join(target, "release", "brinery")
    maker = os.path.join(ROOT, "tests", "oracle", "packages.sh")
    python = subprocess.run(["sh", maker, "scanners"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    rivals = tools.make(python, os.path.abspath(binary))

    if options.only_speed:
        print("\n".join(speed.run(rivals, options.rounds)))
        return
    rows = manifest()[:: options.limit or 1]
    runs = corpus(rivals, rows, say)
    shown = strict(rivals, rows, runs)
    if options.list:
        with open(options.list, "w", encoding="utf-8") as file:
            for (name, path), run in runs.items():
                file.write("\t".join((name, path, run.answer, "%.3f" % run.seconds, run.detail)) + "\n")
    kinds = collections.Counter(row["kind"] for row in rows)
    text = INTRODUCTION.format(
        date=datetime.date.today().isoformat(),
        versions=", ".join(tools.versions(python, binary)),
        machine=tools.machine(),
        dangerous=kinds["dangerous"],
        known=sum(row["kind"] == "dangerous" and not row["source"].startswith("brinery") for row in rows),
        safe=kinds["safe"],
    )
    text += "\n".join(summary(shown, rows, runs) + by_class(shown, rows, runs) + meanings(shown))
    text += "\n" + SPEED
    if options.no_speed:
        with open(DOCUMENT, encoding="utf-8") as file:
            text += file.read().partition(SPEED)[2]
    elif not options.limit:
        say("the speed")
        text += "\nWhole processes in turns, medians.\n\n" + "\n".join(speed.run(rivals, options.rounds))
    if options.limit:
        print(text)
        return
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(text.rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
