"""What people should label: the answers known to be wrong, and the ones that the model was least sure of."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.core.identity import label_queue_key

GOOD_ENOUGH = 0.5


class Doubt(StrEnum):
    """Why an answer is looked at."""

    WRONG = "wrong"
    UNCERTAIN = "uncertain"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One answer to label: `item` is the request's id with the number of its row, such as `4711#0`.

    `probability` (0–1) is what the model gave its prediction, None where it gave none; `known` is the label that came
    for a wrong answer, None for one that was only scored or has nothing yet.
    """

    item: str
    doubt: Doubt
    prediction: str | None = None
    probability: float | None = None
    known: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelQueue:
    """Items laid out for people: `items` of the model's `version`, kept as the SHA-256 `body` and lying at `place`.

    `at` is when, in seconds since the epoch; `why` is the harm that asked for them.
    """

    id: str
    model: str
    version: str
    endpoint: str
    deployment: str
    items: int
    body: str
    place: str
    why: str
    at: float

    @property
    def key(self) -> str:
        """Where the queue is kept."""
        return label_queue_key(self.id)


def worst_first(
    answers: Mapping[str, tuple[str | None, float | None]],
    labels: Mapping[str, str],
    scores: Mapping[str, float],
    most: int,
) -> tuple[Item, ...]:
    """At most `most` items: first the surest mistakes, then what nobody judged, the least sure first.

    Mistakes take half at most, unless there is nothing else. `labels` and `scores` (0–1, 1 is best) are by the same
    ids as `answers`; an answer that was right is left out, and one without a probability comes last.
    """
    judged = labels.keys() | scores.keys()
    items = [_item(key, answers[key], labels.get(key), key in judged) for key in sorted(answers)]
    wrong = [item for item in items if item.doubt is Doubt.WRONG and _is_wrong(item, scores.get(item.item))]
    unjudged = [item for item in items if item.doubt is not Doubt.WRONG]
    wrong.sort(key=lambda item: -(item.probability or 0.0))
    unjudged.sort(key=lambda item: 2.0 if item.probability is None else item.probability)
    leading = wrong[: max(most // 2, most - len(unjudged))]
    return tuple([*leading, *unjudged][:most])


def _item(key: str, answer: tuple[str | None, float | None], label: str | None, judged: bool) -> Item:
    """The item, if it was judged then as one that is wrong."""
    prediction, probability = answer
    doubt = Doubt.WRONG if judged else Doubt.UNKNOWN if probability is None else Doubt.UNCERTAIN
    return Item(item=key, doubt=doubt, prediction=prediction, probability=probability, known=label)


def _is_wrong(item: Item, score: float | None) -> bool:
    if item.known is not None:
        return item.known != item.prediction
    return score is not None and score < GOOD_ENOUGH
