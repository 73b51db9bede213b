"""The profile that travels with a model is made by one command from the file of its own test data."""

import csv
import json
from pathlib import Path

import pytest

from local.__main__ import main
from shared.monitoring.reference_documents import decode_usual
from tests.simulated.served import requests

COLUMNS = ["--splits", "100", "--prediction", "said", "--probability", "sure", "--label", "truth"]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same rows as CSV and as JSONL."""
    folder = tmp_path_factory.mktemp("tables")
    rows = [
        {**inputs, "said": outputs["prediction"], "sure": outputs["probability"], "truth": truth}
        for inputs, outputs, truth in requests(520, seed=3)
    ]
    with (folder / "rows.csv").open("w", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return folder


def test_csv_and_json_lines_make_the_same_profile(tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("csv", "jsonl"):
        assert main(["profile", str(tables / f"rows.{kind}"), "--output", str(tables / kind), *COLUMNS]) == 0
    usual = decode_usual((tables / "csv").read_bytes())
    assert usual.inputs
    assert list(usual.inputs.reference.profile.columns) == ["age", "income", "job"]
    assert usual.accuracy == pytest.approx(0.9, abs=0.05)
    other = json.loads((tables / "jsonl").read_bytes())
    assert {**other, "source": ""} == {**json.loads((tables / "csv").read_bytes()), "source": ""}


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "a,b\n1\n", ""], ids=["too few rows", "a short row", "nothing"])
def test_a_file_that_makes_no_profile_is_told(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(content)
    assert main(["profile", str(file), "--output", str(tmp_path / "out")]) == 1
    assert "no profile" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
