"""The environment, read once into a frozen dataclass; every setting of Gatehouse is named here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


class Unset(Exception):
    """A setting that is needed has no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a service: a connection string, or a host name for use with a managed identity."""

    string: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the app reads from its environment.

    `trusted_repository` says where cleared images are copied, with {repository} for their own, "" for nowhere.
    `monitored_models` are the models that others' monitors look at, by the monitors' names in lower case.
    """

    service_bus: Connection
    state_storage: Connection
    model_storage: Connection
    data_storage: Connection
    subscription: str
    resource_group: str
    workspace: str
    registry: str
    registry_id: str
    trusted_repository: str
    resource_manager: str
    notify_url: str
    window_seconds: float
    data_window_seconds: float
    authenticated: bool
    webhook_secrets: Mapping[str, str] = field(repr=False)
    event_grid_topics: tuple[str, ...]
    event_grid_tenant: str
    monitored_models: Mapping[str, str]

    @property
    def source(self) -> str:
        """What Gatehouse calls itself in its own events."""
        return f"/gatehouse/{self.workspace}"


REQUIRED = ("AZURE_ML_SUBSCRIPTION", "AZURE_ML_RESOURCE_GROUP", "AZURE_ML_WORKSPACE", "CONTAINER_REGISTRY")
CONNECTIONS = {
    "ServiceBusConnection": "fullyQualifiedNamespace",
    "StateStorage": "blobServiceUri",
    "ModelStorage": "blobServiceUri",
    "DataStorage": "blobServiceUri",
}
WEBHOOK_SECRETS = {
    "acr": "ACR_WEBHOOK_SECRETS",
    "docker-hub": "DOCKER_HUB_WEBHOOK_SECRETS",
    "harbor": "HARBOR_WEBHOOK_SECRETS",
    "ghcr": "GHCR_WEBHOOK_SECRETS",
    "distribution": "DISTRIBUTION_WEBHOOK_SECRETS",
    "event-grid": "EVENT_GRID_WEBHOOK_SECRETS",
    "mlflow": "MLFLOW_WEBHOOK_SECRETS",
    "databricks": "DATABRICKS_WEBHOOK_SECRETS",
    "azure-monitor": "AZURE_MONITOR_WEBHOOK_SECRETS",
}
OPTIONAL = {
    "EVENT_GRID_TOPICS": "",
    "EVENT_GRID_TENANT": "",
    **dict.fromkeys(WEBHOOK_SECRETS.values(), ""),
    "CONTAINER_REGISTRY_ID": "",
    "TRUSTED_REPOSITORY": "",
    "AZURE_RESOURCE_MANAGER": "https://management.azure.com",
    "NOTIFY_URL": "",
    "MONITORED_MODELS": "{}",
    "TELEMETRY_WINDOW_SECONDS": "60",
    "INFERENCE_WINDOW_SECONDS": "3600",
    "WEBSITE_AUTH_ENABLED": "false",
}
REPOSITORY = "{repository}"
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
        data_storage=connections["DataStorage"],
        subscription=environment["AZURE_ML_SUBSCRIPTION"],
        resource_group=environment["AZURE_ML_RESOURCE_GROUP"],
        workspace=environment["AZURE_ML_WORKSPACE"],
        registry=environment["CONTAINER_REGISTRY"],
        registry_id=_optional(environment, "CONTAINER_REGISTRY_ID") or _registry_id(environment),
        trusted_repository=_trusted(environment),
        resource_manager=_optional(environment, "AZURE_RESOURCE_MANAGER").rstrip("/"),
        notify_url=_optional(environment, "NOTIFY_URL"),
        window_seconds=_positive(environment, "TELEMETRY_WINDOW_SECONDS"),
        data_window_seconds=_positive(environment, "INFERENCE_WINDOW_SECONDS"),
        authenticated=_optional(environment, "WEBSITE_AUTH_ENABLED").lower() == "true",
        webhook_secrets={sender: _optional(environment, name) for sender, name in WEBHOOK_SECRETS.items()},
        event_grid_topics=_topics(environment),
        event_grid_tenant=_optional(environment, "EVENT_GRID_TENANT"),
        monitored_models=_monitored(environment),
    )


def _connection(environment: Mapping[str, str], name: str, suffix: str) -> Connection:
    return Connection(string=environment.get(name, ""), address=environment.get(f"{name}__{suffix}", ""))


def _optional(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or OPTIONAL[name]


def _registry_id(environment: Mapping[str, str]) -> str:
    """The registry's id where it has the name of its address and lies beside the workspace, as it usually does."""
    group = (
        f"/subscriptions/{environment['AZURE_ML_SUBSCRIPTION']}/resourceGroups/{environment['AZURE_ML_RESOURCE_GROUP']}"
    )
    name = environment["CONTAINER_REGISTRY"].partition(":")[0].partition(".")[0]
    return f"{group}/providers/Microsoft.ContainerRegistry/registries/{name}"


def _trusted(environment: Mapping[str, str]) -> str:
    pattern = _optional(environment, "TRUSTED_REPOSITORY")
    if pattern and REPOSITORY not in pattern:
        raise Unset(f"TRUSTED_REPOSITORY must say where {REPOSITORY} goes, such as trusted/{REPOSITORY}")
    return pattern


def _topics(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The resource ids below which topics are ours; without any, the subscription of the workspace."""
    named = tuple(_optional(environment, "EVENT_GRID_TOPICS").split())
    return named or (f"/subscriptions/{environment['AZURE_ML_SUBSCRIPTION']}",)


def _monitored(environment: Mapping[str, str]) -> dict[str, str]:
    try:
        models = json.loads(_optional(environment, "MONITORED_MODELS"))
    except ValueError:
        models = None
    if not isinstance(models, dict) or not all(isinstance(model, str) and model for model in models.values()):
        raise Unset('MONITORED_MODELS must be JSON with models by names of monitors, such as {"churn-drift": "churn"}')
    return {monitor.lower(): model for monitor, model in models.items()}


def _positive(environment: Mapping[str, str], name: str) -> float:
    try:
        value = float(_optional(environment, name))
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise Unset(f"{name} must be a number of seconds above 0")
    return value
