"""Make the reference profile that travels with a model, from the data that it was trained or tested on."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.monitoring.reference_documents import encode_usual
from shared.monitoring.references import MOST_ROWS, Example, usual_of
from shared.monitoring.rows import prediction_of

TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which columns of the file are no inputs, "" for none: what the model says, how surely (0–1), and the truth."""

    prediction: str = ""
    probability: str = ""
    label: str = ""


def run(file: str, output: str, columns: Columns, splits: int) -> int:
    """Write the profile of a CSV or JSONL file and say what is in it; 1 when it can not be made.

    Rare false alarms need many `splits`: five times as many as the runs among which one may be false, on each side.
    """
    try:
        examples = [_example(row, columns) for row in islice(rows(Path(file)), MOST_ROWS)]
        usual = usual_of(examples, f"the file {Path(file).name}", splits)
    except (OSError, Malformed, ValueError) as problem:
        print(f"{file}: no profile: {problem}")
        return 1
    Path(output).write_bytes(encode_usual(usual))
    sides = {"inputs": usual.inputs, "outputs": usual.outputs}
    shown = {name: list(side.reference.profile.columns) if side else [] for name, side in sides.items()}
    print(json.dumps({"file": output, "rows": usual.rows, **shown, "accuracy": usual.accuracy}, indent=2))
    return 0


def rows(file: Path) -> Iterator[dict[str, Any]]:
    """The rows of a CSV file with a header, or of a file with one JSON object a line; raises Malformed, OSError."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        yield from _json_rows(lines) if file.suffix in (".jsonl", ".ndjson") else _csv_rows(lines)


def _example(row: dict[str, Any], columns: Columns) -> Example:
    """The row as a data collector would have brought it, and whether the model was right."""
    named = {"prediction": columns.prediction, "probability": columns.probability}
    outputs = {name: row.get(column) for name, column in named.items() if column}
    inputs = {name: value for name, value in row.items() if name not in {*named.values(), columns.label}}
    said, truth = prediction_of(outputs)[0], prediction_of({"prediction": row.get(columns.label)})[0]
    right = None if said is None or truth is None else said == truth
    return Example(inputs=inputs or None, outputs=outputs or None, right=right)


def _csv_rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(csv.DictReader(lines), 2):
        if None in row or None in row.values():
            raise Malformed("the row has another number of columns than the header", f"line {number}")
        yield {name: _value(text) for name, text in row.items()}


def _json_rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = strict_json.loads(line.encode())
        if not isinstance(row, dict):
            raise Malformed("the line is no JSON object", f"line {number}")
        yield row


def _value(text: str) -> object:
    """What a cell means: nothing, a number, true or false, or its text."""
    if not text:
        return None
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return TRUTHS.get(text.lower(), text)
