"""A model registry with its storage, and a container registry, in memory."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.core.evidence import ImageReference
from shared.core.identity import digest_of
from shared.ports import BlobView, Impossible, ModelView
from tests.simulated.faults import Faults

REGISTRY = "registry.example"
FOLDER = "models/"
LONGEST = 400
NAMED = re.compile(r"[a-z0-9]+((\.|__?|-+|/)[a-z0-9]+)*:([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|sha256:[0-9a-f]{64})")


class SimulatedModels:
    """Model versions with their files, and the image that each environment names."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._models: dict[tuple[str, str], ModelView] = {}
        self._files: dict[str, dict[str, bytes]] = {}
        self._environments: dict[str, str] = {}

    def add(
        self,
        name: str,
        version: str,
        files: Mapping[str, bytes],
        tags: Mapping[str, str],
        by: str,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """Register a model version with its files."""
        path = f"{FOLDER}{name}/{version}"
        view = ModelView(path=path, tags=dict(tags), properties=dict(properties or {}), created_by=by)
        self._models[name, version] = view
        self._files[path] = dict(files)

    def add_environment(self, name: str, image: str) -> None:
        """Let the environment `name:version` name `image`, "" for one whose image is built when it is deployed."""
        self._environments[name] = image

    def model(self, name: str, version: str) -> ModelView | None:
        """The model version, or None."""
        with self._faults.around("models.model"):
            return self._models.get((name, version))

    def image_of(self, environment: str) -> str | None:
        """The image that the environment names, or None; raises Impossible when it is still to be built."""
        with self._faults.around("models.image_of"):
            image = self._environments.get(environment)
            if image == "":
                raise Impossible(f"environment {environment} is built when it is deployed")
            return image

    def files(self, path: str, limit: int) -> Sequence[BlobView]:
        """At most `limit` files of a model folder; raises Impossible for a path of elsewhere."""
        with self._faults.around("models.files"):
            if not path.startswith(FOLDER):
                raise Impossible(f"{path!r} is no model folder")
            kept = sorted(self._files.get(path, {}).items())[:limit]
            return [BlobView(path=name, size=len(body), checksum=digest_of(body.hex())) for name, body in kept]

    def read(self, path: str, file: str, limit: int, offset: int = 0) -> bytes:
        """At most `limit` bytes of one file from `offset` on; raises Impossible when it is not there."""
        with self._faults.around("models.read"):
            if file not in self._files.get(path, {}):
                raise Impossible(f"no file {file} in {path}")
            return self._files[path][file][offset : offset + limit]


def digest_named(name: str) -> str:
    """The digest that the image `name` has in the simulation."""
    return f"sha256:{digest_of(['image', name])}"


class SimulatedImages:
    """Images by repository, tag and digest; a discarded one can not be found again."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._known: dict[str, ImageReference] = {}
        self.discarded: set[str] = set()
        self.discards: list[str] = []

    def add(self, name: str, tag: str = "latest") -> ImageReference:
        """Push an image to the repository `name`; the latest is also known by that name alone."""
        latest = tag == "latest"
        digest = digest_named(name if latest else f"{name}:{tag}")
        image = ImageReference(registry=REGISTRY, repository=name, digest=digest)
        names = [f"{REGISTRY}/{name}:{tag}", image.pinned(), *([name, f"{REGISTRY}/{name}"] if latest else [])]
        self._known |= dict.fromkeys(names, image)
        return image

    def locate(self, image: str) -> ImageReference:
        """The image by digest; raises Impossible when it is unknown or discarded."""
        with self._faults.around("images.locate"):
            return self._kept(image)

    def _kept(self, image: str) -> ImageReference:
        found = self._known.get(image)
        if found is None or found.digest in self.discarded:
            raise Impossible(f"no image {image} in {REGISTRY}")
        return found

    def promote(self, image: ImageReference, repository: str) -> ImageReference | None:
        """The image in another repository, at once; raises Impossible when it is unknown or discarded."""
        with self._faults.around("images.promote"):
            self._kept(image.pinned())
            copy = replace(image, repository=repository)
            self._known[copy.pinned()] = copy
            return copy

    def find(self, repository: str, reference: str) -> ImageReference | None:
        """The image that a tag or digest names, or None; raises Impossible for names that no registry has."""
        with self._faults.around("images.find"):
            if len(repository) > LONGEST or not NAMED.fullmatch(f"{repository}:{reference}"):
                raise Impossible(f"{repository}:{reference} is no repository with a tag or a sha256 digest")
            between = "@" if ":" in reference else ":"
            found = self._known.get(f"{REGISTRY}/{repository}{between}{reference}")
            return None if found is None or found.digest in self.discarded else found

    def discard(self, image: ImageReference) -> None:
        """Lock and remove the image."""
        with self._faults.around("images.discard"):
            self.discarded.add(image.digest)
            self.discards.append(image.pinned())
