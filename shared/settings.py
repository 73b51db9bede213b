"""The environment, read once into a frozen dataclass; every setting of Gatehouse is named here."""

from collections.abc import Mapping
from dataclasses import dataclass


class Unset(Exception):
    """A setting that is needed has no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a service: a connection string, or a host name for use with a managed identity."""

    string: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the app reads from its environment."""

    service_bus: Connection
    state_storage: Connection
    model_storage: Connection
    subscription: str
    resource_group: str
    workspace: str
    registry: str
    notify_url: str
    window_seconds: float
    authenticated: bool

    @property
    def source(self) -> str:
        """What Gatehouse calls itself in its own events."""
        return f"/gatehouse/{self.workspace}"


REQUIRED = ("AZURE_ML_SUBSCRIPTION", "AZURE_ML_RESOURCE_GROUP", "AZURE_ML_WORKSPACE", "CONTAINER_REGISTRY")
CONNECTIONS = {
    "ServiceBusConnection": "fullyQualifiedNamespace",
    "StateStorage": "blobServiceUri",
    "ModelStorage": "blobServiceUri",
}
OPTIONAL = {"NOTIFY_URL": "", "TELEMETRY_WINDOW_SECONDS": "60", "WEBSITE_AUTH_ENABLED": "false"}
HOST_READS = ("AzureWebJobsStorage", "EventHubConnection", "FUNCTIONS_WORKER_RUNTIME", "SWEEP_SCHEDULE")


def read(environment: Mapping[str, str]) -> Settings:
    """The settings in `environment`; raises Unset naming every one that is missing and how to give it."""
    connections = {name: _connection(environment, name, suffix) for name, suffix in CONNECTIONS.items()}
    missing = [name for name in REQUIRED if not environment.get(name)]
    missing += [
        f"{name} (or {name}__{CONNECTIONS[name]} with a managed identity)"
        for name, connection in connections.items()
        if connection == Connection()
    ]
    if missing:
        raise Unset(f"these settings have no value: {', '.join(missing)}; local.settings.sample.json shows them all")
    return Settings(
        service_bus=connections["ServiceBusConnection"],
        state_storage=connections["StateStorage"],
        model_storage=connections["ModelStorage"],
        subscription=environment["AZURE_ML_SUBSCRIPTION"],
        resource_group=environment["AZURE_ML_RESOURCE_GROUP"],
        workspace=environment["AZURE_ML_WORKSPACE"],
        registry=environment["CONTAINER_REGISTRY"],
        notify_url=_optional(environment, "NOTIFY_URL"),
        window_seconds=_positive(environment, "TELEMETRY_WINDOW_SECONDS"),
        authenticated=_optional(environment, "WEBSITE_AUTH_ENABLED").lower() == "true",
    )


def _connection(environment: Mapping[str, str], name: str, suffix: str) -> Connection:
    return Connection(string=environment.get(name, ""), address=environment.get(f"{name}__{suffix}", ""))


def _optional(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or OPTIONAL[name]


def _positive(environment: Mapping[str, str], name: str) -> float:
    try:
        value = float(_optional(environment, name))
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise Unset(f"{name} must be a number of seconds above 0")
    return value
