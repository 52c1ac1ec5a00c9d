"""Pickles in files of other kinds, and what those files say of themselves that is not so."""

import bz2
import gzip
import lzma
import struct
import zlib

from boxes import Member, lz4_frame, npy, seven_zip, tarred, torch_zip, zipped
from wire import (
    MARKER,
    Call,
    Global,
    Here,
    call,
    case,
    join,
    name,
    old,
    payload,
    pickled,
    proto,
    run,
    value,
)

INNER = payload()
BENIGN = pickled(value({"a": [1, 2]}))
UNKNOWN = {"*": "unknown"}
PLAIN = ("R2", "posix.system")


# Pickles where no reader of the container looks: that there are bytes nobody reads is what is found.
UNREAD = (
    "gzip_trailing.gz",
    "npy_after_data.npy",
    "tar_after_end.tar",
    "torch_legacy_after.pth",
    "zip_after.zip",
    "zip_comment.zip",
    "zip_extra.zip",
    "zip_gap.zip",
    "zip_size_zero.zip",
    "zip_two_ends.zip",
)


def put(file, trick, data, finds=PLAIN, source="brinery", verdict="dangerous", inner=INNER):
    """The offset is that within the innermost pickle."""
    if file in UNREAD:
        finds, verdict = ("R10", None), UNKNOWN
    case(file, trick, inner.wrapped(data), finds, source, verdict, at=finds == PLAIN)


