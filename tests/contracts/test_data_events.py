"""Events of storage name one blob of one account or are refused, and policies claim exactly the blobs they describe."""

import time
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.data_events import Arrival, MalwareFound, data_news
from shared.contracts.dataset_policies import glob, parse_dataset_policy, shelved
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.strict_json import JSON
from shared.core.dataset_policy import DatasetPolicy
from tests.simulated.data_story import POLICY

SHIPPED = Path(__file__).parents[2] / "policies" / "datasets"
TOPIC = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/datalake"
SUBJECT = "/blobServices/default/containers/landing/blobs/wine/1.csv"


def news(kind: str = "Microsoft.Storage.BlobCreated", data: JSON = None, **given: Any) -> Any:
    import json

    said = {"api": "PutBlob", "eTag": '"0x1"', "contentLength": 7} if data is None else data
    event = {"id": "1", "topic": TOPIC, "subject": SUBJECT, "eventType": kind, "eventTime": "2026-11-21T19:00:00Z"}
    (parsed,) = parse_events(json.dumps(event | given | {"data": said}).encode())
    assert isinstance(parsed, Event)
    return data_news(parsed)


def test_a_created_blob_is_named_by_its_subject_whatever_the_address_says() -> None:
    found = news(data={"api": "PutBlob", "eTag": '"0x1"', "url": "https://evil.example/private/secret.csv"})

    assert isinstance(found, Arrival)
    assert (found.blob.account, found.blob.name, found.blob.etag) == ("datalake", "landing/wine/1.csv", "0x1")


@pytest.mark.parametrize("api", ["CreateFile", "SftpCreate", "FlushWithoutClose"])
def test_what_is_only_opened_is_no_data(api: str) -> None:
    assert isinstance(news(data={"api": api}), Ignored)


@pytest.mark.parametrize("api", ["PutBlob", "PutBlockList", "CopyBlob", "FlushWithClose", "SftpCommit"])
def test_what_is_closed_is_data(api: str) -> None:
    assert isinstance(news(data={"api": api}), Arrival)


def test_an_append_blob_is_never_complete() -> None:
    assert isinstance(news(data={"api": "PutBlob", "blobType": "AppendBlob"}), Ignored)


@pytest.mark.parametrize(
    "kind",
    ["BlobDeleted", "BlobTierChanged", "AsyncOperationInitiated", "DirectoryCreated", "LifecyclePolicyCompleted"],
)
def test_events_that_bring_no_data_are_known(kind: str) -> None:
    assert isinstance(news(f"Microsoft.Storage.{kind}"), Ignored)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "/blobServices/default/containers/landing",
        "/blobServices/default/containers/landing/blobs/",
        "/blobServices/default/containers/landing/blobs/../private/x",
        "/blobServices/default/containers/landing/blobs/a/../../x",
        "/blobServices/default/containers/landing/blobs/a//b",
        "/blobServices/default/containers/landing/blobs/a\\..\\b",
        "/blobServices/default/containers/landing/blobs/a\nb",
        "/blobServices/default/containers/landing/blobs/" + "a" * 1025,
        "/blobServices/default/containers/LANDING/blobs/a",
        "/blobServices/default/containers/../blobs/a",
        "https://evil.example/blobServices/default/containers/landing/blobs/a",
    ],
)
def test_a_subject_that_does_not_mean_itself_is_refused(subject: str) -> None:
    assert isinstance(news(subject=subject), Malformed)


@pytest.mark.parametrize("topic", ["/", "/subscriptions/s", f"{TOPIC}/../other".replace("datalake", "a/b"), "http://x"])
def test_an_event_of_no_account_is_refused(topic: str) -> None:
    assert isinstance(news(topic=topic), Malformed)


@pytest.mark.parametrize("data", [[], "x", {"eTag": 7}, {"contentLength": -1}, {"contentLength": "7"}])
def test_data_of_another_shape_is_refused_with_its_place(data: JSON) -> None:
    found = news(data=data)

    assert isinstance(found, Malformed)
    assert found.where.startswith("data")


