"""People look first at the surest mistakes, then at what the model was least sure of."""

from hypothesis import given
from hypothesis import strategies as st

from shared.core.labelling import Doubt, worst_first

ANSWERS: dict[str, tuple[str | None, float | None]] = {
    "sure mistake#0": ("cat", 0.99),
    "mistake#0": ("cat", 0.6),
    "right#0": ("dog", 0.51),
    "bad score#0": (None, None),
    "good score#0": (None, 0.4),
    "unsure#0": ("cat", 0.5),
    "surer#0": ("cat", 0.7),
    "silent#0": ("cat", None),
}
LABELS = {"sure mistake#0": "dog", "mistake#0": "dog", "right#0": "dog"}
SCORES = {"bad score#0": 0.2, "good score#0": 0.9}
KEYS = st.sampled_from(sorted(ANSWERS))


def test_mistakes_lead_the_surest_first_then_the_least_sure_answers() -> None:
    items = worst_first(ANSWERS, LABELS, SCORES, 100)

    assert [item.item.removesuffix("#0") for item in items] == [
        "sure mistake",
        "mistake",
        "bad score",
        "unsure",
        "surer",
        "silent",
    ]
    assert [item.doubt for item in items] == [Doubt.WRONG] * 3 + [Doubt.UNCERTAIN] * 2 + [Doubt.UNKNOWN]
    assert items[0].known == "dog"


def test_mistakes_take_half_of_the_room_when_there_is_more_to_label() -> None:
    assert [item.doubt for item in worst_first(ANSWERS, LABELS, SCORES, 4)] == [
        Doubt.WRONG,
        Doubt.WRONG,
        Doubt.UNCERTAIN,
        Doubt.UNCERTAIN,
    ]


def test_mistakes_take_all_room_when_there_is_nothing_else() -> None:
    wrong = {f"{n}#0": ("cat", 0.9) for n in range(10)}
    assert len(worst_first(wrong, dict.fromkeys(wrong, "dog"), {}, 6)) == 6


@given(
    answers=st.dictionaries(KEYS, st.tuples(st.sampled_from(["cat", None]), st.none() | st.floats(0, 1))),
    labels=st.dictionaries(KEYS, st.sampled_from(["cat", "dog"])),
    most=st.integers(1, 6),
)
def test_no_item_comes_twice_or_beyond_the_room_and_none_that_was_right(
    answers: dict[str, tuple[str | None, float | None]], labels: dict[str, str], most: int
) -> None:
    items = worst_first(answers, labels, {}, most)
    names = [item.item for item in items]
    wanted = sum(labels.get(key) != prediction for key, (prediction, _) in answers.items() if key in labels)
    wanted += len(answers.keys() - labels.keys())

    assert len(set(names)) == len(names) == min(most, wanted)
    assert not any(labels.get(item.item, object()) == item.prediction for item in items)
