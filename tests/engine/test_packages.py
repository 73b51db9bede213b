"""Bills of materials, exceptions and their reviews, told over simulated ports."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from local.principal import principal
from shared.asking import Reply
from shared.contracts import wire
from shared.core.ledger import first_broken
from shared.core.policy import PackagePolicy, Policy
from shared.core.release import Release, Stage
from shared.replay import replay
from tests.simulated.house import House
from tests.simulated.registry import digest_named
from tests.simulated.story import CARL, MODEL, register, scan

ALICE, RITA = "Alice", "Rita"
REVIEWER = "Gatehouse.PackageReviewer"
DAY = 86_400.0
BLOCKING = PackagePolicy(enforce="block", curated=("numpy", "pandas"), denied={"zmq": "*"})


def house_with(policy: PackagePolicy = BLOCKING) -> House:
    return House(Policy(name="usual", scenario="classical", packages=policy))


@pytest.fixture
def house() -> House:
    return house_with()


def describe(house: House, image: str, *packages: str, tool: str = "syft") -> None:
    """Let a tool send the bill of materials of the image: `packages` as name@version."""
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "tools": {"components": [{"type": "application", "name": tool}]},
            "component": {"type": "container", "name": image, "version": digest_named(image)},
        },
        "components": [
            {"type": "library", "name": package.split("@")[0], "purl": f"pkg:pypi/{package}"} for package in packages
        ],
    }
    house.bus.put("scan-results", msgspec.json.encode(content))


def signed_in(person: str, *roles: str) -> Mapping[str, str]:
    return {"x-ms-client-principal": principal(person, f"id-of-{person}", roles)}


def ask(house: House, package: str, person: str = ALICE, **more: str) -> Reply:
    body = {"package": package, "reason": "the model needs it", **more}
    reply = house.exceptions.ask(signed_in(person), msgspec.json.encode(body))
    house.run()
    return reply


def review(house: House, asked: Reply, decision: str = "approve", person: str = RITA, **more: str) -> Reply:
    body = msgspec.json.encode({"decision": decision, **more})
    reply = house.exceptions.review(asked.content["exception"], signed_in(person, REVIEWER), body)
    house.run()
    return reply


def states(house: House) -> list[tuple[str, str]]:
    listed = house.exceptions.every(signed_in(ALICE)).content["exceptions"]
    return [(each["package"], each["state"]) for each in listed]


def scanned(house: House, version: str = "1") -> Release:
    """A release whose image was scanned clean."""
    register(house, version)
    house.run()
    scan(house, f"churn-{version}")
    house.run()
    return release(house, version)


def release(house: House, version: str = "1") -> Release:
    return house.release(MODEL, version)


def verdict(house: House, version: str = "1") -> tuple[str, str]:
    found = next(verdict for verdict in release(house, version).verdicts if verdict.gate == "packages")
    return found.outcome, found.reason


def test_a_release_waits_for_its_bill_of_materials_where_the_policy_blocks(house: House) -> None:
    assert scanned(house).stage is Stage.QUARANTINED
    describe(house, "churn-1", "numpy@2.1.0", "pandas@2.2.0")
    house.run()
    assert release(house).stage is Stage.AWAITING_APPROVAL
    assert verdict(house) == ("pass", "all 2 packages are inside the rules")


def test_a_bill_that_comes_before_the_scan_and_the_release_counts(house: House) -> None:
    describe(house, "churn-1", "numpy@2.1.0")
    house.run()
    assert scanned(house).stage is Stage.AWAITING_APPROVAL


@pytest.mark.parametrize("outside", ["zmq@0.0.0", "leftpad@1.0.0"])
def test_a_package_outside_the_rules_rejects_the_release_and_removes_its_image(house: House, outside: str) -> None:
    scanned(house)
    describe(house, "churn-1", "numpy@2.1.0", outside)
    house.run()
    assert release(house).stage is Stage.REJECTED
    assert outside.replace("@", " ") in release(house).reason
    assert verdict(house)[0] == "fail"
    assert house.images.discarded == {digest_named("churn-1")}, "the image holds what is not allowed"


def test_a_bill_with_a_denied_package_after_the_clearing_rejects_a_waiting_release(house: House) -> None:
    scanned(house)
    describe(house, "churn-1", "numpy@2.1.0")
    house.run()
    describe(house, "churn-1", "numpy@2.1.0", "zmq@0.0.0", tool="trivy")
    house.run()
    assert release(house).stage is Stage.REJECTED


def test_where_the_policy_only_reports_the_ledger_tells_and_nothing_is_held_up() -> None:
    house = house_with(PackagePolicy(curated=("numpy",)))
    assert scanned(house).stage is Stage.AWAITING_APPROVAL
    describe(house, "churn-1", "numpy@2.1.0", "leftpad@1.0.0")
    house.run()
    outcome, reason = verdict(house)
    assert next(e.sentence for e in release(house).ledger if e.fact == "PackagesJudged").startswith(reason)
    assert (outcome, release(house).stage) == ("pass", Stage.AWAITING_APPROVAL)
    assert reason.startswith("only reported: 1 of the packages that syft lists are outside the rules (leftpad 1.0.0")


def test_where_packages_do_not_matter_nobody_judges_them() -> None:
    house = house_with(PackagePolicy(enforce="off"))
    scanned(house)
    describe(house, "churn-1", "zmq@0.0.0")
    house.run()
    assert release(house).packages == ()


def test_a_granted_exception_lets_the_package_in(house: House) -> None:
    assert review(house, ask(house, "leftpad")).code == 202
    scanned(house)
    describe(house, "churn-1", "numpy@2.1.0", "leftpad@1.0.0")
    house.run()
    assert release(house).stage is Stage.AWAITING_APPROVAL
    assert release(house).packages[0].excepted == 1


def test_an_exception_lets_in_no_denied_package(house: House) -> None:
    review(house, ask(house, "zmq"))
    scanned(house)
    describe(house, "churn-1", "zmq@0.0.0")
    house.run()
    assert release(house).stage is Stage.REJECTED


NOT_COVERED: dict[str, dict[str, str]] = {
    "another model": {"model": "wine"},
    "another scenario": {"scenario": "vision"},
    "another version": {"specifier": "<1"},
}


@pytest.mark.parametrize("limits", NOT_COVERED.values(), ids=NOT_COVERED)
def test_an_exception_for_something_else_does_not_let_the_package_in(house: House, limits: dict[str, str]) -> None:
    review(house, ask(house, "leftpad", **limits))
    scanned(house)
    describe(house, "churn-1", "leftpad@1.0.0")
    house.run()
    assert release(house).stage is Stage.REJECTED


def test_an_expired_exception_does_not_let_the_package_in(house: House) -> None:
    review(house, ask(house, "leftpad"))
    assert states(house) == [("leftpad", "granted")]
    house.clock.advance_to(house.clock.now() + 91 * DAY)
    assert states(house) == [("leftpad", "expired")]
    scanned(house)
    describe(house, "churn-1", "leftpad@1.0.0")
    house.run()
    assert release(house).stage is Stage.REJECTED


def test_a_requested_and_a_refused_exception_let_nothing_in(house: House) -> None:
    asked = ask(house, "leftpad")
    assert check(house, b"leftpad==1.0.0").content["counts"]["exception"] == 1
    assert review(house, asked, "refuse", comment="use numpy").code == 202
    assert check(house, b"leftpad==1.0.0").content["counts"]["exception"] == 1
    assert states(house) == [("leftpad", "refused")]


def test_who_asks_can_not_review(house: House) -> None:
    asked = ask(house, "leftpad", person=RITA)
    reply = review(house, asked, person=RITA)
    assert (reply.code, states(house)) == (403, [("leftpad", "requested")])
    assert "somebody else must answer" in reply.content["refused"]


def test_only_a_reviewer_reviews(house: House) -> None:
    asked = ask(house, "leftpad")
    body = msgspec.json.encode({"decision": "approve"})
    assert house.exceptions.review(asked.content["exception"], signed_in(CARL), body).code == 403


def test_an_answer_counts_once(house: House) -> None:
    asked = ask(house, "leftpad")
    review(house, asked)
    again = review(house, asked, "refuse")
    assert (again.code, states(house)) == (409, [("leftpad", "granted")])
    assert "it is granted" in again.content["refused"]


def test_two_reviewers_at_once_are_heard_in_their_order(house: House) -> None:
    asked = ask(house, "leftpad").content["exception"]
    for person, decision in ((RITA, "refuse"), (CARL, "approve")):
        body = msgspec.json.encode({"decision": decision})
        assert house.exceptions.review(asked, signed_in(person, REVIEWER), body).code == 202
    house.run()
    assert states(house) == [("leftpad", "refused")]


def test_the_same_wish_is_asked_once_and_again_after_its_end(house: House) -> None:
    asked = ask(house, "leftpad")
    assert ask(house, "LeftPad").code == 409
    review(house, asked, "refuse")
    again = ask(house, "leftpad")
    assert (again.code, again.content["exception"]) == (202, asked.content["exception"])
    assert states(house) == [("leftpad", "requested")]


WRONG_ENDS = ["tomorrow", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]


@pytest.mark.parametrize("until", WRONG_ENDS)
def test_an_exception_ends_within_the_policys_maximum(house: House, until: str) -> None:
    reply = review(house, ask(house, "leftpad"), until=until)
    assert (reply.code, states(house)) == (400, [("leftpad", "requested")])


WRONG_WISHES: Sequence[dict[str, Any]] = [
    {"package": ""},
    {"package": "nump\u0443"},
    {"package": "a b"},
    {"specifier": "newest"},
    {"source": "a b"},
    {"model": "../x"},
    {"reason": " "},
    {"package": 1},
    {"more": "x"},
]


@pytest.mark.parametrize("wrong", WRONG_WISHES, ids=str)
def test_a_wish_that_is_not_clear_is_refused_and_kept(house: House, wrong: dict[str, Any]) -> None:
    body = msgspec.json.encode({"package": "leftpad", "reason": "why not", **wrong})
    reply = house.exceptions.ask(signed_in(ALICE), body)
    assert reply.code == 400
    assert reply.content["quarantine"] in house.quarantine.cases


def test_an_exception_that_nobody_asked_for_is_not_found(house: House) -> None:
    body = msgspec.json.encode({"decision": "approve"})
    for name in ("0" * 32, "../releases/x", ""):
        assert house.exceptions.review(name, signed_in(RITA, REVIEWER), body).code == 404


def check(house: House, body: bytes, content_type: str = "") -> Reply:
    return house.packages.check({**signed_in(ALICE), "content-type": content_type}, MODEL, "", body)


PURLS = {"numpy": "numpy@2.1.0", "leftpad": "leftpad@1", "zmq": "zmq@0", "pandas": "pandas"}
SPDX = {
    "spdxVersion": "SPDX-2.3",
    "packages": [
        {"name": name, "externalRefs": [{"referenceType": "purl", "referenceLocator": f"pkg:pypi/{purl}"}]}
        for name, purl in PURLS.items()
    ],
}
AUDIT = [
    {"name": "numpy", "version": "2.1.0", "vulns": []},
    {"name": "leftpad", "version": "1", "vulns": []},
    {"name": "zmq", "version": "0", "vulns": []},
    {"name": "pandas", "skip_reason": "not found"},
]
ENVIRONMENT = """
channels: [conda-forge]
dependencies:
- numpy=2.1.0
- pip:
  - leftpad==1.0
  - zmq==0.0.0
  - pandas
