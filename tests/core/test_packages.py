"""A package is allowed, needs an exception, or is denied, and the judgement always says why and how."""

from dataclasses import replace
from typing import Any

import pytest

from shared.contracts.packages.versions import holds
from shared.core.evidence import PackageCheck, SbomReport
from shared.core.package_gate import newest, packages
from shared.core.packages import Grant, Judgement, Package, Rules, Ruling, judged
from shared.core.policy import PackagePolicy
from shared.core.verdicts import Outcome

PRIVATE = "https://packages.example/simple"
NUMPY = Package(name="numpy", version="2.1.0", specifier="==2.1.0", source="pypi")
GRANT = Grant(id="g1", name="numpy", until=100.0)
SBOM = SbomReport(digest="sha256:" + "a" * 64, tool="syft", format="spdx 2.3", packages=3, made_at=1.0, report="b" * 64)
CHECK = PackageCheck(sbom=SBOM, allowed=3, excepted=0, refused=0, denied=0, worst=(), at=2.0)
OUTSIDE = replace(CHECK, allowed=2, refused=1, worst=("numpy 2.1.0: it is not on the curated list",))


def ruled(package: Package = NUMPY, *grants: Grant, **policy: Any) -> Judgement:
    return judged(Rules(policy=PackagePolicy(**policy), holds=holds, grants=grants), package)


def test_a_pinned_package_of_a_safe_source_is_allowed_without_a_reason() -> None:
    judgement = ruled()
    assert (judgement.ruling, judgement.reasons, judgement.how) == (Ruling.ALLOWED, (), "")


DOUBTS: dict[str, tuple[Package, dict[str, Any], str]] = {
    "another ecosystem": (replace(NUMPY, source="npm"), {}, "source (npm) is not on the safe list"),
    "no source": (replace(NUMPY, source=""), {}, "source (not stated)"),
    "an address": (replace(NUMPY, location="git+https://github.com/x/y"), {}, "comes from git+https://github.com/x/y"),
    "an address that only begins like the private one": (
        replace(NUMPY, location=f"{PRIVATE}.evil.example/x"),
        {"private_source": PRIVATE},
        "which is not on the safe list",
    ),
    "another channel": (
        replace(NUMPY, source="conda", channels=("conda-forge", "mine")),
        {},
        "it may come from mine, which is not on the safe list of channels (conda-forge)",
    ),
    "not curated": (NUMPY, {"curated": ("pandas",)}, "not on the curated list"),
    "an open version": (replace(NUMPY, version="", specifier=">=2"), {}, "its version is open"),
    "an open version, some of which are denied": (
        replace(NUMPY, version=""),
        {"denied": {"numpy": "<2"}, "pins": False},
        "its version is open, and versions <2 are denied",
    ),
    "yanked": (replace(NUMPY, yanked=True), {}, "withdrawn (yanked)"),
    "vulnerable": (replace(NUMPY, vulnerabilities=("CVE-2026-1",)), {}, "known vulnerabilities (CVE-2026-1)"),
    "unaudited": (replace(NUMPY, unaudited="not found"), {}, "the audit left it out: not found"),
}


@pytest.mark.parametrize(("package", "policy", "reason"), DOUBTS.values(), ids=DOUBTS)
def test_every_doubt_needs_an_exception_and_says_how(package: Package, policy: dict[str, Any], reason: str) -> None:
    judgement = ruled(package, **policy)
    assert judgement.ruling is Ruling.EXCEPTION
    assert reason in "; ".join(judgement.reasons)
    assert "exception" in judgement.how or "pin it" in judgement.how


@pytest.mark.parametrize(("package", "policy", "reason"), DOUBTS.values(), ids=DOUBTS)
def test_an_exception_lets_in_whatever_only_needs_one(package: Package, policy: dict[str, Any], reason: str) -> None:
    judgement = ruled(package, GRANT, **policy)
    wrong_place = bool(package.location and policy.get("private_source"))
    assert (judgement.ruling is Ruling.ALLOWED) != wrong_place
    assert judgement.exception == "g1"


DENIED = {
    "every version": (NUMPY, {"denied": {"numpy": "*"}}, "list of denied packages"),
    "this version": (NUMPY, {"denied": {"numpy": "<2.2"}}, "versions <2.2 are on"),
    "a flaw": (replace(NUMPY, flaw="letters that only look like others"), {}, "letters that only look"),
}


