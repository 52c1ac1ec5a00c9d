"""Safe files of pandas, of the version at hand."""

import gzip
import pickle

import pandas as pd
from common import write

N = "pandas" + pd.__version__.split(".")[0]
DAYS = pd.date_range("2026-01-02", periods=3, tz="UTC")
KINDS = {
    "frame": pd.DataFrame({"a": [1, 2, 3], "b": [0.5, None, 1.5], "c": ["x", "y", None], "d": [True, False, True]}),
    "times": pd.DataFrame(
        {"t": DAYS, "n": DAYS.tz_localize(None), "delta": pd.to_timedelta([1, 2, 3], unit="s")}, index=DAYS
    ),
    "categories": pd.DataFrame(
        {
            "c": pd.Categorical(["a", "b", "a"]),
            "n": pd.array([1, None, 3], dtype="Int64"),
            "b": pd.array([True, None, False], dtype="boolean"),
        }
    ),
    "multiindex": pd.DataFrame(
        {"v": [1.0, 2.0]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", "n"])
    ),
    "series": [pd.Series([1, 2], name="s"), pd.Series(["a", "b"], index=[10, 20])],
    "indexes": [
        pd.RangeIndex(3),
        pd.Index([1, 5]),
        pd.Index(["a"]),
        pd.period_range("2026-01", periods=2, freq="M"),
        pd.interval_range(0, 2),
    ],
    "scalars": [
        pd.Timestamp("2026-01-02 03:04", tz="UTC"),
        pd.Timedelta(1, "h"),
        pd.Period("2026-01"),
        pd.Interval(0, 1),
        pd.NaT,
        pd.NA,
    ],
    "empty": pd.DataFrame(),
}
for kind, value in KINDS.items():
    for protocol in (2, 5) if kind == "frame" else (4,):
        write(
            "%s_%s_p%d.pkl" % (N, kind, protocol),
            "pandas",
            "%s, protocol %d" % (kind, protocol),
            pickle.dumps(value, protocol),
        )
write(
    N + "_to_pickle.pkl.gz", "pandas", "to_pickle, compressed", gzip.compress(pickle.dumps(KINDS["frame"], 5), mtime=0)
)
