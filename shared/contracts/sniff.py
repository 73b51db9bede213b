"""What a body from the scan queue is, told by what is inside, never by a name; outermost keys may not repeat."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.shapes import UNREADABLE, refusal

type Kind = Literal["scan", "vex", "sbom"]
type Top = Mapping[str, msgspec.Raw]

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "a zip archive",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"%PDF": "a PDF",
    b"\xef\xbb\xbf": "text with a byte order mark",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_KEY = re.compile(rb'\s*"((?:[^"\\]|\\.)*)"\s*:\s*', re.DOTALL)
_STEP = re.compile(rb"\s*([,}])")
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The format of a body, by the name that `FORMATS` has for it, and what kind of document that is."""

    format: str
    kind: Kind


def sniff(body: bytes) -> Sniffed:
    """What `body` is; raises Malformed, naming what was seen, for what is none of the known formats."""
    start = body.lstrip()[:1]
    if start == b"[":
        elements = _decoded(_ARRAY, body)
        first = bytes(elements[0]) if elements else b""
        if not first.startswith(b"{"):
            raise Malformed(f"{_array_of(first)} is no report; send the report as the scanner wrote it")
        return _told(top_level(first), in_array=True)
    if start == b"{":
        return _told(top_level(body), in_array=False)
    if start == b"<" and b"cyclonedx.org/schema/bom" in body[:4096]:
        return Sniffed("cyclonedx-xml", "sbom")
    raise Malformed(f"{_foreign(body)} is no report; send the JSON that the scanner wrote")


def top_level(body: bytes) -> dict[str, msgspec.Raw]:
    """The outermost object's values, unparsed; raises Malformed for broken JSON and for a key that is there twice."""
    values = _decoded(_OBJECT, body)
    _each_once(body, values)
    return values


def _told(top: Top, *, in_array: bool) -> Sniffed:
    for name, (kind, looks_like) in FORMATS.items():
        if (name in _IN_ARRAYS or not in_array) and looks_like(top):
            return Sniffed(name, kind)
    keys = ", ".join(key[:40] for key in list(top)[:8]) or "none"
    raise Malformed(f"no report of a known format: its keys are {keys}; known are {', '.join(FORMATS)}")


def _has(*keys: str) -> Callable[[Top], bool]:
    return lambda top: all(key in top for key in keys)


def _any(*tests: Callable[[Top], bool]) -> Callable[[Top], bool]:
    return lambda top: any(test(top) for test in tests)


def _says(key: str, *words: str) -> Callable[[Top], bool]:
    return lambda top: key in top and any(word.encode() in bytes(top[key])[:400].lower() for word in words)


class _Analysed(msgspec.Struct):
    analysis: Any = None


def _analysed(top: Top) -> bool:
    """Whether a CycloneDX document says of a vulnerability how it affects the product."""
    try:
        rows = msgspec.json.decode(top.get("vulnerabilities", b"[]"), type=list[_Analysed] | None)
    except UNREADABLE:
        return False
    return any(row.analysis for row in rows or ())


def _vex(top: Top) -> bool:
    return "bomFormat" in top and _analysed(top)


def _harbor(top: Top) -> bool:
    return any(key.startswith("application/vnd.") for key in top) or {"generated_at", "scanner"} <= top.keys()


FORMATS: dict[str, tuple[Kind, Callable[[Top], bool]]] = {
    "trivy-json": ("scan", _any(_has("SchemaVersion"), _has("ArtifactName", "Results"))),
    "trivy-k8s-json": ("scan", _has("ClusterName")),
    "trivy-operator": ("scan", _any(_says("kind", "vulnerabilityreport"), _says("apiVersion", "aquasecurity.github"))),
    "grype-json": ("scan", _any(_has("matches", "source"), _has("matches", "descriptor"))),
    "sarif": ("scan", _any(_has("runs"), _says("$schema", "sarif"))),
    "cyclonedx-vex": ("vex", _vex),
    "openvex": ("vex", _says("@context", "openvex")),
    "cyclonedx": ("sbom", _has("bomFormat")),
    "spdx": ("sbom", _any(_has("spdxVersion"), _says("@context", "spdx"))),
    "defender-export": ("scan", _any(_says("$type", "subassessment"), _has("SubAssessmentEventDataEnrichment"))),
    "defender": ("scan", _any(_says("type", "subassessments"), _says("value", "subassessments"), _has("nextLink"))),
    "harbor": ("scan", _harbor),
    "gitlab": ("scan", _has("scan", "vulnerabilities")),
    "clair-scanner": ("scan", _has("unapproved")),
    "clair-v4": ("scan", _has("manifest_hash")),
    "anchore-engine": ("scan", _has("imageDigest")),
    "snyk": (
        "scan",
        _any(_has("vulnerabilities", "ok"), _has("vulnerabilities", "packageManager"), _has("ok", "error")),
    ),
}
_IN_ARRAYS = frozenset({"defender", "snyk"})


def _decoded[T](decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        raise refusal(error) from None


def _each_once(body: bytes, values: Top) -> None:
    """Walk over the outermost object: a repeated key stands where the next one should, or holds another text."""
    place = body.index(b"{") + 1
    for key, value in values.items():
        name = _KEY.match(body, place)
        if name is None or _text(name[1]) != key or not body.startswith(memoryview(value), name.end()):
            raise _repeated(body, place)
        step = _STEP.match(body, name.end() + len(memoryview(value)))
        if step is None:
            raise _repeated(body, place)
        place = step.end()
    if values and body[place - 1 : place] != b"}":
        raise _repeated(body, place)


def _text(quoted: bytes) -> str:
    return msgspec.json.decode(b'"' + quoted + b'"', type=str)


def _repeated(body: bytes, place: int) -> Malformed:
    name = _KEY.match(body, place)
    key = _text(name[1])[:60] if name else ""
    return Malformed(f"the key {key!r} is there more than once; which one counts is undefined, so none does", key)


def _array_of(first: bytes) -> str:
    return f"an array of {_foreign(first)}" if first else "an empty array"


def _foreign(body: bytes) -> str:
    """What a body that is no object looks like."""
    for magic, name in _MAGIC.items():
        if body.startswith(magic):
            return name
    text = body.lstrip()[:200].lower()
    if not text:
        return "an empty body"
    if text.startswith(b"<"):
        return "HTML" if b"<html" in text or b"<!doctype html" in text else "XML"
    if text.startswith((b'"', b"-")) or text[:1].isdigit() or text.split()[0] in (b"true", b"false", b"null"):
        return "a lone JSON value"
    return "an array" if text.startswith(b"[") else "text that is not JSON"
