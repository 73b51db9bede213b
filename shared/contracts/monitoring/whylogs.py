"""Reports of whylogs about constraints: one row for each, with how often it held and how often it did not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.ignored import Ignored
from shared.contracts.monitoring.signals import About, Signal
from shared.contracts.shapes import convert


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintsReport:
    """The names of the constraints that held and of those that did not."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]

    def told(self) -> Signal | Ignored:
        """The broken constraints as a signal."""
        if not self.failed:
            return Ignored(f"whylogs reports that all of {len(self.passed)} constraint(s) hold")
        return Signal(
            source="whylogs",
            name=self.failed[0],
            about=About(),
            observed={"failed": len(self.failed), "passed": len(self.passed), "broken": "; ".join(self.failed)},
        )


class _Row(msgspec.Struct):
    name: str
    passed: int
    failed: int


def owns(row: Mapping[str, Any]) -> bool:
    """Whether this is a row of such a report."""
    return {"name", "passed", "failed"} <= row.keys()


def read(rows: Sequence[Mapping[str, Any]], where: str = "") -> ConstraintsReport:
    """The report that the rows are; raises Malformed."""
    told = convert(rows, list[_Row], where)
    return ConstraintsReport(
        passed=tuple(row.name for row in told if not row.failed),
        failed=tuple(row.name for row in told if row.failed),
    )
