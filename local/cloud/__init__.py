"""The Azure resources Gatehouse calls (workspace, registry, identity, served models), on one local TLS port."""

from collections.abc import Mapping
from typing import Any

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
RESOURCE_GROUP = "gatehouse-local"
WORKSPACE = "gatehouse"
IDENTITY_SECRET = "local"  # noqa: S105 — guards nothing: the endpoint listens on this machine only


def environment(ready: Mapping[str, Any]) -> dict[str, str]:
    """The variables a process needs for its unmodified SDKs to find this cloud.

    `ready` is the line `python -m local.cloud` prints: `port` and `identity_port` are TCP ports, `bundle` a PEM path.
    Raises KeyError when one of the three is absent.
    """
    return {
        "AZUREML_DEV_URL_MFE": f"https://localhost:{ready['port']}",
        "REQUESTS_CA_BUNDLE": str(ready["bundle"]),
        "IDENTITY_ENDPOINT": f"http://127.0.0.1:{ready['identity_port']}/msi/token",
        "IDENTITY_HEADER": IDENTITY_SECRET,
        "AZURE_RESOURCE_MANAGER": f"https://localhost:{ready['port']}",
        "CONTAINER_REGISTRY": f"localhost:{ready['port']}",
        "TRUSTED_REPOSITORY": "trusted/{repository}",
        "AZURE_ML_SUBSCRIPTION": SUBSCRIPTION,
        "AZURE_ML_RESOURCE_GROUP": RESOURCE_GROUP,
        "AZURE_ML_WORKSPACE": WORKSPACE,
    }
