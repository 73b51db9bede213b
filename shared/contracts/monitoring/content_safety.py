"""What Azure AI Content Safety says about one text or image: severities by category, and hits of block lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.ignored import Ignored
from shared.contracts.monitoring.signals import About, Signal
from shared.contracts.shapes import convert

TEXT, IMAGE = "content-safety-text", "content-safety-image"
BLOCKED_FROM = 4  # medium, from which Azure's own filters block unless they are set otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Severities 0–7 by category, and how many entries of block lists were found."""

    format: str
    severities: dict[str, int]
    blocklist_hits: int

    @property
    def max_severity(self) -> int:
        """The highest severity, 0 without any category."""
        return max(self.severities.values(), default=0)

    def told(self) -> Signal | Ignored:
        """What Azure would block as a signal."""
        if self.max_severity < BLOCKED_FROM and not self.blocklist_hits:
            return Ignored(
                f"content of severity {self.max_severity}, below the {BLOCKED_FROM} from which it is blocked"
            )
        return Signal(
            source="content-safety",
            name=max(self.severities, key=lambda category: self.severities[category], default="blocklist"),
            about=About(),
            observed={**self.severities, "blocklist_hits": self.blocklist_hits},
        )


class _Category(msgspec.Struct):
    category: str
    severity: int


class _Analysis(msgspec.Struct, rename="camel"):
    categories_analysis: list[_Category]
    blocklists_match: list[dict[str, Any]] | None = None


def owns(value: Mapping[str, Any]) -> bool:
    """Whether this is the answer of an analysis."""
    return "categoriesAnalysis" in value


def read(value: Mapping[str, Any], where: str = "") -> Analysis:
    """The analysis; raises Malformed."""
    told = convert(value, _Analysis, where)
    return Analysis(
        format=TEXT if "blocklistsMatch" in value else IMAGE,
        severities={each.category: each.severity for each in told.categories_analysis},
        blocklist_hits=len(told.blocklists_match or ()),
    )
