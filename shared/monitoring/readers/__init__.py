"""Files of data as batches of columns, read by parts within bounds, whatever their sender made them of."""

from collections.abc import Iterator

from shared.core.dataset_policy import DatasetPolicy
from shared.monitoring.readers.table import Rows, Source, Unreadable

__all__ = ["Rows", "Source", "Unreadable", "read"]


def read(source: Source, policy: DatasetPolicy) -> Iterator[Rows]:
    """The rows of the file in the policy's format, some thousand at a time.

    Raises Unreadable for what is too large or is not of that format, while reading; and whatever the source raises.
    """
    if source.size > policy.bounds.bytes:
        raise Unreadable(f"the file has {source.size:,} bytes, more than the {policy.bounds.bytes:,} of its policy")
    match policy.format:
        case "csv":
            from shared.monitoring.readers.csv_files import read_csv as reader
        case "jsonl":
            from shared.monitoring.readers.json_lines import read_json_lines as reader
        case "images":
            from shared.monitoring.readers.manifests import read_manifest as reader
        case _:
            from shared.monitoring.readers.parquet import read_parquet as reader
    return reader(source, policy)
