"""The door for data: events of storage become facts about the datasets that they concern, each event on its own."""

import logging
from collections.abc import Callable, Sequence

from shared.contracts.data_events import Arrival, MalwareFound, data_news
from shared.contracts.dataset_policies import Shelved, concerns, is_arrival
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.core.dataset_policy import DatasetPolicy
from shared.core.facts import BlobVersion, DataArrived, DataMalicious, DatasetFact, arrival_id
from shared.core.identity import fact_id
from shared.doors.intake import Intake
from shared.ports import Bodies, DataBlobs

HUB = "data-arrivals"

type Shelf = Callable[[], Sequence[Shelved]]

log = logging.getLogger("gatehouse.arrivals")


class Arrivals:
    """Durable once it returns; only blobs of the one account in which data arrives count, whatever an event says."""

    def __init__(self, intake: Intake, bodies: Bodies, data: DataBlobs, shelf: Shelf) -> None:
        self._intake, self._bodies, self._data, self._shelf = intake, bodies, data, shelf

    def take(self, bodies: Sequence[bytes]) -> None:
        """Tell the facts of a batch of deliveries; a bad event never holds up its neighbours. Raises Unavailable."""
        shelf = self._shelf()
        for body in bodies:
            try:
                events = parse_events(body)
            except Malformed as problem:
                self._intake.refuse(body, str(problem), HUB)
                continue
            for event in events:
                self._one(body, event, shelf)

    def _one(self, body: bytes, event: Event | Malformed, shelf: Sequence[Shelved]) -> None:
        if isinstance(event, Malformed):
            self._intake.refuse(body, str(event), HUB)
            return
        told = self._told(event, shelf)
        if isinstance(told, Malformed):
            self._intake.refuse(event.canonical(), str(told), HUB)
        elif isinstance(told, Ignored):
            log.info("ignored: %s", told.reason)
        else:
            self._bodies.keep(event.canonical())
            self._intake.tell(told)

    def _told(self, event: Event, shelf: Sequence[Shelved]) -> list[DatasetFact] | Ignored | Malformed:
        news = data_news(event)
        if isinstance(news, Ignored | Malformed):
            return news
        if news.blob.account != self._data.account:
            return Ignored(f"{news.blob.account} is not the account in which data arrives", event.where)
        readable = [(each, each.policy) for each in shelf if isinstance(each.policy, DatasetPolicy)]
        if isinstance(news, MalwareFound):
            facts: list[DatasetFact] = [
                self._malicious(event, news, policy) for _, policy in readable if concerns(policy, news.blob)
            ]
        else:
            mine = [(each, policy) for each, policy in readable if is_arrival(policy.arrives, news.blob)]
            facts = [self._arrived(event, news, each, policy) for each, policy in mine]
        return facts or _unclaimed(news.blob, shelf, event.where)

    def _arrived(self, event: Event, news: Arrival, file: Shelved, policy: DatasetPolicy) -> DataArrived:
        return DataArrived(
            id=fact_id(event.source, event.id, policy.name),
            at=event.time,
            body=event.digest,
            actor=event.source,
            dataset=policy.name,
            arrival=arrival_id(news.blob, event.id),
            blob=news.blob,
            policy=self._bodies.keep(file.body),
            sequencer=news.sequencer,
        )

    def _malicious(self, event: Event, news: MalwareFound, policy: DatasetPolicy) -> DataMalicious:
        return DataMalicious(
            id=fact_id(event.source, event.id, policy.name),
            at=event.time,
            body=event.digest,
            actor=event.source,
            dataset=policy.name,
            blob=news.blob,
            malware=news.malware,
        )


def _unclaimed(blob: BlobVersion, shelf: Sequence[Shelved], where: str) -> Ignored | Malformed:
    """Nobody's data is nothing to us, unless a policy that can not be read might have claimed it."""
    problems = [f"{each.file}: {each.policy}" for each in shelf if isinstance(each.policy, Malformed)]
    if problems:
        return Malformed(f"no policy claims {blob.name}, but these can not be read: {'; '.join(problems)}", where)
    return Ignored(f"no policy of a dataset claims {blob.name}", where)
