"""Safe files of scikit-learn and joblib, of the versions at hand."""

import os
import pickle
import warnings

import joblib
import numpy as np
import sklearn
from common import OUT, write
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")
N = "sklearn" + "".join(sklearn.__version__.split(".")[:2])
random = np.random.RandomState(7)
X = np.round(random.rand(30, 3), 3)
Y = (X.sum(axis=1) > 1.5).astype(int)
KINDS = {
    "linear": LinearRegression().fit(X, Y),
    "logistic": LogisticRegression().fit(X, Y),
    "scaler": StandardScaler().fit(X),
    "tree": DecisionTreeClassifier(max_depth=2).fit(X, Y),
    "forest": RandomForestClassifier(n_estimators=2, max_depth=2, random_state=1).fit(X, Y),
    "boosting": HistGradientBoostingClassifier(max_iter=2).fit(X, Y),
    "neighbours": KNeighborsClassifier(algorithm="kd_tree").fit(X, Y),
    "svc": SVC().fit(X, Y),
    "bayes": GaussianNB().fit(X, Y),
    "kmeans": KMeans(2, n_init=1, random_state=0).fit(X),
    "network": MLPClassifier((3,), max_iter=3, random_state=0).fit(X, Y),
    "pca": PCA(2).fit(X),
    "tfidf": TfidfVectorizer().fit(["a few words", "more words here"]),
    "pipeline": Pipeline(
        [
            (
                "columns",
                ColumnTransformer([("n", StandardScaler(), [0]), ("c", OneHotEncoder(handle_unknown="ignore"), [1])]),
            ),
            ("model", LogisticRegression()),
        ]
    ).fit(X, Y),
    "search": GridSearchCV(LogisticRegression(), {"C": [0.5, 1.0]}, cv=2).fit(X, Y),
}
for kind, value in KINDS.items():
    write("%s_%s.pkl" % (N, kind), "sklearn", "a fitted model: " + kind, pickle.dumps(value, 4))


def dumped(value, name, policy, what, **options):
    path = os.path.join(OUT, name)
    joblib.dump(value, path, **options)
    with open(path, "rb") as file:
        data = file.read()
    write(name, policy, what, data)


J = "joblib" + "".join(joblib.__version__.split(".")[:2])
VALUE = {
    "weights": np.arange(12.0).reshape(3, 4),
    "names": np.array(["a", None], dtype=object),
    "fortran": np.asfortranarray(np.eye(3)),
}
dumped(VALUE, J + "_arrays.joblib", "numpy", "arrays in the stream of joblib")
dumped(VALUE, J + "_zlib.joblib", "numpy", "the same with zlib", compress=("zlib", 3))
dumped(VALUE, J + "_gzip.joblib.gz", "numpy", "the same with gzip", compress=("gzip", 3))
dumped(VALUE, J + "_bz2.joblib.bz2", "numpy", "the same with bzip2", compress=("bz2", 3))
dumped(VALUE, J + "_xz.joblib.xz", "numpy", "the same with xz", compress=("xz", 3))
dumped(KINDS["pipeline"], J + "_pipeline.joblib", "sklearn", "a fitted pipeline by joblib, compressed", compress=3)
