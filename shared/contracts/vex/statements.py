"""What both VEX formats have in common: an author's statements, gathered by the image they are about."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import unquote

from shared.contracts.malformed import Malformed
from shared.contracts.sbom.purl import parse_purl
from shared.core.evidence import VexStatement

MOST_STATEMENTS = 20_000
HARMLESS = frozenset({"not_affected", "fixed"})
_PURL = re.compile(r"pkg:(?:oci|docker)/[^@?#\s]+@(sha256:[0-9a-f]{64})(?:[?#].*)?")
_REFERENCE = re.compile(r"(?:[^@\s]+@)?(sha256:[0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vex:
    """A document: who wrote it, and its newest statement of each vulnerability, by manifest digest."""

    format: str
    author: str
    statements: dict[str, tuple[VexStatement, ...]]


class Stated(NamedTuple):
    """One statement about one image."""

    digest: str
    statement: VexStatement


def image_of(name: str) -> str:
    """The manifest digest in pkg:oci/…@sha256:…, repository@sha256:… or sha256:…; "" for any other name."""
    name = unquote(name)
    match = _PURL.fullmatch(name) or _REFERENCE.fullmatch(name)
    return match[1] if match else ""


def packages_of(names: Iterable[str]) -> tuple[str, ...]:
    """The package names by which scanners may call the parts `names`, which are package URLs or plain names."""
    spelled: list[str] = []
    for name in names:
        purl = parse_purl(name)
        if purl is None:
            spelled.append(name)
        elif purl.namespace:
            spelled += [purl.name, f"{purl.namespace}/{purl.name}", f"{purl.namespace}:{purl.name}"]
        else:
            spelled.append(purl.name)
    return tuple(dict.fromkeys(spelled))


def gathered(form: str, author: str, stated: Iterable[Stated]) -> Vex:
    """The statements by image, one for each vulnerability.

    Of statements about the same packages the newest counts, the later one among equals; then one that calls it
    harmful is kept alone, else all are put together. Raises Malformed for no statement and for more than
    MOST_STATEMENTS.
    """
    newest: dict[tuple[str, str], dict[tuple[str, ...], VexStatement]] = {}
    for number, (digest, statement) in enumerate(stated):
        if number >= MOST_STATEMENTS:
            raise Malformed(f"more than {MOST_STATEMENTS} statements; send a document for each image")
        about = newest.setdefault((digest, statement.id), {})
        known = about.get(statement.packages)
        if known is None or statement.at >= known.at:
            about[statement.packages] = statement
    if not newest:
        raise Malformed("the document states nothing", "statements")
    digests = dict.fromkeys(digest for digest, _ in newest)
    one = {key: _together(list(about.values())) for key, about in newest.items()}
    by_digest = {digest: tuple(statement for (of, _), statement in one.items() if of == digest) for digest in digests}
    return Vex(format=form, author=author, statements=by_digest)


def _together(statements: list[VexStatement]) -> VexStatement:
    harmful = [statement for statement in statements if statement.status not in HARMLESS]
    newest = max(harmful or statements, key=lambda statement: statement.at)
    if harmful or not all(statement.packages for statement in statements):
        return replace(newest, packages=())
    return replace(newest, packages=tuple(dict.fromkeys(name for each in statements for name in each.packages)))
