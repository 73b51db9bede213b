"""Data: events of storage, policies of datasets, files in every format, and the reference that a model may bring."""

import io
import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache

import pyarrow as pa
from pyarrow import parquet

from shared.contracts.data_events import data_news
from shared.contracts.dataset_policies import concerns, parse_dataset_policy
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.malformed import Malformed
from shared.core.dataset_policy import DatasetPolicy
from shared.core.facts import BlobVersion
from shared.core.identity import digest_of
from shared.monitoring.judging import judged
from shared.monitoring.reference_documents import decode_usual, encode_usual
from shared.monitoring.references import Example, usual_of
from tests.fuzz.parser import Parser, parser, told
from tests.fuzz.seeds import encoded

POLICY = b"""\
name: wine
arrives: {container: landing, path: "wine/**/*.csv"}
format: csv
columns:
  alcohol: {type: number, nullable: false, minimum: 0, maximum: 25}
  cultivar: {type: category, categories: ["0", "1"]}
  path: {type: text}
quality: {tolerance: 0.01, false_alarm: 0.01, minimum_rows: 3}
bounds: {rows: 1000, columns: 20, row_bytes: 4096}
unknown_columns: ignore
accepted: {container: bronze, path: wine}
"""
BLOB = BlobVersion(account="a", container="landing", path="wine/2026/03/" + "x/" * 30 + "a.csv", etag="1")
ROWS = [{"alcohol": 12.5, "cultivar": "0", "path": "a.png"}, {"alcohol": None, "cultivar": "1", "path": "b/c.jpg"}]
CREATED = {
    "topic": "/subscriptions/s/providers/Microsoft.Storage/storageAccounts/a",
    "subject": "/blobServices/default/containers/landing/blobs/wine/a.csv",
    "eventType": "Microsoft.Storage.BlobCreated",
    "eventTime": "2026-03-01T08:00:00Z",
    "id": "1",
    "data": {
        "api": "PutBlob",
        "eTag": "0x1",
        "contentLength": 10,
        "blobType": "BlockBlob",
        "url": "https://a.blob.core.windows.net/landing/wine/a.csv",
        "sequencer": "0000",
    },
}


@dataclass(frozen=True)
class Body:
    """Bytes as a source of data."""

    body: bytes

    @property
    def size(self) -> int:
        return len(self.body)

    def part(self, offset: int, length: int) -> bytes:
        return self.body[offset : offset + length]


def _news(body: bytes) -> None:
    told(data_news(event) if isinstance(event, Event) else event for event in parse_events(body))


def _policy(body: bytes) -> None:
    policy = parse_dataset_policy(body)
    assert concerns(policy, BLOB) in (True, False)


@cache
def _of_format(name: str) -> DatasetPolicy:
    return parse_dataset_policy(POLICY.replace(b"format: csv", b"format: " + name.encode()))


def _judged(name: str) -> Callable[[bytes], None]:
    """Judge a file as it comes, and again beside what it taught."""

    def read(body: bytes) -> None:
        found = judged(Body(body), _of_format(name), None)
        verdict = found.verdict("wine", "a.csv")
        digest_of([asdict(verdict), [asdict(row) for row in found.worst]])
        if found.learned:
            judged(Body(body), _of_format(name), found.learned)

    return read


def _usual(body: bytes) -> None:
    """A reference that is taken can be kept."""
    try:
        usual = decode_usual(body)
    except ValueError as problem:
        raise Malformed(str(problem)) from None
    encode_usual(usual)


@cache
def _brought() -> list[bytes]:
    chance = random.Random(1)
    examples = [
        Example(inputs={"a": chance.random(), "b": chance.choice("xyz")}, right=chance.random() < 0.9)
        for _ in range(500)
    ]
    return [encode_usual(usual_of(examples, "fuzz", 20))]


def _parquet() -> list[bytes]:
    stream = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(ROWS), stream)
    return [stream.getvalue()]


def _csv() -> list[bytes]:
    return [b'alcohol,cultivar,path\n12.5,0,a.png\n,1,"b,""c"\n13,2,x\n', b"\xef\xbb\xbfalcohol;path\r\n1;2\r\n"]


def _lines() -> list[bytes]:
    return ["\n".join(map(json.dumps, ROWS * 2)).encode()]


DATA: tuple[Parser, ...] = (
    parser("data/events", "json", 40, _news, lambda: encoded([CREATED]), "data-arrival/*"),
    parser("data/policy", "yaml", 8, _policy, lambda: [POLICY]),
    parser("data/csv", "text", 8, _judged("csv"), _csv),
    parser("data/jsonl", "json", 8, _judged("jsonl"), _lines),
    parser("data/images", "json", 8, _judged("images"), lambda: encoded(ROWS, {"images": ROWS})),
    parser("data/parquet", "binary", 8, _judged("parquet"), _parquet),
    parser("data/reference", "json", 8, _usual, _brought),
)
