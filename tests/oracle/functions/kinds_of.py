"""What the files of kinds say, read and not run."""

import ast
import os

# Kinds that no Python before 3.7 can make.
LIMITED = {"signatures.many_parameters"}


def uses(directory, minor=99):
    """The source of the use of each kind that CPython 3.`minor` knows, as a function named `use`."""
    found = {}
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".py"):
            continue
        family = name[: -len(".py")]
        if family.split("_")[-1].isdigit():
            if int(family.split("_")[-1]) > minor:
                continue
            family = "_".join(family.split("_")[:-2])
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            text = file.read()
        kinds = set()
        for node in ast.parse(text).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            marks = {getattr(getattr(mark, "func", mark), "id", None) for mark in node.decorator_list}
            if "kind" in marks:
                kinds.add(node.name)
            elif "use" in marks:
                found["%s.%s" % (family, node.name)] = ast.get_source_segment(text, node) + "\nuse = %s\n" % node.name
        missing = [kind for kind in kinds if "%s.%s" % (family, kind) not in found]
        assert not missing, "%s has kinds without a use: %s" % (name, missing)
    return found
