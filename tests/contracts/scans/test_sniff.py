"""A body is known by what is inside it, and what is none of the known formats is called by what was seen."""

import gzip
from typing import Any

import pytest

from shared.contracts.image_documents import facts_of
from shared.contracts.malformed import Malformed
from shared.contracts.scans import parse_scan_report
from shared.contracts.sniff import FORMATS, sniff
from tests.contracts.samples import encoded
from tests.contracts.scans.reports import EVERY

BOM: dict[str, Any] = {"bomFormat": "CycloneDX", "components": [{"name": "a"}]}
KNOWN = {
    "vex": ({**BOM, "vulnerabilities": [{"id": "a"}, {"id": "b", "analysis": {"state": "resolved"}}]}, "vex"),
    "a bill with vulnerabilities": ({**BOM, "vulnerabilities": [{"id": "a"}]}, "sbom"),
    "a bill": (BOM, "sbom"),
    "spdx": ({"spdxVersion": "SPDX-2.3"}, "sbom"),
    "spdx 3": ({"@context": "https://spdx.org/rdf/3.0.0/spdx-context.jsonld", "@graph": []}, "sbom"),
    "openvex": ({"@context": "https://openvex.dev/ns/v0.2.0"}, "vex"),
    **{name: (make(), "scan") for name, (make, _) in EVERY.items()},
}


@pytest.mark.parametrize(("document", "kind"), KNOWN.values(), ids=KNOWN)
def test_a_document_is_known_by_its_keys(document: Any, kind: str) -> None:
    assert sniff(encoded(document)).kind == kind


def test_the_order_of_keys_does_not_matter() -> None:
    for make, _ in EVERY.values():
        report = make()
        turned = dict(reversed(report.items()))
        assert sniff(encoded(turned)) == sniff(encoded(report))


FOREIGN = {
    "nothing": (b"", "an empty body"),
    "space": (b" \n", "an empty body"),
    "xml": (b"<?xml version='1.0'?><a/>", "XML"),
    "html": (b"<!DOCTYPE html><html></html>", "HTML"),
    "gzip": (gzip.compress(b"{}"), "gzip"),
    "zip": (b"PK\x03\x04rest", "a zip archive"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "a byte order mark"),
    "words": (b"No vulnerabilities found", "text that is not JSON"),
    "a number": (b"12", "a lone JSON value"),
    "an empty array": (b"[]", "an empty array"),
    "an array of numbers": (b"[1]", "an array of a lone JSON value"),
    "an empty object": (b"{}", "its keys are none"),
    "other keys": (b'{"hello": 1, "world": 2}', "its keys are hello, world"),
    "an array of others": (b'[{"hello": 1}]', "its keys are hello"),
    "half an object": (b'{"matches": [', "not JSON"),
    "a bill": (encoded(BOM), "this is cyclonedx, and not a scanner's report"),
}


@pytest.mark.parametrize(("body", "reason"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_report_is_called_by_what_was_seen(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_scan_report(body)
    assert reason in refused.value.reason


def test_every_format_is_named_to_whoever_sends_another() -> None:
    with pytest.raises(Malformed) as refused:
        facts_of(b'{"a": 1}', "", 0.0)
    assert all(name in refused.value.reason for name in FORMATS)
