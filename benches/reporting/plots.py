"""The plots, one SVG each. Text stays text and nothing is dated, so that they are small and change only where results do."""

import os

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter

matplotlib.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "brinery",
        "font.family": "sans-serif",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#dddddd",
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
    }
)
COLOURS = {
    "brinery": "#c1440e",
    "brinery, fast": "#e8a07f",
    "brinery, reused": "#7a2506",
    "brinery, borrowed": "#e8a07f",
    "serde-pickle": "#1f5a94",
    "pickled": "#6fa8dc",
    "pickler": "#7d6bb0",
    "CPython": "#2e7d32",
    "pickle": "#2e7d32",
    "cloudpickle": "#1f5a94",
    "dill": "#6fa8dc",
    "marshal": "#9e9d24",
    "orjson": "#00838f",
    "msgspec": "#7d6bb0",
    "rmp-serde": "#2e7d32",
    "rmp-serde, borrowed": "#81c784",
    "serde_json": "#9e9d24",
    "bincode": "#757575",
    "bincode, borrowed": "#bdbdbd",
    "scan": "#222222",
    "copy": "#9e9e9e",
}
NUMBER = FuncFormatter(lambda value, _: "%g" % value)


class Plots:
    def __init__(self, results, folder):
        self.results, self.folder = results, folder
        self.made = []

    def save(self, figure, name):
        for ending in ("svg", *(["png"] if os.environ.get("BRINERY_PNG") else [])):
            metadata = {"Date": None} if ending == "svg" else None
            figure.savefig(os.path.join(self.folder, name + "." + ending), metadata=metadata, dpi=110)
        plt.close(figure)
        self.made.append(name)

    def ratios(self, axis, rows, title, peers=None):
        """A dot for each workload and peer at how many times as long it takes, with a line from quartile to quartile."""
        workloads = self.results.workloads(rows)
        place = {name: -number for number, name in enumerate(workloads)}
        peers = [peer for peer in (peers or COLOURS) if peer != "brinery" and any(row["peer"] == peer for row in rows)]
        for number, peer in enumerate(peers):
            mine = [row for row in rows if row["peer"] == peer]
            heights = [place[row["workload"]] + 0.3 - 0.6 * (number + 0.5) / len(peers) for row in mine]
            middles = [row["ratio"][1] for row in mine]
            lows, _, highs = zip(*(row["ratio"] for row in mine))
            spread = [[b - a for a, b in zip(lows, middles)], [b - a for a, b in zip(middles, highs)]]
            axis.errorbar(
                middles, heights, xerr=spread, fmt="o", markersize=4, linewidth=1.2, color=COLOURS[peer], label=peer
            )
        axis.axvline(1, color=COLOURS["brinery"], linewidth=1.5)
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(NUMBER)
        axis.set_yticks(list(place.values()), list(place))
        axis.set_ylim(-len(place) + 0.5, 0.5)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("times as long as brinery takes")

    def panels(self, name, panels, height=None, peers=None):
        """Ratios side by side, one legend for all."""
        panels = [(title, rows) for title, rows in panels if rows]
        if not panels:
            return
        most = max(len(self.results.workloads(rows)) for _, rows in panels)
        size = (max(6.5, 4.6 * len(panels) + 0.4), height or 1.5 + 0.36 * most)
        figure, axes = plt.subplots(1, len(panels), figsize=size, squeeze=False)
        for axis, (title, rows) in zip(axes[0], panels):
            self.ratios(axis, rows, title, peers)
        labels = {}
        for axis in axes[0]:
            labels.update(zip(*reversed(axis.get_legend_handles_labels())))
        figure.legend(labels.values(), labels, loc="outside lower center", ncols=min(int(size[0] / 1.6), len(labels)))
        self.save(figure, name)

    def headline(self):
        """Bars against the best known reader and writer in Rust and the one in CPython."""
        names = ["ints", "floats", "strings", "records", "config", "instances", "graph", "messages"]
        figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
        for axis, work, title in zip(axes, ("read", "write"), ("reading into a graph", "writing CPython's bytes")):
            for number, (peer, label) in enumerate((("serde-pickle", "serde-pickle"), ("CPython", "CPython's pickle"))):
                bars = [self.results.ratio("rust", name, peer, work=work, protocol=5) for name in names]
                at = [index + (number - 0.5) * 0.4 for index, bar in enumerate(bars) if bar]
                bars = [bar for bar in bars if bar]
                drawn = axis.bar(at, bars, 0.38, color=COLOURS[peer], label=label)
                labels = ["%.2g" % bar if bar < 10 else "%.0f" % bar for bar in bars]
                axis.bar_label(drawn, labels, fontsize=7, padding=1)
            axis.axhline(1, color=COLOURS["brinery"], linewidth=1.5)
            axis.set_xticks(range(len(names)), names, rotation=25, ha="right")
            axis.grid(axis="x", visible=False)
            axis.set_title(title + ": times as fast as", fontsize=10)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        self.save(figure, "headline")

    def throughput(self):
        rows = [row for work in ("read", "write") for row in self.results.of("rust", work=work, protocol=5)]
        # Arrays are not in their pickle, so that a rate says nothing.
        names = [name for name in self.results.workloads(rows) if name not in ("arrays", "message")]
        figure, axes = plt.subplots(1, 2, figsize=(9.5, 0.9 + 0.36 * len(names)), sharey=True)
        for axis, work in zip(axes, ("read", "write")):
            for peer in ("copy", "scan", "brinery", "serde-pickle", "CPython"):
                rows = self.results.of("rust", work=work, protocol=5, peer=peer)
                rows = [row for row in rows if row["workload"] in names]
                rates = [row["bytes"] / row["seconds"] / 1e6 for row in rows]
                axis.plot(rates, [-names.index(row["workload"]) for row in rows], "o", color=COLOURS[peer], label=peer)
            axis.set_xscale("log")
            axis.xaxis.set_major_formatter(NUMBER)
            axis.set_yticks([-number for number in range(len(names))], names)
            axis.set_xlabel("megabytes of pickle a second")
            axis.set_title(work, fontsize=10)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
        self.save(figure, "throughput")

    def memory(self):
        figure, axis = plt.subplots(figsize=(7, 4.2))
        rows = [row for row in self.results.of("memory", work="read") if "peak" in row and row["bytes"] > 10_000]
        names = self.results.workloads(rows)
        for peer in ("brinery", "serde-pickle", "pickled", "pickler"):
            mine = [row for row in rows if row["peer"] == peer]
            if mine:
                sizes = [max(0.01, row["peak"] / row["bytes"]) for row in mine]
                axis.plot(sizes, [-names.index(row["workload"]) for row in mine], "o", color=COLOURS[peer], label=peer)
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(NUMBER)
        axis.set_yticks([-number for number in range(len(names))], names)
        axis.set_xlabel("peak memory, times the pickle's size")
        axis.set_title("read", fontsize=10)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=5)
        self.save(figure, "memory")

    def scaling(self):
        figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.4), sharey=True)
        for axis, work in zip(axes, ("read", "write")):
            rows = self.results.of("scaling", work=work)
            for name in self.results.workloads(rows):
                mine = sorted((row for row in rows if row["workload"] == name), key=lambda row: row["size"])
                sizes = [row["size"] for row in mine]
                axis.plot(sizes, [row["ratio"][1] / row["size"] for row in mine], "o-", markersize=4, label=name)
            axis.axhline(1.1, color=COLOURS["brinery"], linewidth=1, linestyle="--")
            axis.set_xscale("log")
            axis.set_xticks([1, 10, 100], ["×1", "×10", "×100"])
            axis.minorticks_off()
            axis.set_ylim(bottom=0)
            axis.set_xlabel("size")
            axis.set_title(work + ": time for each element, of that at ×1", fontsize=10)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=9)
        self.save(figure, "scaling")

    def all(self):
        results = self.results
        if results.of("rust", work="read"):
            self.headline()
            self.throughput()
            for work in ("read", "write"):
                rows = [row for row in results.of("rust", work=work, protocol=5) if row["workload"] != "arrays"]
                self.panels(work, [(work + ", protocol 5", rows)])
            typed = [("%s typed" % work, results.of("rust", work="%s typed" % work)) for work in ("read", "write")]
            self.panels("typed", typed)
        if results.of("memory"):
            self.memory()
        if results.of("scaling"):
            self.scaling()
        pythons = sorted({row["python"] for row in results.of("python")})
        for work in ("loads", "dumps"):
            panels = [("%s, %s" % (work, python), results.of("python", work=work, python=python)) for python in pythons]
            self.panels("python-" + work, panels)
        fresh = [
            ("%s once in a new process, %s" % (work, python), results.of("python, fresh", work=work, python=python))
            for work in ("loads",)
            for python in pythons
        ]
        self.panels("python-fresh", fresh)
        functions = [
            ("%s, %s" % (work, pythons[0]), results.of("functions", work=work, python=pythons[0]))
            for work in ("dumps", "loads")
            if pythons
        ]
        self.panels("functions", functions)
        return self.made
