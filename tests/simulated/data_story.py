"""What happens to data in the house, in the words of a story."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.contracts import wire
from shared.contracts.dataset_policies import shelved
from shared.core.datasets import Dataset
from shared.core.facts import BlobVersion
from shared.core.identity import dataset_key
from tests.simulated.house import House

POLICY = b"""\
name: wine
arrives: {container: landing, path: "wine/*.csv"}
format: csv
columns:
  alcohol: {type: number, nullable: false, minimum: 0, maximum: 25}
  colour: {type: category, categories: [red, white]}
accepted: {container: bronze, path: wine}
asset: wine
"""
TOPIC = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{account}"


def house_with(policy: bytes = POLICY) -> House:
    """A house that knows one dataset policy."""
    house = House()
    house.dataset_policies.append(shelved("wine.yaml", policy))
    return house


def event(house: House, blob: BlobVersion, kind: str = "BlobCreated", **data: Any) -> dict[str, Any]:
    """What Event Grid says of the blob."""
    content = {"api": "PutBlob", "eTag": f'"{blob.etag}"', "contentLength": blob.size, "blobType": "BlockBlob", **data}
    return {
        "id": f"{kind}-{blob.path}-{blob.etag}-{content['api']}",
        "topic": TOPIC.format(account=blob.account),
        "subject": f"/blobServices/default/containers/{blob.container}/blobs/{blob.path}",
        "eventType": f"Microsoft.Storage.{kind}",
        "eventTime": datetime.fromtimestamp(house.clock.now(), UTC).isoformat(),
        "data": content,
    }


def malware(house: House, blob: BlobVersion) -> dict[str, Any]:
    """What Defender says of a malicious blob."""
    return {
        "id": f"scan-{blob.path}-{blob.etag}",
        "topic": "/subscriptions/s/resourceGroups/g/providers/Microsoft.EventGrid/topics/scans",
        "subject": f"storageAccounts/{blob.account}/containers/{blob.container}/blobs/{blob.path}",
        "eventType": "Microsoft.Security.MalwareScanningResult",
        "eventTime": datetime.fromtimestamp(house.clock.now(), UTC).isoformat(),
        "data": {
            "scanResultType": "Malicious",
            "eTag": blob.etag,
            "scanResultDetails": {"malwareNamesFound": ["EICAR"]},
        },
    }


def announce(house: House, *events: dict[str, Any]) -> None:
    """Let the hub deliver events, each as a delivery of its own, in one batch."""
    house.arrivals.take([msgspec.json.encode([each]) for each in events])


def upload(house: House, body: bytes, path: str = "wine/1.csv", container: str = "landing") -> BlobVersion:
    """Upload a blob and let its event come."""
    blob = house.data.put(container, path, body)
    announce(house, event(house, blob))
    return blob


def dataset(house: House, name: str = "wine") -> Dataset:
    """The dataset as it is kept."""
    key = dataset_key(name)
    record = wire.decode_record(key, house.documents.under(key)[key])
    assert isinstance(record, Dataset)
    return record
