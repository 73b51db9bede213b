"""Every fact about a dataset has an answer: what arrives is judged, and only what passes becomes a version."""

from dataclasses import replace

from shared.core import facts
from shared.core.datasets import (
    KEPT_MALICIOUS,
    KEPT_POINTS,
    KEPT_REFUSED,
    KEPT_VERSIONS,
    BarPoint,
    Dataset,
    DatasetStage,
    DataVersion,
    Pending,
    RefusedData,
)
from shared.core.orders import JudgeData, Notify, PromoteData, QuarantineData, RegisterDataAsset
from shared.core.record import Decision, Step, commit
from shared.core.verdicts import Outcome

MALWARE = "a scan found malware in it"


def decide(dataset: Dataset | None, fact: facts.DatasetFact, now: float) -> Decision[Dataset]:
    """What `fact` makes of the dataset; total, and one content of one blob becomes a version at most once."""
    before = dataset or Dataset(name=fact.dataset)
    return commit(before.key, dataset.stage if dataset else "", _step(before, fact, now), fact, now)


def _step(dataset: Dataset, fact: facts.DatasetFact, now: float) -> Step[Dataset]:
    match fact:
        case facts.DataArrived():
            return _arrived(dataset, fact)
        case facts.DataMalicious():
            return _malicious(dataset, fact)
        case facts.DataAssetRegistered():
            return _registered(dataset, fact)
        case facts.DatasetReverted():
            return _reverted(dataset, fact)
        case facts.DatasetOrderDone(note=note):
            return Step(record=dataset, sentence=note)
        case facts.DatasetOrderAbandoned():
            return _abandoned(dataset, fact, now)
        case facts.DataJudged() | facts.DataAbsent() | facts.DataPromoted() | facts.DataQuarantined():
            pending = dataset.waiting(fact.arrival)
            if isinstance(fact, facts.DataPromoted) and (pending is None or pending.reason):
                return _unwanted(dataset, fact)
            return _on_its_way(dataset, pending, fact, now) if pending else _noted(dataset, "nothing waits for it")
    return _noted(dataset, "nothing follows from it")


def _noted(dataset: Dataset, because: str) -> Step[Dataset]:
    return Step(record=dataset, sentence=f"noted: {because}")


def _arrived(dataset: Dataset, fact: facts.DataArrived) -> Step[Dataset]:
    blob = fact.blob
    if dataset.waiting(fact.arrival) or any(blob.etag and each.blob == blob for each in dataset.pending):
        return _noted(dataset, f"{blob.name} is being dealt with already")
    if dataset.has_met(blob):
        return _noted(dataset, f"this content of {blob.name} was dealt with before")
    pending = Pending(arrival=fact.arrival, blob=blob, policy=fact.policy, arrived_at=fact.at)
    known = replace(dataset, policy=fact.policy)
    if dataset.is_malicious(blob):
        return _refused(known, pending, MALWARE)
    waiting = replace(known, stage=DatasetStage.JUDGING, pending=(*known.pending, pending))
    return Step(record=waiting, sentence=f"{blob.name} arrived", orders=(JudgeData(arrival=fact.arrival),))


def _refused(dataset: Dataset, pending: Pending, reason: str) -> Step[Dataset]:
    """The data goes out of the way, and people are told."""
    refused = replace(pending, reason=reason, version=0)
    others = tuple(each for each in dataset.pending if each.arrival != pending.arrival)
    away = QuarantineData(arrival=pending.arrival, blob=pending.blob, reason=reason)
    record = replace(_without_orders(dataset, pending.arrival), stage=DatasetStage.REFUSED, pending=(*others, refused))
    sentence = f"{pending.blob.name} is refused: {reason}"
    return Step(record=record, sentence=sentence, orders=(away, Notify(news="data refused")))


def _without_orders(dataset: Dataset, arrival: str) -> Dataset:
    """The dataset without what was still to be done with the data for its acceptance."""
    kept = tuple(
        order
        for order in dataset.outstanding
        if not (isinstance(order, JudgeData | PromoteData) and order.arrival == arrival)
    )
    return replace(dataset, outstanding=kept)


