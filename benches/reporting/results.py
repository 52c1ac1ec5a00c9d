"""The results that the benchmarks left, and how they are put together."""

import glob
import json
import math
import os

ORDER = [
    "ints", "floats", "strings", "records", "config", "tuples", "instances", "dataclass", "graph", "bigints", "times",
    "blobs", "arrays", "messages", "message", "state", "checkpoint",
]


class Results:
    def __init__(self, folder):
        self.rows, self.facts = [], {}
        for path in sorted(glob.glob(os.path.join(folder, "*.jsonl"))):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    row = json.loads(line)
                    if row["suite"] == "facts":
                        self.facts[row["stage"]] = row
                    else:
                        self.rows.append(row)

    def of(self, suite, **wanted):
        """The rows with these values; what a row lacks is None."""
        wanted = {"allocator": None, **wanted}
        return [
            row
            for row in self.rows
            if row["suite"] == suite and all(row.get(key) == value for key, value in wanted.items())
        ]

    def workloads(self, rows):
        found = {row["workload"]: None for row in rows}
        return sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))

    def ratio(self, suite, workload, peer, **wanted):
        """How many times what brinery takes the peer takes: median; None if it took no part."""
        rows = self.of(suite, workload=workload, peer=peer, **wanted)
        return rows[0]["ratio"][1] if rows else None

    def between(self, suite, workload, ours, theirs, **wanted):
        """The same with another entry of brinery in brinery's place."""
        mine, other = (self.ratio(suite, workload, peer, **wanted) for peer in (ours, theirs))
        return other / mine if mine and other else None


def mean(values):
    """The geometric mean, which is the one of ratios."""
    values = [value for value in values if value]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None
