"""Files of data for the tests: sound ones, and what hostile or careless senders make of them."""

import io
import random
from dataclasses import dataclass
from typing import Any

from shared.core.dataset_policy import ArrivalRule, ColumnRule, DatasetPolicy, Layer

COLUMNS = {
    "alcohol": ColumnRule(nullable=False, minimum=0, maximum=25),
    "colour": ColumnRule(type="category", categories=("red", "white")),
    "remark": ColumnRule(type="text"),
}


@dataclass
class Bytes:
    """A file in memory that remembers how much of it was read."""

    body: bytes
    taken: int = 0

    @property
    def size(self) -> int:
        return len(self.body)

    def part(self, offset: int, length: int) -> bytes:
        self.taken += min(length, max(0, self.size - offset))
        return self.body[offset : offset + length]


def policy(form: str = "csv", **given: Any) -> DatasetPolicy:
    place = {"arrives": ArrivalRule(container="landing", path="*"), "accepted": Layer(container="bronze", path="wine")}
    return DatasetPolicy(name="wine", format=form, **{"columns": COLUMNS, **place, **given})


def csv(rows: int, seed: int = 1, bad: int = 0) -> bytes:
    """A header and sound rows, then `bad` ones: out of range, of a category that is not allowed, without a remark."""
    chance = random.Random(seed)
    sound = (f"{chance.uniform(8, 15):.2f},{chance.choice(('red', 'white'))},no {n}\n" for n in range(rows))
    return ("alcohol,colour,remark\n" + "".join(sound) + "99,green,\n" * bad).encode()


def parquet(rows: int, **columns: Any) -> bytes:
    """A Parquet file of sound rows with more `columns`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    chance = random.Random(rows)
    content = {
        "alcohol": [chance.uniform(8, 15) for _ in range(rows)],
        "colour": [chance.choice(("red", "white")) for _ in range(rows)],
        "remark": ["fine"] * rows,
        **columns,
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(content), buffer)
    return buffer.getvalue()
