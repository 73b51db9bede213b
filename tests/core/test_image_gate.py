"""What dismisses findings of an image takes exactly the named ones out of the count, and only for whom it may."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.samples import CLEAN, DIGEST, NOW, WAIVER
from shared.core import image_gate
from shared.core.evidence import Dismissals, Finding, Scan, Stated, VexStatement, Waiver
from shared.core.limits import AllowedId
from shared.core.policy import QuarantinePolicy
from shared.core.verdicts import Outcome, Verdict

FAIL, PASS, INCONCLUSIVE = Outcome.FAIL, Outcome.PASS, Outcome.INCONCLUSIVE
DAY = 86_400.0


def finding(name: str, rows: int = 1, severity: str = "CRITICAL", fixed_in: str = "") -> Finding:
    return Finding(id=name, severity=severity, package="openssl", installed="3", fixed_in=fixed_in, rows=rows)


def scan(*named: Finding, unnamed: int = 0, **content: Any) -> Scan:
    """A scan that names these findings, and counts `unnamed` critical ones beyond them."""
    counts = {"CRITICAL": sum(each.rows for each in named if each.severity == "CRITICAL") + unnamed}
    return replace(CLEAN, counts=counts, fixable=counts, worst_findings=named, **content)


def judged(
    *scans: Scan,
    waivers: tuple[Waiver, ...] = (),
    stated: tuple[Stated, ...] = (),
    by: tuple[str, ...] = (),
    **policy: Any,
) -> Verdict:
    known = Dismissals(waivers=waivers, stated=stated, revision=1)
    return image_gate.scans(QuarantinePolicy(**policy), scans, DIGEST, NOW, dismissals=known, submitters=by)


def says(author: str, status: str, name: str = "CVE-1") -> Stated:
    return Stated(author=author, statement=VexStatement(id=name, status=status))


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("not_affected", PASS), ("fixed", PASS), ("affected", FAIL), ("under_investigation", FAIL), ("nonsense", FAIL)],
)
def test_a_finding_counts_unless_a_believed_author_calls_it_harmless(status: str, outcome: Outcome) -> None:
    stated = (says("Vendor", status),)
    assert judged(scan(finding("CVE-1")), stated=stated, vex_authors=("Vendor",)).outcome is outcome
    assert judged(scan(finding("CVE-1")), stated=stated, vex_authors=("Another",)).outcome is FAIL
    assert judged(scan(finding("CVE-2")), stated=stated, vex_authors=("Vendor",)).outcome is FAIL


def test_a_statement_about_one_package_lets_the_finding_count_in_others() -> None:
    for package, outcome in (("openssl", PASS), ("zlib", FAIL)):
        statement = VexStatement(id="CVE-1", status="not_affected", packages=(package,))
        stated = (Stated(author="Vendor", statement=statement),)
        assert judged(scan(finding("CVE-1")), stated=stated, vex_authors=("Vendor",)).outcome is outcome


def test_where_believed_authors_disagree_the_finding_counts() -> None:
    stated = (says("Vendor", "not_affected"), says("Maker", "affected"))
    assert judged(scan(finding("CVE-1")), stated=stated, vex_authors=("Vendor", "Maker")).outcome is FAIL
    assert judged(scan(finding("CVE-1")), stated=stated, vex_authors=("Vendor",)).outcome is PASS


def test_an_allowed_id_counts_again_after_its_last_day() -> None:
    bad = scan(finding("CVE-1"))
    for until, outcome in [("1970-01-01", PASS), ("1969-12-31", FAIL)]:
        allowed = (AllowedId(id="CVE-1", until=until, reason="not reachable"),)
        assert judged(bad, allowed_ids=allowed).outcome is outcome
    last_day = AllowedId(id="CVE-1", until="1970-01-01", reason="not reachable")
    assert (last_day.counts_at(DAY - 1), last_day.counts_at(DAY)) == (True, False)
    assert AllowedId(id="CVE-1", until="9999-12-31", reason="never mind").counts_at(DAY)


@pytest.mark.parametrize("broken", [{"until": "soon"}, {"until": "2027-02-30"}, {"reason": ""}, {"id": ""}])
def test_an_allowed_id_without_an_end_or_a_reason_is_no_policy(broken: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"until|reason"):
        AllowedId(**({"id": "CVE-1", "until": "2027-01-31", "reason": "?"} | broken))


def test_findings_that_no_scanner_names_are_never_dismissed() -> None:
    waived = replace(WAIVER, ids=("CVE-1",))
    assert judged(scan(finding("CVE-1", rows=3)), waivers=(waived,)).outcome is PASS
    over = judged(scan(finding("CVE-1", rows=3), unnamed=1), waivers=(waived,))
    assert (over.outcome, over.numbers["CRITICAL"]) == (FAIL, 1)


@given(st.integers(0, 5), st.lists(st.integers(1, 5), max_size=4), st.sets(st.integers(0, 4)))
def test_dismissing_never_makes_a_count_larger_or_negative(total: int, rows: list[int], ids: set[int]) -> None:
    named = tuple(finding(f"CVE-{n}", rows=count) for n, count in enumerate(rows))
    found = replace(scan(*named), counts={"CRITICAL": total})
    waived = replace(WAIVER, ids=tuple(f"CVE-{n}" for n in ids) or ("none",))
    counted = judged(found, waivers=(waived,)).numbers["CRITICAL"]
    assert isinstance(counted, int)
    assert 0 <= counted <= total
    assert ids & set(range(len(rows))) or counted == total


def test_only_fixable_rows_are_taken_from_the_fixable_ones() -> None:
    named = (finding("CVE-1"), finding("CVE-2", fixed_in="3.1"))
    found = replace(scan(*named), fixable={"CRITICAL": 1})
    for waived, outcome in [("CVE-1", FAIL), ("CVE-2", PASS)]:
        assert judged(found, waivers=(replace(WAIVER, ids=(waived,)),), fixable_only=True).outcome is outcome


@pytest.mark.parametrize(
    "invalid",
    [
        {"until": NOW},
        {"at": NOW + 1},
        {"roles": ("Gatehouse.Approver",)},
        {"person": "carl"},
        {"name": "carl"},
        {"at": NOW - 1, "until": NOW + 721 * 3600},
    ],
    ids=",".join,
)
def test_a_waiver_counts_in_its_time_of_one_who_may_and_did_not_submit(invalid: dict[str, Any]) -> None:
    bad = scan(finding("CVE-1"), unnamed=2)
    everything = replace(WAIVER, ids=())
    assert judged(bad, waivers=(everything,), by=("carl",)).outcome is PASS
    assert judged(bad, waivers=(replace(everything, **invalid),), by=("carl",)).outcome is FAIL


def test_a_waiver_of_everything_says_so_and_does_not_make_a_scan_younger() -> None:
    everything = replace(WAIVER, ids=())
    verdict = judged(scan(unnamed=1, secrets=1), waivers=(everything,))
    assert "waived by Olga: not reachable" in verdict.reason
    assert "1 secret(s)" in verdict.reason
    assert judged(scan(unnamed=1, scanned_at=NOW - 1e6), waivers=(everything,)).outcome is INCONCLUSIVE
    assert judged(waivers=(everything,)).outcome is INCONCLUSIVE


def test_every_required_scanner_must_have_reported_and_the_worst_decides() -> None:
    grype = replace(CLEAN, scanner="grype")
    both = {"required_scanners": ("trivy", "grype")}
    missing = judged(CLEAN, **both)
    assert (missing.outcome, "grype" in missing.reason) == (INCONCLUSIVE, True)
    assert judged(CLEAN, grype, **both).outcome is PASS
    assert judged(CLEAN, replace(grype, counts={"CRITICAL": 1}), **both).outcome is FAIL
    assert judged(scan(unnamed=1), **both).outcome is FAIL, "what one scanner found fails without the other"


def test_a_base_image_must_match_where_the_policy_names_some() -> None:
    bases = {"base_images": ("mcr.microsoft.com/azureml/*",)}
    assert judged(replace(CLEAN, base="mcr.microsoft.com/azureml/base:1"), **bases).outcome is PASS
    elsewhere = judged(replace(CLEAN, base="docker.io/library/python:3"), **bases)
    assert (elsewhere.outcome, "docker.io/library/python:3" in elsewhere.reason) == (FAIL, True)
    assert judged(CLEAN, **bases).outcome is INCONCLUSIVE
    assert judged(CLEAN).outcome is PASS


def test_misconfigurations_count_only_where_there_is_a_limit() -> None:
    found = replace(CLEAN, misconfigurations=3)
    assert judged(found).outcome is PASS
    assert judged(found, allowed_misconfigurations=3).outcome is PASS
    assert judged(found, allowed_misconfigurations=2).outcome is FAIL
