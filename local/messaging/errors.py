"""The one error that travels to the peer: an AMQP condition with a description."""


class AmqpError(Exception):
    """A refusal to be told to the client: `condition` is an AMQP symbol, `description` says what to do about it."""

    def __init__(self, condition: str, description: str) -> None:
        super().__init__(f"{condition}: {description}")
        self.condition = condition
        self.description = description


class DecodeError(ValueError):
    """Bytes that are not AMQP 1.0."""


def lock_lost(queue: str) -> AmqpError:
    """The error for settling or renewing under a lock that expired, was settled before, or never existed."""
    return AmqpError(
        "com.microsoft:message-lock-lost",
        f"The lock supplied for queue '{queue}' is invalid: it expired, or the message was "
        "already settled. Receive it again.",
    )


def not_found(queue: str, sequences: list[int]) -> AmqpError:
    """The error for naming messages by sequence numbers that the queue does not hold in the state asked for."""
    return AmqpError(
        "com.microsoft:message-not-found",
        f"Queue '{queue}' holds no such message under sequence numbers {sequences}.",
    )