# --- zip ----------------------------------------------------------------------------
put("zip_torch.pt", "data.pkl in the file torch.save writes", torch_zip(INNER), source="picklescan's tests")
put("zip_deflated.zip", "a deflated member", zipped(Member("model.pkl", INNER, 8)))
put(
    "zip_flag.pt",
    "the flag of encryption set in the central directory: zipfile refuses, torch reads",
    zipped(Member("archive/data.pkl", INNER, central_flags=1)),
    source="CVE-2025-1945",
)
put(
    "zip_name_mismatch.pt",
    "the local header has another name than the central directory",
    zipped(Member("archive/data.pkl", INNER, local_name=b"archive/data.txt")),
    source="CVE-2025-1944",
)
put(
    "zip_crc.pt",
    "a wrong CRC: zipfile refuses, torch reads",
    zipped(Member("archive/data.pkl", INNER, both_crc=0)),
    source="CVE-2025-10156",
)
put(
    "zip_crc_central.pt",
    "a wrong CRC in the central directory alone",
    zipped(Member("archive/data.pkl", INNER, central_crc=1)),
    source="CVE-2025-10156",
)
put(
    "zip_extension.zip",
    "a member whose extension promises a picture",
    zipped(Member("flower.png", INNER)),
    source="CVE-2025-1889",
)
put("zip_no_extension.zip", "a member without an extension", zipped(Member("weights", INNER)), source="CVE-2025-10155")
put("zip_wrong_extension.txt", "a zip whose name says text", zipped(Member("a.txt", INNER)), source="CVE-2025-10155")
put(
    "zip_duplicate_last.pt",
    "two members of one name, the second one is the bad one",
    zipped(Member("archive/data.pkl", BENIGN), Member("archive/data.pkl", INNER)),
)
put(
    "zip_duplicate_first.pt",
    "two members of one name, the first one is the bad one",
    zipped(Member("archive/data.pkl", INNER), Member("archive/data.pkl", BENIGN)),
)
put(
    "zip_case_twins.pt",
    "two members whose names differ in case",
    zipped(Member("archive/data.pkl", BENIGN), Member("archive/DATA.PKL", INNER)),
)
put(
    "zip_unlisted.zip",
    "a member that the central directory does not list",
    zipped(Member("a.pkl", BENIGN), unlisted=[Member("b.pkl", INNER)]),
)
put("zip_gap.zip", "a pickle between the members and the central directory", zipped(Member("a.pkl", BENIGN), gap=INNER))
put(
    "zip_before.zip",
    "a pickle in front of the zip: pickle.load reads it, zipfile the zip",
    zipped(Member("a.txt", b"text"), before=INNER),
    source="JFrog, Sonatype",
)
put(
    "zip_before_unshifted.zip",
    "the same, with offsets that count from the zip's own start",
    zipped(Member("a.txt", b"text"), before=INNER, shift=False),
)
put("zip_comment.zip", "a pickle in the comment at the end", zipped(Member("a.txt", b"text"), comment=INNER))
put("zip_after.zip", "a pickle behind the end", zipped(Member("a.txt", b"text")) + INNER)
put(
    "zip_extra.zip",
    "a pickle in an extra field",
    zipped(Member("a.txt", b"text", local_extra=struct.pack("<2H", 0xCAFE, len(INNER)) + INNER)),
)
put("zip_nested.zip", "a zip in a zip", zipped(Member("inner.bin", torch_zip(INNER))))
put(
    "zip_nested_deep.zip",
    "a zip in a zip in a gzip in a zip",
    zipped(Member("a", gzip.compress(zipped(Member("b", zipped(Member("c", INNER, 8)))), mtime=0))),
)
put(
    "zip_method.zip",
    "the local header says stored, the central directory says deflated",
    zipped(Member("a.pkl", INNER, central_method=8)),
    ("R10", None),
    verdict={"*": "broken"},
)
put(
    "zip_method_unknown.zip",
    "a method nobody has",
    zipped(Member("a.pkl", INNER, both_method=77)),
    ("R10", None),
    verdict=UNKNOWN,
)
put(
    "zip_size_zero.zip",
    "the central directory says the member is empty",
    zipped(Member("a.pkl", INNER, central_size=0, central_packed=0)),
)
put(
    "zip_directory_entry.zip",
    "an entry that is a folder by its name, and has content",
    zipped(Member("archive/data.pkl/", INNER)),
)
put("zip_no_end.zip", "no end of central directory", zipped(Member("a.pkl", INNER), end=False))
put("zip_truncated.zip", "the file ends within the central directory", zipped(Member("a.pkl", INNER))[:-40])
put(
    "zip_count.zip",
    "the end says there is one member, the central directory has two",
    zipped(Member("a.pkl", BENIGN), Member("b.pkl", INNER), count=1),
)
put(
    "zip_two_ends.zip",
    "two zips, one behind the other: the first one's directory is the hidden one",
    zipped(Member("a.pkl", INNER)) + zipped(Member("b.pkl", BENIGN)),
)
put("zip_path.zip", "a path that leaves the folder", zipped(Member("../../brinery-hostile-corpus.pkl", INNER)))
put(
    "zip_unicode_name.zip",
    "an extra field with another name in Unicode",
    zipped(Member("a.txt", INNER, both_extra=struct.pack("<2HBI", 0x7075, 14, 1, zlib.crc32(b"a.txt")) + b"model.pkl")),
)
put(
    "zip_nul_name.zip",
    "a NUL in a name: who stops there reads another extension",
    zipped(Member("notes.txt\0data.pkl", INNER)),
)
put(
    "zip_constants.pt",
    "the bad pickle is constants.pkl, data.pkl is good",
    torch_zip(BENIGN, Member("archive/constants.pkl", INNER)),
)
put("zip_storage.pt", "the bad pickle is a storage", torch_zip(BENIGN, Member("archive/data/0", INNER)))
put(
    "zip_version.pt",
    "the bad pickle is the version",
    zipped(Member("archive/data.pkl", BENIGN), Member("archive/version", INNER)),
)
put("zip_two_folders.pt", "two archives in one zip", torch_zip(BENIGN, Member("other/data.pkl", INNER)))
put(
    "zip_torchscript.pt",
    "TorchScript's code beside a good pickle: torch.jit.load runs it",
    torch_zip(
        BENIGN,
        Member(
            "archive/code/__torch__.py", b'def forward(self):\n  ops.aten.save([], "/tmp/brinery-hostile-corpus")\n'
        ),
    ),
    ("R10", None),
    verdict=UNKNOWN,
)
put(
    "zip_keras.keras",
    "a Keras model with a pickle among its files",
    zipped(Member("config.json", b"{}"), Member("assets/x.bin", INNER)),
)

