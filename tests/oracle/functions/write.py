"""Writes every kind of function that this Python knows, with one pickler, into a directory.

    python -I -S write.py PICKLER PROTOCOL KINDS OUT [PATH...]

PICKLER is `cloudpickle`, `brinery` (the Python package), `dill`, `dill.flat` (which leaves globals where they are), or `reference` or `sources` (the files
beside this one), PROTOCOL a number or `-` for the
pickler's own choice, KINDS the directory of the families, PATH what else to import from. Each family runs as the module
`__main__`, so that nothing in it can be pickled by name. OUT gets NAME.pkl for each kind that could be pickled, and
index.json: for each kind what its use gives for the original, and what live Python says of the functions in it.
"""

import json
import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))


def families(directory):
    """The files that this Python can compile: `name_3_8.py` is for 3.8 and later."""
    for name in sorted(os.listdir(directory)):
        stem, ending = os.path.splitext(name)
        words = stem.split("_")
        if ending != ".py":
            continue
        if words[-1].isdigit() and words[-2] == "3":
            if not common.at_least((3, int(words[-1]))):
                continue
            stem = "_".join(words[:-2])
        yield stem, os.path.join(directory, name)


class Family:
    """A file of kinds, run as `__main__`."""

    def __init__(self, name, path):
        self.name, self.kinds, self.uses = name, {}, {}
        self.module = sys.modules["__main__"] = types.ModuleType("__main__")
        self.module.__dict__.update(kind=self.kind, use=self.use, __file__=path)
        with open(path, encoding="utf-8") as file:
            code = compile(file.read(), path, "exec")
        exec(code, self.module.__dict__)
        del self.module.kind, self.module.use

    def kind(self, build=None, since=(3, 6)):
        if build is None:
            return lambda build: self.kind(build, since)
        if common.at_least(since):
            assert build.__name__ not in self.kinds, build.__name__
            self.kinds[build.__name__] = build
        # What the name was before (a class, say) stays.
        return self.module.__dict__.get(build.__name__)

    def use(self, use):
        self.uses[use.__name__] = types.FunctionType(use.__code__, common.space(), use.__name__)
        return self.module.__dict__.get(use.__name__)


def write(family, dumps, out, index):
    made = {}
    for name in family.kinds:
        entry = index["%s.%s" % (family.name, name)] = {}
        value, entry["build_error"] = common.guarded(family.kinds[name])
        if entry["build_error"] is None:
            made[name] = value
            data, entry["dump_error"] = common.guarded(dumps, value)
            if data is not None:
                with open(os.path.join(out, "%s.%s.pkl" % (family.name, name)), "wb") as file:
                    file.write(data)
            entry["live"] = live.functions(value)
    # Not before all are written: a use may change what other kinds share.
    for name, value in made.items():
        entry = index["%s.%s" % (family.name, name)]
        entry["result"], entry["use_error"] = common.guarded(family.uses[name], value)


def pickler(name, protocol):
    if name in ("dill", "dill.flat"):
        import dill

        return lambda value: dill.dumps(value, protocol=protocol, recurse=name == "dill")
    if name == "brinery":
        from brinery import cloudpickle as ours

        return lambda value: ours.dumps(value, protocol=protocol)
    if name in ("reference", "sources"):
        module = __import__(name)
        return lambda value: module.dumps(value, protocol)
    import cloudpickle

    return lambda value: cloudpickle.dumps(value, protocol=protocol)


def main(library, protocol, kinds, out, *path):
    sys.path[:0] = list(path) + [HERE]
    global common, live
    import common
    import live

    index = {}
    dumps = None
    for name, file in families(kinds):
        family = Family(name, file)
        # Only now: dill asks for `__main__` when it is imported.
        dumps = dumps or pickler(library, None if protocol == "-" else int(protocol))
        if library.startswith("dill"):
            sys.modules["dill"]._dill._main_module = family.module
        write(family, dumps, out, index)
    with open(os.path.join(out, "index.json"), "w", encoding="utf-8") as file:
        json.dump(index, file, indent=1, sort_keys=True)


main(*sys.argv[1:])
