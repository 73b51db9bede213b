"""Whatever stands where in a report of any format, it is counted or refused; nothing else ever comes out."""

import contextlib
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.contracts.scans import parse_scan_report, to_fact
from tests.contracts.samples import DIGEST, encoded
from tests.contracts.scans.reports import EVERY, grype, trivy

VALUES: list[Any] = [None, True, -1, 2**70, 1e300, "", "x" * 5000, "\ud800", [], [[]], {}, [None], {"a": None}, [{}]]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in inner:
        yield (*path, key)
        yield from places(child, (*path, key))


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(node))
    parent = copy
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return copy


def judge(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        fact = to_fact(parse_scan_report(body), "0" * 64, DIGEST, 0.0)
        assert all(count >= 0 for count in fact.scan.counts.values())


@pytest.mark.parametrize(("make", "scanner"), EVERY.values(), ids=EVERY)
def test_any_value_in_any_place_is_counted_or_refused(make: Callable[[], Any], scanner: str) -> None:
    report = make()
    for path in places(report):
        for value in VALUES:
            judge(encoded(replaced(report, path, value)))


@pytest.mark.parametrize(("make", "scanner"), EVERY.values(), ids=EVERY)
def test_a_damaged_report_is_counted_or_refused(make: Callable[[], Any], scanner: str) -> None:
    body, chance = encoded(make()), random.Random(scanner)
    for _ in range(150):
        damaged = bytearray(body[: chance.randrange(len(body))] if chance.random() < 0.2 else body)
        for _ in range(chance.randrange(1, 6)):
            damaged[chance.randrange(len(damaged)) if damaged else 0 :][:1] = b""
            place = chance.randrange(len(damaged) + 1)
            damaged[place : place + chance.randrange(3)] = chance.choice(
                [b"{", b"}", b'"', b",", b"\xff", b"0", b"[", b""]
            )
        judge(bytes(damaged))


@pytest.mark.parametrize("key", ["matches", "source", "descriptor"])
def test_nesting_without_end_is_refused_wherever_it_stands(key: str) -> None:
    body = encoded({**grype(), key: "HERE"}).replace(b'"HERE"', b"[" * 300_000)
    with pytest.raises(Malformed, match=r"nested too deeply|not JSON"):
        parse_scan_report(body)
    ignored = encoded({**grype(), "extra": "HERE"}).replace(b'"HERE"', b"[" * 200_000 + b"]" * 200_000)
    with pytest.raises(Malformed, match="nested too deeply"):
        parse_scan_report(ignored)


REPEATED = {
    "outermost": (b'"matches": [', b'"matches": [], "matches": ['),
    "in a row": (b'"severity": "High"', b'"severity": "High", "severity": "Low"'),
    "escaped": (b'"severity": "High"', b'"severity": "High", "s\\u0065verity": "Low"'),
    "in what is not read": (b'"name": "grype"', b'"name": "grype", "extra": {"a": 1, "a": 2}'),
}


@pytest.mark.parametrize(("text", "instead"), REPEATED.values(), ids=REPEATED)
def test_a_key_that_is_there_twice_refuses_the_report(text: bytes, instead: bytes) -> None:
    body = encoded(grype())
    assert text in body
    with pytest.raises(Malformed, match="more than once"):
        parse_scan_report(body.replace(text, instead))


def test_a_large_report_may_not_repeat_its_outermost_keys() -> None:
    padded = {**grype(), "padding": "x" * strict_json.AUDITED}
    body = encoded(padded)
    assert parse_scan_report(body).vulnerabilities.rows == 1
    with pytest.raises(Malformed, match="the key 'matches' is there more than once"):
        parse_scan_report(body[:-1] + b', "matches": []}')


def test_ten_thousand_rows_are_counted() -> None:
    report = trivy()
    rows = report["Results"][0]["Vulnerabilities"] * 10_000
    report["Results"][0]["Vulnerabilities"] = rows
    found = parse_scan_report(encoded(report)).vulnerabilities
    assert (found.rows, found.by_severity["HIGH"], [row.rows for row in found.worst]) == (10_000, 10_000, [10_000])
