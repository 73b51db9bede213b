"""Resolving the image a deployment names, as the node that pulls it would."""

from dataclasses import dataclass

from local.cloud.refusals import Refusal
from local.cloud.registry import Registry

PUBLIC_HOST = "mcr.microsoft.com"  # curated images of the platform; there is nothing here to pull them from


@dataclass(frozen=True)
class ImageName:
    """An image's full name in parts; `reference` is the digest when there is one, else the tag."""

    host: str
    repository: str
    reference: str


def parse(image: str) -> ImageName:
    """Splits `host/repository[:tag][@sha256:…]`; the tag is `latest` when neither is given."""
    host, _, path = image.partition("/")
    path, _, digest = path.partition("@")
    repository, _, tag = path.partition(":")
    return ImageName(host, repository, digest or tag or "latest")


def pull(registry: Registry, login_servers: frozenset[str], image: str) -> str | None:
    """The digest of `image`, or None for a public image; raises Refusal `ImagePullFailed` when it cannot be pulled."""
    name = parse(image)
    if name.host == PUBLIC_HOST:
        return None
    if name.host not in login_servers:
        raise _failed(image, f"{name.host} is not this workspace's registry ({', '.join(sorted(login_servers))})")
    try:
        return registry.repository(name.repository).pull(name.reference).digest
    except Refusal as refusal:
        raise _failed(image, refusal.message) from refusal


def _failed(image: str, why: str) -> Refusal:
    return Refusal(400, "ImagePullFailed", f"The image {image} cannot be pulled: {why}")
