"""`python -m tests.replay`: stores the histories of all lives, or those of the storage in the environment."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from shared.contracts import wire
from shared.core.datasets import Dataset
from shared.core.ledger import DECIDER
from shared.core.release import Release
from shared.core.watch import Watch
from tests.replay.lives import LIVES

FOLDER = Path(__file__).parent / "histories"


def main() -> int:
    """Write one file per history, into the folder of the present decider; histories of older ones stay."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    parser.add_argument("--from-storage", metavar="NAME", help="store what StateStorage holds, as NAME")
    name = parser.parse_args().from_storage
    folder = FOLDER / f"decider-{DECIDER}"
    folder.mkdir(parents=True, exist_ok=True)
    for file, history in stored_histories(name, os.environ) if name else told_histories():
        (folder / f"{file}.json").write_text(history, encoding="utf-8")
        print(f"{folder.name}/{file}.json")
    return 0


def told_histories() -> Iterator[tuple[str, str]]:
    """Name and text of the history of every release, image, watch and dataset of every life."""
    for life, tell in LIVES.items():
        for key, body in tell().documents.under("").items():
            if key.startswith(("releases/", "images/", "watches/", "datasets/")):
                yield f"{life}-{_label(key, body)}", pretty(key, body)


def stored_histories(name: str, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Name and text of the history of every release in the storage that the environment names."""
    from azure.storage.blob import BlobServiceClient

    with BlobServiceClient.from_connection_string(environment["StateStorage"]) as storage:
        container = storage.get_container_client("state")
        for blob in list(container.list_blobs(name_starts_with="releases/")):
            key, body = blob.name.removesuffix(".json"), container.download_blob(blob.name).readall()
            yield f"{name}-{_label(key, body)}", pretty(key, body)


def _label(key: str, body: bytes) -> str:
    record = wire.decode_record(key, body)
    if isinstance(record, Watch):
        return f"watch-{record.model}"
    if isinstance(record, Dataset):
        return f"dataset-{record.name}"
    return f"{record.model}-{record.version}" if isinstance(record, Release) else f"image-{key[-8:]}"


def pretty(key: str, body: bytes) -> str:
    """The document with its key, in lines that a comparison can show."""
    return json.dumps({"key": key, "document": json.loads(body)}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
