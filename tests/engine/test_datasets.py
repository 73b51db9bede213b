"""Claims about the life of data: what arrives is judged once, and only what passes becomes a version."""

import json
import random
from dataclasses import replace

import msgspec
import pytest

from local.principal import principal
from shared.contracts.principal import HEADER
from shared.core.facts import BlobVersion
from shared.replay import replay
from tests.monitoring.files import csv
from tests.simulated.data_story import POLICY, announce, dataset, event, house_with, malware, upload
from tests.simulated.faults import Fault
from tests.simulated.house import House

BAD = csv(100, bad=100)


def quarantined(house: House) -> list[str]:
    return [case.reason for case in house.quarantine.cases.values()]


def test_good_data_becomes_a_version_with_its_lineage_and_an_asset() -> None:
    house = house_with()
    blob = upload(house, csv(200))
    house.run()

    known = dataset(house)
    version = known.versions[0]
    assert (known.stage, known.current, version.version) == ("accepted", 1, 1)
    assert (version.source, version.blob.name) == (blob, "bronze/wine/v000001/1.csv")
    assert house.data.body("bronze", "wine/v000001/1.csv") == csv(200)
    assert house.bodies.read(version.policy) == POLICY
    assert json.loads(house.bodies.read(version.profile))["profile"]["rows"] == 200
    place, tags = house.assets.known["wine", 1]
    assert (place, tags["source"], version.asset) == (":bronze/wine/v000001/1.csv", "landing/wine/1.csv", "wine:1")
    assert not known.outstanding


def test_bad_data_is_moved_away_with_row_level_reasons_and_told() -> None:
    house = house_with()
    upload(house, BAD)
    house.run()

    known = dataset(house)
    refused = known.refused[0]
    assert (known.stage, known.current, known.pending) == ("refused", 0, ())
    assert house.data.paths("landing") == house.data.paths("bronze") == []
    folder = refused.place.removeprefix("data-quarantine/").rpartition("/")[0]
    assert house.data.body("data-quarantine", f"{folder}/1.csv") == BAD
    reasons = json.loads(house.data.body("data-quarantine", f"{folder}/reasons.json") or b"")
    assert len(reasons["worst"]) == 20
    assert reasons["worst"][0] == {"row": 100, "column": "alcohol", "reason": "below 0 or above 25"}
    news = [json.loads(each) for each in house.notices.events]
    assert [each["type"] for each in news] == ["gatehouse.dataset.data-refused"]
    assert news[0]["data"]["verdicts"][0]["outcome"] == "fail"


def test_bad_data_stays_where_it_is_when_the_policy_holds_it() -> None:
    house = house_with(POLICY + b"when_bad: hold\n")
    upload(house, BAD)
    house.run()

    assert dataset(house).refused[0].place == "landing/wine/1.csv"
    assert house.data.body("landing", "wine/1.csv") == BAD


def test_the_first_version_teaches_the_tolerances_of_the_next() -> None:
    house = house_with()
    upload(house, csv(500), "wine/1.csv")
    house.run()
    upload(house, csv(500, seed=2), "wine/2.csv")
    house.run()

    first, second = dataset(house).versions
    assert (first.reference, second.reference) == ("", dataset(house).reference)
    assert [point.accepted for point in dataset(house).bar] == [True, True]


def test_an_event_that_comes_again_changes_nothing() -> None:
    house = house_with()
    blob = upload(house, csv(200))
    house.run()
    announce(house, event(house, blob), event(house, blob, api="PutBlockList"), event(house, blob, kind="BlobRenamed"))
    house.run()

    assert len(dataset(house).versions) == 1
    assert house.data.paths("bronze") == ["wine/v000001/1.csv"]


def test_a_file_that_is_still_open_is_not_judged() -> None:
    house = house_with()
    blob = house.data.put("landing", "wine/1.csv", b"")
    announce(house, event(house, blob, api="CreateFile"))
    blob = house.data.put("landing", "wine/1.csv", csv(200))
    announce(house, event(house, blob, api="FlushWithClose"))
    house.run()

    assert [version.source for version in dataset(house).versions] == [blob]


