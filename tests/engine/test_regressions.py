"""What the simulator found once, told as lives, so that it is never found again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from docs.samples import CRITICAL, NOW, release_in
from shared.contracts import wire
from shared.core import facts
from shared.core.lifecycle import decide
from shared.core.orders import RemoveDeployment
from shared.core.release import Release, Stage
from shared.core.traffic import forgotten
from tests.simulated.faults import Fault
from tests.simulated.house import House
from tests.simulated.story import ANNA, ENDPOINT, MODEL, answer, bring_live, bring_to_approval, demand, scan


def moved(release: Release, *told: facts.ReleaseFact) -> Release:
    """The release after each of the facts."""
    for fact in told:
        decision = decide(release, fact, None, NOW)
        assert decision is not None
        release = decision.record
    return release


def about(kind: type[facts.ReleaseFact], **content: Any) -> facts.ReleaseFact:
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


def test_a_version_whose_place_was_taken_twice_serves_again_only_when_both_have_left() -> None:
    ended = release_in(Stage.SUPERSEDED, weight=100, successors=("8",))
    again = moved(ended, about(facts.Superseded, by="9", until=NOW + 60), about(facts.Reinstated, instead_of="8"))
    assert again.stage is Stage.SUPERSEDED
    assert again.ledger[-1].sentence == "version 8 left production, but version 9 came in its place"
    assert moved(again, replace(about(facts.Reinstated, instead_of="9"), id="later")).stage is Stage.LIVE


def removal_of(house: House, version: str) -> bytes:
    """The letter that asks for the removal of the version's production deployment."""
    wanted = house.release(MODEL, version).deployment
    letters = (letter for letter in house.bus.waiting() if letter.queue == "maintenance")
    orders = ((letter.body, wire.decode_errand(letter.body).order) for letter in letters)
    return next(body for body, order in orders if isinstance(order, RemoveDeployment) and order.deployment == wanted)


def standing(house: House) -> set[str]:
    """The deployments on the production endpoint."""
    return {view.name for view in house.endpoints.deployments(ENDPOINT)}


def test_a_removal_from_before_a_recall_does_not_cut_the_next_soak_short() -> None:
    house = House()
    bring_live(house, "1")
    bring_live(house, "2")
    late = removal_of(house, "1")
    scan(house, "churn-2", critical=1)
    house.run()
    bring_live(house, "3")
    house.bus.put("maintenance", late)
    house.run()
    assert house.release(MODEL, "1").stage is Stage.SUPERSEDED
    assert house.release(MODEL, "1").deployment in standing(house)


def test_a_removal_that_comes_before_its_time_waits_for_the_end_of_the_soak() -> None:
    house = House()
    bring_live(house, "1")
    bring_live(house, "2")
    house.bus.put("maintenance", removal_of(house, "1"))
    house.run()
    assert house.release(MODEL, "1").deployment in standing(house)
    house.wait(25 * 3600.0)
    assert standing(house) == {house.release(MODEL, "2").deployment}


def test_a_version_whose_predecessor_was_removed_before_the_roll_back_serves_on_with_an_alert() -> None:
    house = House()
    bring_live(house, "1")
    bring_live(house, "2")
    house.faults.pick = lambda call: Fault.REFUSED if call == "endpoints.endpoint" else None
    assert demand(house, "2", "rollback").code == 202
    house.run(60)
    document, etag = house._world().traffic_of(ENDPOINT)
    house._world().keep_traffic(forgotten(document, house.release(MODEL, "1").deployment), etag)
    house.faults.pick = lambda call: None
    house.run()
    second = house.release(MODEL, "2")
    assert second.stage is Stage.LIVE
    assert "alert: Olga rolled it back" in " ".join(entry.sentence for entry in second.ledger)
    assert house.release(MODEL, "1").stage is Stage.SUPERSEDED
    assert house.endpoints.serving(ENDPOINT) == {second.deployment: 100}
    assert demand(house, "2", "rollback").code == 409


def test_a_canary_that_lost_its_traffic_to_a_recall_beside_it_climbs_from_the_first_step_again() -> None:
    house = House()
    bring_live(house, "1")
    bring_live(house, "2")
    bring_to_approval(house, "3")
    third, seen = house.release(MODEL, "3").deployment, []

    def watch(endpoint: str, weights: Mapping[str, int]) -> None:
        if endpoint == ENDPOINT:
            seen.append(weights.get(third, 0))
            if weights.get(third, 0) == 10 and house.release(MODEL, "2").stage is Stage.LIVE:
                demand(house, "2", "rollback")

    house.endpoints.watchers.append(watch)
    answer(house, "3", ANNA)
    house.run()
    assert seen == [10, 0, 10, 50, 100]
    assert house.release(MODEL, "3").stage is Stage.LIVE
    assert house.release(MODEL, "1").stage is Stage.SUPERSEDED


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


def test_a_failed_deployment_is_removed_only_when_no_creation_of_it_can_land_any_more() -> None:
    house = House()
    bring_live(house, "1")
    bring_to_approval(house, "2")
    second = house.release(MODEL, "2").deployment
    house.endpoints.failing[second] = "out of capacity"
    answer(house, "2", ANNA)
    house.run(65)
    assert house.release(MODEL, "2").stage is Stage.ROLLED_BACK
    assert second in standing(house)
    house.run(120)
    assert standing(house) == {house.release(MODEL, "1").deployment}
