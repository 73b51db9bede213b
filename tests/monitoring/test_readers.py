"""Claims about hostile and broken files: each is refused with a reason, within bounds, and nothing else happens."""

import struct
from collections.abc import Callable

import pytest

from shared.core.dataset_policy import BoundsPolicy
from shared.core.verdicts import Outcome
from shared.monitoring.judging import judged
from shared.ports import Conflict, Unavailable
from tests.monitoring.files import Bytes, csv, parquet, policy

WIDE = b",".join(b"c%d" % number for number in range(1_000_000)) + b"\n"
HOSTILE = {
    "a million columns": (WIDE, "more than the 1,048,576 bytes"),
    "many columns": (WIDE[:200_000], "columns, more than the 1,000"),
    "a lone quote": (b'alcohol,colour\n1,"red\n' + b"2,red\n" * 60_000, "quote"),
    "a long line": (b"alcohol\n" + b"1" * 3_000_000, "a line has more than"),
    "no line end": (b"1" * 3_000_000, "a line has more than"),
    "UTF-16": ("alcohol\n1\n".encode("utf-16"), "UTF-16"),
    "empty": (b"", "no columns"),
    "a column twice": (b"alcohol,alcohol\n1,2\n", "more than once"),
    "old line ends": (b"alcohol\r1\r2\r", "new-line"),
}
PACKED = parquet(300)
BROKEN = {
    "cut": PACKED[:-30],
    "cut at the front": PACKED[30:],
    "only magic": b"PAR1PAR1",
    "too short": b"PAR1",
    "a footer longer than the file": PACKED[:-8] + struct.pack("<I", 2**31) + b"PAR1",
    "a footer of zeros": PACKED[:-100] + bytes(92) + PACKED[-8:],
    "csv": csv(100),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_file_is_refused_with_a_reason(name: str) -> None:
    body, reason = HOSTILE[name]

    found = judged(Bytes(body), policy(), None)

    assert reason in found.problem
    assert (found.verdict("w", "x").outcome, found.distance) == (Outcome.FAIL, -1.0)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_parquet_file_is_refused_with_a_reason(name: str) -> None:
    assert judged(Bytes(BROKEN[name]), policy("parquet"), None).problem


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,red\n", "2 fields, where the header has 3"),
        (b"1,red,\0\n", "NUL"),
        (b"1,red,\xe9t\xe9\n", "not UTF-8"),
    ],
)
def test_a_broken_row_is_named_and_its_neighbours_are_read(line: bytes, reason: str) -> None:
    found = judged(Bytes(csv(400) + line + b"9,red,fine\n"), policy(), None)

    assert (found.rows, found.verdict("w", "x").outcome) == (402, Outcome.PASS)
    assert [(each.row, each.column) for each in found.worst] == [(400, "")]
    assert reason in found.worst[0].reason


@pytest.mark.parametrize("line", [b"[1]", b"{bad", b"[" * 100_000, b'{"alcohol": 1}}', b"\xff", b"\0"])
def test_a_broken_line_of_json_is_named(line: bytes) -> None:
    sound = b'{"alcohol": 9.5, "colour": "red"}\n' * 400

    found = judged(Bytes(sound + line + b"\n" + sound), policy("jsonl"), None)

    assert [(each.row, each.column) for each in found.worst] == [(400, "")]
    assert found.rows == 801


def test_nested_values_are_no_numbers_and_no_categories() -> None:
    odd = b'{"alcohol": {"a": 1}, "colour": ["red"]}\n' * 50

    found = judged(Bytes(odd), policy("jsonl"), None)

    assert {check.aspect for check in found.found if check.breached} == {"no number", "not allowed"}


@pytest.mark.parametrize("path", ["../x.jpg", "/x.jpg", "a/../x.jpg", "c:x.jpg", "a\\x.jpg", "x.exe", "", 7, "a\n.jpg"])
def test_a_manifest_names_only_images_beside_it(path: object) -> None:
    import json

    body = json.dumps([{"path": path, "alcohol": 9, "colour": "red"}]).encode()

    assert judged(Bytes(body), policy("images"), None).worst[0].column == ""


@pytest.mark.parametrize("body", [b"{}", b"[", b"[1]", b'{"images": 3}', b"\xff", b"[" * 100_000])
def test_what_is_no_list_of_images_is_refused(body: bytes) -> None:
    assert "list of images" in judged(Bytes(body), policy("images"), None).problem


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        (BoundsPolicy(bytes=1000), "bytes"),
        (BoundsPolicy(rows=50), "rows"),
        (BoundsPolicy(columns=2), "columns"),
    ],
)
@pytest.mark.parametrize(("form", "make"), [("csv", csv), ("parquet", parquet)])
def test_what_is_beyond_the_policys_bounds_is_not_read(
    bounds: BoundsPolicy, reason: str, form: str, make: Callable[[int], bytes]
) -> None:
    source = Bytes(make(100))

    found = judged(source, policy(form, bounds=bounds), None)

    assert reason in found.problem
    assert reason != "bytes" or source.taken == 0


def test_only_the_columns_of_the_policy_are_read_from_parquet() -> None:
    import os

    big = Bytes(parquet(20_000, noise=[os.urandom(200) for _ in range(20_000)]))

    assert judged(big, policy("parquet"), None).rows == 20_000
    assert big.taken < big.size / 2


def test_a_byte_order_mark_and_crlf_change_nothing() -> None:
    plain = csv(100)
    marked = b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")

    assert judged(Bytes(marked), policy(), None) == judged(Bytes(plain), policy(), None)


@pytest.mark.parametrize("form", ["csv", "jsonl", "images", "parquet"])
@pytest.mark.parametrize("trouble", [Conflict("written again"), Unavailable("storage is away")])
def test_trouble_of_the_storage_is_not_taken_for_bad_data(form: str, trouble: Exception) -> None:
    class Troubled(Bytes):
        def part(self, offset: int, length: int) -> bytes:
            raise trouble

    with pytest.raises(type(trouble)):
        judged(Troubled(PACKED), policy(form), None)
