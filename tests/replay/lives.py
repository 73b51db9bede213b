"""The lives whose histories are stored, told in the simulated house."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shared.core.facts import Action, ActionBegun, ActionEnded, Ending, ModelFact, WatchDue
from shared.core.identity import deployment_name
from shared.core.policy import HOUR, QuarantinePolicy
from shared.core.verdicts import Outcome
from shared.core.watch_policy import JobTemplate, WatchPolicy
from tests.monitoring.files import csv
from tests.simulated import data_story, story
from tests.simulated.house import POLICY, House
from tests.simulated.story import ANNA, MODEL
from tests.simulated.watched import fact, shown, signalled


def good_then_recalled() -> House:
    """Two versions go live; the second is recalled by a late scan, and the first serves again."""
    house = House()
    story.bring_live(house, "1")
    story.bring_live(house, "2")
    house.run()
    story.scan(house, "churn-2", critical=1)
    house.run()
    return house


def superseded_for_good() -> House:
    """Two versions go live, and the soak of the first ends."""
    house = House()
    story.bring_live(house, "1")
    story.bring_live(house, "2")
    house.wait(2 * 86_400)
    return house


def image_refused() -> House:
    """The image has a critical finding."""
    house = House()
    story.register(house, "1")
    house.run()
    story.scan(house, "churn-1", critical=1)
    house.run()
    return house


def model_refused() -> House:
    """The model is a pickle."""
    house = House()
    story.register(house, "1", weights=b"\x80\x04\x95")
    house.run()
    return house


def worse_in_production() -> House:
    """The second version fails its callers and is rolled back."""
    house = House()
    story.bring_live(house, "1")
    story.bring_to_approval(house, "2")
    house.load.failing[deployment_name(MODEL, "2")] = 0.5
    story.answer(house, "2", ANNA)
    house.run()
    return house


def refused_by_a_person() -> House:
    """A person says no."""
    house = House()
    story.bring_to_approval(house, "1")
    story.answer(house, "1", ANNA, "reject")
    house.run()
    return house


def nobody_answers() -> House:
    """The time for an approval passes."""
    house = House()
    story.bring_to_approval(house, "1")
    house.wait(80 * 3600)
    return house


def said_twice_differently() -> House:
    """The registration comes again under the same id with another body."""
    house = House()
    story.register(house, "1")
    house.run()
    story.announce(house, "1", tag="changed")
    house.run()
    return house


def paused_then_aborted() -> House:
    """An operator holds a release that has its approval, lets it go on, and ends it in its canary."""
    house = House()
    story.bring_live(house, "1")
    story.bring_to_approval(house, "2")
    story.demand(house, "2", "pause")
    house.run(60)
    story.answer(house, "2", ANNA)
    house.run(60)
    story.demand(house, "2", "resume")
    house.run(120)
    story.demand(house, "2", "abort")
    house.run()
    return house


def overtaken_and_taken_back() -> House:
    """A waiting version is overtaken by a newer one, which an operator takes back when it is live."""
    house = House()
    story.bring_live(house, "1")
    story.bring_to_approval(house, "2")
    story.bring_live(house, "3")
    story.demand(house, "3", "rollback")
    house.run()
    return house


def waived_for_a_time() -> House:
    """A failing image is waived for two days; the release goes live, and the waiver ends."""
    house = House(replace(POLICY, quarantine=QuarantinePolicy(hold_for_waiver_hours=12.0)))
    story.register(house, "1")
    house.run()
    story.scan(house, "churn-1", critical=1)
    house.run()
    story.waive(house, "churn-1", "all", hours=48)
    house.run()
    story.answer(house, "1", ANNA)
    house.wait(3 * 86_400)
    return house


def harmed_and_retrained() -> House:
    """A live version changes without harm, then does harm and is trained again; harm that comes too soon stands."""
    template = JobTemplate(job="azureml:retrain@default")
    house = House(replace(POLICY, watch=WatchPolicy(retrain=template, test_every_hours=6.0)))
    story.bring_live(house, "1")
    at = house.clock.now()
    action: dict[str, Any] = {"action": Action.RETRAIN, "reference": "job-1"}
    told: tuple[ModelFact, ...] = (
        signalled(at=at),
        replace(shown(Outcome.PASS, Outcome.FAIL, at=at + 60, version="1"), answers="1.0.TestDrift"),
        shown(Outcome.INCONCLUSIVE, Outcome.FAIL, Outcome.FAIL, at=at + 120, version="1", numbers={}),
        fact(WatchDue, at=at + 7 * HOUR, due=at + 7 * HOUR),
        shown(Outcome.FAIL, at=at + 8 * HOUR, version="1"),
        fact(ActionBegun, at=at + 8 * HOUR, **action),
        fact(ActionEnded, at=at + 9 * HOUR, outcome=Ending.SUCCEEDED, detail="churn:2", **action),
        shown(Outcome.FAIL, at=at + 10 * HOUR, version="1"),
    )
    for news in told:
        house.advance_to(news.at)
        house.engine.handle(news)
    return house


def data_judged() -> House:
    """Data is accepted, the next is refused, malware is found in the first, and its place is taken by a third."""
    house = data_story.house_with()
    first = data_story.upload(house, csv(200), "wine/1.csv")
    house.run()
    data_story.upload(house, csv(100, bad=100), "wine/2.csv")
    house.run()
    data_story.announce(house, data_story.malware(house, first))
    house.run()
    data_story.upload(house, csv(200, seed=3), "wine/3.csv")
    house.run()
    return house


LIVES: dict[str, Callable[[], House]] = {
    "good-then-recalled": good_then_recalled,
    "superseded-for-good": superseded_for_good,
    "image-refused": image_refused,
    "waived-for-a-time": waived_for_a_time,
    "model-refused": model_refused,
    "worse-in-production": worse_in_production,
    "refused-by-a-person": refused_by_a_person,
    "nobody-answers": nobody_answers,
    "paused-then-aborted": paused_then_aborted,
    "overtaken-and-taken-back": overtaken_and_taken_back,
    "said-twice-differently": said_twice_differently,
    "harmed-and-retrained": harmed_and_retrained,
    "data-judged": data_judged,
}
