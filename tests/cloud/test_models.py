"""Models and environments through the unmodified MLClient."""

from typing import Any

import pytest
from azure.ai.ml.entities import Environment, Model
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.cloud.things import register


def test_a_registered_model_can_be_read_back(workspace: Any, unique: str) -> None:
    register(workspace, unique, "4", tags={"stage": "new"}, properties={"sha256": "ab"}, description="d")

    found = workspace.models.get(unique, "4")

    assert (found.name, found.version, found.description) == (unique, "4", "d")
    assert (found.tags, found.properties["sha256"]) == ({"stage": "new"}, "ab")
    assert found.path.endswith(f"/datastores/workspaceblobstore/paths/{unique}/4")


def test_the_latest_model_is_the_one_created_last(workspace: Any, unique: str) -> None:
    for version in ("7", "2"):
        register(workspace, unique, version)

    assert workspace.models.get(unique, label="latest").version == "2"
    assert [model.version for model in workspace.models.list(unique)] == ["2", "7"]


def test_a_version_left_out_is_one_more_than_the_greatest(workspace: Any, unique: str) -> None:
    register(workspace, unique, "7")
    path = f"azureml://datastores/workspaceblobstore/paths/{unique}/8"

    assert workspace.models.create_or_update(Model(name=unique, path=path)).version == "8"


def test_an_archived_version_is_listed_no_more(workspace: Any, unique: str) -> None:
    for version in ("1", "2"):
        register(workspace, unique, version)

    workspace.models.archive(unique, "1")

    assert [model.version for model in workspace.models.list(unique)] == ["2"]
    workspace.models.restore(unique, "1")
    assert len(list(workspace.models.list(unique))) == 2


def test_tags_change_but_a_path_does_not(workspace: Any, unique: str) -> None:
    register(workspace, unique, tags={"a": "1"})
    assert register(workspace, unique, tags={"a": "2"}).tags == {"a": "2"}

    elsewhere = Model(name=unique, version="1", path="azureml://datastores/workspaceblobstore/paths/elsewhere")
    with pytest.raises(HttpResponseError, match="register a new version") as refused:
        workspace.models.create_or_update(elsewhere)
    assert refused.value.status_code == 400


def test_a_missing_model_is_not_found(workspace: Any, unique: str) -> None:
    with pytest.raises(ResourceNotFoundError, match=unique):
        workspace.models.get(unique, "1")


def test_an_environment_keeps_its_image(workspace: Any, unique: str) -> None:
    workspace.environments.create_or_update(Environment(name=unique, version="3", image="localhost:1/a@sha256:00"))

    assert workspace.environments.get(unique, "3").image == "localhost:1/a@sha256:00"


def test_the_default_datastore_is_the_blob_container_of_the_models(workspace: Any) -> None:
    found = workspace.datastores.get_default()

    assert (found.name, found.account_name, found.container_name) == (
        "workspaceblobstore",
        "devstoreaccount1",
        "models",
    )
