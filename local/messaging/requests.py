"""Request and response over a pair of links: what $cbs and every $management node have in common."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.messaging import encode, performatives
from local.messaging.decode import Described, decode, elements
from local.messaging.encode import NULL
from local.messaging.errors import AmqpError
from local.messaging.links import OutgoingLink, SessionPort
from local.messaging.message import APPLICATION_PROPERTIES, PROPERTIES, VALUE, sections

MAX_REQUEST_BYTES = 2**20

_STATUS_OF = {
    "com.microsoft:message-lock-lost": 410,
    "com.microsoft:message-not-found": 404,
    "amqp:not-found": 404,
    "amqp:unauthorized-access": 401,
    "amqp:resource-limit-exceeded": 403,
    "amqp:not-implemented": 501,
}


@dataclass(slots=True)
class Request:
    """A decoded request; `message_id` stays encoded, for the answer must carry the very same value and type."""

    message_id: bytes = NULL
    properties: dict[str, Any] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: an HTTP-like code and an encoded body."""

    body: bytes = NULL
    code: int = 200
    description: str = "OK"
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a node names the fields of its answers: Service Bus and Event Hubs differ."""

    code: str
    description: str
    condition: str


QUEUE_DIALECT = Dialect("statusCode", "statusDescription", "errorCondition")
HUB_DIALECT = Dialect("status-code", "status-description", "error-condition")

type Handler = Callable[[Request], Response]


def parse_request(payload: bytes) -> Request:
    """The request in a payload. Raises DecodeError if malformed."""
    request = Request()
    for code, _, value, _ in sections(payload):
        if code == PROPERTIES:
            fields, _ = elements(payload, value)
            request.message_id = fields[0] if fields else NULL
        elif code == APPLICATION_PROPERTIES:
            request.properties = decode(payload, value)[0] or {}
        elif code == VALUE:
            request.body = decode(payload, value)[0]
    return request


def encode_response(response: Response, dialect: Dialect, correlation_id: bytes) -> bytes:
    """A response as a message."""
    pairs = [
        encode.string(dialect.code) + encode.int32(response.code),
        encode.string(dialect.description) + encode.string(response.description),
    ]
    if response.condition is not None:
        pairs.append(encode.string(dialect.condition) + encode.symbol(response.condition))
    properties = encode.list_of([NULL] * 5 + [correlation_id] + [NULL] * 7)
    return (
        encode.described(PROPERTIES, properties)
        + encode.described(APPLICATION_PROPERTIES, encode.map_of(pairs))
        + encode.described(VALUE, response.body)
    )


class RequestSink:
    """Takes requests, has them handled, and answers on the same session."""

    max_message_size = MAX_REQUEST_BYTES
    attach_properties = NULL

    def __init__(self, session: SessionPort, address: str, handler: Handler, dialect: Dialect) -> None:
        self._session = session
        self._address = address
        self._handler = handler
        self._dialect = dialect

    def take(self, payload: bytes, message_format: int) -> None:  # noqa: ARG002 - requests come one at a time
        """Answer a request; what goes wrong is told in the answer."""
        request = parse_request(payload)
        try:
            response = self._handler(request)
        except AmqpError as refusal:
            code = _STATUS_OF.get(refusal.condition, 400)
            response = Response(code=code, description=refusal.description, condition=refusal.condition)
        self._session.reply(self._address, encode_response(response, self._dialect, request.message_id))


class ReplySource:
    """Feeds the link over which answers go; they wait here while the client has given no credit."""

    settled = True

    def __init__(self, link: OutgoingLink) -> None:
        self._link = link
        self._answers: deque[bytes] = deque()

    def push(self, payload: bytes) -> None:
        """Send an answer as soon as the link takes it."""
        self._answers.append(payload)
        self.wake()

    def wake(self) -> None:
        """Send what the link takes."""
        while self._answers and self._link.ready:
            self._link.send(b"answer", self._answers.popleft(), settled=True)

    def settle(self, tag: bytes, state: Described) -> bytes:  # noqa: ARG002 - all are settled already
        """Nothing to settle: agree."""
        return performatives.outcome(state.descriptor)

    def close(self) -> None:
        """Nobody listens any more."""
        self._answers.clear()
