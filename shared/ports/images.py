"""The container registry."""

from typing import Protocol

from shared.core.evidence import ImageReference


class Images(Protocol):
    """The container registry."""

    def locate(self, image: str) -> ImageReference:
        """The digest that `registry/repository[:tag|@digest]` names; raises Impossible when unusable, Unavailable."""

    def promote(self, image: ImageReference, repository: str) -> ImageReference | None:
        """The image by the same digest in `repository` of its registry; None while its copy is only started.

        Raises Conflict while another copy of it is under way, Impossible when it can not be copied, Unavailable.
        """

    def find(self, repository: str, reference: str) -> ImageReference | None:
        """What the tag or sha256 digest `reference` names in `repository` of the trusted registry, None for nothing.

        Raises Impossible for names that no registry has, Unavailable.
        """

    def discard(self, image: ImageReference) -> None:
        """Lock the image against pulls, then remove it; removing twice is fine. Raises Unavailable."""
