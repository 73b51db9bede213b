"""Azure Container Registry: digests, copies inside of it, locks and removal."""

import re
from functools import cached_property

from azure.containerregistry import ContainerRegistryClient
from azure.core import PipelineClient
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy
from azure.core.rest import HttpRequest, HttpResponse

from shared.adapters.credential import credential
from shared.adapters.errors import found, reaching
from shared.core.evidence import ImageReference
from shared.ports import Impossible
from shared.settings import Settings

MANAGEMENT_SCOPE = "https://management.azure.com/.default"
IMPORT_VERSION = "2025-04-01"

PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
REPOSITORY, TAG, DIGEST = (
    rf"{PART}(?:/{PART})*",
    r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
    r"sha256:[0-9a-f]{64}",
)
IMAGE = re.compile(
    rf"(?P<registry>[A-Za-z0-9.-]+(?::\d{{1,5}})?)/(?P<repository>{REPOSITORY})"
    rf"(?::(?P<tag>{TAG}))?(?:@(?P<digest>{DIGEST}))?"
)
NAMED = re.compile(rf"{REPOSITORY}:(?:{TAG}|{DIGEST})")
LONGEST = 512


class ContainerRegistry:
    """The one registry from which images may be deployed."""

    def __init__(self, settings: Settings) -> None:
        self._login_server = settings.registry
        self._resource, self._manager = settings.registry_id, settings.resource_manager

    @cached_property
    def _client(self) -> ContainerRegistryClient:
        return ContainerRegistryClient(f"https://{self._login_server}", credential())

    @cached_property
    def _management(self) -> PipelineClient[HttpRequest, HttpResponse]:
        policies = [RetryPolicy(), BearerTokenCredentialPolicy(credential(), MANAGEMENT_SCOPE)]
        return PipelineClient(self._manager, policies=policies)

    def locate(self, image: str) -> ImageReference:
        """The digest behind `image`; raises Impossible for another registry or an image that is not there."""
        match = IMAGE.fullmatch(image) if len(image) <= LONGEST else None
        if match is None:
            raise Impossible(f"image {image[:200]!r} is no image reference (registry/repository:tag or @sha256:…)")
        if match["registry"] != self._login_server:
            raise Impossible(
                f"image {image} is not in {self._login_server}, the only registry that is trusted; import it"
            )
        located = self.find(match["repository"], match["digest"] or match["tag"] or "latest")
        if located is None:
            raise Impossible(f"image {image} is not in its registry; push it, then register a new version")
        return located

    def find(self, repository: str, reference: str) -> ImageReference | None:
        """What a tag or digest names in `repository`, None for nothing; raises Impossible for names that none has."""
        name = f"{repository}:{reference}"
        if len(name) > LONGEST or not NAMED.fullmatch(name):
            raise Impossible(f"{name[:200]!r} is no repository with a tag or a sha256 digest")
        manifest = found(
            f"looking for image {name}", lambda: self._client.get_manifest_properties(repository, reference)
        )
        if manifest is None:
            return None
        return ImageReference(registry=self._login_server, repository=repository, digest=manifest.digest)

    def promote(self, image: ImageReference, repository: str) -> ImageReference | None:
        """The image by the same digest in `repository`; None while its copy is only started.

        The registry copies by itself. Raises Conflict, Impossible, Unavailable.
        """
        if trusted := self.find(repository, image.digest):
            return trusted
        self.locate(image.pinned())
        source = {"resourceId": self._resource, "sourceImage": f"{image.repository}@{image.digest}"}
        content = {"source": source, "untaggedTargetRepositories": [repository], "mode": "NoForce"}
        address = f"{self._manager}{self._resource}/importImage?api-version={IMPORT_VERSION}"
        with reaching(f"copying {image.pinned()} to {repository}"):
            self._management.send_request(HttpRequest("POST", address, json=content)).raise_for_status()
        return None

    def discard(self, image: ImageReference) -> None:
        """Lock the image against pulls and pushes, then remove it; gone already is fine. Raises Unavailable."""
        found(f"discarding {image.digest}", lambda: self._discard(image))

    def _discard(self, image: ImageReference) -> None:
        self._allow(image, read=False, write=False)
        self._allow(image, read=False, write=True)
        self._client.delete_manifest(image.repository, image.digest)

    def _allow(self, image: ImageReference, *, read: bool, write: bool) -> None:
        self._client.update_manifest_properties(
            image.repository, image.digest, can_read=read, can_write=write, can_delete=write
        )
