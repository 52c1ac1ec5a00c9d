"""Describes streams with the interpreter running this; make.py starts it under CPython 3.13.

stdin: JSON lines {name, data (base64), needs}.  stdout, for each, a JSON line with
  dis      what `python -m pickletools FILE` prints, up to the point where it gives up
  opcodes  names of the opcodes pickletools finds up to that point
  repr, canon   what the stream loads as, see ../oracle/inert.py
  error    instead of these two: the exception of the C unpickler
"""

import base64
import copyreg
import io
import json
import os
import pickletools
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))

import inert  # noqa: E402  (needs the path above)


def disassemble(data):
    out = io.StringIO()
    problem = None
    try:
        pickletools.dis(io.BytesIO(data), out)
    except Exception as error:
        problem = "%s: %s" % (type(error).__name__, error)
    return out.getvalue(), problem


def opcodes(data):
    names = []
    try:
        for opcode, _, _ in pickletools.genops(data):
            names.append(opcode.name)
    except Exception:
        pass  # the caller learns from `dis_problem` that pickletools gave up
    return sorted(set(names))


def options(needs):
    result = {}
    copyreg._inverted_registry.clear()
    for need in needs:
        kind, value = need.split("=", 1)
        if kind == "encoding":
            result["encoding"] = value
        elif kind == "buffers":
            result["buffers"] = int(value)
        elif kind == "ext":
            module, name, code = value.rsplit(":", 2)
            copyreg._inverted_registry[int(code)] = (module, name)
        else:
            raise ValueError("unknown need " + need)
    return result


def describe(data, needs):
    text, problem = disassemble(data)
    result = {"dis": text, "dis_problem": problem, "opcodes": opcodes(data)}
    try:
        root, opaques = inert.load(data, **options(needs))
    except Exception as error:
        result["error"] = "%s: %s" % (type(error).__name__, error)
        return result
    result["repr"] = inert.display(root)
    result["canon"] = inert.canon(root, opaques)
    return result


def main():
    for line in sys.stdin:
        question = json.loads(line)
        answer = describe(base64.b64decode(question["data"]), question["needs"])
        answer["name"] = question["name"]
        print(json.dumps(answer))


if __name__ == "__main__":
    main()