@pytest.mark.parametrize(("package", "policy", "reason"), DENIED.values(), ids=DENIED)
def test_no_exception_lets_in_what_is_denied(package: Package, policy: dict[str, Any], reason: str) -> None:
    judgement = ruled(package, GRANT, **policy)
    assert judgement.ruling is Ruling.DENIED
    assert reason in judgement.reasons[0]


def test_no_other_writing_of_its_name_lets_in_what_is_denied() -> None:
    for name in ("Zm_Q", "zm.q", "ZM--Q"):
        assert ruled(replace(NUMPY, name=name, source="conda"), denied={"zm-q": "*"}).ruling is Ruling.DENIED


def test_a_version_outside_of_what_is_denied_is_allowed() -> None:
    assert ruled(NUMPY, denied={"numpy": "<2"}).ruling is Ruling.ALLOWED


OTHERS = {
    "another name": replace(GRANT, name="pandas"),
    "another version": replace(GRANT, specifier="<2"),
    "another source": replace(GRANT, source="conda"),
}


@pytest.mark.parametrize("grant", OTHERS.values(), ids=OTHERS)
def test_an_exception_for_something_else_lets_nothing_in(grant: Grant) -> None:
    assert ruled(NUMPY, grant, curated=("pandas",)).ruling is Ruling.EXCEPTION


def test_an_excepted_package_is_to_be_taken_from_the_private_source() -> None:
    rules: dict[str, Any] = {"curated": ("pandas",), "private_source": PRIVATE}
    assert ruled(NUMPY, GRANT, **rules).how == f"take it from {PRIVATE}"
    assert ruled(replace(NUMPY, location=f"{PRIVATE}/numpy"), GRANT, **rules).ruling is Ruling.ALLOWED
    elsewhere = ruled(replace(NUMPY, location="https://elsewhere.example"), GRANT, **rules)
    assert elsewhere.ruling is Ruling.EXCEPTION
    assert "as https://packages.example/simple holds it" in elsewhere.reasons[0]


def test_an_exception_counts_for_its_scope_and_until_its_end() -> None:
    scoped = replace(GRANT, model="churn", scenario="classical")
    assert scoped.covers("churn", "classical", 99.0)
    assert not scoped.covers("churn", "classical", 100.0)
    assert not scoped.covers("wine", "classical", 99.0)
    assert not scoped.covers("churn", "vision", 99.0)
    assert GRANT.covers("wine", "vision", 0.0)


GATE = {
    ("off", None): Outcome.PASS,
    ("off", OUTSIDE): Outcome.PASS,
    ("report", None): Outcome.PASS,
    ("report", OUTSIDE): Outcome.PASS,
    ("block", None): Outcome.INCONCLUSIVE,
    ("block", CHECK): Outcome.PASS,
    ("block", OUTSIDE): Outcome.FAIL,
}


@pytest.mark.parametrize(("enforce", "check"), GATE, ids=str)
def test_the_gate_blocks_only_where_the_policy_says_so(enforce: str, check: PackageCheck | None) -> None:
    checks = (check,) if check else ()
    verdict = packages(PackagePolicy(enforce=enforce), checks, SBOM.digest)
    assert verdict.outcome is GATE[enforce, check]
    if (enforce, check) == ("report", OUTSIDE):
        assert verdict.reason.startswith("only reported: 1 of the packages that syft lists are outside the rules")


def test_a_check_of_another_image_says_nothing() -> None:
    verdict = packages(PackagePolicy(enforce="block"), (CHECK,), "sha256:" + "c" * 64)
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_the_newest_document_of_each_tool_counts_and_the_worst_of_them_decides() -> None:
    later = replace(OUTSIDE, sbom=replace(SBOM, made_at=5.0))
    other = replace(CHECK, sbom=replace(SBOM, tool="trivy"))
    assert newest((CHECK,), later) == (later,)
    assert newest((later,), CHECK) == (later,)
    assert set(newest((later,), other)) == {later, other}
    assert packages(PackagePolicy(enforce="block"), (other, later), SBOM.digest).outcome is Outcome.FAIL


WRONG: dict[str, dict[str, Any]] = {
    "enforce": {"enforce": "maybe"},
    "sources": {"sources": ()},
    "maximum_exception_days": {"maximum_exception_days": 0.0},
    "write a-b in place of A_b": {"curated": ("A_b",)},
    "write a-b in place of A.b": {"denied": {"A.b": "*"}},
}


@pytest.mark.parametrize(("problem", "wrong"), WRONG.items(), ids=WRONG)
def test_a_section_that_makes_no_sense_is_no_policy(problem: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=problem):
        PackagePolicy(**wrong)
