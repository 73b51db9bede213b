"""The story of every dataset, for people and programs, and the way back to an earlier version."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from shared.asking import Refused, Reply, entitled, known, said, texts
from shared.contracts import wire
from shared.contracts.dataset_policies import parse_dataset_policy
from shared.contracts.malformed import Malformed
from shared.contracts.principal import Principal
from shared.core import data_arriving
from shared.core.datasets import Dataset
from shared.core.facts import DatasetReverted
from shared.core.identity import dataset_key, fact_id
from shared.core.ledger import first_broken
from shared.doors.intake import Intake
from shared.histories import whole
from shared.ledgers import Ledgers
from shared.listing import listed
from shared.people.hearing import heard
from shared.ports import Bodies, Clock, Documents
from shared.views import iso, sentence

FOLDER = "datasets"

log = logging.getLogger("gatehouse.datasets")


class DatasetStories:
    """The datasets as they are kept."""

    def __init__(
        self,
        documents: Documents,
        ledgers: Ledgers,
        bodies: Bodies,
        intake: Intake,
        clock: Clock,
        *,
        authenticated: bool,
    ) -> None:
        self._documents, self._ledgers, self._bodies = documents, ledgers, bodies
        self._intake, self._clock, self._authenticated = intake, clock, authenticated

    def all(self) -> Reply:
        """Every dataset in a line, by name; raises Unavailable."""
        lines = [
            {"dataset": marks["dataset"], "stage": marks["stage"], "current": int(marks["current"]) or None}
            for _, marks in listed(self._documents, FOLDER)
        ]
        return Reply(200, {"datasets": sorted(lines, key=lambda line: str(line["dataset"]))})

    def one(self, name: str) -> Reply:
        """One dataset with its versions, its distance to the quality bar and its ledger; 404 for an unknown one.

        Raises Unavailable.
        """
        try:
            return Reply(200, story(self._whole(self._dataset(name))))
        except Refused as refusal:
            return said(refusal)

    def profile(self, name: str, version: str) -> Reply:
        """The profile of one version, as it was judged; 404 for an unknown one. Raises Unavailable."""
        try:
            kept = self._dataset(name).version(_number(version))
        except Refused as refusal:
            return said(refusal)
        if kept is None or not kept.profile:
            return Reply(404, {"refused": f"dataset {name[:60]} has no profile of version {version[:20]}"})
        return Reply(200, msgspec.json.decode(self._bodies.read(kept.profile)))

    def revert(self, name: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Make the version that the body names current again; 202 means that it is on its way.

        401 without a person, 403 for one without a role of the dataset's policy, 404 for an unknown dataset, 400 for a
        malformed body, 409 for a version that is current, unknown or withdrawn. Raises Unavailable.
        """
        return heard(
            self._intake,
            lambda: known(headers, authenticated=self._authenticated),
            lambda person: self._reverted(self._dataset(name), person, body),
            body,
            f"revert of dataset {name[:60]}",
        )

    def _reverted(self, dataset: Dataset, person: Principal, body: bytes) -> DatasetReverted:
        entitled(person, parse_dataset_policy(self._bodies.read(dataset.policy)).reverter_roles)
        said_ = texts(body, ("version", "comment"))
        fact = DatasetReverted(
            id=fact_id("DatasetReverted", dataset.key, dataset.ledger[-1].hash, person.tenant, person.id),
            at=self._clock.now(),
            actor=person.id,
            dataset=dataset.name,
            version=_number(said_["version"]),
            person=person.id,
            tenant=person.tenant,
            name=person.name,
            comment=said_["comment"],
        )
        after = data_arriving.decide(dataset, fact, fact.at).record
        if after.current == dataset.current:
            raise Refused(409, f"dataset {dataset.name}: {after.ledger[-1].sentence}")
        return fact

    def _dataset(self, name: str) -> Dataset:
        """The dataset; raises Refused with 404 or 500, Unavailable."""
        key = dataset_key(name)
        stored = self._documents.read(key)
        try:
            record = wire.decode_record(key, stored.data) if stored else None
        except Malformed as problem:
            log.error("dataset %s can not be read: %s", name, problem)
            raise Refused(500, f"dataset {name[:60]} can not be read: {problem}") from problem
        if not isinstance(record, Dataset):
            raise Refused(404, f"no data ever arrived for a dataset {name[:60]}")
        return record

    def _whole(self, dataset: Dataset) -> Dataset:
        """The dataset with its spilled entries; where they can not be read, its broken chain shows that."""
        try:
            return whole(dataset, dataset.key, self._ledgers)
        except Malformed as problem:
            log.error("the exported ledger of dataset %s can not be read: %s", dataset.name, problem)
            return dataset


def _number(version: str) -> int:
    """The number of a version; raises Refused with 400."""
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Refused(400, "version must be the number of a version, as text")
    return int(version)


def story(dataset: Dataset) -> dict[str, Any]:
    """Everything about one dataset: versions with their lineage, what was refused and why, and its ledger."""
    return {
        "dataset": dataset.name,
        "stage": dataset.stage,
        "usable": dataset.current > 0 and dataset.stage != "refused",
        "current": dataset.current or None,
        "policy": dataset.policy,
        "reference": dataset.reference or None,
        "versions": [msgspec.to_builtins(each) | {"accepted_at": iso(each.accepted_at)} for each in dataset.versions],
        "refused": [msgspec.to_builtins(each) | {"at": iso(each.at)} for each in dataset.refused],
        "pending": [each.blob.name for each in dataset.pending],
        "quality_bar": [msgspec.to_builtins(each) | {"at": iso(each.at)} for each in dataset.bar],
        "waits_for": [type(order).__name__ for order in dataset.outstanding],
        "history": [sentence(entry) for entry in dataset.ledger],
        "ledger": msgspec.to_builtins(dataset.ledger),
        "ledger_whole": first_broken(dataset.ledger) is None,
    }
