"""Claims about judging files of data: what passes, what is refused with which rows, and what a reference teaches."""

import json
import random

import pytest

from shared.core.dataset_policy import ColumnRule, QualityPolicy
from shared.core.verdicts import Outcome
from shared.monitoring.judging import Judged, judged
from tests.monitoring.files import COLUMNS, Bytes, csv, parquet, policy


def judge(body: bytes, form: str = "csv", reference: bytes | None = None, **given: object) -> Judged:
    return judged(Bytes(body), policy(form, **given), reference)


def outcome(found: Judged) -> Outcome:
    return found.verdict("wine", "landing/x").outcome


def reason(found: Judged) -> str:
    return found.verdict("wine", "landing/x").reason


def test_sound_data_passes_and_teaches_a_reference() -> None:
    found = judge(csv(500))

    assert (outcome(found), found.distance, found.rows, found.worst) == (Outcome.PASS, 1.0, 500, ())
    assert judge(csv(500, seed=2), reference=found.learned).compared


def test_a_reference_is_not_taught_again() -> None:
    assert judge(csv(500, seed=2), reference=judge(csv(500)).learned).learned == b""


def test_bad_rows_are_refused_with_at_most_twenty_reasons() -> None:
    found = judge(csv(500, bad=60))

    assert outcome(found) is Outcome.FAIL
    assert found.distance < 0
    assert len(found.worst) == 20
    assert (found.worst[0].row, found.worst[0].column) == (500, "alcohol")
    assert found.worst[0].reason == "below 0 or above 25"


def test_long_categories_make_no_large_profile() -> None:
    body = "colour\n" + "\n".join(f"{n % 300}{'y' * 50_000}" for n in range(600))

    found = judge(body.encode(), columns={"colour": ColumnRule(type="category")})

    assert outcome(found) is Outcome.PASS
    assert len(found.profile) < 200_000


def test_no_value_of_a_row_is_told() -> None:
    found = judge(csv(500).replace(b",red,", b",Alice Smith,"), reference=judge(csv(500)).learned)

    assert outcome(found) is Outcome.FAIL
    assert "Alice" not in reason(found)
    assert not any("Alice" in each.reason for each in found.worst)


def test_one_bad_row_in_many_is_chance() -> None:
    found = judge(csv(500, bad=1), reference=judge(csv(500)).learned)

    assert outcome(found) is Outcome.PASS
    assert 0 < found.distance < 1
    assert {each.row for each in found.worst} >= {500}


def test_a_reference_with_nulls_tolerates_as_many() -> None:
    holed = csv(2000).replace(b",red,", b",,")
    rule = {"columns": COLUMNS | {"colour": ColumnRule(type="category", nullable=False)}}
    lenient = QualityPolicy(tolerance=0.9)

    learned = judge(holed, quality=lenient, **rule).learned

    assert outcome(judge(holed, **rule)) is Outcome.FAIL
    assert outcome(judge(csv(2000, seed=5).replace(b",red,", b",,"), reference=learned, **rule)) is Outcome.PASS


def test_sound_batches_are_hardly_ever_refused() -> None:
    reference = judge(csv(1000)).learned

    refused = sum(outcome(judge(csv(300, seed=seed), reference=reference)) is Outcome.FAIL for seed in range(2, 32))

    assert refused <= 2


def test_a_missing_column_is_refused_however_many_rows_there_are() -> None:
    body = b"alcohol,remark\n" + b"10,x\n" * 100

    assert "colour: 100.00% absent" in reason(judge(body))
    assert outcome(judge(body, reference=judge(csv(500)).learned)) is Outcome.FAIL


def test_an_unknown_column_is_refused_where_the_policy_says_so() -> None:
    body = csv(100).replace(b"\n", b",1\n").replace(b"remark,1", b"remark,password", 1)

    assert outcome(judge(body)) is Outcome.PASS
    assert "password" in reason(judge(body, unknown_columns="refuse"))


def test_too_few_rows_show_nothing() -> None:
    assert outcome(judge(csv(5))) is Outcome.INCONCLUSIVE
    assert outcome(judge(b"alcohol,colour,remark\n")) is Outcome.INCONCLUSIVE


def test_a_reference_of_other_columns_is_replaced_and_not_compared_with() -> None:
    old = judge(csv(500)).learned
    found = judge(csv(500), reference=old, columns={"alcohol": ColumnRule()})

    assert not found.compared
    assert found.learned


def test_a_profile_is_a_document_that_anyone_can_read() -> None:
    profile = json.loads(judge(csv(500)).profile)["profile"]

    assert profile["rows"] == 500
    assert profile["columns"].keys() == {"alcohol", "colour"}
    assert set(profile["columns"]["colour"]["categories"]) == {"red", "white"}


@pytest.mark.parametrize("rows", [16_384, 140_000])
def test_a_file_is_counted_whole_however_many_batches_it_has(rows: int) -> None:
    found = judge(csv(rows))

    assert found.rows == json.loads(found.profile)["profile"]["rows"] == rows


def test_every_format_reads_the_same_data_alike() -> None:
    chance = random.Random(3)
    rows = [{"alcohol": chance.uniform(8, 15), "colour": chance.choice(("red", "white"))} for _ in range(200)]
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    table = "alcohol,colour\n" + "\n".join(f"{row['alcohol']!r},{row['colour']}" for row in rows)
    images = json.dumps({"images": [{"path": f"{n}.jpg", **row} for n, row in enumerate(rows)]}).encode()
    columns = {name: COLUMNS[name] for name in ("alcohol", "colour")}
    packed = parquet(200, alcohol=[row["alcohol"] for row in rows], colour=[row["colour"] for row in rows])

    profiles = [
        judge(body, form, columns=columns).profile
        for form, body in {"csv": table.encode(), "jsonl": lines, "images": images, "parquet": packed}.items()
    ]

    assert len(set(profiles)) == 1
