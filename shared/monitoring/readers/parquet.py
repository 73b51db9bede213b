"""Parquet files: what their footer says is held against the bounds before any data is read."""

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from shared.core.dataset_policy import BoundsPolicy, DatasetPolicy
from shared.monitoring.readers.table import BATCH, Rows, Source, Unreadable, bounded_names, bounded_rows, texts_of

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

MAGIC, TAIL = b"PAR1", 8
LARGEST_FOOTER = 16 * 1024 * 1024
LARGEST_GROUP = 1024 * 1024 * 1024
INFLATION = 1000
SMALL = 4096


class _File(io.RawIOBase):
    """A source as a file that can be read and sought."""

    def __init__(self, source: Source) -> None:
        self._source, self._at = source, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._source.size - self._at)
        part = self._source.part(self._at, left if size < 0 else min(size, left)) if left and size else b""
        self._at += len(part)
        return part

    def readinto(self, buffer: Any) -> int:
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


def read_parquet(source: Source, policy: DatasetPolicy) -> Iterator[Rows]:
    """The rows of a Parquet file, only the columns that the policy has rules for. Raises Unreadable."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    _check_footer(source)
    try:
        with ParquetFile(_File(source), pre_buffer=False) as file:
            names = _names(file, source.size, policy.bounds)
            known = [name for name in policy.columns if name in names]
            unknown = frozenset(names) - policy.columns.keys()
            start = 0
            for batch in file.iter_batches(batch_size=BATCH, columns=known, use_threads=False):
                if not batch.num_rows:
                    continue
                columns = {name: _values(batch.column(name)) for name in known}
                yield Rows(start=start, count=batch.num_rows, columns=columns, broken={}, unknown=unknown)
                start += batch.num_rows
    except (ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise Unreadable(f"no sound Parquet file: {str(error)[:160] or type(error).__name__}; write it again") from None


def _check_footer(source: Source) -> None:
    """Nothing for a file whose ends are those of Parquet; raises Unreadable."""
    if source.size < len(MAGIC) + TAIL:
        raise Unreadable("the file is too short for Parquet; write it again")
    tail = source.part(source.size - TAIL, TAIL)
    if tail[4:] != MAGIC or source.part(0, 4) != MAGIC:
        raise Unreadable("the file does not begin and end as Parquet does; it is cut off, encrypted or something else")
    length = int.from_bytes(tail[:4], "little")
    if length > min(LARGEST_FOOTER, source.size - TAIL):
        raise Unreadable(f"the footer claims {length:,} bytes; no sound file of this size has such a footer")


def _names(file: "ParquetFile", size: int, bounds: BoundsPolicy) -> list[str]:
    """The names of the columns; raises Unreadable for more rows, columns or bytes than are read."""
    about = file.metadata
    bounded_rows(about.num_rows, bounds)
    if about.num_columns > bounds.columns:
        raise Unreadable(f"the file has {about.num_columns:,} columns, more than the {bounds.columns:,} of its policy")
    _check_groups([about.row_group(number).total_byte_size for number in range(about.num_row_groups)], size)
    return list(bounded_names(file.schema_arrow.names, bounds))


def _check_groups(unpacked: Sequence[int], size: int) -> None:
    """Nothing for row groups that unpack to bounded sizes, together and each.

    What a group says of its columns is left alone: pyarrow ends the process where that contradicts itself.
    """
    for number, count in enumerate(unpacked):
        if not 0 <= count <= LARGEST_GROUP:
            raise Unreadable(f"row group {number} unpacks to {count:,} bytes; write smaller groups")
    if sum(unpacked) > INFLATION * max(size, SMALL):
        raise Unreadable(f"the rows unpack to {sum(unpacked):,} bytes, more than {INFLATION:,} times the file's size")


def _values(column: Any) -> NDArray[Any]:
    """The values as NumPy has them: floats with NaN where integers have nulls, objects with None elsewhere."""
    from pyarrow.types import is_nested

    if is_nested(column.type):
        return texts_of(column.to_pylist())
    values: NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return values
