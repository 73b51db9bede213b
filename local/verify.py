"""`python -m local verify`: shows that no ledger was changed, or which one was, where, and how."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from azure.storage.blob import BlobServiceClient

from local.audit import Audited, audit
from shared.adapters.blobs import BlobDocuments, connect
from shared.adapters.ledgers import BlobLedgers
from shared.contracts import wire
from shared.core.record import Record
from shared.histories import whole
from shared.ports import Unavailable
from shared.settings import Connection


def run(*, as_json: bool) -> int:
    """Audit the storage that `StateStorage` in the environment names, and print what was found.

    Returns the exit code: 0 when everything is whole, 1 when something is broken or could not be read.
    """
    try:
        found = audited(os.environ)
    except (Unavailable, ValueError) as problem:
        print(f"verify: {problem}", file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(told(found), indent=2, ensure_ascii=False))
    else:
        _show(found)
    return 1 if any(each.broken for each in found) else 0


def audited(environment: Mapping[str, str]) -> list[Audited]:
    """Every document of the storage; raises Unavailable, or ValueError when the environment names none."""
    with _storage(environment) as storage:
        return list(audit(*_opened(storage)))


def records(environment: Mapping[str, str]) -> list[Record]:
    """Every release and image with its whole ledger; raises Malformed, Unavailable, or ValueError as `audited`."""
    with _storage(environment) as storage:
        documents, ledgers = _opened(storage)
        keys = [key for folder in wire.RECORDS for key, _ in documents.labelled(f"{folder}/")]
        stored = {key: documents.read(key) for key in keys}
        return [whole(wire.decode_record(key, each.data), key, ledgers) for key, each in stored.items() if each]


def _storage(environment: Mapping[str, str]) -> BlobServiceClient:
    connection = Connection(
        string=environment.get("StateStorage", ""), address=environment.get("StateStorage__blobServiceUri", "")
    )
    if connection == Connection():
        raise ValueError("StateStorage is not in the environment: run `python -m local up`, and `source .local/env`.")
    return connect(connection)


def _opened(storage: BlobServiceClient) -> tuple[BlobDocuments, BlobLedgers]:
    documents, ledgers = (storage.get_container_client(name) for name in ("state", "ledgers"))
    return BlobDocuments(documents), BlobLedgers(ledgers)


def told(found: Sequence[Audited]) -> dict[str, object]:
    """The audit as data: the sums, the first break, and one object per document."""
    broken = [asdict(each) for each in found if each.broken]
    return {
        "whole": not broken,
        "documents": len(found),
        "entries": sum(each.entries for each in found),
        "exported": sum(each.exported for each in found),
        "broken": broken,
        "ledgers": [asdict(each) for each in found],
    }


def _show(found: Sequence[Audited]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Ledger", "Stage", "Entries", "Exported", "Chain")
    for each in found:
        chain = "[red]broken[/red]" if each.broken else "whole"
        table.add_row(each.name, each.stage, str(each.entries), str(each.exported), chain)
    console = Console()
    console.print(table)
    for each in found:
        if each.broken:
            place = "the document" if each.broken.entry is None else f"entry {each.broken.entry}"
            console.print(f"{each.name}, {place}: {each.broken.what}", markup=False, soft_wrap=True)
    whole = sum(not each.broken for each in found)
    console.print(f"{whole} of {len(found)} ledgers are whole, {sum(each.entries for each in found)} entries")
