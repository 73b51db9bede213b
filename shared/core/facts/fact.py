"""What every fact has."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened `at` (seconds since the epoch, UTC), known by an `id` made of its source's own id.

    `body` is the SHA-256 of the source's bytes, "" when Gatehouse itself is the source; `answers` is the key of the
    order whose outcome this is, "" for none; `actor` is a process or a person's object id.
    """

    id: str
    at: float
    body: str = ""
    actor: str = "gatehouse"
    answers: str = ""

    @property
    def document(self) -> str:
        """The key of the document that this fact is about."""
        raise NotImplementedError

    def data(self) -> dict[str, Any]:
        """The fact's own content, without what every fact has."""
        content = asdict(self)
        for name in ("id", "at", "body", "actor", "answers"):
            del content[name]
        return content