@pytest.mark.parametrize(
    "url", ["", "x", "https://", "https://lake.blob.core.windows.net/", "https://lake.blob.core.windows.net/a/%2e%2e/b"]
)
def test_a_captured_file_without_a_place_is_refused(url: str) -> None:
    data = {"fileUrl": url, "partitionId": "0", "sizeInBytes": 1, "eventCount": 1}
    data |= {"firstSequenceNumber": 0, "lastSequenceNumber": 0}

    assert isinstance(news("Microsoft.EventHub.CaptureFileCreated", data=data), Malformed)


@pytest.mark.parametrize("outcome", ["No threats found", "Not scanned", "Error"])
def test_only_a_malicious_result_is_malware(outcome: str) -> None:
    subject = "storageAccounts/datalake/containers/landing/blobs/x.csv"
    kind = "Microsoft.Security.MalwareScanningResult"

    assert isinstance(news(kind, data={"scanResultType": outcome}, subject=subject), Ignored)
    assert isinstance(news(kind, data={"scanResultType": "Malicious"}, subject=subject), MalwareFound)


@pytest.mark.parametrize(
    ("pattern", "claimed", "others"),
    [
        ("wine/*.csv", ["wine/1.csv", "wine/.csv"], ["wine/a/1.csv", "wine/1.csv.exe", "swine/1.csv"]),
        ("wine/**/*.csv", ["wine/1.csv", "wine/a/b/1.csv"], ["1.csv", "wine/1.txt"]),
        ("**", ["a", "a/b/c"], []),
        ("a?.csv", ["ab.csv"], ["a.csv", "a/.csv"]),
        ("a.b[c]+(d)", ["a.b[c]+(d)"], ["aXb[c]+(d)", "a.bc"]),
        ("logs/y=*/m=*/**", ["logs/y=1/m=2/x/y"], ["logs/y=1/x"]),
    ],
)
def test_a_pattern_claims_what_it_describes(pattern: str, claimed: list[str], others: list[str]) -> None:
    assert [path for path in [*claimed, *others] if glob(pattern).fullmatch(path)] == claimed


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda file: file.name)
def test_a_shipped_policy_can_be_read(file: Path) -> None:
    assert isinstance(shelved(file.name, file.read_bytes()).policy, DatasetPolicy)


REFUSED = {
    "an unknown key": (POLICY + b"colums: {}\n", "line 9", "'colums' is unknown"),
    "an unknown format": (POLICY.replace(b"format: csv", b"format: xml"), "line 3", "csv, jsonl, parquet, images"),
    "no columns": (b"name: x\ncolumns: {}\n", "line", "missing"),
    "categories of a number": (POLICY.replace(b"type: category", b"type: number"), "line 6", "categories are for"),
    "limits of a text": (POLICY.replace(b"{type: number,", b"{type: text,"), "line 5", "are for numbers"),
    "a perfect world": (POLICY + b"quality: {tolerance: 0}\n", "line 9", "tolerance must be above 0"),
    "a circle": (POLICY.replace(b"{container: bronze", b"{container: landing"), "line", "another container"),
    "a name that is a path": (POLICY.replace(b"name: wine", b"name: ../wine"), "line 1", "no name of a dataset"),
    "too many wildcards": (POLICY.replace(b"wine/*.csv", b"*a*a*a*a*a*a*a*a*"), "line 2", "wildcards"),
}


@pytest.mark.parametrize(("body", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_in_a_dataset_policy_is_refused_with_its_line(body: bytes, line: str, reason: str) -> None:
    with pytest.raises(Malformed, match=reason) as refusal:
        parse_dataset_policy(body)
    assert line in refusal.value.where


def test_a_policy_must_have_the_name_of_its_file() -> None:
    assert isinstance(shelved("wine.yaml", POLICY).policy, DatasetPolicy)
    assert isinstance(shelved("beer.yaml", POLICY).policy, Malformed)


HURTING = {
    "**/*-*-*-*.csv": "-" * 1000,
    "**/a/**/b/**/a/**/b/**/*.csv": "a/b/" * 255,
    "**/*/**/*/**/*/**/*.csv": "a/" * 511 + "a",
    "*a*a*a*a*a*a*a*b": "a" * 1000,
    "**a**a**a**a.csv": "a" * 1000,
}


@pytest.mark.parametrize(("pattern", "path"), HURTING.items())
def test_a_path_that_was_made_to_hurt_a_pattern_is_looked_at_quickly(pattern: str, path: str) -> None:
    began = time.process_time()
    assert not glob(pattern).fullmatch(path)
    assert time.process_time() - began < 1
