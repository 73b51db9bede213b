"""Azure Container Registry: digests, locks and removal."""

import re
from functools import cached_property

from azure.containerregistry import ContainerRegistryClient

from shared.adapters.credential import credential
from shared.adapters.errors import found
from shared.core.evidence import ImageReference
from shared.ports import Impossible

IMAGE = re.compile(
    r"(?P<registry>[A-Za-z0-9.-]+(?::\d{1,5})?)/(?P<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class ContainerRegistry:
    """The one registry from which images may be deployed."""

    def __init__(self, login_server: str) -> None:
        self._login_server = login_server

    @cached_property
    def _client(self) -> ContainerRegistryClient:
        return ContainerRegistryClient(f"https://{self._login_server}", credential())

    def locate(self, image: str) -> ImageReference:
        """The digest behind `image`; raises Impossible for another registry or an image that is not there."""
        match = IMAGE.fullmatch(image) if len(image) <= 512 else None
        if match is None:
            raise Impossible(f"image {image[:200]!r} is no image reference (registry/repository:tag or @sha256:…)")
        if match["registry"] != self._login_server:
            raise Impossible(
                f"image {image} is not in {self._login_server}, the only registry that is trusted; import it"
            )
        reference = match["digest"] or match["tag"] or "latest"
        repository = match["repository"]
        manifest = found(
            f"looking for image {image}", lambda: self._client.get_manifest_properties(repository, reference)
        )
        if manifest is None:
            raise Impossible(f"image {image} is not in its registry; push it, then register a new version")
        return ImageReference(registry=self._login_server, repository=repository, digest=manifest.digest)

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
