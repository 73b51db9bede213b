"""What a client asks for when it attaches a link: decoded once, with source and target kept to be echoed."""

from dataclasses import dataclass
from typing import Any

from local.messaging.decode import Described, decode, elements
from local.messaging.encode import NULL
from local.messaging.errors import DecodeError

SELECTOR = "apache.org:selector-filter:string"
RUNTIME_METRIC = "com.microsoft:enable-receiver-runtime-metric"

_FIELDS = 14
_SETTLE_MODES = {3: 2, 4: 0}  # position → default


@dataclass(frozen=True, slots=True)
class Attach:
    """A link as the client wants it; `role` is True when the client receives."""

    name: str
    handle: int
    role: bool
    sender_settle_mode: int
    receiver_settle_mode: int
    source: bytes
    target: bytes
    initial_delivery_count: int
    address: str
    filters: dict[str, Any]
    desired_capabilities: tuple[str, ...]
    properties: dict[str, Any]

    @property
    def settled(self) -> bool:
        """Whether deliveries need no settlement (receive-and-delete)."""
        return self.sender_settle_mode == 1

    @property
    def selector(self) -> str | None:
        """The text of the selector filter, if there is one."""
        value = self.filters.get(SELECTOR)
        return value.value if isinstance(value, Described) else value

    @property
    def wants_runtime_metric(self) -> bool:
        """Whether each event should tell where the partition's end is."""
        return RUNTIME_METRIC in self.desired_capabilities


def entity_path(address: object) -> str:
    """The lower-case path of an address: `amqps://host:port/Queue` and `Queue` name the same entity."""
    text = str(address or "")
    if "://" in text:
        text = text.split("://", 1)[1].partition("/")[2]
    return text.strip("/").lower()


def _as_names(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (value,) if value else ()


def parse_attach(body: bytes, at: int) -> Attach:
    """The attach whose field list begins at `at`. Raises DecodeError if a mandatory field is missing or mistyped."""
    raw, _ = elements(body, at)
    raw += [NULL] * (_FIELDS - len(raw))
    values = [decode(item)[0] for item in raw]
    for position, default in _SETTLE_MODES.items():
        values[position] = default if values[position] is None else values[position]
    name, handle, role, sender_mode, receiver_mode, source, target = values[:7]
    if not isinstance(name, str) or not isinstance(handle, int) or not isinstance(role, bool):
        raise DecodeError("attach: name, handle and role must be a string, an integer and a boolean")
    terminus = source if role else target
    fields = list(terminus.value) if isinstance(terminus, Described) else []
    filters = fields[7] if role and len(fields) > 7 else None
    return Attach(
        name=name,
        handle=handle,
        role=role,
        sender_settle_mode=sender_mode,
        receiver_settle_mode=receiver_mode,
        source=raw[5],
        target=raw[6],
        initial_delivery_count=values[9] or 0,
        address=entity_path(fields[0] if fields else None),
        filters=filters or {},
        desired_capabilities=_as_names(values[12]),
        properties=values[13] or {},
    )
