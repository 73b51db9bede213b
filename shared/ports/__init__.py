"""What the engine and the performers need from the world, in their own words: a module per service."""

from shared.ports.bus import Bus, Message
from shared.ports.data import DataAssets, DataBlobs
from shared.ports.endpoints import Answer, DeploymentSpec, DeploymentView, Endpoints, EndpointView
from shared.ports.failures import Conflict, Impossible, Unavailable
from shared.ports.images import Images
from shared.ports.jobs import Jobs, JobSpec, JobState, JobView
from shared.ports.models import BlobView, Models, ModelView
from shared.ports.quarantine import Case, Quarantine, Redrive
from shared.ports.storage import Bodies, Documents, Stored
from shared.ports.surroundings import Clock, Notices

__all__ = [
    "Answer",
    "BlobView",
    "Bodies",
    "Bus",
    "Case",
    "Clock",
    "Conflict",
    "DataAssets",
    "DataBlobs",
    "DeploymentSpec",
    "DeploymentView",
    "Documents",
    "EndpointView",
    "Endpoints",
    "Images",
    "Impossible",
    "JobSpec",
    "JobState",
    "JobView",
    "Jobs",
    "Message",
    "ModelView",
    "Models",
    "Notices",
    "Quarantine",
    "Redrive",
    "Stored",
    "Unavailable",
]
