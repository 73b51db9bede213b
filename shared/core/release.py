"""The release: one model version on its way, and the stages it can be in."""

from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.evidence import Approval, Dismissals, ImageReference, Inspection, PackageCheck, Scan
from shared.core.facts import OrderAbandoned
from shared.core.identity import deployment_name, release_key
from shared.core.orders import Order
from shared.core.policy import HOUR, Policy
from shared.core.record import Record
from shared.core.verdicts import Verdict


class Stage(StrEnum):
    """Where a release is; the order is that of a life."""

    REGISTERED = "registered"
    VALIDATING = "validating"
    QUARANTINED = "quarantined"
    STAGING = "staging"
    AWAITING_APPROVAL = "awaiting approval"
    CANARY = "canary"
    LIVE = "live"
    ROLLING_BACK = "rolling back"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled back"
    RECALLED = "recalled"
    EXPIRED = "expired"
    ABORTED = "aborted"


TERMINAL = frozenset(
    {Stage.SUPERSEDED, Stage.REJECTED, Stage.ROLLED_BACK, Stage.RECALLED, Stage.EXPIRED, Stage.ABORTED}
)
WAITING = frozenset({Stage.REGISTERED, Stage.VALIDATING, Stage.QUARANTINED, Stage.STAGING, Stage.AWAITING_APPROVAL})
PAUSABLE = WAITING | {Stage.CANARY}
IN_PRODUCTION = frozenset({Stage.CANARY, Stage.LIVE, Stage.ROLLING_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Record):
    """One model version; times are seconds since the epoch, `deadline` 0 means none.

    `registration` is the SHA-256 of the bytes that registered it, "" for none; `image` is the one that was scanned and
    `trusted` the same where it is deployed from; `held` says that a failing scan waits for a waiver until the deadline;
    `weight` is the last measured share of traffic in percent, `shifted_at` since when; `ending` is the stage that a
    roll-back leads to; `previous` is the version that was live before, "" while this one was not, `successors` those
    that came in its place, and `outlived` those that left it again: the news of both may come in any order; `reason`
    says why a release ended; `paused` names the operator who holds it, "" for nobody.
    """

    stage: Stage = Stage.REGISTERED
    model: str
    version: str
    policy: Policy
    policy_digest: str
    registration: str = ""
    registered_at: float
    entered: float
    deadline: float = 0.0
    inspection: Inspection | None = None
    image: ImageReference | None = None
    trusted: ImageReference | None = None
    scans: tuple[Scan, ...] = ()
    dismissals: Dismissals = field(default_factory=Dismissals)
    packages: tuple[PackageCheck, ...] = ()
    held: bool = False
    approvals: tuple[Approval, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    weight: int = 0
    shifted_at: float = 0.0
    ending: Stage | None = None
    previous: str = ""
    successors: tuple[str, ...] = ()
    outlived: tuple[str, ...] = ()
    reason: str = ""
    paused: str = ""

    @property
    def key(self) -> str:
        """Where the release is kept."""
        return release_key(self.model, self.version)

    @property
    def deployment(self) -> str:
        """The name of its deployment, in staging and in production."""
        return deployment_name(self.model, self.version)

    @property
    def endpoint(self) -> str:
        """The production endpoint it is meant for, "" before the model was inspected."""
        return self.inspection.endpoint if self.inspection else ""

    @property
    def digest(self) -> str:
        """The digest of its image, "" before it is known."""
        return self.image.digest if self.image else ""

    @property
    def submitters(self) -> tuple[str, ...]:
        """Who brought the model, by the registry and by its own tag; none of these people can approve it."""
        return self.inspection.submitted_by if self.inspection else ()

    def waited_for(self, fact: OrderAbandoned) -> bool:
        """Whether the abandoned order was one that this stage depends on."""
        return any(order.key == fact.answers and not order.lasting for order in self.outstanding)

    def waits_for_any(self, kind: type[Order]) -> bool:
        """Whether an order of this kind is outstanding."""
        return any(isinstance(order, kind) for order in self.outstanding)

    def can_go_back(self, now: float) -> bool:
        """Whether the version that was live before a live one is still deployed: it is until the soak is over."""
        return bool(self.previous) and now < self.entered + self.policy.live.soak_hours * HOUR

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.model}:{self.version}"
