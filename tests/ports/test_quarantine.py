"""Claims about the quarantine: cases are found again, newest first, and remember that they were sent again."""

from dataclasses import replace

import pytest

from shared.ports import Impossible, Redrive
from tests.ports.side import Side, unique

AT = 1_900_000_000.0
OLGA = Redrive(person="o", name="Olga Müller", at=AT + 60)


def test_a_case_is_found_by_its_id_with_its_door(side: Side) -> None:
    body = unique().encode()

    case = side.quarantine.case(side.quarantine.keep(body, "too large", "facts", AT, "facts"))

    assert case is not None
    assert (case.reason, case.source, case.door, case.at) == ("too large", "facts", "facts", AT)
    assert (case.size, case.redriven, case.properties) == (len(body), (), {})


def test_what_came_beside_a_body_is_kept_and_makes_another_case(side: Side) -> None:
    body = unique().encode()
    beside = [{}, {"image": "a/ü@sha256:1"}, {"image": "a/ü@sha256:2"}]

    cases = [side.quarantine.keep(body, "why", "scans", AT, "scan-results", properties=each) for each in beside]

    found = [side.quarantine.case(case) for case in cases]
    assert [case.properties for case in found if case] == beside
    assert len(set(cases)) == 3


def test_a_case_remembers_what_was_given_when_it_was_sent_again(side: Side) -> None:
    case = side.quarantine.keep(unique().encode(), "why", "scans", AT, "scan-results", properties={"image": "1"})

    side.quarantine.redriven(case, replace(OLGA, properties={"image": "2"}))

    found = side.quarantine.case(case)
    assert found is not None
    assert (found.properties, [again.properties for again in found.redriven]) == ({"image": "1"}, [{"image": "2"}])


def test_an_unknown_case_is_none_and_cannot_be_marked(side: Side) -> None:
    assert side.quarantine.case("0" * 32) is None
    with pytest.raises(Impossible, match="0" * 32):
        side.quarantine.redriven("0" * 32, OLGA)


def test_the_newest_cases_come_first_and_no_more_than_asked_for(side: Side) -> None:
    cases = [side.quarantine.keep(unique().encode(), "why", "facts", AT + n) for n in (1000, 3000, 2000)]

    assert [case.id for case in side.quarantine.newest(2)] == [cases[1], cases[2]]


@pytest.mark.parametrize(("limit", "length"), [(0, 10_000), (4096, 4096), (20_000, 10_000)])
def test_a_body_is_read_whole_or_from_its_beginning(side: Side, limit: int, length: int) -> None:
    body = unique().encode().ljust(10_000, b".")
    case = side.quarantine.case(side.quarantine.keep(body, "why", "facts", AT))
    assert case is not None

    assert side.quarantine.body(case, limit) == body[:length]


def test_an_empty_body_is_read_as_such(side: Side) -> None:
    case = side.quarantine.case(side.quarantine.keep(b"", unique(), "facts", AT))
    assert case is not None

    assert side.quarantine.body(case, 4096) == b""


def test_a_case_remembers_who_sent_it_again_when_it_comes_again(side: Side) -> None:
    body = unique().encode()
    case = side.quarantine.keep(body, "why", "facts", AT, "facts")

    side.quarantine.redriven(case, OLGA)
    side.quarantine.keep(body, "why", "facts", AT + 90, "facts")
    side.quarantine.redriven(case, OLGA)

    found = side.quarantine.case(case)
    assert found is not None
    assert (found.at, found.redriven) == (AT + 90, (OLGA, OLGA))
