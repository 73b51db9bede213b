"""host.json and application settings, read once into typed values."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.host.failures import StartError

_SETTING = re.compile(r"%([^%\s]+)%")
_LEVELS = {"Trace": "DEBUG", "Debug": "DEBUG", "Information": "INFO", "Warning": "WARNING", "Error": "ERROR"}


@dataclass(frozen=True)
class HostConfig:
    """What this host uses of host.json; times in seconds, everything else as the platform's defaults."""

    route_prefix: str = "api"
    max_concurrent_calls: int = 16
    max_message_batch_size: int = 1000
    max_lock_renewal: float = 300.0
    max_event_batch_size: int = 100
    prefetch_count: int = 300
    log_level: str = "INFO"


def read_host_config(app: Path) -> HostConfig:
    """Read `host.json` of the app's folder; absent members, or an absent file, mean the platform's defaults.

    Raises StartError when the file is not a JSON object or asks for something this host does not do.
    """
    path = app / "host.json"
    document = _read_json(path) if path.exists() else {}
    extensions = document.get("extensions", {})
    bus, hubs = extensions.get("serviceBus", {}), extensions.get("eventHubs", {})
    if hubs.get("minEventBatchSize", 1) != 1:
        raise StartError(f"{path}: eventHubs.minEventBatchSize other than 1 is not supported here; remove it.")
    defaults = HostConfig()
    return HostConfig(
        route_prefix=str(extensions.get("http", {}).get("routePrefix", defaults.route_prefix)).strip("/"),
        max_concurrent_calls=int(bus.get("maxConcurrentCalls", defaults.max_concurrent_calls)),
        max_message_batch_size=int(bus.get("maxMessageBatchSize", defaults.max_message_batch_size)),
        max_lock_renewal=duration(bus.get("maxAutoLockRenewalDuration", "00:05:00")),
        max_event_batch_size=int(hubs.get("maxEventBatchSize", defaults.max_event_batch_size)),
        prefetch_count=int(hubs.get("prefetchCount", defaults.prefetch_count)),
        log_level=_log_level(document),
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
    except ValueError as error:
        raise StartError(f"{path} is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise StartError(f"{path} must hold a JSON object, not a {type(document).__name__}.")
    return document


def _log_level(document: Mapping[str, Any]) -> str:
    wanted = document.get("logging", {}).get("logLevel", {}).get("default", "Information")
    return _LEVELS.get(wanted, "CRITICAL")


def duration(text: str) -> float:
    """Turn `[d.]hh:mm:ss[.fff]` into seconds. Raises StartError on anything else."""
    match = re.fullmatch(r"(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)", text)
    if match is None:
        raise StartError(f"{text!r} is not a duration: write hh:mm:ss.")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def resolve(text: str, settings: Mapping[str, str]) -> str:
    """Replace each `%Name%` in a binding's text by that setting. Raises StartError for a setting that is absent."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in settings:
            raise StartError(f"%{name}% in {text!r}: the setting {name} is not in the environment; set it.")
        return settings[name]

    return _SETTING.sub(value, text)


def connection_string(name: str, settings: Mapping[str, str]) -> str:
    """Find the connection string a binding's `connection` names.

    Raises StartError when it is absent, or given only as an identity-based connection.
    """
    if value := settings.get(name):
        return value
    if f"{name}__fullyQualifiedNamespace" in settings:
        raise StartError(f"Connection {name}: this host needs a connection string in the setting {name}.")
    raise StartError(f"Connection {name}: no setting of that name is in the environment; set a connection string.")
