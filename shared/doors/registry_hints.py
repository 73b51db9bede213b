"""What registries say by webhook is a hint: the registry itself is asked before anything becomes a fact."""

import logging

from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.registries import parse_hints
from shared.contracts.registries.notices import Hint
from shared.core.facts import ImageDeleted, ImagePushed
from shared.core.identity import fact_id
from shared.doors.intake import REGISTRY_EVENTS, Intake
from shared.ports import Bodies, Images, Impossible

log = logging.getLogger("gatehouse.registry_hints")


class RegistryHints:
    """Works the queue registry-events; `registry` is the login server of the one registry that is ever asked."""

    def __init__(self, intake: Intake, images: Images, bodies: Bodies, registry: str) -> None:
        self._intake, self._images, self._bodies, self._registry = intake, images, bodies, registry

    def take(self, body: bytes) -> None:
        """Tell what the registry confirms of one delivery; a bad notice never holds up its neighbours.

        Raises Unavailable.
        """
        try:
            outcomes = parse_hints(body)
        except Malformed as problem:
            self._refuse(body, str(problem))
            return
        for outcome in outcomes:
            if isinstance(outcome, Malformed):
                self._refuse(body, str(outcome))
            elif isinstance(outcome, Ignored):
                log.info("ignored: %s", outcome.reason)
            else:
                self._follow(outcome)

    def _follow(self, hint: Hint) -> None:
        try:
            fact = self._pushed(hint) if hint.action == "push" else self._deleted(hint)
        except (Impossible, Malformed) as problem:
            self._refuse(hint.canonical(), str(problem))
            return
        if fact is None:
            log.info("ignored: %s is still in %s, so only a tag of it went", hint.digest, hint.repository[:255])
            return
        self._bodies.keep(hint.canonical())
        self._intake.tell([fact])

    def _pushed(self, hint: Hint) -> ImagePushed:
        """The push of an image that is there; its tag only as far as the registry still gives it that one."""
        self._only_ours(hint)
        image = self._images.find(hint.repository, hint.digest or hint.tag)
        if image is None:
            raise Impossible("the registry does not know this image; it is gone again, or was never there")
        tagged = self._images.find(hint.repository, hint.tag) if hint.digest and hint.tag else image
        return ImagePushed(
            id=fact_id(hint.source, hint.id, image.digest),
            at=hint.at,
            body=hint.body,
            actor=hint.source,
            digest=image.digest,
            registry=self._registry,
            repository=image.repository,
            tag=hint.tag if tagged == image else "",
        )

    def _deleted(self, hint: Hint) -> ImageDeleted | None:
        """The deletion of an image that is gone, None for one that is still there."""
        self._only_ours(hint)
        if not hint.digest:
            raise Malformed("a deletion without a whole digest tells nothing about any image; nothing is to be done")
        if self._images.find(hint.repository, hint.digest):
            return None
        return ImageDeleted(
            id=fact_id(hint.source, hint.id, hint.digest),
            at=hint.at,
            body=hint.body,
            actor=hint.source,
            digest=hint.digest,
            repository=hint.repository,
        )

    def _only_ours(self, hint: Hint) -> None:
        """Nothing for our registry, or where the sender names none; a name is compared, never called."""
        if hint.registry and not same_host(hint.registry, self._registry):
            given = hint.registry[:200]
            raise Impossible(f"registry {given!r} is not {self._registry}, the only one that is trusted; import it")

    def _refuse(self, body: bytes, reason: str) -> None:
        self._intake.refuse(body, reason, REGISTRY_EVENTS, REGISTRY_EVENTS)


def same_host(given: str, ours: str) -> bool:
    """Whether `given` is `ours` in any case of ASCII letters, and in nothing else alike."""
    return given.isascii() and given.lower() == ours.lower()
