"""Manifests of image folders: a JSON list of objects, each with the path of one image and what is known of it."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec

from shared.core.dataset_policy import DatasetPolicy
from shared.monitoring.readers.json_lines import batch_of
from shared.monitoring.readers.table import BATCH, Rows, Source, Unreadable, bounded_rows, parts

LARGEST = 64 * 1024 * 1024
IMAGES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp", ".gif"})

type Object = dict[str, Any]


class _Manifest(msgspec.Struct):
    images: list[Object]


def read_manifest(source: Source, policy: DatasetPolicy) -> Iterator[Rows]:
    """One row for every image in a list, or in the member `images` of an object; at most 64 MiB. Raises Unreadable."""
    rows = [_checked(row) for row in _images(source)]
    bounded_rows(len(rows), policy.bounds)
    for start in range(0, len(rows), BATCH):
        yield batch_of(rows[start : start + BATCH], policy, start)


def _images(source: Source) -> list[Object]:
    if source.size > LARGEST:
        raise Unreadable(f"the manifest has {source.size:,} bytes, more than {LARGEST:,}; split it")
    body = b"".join(parts(source))
    try:
        found = msgspec.json.decode(body, type=list[Object] | _Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"no list of images: {str(error)[:120]}; send [{{'path': …}}] or {{'images': […]}}") from None
    return found.images if isinstance(found, _Manifest) else found


def _checked(row: Object) -> Object | str:
    """The row, or why its path is not that of an image beside the manifest."""
    path = row.get("path")
    if not isinstance(path, str) or not path:
        return "no path of an image"
    steps = PurePosixPath(path)
    if steps.is_absolute() or ".." in steps.parts or "\\" in path or ":" in path or not path.isprintable():
        return f"{path[:60]!r} leads out of the folder"
    return row if steps.suffix.lower() in IMAGES else f"{path[:60]!r} is no image"
