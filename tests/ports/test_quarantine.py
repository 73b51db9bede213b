"""Claims about the quarantine: every payload that did not count lies there once, with its reason and its story."""

import hashlib
from dataclasses import replace

import pytest

from shared.ports import Case, Impossible, Redrive
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique

NOON = 1_800_000_000.0
ADA = Redrive(person="id-of-ada", name="Ada", at=NOON + 60.5)
BERT = Redrive(person="id-of-bert", name="Bert", at=NOON + 120.0)


def kept(side: Side, body: bytes = b"body", at: float = NOON) -> Case:
    """A case with a reason of its own."""
    case = side.quarantine.case(side.quarantine.keep(body, unique(), "scan-results", at, "scan-results"))
    assert case is not None
    return case


def test_a_case_keeps_body_reason_source_and_time(side: Side) -> None:
    body, reason = unique().encode(), "line 1: kein gültiges JSON “{”"

    case = side.quarantine.keep(body, reason, "scan-results", 1_800_000_000.25)

    assert side.quarantined(case) == (body, reason, "scan-results", 1_800_000_000.25)


def test_the_same_case_again_is_one_case_with_the_last_time(side: Side) -> None:
    body = unique().encode()
    first = side.quarantine.keep(body, "too large", "scan-results", 1_800_000_000.0)

    second = side.quarantine.keep(body, "too large", "scan-results", 1_800_000_060.0)

    assert second == first
    assert side.quarantined(first) == (body, "too large", "scan-results", 1_800_000_060.0)


def test_another_body_reason_or_source_is_another_case(side: Side) -> None:
    body, at = unique().encode(), 1_800_000_000.0

    cases = {
        side.quarantine.keep(body, "too large", "scan-results", at),
        side.quarantine.keep(body, "no JSON", "scan-results", at),
        side.quarantine.keep(body, "too large", "model-events", at),
        side.quarantine.keep(body + b" ", "too large", "scan-results", at),
    }

    assert len(cases) == 4
    assert all(side.quarantined(case)[0].startswith(body) for case in cases)


def test_a_case_is_told_with_everything_that_is_known_about_it(side: Side) -> None:
    body, reason = unique().encode(), "line 1: kein gültiges JSON “{”"

    case = side.quarantine.case(id_ := side.quarantine.keep(body, reason, "orders", NOON + 0.25, "model-events"))

    assert case is not None
    assert (case.id, case.reason, case.source, case.door) == (id_, reason, "orders", "model-events")
    assert (case.at, case.size, case.redriven) == (NOON + 0.25, len(body), ())
    assert case.sha256 == hashlib.sha256(body).hexdigest()


def test_an_unknown_case_is_none_and_can_not_be_sent_again(side: Side) -> None:
    unknown = unique()

    assert side.quarantine.case(unknown) is None
    with pytest.raises(Impossible, match=unknown):
        side.quarantine.redriven(unknown, ADA)


@pytest.mark.parametrize("body", [b"", b"0123456789"])
def test_the_body_of_a_case_reads_back_whole_or_its_head(side: Side, body: bytes) -> None:
    case = kept(side, body)

    assert side.quarantine.body(case) == body
    assert side.quarantine.body(case, 4) == body[:4]
    assert side.quarantine.body(case, 64) == body


def test_a_body_that_is_not_there_is_impossible_and_named(side: Side) -> None:
    gone = replace(kept(side), id=unique())

    with pytest.raises(Impossible, match=gone.id):
        side.quarantine.body(gone)


def test_a_body_that_was_changed_in_storage_is_not_believed(real: RealSide) -> None:
    case = kept(real)
    real.container("quarantine").upload_blob(f"{case.id}.body", b"something else", overwrite=True)

    with pytest.raises(Impossible, match=f"{case.id} was changed in storage"):
        real.quarantine.body(case)


def test_the_case_that_came_last_is_told_first(side: Side) -> None:
    last = NOON + 86_400
    early, late, middle = (kept(side, at=last - before).id for before in (60, 0, 0.5))

    assert [case.id for case in side.quarantine.newest(3)] == [late, middle, early]
    assert [case.id for case in side.quarantine.newest(1)] == [late]


def test_a_case_tells_each_time_that_it_was_sent_again(side: Side) -> None:
    case = kept(side)

    side.quarantine.redriven(case.id, ADA)
    side.quarantine.redriven(case.id, BERT)

    assert side.quarantine.case(case.id) == replace(case, redriven=(ADA, BERT))


def test_a_case_that_comes_again_still_tells_that_it_was_sent_again(side: Side) -> None:
    case = kept(side)
    side.quarantine.redriven(case.id, ADA)

    side.quarantine.keep(b"body", case.reason, case.source, NOON + 300, case.door)

    assert side.quarantine.case(case.id) == replace(case, at=NOON + 300, redriven=(ADA,))
