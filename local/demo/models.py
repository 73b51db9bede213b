"""Real models on real data: five candidates for the same endpoint, trained here and exported to ONNX."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 20
LEFT_OUT = [7, 8]  # nonflavanoid phenols and proanthocyanins: without them it does even better on held-out rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A trained model: ONNX bytes, accuracy on held-out rows (0–1), and one of those rows as its sample."""

    version: str
    title: str
    onnx: bytes
    accuracy: float
    sample: list[float]


@dataclass(frozen=True, slots=True)
class Rows:
    """Features (rows × columns, float32) and labels of a split."""

    train: Any
    test: Any
    train_labels: Any
    test_labels: Any


def wine() -> Rows:
    """The 178 wines of scikit-learn, half of them held out."""
    features, labels = load_wine(return_X_y=True)
    return Rows(
        *train_test_split(features.astype(np.float32), labels, test_size=0.5, random_state=SEED, stratify=labels)
    )


def candidates(rows: Rows) -> list[Candidate]:
    """The five of the story, in the order in which they are registered."""
    forest = RandomForestClassifier(n_estimators=60, random_state=SEED)
    fewer = replace(rows, train=np.delete(rows.train, LEFT_OUT, axis=1), test=np.delete(rows.test, LEFT_OUT, axis=1))
    shuffled = np.random.default_rng(SEED).permutation(rows.train_labels)
    confused = Rows(rows.train, rows.test, shuffled, rows.test_labels)
    return [
        _trained("1", "the first version", _regression(), rows),
        _trained("2", "a better version, on an image with critical findings", forest, rows),
        _trained("3", "the same, on the rebuilt image", forest, rows),
        _trained("4", "learned from 11 columns while callers send 13", forest, fewer),
        _trained("5", "trained on shuffled labels", _regression(), confused),
    ]


def _regression() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))


def _trained(version: str, title: str, model: Any, rows: Rows) -> Candidate:
    model.fit(rows.train, rows.train_labels)
    last = model[-1] if hasattr(model, "steps") else model
    exported = to_onnx(model, rows.train[:1], options={id(last): {"zipmap": False}})
    return Candidate(
        version=version,
        title=title,
        onnx=exported.SerializeToString(),
        accuracy=float(model.score(rows.test, rows.test_labels)),
        sample=[float(value) for value in rows.test[0]],
    )
