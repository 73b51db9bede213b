"""A chaos run is judged by what the cloud, the queues and the ledgers say, and misses nothing planted there."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from local.audit import audit
from local.chaos.findings import Evidence, doubled, lost, wrong
from local.chaos.plan import CHANCES, ENDINGS, Fate, Planned, plan
from shared.contracts import wire
from shared.core.identity import deployment_name
from shared.core.orders import Promote
from shared.core.release import Release, Stage
from shared.histories import export_all
from tests.simulated import story
from tests.simulated.house import House
from tests.simulated.registry import digest_named
from tests.simulated.story import ENDPOINT, MODEL


def told() -> Evidence:
    """A good release and one with a bad scan, and a cloud that saw what it must."""
    house = House()
    story.bring_to_approval(house, "1")
    approval = str(story.answer(house, "1", story.ANNA).content["fact"])
    house.run()
    story.register(house, "2")
    house.run()
    story.scan(house, "churn-2", critical=1)
    house.run()
    export_all(house.documents, house.ledgers)
    stored = house.documents.under("releases/") | house.documents.under("images/")
    made = {"endpoint": MODEL, "deployment": deployment_name(MODEL, "1")}
    return Evidence(
        planned=[Planned(MODEL, "1", Fate.GOOD), Planned(MODEL, "2", Fate.BAD_SCAN)],
        records=[wire.decode_record(key, body) for key, body in stored.items()],
        witnessed=[
            {"effect": "deployment-create-started", **made},
            {"effect": "deployment-create-started", **made, "endpoint": f"{ENDPOINT}-stg"},
            {"effect": "traffic-written", "endpoint": MODEL, "traffic": {made["deployment"]: 100}, "time": "12:00"},
        ],
        queued={"facts": 0},
        audited=list(audit(house.documents, house.ledgers)),
        approvals={approval: (MODEL, "1")},
        digests={(MODEL, version): digest_named(f"churn-{version}") for version in ("1", "2")},
    )


GOOD = told()


def test_a_good_run_has_nothing_to_complain_about() -> None:
    assert [*lost(GOOD), *doubled(GOOD), *wrong(GOOD)] == []


def with_release(version: str, **given: Any) -> Evidence:
    """The evidence with one release changed."""
    records = [
        replace(record, **given) if isinstance(record, Release) and record.version == version else record
        for record in GOOD.records
    ]
    return replace(GOOD, records=records)


def seen(**line: Any) -> Evidence:
    return replace(GOOD, witnessed=[*GOOD.witnessed, {"time": "12:01", **line}])


REFUSED = deployment_name(MODEL, "2")
PLANTED: list[tuple[str, Callable[[Evidence], list[str]], Evidence]] = [
    ("churn:1 (good) is canary", lost, with_release("1", stage=Stage.CANARY)),
    ("churn:2 (bad scan) is live", lost, with_release("2", stage=Stage.LIVE)),
    ("churn:9 (good) is not known", lost, replace(GOOD, planned=[Planned(MODEL, "9", Fate.GOOD)])),
    ("churn:1 waits for Promote", lost, with_release("1", outstanding=(Promote(key="1.0.Promote"),))),
    ("the approval aaaa of churn:1 is in no ledger", lost, replace(GOOD, approvals={"aaaa": (MODEL, "1")})),
    ("the scan of churn:1 is in no ledger", lost, replace(GOOD, digests={(MODEL, "1"): "sha256:0"})),
    ("3 message(s) wait in facts", lost, replace(GOOD, queued={"facts": 3})),
    ("was made 2 times on churn", doubled, replace(GOOD, witnessed=[*GOOD.witnessed, GOOD.witnessed[0]])),
    ("times in one ledger", doubled, with_release("1", ledger=GOOD.records[0].ledger * 2)),
    ("at 12:01", wrong, seen(effect="traffic-written", endpoint=f"{ENDPOINT}-stg", traffic={"a": 60, "b": 50})),
    ("churn serves {'a': 100}", wrong, seen(effect="traffic-written", endpoint=MODEL, traffic={"a": 100})),
    ("was deployed", wrong, seen(effect="deployment-create-started", endpoint=MODEL, deployment=REFUSED)),
]


@pytest.mark.parametrize(("sentence", "look", "evidence"), PLANTED, ids=[sentence for sentence, *_ in PLANTED])
def test_what_is_planted_is_found(sentence: str, look: Callable[[Evidence], list[str]], evidence: Evidence) -> None:
    assert any(sentence in found for found in look(evidence)), look(evidence)


def test_the_same_seed_makes_the_same_plan_and_another_another() -> None:
    assert plan(200, 1) == plan(200, 1)
    assert plan(200, 1) != plan(200, 2)


@pytest.mark.parametrize("seed", range(5))
def test_a_plan_has_every_fate_and_good_first_versions_in_order(seed: int) -> None:
    planned = plan(200, seed)
    assert len(set(planned)) == 200
    assert set(Counter(each.fate for each in planned)) == set(Fate) == set(CHANCES) == set(ENDINGS)
    for model in {each.model for each in planned}:
        versions = [each.version for each in planned if each.model == model]
        assert versions == [str(n + 1) for n in range(len(versions))]
    assert {each.fate for each in planned if each.version == "1"} == {Fate.GOOD}
