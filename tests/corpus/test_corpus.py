"""Every authentic payload is read exactly as its expectation says, or refused with a reason; none is read as empty."""

import contextlib
import random
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

import pytest

from local.inspection import inspect
from shared.contracts import databricks, image_documents, mlflow, model_events, policies, registries, telemetry
from shared.contracts.malformed import Malformed
from shared.contracts.packages.listing import parse_listing
from tests.contracts.requests_read import parse_requests
from tests.corpus.expectations import EXPECTATIONS, FOLDER, matching, name_of, needs_corpus, sample

TRAFFIC = "drift-monitoring/eventhub-online-endpoint-traffic*.json"
UNDERSTOOD = (
    "data-arrival/*blob-created*",
    "data-arrival/*capture-file*",
    "data-arrival/*malware-scan-malicious*",
    TRAFFIC,
    "drift-monitoring/aml-*",
    "drift-monitoring/azmon-[!c]*",
    "drift-monitoring/azmon-common-*",
    "drift-monitoring/mdc-*",
    "drift-monitoring/nannyml-*",
    "drift-monitoring/whylogs-*",
    "drift-monitoring/*-report-drift*",
    "model-registry/*model-registered*",
    "model-registry/mlflow-model-version-created*",
    "packages/*.txt",
    "packages/*.yaml",
    "packages/*.yml",
    "packages/pip-audit-[!e]*",
    "registry-webhooks/acr-push*",
    "registry-webhooks/*image-pushed*",
    "registry-webhooks/*push-artifact*",
    "registry-webhooks/dockerhub-*",
)

pytestmark = needs_corpus


@matching(TRAFFIC)
def test_the_traffic_log_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    requests, refused = parse_requests(body)
    assert refused == []
    assert {
        "format": "azure-resource-logs",
        "record_count": len(requests),
        "category": telemetry.CATEGORY,
        "endpoint": " ".join({request.endpoint for request in requests}),
        "by_response_code": dict(Counter(str(request.code) for request in requests)),
        "errors_4xx_5xx": sum(request.failed for request in requests),
        "distinct_request_ids": len({request.id for request in requests}),
        "throttling_delay_ms_total": sum(request.delayed_ms for request in requests),
    } == {key: value for key, value in expected.items() if key != "trap"}


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=name_of)
def test_every_payload_is_understood_or_refused_with_a_reason(expectation: Path) -> None:
    sample(expectation)
    told = inspect(str(FOLDER / name_of(expectation)))
    assert any(told.get(group) for group in ("facts", "hints", "signals", "ignored", "refused")), told
    if any(fnmatch(name_of(expectation), pattern) for pattern in UNDERSTOOD):
        assert told.get("facts") or told.get("hints") or told.get("signals"), told
    assert all(outcome["reason"] for outcome in told.get("refused", []) + told.get("ignored", []))


@matching("scans/*", "model-registry/*", "registry-webhooks/*", TRAFFIC, "packages/*", "sbom/*")
def test_a_damaged_payload_is_understood_or_refused(expectation: Path) -> None:
    body, _ = sample(expectation)
    chance = random.Random(expectation.name)
    for _ in range(10):
        damaged = bytearray(body[: chance.choice([len(body), chance.randrange(len(body))])])
        for _ in range(min(chance.randrange(1, 20), len(damaged))):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'{}[]",:0e-\\\n&* \xff')
        parse_all(bytes(damaged))


def parse_all(body: bytes) -> None:
    """Run every parser over the body; raises whatever is not Malformed."""
    with contextlib.suppress(Malformed):
        assert model_events.model_facts(body)
    with contextlib.suppress(Malformed):
        assert registries.parse_hints(body)
    for enveloped in (databricks.enveloped, lambda text: mlflow.enveloped(text, "id")):
        with contextlib.suppress(Malformed):
            assert enveloped(body)
    with contextlib.suppress(Malformed):
        assert image_documents.facts_of(body, "", 0.0)
    with contextlib.suppress(Malformed):
        assert parse_listing(body).format
    with contextlib.suppress(Malformed):
        assert policies.parse_policy(body).name
    parse_requests(body)
