"""Bills of materials name packages by their sources, and the image that they are about by its digest."""

from typing import Any

import msgspec
import pytest

from shared.contracts.malformed import Malformed
from shared.contracts.sbom import parse_sbom, sbom_format
from shared.contracts.sbom.fact import to_fact
from shared.contracts.sbom.listing import listing_of
from shared.core.packages import Package
from tests.contracts.samples import DIGEST

NOW = 1_900_000_000.0
OTHER = "sha256:" + "f" * 64
LIBRARY = {"type": "library", "name": "numpy", "bom-ref": "n", "purl": "pkg:pypi/numpy@2.1.0"}


def cyclonedx(*components: dict[str, Any], **more: Any) -> bytes:
    content = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components or [LIBRARY])}
    return msgspec.json.encode(content | more)


def spdx(*packages: dict[str, Any], **more: Any) -> bytes:
    return msgspec.json.encode({"spdxVersion": "SPDX-2.3", "packages": list(packages)} | more)


def about(**subject: Any) -> dict[str, Any]:
    return {"component": {"type": "container", "name": "churn"} | subject}


def only(body: bytes) -> Package:
    (package,) = listing_of(parse_sbom(body)).packages
    return package


def of_purl(purl: str) -> Package:
    return only(cyclonedx({"type": "library", "name": "x", "purl": purl}))


SOURCES: dict[str, tuple[str, Package]] = {
    "pypi": ("pkg:pypi/Typing_Extensions@4.0", Package(name="typing-extensions", version="4.0", source="pypi")),
    "conda": (
        "pkg:conda/openssl@1.1?channel=conda-forge&build=h1",
        Package(name="openssl", version="1.1", source="conda", channels=("conda-forge",)),
    ),
    "deb": ("pkg:deb/debian/bash@5.0-4?distro=debian-10", Package(name="bash", version="5.0-4", source="system")),
    "npm": ("pkg:npm/%40babel/core@7.0", Package(name="@babel/core", version="7.0", source="npm")),
    "maven": ("pkg:maven/org.x/asm@9", Package(name="org.x/asm", version="9", source="maven")),
    "an image of Microsoft": (
        f"pkg:oci/base@{DIGEST.replace(':', '%3A')}?repository_url=mcr.microsoft.com/azureml/base",
        Package(name="base", version=DIGEST, source="mcr"),
    ),
    "an image of another registry": (
        f"pkg:oci/base@{DIGEST}?repository_url=mcr.microsoft.com.evil.example/base",
        Package(name="base", version=DIGEST, source="oci"),
    ),
    "an index of one's own": (
        "pkg:pypi/numpy@1?repository_url=https://mine.example/simple",
        Package(name="numpy", version="1", source="pypi", location="https://mine.example/simple"),
    ),
    "the index itself": (
        "pkg:pypi/numpy@1?repository_url=https://pypi.org/simple",
        Package(name="numpy", version="1", source="pypi"),
    ),
    "a repository": (
        "pkg:pypi/numpy@1?vcs_url=git%2Bhttps://github.com/x/y",
        Package(name="numpy", version="1", source="pypi", location="git+https://github.com/x/y"),
    ),
}


@pytest.mark.parametrize(("purl", "package"), SOURCES.values(), ids=SOURCES)
def test_a_package_url_names_its_source(purl: str, package: Package) -> None:
    assert of_purl(purl) == package


def test_letters_of_other_alphabets_are_a_flaw_where_the_source_knows_ascii_alone() -> None:
    assert "only look like others" in of_purl("pkg:pypi/nump%D1%83@1").flaw
    assert of_purl("pkg:nuget/caf%C3%A9@1").flaw == ""


def test_a_broken_package_url_is_a_flaw() -> None:
    assert "is no package URL" in of_purl("pypi/numpy@1").flaw


def test_what_is_no_package_is_not_listed_and_what_is_there_twice_counts_once() -> None:
    others = [{"type": kind, "name": "x"} for kind in ("file", "operating-system", "application", "container")]
    assert only(cyclonedx(LIBRARY, *others, LIBRARY | {"bom-ref": "m"})).name == "numpy"


def test_components_inside_of_components_are_listed() -> None:
    body = cyclonedx({"type": "application", "name": "requirements.txt", "components": [LIBRARY]})
    assert only(body).name == "numpy"


def test_a_library_without_a_package_url_has_no_source() -> None:
    assert only(cyclonedx({"type": "library", "name": "x", "version": "1"})) == Package(name="x", version="1")


def test_vulnerabilities_and_withdrawals_belong_to_their_package() -> None:
    body = cyclonedx(
        LIBRARY | {"properties": [{"name": "mine:yanked", "value": "true"}]},
        vulnerabilities=[{"id": "CVE-1", "affects": [{"ref": "n"}]}, {"id": "CVE-2", "affects": [{"ref": "m"}]}],
    )
    package = only(body)
    assert (package.vulnerabilities, package.yanked) == (("CVE-1",), True)


XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5" serialNumber="urn:uuid:1" version="1">
  <metadata><timestamp>2026-01-01T00:00:00Z</timestamp>
    <tools><components><component type="application"><name>syft</name></component></components></tools>
    <component type="container" bom-ref="c"><name>churn</name><version>{DIGEST}</version></component></metadata>
  <components><component type="library" bom-ref="n"><name>numpy</name><version>2.1.0</version>
    <purl>pkg:pypi/numpy@2.1.0</purl></component></components>
  <vulnerabilities><vulnerability><id>CVE-1</id><affects><target><ref>n</ref></target></affects></vulnerability>
  </vulnerabilities>
