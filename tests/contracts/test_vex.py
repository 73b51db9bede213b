"""A VEX statement counts for the images that it names by digest, with its author, time and reason, or not at all."""

from typing import Any

import pytest

from shared.contracts.image_documents import facts_of
from shared.contracts.malformed import Malformed
from shared.core.evidence import VexStatement
from shared.core.facts import VexStated
from tests.contracts.samples import DIGEST, encoded

OTHER = "sha256:" + "99" * 32
AT = 1_772_348_400.0
TIME = "2026-03-01T07:00:00Z"
PURL = f"pkg:oci/churn@{DIGEST.replace(':', '%3A')}?repository_url=acr.example/churn"


def openvex(*statements: dict[str, Any], **changes: Any) -> dict[str, Any]:
    whole = {"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/1", "author": "Ada", "version": 1}
    return {**whole, "timestamp": TIME, "statements": list(statements) or [stated()], **changes}


def stated(**changes: Any) -> dict[str, Any]:
    statement = {
        "vulnerability": {"name": "CVE-2026-1"},
        "products": [{"@id": PURL}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
    }
    return {**statement, **changes}


def cyclonedx(*rows: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    about = {"timestamp": TIME, "authors": [{"name": "Ada"}], "component": {"type": "container", "purl": PURL}}
    head = {"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {**about, **metadata}}
    return {**head, "vulnerabilities": list(rows) or [row()]}


def row(state: str = "not_affected", **changes: Any) -> dict[str, Any]:
    return {"id": "CVE-2026-1", "analysis": {"state": state, "justification": "code_not_present"}, **changes}


def facts(document: dict[str, Any], image: str = "") -> list[VexStated]:
    told = facts_of(encoded(document), image, 0.0)
    assert all(isinstance(fact, VexStated) for fact in told)
    return list(told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "why"), [(openvex(), "vulnerable_code_not_present"), (cyclonedx(), "code_not_present")]
)
def test_both_formats_become_the_same_fact(document: dict[str, Any], why: str) -> None:
    (fact,) = facts(document)
    assert (fact.digest, fact.author, fact.actor, fact.at) == (DIGEST, "Ada", "Ada", AT)
    assert fact.statements == (VexStatement(id="CVE-2026-1", status="not_affected", justification=why, at=AT),)
    assert fact.report == fact.body


STATES = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_cyclonedx_has_a_status(state: str) -> None:
    (fact,) = facts(cyclonedx(row(state)))
    assert fact.statements[0].status == STATES[state]


def test_the_newest_statement_about_a_vulnerability_counts() -> None:
    late, early = "2026-03-02T07:00:00Z", "2026-02-01T07:00:00Z"
    document = openvex(stated(status="affected", timestamp=late), stated(timestamp=early))
    assert [statement.status for statement in facts(document)[0].statements] == ["affected"]


PARTS = [{"@id": PURL, "subcomponents": [{"@id": "pkg:deb/debian/openssl@3.0"}]}]
COMPONENTS = [{"bom-ref": "part-7", "purl": "pkg:deb/debian/openssl@3.0"}]


def test_a_statement_about_a_part_of_the_image_is_limited_to_its_packages() -> None:
    (whole,) = facts({**cyclonedx(row(affects=[{"ref": "part-7"}])), "components": COMPONENTS})
    for fact in (*facts(openvex(stated(products=PARTS))), whole):
        assert fact.statements[0].packages == ("openssl", "debian/openssl", "debian:openssl")


def test_a_part_that_is_harmful_makes_the_vulnerability_harmful() -> None:
    late = stated(products=PARTS, timestamp="2026-03-02T07:00:00Z")
    (fact,) = facts(openvex(stated(status="affected"), late))
    assert [(statement.status, statement.packages) for statement in fact.statements] == [("affected", ())]
    (fact,) = facts(openvex(stated(products=PARTS), stated(products=[{"@id": PURL, "subcomponents": ["zlib"]}])))
    assert fact.statements[0].packages[-2:] == ("debian:openssl", "zlib")


def test_every_image_and_every_alias_is_told() -> None:
    both = [{"@id": PURL}, {"@id": "churn", "identifiers": {"purl": f"pkg:oci/b@{OTHER}"}}]
    told = facts(openvex(stated(products=both, vulnerability={"name": "CVE-1", "aliases": ["GHSA-1"]})))
    assert {fact.digest: [s.id for s in fact.statements] for fact in told} == {
        DIGEST: ["CVE-1", "GHSA-1"],
        OTHER: ["CVE-1", "GHSA-1"],
    }


def test_an_older_openvex_document_names_things_by_plain_texts() -> None:
    (fact,) = facts(openvex(stated(vulnerability="CVE-9", products=[f"acr.example/churn@{DIGEST}"])))
    assert (fact.digest, fact.statements[0].id) == (DIGEST, "CVE-9")


REFUSED = {
    "no digest": (openvex(stated(products=[{"@id": "pkg:oci/churn"}])), "'pkg:oci/churn' names no single image"),
    "no product": (openvex(stated(products=None)), "names no product"),
    "no reason": (openvex(stated(justification=None)), "needs a justification or an impact_statement"),
    "another reason": (openvex(stated(justification="because")), "invalid enum value 'because'"),
    "another status": (openvex(stated(status="fine")), "invalid enum value 'fine'"),
    "no author": (openvex(author=""), "length >= 1"),
    "no time": (openvex(timestamp=None), "has a timestamp"),
    "no statement": (openvex(statements=[]), "states nothing"),
    "no component": (cyclonedx(component=None), "no image digest"),
    "a component that is no image": (cyclonedx(component={"purl": "pkg:pypi/a@1"}), "no image digest"),
    "nobody": (cyclonedx(authors=None), "nobody is named"),
    "no time at all": (cyclonedx(timestamp=None), "has a time"),
    "no detail": (cyclonedx(row(analysis={"state": "not_affected"})), "needs a justification or a detail"),
    "an unknown state": (cyclonedx(row("unheard")), "invalid enum value 'unheard'"),
}


@pytest.mark.parametrize(("document", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_statement_that_cannot_count_is_refused(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        facts(document)
    assert reason in refused.value.reason


def test_a_document_of_another_image_than_its_sender_says_is_refused() -> None:
    assert facts(openvex(), f"acr.example/churn@{DIGEST}")
    with pytest.raises(Malformed, match="its sender says"):
        facts(openvex(), OTHER)
