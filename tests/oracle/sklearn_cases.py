"""scikit-learn's side of tests/sklearn.rs: writes fitted estimators into a directory, as pickles and by joblib, and beside
each NAME.json what they say of themselves."""

import json
import os
import pickle
import sys
import warnings

import joblib
import numpy as np
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

warnings.filterwarnings("ignore")
random = np.random.RandomState(7)
X = random.rand(60, 4)
Y = (X.sum(axis=1) > 2).astype(int)
Z = X @ [1.0, -2.0, 0.5, 3.0] + 1


class Clip(TransformerMixin, BaseEstimator):
    """A transformer of one's own."""

    def __init__(self, low=0.1, high=0.9):
        self.low = low
        self.high = high

    def fit(self, X, y=None):
        self.columns_ = X.shape[1]
        return self

    def transform(self, X):
        return np.clip(X, self.low, self.high)


def cases():
    yield "linear", LinearRegression().fit(X, Z)
    yield "ridge_unfitted", Ridge(alpha=0.25)
    yield "logistic", LogisticRegression(C=0.5, max_iter=50, class_weight={0: 1.5, 1: 2}).fit(X, Y)
    yield "sgd", SGDClassifier(random_state=0).fit(X, Y)
    yield "tree", DecisionTreeRegressor(max_depth=3).fit(X, Z)
    yield "forest", RandomForestClassifier(n_estimators=12, random_state=1).fit(X, Y)
    yield "boosting", GradientBoostingClassifier(n_estimators=6).fit(X, Y)
    yield "hist_boosting", HistGradientBoostingRegressor(max_iter=4).fit(X, Z)
    yield "svc", SVC(kernel="poly", degree=2, gamma=0.1).fit(X, Y)
    yield "neighbours", KNeighborsClassifier(algorithm="kd_tree").fit(X, Y)
    yield "bayes", GaussianNB().fit(X, Y)
    yield "kmeans", KMeans(n_clusters=3, n_init=2, random_state=0).fit(X)
    yield "network", MLPRegressor(hidden_layer_sizes=(5, 3), max_iter=20).fit(X, Z)
    yield "pipeline", Pipeline(
        [("clip", Clip()), ("scale", StandardScaler()), ("none", "passthrough"), ("model", LogisticRegression())]
    ).fit(X, Y)
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), [0, 1]), ("classes", OneHotEncoder(handle_unknown="ignore"), slice(2, 4))],
        remainder="passthrough",
    )
    yield "columns", columns.fit(np.round(X, 1))
    yield "union", FeatureUnion([("same", StandardScaler()), ("more", PolynomialFeatures(2))]).fit(X)
    yield "search", GridSearchCV(
        Pipeline([("scale", StandardScaler()), ("model", Ridge())]),
        {"model__alpha": [0.1, 1.0, 10.0], "scale__with_mean": [True, False]},
        cv=KFold(3, shuffle=True, random_state=5),
    ).fit(X, Z)
    yield "voting", VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())]).fit(X, Y)
    yield "stacking", StackingRegressor([("a", Ridge()), ("b", LinearRegression())], final_estimator=Ridge(2.0)).fit(X, Z)


BUILT_IN = (type(None), bool, int, float, str)


def plain(value):
    """The repr of what is made of built-in types alone."""
    if type(value) in BUILT_IN:
        return repr(value)
    if type(value) in (list, tuple) and all(plain(item) is not None for item in value):
        return repr(value)
    if type(value) is dict and all(plain(item) is not None for entry in value.items() for item in entry):
        return repr(value)
    return None


def is_part(value):
    package = type(value).__module__.split(".")[0]
    return package == "sklearn" or isinstance(value, BaseEstimator)


def opaque(value):
    """Made by C code."""
    return not hasattr(value, "__dict__")


def parts(name, value, depth=0):
    if depth > 4 or isinstance(value, type):
        return
    if is_part(value):
        yield name, value
    elif isinstance(value, dict) and type(value) is dict:
        for key, item in value.items():
            if isinstance(key, str):
                yield from parts(f"{name}.{key}", item, depth + 1)
    elif type(value) in (list, tuple) or (type(value) is np.ndarray and value.dtype == object):
        for index, item in enumerate(value.reshape(-1) if isinstance(value, np.ndarray) else value):
            if type(item) in (list, tuple) and len(item) > 1 and type(item[0]) is str and is_part(item[1]):
                yield f"{name}.{item[0]}", item[1]
            else:
                yield from parts(f"{name}.{index}", item, depth + 1)


def tree(value):
    node = {"class": type(value).__qualname__, "module": type(value).__module__, "opaque": opaque(value)}
    if opaque(value):
        return node
    own = vars(value)
    node["version"] = sklearn.__version__ if isinstance(value, BaseEstimator) and not isinstance(value, Clip) else None
    if isinstance(value, BaseEstimator):
        # What scikit-learn itself says are the parameters.
        node["get_params"] = {name: plain(param) for name, param in value.get_params(deep=False).items()}
    node["params"] = [name for name in own if name[0] != "_" and name[-1] != "_"]
    node["fitted"] = [name for name in own if name[0] != "_" and name[-1] == "_"]
    node["children"] = [
        [name, tree(part)] for key, item in own.items() if key[0] != "_" for name, part in parts(key, item)
    ]
    return node


def write(directory):
    for name, value in cases():
        for protocol in range(0, 6):
            with open(os.path.join(directory, f"{name}_p{protocol}.pickle"), "wb") as file:
                pickle.dump(value, file, protocol)
        joblib.dump(value, os.path.join(directory, f"{name}_.joblib"))
        with open(os.path.join(directory, name + ".json"), "w") as file:
            json.dump(tree(value), file)


if __name__ == "__main__":
    write(sys.argv[1])
