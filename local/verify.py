"""`python -m local verify`: shows that no ledger was changed, or which one was, where, and how."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from local.audit import Audited, audit
from shared.adapters.blobs import BlobDocuments, connect
from shared.adapters.ledgers import BlobLedgers
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
    connection = Connection(
        string=environment.get("StateStorage", ""), address=environment.get("StateStorage__blobServiceUri", "")
    )
    if connection == Connection():
        raise ValueError("StateStorage is not in the environment: run `python -m local up`, and `source .local/env`.")
    with connect(connection) as storage:
        documents = BlobDocuments(storage.get_container_client("state"))
        return list(audit(documents, BlobLedgers(storage.get_container_client("ledgers"))))


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