@pytest.mark.parametrize("late", [False, True])
def test_only_the_newest_content_of_a_blob_is_judged(late: bool) -> None:
    house = house_with()
    old = house.data.put("landing", "wine/1.csv", BAD)
    new = house.data.put("landing", "wine/1.csv", csv(200))
    announce(house, *[event(house, blob) for blob in ((new, old) if late else (old, new))])
    house.run()

    assert [version.source for version in dataset(house).versions] == [new]
    assert dataset(house).refused == dataset(house).pending == ()


def test_data_that_is_gone_before_it_is_judged_is_dropped() -> None:
    house = house_with()
    blob = upload(house, csv(200))
    house.data.remove(blob)
    house.run()

    assert (dataset(house).pending, dataset(house).versions) == ((), ())


def test_a_partly_bad_batch_loses_nothing_of_the_good() -> None:
    house = house_with()
    blobs = [house.data.put("landing", f"wine/{n}.csv", csv(200, seed=n)) for n in range(3)]
    good = [msgspec.json.encode(event(house, blob)) for blob in blobs]
    mixed = msgspec.json.encode([event(house, blobs[1]), {"id": "7"}, event(house, blobs[2])])

    house.arrivals.take([b"\xff", good[0], b"{}", mixed, b""])
    house.run()

    assert {version.source for version in dataset(house).versions} == set(blobs)
    assert len(quarantined(house)) == 4


@pytest.mark.parametrize(
    "changed",
    [{"account": "elsewhere"}, {"container": "private"}, {"path": "wine/deep/1.csv"}, {"path": "wine/1.txt"}],
)
def test_what_no_policy_claims_is_left_alone(changed: dict[str, str]) -> None:
    house = house_with()
    blob = replace(BlobVersion(account=house.data.account, container="landing", path="wine/1.csv"), **changed)
    announce(house, event(house, blob))
    house.run()

    assert house.documents.under("datasets/") == {}
    assert quarantined(house) == []


def test_an_unreadable_policy_is_named_by_what_it_might_have_claimed() -> None:
    house = house_with(b"name: wine\ncolumns: {}\n")
    upload(house, csv(200))

    assert "wine.yaml" in quarantined(house)[0]


@pytest.mark.parametrize("when", ["before it arrives", "while it waits", "when it was accepted"])
def test_malware_is_refused_whenever_the_scan_is_done(when: str) -> None:
    house = house_with()
    blob = house.data.put("landing", "wine/1.csv", csv(200))
    scanned = malware(house, blob)
    steps = {
        "before it arrives": [scanned, event(house, blob)],
        "while it waits": [event(house, blob), scanned],
        "when it was accepted": [event(house, blob), None, scanned],
    }
    for step in steps[when]:
        if step:
            announce(house, step)
        else:
            house.run()
    house.run()

    known = dataset(house)
    assert (known.current, known.stage, known.pending) == (0, "refused", ())
    assert house.data.paths("bronze") == []
    assert all("EICAR" in version.withdrawn for version in known.versions)
    assert "malware" in known.refused[-1].reason


def test_a_withdrawn_version_gives_way_to_the_one_before() -> None:
    house = house_with()
    for n in (1, 2):
        blob = upload(house, csv(200, seed=n), f"wine/{n}.csv")
        house.run()
    announce(house, malware(house, blob))
    house.run()

    assert dataset(house).current == 1


def test_every_fault_of_a_port_ends_in_the_same_version() -> None:
    for port in ("data.look", "data.read", "data.copy", "documents.write", "bus.send", "assets.register"):
        for fault in (Fault.REFUSED, Fault.LOST_ANSWER, Fault.CRASH_AFTER):
            house = troubled(port, fault)
            house.run()
            assert [version.asset for version in dataset(house).versions] == ["wine:1"], (port, fault)
            assert house.data.paths("bronze") == ["wine/v000001/1.csv"]


