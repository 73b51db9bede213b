"""The story of every image, for people and programs: where it is, what was found, who judged it and how."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from shared.asking import Refused, Reply, said
from shared.contracts.malformed import Malformed
from shared.core.images import Image, Judged
from shared.core.ledger import first_broken
from shared.histories import whole
from shared.ledgers import Ledgers
from shared.listing import listed
from shared.people.waivers import image_of
from shared.ports import Documents
from shared.views import iso, sentence

log = logging.getLogger("gatehouse.images")


class ImageStories:
    """The images as they are kept."""

    def __init__(self, documents: Documents, ledgers: Ledgers) -> None:
        self._documents, self._ledgers = documents, ledgers

    def all(self) -> Reply:
        """Every image in a line, by digest; raises Unavailable."""
        return Reply(200, {"images": [_line(key, marks) for key, marks in listed(self._documents, "images")]})

    def one(self, digest: str) -> Reply:
        """One image with its scans, waivers, verdicts and ledger; 404 for an unknown one. Raises Unavailable."""
        try:
            return Reply(200, story(self._whole(image_of(self._documents, digest))))
        except Refused as refusal:
            return said(refusal)

    def _whole(self, image: Image) -> Image:
        """The image with its spilled entries; where they can not be read, its broken chain shows that."""
        try:
            return whole(image, image.key, self._ledgers)
        except Malformed as problem:
            log.error("the exported ledger of %s can not be read: %s", image.digest, problem)
            return image


def _line(key: str, marks: Mapping[str, str]) -> dict[str, Any]:
    return {"digest": f"sha256:{key.rpartition('/')[2]}", "stage": marks["stage"]}


def story(image: Image) -> dict[str, Any]:
    """Everything about one image, its ledger as sentences and as data."""
    return {
        "digest": image.digest,
        "stage": image.stage,
        "repositories": image.repositories,
        "trusted": image.trusted or None,
        "releases": [f"{model}:{version}" for model, version in image.releases],
        "cleared_by": [_judged(each) for each in image.cleared],
        "rejected_by": [_judged(each) for each in image.rejected],
        "scans": [msgspec.to_builtins(scan) | {"scanned_at": iso(scan.scanned_at)} for scan in image.scans],
        "waivers": [
            msgspec.to_builtins(each) | {"at": iso(each.at), "until": iso(each.until)} for each in image.waivers
        ],
        "stated": msgspec.to_builtins(image.stated),
        "waits_for": [type(order).__name__ for order in image.outstanding],
        "history": [sentence(entry) for entry in image.ledger],
        "ledger": msgspec.to_builtins(image.ledger),
        "ledger_whole": first_broken(image.ledger) is None,
    }


def _judged(word: Judged) -> dict[str, Any]:
    return {"release": word.by, "policy": word.policy, "reason": word.reason, "at": iso(word.at)}
