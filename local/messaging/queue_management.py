"""The $management node of a queue: scheduling, peeking, lock renewal, deferral and settlement by lock token."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from local.messaging import encode
from local.messaging.errors import AmqpError, DecodeError
from local.messaging.message import parse
from local.messaging.queue_entry import Entry
from local.messaging.queue_node import QueueNode, delivered, refuse_too_large
from local.messaging.requests import Request, Response

_PREFIX = "com.microsoft:"
_INT64, _TIMESTAMP = 0x81, 0x83


class QueueManagement:
    """Answers the management requests of one queue."""

    def __init__(self, node: QueueNode) -> None:
        self._node = node
        self._operations: dict[str, Callable[[dict[str, Any]], Response]] = {
            "schedule-message": self._schedule,
            "cancel-scheduled-message": self._cancel,
            "peek-message": self._peek,
            "renew-lock": self._renew,
            "receive-by-sequence-number": self._receive_deferred,
            "update-disposition": self._settle,
        }

    def handle(self, request: Request) -> Response:
        """Answer a request. Raises AmqpError if it cannot be done, is unknown, or lacks a field."""
        name = str(request.properties.get("operation"))
        operation = self._operations.get(name.removeprefix(_PREFIX))
        if operation is None:
            raise AmqpError("amqp:not-implemented", f"Queue management knows no operation {name!r}.")
        try:
            return operation(request.body or {})
        except (KeyError, TypeError, ValueError, DecodeError) as error:
            raise AmqpError("com.microsoft:argument-error", f"{name}: malformed request: {error!r}") from error
        finally:
            self._node.changed()

    def _schedule(self, body: dict[str, Any]) -> Response:
        now = self._node.clock()
        messages = [parse(item["message"]) for item in body["messages"]]
        for message in messages:
            refuse_too_large(message)
        sequences = [self._node.queue.send(message, now) for message in messages]
        numbers = encode.array_of([encode.int64(number) for number in sequences], _INT64)
        return Response(encode.map_of([encode.string("sequence-numbers") + numbers]))

    def _cancel(self, body: dict[str, Any]) -> Response:
        self._node.queue.cancel(list(body["sequence-numbers"]), self._node.clock())
        return Response()

    def _peek(self, body: dict[str, Any]) -> Response:
        found = self._node.queue.peek(body["from-sequence-number"], body["message-count"], self._node.clock())
        if not found:
            return Response(code=204, description="No content")
        return Response(_messages([[_message_pair(replace(entry, lock_token=None))] for entry in found]))

    def _renew(self, body: dict[str, Any]) -> Response:
        now = self._node.clock()
        until = [self._node.queue.renew(token, now) for token in body["lock-tokens"]]
        times = encode.array_of([encode.timestamp(at) for at in until], _TIMESTAMP)
        return Response(encode.map_of([encode.string("expirations") + times]))

    def _receive_deferred(self, body: dict[str, Any]) -> Response:
        delete = body.get("receiver-settle-mode") == 0
        sequences = list(body["sequence-numbers"])
        found = self._node.queue.take_deferred(sequences, self._node.clock(), delete=delete)
        return Response(_messages([[*_token_pair(entry), _message_pair(entry)] for entry in found]))

    def _settle(self, body: dict[str, Any]) -> Response:
        for token in body["lock-tokens"]:
            self._settle_one(token, body)
        return Response()

    def _settle_one(self, token: UUID, body: dict[str, Any]) -> None:
        queue, now = self._node.queue, self._node.clock()
        match body["disposition-status"]:
            case "completed":
                queue.complete(token, now)
            case "abandoned":
                queue.abandon(token, now)
            case "defered" | "deferred":  # the first is how the protocol spells it
                queue.defer(token, now)
            case "suspended":
                queue.dead_letter(token, body.get("deadletter-reason"), body.get("deadletter-description"), now)
            case other:
                raise ValueError(f"unknown disposition-status {other!r}")


def _message_pair(entry: Entry) -> bytes:
    return encode.string("message") + encode.binary(delivered(entry))


def _token_pair(entry: Entry) -> list[bytes]:
    return [encode.string("lock-token") + encode.uuid(entry.lock_token)] if entry.lock_token else []


def _messages(items: list[list[bytes]]) -> bytes:
    return encode.map_of([encode.string("messages") + encode.list_of([encode.map_of(pairs) for pairs in items])])
