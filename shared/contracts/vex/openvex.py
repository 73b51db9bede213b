"""OpenVEX documents, versions 0.0 and 0.2."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.shapes import Instant, Name, decode
from shared.contracts.vex.statements import Stated, Vex, gathered, image_of, packages_of
from shared.core.evidence import VexStatement

FORMAT = "openvex"
Justification = Literal[
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
]


class _Vulnerability(msgspec.Struct, frozen=True):
    name: Name
    aliases: list[Name] | None = None


class _Product(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="@id", default="")
    identifiers: dict[str, str] | None = None
    subcomponents: list["_Product | str"] | None = None


class _Statement(msgspec.Struct, frozen=True):
    vulnerability: _Vulnerability | Name
    status: Literal["not_affected", "affected", "fixed", "under_investigation"]
    products: list[_Product | str] | None = None
    subcomponents: list[_Product | str] | None = None
    justification: Justification | None = None
    impact_statement: str = ""
    timestamp: Instant | None = None
    last_updated: Instant | None = None


class _Document(msgspec.Struct, frozen=True):
    author: Name
    statements: list[_Statement]
    timestamp: Instant | None = None
    last_updated: Instant | None = None


_DECODER = msgspec.json.Decoder(_Document)


def parse(body: bytes) -> Vex:
    """The document in `body`; raises Malformed."""
    document = decode(body, _DECODER)
    return gathered(
        FORMAT,
        document.author,
        (
            stated
            for index, statement in enumerate(document.statements)
            for stated in _stated(document, statement, f"statements[{index}]")
        ),
    )


def _stated(document: _Document, statement: _Statement, where: str) -> Iterator[Stated]:
    justification = statement.justification or statement.impact_statement
    if statement.status == "not_affected" and not justification:
        raise Malformed("not_affected needs a justification or an impact_statement; say why", where)
    at = _time(document, statement, where)
    if not statement.products:
        raise Malformed("the statement names no product; name the image as pkg:oci/…@sha256:…", where)
    for index, product in enumerate(statement.products):
        digest, packages = _digest(product, f"{where}.products[{index}]"), _parts(product, statement)
        for name in _names(statement.vulnerability):
            yield Stated(
                digest,
                VexStatement(
                    id=name, status=statement.status, justification=justification[:500], at=at, packages=packages
                ),
            )


def _names(vulnerability: _Vulnerability | str) -> tuple[str, ...]:
    if isinstance(vulnerability, str):
        return (vulnerability,)
    return (vulnerability.name, *(vulnerability.aliases or ()))


def _time(document: _Document, statement: _Statement, where: str) -> float:
    given: tuple[datetime | None, ...] = (
        statement.last_updated,
        statement.timestamp,
        document.last_updated,
        document.timestamp,
    )
    moment = next((moment for moment in given if moment), None)
    if moment is None:
        raise Malformed("neither the statement nor the document has a timestamp; add one", where)
    return moment.timestamp()


def _parts(product: _Product | str, statement: _Statement) -> tuple[str, ...]:
    """The packages that the statement is limited to; documents of version 0.0 name them beside the products."""
    own = () if isinstance(product, str) else product.subcomponents or ()
    return packages_of(part if isinstance(part, str) else part.id for part in (*own, *(statement.subcomponents or ())))


def _digest(product: _Product | str, where: str) -> str:
    names = [product] if isinstance(product, str) else [product.id, *(product.identifiers or {}).values()]
    digests = {image_of(name) for name in names} - {""}
    if len(digests) != 1:
        seen = (names[0] or "a product without @id")[:80]
        raise Malformed(f"{seen!r} names no single image digest; name it as pkg:oci/…@sha256:…", where)
    return digests.pop()
