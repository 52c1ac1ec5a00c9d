"""Holds what `brinery function --json` says of a pickle against what live Python says of the functions in it."""

import collections
import json


def differences(said, live, writer, minor):
    """What is said wrongly, as text; nothing if all is right."""
    try:
        said = json.loads(said)
    except ValueError as error:
        return ["no JSON: %s" % error]
    pool = collections.defaultdict(list)
    for function in said["functions"]:
        pool[function["qualname"], function.get("line")].append(function)
    enums = {each["qualname"] for each in said["classes"] if each["kind"] == "enum"}
    pairs, found = [], []
    for record in live:
        here = pool[record["qualname"], record["line"]]
        if (
            not here
            and record["name"] in ("_generate_next_value_", "__new__")
            and record["qualname"].rpartition(".")[0] in enums
        ):
            # What made the members of an enum is of no use afterwards, and nobody writes it.
            continue
        if not here and writer.startswith("dill"):
            # By name, though a fresh process has no such name.
            continue
        if not here:
            found.append("%s of line %d is not mentioned" % (record["qualname"], record["line"]))
            continue
        # Several of one name and line differ in their defaults or cells.
        wrong = [(list(compare(function, record, writer, minor)), function) for function in here]
        least, function = min(wrong, key=lambda pair: len(pair[0]))
        here.remove(function)
        found.extend("%s: %s" % (record["qualname"], line) for line in least)
        pairs.append((function, record))
    return found + list(sharing(pairs, writer, minor))


def compare(said, record, writer, minor):
    if "error" in said:
        yield "error: %s" % said["error"]
        return
    wanted = {key: record[key] for key in ("name", "doc", "kind", "file")}
    if not writer.startswith("dill"):
        wanted["module"] = record["module"]
    if writer.startswith("dill 0.3.4"):
        # It writes neither docs nor annotations: what the code says stays.
        del wanted["doc"]
    got = {key: said.get(key) for key in wanted}
    got["free_variables"] = [variable["name"] for variable in said.get("free_variables", ())]
    wanted["free_variables"] = record["free_variables"]
    # cloudpickle 0.8 loses the defaults of keyword-only parameters, and annotations.
    loses = "0.8" in writer
    if record["parameters"] is not None:
        kept = 2 if loses else 3
        wanted["parameters"] = [each[:kept] for each in record["parameters"]]
        got["parameters"] = [[each["name"], each["kind"], "default" in each][:kept] for each in said["parameters"]]
    if record["signature"] is not None and not loses:
        wanted["signature"], got["signature"] = record["signature"], said["signature"]
        if len(said.get("python", ())) > 1:
            # Up to 3.11 `Annotated` is printed with its module, and bytecode may be of 3.11 as well as of 3.12.
            for text in (wanted, got):
                text["signature"] = text["signature"].replace("typing.Annotated[", "Annotated[")
    if writer.startswith("cloudpickle"):
        # The others bring more, or find it in their own way.
        wanted["globals"], got["globals"] = record["globals"], sorted({each["name"] for each in said["globals"]})
    wanted["attributes"], got["attributes"] = record["attributes"], sorted(each["name"] for each in said["attributes"])
    if minor >= 8:
        uses = said.get("uses", {"globals": [], "attributes": []})
        for key in ("globals", "attributes"):
            names = set(uses[key])
            if record["class_bodies"]:
                names &= set(record["uses"][key])
            wanted["uses " + key], got["uses " + key] = record["uses"][key], sorted(names)
        # Modules that it finds among its globals are mentioned there, too.
        modules = {each["module"] for each in said.get("imports", ())}
        wanted["imports"], got["imports"] = record["uses"]["imports"], sorted(modules & set(record["uses"]["imports"]))
    for key in wanted:
        if got[key] != wanted[key]:
            yield "%s is said to be %s and is %s" % (key, json.dumps(got[key]), json.dumps(wanted[key]))


def sharing(pairs, writer, minor):
    """Cells and globals: two are said to be one exactly if they are."""
    # Up to 3.7 cloudpickle wrote the values of cells, not the cells; dill's shared globals depend on its settings.
    keys = ["namespace", "cells"] if minor >= 8 else ["namespace"]
    if writer.startswith("dill") or "0.8" in writer:
        return
    counted = collections.Counter((record["qualname"], record["line"]) for _, record in pairs)
    known = {}
    for function, record in pairs:
        if counted[record["qualname"], record["line"]] > 1:
            continue
        for key in keys:
            ours = (
                [variable["cell"] for variable in function["free_variables"]]
                if key == "cells"
                else [function["namespace"]]
            )
            theirs = record[key] if key == "cells" else [record[key]]
            for our, their in zip(ours, theirs):
                if known.setdefault((key, our), their) != their or known.setdefault((key, "live", their), our) != our:
                    yield "%s: its %s are not shared as they are" % (record["qualname"], key)
