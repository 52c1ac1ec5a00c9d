"""How a writer hands over a file: into a directory, with a line that says what it is."""

import os
import sys

OUT = sys.argv[1]


def write(name, policy, what, data):
    """`policy` is the smallest built-in policy under which the file has to be safe."""
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(data)
    sys.stdout.write("%s\t%s\t%s\n" % (name, policy, what))
