"""Azure's resource logs that say nothing about drift: they are known, and ignored with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.ignored import Ignored
from shared.contracts.telemetry import CATEGORY


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLog:
    """A record of one category."""

    category: str

    def told(self) -> Ignored:
        """Nothing; requests that endpoints served are counted, but by another door."""
        if self.category == CATEGORY:
            return Ignored(f"records of {CATEGORY} are counted by the hub inference-telemetry; export them there")
        return Ignored(
            f"a log of the category {self.category[:60]!r} is no alert; make an alert rule where one matters"
        )


def owns(row: Mapping[str, Any]) -> bool:
    """Whether this is a record of a resource log."""
    return isinstance(row.get("category"), str) and "resourceId" in row


def read(row: Mapping[str, Any], _where: str = "") -> ResourceLog:
    """The record."""
    return ResourceLog(category=row["category"])
