"""The real engine, pipeline, doors and performers over simulated ports, with a broker that delivers on demand."""

from collections.abc import Callable, Mapping

from shared.contracts import wire
from shared.contracts.dataset_policies import Shelved
from shared.contracts.malformed import Malformed
from shared.core.facts import ModelRegistered
from shared.core.identity import endpoint_key, release_key
from shared.core.policy import Policy
from shared.core.release import Release
from shared.core.traffic import Endpoint
from shared.doors.arrivals import Arrivals
from shared.doors.dead_letters import DeadLetters
from shared.doors.intake import Intake
from shared.doors.pipeline import Pipeline
from shared.doors.registry_hints import RegistryHints
from shared.doors.rescans import Rescans
from shared.doors.serving import Serving
from shared.doors.serving_data import ServingData
from shared.doors.signals import Signals
from shared.doors.sweeping import Sweeping
from shared.engine import Engine
from shared.inference import InferenceData
from shared.people.custody import Custody
from shared.people.dataset_stories import DatasetStories
from shared.people.exceptions import Exceptions
from shared.people.image_stories import ImageStories
from shared.people.labels import Labels
from shared.people.operators import Operators
from shared.people.packages import Packages
from shared.people.releases import People
from shared.people.waivers import Waivers
from shared.people.watches import Watches
from shared.performers.world import World
from shared.ports import Conflict, Unavailable
from tests.simulated.bus import Letter, SimulatedBus
from tests.simulated.clock import SimulatedClock
from tests.simulated.data import SimulatedAssets, SimulatedData
from tests.simulated.endpoints import SimulatedEndpoints
from tests.simulated.faults import Crash, Faults
from tests.simulated.jobs import SimulatedJobs
from tests.simulated.load import Load
from tests.simulated.notices import SimulatedNotices
from tests.simulated.registry import REGISTRY, SimulatedImages, SimulatedModels
from tests.simulated.storage import SimulatedBodies, SimulatedDocuments, SimulatedLedgers, SimulatedQuarantine

POLICY = Policy(name="usual", scenario="classical")
WORKSPACE = "simulated"
WINDOW_SECONDS = 10.0
RETRY_SECONDS = 1.0


