"""What the simulator found once, told as lives, so that it is never found again."""

from docs.samples import CRITICAL, NOW, release_in
from shared.core import facts
from shared.core.lifecycle import decide
from shared.core.release import Release, Stage
from tests.simulated.house import House
from tests.simulated.story import ANNA, ENDPOINT, MODEL, answer, bring_live, bring_to_approval


def moved(release: Release, *told: facts.ReleaseFact) -> Release:
    """The release after each of the facts."""
    for fact in told:
        decision = decide(release, fact, None, NOW)
        assert decision is not None
        release = decision.record
    return release


def about(kind: type[facts.ReleaseFact], **content: object) -> facts.ReleaseFact:
    """A fact of `kind` about the sample release."""
    return kind(id=kind.__name__, at=NOW, model="churn", version="7", **content)


def test_a_version_that_serves_again_on_a_refused_image_raises_the_alert() -> None:
    ended = release_in(Stage.SUPERSEDED, weight=100, scans=(CRITICAL,))
    again = moved(ended, about(facts.Reinstated, instead_of="8"))
    assert again.stage is Stage.LIVE
    assert "alert" in again.ledger[-1].sentence
    assert [order.news for order in again.outstanding if hasattr(order, "news")] == ["live", "alert"]


def test_news_of_a_successor_that_has_left_again_does_not_end_the_version_that_serves() -> None:
    late = about(facts.Superseded, by="8", until=NOW + 60)
    serving = moved(release_in(Stage.LIVE, weight=100), about(facts.Reinstated, instead_of="8"), late)
    assert serving.stage is Stage.LIVE
    assert "has left production since" in serving.ledger[-1].sentence


def test_an_image_that_another_release_had_removed_is_never_deployed() -> None:
    house = House()
    bring_live(house, "1")
    bring_to_approval(house, "2", image="shared")
    image = house.release(MODEL, "2").image
    assert image is not None
    house.images.discard(image)
    answer(house, "2", ANNA)
    house.run(600)
    made = [name for endpoint, name in house.endpoints.made if endpoint == ENDPOINT]
    assert house.release(MODEL, "2").deployment not in made
    assert house.release(MODEL, "2").stage is Stage.ROLLED_BACK
    assert house.release(MODEL, "1").stage is Stage.LIVE
