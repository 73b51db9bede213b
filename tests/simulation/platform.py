"""Storage and endpoints whose effects may land late, and whose operations take long, fail or hang."""

from collections.abc import Callable, Mapping

from shared.core.evidence import ImageReference
from shared.ports import Conflict, DeploymentSpec, Impossible, Unavailable
from tests.simulated.endpoints import SimulatedEndpoints
from tests.simulated.registry import SimulatedImages
from tests.simulated.storage import SimulatedDocuments
from tests.simulation.scheduler import Scheduler
from tests.simulation.trouble import Trouble

PATIENCE_SECONDS = 10.0
HANGING_SECONDS = 1200.0
LATE_FAILURES = (Conflict, Impossible)


def _gave_up(scheduler: Scheduler, call: str) -> Unavailable:
    """The caller waits for a while and then only knows that it does not know."""
    scheduler.sleep(PATIENCE_SECONDS)
    return Unavailable(f"{call} did not answer in time")


class Documents(SimulatedDocuments):
    """Documents on the world's own clock, of which a write may land late, its condition looked at only then."""

    def __init__(self, scheduler: Scheduler, trouble: Trouble) -> None:
        super().__init__(trouble, scheduler)
        self._scheduler, self._trouble = scheduler, trouble

    def write(self, key: str, data: bytes, etag: str | None, labels: Mapping[str, str] | None = None) -> None:
        """Write over exactly `etag`, or create when it is None; raises Conflict, or Unavailable when unsure."""
        write = super().write
        if self._trouble.late("documents.write", lambda: write(key, data, etag, labels), LATE_FAILURES):
            raise _gave_up(self._scheduler, "documents.write")
        write(key, data, etag, labels)


class Images(SimulatedImages):
    """A registry that remembers when each image was discarded, in seconds since the epoch, and tells `discarding`."""

    def __init__(self, scheduler: Scheduler, trouble: Trouble) -> None:
        super().__init__(trouble)
        self._scheduler = scheduler
        self.gone: dict[str, float] = {}
        self.discarding: list[Callable[[str], None]] = []

    def knows(self, digest: str) -> bool:
        """Whether an image of this digest was ever in the registry."""
        return any(image.digest == digest for image in self._known.values())

    def discard(self, image: ImageReference) -> None:
        """Lock and remove the image."""
        before = image.digest in self.discarded
        try:
            super().discard(image)
        finally:
            if image.digest in self.discarded:
                self.gone.setdefault(image.digest, self._scheduler.now())
            for watch in self.discarding if image.digest in self.discarded and not before else ():
                watch(image.digest)


class Endpoints(SimulatedEndpoints):
    """Endpoints whose changes may land late, take long, hang, fail without effect or be followed by another one.

    `creating` is shown every deployment that is accepted, with its image, and `deleting` each one that goes. Until
    `refused_until` (seconds since the epoch) no traffic write is accepted.
    """

    def __init__(self, scheduler: Scheduler, trouble: Trouble) -> None:
        super().__init__(scheduler, trouble)
        self._scheduler, self._trouble = scheduler, trouble
        self.creating: list[Callable[[DeploymentSpec], None]] = []
        self.deleting: list[Callable[[str, str], None]] = []
        self.refused_until = 0.0

    def create_endpoint(self, name: str) -> None:
        """Start making an endpoint."""
        create = super().create_endpoint
        self._begin("create_endpoint", lambda: create(name))

    def create_deployment(self, spec: DeploymentSpec) -> None:
        """Start making a deployment, which may hang or fail."""
        create = super().create_deployment

        def begin() -> None:
            create(spec)
            for watch in self.creating:
                watch(spec)
            if self._trouble.chance(self._trouble.swarm.operation / 4, "CREATION_FAILS"):
                self._hosts[spec.endpoint].deployments[spec.name].fails = "out of capacity, says the simulation"

        self._begin("create_deployment", begin)

    def delete_deployment(self, endpoint: str, name: str) -> None:
        """Start deleting a deployment."""
        delete = super().delete_deployment

        def begin() -> None:
            delete(endpoint, name)
            for watch in self.deleting:
                watch(endpoint, name)

        self._begin("delete_deployment", begin)

    def set_traffic(self, endpoint: str, weights: Mapping[str, int]) -> None:
        """Start writing the traffic; the operation may fail in the end, so that nothing changes."""
        shift = super().set_traffic

        def begin() -> None:
            if self._scheduler.now() < self.refused_until:
                raise Impossible("the traffic of this endpoint can not be changed now, says the simulation")
            shift(endpoint, weights)
            host = self._hosts[endpoint]
            if self._trouble.chance(self._trouble.swarm.operation, "TRAFFIC_FAILS"):
                host.coming = None
            if self._trouble.chance(self._trouble.swarm.operation, "UPDATING_AGAIN"):
                self._scheduler.after(host.busy_until - self._scheduler.now() + 1.0, lambda: self._touch(endpoint))

        self._begin("set_traffic", begin)

    def _begin(self, call: str, effect: Callable[[], None]) -> None:
        def lasting() -> None:
            self.operation_seconds = self._trouble.random.uniform(5.0, 60.0)
            if self._trouble.chance(self._trouble.swarm.operation / 4, "OPERATION_HANGS", call):
                self.operation_seconds = HANGING_SECONDS
            effect()

        if self._trouble.late(f"endpoints.{call}", lasting, LATE_FAILURES):
            raise _gave_up(self._scheduler, call)
        lasting()

    def settles(self, endpoint: str) -> float:
        """When the change of the endpoint that is under way is over, in seconds since the epoch."""
        return self._hosts[endpoint].busy_until

    def standing(self, endpoint: str) -> set[str]:
        """Every deployment of the endpoint, for looking at it from outside."""
        host = self._host(endpoint)
        return set(host.deployments) if host else set()

    def _touch(self, endpoint: str) -> None:
        """The service itself changes something, so that Succeeded is followed by Updating."""
        host = self._host(endpoint)
        if host is not None and host.coming is None:
            host.busy_until = max(host.busy_until, self._scheduler.now() + 15.0)