# --- compressed, framed -------------------------------------------------------------
put("gzip.pkl.gz", "gzip", gzip.compress(INNER, mtime=0))
put("gzip_named_pkl.pkl", "gzip under the name of a pickle", gzip.compress(INNER, mtime=0))
put("gzip_second_member.gz", "the second member of a gzip", gzip.compress(b"", mtime=0) + gzip.compress(INNER, mtime=0))
put(
    "gzip_split.gz",
    "a pickle split over two members of a gzip",
    gzip.compress(INNER[:20], mtime=0) + gzip.compress(INNER[20:], mtime=0),
)
put("gzip_trailing.gz", "a pickle behind the gzip", gzip.compress(BENIGN, mtime=0) + INNER)
put("gzip_twice.gz", "gzip in gzip", gzip.compress(gzip.compress(INNER, mtime=0), mtime=0))
put("gzip_cut.gz", "a gzip that ends before its checksum", gzip.compress(INNER, mtime=0)[:-6])
put(
    "gzip_crc.gz",
    "a gzip with a wrong checksum",
    gzip.compress(INNER, mtime=0)[:-8] + bytes(4) + gzip.compress(INNER, mtime=0)[-4:],
)
put("bzip2.pkl.bz2", "bzip2", bz2.compress(INNER))
put("xz.pkl.xz", "xz", lzma.compress(INNER))
put("lzma.lzma", "lzma, the old form", lzma.compress(INNER, lzma.FORMAT_ALONE))
put("zlib.pkl.z", "zlib, as joblib writes it", zlib.compress(INNER, 3))
put(
    "zlib_joblib_old.pkl",
    "zlib with the head of old joblibs",
    b"ZF" + b"0x%-17x" % len(INNER) + zlib.compress(INNER, 3),
    source="joblib before 0.10",
)
put("lz4.pkl.lz4", "an lz4 frame", lz4_frame(INNER), source="joblib")
put("seven_zip.7z", "7z", seven_zip("model.pkl", INNER), source="nullifAI: 7z under the name of a torch file")
put(
    "seven_zip_named_pt.pt",
    "7z under the name of a torch file",
    seven_zip("data.pkl", INNER),
    source="ReversingLabs, nullifAI (2025)",
)
put("tar.tar", "tar", tarred(("model.pkl", INNER)))
put("tar_gzip.tar.gz", "tar in gzip", gzip.compress(tarred(("notes.txt", b"text"), ("model", INNER)), mtime=0))
TEXT = join(b"(S'" + MARKER.encode() + b"'\n", Here(b"iposix\nsystem\n"), b".")
put(
    "tar_polyglot.tar",
    "a tar whose first name is a pickle: pickle.load reads that, tar the members",
    tarred(("", b"text"), name_bytes=bytes(TEXT)),
    inner=TEXT,
)
put("tar_after_end.tar", "a pickle behind the end of a tar", tarred(("notes.txt", b"text")) + INNER)
put(
    "torch_tar.pt",
    "the first format of torch: a tar of pickles",
    tarred(
        ("sys_info", pickled(value({"protocol_version": 1000}))), ("pickle", INNER), ("storages", b""), ("tensors", b"")
    ),
)

# --- numpy's formats ----------------------------------------------------------------
put("npy_object.npy", "an array of objects: a pickle behind the header", npy("'|O'", (1,), INNER))
put("npy_version_3.npy", "version 3 of the format", npy("'|O'", (1,), INNER, 3))
put("npy_field.npy", "a structured array with one field of objects", npy("[('x', '<i4'), ('y', '|O')]", (1,), INNER))
put(
    "npy_after_data.npy",
    "a pickle behind the data of a plain array: numpy.load on an open file reads on",
    npy("'|u1'", (3,), b"abc" + INNER),
)
put(
    "npy_header.npy",
    "a header that is no literal",
    npy("__import__('os')", (1,), b"abc"),
    ("R10", None),
    verdict={"*": "broken"},
)
put(
    "npz.npz",
    "an array of objects in npz",
    zipped(Member("a.npy", npy("'<i4'", (1,), bytes(4))), Member("b.npy", npy("'|O'", (1,), INNER))),
)
put("npz_pickle.npz", "a bare pickle in npz, which numpy.load gives to pickle", zipped(Member("a.npy", INNER)))

# --- joblib and torch's second format -------------------------------------------------
WRAPPER = "joblib.numpy_pickle", "NumpyArrayWrapper"


