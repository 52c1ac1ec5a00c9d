"""How long and how much memory, whole processes, one after the other in turns."""

import os
import pickle
import shutil
import statistics
import sys
import tempfile
import time

import tools

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "workloads"))
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import checkpoint as workload
import timing

RECORDS = 300_000
FILES = 2_000
TENSORS = 200


def records(path):
    """Plain dicts and nothing that is imported."""
    rows = [
        {
            "id": index,
            "name": "u%d" % index,
            "email": "u%d@example.org" % index,
            "age": index % 90,
            "score": index * 0.25,
            "active": index % 2 == 0,
        }
        for index in range(RECORDS)
    ]
    with open(path, "wb") as file:
        pickle.dump(rows, file, 4)
    return os.path.getsize(path)


def folder(path):
    """Small pickles of records, none like another."""
    os.mkdir(path)
    total = 0
    for index in range(FILES):
        row = {"id": index, "name": "item %d" % index, "tags": ["a", "b", str(index)], "sizes": list(range(index % 50))}
        with open(os.path.join(path, "%04d.pkl" % index), "wb") as file:
            pickle.dump(row, file, 4)
        total += os.path.getsize(os.path.join(path, "%04d.pkl" % index))
    return total


def checkpoint(path, size):
    """What torch.save writes of so many tensors, each of so many bytes."""
    workload.write(path, TENSORS, size)
    return os.path.getsize(path)


def reader():
    """Reads the pickle of a checkpoint and does nothing with it."""
    code = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).read('archive/data.pkl')"
    return tools.Tool(
        "Python's zipfile, reading its pickle",
        None,
        lambda path: [sys.executable, "-S", "-c", code, path],
        lambda code, text: "nothing" if code == 0 else "error",
    )


def torch(rivals, rounds, where):
    judges = [tool for tool in rivals if tool.name in ("brinery", "picklescan")]
    lines = []
    for size in (1 << 14, 8 << 20):
        path = os.path.join(where, "checkpoint.pt")
        whole = checkpoint(path, size)
        title = "A checkpoint of %d tensors, %.1f MB:" % (TENSORS, whole / 1e6)
        lines += table(title, race([*judges, reader()], path, rounds, where), whole)
        os.remove(path)
    return lines


def race(rivals, path, rounds, where):
    """Tool name to its runs; in turns, the slow ones in the first two rounds alone."""
    runs = {tool.name: [] for tool in rivals}
    for turn in range(rounds):
        for tool in rivals:
            if turn > 1 and runs[tool.name][0].seconds > 20:
                continue
            runs[tool.name].append(tools.judge(tool, path, where, seconds=600))
    return runs


def table(title, results, size):
    """Medians by the clock and of the processor, which other work on the machine does not change."""

    def medians(runs):
        return statistics.median(run.seconds for run in runs), statistics.median(run.processor for run in runs)

    lines = [
        title,
        "",
        "| tool | says | seconds | processor seconds | against brinery | peak memory | of the file's size | runs |",
        "| --- | --- | --: | --: | --: | --: | --: | --: |",
    ]
    base = medians(results["brinery"])
    for name, runs in results.items():
        clock, processor = medians(runs)
        memory = max(run.memory for run in runs)
        answers = ", ".join(sorted({run.answer for run in runs}))
        ratios = [run.processor / mine.processor for run, mine in zip(runs, results["brinery"])]
        row = {"suite": "scan", "workload": title.rstrip(":"), "peer": name, "answer": answers, "bytes": size}
        quartiles = timing.short(timing.quartiles(ratios))
        timing.append({**row, "peak": memory, "seconds": processor, "ratio": quartiles})
        lines.append(
            "| %s | %s | %.3f | %.3f | %.0f times, %.0f times | %.0f MB | %.1f | %d |"
            % (
                name,
                answers,
                clock,
                processor,
                clock / base[0],
                processor / base[1],
                memory / 1e6,
                memory / size,
                len(runs),
            )
        )
    return lines + [""]


def run(rivals, rounds):
    """The lines of the document."""
    where = tempfile.mkdtemp()
    try:
        path = os.path.join(where, "records.pkl")
        size = records(path)
        lines = table(
            "A file of %s dicts, %.1f MB, with no import at all:" % (format(RECORDS, ","), size / 1e6),
            race(rivals, path, rounds, where),
            size,
        )
        path = os.path.join(where, "folder")
        size = folder(path)
        chosen = [tool for tool in rivals if tool.name in ("brinery", "picklescan", "modelscan")]
        lines += table(
            "A folder of %s files, %.1f MB (fickling's command takes no folders):" % (format(FILES, ","), size / 1e6),
            race(chosen, path, rounds, where),
            size,
        )
        return lines + torch(rivals, rounds, where)
    finally:
        shutil.rmtree(where)


if __name__ == "__main__":
    start = time.monotonic()
    with tempfile.NamedTemporaryFile() as file:
        print(records(file.name), "bytes in", time.monotonic() - start, "s")
