"""Uploads files of data and says so to the Event Hub data-arrivals, as storage and Event Grid would."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from local.send import SendError, connection, send

HUB = "data-arrivals"
TOPIC = "/subscriptions/local/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/{account}"


def run(place: str, files: Sequence[str]) -> int:
    """Upload each file into `place` (container/folder) and announce it; returns the exit code.

    Where to is read from the environment: see `source .local/env`.
    """
    container, _, folder = place.strip("/").partition("/")
    try:
        for file in files:
            upload(container, f"{folder}/{Path(file).name}".lstrip("/"), Path(file).read_bytes())
    except (SendError, OSError) as error:
        print(f"upload: {error}", file=sys.stderr)
        return 1
    print(f"uploaded {len(files)} into {place}")
    return 0


def upload(container: str, path: str, body: bytes) -> None:
    """Write the blob and send its event; raises SendError without connections or for a container that is not there."""
    from azure.core.exceptions import ResourceNotFoundError
    from azure.storage.blob import BlobServiceClient

    with BlobServiceClient.from_connection_string(connection("DataStorage")) as service:
        blob = service.get_blob_client(container, path)
        try:
            written = blob.upload_blob(body, overwrite=True)
        except ResourceNotFoundError:
            raise SendError(f"there is no container {container!r}; those of local/storage.py exist.") from None
        said = _event(str(service.account_name), container, path, str(written["etag"]), len(body))
    send(HUB, [json.dumps([said]).encode()])


def _event(account: str, container: str, path: str, etag: str, size: int) -> dict[str, object]:
    """BlobCreated in the Event Grid schema."""
    return {
        "id": str(uuid4()),
        "topic": TOPIC.format(account=account),
        "subject": f"/blobServices/default/containers/{container}/blobs/{path}",
        "eventType": "Microsoft.Storage.BlobCreated",
        "eventTime": datetime.now(UTC).isoformat(),
        "dataVersion": "",
        "metadataVersion": "1",
        "data": {"api": "PutBlob", "eTag": etag, "contentLength": size, "blobType": "BlockBlob"},
    }
