"""The shares as a table for a person, and everything as JSON for a program."""

import collections
import json
import os


def shares(run):
    """A row per cell: its kinds, what came out right, and what worked under the pickler and not in a wire."""
    for cell in run.cells:
        own = cell.right["own"]
        row = {"cell": cell.label, "writer": cell.writer, "python": cell.python.minor, "kinds": len(cell.index), "written": len(cell.written), "own": len(own)}
        for wire in run.wires:
            right = cell.right[wire]
            row[wire] = {"right": len(right), "mended": sorted(right - own), "lost": sorted(own - right), "refused": len(cell.refused[wire])}
        yield row


def show(run, seconds):
    print("%-36s %5s %7s %9s" % ("written by", "kinds", "written", "by itself") + "".join(" %18s" % wire for wire in run.wires))
    for row in shares(run):
        share = lambda n: "%3d %5.1f%%" % (n, 100 * n / max(row["kinds"], 1))
        line = "%-36s %5d %7d %s" % (row["cell"], row["kinds"], row["written"], share(row["own"]))
        for wire in run.wires:
            found = row[wire]
            line += " %s +%-3d-%-3d" % (share(found["right"]), len(found["mended"]), len(found["lost"]))
        print(line)
    print("(+: does not work by itself, -: works only by itself)")
    totals = collections.defaultdict(collections.Counter)
    for cell, wire, python, count in run.trips:
        totals[wire].update(count)
    for wire, count in totals.items():
        print("%s on another Python: %s" % (wire, ", ".join("%d %s" % (n, what) for what, n in sorted(count.items()))))
    print("%d kinds, %d pickles, %.0f seconds" % (len(run.uses), sum(len(cell.written) for cell in run.cells), seconds))


def save(run):
    with open(os.path.join(run.work, "summary.json"), "w", encoding="utf-8") as file:
        trips = [{"cell": cell.label, "wire": wire, "to": python.minor, "counts": count} for cell, wire, python, count in run.trips]
        json.dump({"kinds": len(run.uses), "rows": list(shares(run)), "failures": run.failures, "trips": trips, "travels": run.travels}, file, indent=1)
    with open(os.path.join(run.work, "failures.txt"), "w", encoding="utf-8") as file:
        for failure in sorted(run.failures, key=lambda f: (f["wire"], not f["own"], f["why"][:40], f["kind"], f["cell"])):
            if failure["wire"] != "own":
                worked = "worked by itself" if failure["own"] else "did not work by itself either"
                file.write("%(wire)s | %(kind)s | %(cell)s | %(why)s" % failure + " | %s\n" % worked)
        for travel in run.travels:
            if travel["stage"] != "load":
                file.write("%(wire)s | %(kind)s | %(cell)s to %(to)s | %(why)s\n" % travel)
