"""Writes the report: README.md, the plots, and the results that they were made of.

    python report.py RESULTS FOLDER

RESULTS is the folder with the lines of JSON that the benchmarks left (all.py); or it is FOLDER, and the report is made
again of what it holds. With BRINERY_PNG set the plots are written as pictures too, to be looked at.
"""

import json
import os
import sys

from goals import goals
from plots import Plots
from results import ORDER, Results

HEAD = """# Benchmarks

Made by `python benches/all.py`. A ratio is how many times as long as brinery another takes for the same work: the
median over rounds in which all run in turns, by the thread's CPU time, with the quartiles behind it. Above 1, brinery
is faster. What the columns are, what was left out and why: [docs/performance.md](../../docs/performance.md).

"""
ABOUT = {
    "headline": "Protocol 5, beside serde-pickle and CPython's optimised `pickle` with its collector off",
    "read": "Reading into a graph; to the left of the line the limits, a bare scan of the opcodes and a copy of the bytes",
    "write": "Writing from a graph; of those in Rust only brinery (not: brinery, fast) writes memo and frames",
    "typed": "Reading into types of Rust and writing from them",
    "throughput": "Megabytes a second",
    "memory": "Peak memory of reading into a graph",
    "scaling": "One, ten and a hundred times the size",
    "python-loads": "Python: loads",
    "python-dumps": "Python: dumps",
    "python-fresh": "Python: loads once in a fresh process",
    "functions": "Functions and classes by value",
}


