"""Says of functions in source whether this Python compiles them, and whether it loads the pickles that were made of them.

    python -I -S source_rules.py

Each line on standard input is a JSON list: a text, and the digits of a pickle or null. The answer is a line with two words:
whether the text compiles where a variable `k` is bound around it, and whether the pickle loads.
"""

import json
import pickle
import sys
import warnings


def tried(run, *args):
    try:
        run(*args)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return "no"
    return "yes"


def compiled(text):
    if text.startswith("lambda"):
        text = "return (" + text + "\n)"
    inside = "".join(" " + line for line in text.splitlines(True))
    compile("def _(k):\n" + inside + "\n", "<snippet>", "exec")


def main():
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        text, pickled = json.loads(line)
        loads = tried(pickle.loads, bytes.fromhex(pickled)) if pickled else "none"
        print(tried(compiled, text), loads)


main()
