"""Safe files of numpy, of the version at hand."""

import io
import pickle

import numpy as np
from common import write

N = "numpy" + np.__version__.split(".")[0] + np.__version__.split(".")[1]
KINDS = {
    "arrays": [
        np.arange(6, dtype="<i4").reshape(2, 3),
        np.asfortranarray([[1.5, 2.0], [3.0, 4.0]]),
        np.zeros((2, 0)),
        np.array(True),
        np.array(["a", "bb"]),
        np.array([b"a"]),
        np.array([1 + 2j]),
        np.arange(3, dtype=">u2"),
    ],
    "times": [
        np.array(["2026-01-02", "NaT"], "M8[ns]"),
        np.array([1, 2], "m8[s]"),
        np.datetime64("2026-01-02"),
        np.timedelta64(3, "D"),
    ],
    "structured": [
        np.array([(1, 2.5, "x")], [("a", "<i4"), ("b", "<f8"), ("c", "<U3")]),
        np.zeros(2, [("p", [("x", "<f4")]), ("m", "<i2", (2,))]),
        np.zeros(1, np.dtype({"names": ["b", "a"], "formats": ["<i2", ">i4"], "offsets": [6, 1], "itemsize": 16})),
    ],
    "objects": [np.array([None, "text", 1, [2]], dtype=object), np.array([(1, {"k": 2})], [("n", "<i4"), ("o", "O")])],
    "scalars": [
        np.float64(1.5),
        np.int8(-3),
        np.bool_(True),
        np.str_("caf\xe9"),
        np.bytes_(b"x"),
        np.complex64(1j),
        np.float16(0.5),
    ],
    "dtypes": [
        np.dtype("<f8"),
        np.dtype([("a", "<i4")]),
        np.dtype("O"),
        np.dtype("<M8[ns]"),
        np.dtype("S3"),
        np.dtype((np.void, 5)),
    ],
    "masked": [np.ma.array([1.0, 2.0], mask=[True, False])],
    "subclasses": [np.matrix([[1.0]]), np.rec.array([(1, 2.0)], names="a,b")],
    "random": [np.random.RandomState(7), np.random.default_rng(7)],
    "ufuncs_and_types": [np.float32, np.ndarray, np.add],
}
for kind, value in KINDS.items():
    for protocol in (2, 5) if kind in ("arrays", "scalars") else (4,):
        write(
            "%s_%s_p%d.pkl" % (N, kind, protocol),
            "numpy",
            "%s, protocol %d" % (kind, protocol),
            pickle.dumps(value, protocol),
        )


def saved(save):
    file = io.BytesIO()
    save(file)
    return file.getvalue()


write(N + "_plain.npy", "data", "an array in numpy's own format", saved(lambda file: np.save(file, KINDS["arrays"][0])))
write(
    N + "_objects.npy",
    "numpy",
    "an array of objects in numpy's own format",
    saved(lambda file: np.save(file, KINDS["objects"][0], allow_pickle=True)),
)
write(N + "_arrays.npz", "data", "npz", saved(lambda file: np.savez(file, a=np.arange(3), b=np.array(["x"]))))
write(
    N + "_compressed.npz",
    "numpy",
    "compressed npz with an array of objects",
    saved(lambda file: np.savez_compressed(file, a=np.arange(3), o=np.array([1, "x"], dtype=object))),
)
