"""What the engine is meant to reach, and what it reached in these results."""

from results import mean

PLAIN = ["ints", "floats", "strings", "records", "config"]
DECODED = [*PLAIN, "instances", "dataclass", "bigints"]
# Bytes are copied, by whatever pickler: no ratio but 1 can be had of these.
WRITTEN = [*PLAIN, "tuples", "instances", "dataclass", "graph", "bigints", "times", "messages"]


def smallest(values):
    values = [value for value in values if value]
    return min(values) if values else None


def largest(values):
    values = [value for value in values if value]
    return max(values) if values else None


def goals(results):
    """Lines of what, wanted, reached, whether that is enough. What was not measured is None."""
    lines = []

    def least(what, wanted, reached):
        lines.append((what, "≥ %g" % wanted, reached, reached is not None and reached >= wanted))

    def most(what, wanted, reached):
        lines.append((what, "≤ %g" % wanted, reached, reached is not None and reached <= wanted))

    def ratios(work, names, peer, **more):
        return [results.ratio("rust", name, peer, work=work, protocol=5, **more) for name in names]

    for name, wanted in (("ints", 7), ("floats", 7), ("strings", 15), ("records", 20), ("config", 20), ("instances", 25)):
        least("graph read, against serde-pickle: %s" % name, wanted, ratios("read", [name], "serde-pickle")[0])
    least("graph read, against serde-pickle: geometric mean", 12, mean(ratios("read", DECODED, "serde-pickle")))
    reused = [results.between("rust", name, "brinery, reused", "serde-pickle", work="read", protocol=5) for name in DECODED]
    if any(reused):
        least("the same with a reused graph", 18, mean(reused))
    # Cycles are read by CPython too, and so are times.
    both = [*DECODED, "tuples", "graph", "times"]
    least("graph read, against CPython's loads, no collector: geometric mean", 3, mean(ratios("read", both, "CPython")))
    reused = [results.between("rust", name, "brinery, reused", "CPython", work="read", protocol=5) for name in both]
    if any(reused):
        least("the same with a reused graph", 5, mean(reused))
    least("typed read of records, against serde-pickle", 8, ratios("read typed", ["records"], "serde-pickle")[0])
    least("typed read of records, against rmp-serde", 1, ratios("read typed", ["records"], "rmp-serde")[0])
    borrowed = [
        results.between("rust", "records", "brinery, borrowed", "rmp-serde, borrowed", work="read typed", protocol=5)
    ]
    least("the same, both borrowed", 1, borrowed[0])
    least("write, against CPython's dumps: the least", 3, smallest(ratios("write", WRITTEN, "CPython")))
    least("write, against CPython's dumps: geometric mean", 7, mean(ratios("write", WRITTEN, "CPython")))
    least("write, against serde-pickle: geometric mean", 3, mean(ratios("write", WRITTEN, "serde-pickle")))
    under = ratios("write", WRITTEN, "serde-pickle", allocator="mimalloc")
    least("write, against serde-pickle, both with mimalloc: the least", 1, smallest(under))

    def peaks(name, peer):
        rows = results.of("memory", work="read", workload=name, protocol=5, peer=peer)
        return rows[0]["peak"] / rows[0]["bytes"] if rows else None

    most("peak memory of a graph, times the pickle: records", 3.5, peaks("records", "brinery"))
    most("peak memory of a graph, times the pickle: ints", 6, peaks("ints", "brinery"))
    shares = [
        ours / theirs for name in DECODED if (ours := peaks(name, "brinery")) and (theirs := peaks(name, "serde-pickle"))
    ]
    most("peak memory of a graph, times serde-pickle's: the most", 0.5, largest(shares))
    for row in results.of("rust", work="read", workload="message", protocol=5):
        if row["peer"] in ("brinery", "brinery, reused"):
            most("one message of 100 bytes, ns (%s)" % row["peer"], 100, row["seconds"] * 1e9)
    for row in results.of("memory", work="read", workload="message", protocol=5):
        if row["peer"] in ("brinery", "brinery, reused"):
            most("allocations for it (%s)" % row["peer"], 1, row["allocations"])
    for work in ("read", "write"):
        rows = results.of("scaling", work=work, size=100)
        most("a hundred times the size, times the time: %s, the most" % work, 110, largest(row["ratio"][1] for row in rows))
    least("tasks spliced, against cloudpickle: the least", 100, smallest(
        row["ratio"][1] for row in results.of("rust", work="task", peer="cloudpickle")
    ))
    return lines
