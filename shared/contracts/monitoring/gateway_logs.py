"""What a gateway before Azure OpenAI logs about each call: tokens, and whether a content filter stepped in."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts import strict_json
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.signals import About, Signal
from shared.contracts.shapes import convert

CATEGORY = "GatewayLogs"
# One stopped call is what a filter is for; from here on many are a burst, in number and as a share of all calls.
BURST_CALLS, BURST_SHARE = 5, 0.1
_DEPLOYMENT = re.compile(r"/deployments/([^/?]{1,200})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call; None for what its answer does not say, `blocklist` the first list that stopped it."""

    correlation_id: str
    status: int
    deployment: str | None
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    content_filtered: bool
    blocklist: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLog:
    """The calls of one body."""

    calls: tuple[Call, ...]

    def told(self) -> Signal | Ignored:
        """A burst of calls that a content filter stopped as a signal, of the deployment where there were most."""
        stopped = Counter(call.deployment or "" for call in self.calls if call.content_filtered)
        worst = max(sorted(stopped), key=lambda deployment: stopped[deployment], default="")
        calls = [call for call in self.calls if (call.deployment or "") == worst]
        if stopped[worst] < max(BURST_CALLS, BURST_SHARE * len(calls)):
            return Ignored(f"content filters stopped {stopped.total()} of {len(self.calls)} call(s), which is no burst")
        return Signal(
            source="api-management",
            name="content filter",
            identity=tuple(sorted(call.correlation_id for call in calls)),
            about=About(deployment=worst, monitors=(worst,) if worst else ()),
            observed={"calls": len(calls), "content_filtered": stopped[worst]},
        )


class _Properties(msgspec.Struct, rename="camel"):
    response_code: int | None = None
    backend_response_code: int | None = None
    url: str = ""
    backend_url: str = ""
    response_body: str | None = None
    backend_response_body: str | None = None


class _Record(msgspec.Struct, rename="camel"):
    correlation_id: str
    properties: _Properties


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None


def owns(row: Mapping[str, Any]) -> bool:
    """Whether this is a call that the gateway logged."""
    return row.get("category") == CATEGORY


def read(rows: Sequence[Mapping[str, Any]], where: str = "") -> GatewayLog:
    """The calls; raises Malformed."""
    return GatewayLog(calls=tuple(_call(convert(row, _Record, f"{where}[{i}]")) for i, row in enumerate(rows)))


def _call(record: _Record) -> Call:
    told = record.properties
    answer = _answer(told.response_body) or _answer(told.backend_response_body)
    address = _DEPLOYMENT.search(told.backend_url) or _DEPLOYMENT.search(told.url)
    usage = convert(answer.get("usage") or {}, _Usage, "usage")
    model = answer.get("model")
    return Call(
        correlation_id=record.correlation_id,
        status=told.response_code or told.backend_response_code or 0,
        deployment=address[1] if address else None,
        model=model if isinstance(model, str) else None,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
        content_filtered=any(_filtered(table) for table in _tables(answer)),
        blocklist=next(_blocklists(answer), None),
    )


def _answer(body: str | None) -> dict[str, Any]:
    """The answer's JSON; {} for one that was streamed, cut or left out of the log."""
    try:
        answer = strict_json.loads((body or "").encode())
    except (Malformed, UnicodeEncodeError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside the value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _tables(inner)


def _filtered(table: Mapping[str, Any]) -> bool:
    return table.get("filtered") is True or "content_filter" in (table.get("code"), table.get("finish_reason"))


def _blocklists(answer: dict[str, Any]) -> Iterator[str]:
    for table in _tables([each.get("custom_blocklists") for each in _tables(answer)]):
        if table.get("filtered") is True and isinstance(name := table.get("id"), str):
            yield name
