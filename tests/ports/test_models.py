"""Claims about the model registry: what is there is told as it is, all else is None or refused with a reason."""

import pytest

from shared.ports import Impossible
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique

FILES = {"model.onnx": b"\x08\x08weights", "sample_request.json": b"{}", "extra/notes.txt": b"notes"}


def path_of(side: Side, name: str, version: str = "1") -> str:
    """Where the model lies, as its registry says."""
    view = side.models.model(name, version)
    assert view is not None
    return view.path


def test_an_unknown_model_or_version_is_none(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", {})

    assert side.models.model(name, "2") is None
    assert side.models.model(unique(), "1") is None


def test_a_model_has_the_tags_properties_and_registrant_it_was_given(side: Side) -> None:
    name = unique()
    tags = {"environment": "serving:1", "owner": "Jürgen"}
    side.put_model(name, "1", {}, tags, {"metrics.accuracy": "0.93"})

    view = side.models.model(name, "1")

    assert view is not None
    assert view.tags == tags
    assert view.properties.items() >= {"metrics.accuracy": "0.93"}.items()
    assert view.created_by == side.registrant


def test_each_version_is_its_own(side: Side) -> None:
    name = unique()
    for version in ("1", "2"):
        side.put_model(name, version, {"model.onnx": version.encode()}, {"say": version})

    first, second = side.models.model(name, "1"), side.models.model(name, "2")

    assert first is not None
    assert second is not None
    assert (first.tags["say"], second.tags["say"]) == ("1", "2")
    assert side.models.read(second.path, "model.onnx", 10) == b"2"


def test_files_are_listed_by_their_path_inside_the_model_with_their_size(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", FILES)

    listed = side.models.files(path_of(side, name), 10)

    assert {file.path: file.size for file in listed} == {path: len(body) for path, body in FILES.items()}


def test_no_more_files_are_listed_than_asked_for(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", {f"part-{number}": b"x" for number in range(5)})

    assert [file.path for file in side.models.files(path_of(side, name), 3)] == ["part-0", "part-1", "part-2"]


def test_files_of_a_neighbour_whose_name_begins_alike_are_left_out_and_not_counted(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", {"model.onnx": b"mine"})
    side.put_model(name, "1-old", {f"part-{number}": b"x" for number in range(3)})
    side.put_model(name, "10", {"model.onnx": b"other"})

    assert [file.path for file in side.models.files(path_of(side, name), 2)] == ["model.onnx"]


def test_a_model_without_files_has_none(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", {})

    assert list(side.models.files(path_of(side, name), 10)) == []


def test_a_checksum_is_the_same_for_the_same_content_only(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", {"a": b"same", "b": b"same", "c": b"else"})

    first, second, third = (file.checksum for file in side.models.files(path_of(side, name), 10))

    assert first
    assert first == second
    assert first != third


def test_only_the_head_of_a_file_is_read(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", {"model.onnx": b"0123456789"})
    path = path_of(side, name)

    assert side.models.read(path, "model.onnx", 4) == b"0123"
    assert side.models.read(path, "model.onnx", 64) == b"0123456789"


def test_a_part_of_a_file_is_read_from_where_it_is_asked_for(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", {"model.onnx": b"0123456789"})
    path = path_of(side, name)

    assert side.models.read(path, "model.onnx", 4, 3) == b"3456"
    assert side.models.read(path, "model.onnx", 4, 8) == b"89"
    assert side.models.read(path, "model.onnx", 4, 10) == b""
    assert side.models.read(path, "model.onnx", 4, 99) == b""


def test_an_empty_file_reads_as_nothing(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", {"model.onnx": b""})

    assert side.models.read(path_of(side, name), "model.onnx", 64) == b""


def test_a_file_in_a_folder_is_read_by_its_listed_path(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", FILES)

    assert side.models.read(path_of(side, name), "extra/notes.txt", 64) == b"notes"


def test_a_missing_file_is_impossible_and_named(side: Side) -> None:
    name = unique()
    side.put_model(name, "1", FILES)

    with pytest.raises(Impossible, match=r"missing\.json"):
        side.models.read(path_of(side, name), "missing.json", 64)


@pytest.mark.parametrize("path", ["https://elsewhere.example/churn/1", "", "azureml://registries/shared/models/churn"])
def test_a_path_of_elsewhere_is_impossible(side: Side, path: str) -> None:
    with pytest.raises(Impossible):
        side.models.files(path, 10)
    with pytest.raises(Impossible):
        side.models.read(path, "model.onnx", 10)


def test_a_path_of_elsewhere_is_refused_with_what_to_do(real: RealSide) -> None:
    with pytest.raises(Impossible, match=r"'https://elsewhere\.example/churn/1'.*register it from a datastore"):
        real.models.files("https://elsewhere.example/churn/1", 10)


def test_an_unknown_datastore_is_impossible_and_named(real: RealSide) -> None:
    with pytest.raises(Impossible, match="datastore nowhere"):
        real.models.files("azureml://datastores/nowhere/paths/churn/1", 10)


def test_a_model_that_is_one_file_lists_and_reads_that_file(real: RealSide) -> None:
    name = unique()
    real.put_model(name, "1", FILES)
    path = f"azureml://datastores/workspaceblobstore/paths/{name}/1/model.onnx"

    assert [file.path for file in real.models.files(path, 10)] == ["model.onnx"]
    assert real.models.read(path, "model.onnx", 64) == FILES["model.onnx"]


def test_an_unknown_environment_is_none(side: Side) -> None:
    side.put_environment(environment := f"{unique()}:1", f"{side.registry}/serving:1")

    assert side.models.image_of(f"{unique()}:1") is None
    assert side.models.image_of(environment.replace(":1", ":2")) is None


@pytest.mark.parametrize("environment", ["", "serving", "serving@latest", "azureml:serving:1", "../models/x:1", ":1"])
def test_text_that_names_no_environment_is_none(side: Side, environment: str) -> None:
    assert side.models.image_of(environment) is None


@pytest.mark.parametrize(("name", "version"), [("", "1"), ("../environments/x", "1"), ("a b", "é")])
def test_text_that_names_no_model_is_none(side: Side, name: str, version: str) -> None:
    assert side.models.model(name, version) is None


def test_an_environment_tells_the_image_that_it_names(side: Side) -> None:
    environment, image = f"{unique()}:1", f"{side.registry}/serving:1"
    side.put_environment(environment, image)

    assert side.models.image_of(environment) == image


def test_an_environment_whose_image_is_still_to_be_built_is_impossible_and_named(side: Side) -> None:
    environment = f"{unique()}:1"
    side.put_built_environment(environment)

    with pytest.raises(Impossible, match=f"{environment} is built when it is deployed"):
        side.models.image_of(environment)
