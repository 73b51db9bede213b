"""Sends files to a queue or an event hub of the embedded platform, as an outside source would."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


class SendError(Exception):
    """Nothing was sent; the message says why and what to do."""


def queues() -> list[str]:
    """The names of all queues."""
    return [queue["Name"] for namespace in _config("servicebus.json")["Namespaces"] for queue in namespace["Queues"]]


def hubs() -> list[str]:
    """The names of all event hubs."""
    return [hub["Name"] for namespace in _config("eventhubs.json")["NamespaceConfig"] for hub in namespace["Entities"]]


def run(destination: str, files: Sequence[str], image: str = "") -> int:
    """Send each file's bytes as one message (`-` is stdin); returns the exit code.

    `image` names the image that they are about, "" for none, as their property `image`.
    Where to is read from the environment: see `source .local/env`.
    """
    try:
        send(destination, [_bytes(name) for name in files], image)
    except (SendError, OSError) as error:
        print(f"send: {error}", file=sys.stderr)
        return 1
    print(f"sent {len(files)} to {destination}")
    return 0


def send(destination: str, bodies: Sequence[bytes], image: str = "") -> None:
    """Send each body as one message to the queue or event hub of that name.

    Raises SendError when there is no such name or no connection in the environment.
    """
    if destination in queues():
        _send_to_queue(destination, bodies, {"image": image} if image else {})
    elif destination in hubs():
        _send_to_hub(destination, bodies)
    else:
        known = f"queues: {', '.join(queues())}; event hubs: {', '.join(hubs())}"
        raise SendError(f"there is no queue or event hub {destination!r}; {known}.")


def _send_to_queue(queue: str, bodies: Sequence[bytes], properties: dict[str | bytes, Any]) -> None:
    from azure.servicebus import ServiceBusClient, ServiceBusMessage

    broker = connection("ServiceBusConnection")
    with ServiceBusClient.from_connection_string(broker) as client, client.get_queue_sender(queue) as sender:
        for body in bodies:
            message = ServiceBusMessage(body, content_type="application/json", application_properties=properties)
            sender.send_messages(message)


def _send_to_hub(hub: str, bodies: Sequence[bytes]) -> None:
    from azure.eventhub import EventData, EventHubProducerClient

    broker = connection("EventHubConnection")
    with EventHubProducerClient.from_connection_string(broker, eventhub_name=hub) as producer:
        for body in bodies:
            producer.send_event(EventData(body))


def connection(name: str) -> str:
    """The connection string of that name in the environment; raises SendError without one."""
    try:
        return os.environ[name]
    except KeyError:
        raise SendError(
            f"{name} is not in the environment: run `python -m local up`, and `source .local/env` here."
        ) from None


def _bytes(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _config(name: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((_HERE / name).read_text())["UserConfig"]
    return config