def _on_its_way(dataset: Dataset, pending: Pending, fact: facts.DatasetFact, now: float) -> Step[Dataset]:
    match fact:
        case facts.DataJudged() if pending.reason or pending.version:
            return _noted(dataset, "it was judged before")
        case facts.DataJudged():
            return _judged(dataset, pending, fact)
        case facts.DataAbsent(reason=reason):
            return Step(record=_without(dataset, pending), sentence=f"{pending.blob.name} is dropped: {reason}")
        case facts.DataPromoted():
            return _promoted(dataset, pending, fact)
        case facts.DataQuarantined(place=place):
            refused = RefusedData(blob=pending.blob, reason=pending.reason, at=now, worst=pending.worst, place=place)
            kept = replace(_without(dataset, pending), refused=(*dataset.refused, refused)[-KEPT_REFUSED:])
            return Step(record=kept, sentence=f"{pending.blob.name} is out of the way, at {place}")
    return _noted(dataset, "nothing follows from it")


def _without(dataset: Dataset, pending: Pending) -> Dataset:
    return replace(dataset, pending=tuple(each for each in dataset.pending if each.arrival != pending.arrival))


def _judged(dataset: Dataset, pending: Pending, fact: facts.DataJudged) -> Step[Dataset]:
    if dataset.has_met(fact.blob):
        dropped = _without(dataset, pending)
        return Step(record=dropped, sentence=f"noted: this content of {fact.blob.name} was dealt with before")
    passed = fact.verdict.outcome is Outcome.PASS
    judged = replace(
        pending,
        blob=fact.blob,
        rows=fact.rows,
        distance=fact.distance,
        profile=fact.profile,
        reference=fact.reference,
        worst=fact.worst,
    )
    point = BarPoint(at=fact.at, distance=fact.distance, rows=fact.rows, accepted=passed)
    measured = replace(dataset, bar=(*dataset.bar, point)[-KEPT_POINTS:])
    step = _accepted(measured, judged, fact) if passed else _refused(measured, judged, fact.verdict.reason)
    return replace(step, verdicts=(fact.verdict,))


def _accepted(dataset: Dataset, judged: Pending, fact: facts.DataJudged) -> Step[Dataset]:
    """The data gets its number; it is the reference from now on where there was none that it could be compared with."""
    number = dataset.numbered + 1
    numbered = replace(judged, version=number)
    others = tuple(each for each in dataset.pending if each.arrival != judged.arrival)
    teaches = bool(fact.learned) and dataset.reference == fact.replaces
    accepted = replace(
        dataset,
        numbered=number,
        pending=(*others, numbered),
        reference=fact.learned if teaches else dataset.reference,
    )
    sentence = f"{judged.blob.name} is accepted: {fact.verdict.reason}"
    return Step(record=accepted, sentence=sentence, orders=(PromoteData(arrival=judged.arrival, version=number),))


def _promoted(dataset: Dataset, pending: Pending, fact: facts.DataPromoted) -> Step[Dataset]:
    version = DataVersion(
        version=fact.version,
        source=pending.blob,
        blob=fact.blob,
        policy=pending.policy,
        profile=pending.profile,
        reference=pending.reference,
        rows=pending.rows,
        distance=pending.distance,
        accepted_at=fact.at,
    )
    newest = max((each.version for each in dataset.versions), default=0)
    current = fact.version if fact.version > newest else dataset.current
    known = tuple(sorted((*dataset.versions, version), key=lambda each: each.version))[-KEPT_VERSIONS:]
    promoted = replace(_without(dataset, pending), stage=DatasetStage.ACCEPTED, versions=known, current=current)
    sentence = f"version {fact.version} lies at {fact.blob.name}"
    return Step(record=promoted, sentence=sentence, orders=(RegisterDataAsset(version=fact.version),))


