"""The document of an image tells its whole story, in whatever order things become known."""

from dataclasses import replace
from typing import Any

import pytest

from docs.samples import CLEAN, CRITICAL, DIGEST, NOW, WAIVER
from shared.core import facts
from shared.core.evidence import VexStatement
from shared.core.images import Image, ImageStage, decide
from shared.core.orders import FollowTag, Order, TellDismissals, TellRelease

TRUSTED = f"registry.example/trusted/churn@{DIGEST}"


def fact[F: facts.ImageFact](kind: type[F], **content: Any) -> F:
    number = str(abs(hash((kind, repr(content)))))
    return kind(**({"id": number, "at": NOW, "digest": DIGEST} | content))


PUSHED = fact(facts.ImagePushed, registry="registry.example", repository="churn", tag="1")
AWAITED = fact(facts.ScanAwaited, model="churn", version="7", repository="churn")
SCANNED = fact(facts.ImageScanned, scan=CLEAN)
WORD = {"model": "churn", "version": "7", "policy": "usual", "reason": "?"}
CLEARED = fact(facts.ImageCleared, trusted=TRUSTED, **WORD)
REFUSED = fact(facts.ImageRefused, **WORD)
SUSPECTED = fact(facts.ImageSuspected, **WORD)
REMOVED = fact(facts.ImageRemoved, reason="?")
GRANTED = fact(facts.WaiverGranted, waiver=WAIVER)


def deleted(repository: str) -> facts.ImageDeleted:
    return fact(facts.ImageDeleted, repository=repository)


def after(*told: facts.ImageFact) -> Image:
    image = None
    for each in told:
        image = decide(image, each, NOW).record
    assert image is not None
    return image


def orders(*told: facts.ImageFact) -> tuple[Order, ...]:
    """The orders that the last fact gives."""
    return decide(after(*told[:-1]) if told[1:] else None, told[-1], NOW).orders


@pytest.mark.parametrize(
    ("told", "stage"),
    [
        ((PUSHED,), ImageStage.PUSHED),
        ((PUSHED, AWAITED), ImageStage.QUARANTINED),
        ((AWAITED, PUSHED), ImageStage.QUARANTINED),
        ((PUSHED, AWAITED, SCANNED), ImageStage.SCANNED),
        ((SCANNED, PUSHED, AWAITED), ImageStage.SCANNED),
        ((SCANNED, AWAITED, CLEARED), ImageStage.CLEARED),
        ((SCANNED, CLEARED, SCANNED), ImageStage.CLEARED),
        ((SCANNED, CLEARED, SUSPECTED), ImageStage.QUARANTINED),
        ((SCANNED, REFUSED), ImageStage.REJECTED),
        ((SCANNED, REFUSED, REMOVED), ImageStage.REMOVED),
        ((SCANNED, REMOVED, REFUSED), ImageStage.REMOVED),
        ((REMOVED, PUSHED), ImageStage.PUSHED),
        ((SCANNED, CLEARED, replace(REFUSED, kept_for="churn:6")), ImageStage.CLEARED),
        ((PUSHED, deleted("churn")), ImageStage.REMOVED),
        ((PUSHED, CLEARED, deleted("churn")), ImageStage.CLEARED),
        ((PUSHED, CLEARED, deleted("churn"), deleted("trusted/churn")), ImageStage.REMOVED),
    ],
)
def test_an_image_is_in_the_stage_that_its_facts_give(told: tuple[facts.ImageFact, ...], stage: ImageStage) -> None:
    assert after(*told).stage is stage


def test_the_newest_word_of_each_release_is_kept_with_its_reason() -> None:
    other = replace(CLEARED, id="other", version="8", policy="strict")
    image = after(SCANNED, CLEARED, other, SUSPECTED)
    assert [(word.by, word.policy) for word in image.cleared] == [("churn:8", "strict")]
    assert [(word.by, word.reason) for word in image.rejected] == [("churn:7", "?")]
    assert image.trusted == TRUSTED


def test_a_push_with_a_tag_is_followed() -> None:
    assert [type(order) for order in orders(PUSHED)] == [FollowTag]
    assert orders(fact(facts.ImagePushed, registry="registry.example", repository="churn")) == ()


def test_a_waiver_is_told_now_and_again_when_it_is_over() -> None:
    told = orders(AWAITED, GRANTED)
    assert [type(order) for order in told] == [TellDismissals, TellDismissals]
    assert [order.not_before for order in told] == [0.0, WAIVER.until]


def test_a_release_that_comes_after_a_waiver_hears_of_its_end_too() -> None:
    told = orders(SCANNED, GRANTED, AWAITED)
    assert [(type(order), order.not_before) for order in told] == [(TellRelease, 0.0), (TellDismissals, WAIVER.until)]


def test_a_revoked_waiver_is_gone_and_told() -> None:
    revoked = fact(facts.WaiverRevoked, waiver=WAIVER.id, person="olga", tenant="t", name="Olga")
    image = after(AWAITED, GRANTED, revoked)
    assert image.waivers == ()
    assert [type(order) for order in orders(AWAITED, GRANTED, revoked)] == [TellDismissals]


def stated(status: str, at: float, author: str = "Vendor") -> facts.VexStated:
    statement = VexStatement(id="CVE-2026-1", status=status, at=at)
    return fact(facts.VexStated, statements=(statement,), author=author, report=str(at))


def test_the_newest_statement_of_each_author_counts_in_any_order() -> None:
    told = (stated("affected", 1.0), stated("not_affected", 2.0), stated("fixed", 1.5, "Maker"))
    for order in (told, told[::-1]):
        image = after(fact(facts.ImageScanned, scan=CRITICAL), *order)
        words = {each.author: each.statement.status for each in image.dismissals.stated}
        assert words == {"Vendor": "not_affected", "Maker": "fixed"}


def test_releases_hear_of_statements_about_what_was_found_alone() -> None:
    assert after(SCANNED, stated("fixed", 1.0)).dismissals.stated == ()
    newer = replace(CRITICAL, scanned_at=NOW + 1)
    found = after(SCANNED, stated("fixed", 1.0), fact(facts.ImageScanned, scan=newer))
    assert len(found.dismissals.stated) == 1
    assert found.dismissals.revision > after(SCANNED, stated("fixed", 1.0)).dismissals.revision
