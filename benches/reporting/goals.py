"""What the engine is meant to reach, and what it reached in these results."""

from results import mean

PLAIN = ["ints", "floats", "strings", "records", "config"]
DECODED = [*PLAIN, "instances", "dataclass", "bigints"]
# Bytes are copied, by whatever pickler: no ratio but 1 can be had of these.
WRITTEN = [*PLAIN, "tuples", "instances", "dataclass", "graph", "bigints", "times", "messages"]


def extreme(choose, values):
    """The smallest or largest of name to value, and its name."""
    values = {name: value for name, value in values.items() if value}
    if not values:
        return "", None
    name = choose(values, key=values.get)
    return " (%s)" % name, values[name]


def goals(results):
    """Lines of what, wanted, reached, whether that is enough. What was not measured is None."""
    lines = []

    def least(what, wanted, reached):
        lines.append((what, "≥ %g" % wanted, reached, reached is not None and reached >= wanted))

    def most(what, wanted, reached):
        lines.append((what, "≤ %g" % wanted, reached, reached is not None and reached <= wanted))

    def named(work, names, peer, **more):
        return {name: results.ratio("rust", name, peer, work=work, protocol=5, **more) for name in names}

    def ratios(work, names, peer, **more):
        return list(named(work, names, peer, **more).values())

    each = {"ints": 7, "floats": 7, "strings": 15, "records": 20, "config": 20, "instances": 25}
    for name, wanted in each.items():
        least("graph read, against serde-pickle: %s" % name, wanted, ratios("read", [name], "serde-pickle")[0])
    least("graph read, against serde-pickle: geometric mean", 12, mean(ratios("read", DECODED, "serde-pickle")))

    def reusing(names, peer):
        return [results.between("rust", name, "brinery, reused", peer, work="read", protocol=5) for name in names]

    reused = reusing(DECODED, "serde-pickle")
    if any(reused):
        least("the same with a reused graph", 18, mean(reused))
    # Cycles are read by CPython too, and so are times.
    both = [*DECODED, "tuples", "graph", "times"]
    least("graph read, against CPython's loads, no collector: geometric mean", 3, mean(ratios("read", both, "CPython")))
    reused = reusing(both, "CPython")
    if any(reused):
        least("the same with a reused graph", 5, mean(reused))
    least("typed read of records, against serde-pickle", 8, ratios("read typed", ["records"], "serde-pickle")[0])
    least("typed read of records, against rmp-serde", 1, ratios("read typed", ["records"], "rmp-serde")[0])
    borrowed = [
        results.between("rust", "records", "brinery, borrowed", "rmp-serde, borrowed", work="read typed", protocol=5)
    ]
    least("the same, both borrowed", 1, borrowed[0])
    name, value = extreme(min, named("write", WRITTEN, "CPython"))
    least("write, against CPython's dumps: the least%s" % name, 3, value)
    least("write, against CPython's dumps: geometric mean", 7, mean(ratios("write", WRITTEN, "CPython")))
    least("write, against serde-pickle: geometric mean", 3, mean(ratios("write", WRITTEN, "serde-pickle")))
    name, value = extreme(min, named("write", WRITTEN, "serde-pickle", allocator="mimalloc"))
    least("write, against serde-pickle, both with mimalloc: the least%s" % name, 1, value)

    def peaks(name, peer):
        rows = results.of("memory", work="read", workload=name, protocol=5, peer=peer)
        return rows[0]["peak"] / rows[0]["bytes"] if rows else None

    most("peak memory of a graph, times the pickle: records", 3.5, peaks("records", "brinery"))
    most("peak memory of a graph, times the pickle: ints", 6, peaks("ints", "brinery"))
    both = {name: (peaks(name, "brinery"), peaks(name, "serde-pickle")) for name in DECODED}
    name, value = extreme(max, {name: ours / theirs for name, (ours, theirs) in both.items() if ours and theirs})
    most("peak memory of a graph, times serde-pickle's: the most%s" % name, 0.5, value)
    for row in results.of("rust", work="read", workload="message", protocol=5):
        if row["peer"] in ("brinery", "brinery, reused"):
            most("one message of 100 bytes, ns (%s)" % row["peer"], 100, row["seconds"] * 1e9)
    for row in results.of("memory", work="read", workload="message", protocol=5):
        if row["peer"] in ("brinery", "brinery, reused"):
            most("allocations for it (%s)" % row["peer"], 1, row["allocations"])
    for work in ("read", "write"):
        rows = results.of("scaling", work=work, size=100)
        name, value = extreme(max, {row["workload"]: row["ratio"][1] for row in rows})
        most("a hundred times the size, times the time: %s, the most%s" % (work, name), 110, value)
    tasks = results.of("rust", work="task", peer="cloudpickle")
    name, value = extreme(min, {row["workload"]: row["ratio"][1] for row in tasks})
    least("tasks spliced, against cloudpickle: the least%s" % name, 100, value)
    return lines