def time(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return "%.3g %s" % (seconds / size, unit)
    return "%.3g ns" % (seconds * 1e9)


def number(value):
    return "%.3g" % value if value < 1000 else "{:,.0f}".format(value)


def ratio(row):
    low, middle, high = map(number, row["ratio"])
    return "%s (%s–%s)" % (middle, low, high)


def facts(results):
    lines = []
    for stage, row in results.facts.items():
        load = "%.1f to %.1f" % tuple(row["load"]) if row["load"] else "not noted"
        lines.append("| %s | %s | %s | %g | %s |" % (stage, row["date"], row["commit"], row["scale"], load))
    if not lines:
        return []
    row = list(results.facts.values())[-1]
    pythons = sorted({each["python"] for each in results.rows if "python" in each})
    versions = "; ".join([row["rustc"].split(" (")[0], *row["crates"], *pythons, *row["packages"]])
    return [
        "%s. %s." % (row["machine"], versions),
        "",
        "A load above the number of cores means that others had a part of them.",
        "",
        "| part | date | commit | scale | the machine's load |",
        "| --- | --- | --- | --: | --- |",
        *lines,
        "",
    ]


def reached(results):
    lines = ["## Goals", "", "| | goal | reached | |", "| --- | --: | --: | --- |"]
    for what, wanted, value, enough in goals(results):
        shown = "not measured" if value is None else number(value)
        lines.append("| %s | %s | %s | %s |" % (what, wanted, shown, "" if enough or value is None else "**no**"))
    return lines + [""]


def compared(title, rows, about=None):
    """A line for each work, with a column for each peer."""
    if not rows:
        return []
    peers = [peer for peer in dict.fromkeys(row["peer"] for row in rows) if peer != "brinery"]
    cells = {}
    for row in rows:
        key = row["workload"], row.get("work", ""), row.get("protocol", 5)
        cells.setdefault(key, {})[row["peer"]] = row
    with_bytes = all("bytes" in row for row in rows)
    head = ["", "", "brinery", *(["MB/s"] if with_bytes else []), *peers]
    lines = ["## " + title, "", *([about, ""] if about else [])]
    lines += ["| %s |" % " | ".join(head), "| --- | --- |" + " --: |" * (len(head) - 2)]

    def place(key):
        workload, work, protocol = key
        return ORDER.index(workload) if workload in ORDER else len(ORDER), work, protocol

    for key in sorted(cells, key=place):
        mine = cells[key]
        ours = mine["brinery"]
        name = key[0] + (", protocol %d" % key[2] if "protocol" in ours else "")
        line = [name, key[1], time(ours["seconds"])]
        if with_bytes:
            line.append(number(ours["bytes"] / ours["seconds"] / 1e6))
        line += [ratio(mine[peer]) if peer in mine else "" for peer in peers]
        lines.append("| %s |" % " | ".join(line))
    return lines + [""]


def memory(results):
    rows = results.of("memory")
    if not rows:
        return []
    peers = list(dict.fromkeys(row["peer"] for row in rows))
    lines = [
        "## Peak memory and allocations",
        "",
        "The peak of what came to the process while it read, times the size of the pickle; allocations behind it.",
        "",
        "| | | %s |" % " | ".join(peers),
        "| --- | --- |" + " --: |" * len(peers),
    ]
    for name in results.workloads(rows):
        for work in ("read", "write"):
            mine = {row["peer"]: row for row in rows if (row["workload"], row["work"]) == (name, work)}
            cells = []
            for peer in peers:
                row = mine.get(peer)
                told = row and "peak" in row and row["bytes"] > 10_000
                peak = "×%s, " % number(row["peak"] / row["bytes"]) if told else ""
                cells.append(peak + "{:,}".format(row["allocations"]) if row else "")
            lines.append("| %s | %s | %s |" % (name, work, " | ".join(cells)))
    return lines + [""]


def scaling(results):
    rows = results.of("scaling", size=100)
    if not rows:
        return []
    lines = ["## A hundred times the size", "", "| | | times the time |", "| --- | --- | --: |"]
    for name in results.workloads(rows):
        lines += ["| %s | %s | %s |" % (name, row["work"], ratio(row)) for row in rows if row["workload"] == name]
    return lines + [""]


def peaks(results):
    rows = results.of("python, fresh")
    lines = []
    for python in sorted({row["python"] for row in rows}):
        mine = results.of("python, fresh", python=python)
        lines += compared("Once in a fresh process: %s" % python, mine)
        lines += ["Peak memory that came while it worked, times the size of the pickle:", ""]
        lines += ["| | | brinery | pickle |", "| --- | --- | --: | --: |"]
        for name in results.workloads(mine):
            for work in ("loads", "dumps"):
                both = {row["peer"]: row for row in mine if (row["workload"], row["work"]) == (name, work)}
                if not both:
                    continue
                sizes = [number(both[peer]["peak"] / both[peer]["bytes"]) for peer in ("brinery", "pickle")]
                lines.append("| %s | %s | %s | %s |" % (name, work, *sizes))
        lines.append("")
    return lines


def scanned(results):
    rows = results.of("scan")
    if not rows:
        return []
    lines = ["## Scanning files, whole processes", "", "| | | says | of the processor | times brinery's | peak memory |"]
    lines.append("| --- | --- | --- | --: | --: | --: |")
    for row in rows:
        peak = "%.0f MB" % (row["peak"] / 1e6)
        cells = [row["workload"], row["peer"], row["answer"], time(row["seconds"]), ratio(row), peak]
        lines.append("| %s |" % " | ".join(cells))
    return lines + [""]


def main():
    source, folder = sys.argv[1:]
    results = Results(source)
    with open(os.path.join(folder, "results.jsonl"), "w", encoding="utf-8") as file:
        for row in [*results.facts.values(), *results.rows]:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    made = Plots(results, folder).all()
    lines = HEAD.split("\n")[:-1] + facts(results) + reached(results)
    for name in made:
        lines += ["%s:" % ABOUT[name], "", "![%s](%s.svg)" % (ABOUT[name], name), ""]
    rust = [row for row in results.of("rust") if row["work"] in ("read", "write")]
    lines += compared("Rust: graphs", rust)
    typed = [row for row in results.of("rust") if row["work"].endswith("typed")]
    lines += compared("Rust: types", typed)
    lines += compared("Rust: writing, all under mimalloc", results.of("rust", allocator="mimalloc", work="write"))
    lines += compared("Tasks from one function", results.of("rust", work="task"))
    lines += memory(results) + scaling(results)
    for python in sorted({row["python"] for row in results.of("python")}):
        lines += compared(python, results.of("python", python=python))
    lines += peaks(results)
    for python in sorted({row["python"] for row in results.of("functions")}):
        lines += compared("Functions by value: %s" % python, results.of("functions", python=python))
    lines += scanned(results)
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines).rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