def wrapper(dtype, *state):
    """A NumpyArrayWrapper of joblib, up to where the array's bytes stand in the stream."""
    return [
        name(*WRAPPER),
        b")\x81}(",
        old("subclass"),
        name("numpy", "ndarray"),
        old("shape"),
        b"K\x01\x85",
        old("order"),
        old("C"),
        old("dtype"),
        call(name("numpy", "dtype"), dtype, False, True),
        state,
        b"ub",
    ]


put(
    "joblib_object_array.joblib",
    "an array of objects in joblib: a pickle of its own within the stream",
    join(proto(3), wrapper("O8"), bytes(INNER), b"."),
    source="joblib's format",
)
put(
    "joblib_after_array.joblib",
    "the call comes after an array's raw bytes",
    join(proto(3), b"](", wrapper("u1"), b"\xff", run(), b"e."),
    source="joblib's format",
    inner=join(proto(3), b"](", wrapper("u1"), b"\xff", run(), b"e."),
)
put(
    "joblib_array_bytes.joblib",
    "raw bytes of an array that read as opcodes up to STOP",
    join(proto(3), wrapper("S1"), b".", b"0", run(), b"."),
    source="joblib's format",
    inner=join(proto(3), wrapper("S1"), b".", b"0", run(), b"."),
)
put(
    "joblib_compressed.joblib",
    "joblib, compressed with zlib",
    zlib.compress(join(proto(3), wrapper("u1"), b"\x07", b"0", run(), b".")),
    inner=join(proto(3), wrapper("u1"), b"\x07", b"0", run(), b"."),
)

MAGIC = pickled(b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19")
LEGACY = [MAGIC, pickled(b"M\xe9\x03"), pickled(value({"protocol_version": 1001, "little_endian": True}))]
put(
    "torch_legacy.pth",
    "the fourth pickle of torch's second format",
    join(LEGACY, bytes(INNER), pickled(b"]")),
    inner=join(LEGACY, INNER),
)
put(
    "torch_legacy_first.pth",
    "the magic number is what eval returns",
    join(
        pickled(call(Here(name("builtins", "eval")), "0x1950a86a20f9469cfc6c"), version=2),
        LEGACY[1:],
        BENIGN,
        pickled(b"]"),
    ),
    ("R2", "builtins.eval"),
    "picklescan GHSA-97f8-7cmv-76j2",
    inner=pickled(call(Here(name("builtins", "eval")), "0x1950a86a20f9469cfc6c")),
)
put(
    "torch_legacy_second.pth",
    "the protocol's version is what a call returns",
    join(MAGIC, bytes(INNER), LEGACY[2], BENIGN, pickled(b"]")),
    inner=join(MAGIC, INNER),
)
put(
    "torch_legacy_keys.pth",
    "the fifth pickle, the list of storages",
    join(LEGACY, BENIGN, bytes(INNER)),
    inner=join(LEGACY, BENIGN, INNER),
)
put("torch_legacy_after.pth", "a sixth pickle, behind the fifth", join(LEGACY, BENIGN, pickled(b"]"), bytes(INNER)))

# --- files that are something else by their names --------------------------------------
put("named_json.json", "a pickle under the name of JSON", INNER)
put("named_safetensors.safetensors", "a pickle under the name of safetensors", INNER)
put("named_nothing.", "a pickle without an extension", INNER)
put("named_bin.bin", "a pickle under the name of a torch file", INNER, source="picklescan GHSA-jgw4-cr84-mqxg")

# --- a first opcode that is longer than what is unpacked at first ---------------------------
LONG = join(b"X" + struct.pack("<I", 70000) + b"a" * 70000 + b"0", run(), b".")
put("gzip_long_string.gz", "a string of 70,000 bytes before the call, by gzip", gzip.compress(LONG, mtime=0), inner=LONG)
put("zlib_long_string.z", "a string of 70,000 bytes before the call, by zlib", zlib.compress(LONG), inner=LONG)
put(
    "zip_long_string.zip",
    "a string of 70,000 bytes before the call, deflated in a zip file",
    zipped(Member("model.bin", LONG, 8)),
    inner=LONG,
)

# --- headers that Python's readers take -----------------------------------------------------
put(
    "lzma_small_dictionary.lzma",
    "lzma with a dictionary of 4 KiB",
    lzma.compress(INNER, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 4096}]),
)
put(
    "lzma_properties.lzma",
    "lzma with other properties",
    lzma.compress(INNER, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "lc": 0, "lp": 2, "pb": 2}]),
)
FLAGS = gzip.compress(INNER, mtime=0)
put("gzip_flags.gz", "gzip with flags that Python does not mind", FLAGS[:3] + b"\xe0" + FLAGS[4:])


