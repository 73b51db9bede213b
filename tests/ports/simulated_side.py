"""The simulated ports and what lies behind them."""

from collections.abc import Mapping

from shared.core.evidence import ImageReference
from shared.core.facts import BlobVersion
from shared.ports import DeploymentSpec
from tests.simulated.bus import SimulatedBus
from tests.simulated.clock import SimulatedClock
from tests.simulated.data import SimulatedAssets, SimulatedData
from tests.simulated.endpoints import OPERATION_SECONDS, SimulatedEndpoints
from tests.simulated.faults import Faults
from tests.simulated.jobs import JOB_SECONDS, SimulatedJobs
from tests.simulated.notices import SimulatedNotices
from tests.simulated.registry import REGISTRY, SimulatedImages, SimulatedModels
from tests.simulated.storage import SimulatedBodies, SimulatedDocuments, SimulatedLedgers, SimulatedQuarantine


class SimulatedSide:
    """Ports in memory, on a clock of their own."""

    registry = REGISTRY
    registrant = "Carl"

    def __init__(self) -> None:
        faults = Faults()
        self._clock = SimulatedClock()
        self.documents = SimulatedDocuments(faults, self._clock)
        self.ledgers = SimulatedLedgers(faults)
        self.bodies = SimulatedBodies(faults)
        self.quarantine = SimulatedQuarantine(faults)
        self.bus = SimulatedBus(self._clock, faults)
        self.models = SimulatedModels(faults)
        self.images = SimulatedImages(faults)
        self.endpoints = SimulatedEndpoints(self._clock, faults)
        self.jobs = SimulatedJobs(self._clock, faults)
        self.notices = SimulatedNotices(faults)
        self.data = SimulatedData(faults)
        self.assets = SimulatedAssets(faults)

    def now(self) -> float:
        """The simulation's time."""
        return self._clock.now()

    def wait(self, seconds: float) -> None:
        """Move the clock."""
        self._clock.advance_to(self._clock.now() + seconds)

    def settle(self, endpoint: str) -> None:
        """Move the clock past every operation."""
        self.wait(OPERATION_SECONDS)

    def take(self, queue: str, count: int) -> list[bytes]:
        """Receive and settle everything that is due in the queue."""
        letters = [letter for letter in self.bus.due() if letter.queue == queue]
        for letter in letters:
            self.bus.settle(letter)
        return [letter.body for letter in letters]

    def take_beside(self, queue: str) -> Mapping[str, str]:
        """Receive and settle the first letter."""
        letter = next(letter for letter in self.bus.due() if letter.queue == queue)
        self.bus.settle(letter)
        return letter.properties

    def put_model(
        self,
        name: str,
        version: str,
        files: Mapping[str, bytes],
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """Register a model version."""
        self.models.add(name, version, files, tags or {}, self.registrant, properties)

    def upload_data(self, path: str, body: bytes) -> BlobVersion:
        """Upload a blob."""
        return self.data.put("landing", path, body)

    def data_at(self, container: str, path: str) -> bytes | None:
        """What lies there."""
        return self.data.body(container, path)

    def asset_place(self, name: str, version: str) -> str:
        """Where the asset lies."""
        return self.assets.known[name, int(version)][0]

    def put_environment(self, environment: str, image: str) -> None:
        """Register an environment on an image."""
        self.models.add_environment(environment, image)

    def put_built_environment(self, environment: str) -> None:
        """Register an environment without an image."""
        self.models.add_environment(environment, "")

    def push_image(self, repository: str, tag: str) -> ImageReference:
        """Push an image."""
        return self.images.add(repository, tag)

    def spec(self, endpoint: str, name: str, *, sound: bool = True) -> DeploymentSpec:
        """A deployment; the simulation does not look at its model and image."""
        if not sound:
            self.endpoints.failing[name] = "the model can not be loaded"
        return DeploymentSpec(
            endpoint=endpoint,
            name=name,
            model="greatest",
            version="1",
            environment="serving:1",
            image=f"{REGISTRY}/serving@sha256:{'0' * 64}",
            instance_type="Standard_DS3_v2",
            instances=1,
        )

    def put_component(self, inputs: Mapping[str, str], program: str) -> str:
        """Register a component; one whose program raises fails, and one that sleeps hangs."""
        template = f"component-{len(self.jobs.components)}:1"
        self.jobs.components[template] = dict(inputs)
        if "raise" in program:
            self.jobs.failing.add(template)
        if "sleep" in program:
            self.jobs.hanging.add(template)
        return template

    def wait_for_job(self) -> None:
        """Move the clock past every job."""
        self.wait(JOB_SECONDS)

    def runs_of(self, job: str) -> int:
        """How often a job of that name was started."""
        return sum(1 for spec in self.jobs.submitted if spec.name == job)

    def heard(self) -> list[bytes]:
        """Every event that was posted."""
        return self.notices.events

    def quarantined(self, case: str) -> tuple[bytes, str, str, float]:
        """What is kept of a case."""
        kept = self.quarantine.cases[case]
        return kept.body, kept.reason, kept.source, kept.at
