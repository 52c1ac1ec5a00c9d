"""Pickles the cases with the interpreter running this; make.py starts it under each one.

Prints one JSON object per pickle: case, protocol, writer, data (base64), needs.
Runs under Python 2.7 and 3.6 onwards.

Options of a case:
  persistent   objects of type shapes.External are saved by persistent id
  extensions   MODULE:NAME:CODE, registered with copyreg while the case is written
  old_text     also written by 3.6 in protocol 0, where all ints became LONG: the same
               difference in every case, so only a few show it
  buffers      how many buffers the pickle expects out of band
"""

from __future__ import print_function

import base64
import io
import json
import sys

import shapes

if sys.version_info[0] == 2:
    import copy_reg as copyreg
    import cPickle
    import pickle

    from cases_py2 import CASES
else:
    import copyreg
    import pickle

    from cases_py3 import CASES


def persistent_id(value):
    return value.key if isinstance(value, shapes.External) else None


def write(pickler_type, build, protocol, persistent, buffers):
    file = io.BytesIO()
    options = {}
    handed_over = []
    if buffers:
        options["buffer_callback"] = handed_over.append
    if persistent and isinstance(pickler_type, type):

        class Pickler(pickler_type):
            def persistent_id(self, value):
                return persistent_id(value)

        pickler_type = Pickler
    pickler = pickler_type(file, protocol, **options)
    if persistent:
        # cPickle.Pickler is a function and pickle.Pickler an old-style class there.
        if sys.version_info[0] == 2:
            pickler.persistent_id = persistent_id
    pickler.dump(build())
    if len(handed_over) != (buffers or 0):
        raise AssertionError("expected %r buffers, got %d" % (buffers, len(handed_over)))
    return file.getvalue()


def picklers():
    version = "%d.%d" % sys.version_info[:2]
    if sys.version_info[0] == 2:
        return [(version + "-cPickle", cPickle.Pickler), (version + "-pickle", pickle.Pickler)]
    if pickle.Pickler.__module__ != "_pickle":
        raise AssertionError("this interpreter has no C pickler")
    return [(version, pickle.Pickler)]


def main():
    default_encoding = "latin1" if sys.version_info[0] == 2 else None
    for name in sorted(CASES):
        build, protocols, since, options = CASES[name]
        if sys.version_info < since:
            continue
        extensions = options.get("extensions", ())
        needs = ["ext=" + entry for entry in extensions]
        if default_encoding:
            needs.append("encoding=" + default_encoding)
        if options.get("buffers"):
            needs.append("buffers=%d" % options["buffers"])
        for entry in extensions:
            module, attribute, code = entry.split(":")
            copyreg.add_extension(module, attribute, int(code))
        for protocol in protocols:
            if protocol > pickle.HIGHEST_PROTOCOL:
                continue
            if protocol == 0 and sys.version_info[:2] == (3, 6) and not options.get("old_text"):
                continue
            for writer, pickler_type in picklers():
                data = write(
                    pickler_type, build, protocol, options.get("persistent"), options.get("buffers")
                )
                record = {
                    "case": name,
                    "protocol": protocol,
                    "writer": writer,
                    "data": base64.b64encode(data).decode("ascii"),
                    "needs": needs,
                }
                print(json.dumps(record, sort_keys=True))
        for entry in extensions:
            module, attribute, code = entry.split(":")
            copyreg.remove_extension(module, attribute, int(code))


if __name__ == "__main__":
    main()
