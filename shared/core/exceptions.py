"""An exception for a package that the rules do not allow at once: requested, reviewed by another person, and over."""

from dataclasses import dataclass, replace
from enum import StrEnum

from shared.core import facts
from shared.core.identity import exception_key
from shared.core.packages import Grant
from shared.core.record import Decision, Record, Step, commit


class ExceptionStage(StrEnum):
    """Where an exception is; one that is granted counts until its time is over, without a fact saying so."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageException(Record):
    """One person's wish for one package (`specifier` "" for every version, `source` "" for any) and the answer to it.

    `model` and `scenario` limit where it counts, "" for everywhere; `requested_at` and `until`, when a granted one is
    over, are in seconds since the epoch. `reviewer` and `comment` are those of the answer, "" before there is one.
    """

    stage: ExceptionStage = ExceptionStage.REQUESTED
    id: str
    package: str = ""
    specifier: str = ""
    source: str = ""
    model: str = ""
    scenario: str = ""
    reason: str = ""
    person: str = ""
    tenant: str = ""
    name: str = ""
    requested_at: float = 0.0
    reviewer: str = ""
    comment: str = ""
    until: float = 0.0

    @property
    def key(self) -> str:
        """Where the exception is kept."""
        return exception_key(self.id)

    def counts(self, now: float) -> bool:
        """Whether it lets the package in at `now`."""
        return self.stage is ExceptionStage.GRANTED and now < self.until

    def state(self, now: float) -> str:
        """Its stage in a word, expired for a granted one whose time is over."""
        return "expired" if self.stage is ExceptionStage.GRANTED and not self.counts(now) else self.stage

    def grant(self) -> Grant:
        """What the rules about packages read of it."""
        return Grant(
            id=self.id,
            name=self.package,
            specifier=self.specifier,
            source=self.source,
            model=self.model,
            scenario=self.scenario,
            until=self.until,
        )


def decide(known: PackageException | None, fact: facts.ExceptionFact, now: float) -> Decision[PackageException]:
    """What `fact` makes of the exception; total, and an answer counts once, and never from the person who asks."""
    before = known or PackageException(id=fact.exception)
    stage = known.stage if known else ""
    return commit(before.key, stage, _step(known, before, fact, now), fact, now)


def _step(
    known: PackageException | None, before: PackageException, fact: facts.ExceptionFact, now: float
) -> Step[PackageException]:
    match fact:
        case facts.PackageExceptionRequested() if known is None or known.state(now) in ("refused", "expired"):
            return _requested(before, fact)
        case facts.PackageExceptionGranted() | facts.PackageExceptionRefused() if known is None:
            return _nothing(before, "nobody asked for it")
        case facts.PackageExceptionGranted() | facts.PackageExceptionRefused() if fact.person == before.person:
            return _nothing(before, f"{fact.name} asked for it, so somebody else must answer")
        case facts.PackageExceptionGranted(until=until) if before.stage is ExceptionStage.REQUESTED:
            if not now < until:
                return _nothing(before, "its time is over already")
            return _answered(before, fact, ExceptionStage.GRANTED, until)
        case facts.PackageExceptionRefused() if before.stage is ExceptionStage.REQUESTED:
            return _answered(before, fact, ExceptionStage.REFUSED, 0.0)
    return _nothing(before, f"it is {before.state(now)}")


def _nothing(before: PackageException, because: str) -> Step[PackageException]:
    return Step(record=before, sentence=f"changes nothing: {because}")


def _requested(before: PackageException, fact: facts.PackageExceptionRequested) -> Step[PackageException]:
    asked = replace(
        before,
        stage=ExceptionStage.REQUESTED,
        package=fact.package,
        specifier=fact.specifier,
        source=fact.source,
        model=fact.model,
        scenario=fact.scenario,
        reason=fact.reason,
        person=fact.person,
        tenant=fact.tenant,
        name=fact.name,
        requested_at=fact.at,
        reviewer="",
        comment="",
        until=0.0,
    )
    return Step(record=asked, sentence=f"{fact.name} asks for {fact.package} {fact.specifier}: {fact.reason}")


def _answered(
    before: PackageException, fact: facts.ExceptionAnswer, stage: ExceptionStage, until: float
) -> Step[PackageException]:
    answered = replace(before, stage=stage, reviewer=fact.name, comment=fact.comment, until=until)
    return Step(record=answered, sentence=f"{stage} by {fact.name}: {fact.comment or 'no comment'}")
