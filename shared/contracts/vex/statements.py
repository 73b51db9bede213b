"""What both VEX formats have in common: an author's statements, gathered by the image they are about."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from shared.contracts.malformed import Malformed
from shared.core.evidence import VexStatement

MOST_STATEMENTS = 20_000
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


def gathered(form: str, author: str, stated: Iterable[Stated]) -> Vex:
    """The statements by image, of those about one vulnerability the newest, the later one among equals.

    Raises Malformed for no statement and for more than MOST_STATEMENTS.
    """
    newest: dict[tuple[str, str], VexStatement] = {}
    for number, (digest, statement) in enumerate(stated):
        if number >= MOST_STATEMENTS:
            raise Malformed(f"more than {MOST_STATEMENTS} statements; send a document for each image")
        known = newest.get((digest, statement.id))
        if known is None or statement.at >= known.at:
            newest[digest, statement.id] = statement
    if not newest:
        raise Malformed("the document states nothing", "statements")
    digests = dict.fromkeys(digest for digest, _ in newest)
    by_digest = {digest: tuple(s for (of, _), s in newest.items() if of == digest) for digest in digests}
    return Vex(format=form, author=author, statements=by_digest)
