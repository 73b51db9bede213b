"""What people say about items that they were asked to label; complete labels become new data."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from shared.asking import Refused, Reply, entitled, known, said, understood
from shared.contracts import wire
from shared.contracts.labels import decode_items, decode_queue, encode_labels, parse_labels
from shared.contracts.malformed import Malformed
from shared.contracts.principal import Principal
from shared.contracts.strict_json import JSON
from shared.core.facts import Action, LabelsCompleted
from shared.core.identity import digest_of, fact_id, label_queue_key, watch_key
from shared.core.labelling import Item, LabelQueue
from shared.core.watch import Watch
from shared.doors.intake import Intake
from shared.people.hearing import heard
from shared.ports import Bodies, Clock, DataBlobs, Documents, Impossible
from shared.views import iso

QUEUE_ID = re.compile(r"[0-9a-f]{32}")
ROLES = ("Gatehouse.Labeller",)
NAMED = 3


class Labels:
    """Shows what is to be labelled, and takes the labels."""

    def __init__(
        self,
        documents: Documents,
        bodies: Bodies,
        data: DataBlobs,
        intake: Intake,
        clock: Clock,
        *,
        authenticated: bool,
    ) -> None:
        self._documents, self._bodies, self._data = documents, bodies, data
        self._intake, self._clock, self._authenticated = intake, clock, authenticated

    def one(self, queue: str) -> Reply:
        """The queue with its items; 404 for an unknown one. Raises Unavailable."""
        try:
            found = self._found(queue)
            items = self._items(found)
        except Refused as refusal:
            return said(refusal)
        about: dict[str, Any] = msgspec.to_builtins(found)
        return Reply(200, {**about, "at": iso(found.at), "items": msgspec.to_builtins(items)})

    def complete(self, queue: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take the labels of all items, one JSON object a line; 202 means that they are new data. Raises Unavailable.

        401 without a person, 403 without the role, 404 for an unknown queue, 409 for one that is not waited for, and
        400 for malformed lines, for items that were not asked, and while an item has no label.
        """
        return heard(
            self._intake,
            lambda: self._labeller(headers),
            lambda person: self._completed(self._found(queue), person, body),
            body,
            f"labels {queue[:32]}",
            beside=lambda fact: {"accepted": f"{fact.items} label(s) by {fact.name}", "dataset": fact.dataset},
        )

    def _labeller(self, headers: Mapping[str, str]) -> Principal:
        person = known(headers, authenticated=self._authenticated)
        entitled(person, ROLES)
        return person

    def _completed(self, queue: LabelQueue, person: Principal, body: bytes) -> LabelsCompleted:
        if not self._waited_for(queue):
            raise Refused(409, f"the labels {queue.id} are not waited for: they came, or the action is over")
        labels = understood(parse_labels, body)
        items = self._items(queue)
        told = _checked(labels, items)
        file = encode_labels(labels, items)
        container, _, place = queue.place.partition("/")
        path = f"{place.rpartition('/')[0]}/labels-{digest_of(file.decode())[:16]}.jsonl"
        self._data.write(container, path, file)
        return LabelsCompleted(
            id=fact_id("labels", queue.id, path, person.tenant, person.id),
            at=self._clock.now(),
            actor=person.id,
            model=queue.model,
            reference=queue.id,
            dataset=f"{container}/{path}",
            items=told,
            name=person.name,
        )

    def _waited_for(self, queue: LabelQueue) -> bool:
        key = watch_key(queue.model)
        stored = self._documents.read(key)
        watch = wire.decode_record(key, stored.data) if stored else None
        active = watch.active if isinstance(watch, Watch) else None
        return active is not None and (active.action, active.reference) == (Action.LABEL, queue.id)

    def _found(self, queue: str) -> LabelQueue:
        stored = self._documents.read(label_queue_key(queue)) if QUEUE_ID.fullmatch(queue) else None
        if stored is None:
            raise Refused(404, f"no labels {queue[:32]} were asked for")
        try:
            return decode_queue(stored.data)
        except Malformed as problem:
            raise Refused(409, f"the queue {queue} can not be read: {problem}") from problem

    def _items(self, queue: LabelQueue) -> list[Item]:
        try:
            return decode_items(self._bodies.read(queue.body))
        except (Impossible, msgspec.DecodeError) as problem:
            raise Refused(409, f"the items of {queue.id} can not be read: {problem}") from problem


def _checked(labels: Mapping[str, JSON], items: list[Item]) -> int:
    """How many labels there are; raises Refused with 400 for items that were not asked or have none."""
    asked = {item.item for item in items}
    for wrong, what in ((labels.keys() - asked, "was not asked"), (asked - labels.keys(), "has no label")):
        if wrong:
            named = ", ".join(sorted(wrong)[:NAMED])
            raise Refused(400, f"{len(wrong)} item(s): {named[:300]} {what}")
    told = sum(label is not None for label in labels.values())
    if not told:
        raise Refused(400, "no item has a label that somebody could tell, so there is nothing to learn")
    return told
