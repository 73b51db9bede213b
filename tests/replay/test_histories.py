"""What was decided once is decided so again, unless the decider's version says that it no longer is."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import wire
from shared.core import production
from shared.core.canary import judge
from shared.core.ledger import DECIDER, first_broken
from shared.core.record import Record
from shared.core.release import Release, Stage
from shared.core.verdicts import Outcome
from shared.replay import Replayed, replay
from tests.replay.lives import LIVES

FOLDER = Path(__file__).parent / "histories"
FILES = sorted(FOLDER.glob("decider-*/*.json"))
PRESENT = [file for file in FILES if file.parent.name == f"decider-{DECIDER}"]
RULE = "raise DECIDER in shared/core/ledger.py and run `python -m tests.replay` if that is meant (ADR 14)"


def stored(file: Path) -> Record:
    content = json.loads(file.read_text(encoding="utf-8"))
    return wire.decode_record(content["key"], json.dumps(content["document"]).encode())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_stored_history_is_decided_as_it_was(file: Path) -> None:
    again = replay(stored(file))
    assert again.agrees or not again.comparable, f"{file.stem} is decided differently: {again.difference}; {RULE}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_stored_history_was_not_edited(file: Path) -> None:
    record = stored(file)
    assert record.ledger
    assert first_broken(record.ledger) is None
    assert {f"decider-{entry.decider}" for entry in record.ledger} == {file.parent.name}


def test_the_present_decider_has_histories_of_every_life_and_of_a_journey() -> None:
    names = [file.stem for file in PRESENT]
    missing = [life for life in (*LIVES, "journey") if not any(name.startswith(life) for name in names)]
    assert missing == [], f"no history of {missing} is stored for decider {DECIDER}; run `python -m tests.replay`"


def test_the_histories_reach_the_stages_of_a_life() -> None:
    reached = {entry.after for file in PRESENT for entry in stored(file).ledger}
    assert {str(stage) for stage in Stage if stage is not Stage.REGISTERED} <= reached


def of(life: str) -> Release:
    records = (stored(file) for file in PRESENT if file.stem.startswith(life))
    return next(record for record in records if isinstance(record, Release))


def changed(release: Release, **given: Any) -> Replayed:
    return replay(replace(release, **given))


def test_a_replay_names_what_does_not_follow_from_the_ledger() -> None:
    release = of("model-refused")
    again = changed(release, reason="nobody liked it")
    assert again.difference is not None
    assert (again.difference.entry, again.difference.what) == (None, "reason")


def test_a_replay_names_the_first_entry_that_would_be_decided_differently(monkeypatch: pytest.MonkeyPatch) -> None:
    def strict(*evidence: Any) -> Any:
        verdict = judge(*evidence)
        return replace(verdict, outcome=Outcome.INCONCLUSIVE)

    monkeypatch.setattr(production.rollout, "judge", strict)
    release = of("worse-in-production-churn-2")
    first = next(entry.n for entry in release.ledger if entry.fact == "CanaryMeasured" and entry.after != "canary")
    again = replay(release)
    assert again.difference is not None
    assert again.difference.entry is not None
    assert again.difference.entry <= first
    assert again.comparable


def test_a_difference_from_another_decider_is_no_contradiction() -> None:
    release = of("model-refused")
    older = tuple(replace(entry, decider=DECIDER - 1, sentence="decided otherwise") for entry in release.ledger)
    again = changed(release, ledger=older)
    assert not again.agrees
    assert not again.comparable


def test_a_ledger_that_holds_no_fact_is_named() -> None:
    release = of("model-refused")
    again = changed(release, ledger=(replace(release.ledger[0], fact="Unheard"), *release.ledger[1:]))
    assert again.difference is not None
    assert "unknown kind 'Unheard'" in again.difference.replayed


def test_a_release_without_a_ledger_does_not_agree() -> None:
    assert not changed(of("model-refused"), ledger=()).agrees
