"""Harm starts one job, whatever is delivered twice or crashes; how that ends is told, and a job that hangs is ended."""

from dataclasses import replace

import msgspec
import pytest

from shared.contracts import wire
from shared.core.datasets import Dataset, DataVersion
from shared.core.facts import Action, BlobVersion, Ending, WatchBegun
from shared.core.identity import dataset_key, watch_key
from shared.core.policy import Policy
from shared.core.verdicts import Outcome
from shared.core.watch import Acted, Watch, WatchStage
from shared.core.watch_policy import HOUR, JobTemplate, WatchPolicy
from shared.ports import Unavailable
from tests.simulated import story
from tests.simulated.faults import Fault
from tests.simulated.house import House
from tests.simulated.jobs import JOB_SECONDS
from tests.simulated.story import MODEL
from tests.simulated.watched import shown

KEY = watch_key(MODEL)
TRAIN, INDEX, EVALUATE = "retrain:1", "reindex:2", "reevaluate:3"
WATCHED = WatchPolicy(
    retrain=JobTemplate(job=f"azureml:{TRAIN}", compute="cpu", parameters={"rounds": "5"}),
    reindex=JobTemplate(job=INDEX),
    reevaluate=JobTemplate(job=EVALUATE),
    action_hours=2.0,
)


def live(scenario: str = "classical", watched: WatchPolicy = WATCHED) -> House:
    """A house with a live version, quiet, and the components that its policy names."""
    house = House(Policy(name="usual", scenario=scenario, watch=watched))
    house.jobs.components = {
        TRAIN: {"rounds": "integer", "parent_version": "string", "model": "custom_model"},
        INDEX: {"model_name": "string"},
        EVALUATE: {"model_name": "string"},
    }
    story.bring_live(house, "1")
    house.load.per_advance = 0
    return house


def watch_of(house: House) -> Watch:
    """The watch over the model."""
    record = wire.decode_record(KEY, house.documents.under(KEY)[KEY])
    assert isinstance(record, Watch)
    return record


def harmed(house: House, seconds: float = 30.0) -> Watch:
    """The watch after a test told of harm, and so much time."""
    house.intake.tell([shown(Outcome.FAIL, at=house.clock.now(), version=watch_of(house).version)])
    house.wait(seconds)
    return watch_of(house)


def last(watch: Watch) -> Acted:
    """The action that ended last."""
    assert watch.acted, [entry.sentence for entry in watch.ledger]
    return watch.acted[-1]


def told(house: House) -> list[str]:
    """The news so far about the live model."""
    types = [str(msgspec.json.decode(event)["type"]) for event in house.notices.events]
    return [each.removeprefix("gatehouse.watch.") for each in types if each.startswith("gatehouse.watch.")]


def test_harm_starts_the_job_of_the_policy_about_the_live_version() -> None:
    house = live()
    watch = harmed(house)

    (spec,) = house.jobs.submitted
    assert (spec.template, spec.compute, spec.parameters) == (f"azureml:{TRAIN}", "cpu", {"rounds": "5"})
    assert spec.offered.items() >= {"model": f"azureml:{MODEL}:1", "parent_version": "1"}.items()
    assert watch.active is not None
    assert (watch.stage, watch.active.reference) == (WatchStage.ACTING, spec.name)


def test_a_job_that_succeeds_ends_the_action_and_leaves_the_live_version_alone() -> None:
    house = live()
    watch = harmed(house, JOB_SECONDS + 60)

    assert (watch.stage, watch.version) == (WatchStage.WATCHING, "1")
    assert (last(watch).outcome, watch.outstanding) == (Ending.SUCCEEDED, ())
    assert "released like any other" in last(watch).detail
    assert told(house)[-1] == "action-succeeded"


def test_a_job_that_fails_ends_the_action_as_failed_and_tells_people() -> None:
    house = live()
    house.jobs.failing.add(TRAIN)
    watch = harmed(house, JOB_SECONDS + 60)

    assert last(watch).outcome is Ending.FAILED
    assert "is Failed" in last(watch).detail
    assert told(house)[-1] == "action-failed"


def test_a_job_past_its_deadline_is_cancelled_and_told_as_cancelled() -> None:
    house = live()
    house.jobs.hanging.add(TRAIN)
    watch = harmed(house, 2 * HOUR + 120)

    assert last(watch).outcome is Ending.CANCELLED
    assert last(watch).detail.endswith("took longer than 2 h and was cancelled")
    assert told(house)[-1] == "action-failed"


def test_a_job_that_can_not_be_cancelled_is_given_up_after_an_hour() -> None:
    house = live()
    house.jobs.hanging.add(TRAIN)
    house.jobs.cancel = lambda name: None  # type: ignore[method-assign]
    watch = harmed(house, 3 * HOUR + 120)

    assert last(watch).outcome is Ending.FAILED
    assert "end it by hand" in last(watch).detail


def test_a_job_that_takes_long_is_nothing_for_the_sweep_to_repair() -> None:
    house = live()
    house.jobs.seconds = 1.5 * HOUR
    harmed(house, HOUR)

    assert house.sweeping.run(300.0) == 0
    assert kinds(watch_of(house)) == ["LookAtJob"]


