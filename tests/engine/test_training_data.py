"""Claims about what a retraining reads: the version accepted last that may still be used, or nothing with a reason."""

import pytest

from local.principal import principal
from shared.contracts.dataset_policies import shelved
from shared.contracts.principal import HEADER
from shared.core.watch import Watch
from tests.engine.test_actions import WINE, last, live, on_wine
from tests.monitoring.files import csv
from tests.simulated.data_story import POLICY, announce, dataset, malware, upload
from tests.simulated.house import House

ENGINEER = {HEADER: principal("Dora", "d", ["Gatehouse.DataEngineer"])}


def arrived(house: House, *kinds: str) -> None:
    """Let files arrive one after the other: good, bad, or good and found to be malware afterwards."""
    house.dataset_policies.append(shelved("wine.yaml", POLICY))
    for number, kind in enumerate(kinds):
        body = csv(100, bad=100) if kind == "bad" else csv(200, seed=number)
        blob = upload(house, body, f"wine/{number}.csv")
        house.run()
        if kind == "malware":
            announce(house, malware(house, blob))
            house.run()


def retrained(house: House) -> Watch:
    """The watch after harm of a model whose job trains on the dataset."""
    watch = on_wine(house)
    assert len(house.jobs.submitted) == (0 if watch.acted else 1)
    return watch


@pytest.mark.parametrize(
    ("kinds", "asset"),
    [
        (("good", "good"), "wine:2"),
        (("good", "bad"), "wine:1"),
        (("good", "malware"), "wine:1"),
        (("good", "good", "malware", "bad"), "wine:2"),
    ],
)
def test_a_job_trains_on_the_last_version_that_may_be_used(kinds: tuple[str, ...], asset: str) -> None:
    house = live(watched=WINE)
    arrived(house, *kinds)
    retrained(house)

    assert house.jobs.submitted[0].parameters["data"] == f"azureml:{asset}"


def test_a_job_trains_on_the_version_that_a_person_went_back_to() -> None:
    house = live(watched=WINE)
    arrived(house, "good", "good")
    assert house.datasets.revert("wine", ENGINEER, b'{"version": "1", "comment": "drifted"}').code == 202
    house.run()
    retrained(house)

    assert house.jobs.submitted[0].parameters["data"] == "azureml:wine:1"


@pytest.mark.parametrize("kinds", [(), ("bad",), ("malware",), ("malware", "bad")])
def test_without_a_version_that_may_be_used_no_job_starts_and_the_reason_is_told(kinds: tuple[str, ...]) -> None:
    house = live(watched=WINE)
    arrived(house, *kinds)
    watch = retrained(house)

    assert "dataset wine has no accepted version" in last(watch).detail
    assert not kinds or dataset(house).current == 0
