"""Every fact about a dataset has an answer in every state, and what was refused is never accepted."""

from dataclasses import replace
from itertools import permutations

import pytest

from shared.core import facts
from shared.core.data_arriving import decide
from shared.core.datasets import Dataset
from shared.core.facts import BlobVersion, DatasetFact, arrival_id
from shared.core.orders import DATA_ORDERS, JudgeData, Notify, Order, PromoteData, QuarantineData, RegisterDataAsset
from shared.core.verdicts import Outcome, Verdict

BLOB = BlobVersion(account="lake", container="landing", path="wine/1.csv", etag="0x1", size=9)
COPY = replace(BLOB, container="bronze", path="wine/v000001/1.csv", etag="0x2")
ARRIVAL = arrival_id(BLOB, "")
NOW = 1000.0


def fact[F: DatasetFact](kind: type[F], id_: str = "", **content: object) -> F:
    return kind(id=id_ or kind.__name__, at=NOW, dataset="wine", **content)  # type: ignore[arg-type]


def judgement(outcome: Outcome = Outcome.PASS, **content: object) -> facts.DataJudged:
    verdict = Verdict(gate="data", outcome=outcome, reason="so it is", about="wine")
    given = {
        "arrival": ARRIVAL,
        "blob": BLOB,
        "verdict": verdict,
        "distance": 0.5,
        "rows": 9,
        "profile": "p",
        "learned": "r",
    }
    return fact(facts.DataJudged, **{**given, **content})


ARRIVED = fact(facts.DataArrived, arrival=ARRIVAL, blob=BLOB, policy="d")
JUDGED = judgement()
PROMOTED = fact(facts.DataPromoted, arrival=ARRIVAL, version=1, blob=COPY)
MALWARE = fact(facts.DataMalicious, blob=BLOB, malware=("EICAR",))
OTHERS: tuple[DatasetFact, ...] = (
    fact(facts.DataAbsent, arrival=ARRIVAL, reason="gone"),
    fact(facts.DataQuarantined, arrival=ARRIVAL, place="away/1.csv"),
    fact(facts.DataAssetRegistered, version=1, asset="wine:1"),
    fact(facts.DatasetReverted, version=1, person="d", tenant="t", name="Dora"),
    fact(facts.DatasetOrderDone, note="done"),
    fact(facts.DatasetOrderAbandoned, order="JudgeData", reason="never"),
)
EVERY: tuple[DatasetFact, ...] = (ARRIVED, JUDGED, judgement(Outcome.FAIL), PROMOTED, MALWARE, *OTHERS)


def after(*told: DatasetFact) -> tuple[Dataset, tuple[Order, ...]]:
    """The dataset after the facts, and the orders of the last; a fact about an order answers the first that waits."""
    dataset, orders = None, tuple[Order, ...]()
    for n, each in enumerate(told):
        waiting = dataset.outstanding[0].key if dataset and dataset.outstanding else ""
        answers = waiting if isinstance(each, facts.DatasetOrderAbandoned) else ""
        decision = decide(dataset, replace(each, id=f"{n}", answers=answers), NOW + n)
        dataset, orders = decision.record, decision.orders
    assert dataset is not None
    return dataset, orders


def kinds(orders: tuple[Order, ...]) -> list[type[Order]]:
    return [type(order) for order in orders]


@pytest.mark.parametrize("last", EVERY, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("before", [(), (ARRIVED,), (ARRIVED, JUDGED), (ARRIVED, JUDGED, PROMOTED), (ARRIVED, MALWARE)])
def test_every_fact_has_an_answer_in_every_state(before: tuple[DatasetFact, ...], last: DatasetFact) -> None:
    dataset, orders = after(*before, last)

    assert dataset.ledger[-1].sentence
    assert {type(order) for order in orders} <= {*DATA_ORDERS, Notify}
    assert dataset.entries == len(before) + 1


def test_good_data_goes_from_arrival_to_asset() -> None:
    assert kinds(after(ARRIVED)[1]) == [JudgeData]
    assert kinds(after(ARRIVED, JUDGED)[1]) == [PromoteData]
    assert kinds(after(ARRIVED, JUDGED, PROMOTED)[1]) == [RegisterDataAsset]


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.INCONCLUSIVE])
def test_what_does_not_pass_is_taken_away_and_told(outcome: Outcome) -> None:
    dataset, orders = after(ARRIVED, judgement(outcome))

    assert kinds(orders) == [QuarantineData, Notify]
    assert (dataset.numbered, dataset.current, dataset.reference) == (0, 0, "")


def test_the_first_accepted_data_is_the_reference_and_stays_it() -> None:
    other = replace(BLOB, path="wine/2.csv", etag="0x9")
    again = arrival_id(other, "")
    second = judgement(blob=other, learned="another", arrival=again)
    arrived = replace(ARRIVED, arrival=again, blob=other)

    assert after(ARRIVED, arrived, JUDGED, second)[0].reference == "r"


def test_a_reference_gives_way_only_to_what_was_made_to_replace_it() -> None:
    other = replace(BLOB, path="wine/2.csv", etag="0x9")
    arrived = replace(ARRIVED, arrival=arrival_id(other, ""), blob=other)
    second = judgement(blob=other, learned="another", replaces="r", arrival=arrived.arrival)

    assert after(ARRIVED, JUDGED, arrived, second)[0].reference == "another"


def test_malicious_data_is_never_current_in_whatever_order_the_news_come() -> None:
    for order in permutations((ARRIVED, JUDGED, PROMOTED, MALWARE)):
        dataset, _ = after(*order)
        assert dataset.current == 0 or ARRIVED not in order[: order.index(PROMOTED)], order
        assert all(version.withdrawn for version in dataset.versions), order


def test_a_copy_that_nobody_wants_any_more_is_taken_away() -> None:
    _, orders = after(ARRIVED, JUDGED, MALWARE, PROMOTED)

    assert [order.blob for order in orders if isinstance(order, QuarantineData)] == [COPY]


def test_a_late_older_version_does_not_become_current() -> None:
    other = replace(BLOB, path="wine/2.csv", etag="0x9")
    arrived = replace(ARRIVED, arrival=arrival_id(other, ""), blob=other)
    second = judgement(blob=other, arrival=arrived.arrival)
    newer = replace(PROMOTED, arrival=arrived.arrival, version=2)

    dataset, _ = after(ARRIVED, JUDGED, arrived, second, newer, PROMOTED)

    assert [version.version for version in dataset.versions] == [1, 2]
    assert dataset.current == 2


def test_an_order_that_can_not_be_carried_out_ends_in_refusal_and_news() -> None:
    abandoned = OTHERS[-1]

    assert kinds(after(ARRIVED, abandoned)[1]) == [QuarantineData, Notify]
    dataset, orders = after(ARRIVED, abandoned, abandoned)
    assert (kinds(orders), dataset.pending, dataset.refused[0].place) == ([Notify], (), BLOB.name)
