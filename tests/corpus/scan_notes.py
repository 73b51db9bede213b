"""What the corpus says of a scan report, and what was read of it, in the same shape."""

from pathlib import Path
from typing import Any

from shared.contracts.scans import ParsedReport, parse_scan_report
from shared.contracts.scans.parsed import Vulnerabilities
from tests.corpus.expectations import sample

IMAGE = "sha256:" + "ab" * 32
NOW = 1_790_000_000.0
NOTES = ("trap",)


def read(expectation: Path) -> tuple[ParsedReport[Any], dict[str, Any]]:
    body, expected = sample(expectation)
    return parse_scan_report(body), {key: value for key, value in expected.items() if key not in NOTES}


def rows_of(found: Vulnerabilities, **more: Any) -> dict[str, Any]:
    return {
        "total_rows": found.rows,
        "by_severity": found.by_severity,
        "negligible_not_counted_above": found.negligible,
        "severity_raw": found.words,
        "unique_ids": len(found.ids),
        "sample_ids": list(found.ids),
        "fixable_rows": found.fixable_rows,
        **more,
    }


def equal(told: dict[str, Any], expected: dict[str, Any]) -> None:
    """Every key that is expected, and of samples of ids as many as there are, at least the first four."""
    told = {**told, "sample_ids": first(told, expected, "sample_ids")} if "sample_ids" in expected else told
    assert {key: told[key] for key in expected} == expected


def first(told: dict[str, Any], expected: dict[str, Any], key: str) -> Any:
    wanted = len(expected[key])
    assert wanted >= min(4, len(told[key])), f"{key} of the expectation is no sample"
    return list(told[key])[:wanted]


def alike(expected: Any, told: dict[str, Any]) -> None:
    """Compare key by key, the rows by `equal`."""
    equal(told.pop("vulnerabilities"), expected.pop("vulnerabilities"))
    assert {key: told[key] for key in expected} == expected
