"""How what a person says becomes a fact, or lies in quarantine with the reason why it did not."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.asking import MAXIMUM_BODY, Refused, Reply, said
from shared.contracts.principal import Principal
from shared.core.facts import Fact
from shared.doors.intake import Intake


def heard[F: Fact](
    intake: Intake,
    who: Callable[[], Principal],
    meant: Callable[[Principal], F],
    body: bytes,
    source: str,
    *,
    beside: Callable[[F], Mapping[str, Any]] = lambda _: {},
) -> Reply:
    """Tell the fact that the person's `body` meant; 202 means that it is on its way.

    Both callables refuse by raising Refused. One who may not speak is only answered; what a known person said is kept
    in quarantine as from `source`. The answer names the fact and has what is `beside` it. Raises Unavailable.
    """
    try:
        person = who()
    except Refused as refusal:
        return said(refusal)
    try:
        fact = meant(person)
    except Refused as refusal:
        case = intake.refuse(body[:MAXIMUM_BODY], str(refusal), source)
        return Reply(refusal.code, {"refused": str(refusal), "quarantine": case})
    intake.tell([fact])
    return Reply(202, {"accepted": f"{type(fact).__name__} by {person.name}", "fact": fact.id, **beside(fact)})
