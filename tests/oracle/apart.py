"""Are these pickles, spliced into one, what they are apart?

    python apart.py [--ext MODULE:NAME:CODE]...

stdin:  a JSON line for each question: {"parts": [HEX, …], "spliced": HEX, "encoding": …, "buffers": [0, …]}
stdout: a JSON line for each answer:   {"apart": TEXT, "spliced": TEXT}

The parts are loaded one after the other, each by an unpickler of its own; imports and calls are written down in one
list, so that the canonical text of the tuple of their values is that of a pickle that loads to this tuple.  `buffers`
are the numbers of out-of-band buffers of the parts.  The texts are those of decide.py.
"""

import copyreg
import gc
import io
import json
import resource
import sys
import threading
import warnings

import decide
import inert


def unpickle(data, recorder, encoding, buffers):
    options = {"encoding": encoding}
    if buffers:
        options["buffers"] = buffers
    return inert.InertUnpickler(io.BytesIO(data), recorder, **options).load()


def answer(pickles, encoding, buffers, whole):
    """`whole` says whether the one pickle loads to the tuple, or each to an item of it."""
    copyreg.clear_extension_cache()
    recorder = inert.Recorder()
    try:
        loaded = [unpickle(data, recorder, encoding, some) for data, some in zip(pickles, buffers)]
    except BaseException as error:
        error.__traceback__ = None
        return decide.describe("error", error)
    root = loaded[0] if whole else tuple(loaded)
    try:
        return "value " + inert.canon(root, recorder.opaques)
    except BaseException as error:
        error.__traceback__ = None
        return decide.describe("broken", error)


def serve():
    for count, line in enumerate(sys.stdin):
        question = json.loads(line)
        parts = [bytes.fromhex(part) for part in question["parts"]]
        numbers = question["buffers"]
        total = sum(numbers)
        buffers = [inert.Buffer(index) for index in range(total)]
        each = []
        for number in numbers:
            each.append(buffers[:number])
            del buffers[:number]
        buffers = [inert.Buffer(index) for index in range(total)]
        encoding = question["encoding"]
        apart = answer(parts, encoding, each, False)
        spliced = answer([bytes.fromhex(question["spliced"])], encoding, [buffers], True)
        json.dump({"apart": apart, "spliced": spliced}, sys.stdout)
        sys.stdout.write("\n")
        if count % 500 == 0:
            gc.collect()
    sys.stdout.flush()


def main():
    decide.parse_arguments()
    warnings.simplefilter("ignore")
    sys.excepthook = decide.ignore_bytearray_bug
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = decide.ADDRESS_SPACE if hard == resource.RLIM_INFINITY else min(decide.ADDRESS_SPACE, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    gc.freeze()
    threading.stack_size(decide.STACK)
    worker = threading.Thread(target=serve)
    worker.start()
    worker.join()


if __name__ == "__main__":
    main()