def troubled(port: str, fault: Fault) -> House:
    """A house with good data in which the port's first call goes wrong."""
    house = house_with()
    upload(house, csv(200))
    left = [fault]
    house.faults.pick = lambda call: left.pop() if call == port and left else None
    return house


def test_data_that_ends_its_worker_is_refused_after_three_times() -> None:
    house = house_with()
    upload(house, csv(200))
    reads = iter(range(100))  # the first reading has no note of one before; each later one reads that note first
    house.faults.pick = lambda call: Fault.CRASH_BEFORE if call == "data.read" and next(reads) in (0, 2, 4) else None
    house.run()

    assert "ended its worker 3 times" in dataset(house).refused[0].reason
    assert not any(path.startswith(".readings") for path in house.data.paths("data-quarantine"))


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.LOST_ANSWER])
def test_trouble_of_the_storage_is_no_fault_of_the_data(fault: Fault) -> None:
    house = house_with()
    upload(house, csv(200))
    left = [fault] * 10
    house.faults.pick = lambda call: left.pop() if call == "data.read" and left else None
    house.run()

    assert dataset(house).current == 1
    assert house.data.paths("data-quarantine") == []


def test_a_person_goes_back_to_an_earlier_version() -> None:
    house = house_with()
    for n in (1, 2):
        upload(house, csv(200, seed=n), f"wine/{n}.csv")
        house.run()
    engineer = {HEADER: principal("Dora", "d", ["Gatehouse.DataEngineer"])}
    stranger = {HEADER: principal("Carl", "c", ["Gatehouse.Tester"])}

    assert house.datasets.revert("wine", {}, b'{"version": "1"}').code == 401
    assert house.datasets.revert("wine", engineer, b'{"version": "9"}').code == 409
    assert house.datasets.revert("wine", engineer, b'{"version": "x"}').code == 400
    assert house.datasets.revert("none", engineer, b'{"version": "1"}').code == 404
    assert house.datasets.revert("wine", stranger, b'{"version": "1"}').code == 403
    assert house.datasets.revert("wine", engineer, b'{"version": "1", "comment": "drifted"}').code == 202
    house.run()
    assert dataset(house).current == 1

    upload(house, csv(200, seed=3), "wine/3.csv")
    house.run()
    assert dataset(house).current == 3


def test_the_story_tells_versions_profiles_and_the_distance_to_the_bar() -> None:
    house = house_with()
    upload(house, csv(200), "wine/1.csv")
    house.run()
    upload(house, BAD, "wine/2.csv")
    house.run()

    assert house.datasets.all().content == {"datasets": [{"dataset": "wine", "stage": "refused", "current": 1}]}
    told = json.loads(json.dumps(house.datasets.one("wine").content))
    assert [point["accepted"] for point in told["quality_bar"]] == [True, False]
    assert told["quality_bar"][1]["distance"] < 0 < told["quality_bar"][0]["distance"]
    assert (told["current"], told["usable"], told["ledger_whole"]) == (1, False, True)
    assert told["refused"][0]["worst"][0]["row"] == 100
    assert house.datasets.profile("wine", "1").content["profile"]["rows"] == 200
    assert house.datasets.profile("wine", "2").code == 404
    assert house.datasets.one("other").code == 404


def test_the_ledger_of_a_dataset_is_decided_again_alike() -> None:
    house = house_with()
    blob = upload(house, csv(200), "wine/1.csv")
    upload(house, BAD, "wine/2.csv")
    house.run()
    announce(house, malware(house, blob))
    house.run()

    again = replay(dataset(house))
    assert again.agrees, again.difference


def test_nothing_of_the_data_is_lost_when_everything_fails_now_and_then() -> None:
    chance = random.Random(7)
    house = house_with()
    for n in range(5):
        upload(house, csv(50, seed=n), f"wine/{n}.csv")
    house.faults.pick = lambda call: Fault.REFUSED if chance.random() < 0.1 else None
    house.run()

    assert sorted(version.version for version in dataset(house).versions) == [1, 2, 3, 4, 5]
