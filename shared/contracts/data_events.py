"""What storage says about blobs: which event means that data is complete, and which only looks like it."""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

import msgspec

from shared.contracts.envelopes import Event
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.shapes import convert
from shared.core.facts import BlobVersion

STORAGE, CAPTURED, SCANNED = "Microsoft.Storage.", "Microsoft.EventHub.CaptureFileCreated", "Microsoft.Security.Malware"
CREATED, RENAMED = f"{STORAGE}BlobCreated", f"{STORAGE}BlobRenamed"
SUBJECT = re.compile(r"/blobServices/default/containers/(?P<container>[^/]+)/blobs/(?P<path>.+)", re.DOTALL)
SCANNED_SUBJECT = re.compile(
    r"/?storageAccounts/(?P<account>[^/]+)/containers/(?P<container>[^/]+)/blobs/(?P<path>.+)", re.DOTALL
)
ADDRESS = re.compile(
    r"https://(?P<account>[^./]+)\.(?:blob|dfs)\.[A-Za-z0-9.-]+/(?P<container>[^/?#]+)/(?P<path>[^?#]+)", re.DOTALL
)
ACCOUNT = re.compile(r"/storageAccounts/(?P<account>[^/]+)", re.IGNORECASE)
ACCOUNT_NAME = re.compile(r"[a-z0-9-]{3,63}")  # dashes are only in documentation, whose accounts are nobody's
CONTAINER = re.compile(r"\$?[a-z0-9](-?[a-z0-9]){2,62}")
LONGEST_PATH = 1024
APPEND = "AppendBlob"
OPEN = {
    "CreateFile": "the file was only opened; FlushWithClose says when it is complete",
    "FlushWithoutClose": "the file is still open; FlushWithClose says when it is complete",
    "SftpCreate": "the upload has only begun; SftpCommit says when it is complete",
}
NO_DATA = {
    "BlobDeleted": "a deletion brings no data",
    "BlobTierChanged": "another tier is no other content",
    "AsyncOperationInitiated": "the operation has only begun, so the data can not be read yet",
    "DirectoryCreated": "a directory is no data",
    "DirectoryRenamed": "the files of a renamed directory have no events of their own; upload them again",
    "DirectoryDeleted": "a deletion brings no data",
    "BlobInventoryPolicyCompleted": "an inventory is no data",
    "LifecyclePolicyCompleted": "the rules about old data bring no new data",
    "StorageTaskQueued": "a storage task is no data",
    "StorageTaskCompleted": "a storage task is no data",
    "StorageTaskAssignmentQueued": "a storage task is no data",
    "StorageTaskAssignmentCompleted": "a storage task is no data",
    "BlobIndexTagsChanged": "other tags are no other content",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """Which events of which partition a file of Event Hubs Capture holds, by sequence number, both included."""

    partition: str
    events: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A blob that is complete; `sequencer` orders the events of one blob as text, `api` is how it was written.

    `captured` says which events a file of Event Hubs Capture holds.
    """

    blob: BlobVersion
    sequencer: str = ""
    api: str = ""
    captured: Captured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MalwareFound:
    """A scan of a blob found malware, by its names."""

    blob: BlobVersion
    malware: tuple[str, ...]


type DataNews = Arrival | MalwareFound | Ignored | Malformed

Count = Annotated[int, msgspec.Meta(ge=0)]


class Written(msgspec.Struct, rename="camel"):
    """The data of storage's own events, as far as they are read."""

    api: str = ""
    e_tag: str = ""
    content_length: Count = 0
    blob_type: str = ""
    sequencer: str = ""


class CaptureFile(msgspec.Struct, rename="camel"):
    """The data of an event of Event Hubs Capture."""

    file_url: str
    partition_id: str
    size_in_bytes: Count
    event_count: Count
    first_sequence_number: int
    last_sequence_number: int


class _Found(msgspec.Struct, rename="camel"):
    malware_names_found: list[str] = []


class MalwareScan(msgspec.Struct, rename="camel"):
    """The data of a result of Microsoft Defender for Storage."""

    scan_result_type: str
    blob_uri: str = ""
    e_tag: str = ""
    scan_result_details: _Found | None = None


def data_news(event: Event) -> DataNews:
    """What one event says about data; addresses in it are never followed, only names are taken from them."""
    try:
        if event.type == CAPTURED:
            return _captured(event)
        if event.type.startswith(SCANNED):
            return _scanned(event)
        if event.type.startswith(STORAGE):
            return _stored(event)
    except Malformed as refused:
        return refused
    known = f"{STORAGE}*, {CAPTURED} and Microsoft.Security.MalwareScanningResult"
    return Malformed(f"events of type {event.type[:100]!r} are not understood; understood are {known}", event.where)


def owns(event: Event) -> bool:
    """Whether the event is one of those that tell of data."""
    return event.type == CAPTURED or event.type.startswith((STORAGE, SCANNED))


def written(event: Event) -> Written:
    """The data of one of storage's own events; raises Malformed."""
    return convert(event.data, Written, f"{event.where}.data")


def _stored(event: Event) -> Arrival | Ignored:
    kind = event.type.removeprefix(STORAGE)
    if kind in NO_DATA:
        return Ignored(f"{event.type}: {NO_DATA[kind]}", event.where)
    if event.type not in (CREATED, RENAMED):
        known = ", ".join(("BlobCreated", "BlobRenamed", *NO_DATA))
        raise Malformed(f"{event.type[:100]!r} is not understood; of storage, understood are {known}", event.where)
    data = written(event)
    if data.api in OPEN:
        return Ignored(f"{data.api}: {OPEN[data.api]}", event.where)
    if data.blob_type == APPEND:
        return Ignored(f"{APPEND}: it grows after its event, and is never said to be complete", event.where)
    container, path = _place(SUBJECT, event.subject, f"{event.where}.subject")
    blob = BlobVersion(
        account=_account(event.source, event.where),
        container=container,
        path=path,
        etag=data.e_tag.strip('"'),
        size=data.content_length,
    )
    return Arrival(blob=blob, sequencer=data.sequencer, api=data.api)


def _captured(event: Event) -> Arrival:
    data = convert(event.data, CaptureFile, f"{event.where}.data")
    account, container, path = names_of(data.file_url, f"{event.where}.data.fileUrl")
    blob = BlobVersion(account=account, container=container, path=path, size=data.size_in_bytes)
    captured = Captured(
        partition=data.partition_id,
        events=data.event_count,
        first=data.first_sequence_number,
        last=data.last_sequence_number,
    )
    return Arrival(blob=blob, api="Capture", captured=captured)


def _scanned(event: Event) -> MalwareFound | Ignored:
    data = convert(event.data, MalwareScan, f"{event.where}.data")
    if data.scan_result_type != "Malicious":
        return Ignored(f"the scan's result is {data.scan_result_type[:60]!r}: no malware was found", event.where)
    where = f"{event.where}.subject"
    match = SCANNED_SUBJECT.fullmatch(event.subject)
    account = _named(ACCOUNT_NAME, match["account"] if match else "", "storage account", where)
    container, path = _place(SCANNED_SUBJECT, event.subject, where)
    blob = BlobVersion(account=account, container=container, path=path, etag=data.e_tag.strip('"'))
    names = data.scan_result_details.malware_names_found if data.scan_result_details else []
    return MalwareFound(blob=blob, malware=tuple(name[:200] for name in names[:20]))


def names_of(url: str, where: str) -> tuple[str, str, str]:
    """The account, container and path that an address names; the address itself is not kept. Raises Malformed."""
    match = ADDRESS.fullmatch(url)
    if match is None:
        raise Malformed(f"{url[:80]!r} is no address of a blob", where.lstrip("."))
    return (
        _named(ACCOUNT_NAME, match["account"], "storage account", where),
        _named(CONTAINER, match["container"], "container", where),
        _path(unquote(match["path"]), where),
    )


def _account(source: str, where: str) -> str:
    match = ACCOUNT.search(source)
    return _named(ACCOUNT_NAME, match["account"].lower() if match else "", "storage account", f"{where}.topic")


def _place(pattern: re.Pattern[str], subject: str, where: str) -> tuple[str, str]:
    """The container and the path in the subject; raises Malformed."""
    match = pattern.fullmatch(subject)
    if match is None:
        raise Malformed("the subject names no blob of a container; send events of blob storage", where.lstrip("."))
    return _named(CONTAINER, match["container"], "container", where), _path(match["path"], where)


def _named(pattern: re.Pattern[str], name: str, what: str, where: str) -> str:
    if not pattern.fullmatch(name):
        raise Malformed(f"{name[:80]!r} is the name of no {what}", where.lstrip("."))
    return name


def _path(path: str, where: str) -> str:
    """The path, if it means itself: no step up, no empty step, no control characters; raises Malformed."""
    odd = any(part in ("", ".", "..") for part in path.split("/")) or "\\" in path
    if odd or len(path) > LONGEST_PATH or any(ord(character) < 32 or character == "\x7f" for character in path):
        raise Malformed(f"{path[:80]!r} is no path of a blob that is taken", where.lstrip("."))
    return path
