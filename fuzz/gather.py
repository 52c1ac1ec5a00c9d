"""Gathers what seeds are chosen from: small files of the tests, and what CPython and its packages write.

    python3.13 gather.py OUT [PATH...]

OUT gets a folder for each of fuzz/seeds. PATHs are folders of cloudpickle and dill, such as tests/oracle/packages.sh makes
them (picklers/cloudpickle-3.1.2); without any there are no functions. `fuzz/seed.sh` chooses among these what reaches most.
"""

import bz2
import gzip
import hashlib
import io
import lzma
import marshal
import pathlib
import pickle
import py_compile
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

TESTS = pathlib.Path(__file__).resolve().parent.parent / "tests"
LARGEST = 1500


def keep(folder, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)


def pickles(out):
    for path in [*TESTS.glob("vectors/**/*.pickle"), *TESTS.glob("vectors/**/*.pkl"), *TESTS.glob("hostile/**/*.pkl")]:
        data = path.read_bytes()
        if len(data) <= LARGEST:
            keep(out, data)


def functions(out, paths):
    for path in paths:
        package = pathlib.Path(path).name.split("-")[0]
        with tempfile.TemporaryDirectory() as folder:
            script = TESTS / "oracle" / "functions_read.py"
            subprocess.run([sys.executable, "-I", "-S", script, package, folder, path], check=True)
            for written in pathlib.Path(folder).glob("*.pkl"):
                data = written.read_bytes()
                if len(data) <= 4 * LARGEST:
                    # Without frames, which hardly any change survives.
                    keep(out, data.replace(bytes(script), b"functions.py".rjust(len(bytes(script)), b"/")))


SOURCES = [
    "x = 1",
    "def f(a, *b, c=1, **d): return [a + c for a in b if a], d",
    "class A:\n  def m(self):\n    def inner(): return self\n    yield inner",
    "async def g():\n  async with h() as i: await i\ntry:\n  pass\nexcept* ValueError as e: raise",
    "f = lambda x, /, y: (x, -1.5, 2j, b'z', 10**30, frozenset({1}), ..., None, True)",
]


def marshalled(out):
    """For CPython 3.13: the first byte is the version less 8, the second the version of the format."""
    shared = [1, "text", b"bytes"]
    values = [None, True, 3, -(2**40), 2.5, 1j, "é", "a" * 300, b"", (1, (2,)), [shared, shared], {"k": 1, 2: None},
              {1, 2}, frozenset({"a"}), ..., StopIteration]
    values += [compile(source, "f.py", "exec") for source in SOURCES]
    for value in values:
        for version in range(5):
            keep(out, bytes([5, version]) + marshal.dumps(value, version))
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "m.py")
        for text in SOURCES:
            source.write_text(text)
            for mode in py_compile.PycInvalidationMode:
                keep(out, pathlib.Path(py_compile.compile(source, invalidation_mode=mode, dfile="m.py")).read_bytes())


def archives(out):
    data = pickle.dumps({"a": [1, 2.5, "text"], "b": None}, 4)
    late = b"cos\nsystem\n(S'true'\ntR."
    for inner in data, late, data + late:
        for pack in gzip.compress, bz2.compress, lzma.compress, zlib.compress:
            keep(out, pack(inner))
            keep(out, pack(gzip.compress(inner)))
        keep(out, lzma.compress(inner, format=lzma.FORMAT_ALONE))
        for method in zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA:
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w", method) as archive:
                archive.writestr("archive/data.pkl", inner)
                archive.writestr("archive/version", "3\n")
                archive.writestr("archive/inner.gz", gzip.compress(inner))
            keep(out, file.getvalue())
        for kind in tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT:
            file = io.BytesIO()
            with tarfile.open(fileobj=file, mode="w", format=kind) as archive:
                entry = tarfile.TarInfo("d" * 60 + "/" + "n" * 80 + ".pkl")
                entry.size = len(inner)
                archive.addfile(entry, io.BytesIO(inner))
                link = tarfile.TarInfo("link")
                link.type, link.linkname = tarfile.SYMTYPE, "../../etc/passwd"
                archive.addfile(link)
            keep(out, file.getvalue()[:4096])
        head = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
        keep(out, b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + inner)
    for path in TESTS.glob("hostile/**/*"):
        if path.is_file() and ("containers" in path.parts or path.suffix not in (".pkl", ".py", ".rs", ".tsv", ".md")):
            data = path.read_bytes()
            if len(data) <= 2 * LARGEST:
                keep(out, data)


def choices(out):
    chance = random.Random(1)
    for size in [10, 40, 100, 200, 400] * 60:
        keep(out, chance.randbytes(size))


def main():
    out, paths = pathlib.Path(sys.argv[1]), sys.argv[2:]
    pickles(out / "pickles")
    functions(out / "functions", paths)
    marshalled(out / "marshalled")
    archives(out / "archives")
    choices(out / "choices")
    for folder in sorted(out.iterdir()):
        files = list(folder.iterdir())
        print(folder.name, len(files), "files", sum(file.stat().st_size for file in files), "bytes")


main()
