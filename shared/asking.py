"""What every call of a person needs: who asks, whether they may, what they say, and what they are answered."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.contracts import principal, strict_json, wire
from shared.contracts.exceptions import is_scope
from shared.contracts.malformed import Malformed
from shared.contracts.principal import Principal
from shared.core.facts import ModelRegistered
from shared.core.identity import release_key
from shared.core.policy import Policy
from shared.core.release import Release
from shared.ports import Documents

type PolicyFor = Callable[[ModelRegistered], Policy]

MAXIMUM_BODY = 16_384
MAXIMUM_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP status, what to say as JSON, and headers beyond those that every answer has."""

    code: int
    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A person asked for what may not be; `code` is HTTP's, the message a sentence."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def said(refusal: Refused) -> Reply:
    """The refusal as an answer."""
    return Reply(refusal.code, {"refused": str(refusal)})


def known(headers: Mapping[str, str], *, authenticated: bool) -> Principal:
    """Who asks; raises Refused with 401, or with 503 where the platform does not guard the header."""
    if not authenticated:
        raise Refused(503, "the app's authentication is off; switch it on, so that a person can be known")
    try:
        return principal.parse(headers.get(principal.HEADER, ""))
    except Malformed as problem:
        raise Refused(401, f"who you are is not clear: {problem}") from problem


def entitled(person: Principal, roles: Collection[str]) -> None:
    """Nothing for a person who has one of `roles`; raises Refused with 403 for any other."""
    if not set(person.roles) & set(roles):
        raise Refused(403, f"{person.name} has none of the roles {', '.join(roles) or '(nobody may)'}")


def registered(documents: Documents, model: str, version: str) -> Release:
    """The release; raises Refused with 404, Unavailable."""
    key = release_key(model, version)
    stored = documents.read(key)
    if stored is None:
        raise Refused(404, f"no release {model[:255]}:{version[:30]} is known")
    return wire.decode_release(key, stored.data)


def texts(body: bytes, names: Collection[str]) -> dict[str, str]:
    """The texts of `body`, an object that may have the members `names` and no other; "" for one that is left out.

    Raises Refused with 400.
    """
    try:
        content = strict_json.loads(body, limit=MAXIMUM_BODY, depth=4)
    except Malformed as problem:
        raise Refused(400, str(problem)) from problem
    if not isinstance(content, dict) or not set(content) <= set(names):
        raise Refused(400, f"send an object with {', '.join(names)} and nothing else")
    values = {name: content.get(name, "") for name in names}
    if not all(isinstance(text, str) and len(text) <= MAXIMUM_TEXT for text in values.values()):
        raise Refused(400, f"{', '.join(names)} must be text of at most {MAXIMUM_TEXT:,} characters")
    return {name: str(text) for name, text in values.items()}


def understood[**P, T](read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What `read` makes of what it is given; its Malformed is raised as Refused with 400."""
    try:
        return read(*given, **named)
    except Malformed as problem:
        raise Refused(400, str(problem)) from problem


def policy_of(policy_for: PolicyFor, model: str, scenario: str, now: float) -> Policy:
    """The policy that would bind a release of `model` in `scenario` now, "" for the usual ones.

    Raises Refused with 400, Unavailable.
    """
    if not (is_scope(model) and is_scope(scenario)):
        raise Refused(400, "name one model and one scenario, or leave them out")
    tags = {"scenario": scenario} if scenario else {}
    return understood(policy_for, ModelRegistered(id="", at=now, model=model, version="", tags=tags))