def test_a_look_that_got_lost_is_sent_again_after_the_deadline() -> None:
    house = live()
    harmed(house)
    for letter in house.bus.waiting():
        house.bus.settle(letter)
    house.wait(5 * HOUR)
    house.sweeping.run(300.0)
    house.wait(60)

    assert last(watch_of(house)).outcome is Ending.SUCCEEDED


def test_no_job_starts_for_a_version_that_was_replaced_meanwhile() -> None:
    house = live()
    house.jobs.look = unavailable  # type: ignore[method-assign]
    harmed(house)
    del house.jobs.look  # type: ignore[method-assign]
    watch = watch_of(house)
    newer = WatchBegun(
        id="newer",
        at=house.clock.now(),
        model=MODEL,
        version="2",
        turn=watch.turn + 1,
        endpoint=watch.endpoint,
        deployment="r-2",
        scenario="classical",
        policy=WATCHED,
    )
    house.intake.tell([newer])
    house.wait(120)

    assert not house.jobs.submitted
    assert last(watch_of(house)).detail == "version 1 left production"


def unavailable(name: str) -> None:
    """A service that does not answer."""
    raise Unavailable(name)


def kinds(watch: Watch) -> list[str]:
    """The kinds of the orders that wait."""
    return [type(order).__name__ for order in watch.outstanding]


def test_a_job_that_somebody_deleted_has_failed() -> None:
    house = live()
    harmed(house)
    house.jobs.lose(house.jobs.submitted[0].name)
    house.wait(600)

    assert "somebody deleted it" in last(watch_of(house)).detail


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_ANSWER, Fault.REFUSED])
@pytest.mark.parametrize("call", ["jobs.look", "jobs.submit", "bus.send"])
def test_a_job_starts_once_whatever_goes_wrong_around_it(call: str, fault: Fault) -> None:
    house = live()
    left = {call: 3}

    def pick(named: str) -> Fault | None:
        left[named] = left.get(named, 0) - 1
        return fault if left[named] >= 0 else None

    house.intake.tell([shown(Outcome.FAIL, at=house.clock.now(), version="1")])
    house.faults.pick = pick
    house.wait(JOB_SECONDS + 120)

    assert len(house.jobs.submitted) == 1
    assert last(watch_of(house)).outcome is Ending.SUCCEEDED


def test_orders_delivered_twice_start_one_job() -> None:
    house = live()
    house.intake.tell([shown(Outcome.FAIL, at=house.clock.now(), version="1")])
    while not house.jobs.submitted:
        letter = house.bus.waiting()[0]
        house.advance_to(letter.due)
        house.deliver(letter, settle=letter.queue != "maintenance")
    house.wait(JOB_SECONDS + 60)

    assert len(house.jobs.submitted) == 1
    assert len(watch_of(house).acted) == 1


def test_a_component_that_nobody_registered_fails_the_action_and_says_so() -> None:
    house = live()
    house.jobs.components.clear()
    watch = harmed(house)

    assert last(watch).outcome is Ending.FAILED
    assert "there is no component" in last(watch).detail
    assert told(house)[-1] == "action-failed"


def test_a_new_index_is_evaluated_next_and_then_an_experiment_is_asked_for() -> None:
    house = live("generative")
    watch = harmed(house, 2 * JOB_SECONDS + 120)

    assert [spec.template for spec in house.jobs.submitted] == [INDEX, EVALUATE]
    assert [each.action for each in watch.acted] == [Action.REINDEX, Action.REEVALUATE]
    assert told(house)[-1] == "prompt-experiment-wanted"


def accepted(house: House, asset: str) -> None:
    """Let a dataset have one accepted version."""
    blob = BlobVersion(account="a", container="bronze", path="wine/v1/wine.csv")
    version = DataVersion(
        version=1, source=blob, blob=blob, policy="", profile="", reference="", rows=9, distance=1.0, accepted_at=1.0
    )
    dataset = Dataset(name="wine", numbered=1, current=1, versions=(replace(version, asset=asset),))
    house.documents.write(dataset_key("wine"), wire.encode_record(dataset), None)


def on_wine(house: House) -> Watch:
    """What comes of harm where the job trains on the dataset."""
    house.jobs.components[TRAIN] |= {"data": "uri_file"}
    return harmed(house)


WINE = replace(WATCHED, retrain=replace(WATCHED.retrain, parameters={"rounds": "5", "data": "dataset:wine"}))


def test_a_job_trains_on_the_accepted_version_of_a_dataset() -> None:
    house = live(watched=WINE)
    accepted(house, "wine-rows:1")
    on_wine(house)

    assert house.jobs.submitted[0].parameters["data"] == "azureml:wine-rows:1"


@pytest.mark.parametrize("asset", [None, ""])
def test_without_an_accepted_version_that_is_an_asset_nothing_is_trained(asset: str | None) -> None:
    house = live(watched=WINE)
    if asset is not None:
        accepted(house, asset)
    watch = on_wine(house)

    assert not house.jobs.submitted
    assert "dataset wine" in last(watch).detail
