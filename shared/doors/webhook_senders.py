"""Who may deliver by webhook, and how each one proves who it is: as well as it can."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.asking import Refused
from shared.contracts import principal, signatures
from shared.contracts.malformed import Malformed

EVENT_GRID, AZURE_MONITOR = "event-grid", "azure-monitor"
EVENT_GRID_APPLICATION = "4962773b-9cdb-44cf-a8bf-237846a00ab7"  # Event Grid itself, the same in every directory
EVENT_GRID_ROLE = "AzureEventGridSecureWebhookSubscriber"
SECRET_HEADERS = ("x-gatehouse-secret", "authorization")
SECRET_QUERY = "code"  # noqa: S105 — the name of a parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One call of a sender, as the platform handed it over; `headers` are looked up in lower case."""

    sender: str
    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom the settings trust: secrets by sender as they were set, topics and directory of Event Grid.

    `tenant` is "" unless Event Grid's own tokens count; `authenticated` says that the platform checks tokens.
    """

    secrets: Mapping[str, str] = field(repr=False)
    topics: tuple[str, ...]
    tenant: str
    authenticated: bool


type Proof = Callable[[Delivery, Sequence[bytes], float], bool]


def _by_header(delivery: Delivery, secrets: Sequence[bytes], _now: float) -> bool:
    given = (delivery.headers.get(name, "") for name in SECRET_HEADERS)
    return signatures.carries(next(filter(None, given), ""), secrets)


def _by_query(delivery: Delivery, secrets: Sequence[bytes], _now: float) -> bool:
    return signatures.carries(delivery.query.get(SECRET_QUERY, ""), secrets)


def _by_header_or_query(delivery: Delivery, secrets: Sequence[bytes], now: float) -> bool:
    return _by_header(delivery, secrets, now) or _by_query(delivery, secrets, now)


def _by_github(delivery: Delivery, secrets: Sequence[bytes], _now: float) -> bool:
    return signatures.signed_by_github(delivery.headers, delivery.body, secrets)


def _by_mlflow(delivery: Delivery, secrets: Sequence[bytes], now: float) -> bool:
    return signatures.signed_by_mlflow(delivery.headers, delivery.body, secrets, now)


def _by_databricks(delivery: Delivery, secrets: Sequence[bytes], _now: float) -> bool:
    return signatures.signed_by_databricks(delivery.headers, delivery.body, secrets)


PROOFS: Mapping[str, Proof] = {
    "acr": _by_header,
    "harbor": _by_header,
    "distribution": _by_header,
    "docker-hub": _by_query,
    "ghcr": _by_github,
    EVENT_GRID: _by_header_or_query,
    AZURE_MONITOR: _by_header_or_query,
    "mlflow": _by_mlflow,
    "databricks": _by_databricks,
}


def authenticate(delivery: Delivery, trust: Trust, now: float) -> None:
    """Nothing for a sender that proves who it is; raises Refused with 401, or with 503 where the secrets are at fault.

    `now` is in seconds since the epoch.
    """
    by_token = delivery.sender == EVENT_GRID and trust.tenant and trust.authenticated
    if by_token and _has_token(delivery.headers, trust.tenant):
        return
    text = trust.secrets.get(delivery.sender, "")
    if (by_token and not text) or not PROOFS[delivery.sender](delivery, _secrets(delivery.sender, text), now):
        raise Refused(401, f"this is not known to come from {delivery.sender}; sign it with a secret of this door")


def _secrets(sender: str, text: str) -> tuple[bytes, ...]:
    try:
        return signatures.secrets_of(text)
    except signatures.Unusable as problem:
        raise Refused(503, f"the webhook secrets of {sender}: {problem}") from problem


def _has_token(headers: Mapping[str, str], tenant: str) -> bool:
    """Whether the platform found a token of Event Grid itself, from our directory, with the role it was given."""
    try:
        caller = principal.program(headers.get(principal.HEADER, ""))
    except Malformed:
        return False
    return (caller.id, caller.tenant) == (EVENT_GRID_APPLICATION, tenant) and EVENT_GRID_ROLE in caller.roles
