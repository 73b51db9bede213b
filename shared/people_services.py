"""The composition root for people: what answers them is built once on the wired adapters, on first use."""

from functools import cache
from typing import TYPE_CHECKING

from shared.adapters import wired
from shared.services import intake

if TYPE_CHECKING:
    from shared.people.custody import Custody
    from shared.people.dataset_stories import DatasetStories
    from shared.people.exceptions import Exceptions
    from shared.people.image_stories import ImageStories
    from shared.people.labels import Labels
    from shared.people.operators import Operators
    from shared.people.packages import Packages
    from shared.people.releases import People
    from shared.people.waivers import Waivers


def _authenticated() -> bool:
    return wired.settings().authenticated


@cache
def people() -> "People":
    """What people talk to about releases."""
    from shared.people.releases import People

    return People(wired.documents(), wired.ledgers(), intake(), wired.clock(), authenticated=_authenticated())


@cache
def operators() -> "Operators":
    """What operators talk to."""
    from shared.people.operators import Operators

    return Operators(wired.documents(), intake(), wired.clock(), authenticated=_authenticated())


@cache
def packages() -> "Packages":
    """What people ask about packages."""
    from shared.people.packages import Packages

    return Packages(wired.documents(), wired.clock(), wired.policies().policy_for, authenticated=_authenticated())


@cache
def exceptions() -> "Exceptions":
    """What people ask and say about exceptions for packages."""
    from shared.people.exceptions import Exceptions

    policy_for = wired.policies().policy_for
    return Exceptions(wired.documents(), intake(), wired.clock(), policy_for, authenticated=_authenticated())


@cache
def waivers() -> "Waivers":
    """What takes waivers of findings in images."""
    from shared.people.waivers import Waivers

    return Waivers(wired.documents(), intake(), wired.clock(), authenticated=_authenticated())


@cache
def image_stories() -> "ImageStories":
    """What shows images."""
    from shared.people.image_stories import ImageStories

    return ImageStories(wired.documents(), wired.ledgers())


@cache
def dataset_stories() -> "DatasetStories":
    """What shows datasets and goes back to earlier versions."""
    from shared.people.dataset_stories import DatasetStories

    documents, ledgers, bodies = wired.documents(), wired.ledgers(), wired.bodies()
    return DatasetStories(documents, ledgers, bodies, intake(), wired.clock(), authenticated=_authenticated())


@cache
def labels() -> "Labels":
    """What shows items to label, and takes the labels."""
    from shared.people.labels import Labels

    documents, bodies, blobs = wired.documents(), wired.bodies(), wired.data_blobs()
    return Labels(documents, bodies, blobs, intake(), wired.clock(), authenticated=_authenticated())


@cache
def custody() -> "Custody":
    """What shows the quarantine and sends its cases again."""
    from shared.people.custody import Custody

    return Custody(wired.quarantine(), wired.bus(), wired.clock(), authenticated=_authenticated())
