"""Only who proves to be the sender is heard; whatever else comes is refused, kept nowhere and counted."""

import ast
import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.security.deliveries import BODY, PROVING
from tests.security.front import NEW, OLD, REGISTERED, SENDERS, TENANT, Front, content, mlflow_headers

ROOT = Path(__file__).parents[2]
SIGNING = ("ghcr", "mlflow", "databricks")
EVENT_GRID = {"azp": "4962773b-9cdb-44cf-a8bf-237846a00ab7", "tid": TENANT}
ROLE = "AzureEventGridSecureWebhookSubscriber"


def refusals(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Door and code of every refusal that was counted."""
    counted: list[dict[str, Any]] = [r.__dict__["gatehouse"] for r in caplog.records if "gatehouse" in r.__dict__]
    return [(each["door"], each["code"]) for each in counted if each["metric"] == "gatehouse.webhooks.refused"]


def program(claims: dict[str, str], *roles: str) -> dict[str, str]:
    """The header of the platform for a program's token."""
    listed = [{"typ": kind, "val": value} for kind, value in claims.items()]
    listed += [{"typ": "roles", "val": role} for role in roles]
    document = {"auth_typ": "aad", "claims": listed}
    return {"x-ms-client-principal": base64.b64encode(json.dumps(document).encode()).decode()}


@pytest.mark.parametrize("sender", PROVING)
def test_a_proven_delivery_is_kept_before_it_is_answered(front: Front, sender: str) -> None:
    answer = front.signed(sender, BODY)
    assert answer.status_code == 200
    assert not front.nothing_kept()


@pytest.mark.parametrize("sender", PROVING)
def test_an_unsigned_delivery_is_refused_kept_nowhere_and_counted_once(
    front: Front, sender: str, caplog: pytest.LogCaptureFixture
) -> None:
    """W1."""
    with caplog.at_level(logging.INFO):
        assert front.send(sender, BODY).status_code == 401
    assert front.nothing_kept()
    assert refusals(caplog) == [(sender, "401")]


@pytest.mark.parametrize("sender", PROVING)
@pytest.mark.parametrize("secret", ["x" * 44, NEW[:-1], NEW + "n", NEW.upper(), f"{OLD} {NEW}"])
def test_another_secret_proves_nothing(front: Front, sender: str, secret: str) -> None:
    """W2."""
    assert front.signed(sender, BODY, secret).status_code == 401
    assert front.nothing_kept()


@pytest.mark.parametrize("sender", SIGNING)
@pytest.mark.parametrize("changed", [BODY[:-1] + b" ", json.dumps(REGISTERED, separators=(",", ":")).encode(), b""])
def test_a_changed_or_rewritten_body_is_refused(front: Front, sender: str, changed: bytes) -> None:
    """W3."""
    assert front.send(sender, changed, front.proof(sender, BODY)).status_code == 401
    assert front.nothing_kept()


@pytest.mark.parametrize(("seconds", "code"), [(-301, 401), (-299, 200), (299, 200), (301, 401)])
def test_a_signature_of_mlflow_counts_for_five_minutes_either_way(front: Front, seconds: int, code: int) -> None:
    """W4, W5."""
    moment = str(int(front.house.clock.now()) + seconds)
    assert front.send("mlflow", BODY, mlflow_headers(BODY, NEW, moment)).status_code == code


@pytest.mark.parametrize("moment", ["", "soon", "-1", "1e9", "١٧٩٥٢٢٢٣٥٢", "9" * 4000, "nan"])
def test_a_time_that_is_none_is_refused(front: Front, moment: str) -> None:
    """W4."""
    assert front.send("mlflow", BODY, mlflow_headers(BODY, NEW, moment)).status_code == 401


def test_a_replay_inside_the_window_is_accepted_and_changes_nothing(front: Front) -> None:
    """W6."""
    headers = front.proof("mlflow", BODY)
    for _ in range(2):
        assert front.send("mlflow", BODY, headers).status_code == 200
        front.house.wait(1.0)
    (release,) = front.house.releases()
    told = [entry for entry in release.ledger if entry.fact == "ModelRegistered"]
    assert len(told) == 1
    assert not [case for case in front.cases() if "same id" in case.reason]


def test_another_body_under_the_same_delivery_id_is_a_conflict_and_the_first_wins(front: Front) -> None:
    """W7."""
    other = BODY.replace(b'"team": "x"', b'"team": "y"')
    for body in (BODY, other):
        assert front.signed("mlflow", body).status_code == 200
        front.house.wait(1.0)
    (release,) = front.house.releases()
    assert any("same id" in case.reason for case in front.cases())
    first, second = (entry for entry in release.ledger if entry.fact == "ModelRegistered")
    assert first.data["tags"] == {"team": "x"}
    assert "the first one counts" in second.sentence


@pytest.mark.parametrize("sender", PROVING)
@pytest.mark.parametrize(
    "text", ["ключ", "\udcff\ud800", "é" * 40, "\x00", "v1,é", "sha256=é", "," * 10_000, "v1," * 9000]
)
def test_a_proof_that_is_no_ascii_is_refused_and_breaks_nothing(front: Front, sender: str, text: str) -> None:
    """W8."""
    names = ("X-Gatehouse-Secret", "X-Hub-Signature-256", "X-Databricks-Signature", "X-MLflow-Signature")
    headers = {**front.proof("mlflow", BODY), **dict.fromkeys(names, text)}
    assert front.send(sender, BODY, headers, query={"code": text}).status_code == 401


@pytest.mark.parametrize("between", [" ", ",", ", "])
@pytest.mark.parametrize("sender", SIGNING)
def test_one_valid_signature_of_the_first_four_is_enough(front: Front, sender: str, between: str) -> None:
    """W9."""
    headers = front.proof(sender, BODY)
    (name,) = [name for name in headers if "Signature" in name]
    wrong = {"mlflow": "v1,AAAA", "ghcr": "sha256=00", "databricks": "00"}[sender]
    for others, code in ((1, 200), (3, 200), (4, 401)):
        text = between.join([*[wrong] * others, headers[name]])
        assert front.send(sender, BODY, {**headers, name: text}).status_code == code


@pytest.mark.parametrize("scheme", ["v0", "V1", "v2", "", "v1 ", "sha256"])
def test_only_the_first_version_of_the_scheme_counts(front: Front, scheme: str) -> None:
    """W10."""
    headers = front.proof("mlflow", BODY)
    text = headers["X-MLflow-Signature"].replace("v1,", f"{scheme}," if scheme else "")
    assert front.send("mlflow", BODY, {**headers, "X-MLflow-Signature": text}).status_code == 401


@pytest.mark.parametrize("sender", PROVING)
@pytest.mark.parametrize("secrets", ["", " ", "x" * 31, f"{NEW} short"])
def test_a_missing_or_short_secret_closes_the_door_as_trouble_of_ours(front: Front, sender: str, secrets: str) -> None:
    """W10."""
    front.trust(secrets)
    for secret in {secrets.split(" ", maxsplit=1)[0], ""}:
        answer = front.signed(sender, BODY, secret)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert secret == "" or secret not in content(answer)["refused"]
    assert front.nothing_kept()


@pytest.mark.parametrize("sender", PROVING)
def test_the_old_and_the_new_secret_count_until_the_old_is_taken_away(front: Front, sender: str) -> None:
    """W11."""
    assert [front.signed(sender, BODY, secret).status_code for secret in (OLD, NEW)] == [200, 200]
    front.trust(NEW)
    assert [front.signed(sender, BODY, secret).status_code for secret in (OLD, NEW)] == [401, 200]


def test_signatures_are_compared_by_compare_digest_and_by_nothing_else() -> None:
    """W12."""
    tree = ast.parse((ROOT / "shared/contracts/signatures.py").read_text(encoding="utf-8"))
    calls = [
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    assert calls.count("compare_digest") == 1
    assert not {"startswith", "endswith", "index", "find"} & set(calls)
    assert all(isinstance(node.ops[0], ast.Lt | ast.Gt) for node in compared), "only sizes and times are compared"
    for file in ("shared/doors/webhooks.py", "shared/doors/webhook_senders.py", "handlers/webhooks.py"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "hmac" not in text
        assert "compare_digest" not in text


@pytest.mark.parametrize("text", ["@Microsoft.KeyVault(SecretUri=https://v.example/secrets/webhook-acr/1)"])
@pytest.mark.parametrize("sender", PROVING)
def test_a_vault_that_did_not_answer_is_trouble_of_ours_and_its_reference_is_no_secret(
    front: Front, sender: str, text: str
) -> None:
    """W13."""
    front.trust(text)
    assert front.signed(sender, BODY, text).status_code == 503
    assert front.nothing_kept()


@pytest.mark.parametrize("sender", [s for s in SENDERS if s not in ("docker-hub", "event-grid", "azure-monitor")])
def test_a_secret_in_the_address_is_no_proof_for_a_sender_that_can_do_better(front: Front, sender: str) -> None:
    """W24."""
    assert front.send(sender, BODY, query={"code": NEW, "secret": NEW}).status_code == 401
    assert front.nothing_kept()


def test_a_bearer_secret_in_authorization_is_enough(front: Front) -> None:
    assert front.send("harbor", BODY, {"Authorization": f"Bearer {NEW}"}).status_code == 200
    assert front.send("harbor", BODY, {"Authorization": NEW}).status_code == 200
    assert front.send("harbor", BODY, {"Authorization": f"Basic {NEW}"}).status_code == 401


@pytest.mark.parametrize(
    ("claims", "roles", "code"),
    [
        (EVENT_GRID, (ROLE,), 200),
        (EVENT_GRID, (), 401),
        ({**EVENT_GRID, "tid": "another"}, (ROLE,), 401),
        ({**EVENT_GRID, "azp": "another"}, (ROLE,), 401),
        ({"tid": TENANT}, (ROLE,), 401),
    ],
)
def test_a_token_of_event_grid_itself_is_enough_where_its_directory_is_set(
    front: Front, claims: dict[str, str], roles: tuple[str, ...], code: int
) -> None:
    front.trust("", tenant=TENANT)
    body = json.dumps([event_of_nothing()]).encode()
    assert front.send("event-grid", body, program(claims, *roles)).status_code == code
    assert front.send("acr", body, program(claims, *roles)).status_code == 503, "only for Event Grid"
    for switched_off in ({"tenant": ""}, {"tenant": TENANT, "authenticated": False}):
        front.trust(**switched_off)
        assert front.send("event-grid", body, program(claims, *roles)).status_code == 401


def event_of_nothing() -> dict[str, Any]:
    return {"id": "1", "topic": "t", "eventType": "Contoso.X", "eventTime": "2026-01-01T00:00:00Z", "data": {}}
