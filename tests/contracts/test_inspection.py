"""Inspecting files says as JSON what Gatehouse would make of each, and whether all was understood."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.inspection import inspect, run
from tests.contracts.samples import DIGEST, cloud_event, encoded, finding, grid_event, record, report
from tests.contracts.scans.reports import clair

POLICY = Path(__file__).parents[2] / "policies" / "classical.yaml"


def inspected(capsys: pytest.CaptureFixture[str], *files: Path) -> tuple[int, Any]:
    code = run([str(file) for file in files])
    return code, json.loads(capsys.readouterr().out)


def written(folder: Path, body: bytes, name: str = "payload") -> Path:
    file = folder / name
    file.write_bytes(body)
    return file


KNOWN = {
    "events": (encoded([grid_event(), cloud_event()]), "events", ["ModelRegistered", "ModelRegistered"]),
    "one event": (encoded(cloud_event()), "events", ["ModelRegistered"]),
    "report": (encoded(report(finding("HIGH"))), "scan", ["ImageScanned"]),
    "records": (encoded({"records": [record(), record(DeploymentName="r-2")]}), "telemetry", ["Traffic", "Traffic"]),
    "lines": (encoded(record()) + b"\n" + encoded(record()), "telemetry", ["Traffic"]),
    "policy": (POLICY.read_bytes(), "policy", ["Policy"]),
}


@pytest.mark.parametrize(("body", "kind", "facts"), KNOWN.values(), ids=KNOWN)
def test_what_is_understood_is_printed_with_its_facts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: bytes, kind: str, facts: list[str]
) -> None:
    code, told = inspected(capsys, file := written(tmp_path, body))
    assert code == 0
    assert (told["file"], told["kind"]) == (str(file), kind)
    assert [fact["fact"] for fact in told["facts"]] == facts
    assert "refused" not in told


def test_telemetry_is_told_as_requests_and_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, told = inspected(capsys, written(tmp_path, encoded([record(), record(ResponseCode=500)])))
    (served,) = told["facts"]
    assert (served["endpoint"], served["deployment"], served["requests"], served["errors"]) == ("churn", "r-1", 2, 1)


def test_a_document_is_inspected_as_of_the_image_that_its_sender_would_name(tmp_path: Path) -> None:
    file = str(written(tmp_path, encoded(clair(image="churn:1"))))
    assert "manifest digest" in inspect(file)["refused"][0]["reason"]
    assert inspect(file, f"acr.example/churn@{DIGEST}")["facts"][0]["digest"] == DIGEST


REFUSED = {
    "an unknown payload": (b'{"a": 1}', "unknown", "no payload that Gatehouse knows", ""),
    "a report without digest": (encoded(report(Metadata={})), "scan", "manifest digest", "Metadata.RepoDigests"),
    "an unknown event": (encoded([grid_event(eventType="x.y")]), "events", "'x.y' are not understood", "[0]"),
    "other telemetry": (encoded({"records": [{**record(), "category": "Audit"}]}), "telemetry", "no record has", ""),
    "a wrong policy": (b"name: a\nscenario: b\nlive: 1\n", "policy", "must be a table", "line 3 of the default"),
    "nothing": (b"", "policy", "holds nothing", "line 1 of the override"),
}


@pytest.mark.parametrize(("body", "kind", "reason", "where"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_printed_with_reason_and_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: bytes, kind: str, reason: str, where: str
) -> None:
    code, told = inspected(capsys, written(tmp_path, body))
    assert code == 1
    assert told["kind"] == kind
    assert reason in told["refused"][0]["reason"]
    assert told["refused"][0]["where"] == where


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = inspected(capsys, tmp_path / "missing")
    assert code == 1
    assert "No such file" in told["refused"][0]["reason"]
    assert told["refused"][0]["where"].endswith("missing")


def test_several_files_make_one_list_and_one_refusal_makes_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = written(tmp_path, encoded(report()), "good"), written(tmp_path, b"{}", "bad")
    code, told = inspected(capsys, good, bad)
    assert code == 1
    assert [entry["kind"] for entry in told] == ["scan", "unknown"]
    assert told[0]["facts"][0]["scan"]["digest"] == DIGEST


def test_an_event_that_is_ignored_is_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = grid_event(eventType="Microsoft.MachineLearningServices.RunCompleted")
    code, told = inspected(capsys, written(tmp_path, encoded([event])))
    assert code == 0
    assert "RunCompleted is ignored" in told["ignored"][0]["reason"]


@pytest.mark.parametrize("named", [False, True])
def test_what_a_monitor_says_is_printed_as_a_signal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], named: bool
) -> None:
    report = [{"name": "age has no missing values", "passed": 0, "failed": 1}]
    code, told = inspected(
        capsys, written(tmp_path, encoded({"model": "churn", "report": report} if named else report))
    )
    assert (code, told["kind"]) == (0, "signals")
    (signal,) = told["signals"]
    assert (signal["source"], signal["about"]["model"]) == ("whylogs", "churn" if named else "")
