"""Reads the official emulators' configuration files: which queues and hubs there are, and how they behave."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.messaging.queue_entry import NEVER, QueueRules

DEFAULT_CONSUMER_GROUP = "$Default"
_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")
_UNIT_MS = (86_400_000, 3_600_000, 60_000, 1_000)


@dataclass(frozen=True, slots=True)
class HubRules:
    """An event hub: its number of partitions (1–32) and its consumer groups ($Default is always one)."""

    name: str
    partitions: int = 2
    consumer_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entities:
    """Everything a broker serves. Names are unique whatever their case and kind."""

    queues: tuple[QueueRules, ...] = ()
    hubs: tuple[HubRules, ...] = ()

    def __post_init__(self) -> None:
        names = [*(queue.name.lower() for queue in self.queues), *(hub.name.lower() for hub in self.hubs)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"these names are used for more than one queue or hub: {', '.join(twice)}")


def duration_ms(text: str) -> int:
    """Milliseconds in an ISO-8601 duration of days to seconds (`PT1M30S`). Raises ValueError if it is not one."""
    match = _DURATION.match(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is not an ISO-8601 duration such as PT1M or P14D")
    return int(sum(float(amount or 0) * unit for amount, unit in zip(match.groups(), _UNIT_MS, strict=True)))


def load(servicebus: Path | None, eventhubs: Path | None) -> Entities:
    """The entities of the two configuration files; None means there are none of that kind.

    Raises OSError if a file cannot be read, ValueError naming the file and entity if it asks for what is not there.
    """
    return Entities(
        queues=tuple(_queues(servicebus)) if servicebus else (),
        hubs=tuple(_hubs(eventhubs)) if eventhubs else (),
    )


def _namespaces(path: Path, key: str) -> list[Mapping[str, Any]]:
    try:
        namespaces = json.loads(path.read_text())["UserConfig"][key]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: not an emulator configuration with UserConfig.{key}: {error!r}") from error
    return list(namespaces)


def _queues(path: Path) -> Iterator[QueueRules]:
    for namespace in _namespaces(path, "Namespaces"):
        if namespace.get("Topics"):
            raise ValueError(f"{path}: topics are not emulated here; remove {namespace['Topics'][0].get('Name')!r}")
        for queue in namespace.get("Queues", []):
            yield _parse(path, queue, _queue_rules)


def _hubs(path: Path) -> Iterator[HubRules]:
    for namespace in _namespaces(path, "NamespaceConfig"):
        for hub in namespace.get("Entities", []):
            yield _parse(path, hub, _hub_rules)


def _parse[T](path: Path, entity: Mapping[str, Any], rules: Callable[[Mapping[str, Any]], T]) -> T:
    try:
        return rules(entity)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: entity {entity.get('Name')!r}: {error}") from error


def _queue_rules(queue: Mapping[str, Any]) -> QueueRules:
    properties = queue.get("Properties", {})
    if properties.get("RequiresSession"):
        raise ValueError("sessions are not emulated here; set RequiresSession to false")
    window = duration_ms(properties.get("DuplicateDetectionHistoryTimeWindow", "PT10M"))
    ttl = properties.get("DefaultMessageTimeToLive")
    return QueueRules(
        name=queue["Name"],
        lock_ms=duration_ms(properties.get("LockDuration", "PT1M")),
        max_delivery_count=int(properties.get("MaxDeliveryCount", 10)),
        ttl_ms=duration_ms(ttl) if ttl else NEVER,
        dead_letter_on_expiry=bool(properties.get("DeadLetteringOnMessageExpiration", False)),
        duplicate_window_ms=window if properties.get("RequiresDuplicateDetection") else None,
    )


def _hub_rules(hub: Mapping[str, Any]) -> HubRules:
    partitions = int(hub.get("PartitionCount", 1))
    if not 1 <= partitions <= 32:
        raise ValueError(f"PartitionCount must be 1 to 32, not {partitions}")
    return HubRules(hub["Name"], partitions, tuple(group["Name"] for group in hub.get("ConsumerGroups", [])))