</bom>""".encode()


def test_xml_says_the_same_as_json() -> None:
    told = parse_sbom(XML)
    json = cyclonedx(
        LIBRARY | {"version": "2.1.0"},
        specVersion="1.5",
        serialNumber="urn:uuid:1",
        metadata=about(version=DIGEST)
        | {"timestamp": "2026-01-01T00:00:00Z", "tools": {"components": [{"name": "syft"}]}},
        vulnerabilities=[{"id": "CVE-1", "affects": [{"ref": "n"}]}],
    )
    assert told == parse_sbom(json)


OF_AN_IMAGE = {
    "version of the container": cyclonedx(metadata=about(version=DIGEST)),
    "package URL of the container": cyclonedx(
        metadata=about(purl=f"pkg:oci/churn@{DIGEST.replace(':', '%3A')}?arch=x")
    ),
    "remark of Trivy": cyclonedx(
        metadata=about(properties=[{"name": "aquasecurity:trivy:RepoDigest", "value": f"r.example/churn@{DIGEST}"}])
    ),
    "described container": spdx(
        {"SPDXID": "SPDXRef-i", "name": "churn", "versionInfo": DIGEST, "primaryPackagePurpose": "CONTAINER"},
        {"name": "numpy", "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:pypi/numpy@1"}]},
        relationships=[{"relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-i"}],
    ),
    "XML": XML,
}


@pytest.mark.parametrize("body", OF_AN_IMAGE.values(), ids=OF_AN_IMAGE)
def test_a_document_of_an_image_is_a_fact_about_its_digest(body: bytes) -> None:
    fact = to_fact(parse_sbom(body), "b" * 64, NOW)
    assert (fact.digest, fact.sbom.digest, fact.sbom.packages, fact.body) == (DIGEST, DIGEST, 1, "b" * 64)


def test_the_sender_may_name_the_image_but_no_other_than_the_document() -> None:
    assert to_fact(parse_sbom(cyclonedx()), "b" * 64, NOW, f"r.example/churn@{DIGEST}").digest == DIGEST
    with pytest.raises(Malformed, match="the sender says"):
        to_fact(parse_sbom(XML), "b" * 64, NOW, OTHER)
    with pytest.raises(Malformed, match="not repository@sha256"):
        to_fact(parse_sbom(cyclonedx()), "b" * 64, NOW, "churn:latest")


@pytest.mark.parametrize("time", ["", "soon", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z"])
def test_a_document_without_a_clear_time_counts_as_made_now(time: str) -> None:
    xml = XML.replace(b"2026-01-01T00:00:00Z", time.encode())
    for body in (xml, spdx({"name": "a"}, creationInfo={"created": time})):
        assert to_fact(parse_sbom(body), "b" * 64, NOW, DIGEST).sbom.made_at == NOW


def test_a_document_from_the_future_counts_as_made_now() -> None:
    later = cyclonedx(metadata=about(version=DIGEST) | {"timestamp": "2999-01-01T00:00:00Z"})
    assert to_fact(parse_sbom(later), "b" * 64, NOW).sbom.made_at == NOW


REFUSED = {
    "no image": (cyclonedx(), "names no manifest digest"),
    "a digest of something else than an image": (
        cyclonedx(metadata=about(type="application", version=DIGEST)),
        "names no manifest digest",
    ),
    "two images": (
        cyclonedx(metadata=about(version=DIGEST, purl=f"pkg:oci/churn@{OTHER}")),
        "names more than one image",
    ),
    "no package": (cyclonedx({"type": "file", "name": "x"}, metadata=about(version=DIGEST)), "names no package"),
    "no package in SPDX": (spdx(), "names no package"),
    "an old version": (cyclonedx(specVersion="1.1"), "'1.1' is not understood"),
    "SPDX 3 by its graph": (msgspec.json.encode({"@context": "https://spdx.org/rdf/3.0.1", "@graph": []}), "SPDX 3"),
    "another SPDX": (spdx(spdxVersion="SPDX-2.1"), "'SPDX-2.1'; understood are"),
    "other XML": (b'<?xml version="1.0"?><x xmlns="http://cyclonedx.org/schema/bom/1.5"/>', "understood is <bom>"),
    "other JSON": (b"{}", "no bill of materials"),
    "components that are none": (
        msgspec.json.encode({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": 1}),
        "",
    ),
    "a component that is none": (cyclonedx({"name": "a"}, {"name": "b", "purl": 7}), "components[1].purl"),
    "a part that is none": (cyclonedx({"components": [{"name": "b"}, None]}), "components[0].components[1]"),
    "a package that is none": (spdx({"name": 7}), "packages[0].name"),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_clears_nothing_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        to_fact(parse_sbom(body), "b" * 64, NOW)
    assert reason in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"[]", b"<html/>", b"numpy==1", b"\xff", b"[" * 5000])
def test_what_is_no_bill_has_no_format(body: bytes) -> None:
    assert sbom_format(body) == ""


@pytest.mark.parametrize("body", [cyclonedx(), spdx({"name": "numpy", "versionInfo": "1"})])
def test_a_bill_with_a_key_that_is_there_twice_is_refused_wherever_it_is(body: bytes) -> None:
    assert parse_sbom(body)
    with pytest.raises(Malformed, match="the key 'name' is there more than once"):
        parse_sbom(body.replace(b'"name":"numpy"', b'"name":"numpy","name":"scipy"'))
