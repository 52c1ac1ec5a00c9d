"""Runs what a page of docs/engines shows: `python page.py dask`. Its output is printed; an exception is a failure."""

import pathlib
import re
import runpy
import sys
import tempfile

DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs" / "engines"


def main(name):
    page = DOCS / (name + ".md")
    try:
        import brinery  # noqa: F401

        __import__({"tasks": "brinery.tasks"}.get(name, name))
    except ImportError as error:
        print("SKIPPED: docs/engines/%s.md: %s" % (name, error), flush=True)
        return
    blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if not blocks:
        sys.exit("%s shows nothing to run" % page)
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "page.py"
        script.write_text("\n".join(blocks))
        sys.path[0] = folder
        sys.argv = [str(script)]
        runpy.run_path(str(script), run_name="__main__")
    print("docs/engines/%s.md ran" % name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