class House:
    """Gatehouse in memory; releases are bound to `policy`, and `faults` says what goes wrong at which call of a port.

    A `policy` that is Malformed is one that can not be read.
    """

    def __init__(self, policy: Policy = POLICY, faults: Faults | None = None) -> None:
        self.policy: Policy | Malformed = policy
        self.faults = faults or Faults()
        self.clock = SimulatedClock()
        self._store()
        self._wire()
        self.serving = self._serving()
        self.load = Load(self.endpoints, self.serving)

    def _store(self) -> None:
        self.documents = SimulatedDocuments(self.faults, self.clock)
        self.ledgers = SimulatedLedgers(self.faults)
        self.bodies = SimulatedBodies(self.faults)
        self.quarantine = SimulatedQuarantine(self.faults)
        self.bus = SimulatedBus(self.clock, self.faults)
        self.models = SimulatedModels(self.faults)
        self.images = SimulatedImages(self.faults)
        self.endpoints = SimulatedEndpoints(self.clock, self.faults)
        self.notices = SimulatedNotices(self.faults)
        self.jobs = SimulatedJobs(self.clock, self.faults)
        self.data = SimulatedData(self.faults)
        self.assets = SimulatedAssets(self.faults)

    def _wire(self) -> None:
        self.intake = Intake(self.bus, self.bodies, self.quarantine, self.clock)
        self.engine = Engine(
            documents=self.documents,
            ledgers=self.ledgers,
            bus=self.bus,
            clock=self.clock,
            policy_for=self._policy_for,
            pause=self.pause,
            jitter=lambda: 0.5,
        )
        self.pipeline = Pipeline(
            engine=self.engine,
            world=self._world(),
            intake=self.intake,
            bus=self.bus,
            bodies=self.bodies,
            clock=self.clock,
        )
        self.people = People(self.documents, self.ledgers, self.intake, self.clock, authenticated=True)
        self.operators = Operators(self.documents, self.intake, self.clock, authenticated=True)
        self.packages = Packages(self.documents, self.clock, self._policy_for, authenticated=True)
        self.exceptions = Exceptions(self.documents, self.intake, self.clock, self._policy_for, authenticated=True)
        self.waivers = Waivers(self.documents, self.intake, self.clock, authenticated=True)
        self.image_stories = ImageStories(self.documents, self.ledgers)
        self.rescans = Rescans(self.documents, self.intake, self.clock)
        self.labels = Labels(self.documents, self.bodies, self.data, self.intake, self.clock, authenticated=True)
        self.watches = Watches(self.documents, self.ledgers, self.intake, self.clock)
        self.custody = Custody(self.quarantine, self.bus, self.clock, authenticated=True)
        self.dead_letters = DeadLetters(self.intake)
        self.registry_hints = RegistryHints(self.intake, self.images, self.bodies, REGISTRY)
        self.signals = Signals(
            self.intake, self.documents, self.bodies, workspace=WORKSPACE, monitors={"churn-drift": "churn"}
        )
        self.sweeping = Sweeping(self.engine, self.documents, self.clock)
        self.dataset_policies: list[Shelved] = []
        self.arrivals = Arrivals(self.intake, self.bodies, self.data, lambda: self.dataset_policies)
        self.datasets = DatasetStories(
            self.documents, self.ledgers, self.bodies, self.intake, self.clock, authenticated=True
        )
        self.doors: Mapping[str, Callable[[Letter], object]] = {
            "model-events": lambda letter: self.intake.model_events(letter.body),
            "registry-events": lambda letter: self.registry_hints.take(letter.body),
            "scan-results": lambda letter: self.intake.scan_report(letter.body, letter.properties.get("image", "")),
            "monitoring-signals": lambda letter: self.signals.take(letter.body, self.clock.now()),
            "facts": lambda letter: self.pipeline.decide_fact(letter.body),
        }

    def _serving(self) -> Serving:
        return Serving(
            self.documents,
            self.intake,
            self.clock,
            window_seconds=WINDOW_SECONDS,
            pause=self.pause,
            data=self._serving_data,
        )

    def _serving_data(self) -> ServingData:
        data = InferenceData(self.documents, self.bodies)
        return ServingData(self.documents, data, window_seconds=WINDOW_SECONDS, pause=self.pause)

    def pause(self, seconds: float) -> None:
        """What waiting between two tries is here: nothing."""

    def _policy_for(self, fact: ModelRegistered) -> Policy:
        if isinstance(self.policy, Malformed):
            raise self.policy
        return self.policy

    def _world(self) -> World:
        return World(
            documents=self.documents,
            bodies=self.bodies,
            quarantine=self.quarantine,
            models=self.models,
            images=self.images,
            endpoints=self.endpoints,
            notices=self.notices,
            jobs=self.jobs,
            data=self.data,
            assets=self.assets,
            clock=self.clock,
            source="/gatehouse/simulated",
            trusted="trusted/{repository}",
        )

    def deliver(self, letter: Letter, *, settle: bool = True) -> bool:
        """Deliver one letter to its door; whether it went well. A failed or unsettled one comes again."""
        letter.deliveries += 1
        try:
            self.open(letter)
        except (Crash, Unavailable, Conflict):
            letter.due = self.clock.now() + RETRY_SECONDS
            return False
        if settle:
            self.bus.settle(letter)
        return True

    def open(self, letter: Letter) -> None:
        """Give one letter to whoever takes those of its queue; raises what that raises."""
        if letter.queue in self.doors:
            self.doors[letter.queue](letter)
        else:
            self.pipeline.perform_order(letter.body, letter.queue)

    def run(self, seconds: float = 900.0) -> None:
        """Deliver until nothing is due within `seconds` from now, moving the clock to each scheduled letter.

        Endpoints serve requests while the clock moves.
        """
        end = self.clock.now() + seconds
        while (waiting := self.bus.waiting()) and waiting[0].due <= end:
            self.advance_to(waiting[0].due)
            self.deliver(waiting[0])

    def wait(self, seconds: float) -> None:
        """Let exactly `seconds` pass, and deliver what comes due in them."""
        end = self.clock.now() + seconds
        self.run(seconds)
        self.advance_to(end)

    def advance_to(self, at: float) -> None:
        """Move the clock to `at`, if that lies ahead, and serve what came meanwhile."""
        start = self.clock.now()
        if at > start:
            self.clock.advance_to(at)
            self.load.between(start, at)

    def release(self, model: str, version: str) -> Release:
        """The release as it is kept."""
        key = release_key(model, version)
        return wire.decode_release(key, self.documents.under(key)[key])

    def releases(self) -> list[Release]:
        """Every release."""
        return [wire.decode_release(key, body) for key, body in self.documents.under("releases/").items()]

    def endpoint(self, name: str) -> Endpoint:
        """The single writer's document of an endpoint."""
        key = endpoint_key(name)
        return wire.decode_endpoint(self.documents.under(key)[key])
