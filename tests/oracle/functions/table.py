"""The shares as a table for a person, and everything as JSON for a program."""

import collections
import json
import os


def shares(run):
    """A row per cell: its kinds, and for the pickler itself and each wire what came out right and what failed, and why."""
    wrong = collections.defaultdict(dict)
    for failure in run.failures:
        wrong[failure["cell"], failure["wire"]][failure["kind"]] = failure["why"]
    for cell in run.cells:
        row = {"cell": cell.label, "writer": cell.writer, "python": cell.python.minor, "kinds": len(cell.index)}
        row["written"] = cell.written
        for wire in ["own"] + cell.wires():
            row[wire] = {"right": sorted(cell.right[wire]), "wrong": wrong[cell.label, wire]}
        # Refused in the wire Portable, and rightly so.
        row["sourceless"] = sorted(cell.sourceless)
        yield row


def show(run, seconds):
    print(
        "%-36s %5s %7s %9s" % ("written by", "kinds", "written", "by itself")
        + "".join(" %19s" % wire for wire in run.wires)
    )
    for row in shares(run):
        share = lambda right: "%3d %5.1f%%" % (len(right), 100 * len(right) / max(row["kinds"], 1))
        own = set(row["own"]["right"])
        line = "%-36s %5d %7d %s" % (row["cell"], row["kinds"], len(row["written"]), share(own))
        for wire in run.wires:
            if wire not in row:
                line += " " * 20
                continue
            right = set(row[wire]["right"])
            lost = own - right - (set(row["sourceless"]) if wire == "portable" else set())
            line += "  %s +%-3d-%-3d" % (share(right), len(right - own), len(lost))
        print(line)
    print(
        "(+: does not work by itself, -: works only by itself; what has bytecode and no source is no loss of portable)"
    )
    totals = collections.defaultdict(collections.Counter)
    for cell, wire, python, count in run.trips:
        totals[wire].update(count)
    for wire, count in totals.items():
        print("%s on another Python: %s" % (wire, ", ".join("%d %s" % (n, what) for what, n in sorted(count.items()))))
    print("%d kinds, %d pickles, %.0f seconds" % (len(run.uses), sum(len(cell.written) for cell in run.cells), seconds))


def save(run):
    with open(os.path.join(run.work, "summary.json"), "w", encoding="utf-8") as file:
        trips = [
            {"cell": cell.label, "wire": wire, "to": python.minor, "counts": count}
            for cell, wire, python, count in run.trips
        ]
        summary = {
            "kinds": len(run.uses),
            "rows": list(shares(run)),
            "trips": trips,
            "travels": run.travels,
            "reports": run.reports,
        }
        json.dump(summary, file, indent=1)
    with open(os.path.join(run.work, "failures.txt"), "w", encoding="utf-8") as file:
        for failure in sorted(
            run.failures, key=lambda f: (f["wire"], not f["own"], f["why"][:40], f["kind"], f["cell"])
        ):
            if failure["wire"] != "own":
                worked = "worked by itself" if failure["own"] else "did not work by itself either"
                file.write("%(wire)s | %(kind)s | %(cell)s | %(why)s" % failure + " | %s\n" % worked)
        for found in run.reports:
            file.write("report | %(kind)s | %(cell)s | %(why)s\n" % found)
        for travel in run.travels:
            file.write("%(wire)s | %(kind)s | %(cell)s to %(to)s | %(verdict)s: %(why)s\n" % travel)