def _unwanted(dataset: Dataset, fact: facts.DataPromoted) -> Step[Dataset]:
    """The data was refused while it was being copied, so the copy goes out of the way, too."""
    reason = f"a copy of it became version {fact.version} after it was refused"
    arrival = facts.arrival_id(fact.blob, f"unwanted {fact.version}")
    pending = Pending(arrival=arrival, blob=fact.blob, policy=dataset.policy, arrived_at=fact.at)
    return _refused(dataset, pending, reason)


def _malicious(dataset: Dataset, fact: facts.DataMalicious) -> Step[Dataset]:
    """What waits is refused and what was accepted is withdrawn; what arrives later is known to be malicious."""
    reason = f"{MALWARE}: {', '.join(fact.malware) or 'unnamed'}"
    remembered = (fact.blob,) if fact.blob.etag else ()  # without an etag nobody knows which content to come was meant
    known = replace(dataset, malicious=(*dataset.malicious, *remembered)[-KEPT_MALICIOUS:])
    waiting = next((each for each in known.pending if each.blob.is_content_of(fact.blob) and not each.reason), None)
    if waiting:
        return _refused(known, waiting, reason)
    version = next((each for each in known.versions if _is_content_of(each, fact.blob)), None)
    if version is None or version.withdrawn:
        return Step(record=known, sentence=f"{fact.blob.name}: {reason}; nothing of it is here now")
    return _withdrawn(known, version, reason)


def _is_content_of(version: DataVersion, blob: facts.BlobVersion) -> bool:
    return version.source.is_content_of(blob) or version.blob.is_content_of(blob)


def _withdrawn(dataset: Dataset, version: DataVersion, reason: str) -> Step[Dataset]:
    versions = tuple(
        replace(each, withdrawn=reason) if each.version == version.version else each for each in dataset.versions
    )
    usable = [each.version for each in versions if not each.withdrawn]
    current = dataset.current if dataset.current in usable else max(usable, default=0)
    arrival = facts.arrival_id(version.blob, f"withdrawn {version.version}")
    pending = Pending(
        arrival=arrival, blob=version.blob, policy=version.policy, arrived_at=version.accepted_at, reason=reason
    )
    record = replace(dataset, versions=versions, current=current)
    step = _refused(record, pending, reason)
    return replace(step, sentence=f"version {version.version} is withdrawn: {reason}; current is {current or 'none'}")


def _registered(dataset: Dataset, fact: facts.DataAssetRegistered) -> Step[Dataset]:
    versions = tuple(
        replace(each, asset=fact.asset) if each.version == fact.version else each for each in dataset.versions
    )
    return Step(record=replace(dataset, versions=versions), sentence=f"version {fact.version} is {fact.asset}")


def _reverted(dataset: Dataset, fact: facts.DatasetReverted) -> Step[Dataset]:
    version = dataset.version(fact.version)
    if version is None or version.withdrawn:
        return _noted(dataset, f"version {fact.version} is {version.withdrawn if version else 'unknown'}")
    sentence = f"{fact.name} made version {fact.version} the current one: {fact.comment or 'no comment'}"
    return Step(record=replace(dataset, current=fact.version), sentence=sentence)


def _abandoned(dataset: Dataset, fact: facts.DatasetOrderAbandoned, now: float) -> Step[Dataset]:
    """Data that can not be judged or promoted is refused; one that can not be moved is refused where it lies."""
    order = next((order for order in dataset.outstanding if order.key == fact.answers), None)
    sentence = f"{fact.order} can not be carried out: {fact.reason}"
    arrival = order.arrival if isinstance(order, JudgeData | PromoteData | QuarantineData) else ""
    pending = dataset.waiting(arrival)
    if pending is None:
        return Step(record=dataset, sentence=sentence, orders=(Notify(news="data order failed"),))
    if not isinstance(order, QuarantineData):
        return _refused(dataset, pending, sentence)
    left = RefusedData(blob=pending.blob, reason=pending.reason, at=now, worst=pending.worst, place=pending.blob.name)
    kept = replace(_without(dataset, pending), refused=(*dataset.refused, left)[-KEPT_REFUSED:])
    return Step(record=kept, sentence=sentence, orders=(Notify(news="data order failed"),))