# --- texts, to which unpicklers listen ------------------------------------------------------
put("text_class.py", "a program: its first two lines are GLOBAL", b"class Model:\n    layers = 3\n", ("R2", None), verdict=UNKNOWN)
put(
    "text_class.py.gz",
    "the same by gzip",
    gzip.compress(b"class Model:\n    layers = 3\n", mtime=0),
    ("R2", None),
    verdict=UNKNOWN,
)
put(
    "text_spaces.txt",
    "names with spaces, of a module that may lie beside: imported, then the text breaks",
    b"cmy model\nrun it\n)R and so on\n",
    ("R2", None),
    verdict=UNKNOWN,
)

# --- storages that are not what the pickle says ---------------------------------------------

def stored(key, elements):
    """A tensor of all elements of a storage."""
    return pickled(
        name("torch._utils", "_rebuild_tensor_v2"),
        b"(",
        value(("storage", Global("torch", "FloatStorage"), key, "cpu", elements)),
        b"Q",
        value(0),
        value((elements,)),
        value((1,)),
        b"\x89",
        value(Call(Global("collections", "OrderedDict"))),
        b"tR",
    )


TENSOR = stored("0", 1 << 20)
for file, trick, members in [
    ("zip_storage_short.pt", "a storage of 4 MiB in a record of 16 bytes: torch reads what lies behind", [bytes(16)]),
    ("zip_storage_missing.pt", "a storage without a record", []),
]:
    records = [Member("archive/data/%d" % number, record) for number, record in enumerate(members)]
    verdict = UNKNOWN if members else {"*": "unknown", "torch": "broken"}
    put(file, trick, torch_zip(TENSOR, *records), ("-", None), verdict=verdict)
put(
    "zip_storage_case.pt",
    "two records but for case the same: torch reads the first, of 16 bytes, as a storage of 256",
    torch_zip(
        stored("A", 64),
        Member("archive/data/a", bytes(16)),
        Member("archive/data/A", bytes(256)),
    ),
    ("R10", None),
    verdict=UNKNOWN,
)

# --- packed and tar files that are known by their first bytes, or not ------------------------
RAW = zlib.compressobj(9, zlib.DEFLATED, -15)
put(
    "zlib_empty_blocks.z",
    "zlib with 4,000 empty blocks before anything comes out",
    b"\x78\x01" + b"\0\0\0\xff\xff" * 4000 + RAW.compress(INNER) + RAW.flush() + struct.pack(">I", zlib.adler32(INNER)),
)


def alone(data):
    small = [{"id": lzma.FILTER_LZMA1, "dict_size": 4096}]
    return lzma.compress(data, lzma.FORMAT_ALONE, filters=small)


put(
    "lzma_behind_empty.lzma",
    "an empty stream of the first lzma, and the pickle in a second one",
    alone(b"") + alone(INNER),
    ("R10", None),
    verdict=UNKNOWN,
)
put("tar_no_name.tar", "a tar whose first file has no name", tarred(("", INNER)))
for file, spelled in [
    ("tar_sum_prefix.tar", lambda number: b"0o%o" % number),
    ("tar_sum_binary.tar", lambda number: b"\x80" + number.to_bytes(7, "big")),
]:
    put(
        file,
        "a checksum in another spelling, which Python's tarfile takes",
        tarred(("model.pkl", INNER), spelled=spelled),
        ("R10", None),
        verdict={"*": "broken"},
    )
put(
    "tar_fifo.tar",
    "a FIFO with bytes: Python's tarfile finds the next header in them",
    tarred(("pipe", tarred(("model.pkl", INNER))), kind=b"6"),
    ("R10", None),
    verdict=UNKNOWN,
)