"""
DOCUMENTS = {
    "requirements": (b"numpy==2.1.0\nleftpad==1.0\nzmq==0.0.0\npandas>=2\n", "requirements-txt"),
    "environment": (ENVIRONMENT.encode(), "conda-environment"),
    "audit": (msgspec.json.encode(AUDIT), "pip-audit"),
    "bill of materials": (msgspec.json.encode(SPDX), "spdx"),
}


@pytest.mark.parametrize(("body", "name"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_every_document_is_answered_package_by_package(house: House, body: bytes, name: str) -> None:
    reply = check(house, body)
    assert (reply.code, reply.content["format"], reply.content["allowed"]) == (200, name, False)
    rulings = {each["name"]: each["ruling"] for each in reply.content["packages"]}
    assert rulings == {"numpy": "allowed", "leftpad": "exception", "zmq": "denied", "pandas": "exception"}
    assert all(each["reasons"] and each["how"] for each in reply.content["packages"] if each["name"] != "numpy")


def test_a_file_that_points_to_another_is_not_allowed_before_that_was_seen(house: House) -> None:
    reply = check(house, b"numpy==2.1.0\n-r more.txt\n")
    assert reply.content["allowed"] is False
    assert reply.content["unseen"][0]["part"] == "-r more.txt"


def test_a_document_of_allowed_packages_is_allowed(house: House) -> None:
    assert check(house, b"numpy==2.1.0\n").content["allowed"] is True


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"<a/>", b"\xff\xfe", b"hello, world!", b'{"dependencies": []}'])
def test_what_names_no_packages_is_refused_with_a_reason(house: House, body: bytes) -> None:
    reply = check(house, body)
    assert reply.code == 400
    assert reply.content["refused"]


def test_a_document_too_large_to_be_read_is_refused_by_its_size(house: House) -> None:
    assert check(house, b"#" * (10 * 1024 * 1024 + 1)).code == 413


def test_nobody_unknown_asks_about_packages(house: House) -> None:
    body = msgspec.json.encode({"package": "leftpad", "reason": "x"})
    assert house.packages.check({}, MODEL, "", b"numpy==1").code == 401
    assert house.exceptions.ask({}, body).code == 401
    assert house.exceptions.every({}).code == 401
    assert house.exceptions.review("0" * 32, {}, body).code == 401


def test_an_exceptions_ledger_is_whole_and_replays(house: House) -> None:
    review(house, ask(house, "leftpad"))
    ((key, stored),) = house.documents.under("exceptions/").items()
    record = wire.decode_record(key, stored)
    assert [entry.fact for entry in record.ledger] == ["PackageExceptionRequested", "PackageExceptionGranted"]
    assert first_broken(record.ledger) is None
    assert replay(record).agrees
