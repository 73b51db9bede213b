"""Every setting is named in the code, in the sample and in the README, and a missing one says so."""

import json
import re
from pathlib import Path

import pytest

from shared.settings import CONNECTIONS, HOST_READS, OPTIONAL, REQUIRED, Unset, read

ROOT = Path(__file__).parents[2]
NAMES = {*REQUIRED, *CONNECTIONS, *OPTIONAL, *HOST_READS}
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))
GIVEN: dict[str, str] = SAMPLE["Values"]


def settings_table(page: str) -> list[str]:
    """The `names` in the first column of the Markdown table that is headed by Setting; empty without one."""
    _, _, table = page.partition("\n| Setting |")
    rows = table.split("\n\n", 1)[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]


def test_the_sample_names_every_setting() -> None:
    assert set(GIVEN) == NAMES


def test_the_readme_names_every_setting_once() -> None:
    named = settings_table((ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(NAMES)


def test_the_readme_says_how_to_give_an_identity_for_every_connection() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name, suffix in CONNECTIONS.items() if f"`{name}__{suffix}`" not in page] == []


def test_the_sample_is_what_core_tools_read() -> None:
    assert SAMPLE.keys() == {"IsEncrypted", "Values"}
    assert SAMPLE["IsEncrypted"] is False
    assert all(isinstance(value, str) for value in GIVEN.values()), "Core Tools know texts only"
    assert GIVEN["FUNCTIONS_WORKER_RUNTIME"] == "python"
    assert GIVEN["AzureWebJobsStorage"] == "UseDevelopmentStorage=true"


@pytest.mark.parametrize("name", ["ServiceBusConnection", "EventHubConnection"])
def test_the_sample_reaches_the_emulators(name: str) -> None:
    assert "UseDevelopmentEmulator=true;" in GIVEN[name], "the SDKs know the flag in lower case only"


def test_the_sample_is_enough_for_the_app() -> None:
    settings = read(GIVEN)
    assert (settings.workspace, settings.window_seconds, settings.authenticated) == ("my-workspace", 60.0, True)


@pytest.mark.parametrize("name", [*REQUIRED, *CONNECTIONS])
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(Unset, match=rf"\b{name}\b"):
        read(GIVEN | {name: ""})


@pytest.mark.parametrize(("name", "suffix"), CONNECTIONS.items())
def test_an_address_is_enough_for_an_identity(name: str, suffix: str) -> None:
    settings = read({key: value for key, value in GIVEN.items() if key != name} | {f"{name}__{suffix}": "somewhere"})
    assert "somewhere" in {
        settings.service_bus.address,
        settings.state_storage.address,
        settings.model_storage.address,
        settings.data_storage.address,
    }


@pytest.mark.parametrize("text", ["0", "-1", "soon", "nan", "inf"])
def test_a_window_that_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(Unset, match="TELEMETRY_WINDOW_SECONDS"):
        read(GIVEN | {"TELEMETRY_WINDOW_SECONDS": text})


@pytest.mark.parametrize("text", ["", "1", "yes", "false"])
def test_nobody_is_known_unless_authentication_is_on_for_sure(text: str) -> None:
    assert read(GIVEN | {"WEBSITE_AUTH_ENABLED": text}).authenticated is False


def test_a_trusted_repository_must_say_where_the_name_of_the_image_goes() -> None:
    assert read(GIVEN | {"TRUSTED_REPOSITORY": ""}).trusted_repository == ""
    with pytest.raises(Unset, match="TRUSTED_REPOSITORY"):
        read(GIVEN | {"TRUSTED_REPOSITORY": "trusted"})


def test_the_registry_lies_beside_the_workspace_unless_its_id_is_given() -> None:
    beside = read(GIVEN).registry_id
    assert beside.endswith(
        "/resourceGroups/my-resource-group/providers/Microsoft.ContainerRegistry/registries/myregistry"
    )
    assert read(GIVEN | {"CONTAINER_REGISTRY_ID": "/elsewhere"}).registry_id == "/elsewhere"
