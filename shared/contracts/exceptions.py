"""What people write when they ask for an exception, or grant one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.contracts.malformed import Malformed
from shared.contracts.packages.versions import is_specifier
from shared.core.identity import package_name

_NAME = re.compile(r"[A-Za-z0-9@_][A-Za-z0-9@/:._+-]{0,199}")
_SOURCE = re.compile(r"[\x21-\x7e]{0,1000}")
_SCOPE = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]{0,254})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request for one package; "" as specifier, source, model or scenario stands for any."""

    package: str
    specifier: str
    source: str
    model: str
    scenario: str
    reason: str

    def scope(self) -> tuple[str, ...]:
        """What makes two requests of one person the same."""
        return self.package, self.specifier, self.source, self.model, self.scenario


def is_scope(name: str) -> bool:
    """Whether `name` can be that of a model or a scenario; "" stands for every one."""
    return bool(_SCOPE.fullmatch(name))


def wish_of(said: Mapping[str, str]) -> Wish:
    """The wish in the texts `said`; raises Malformed naming the member that is wrong."""
    said = {name: text.strip() for name, text in said.items()}
    if not _NAME.fullmatch(said["package"]):
        raise Malformed("name one package, in ASCII letters, as its source calls it", "package")
    if not is_specifier(said["specifier"]):
        raise Malformed("write versions as ==1.2.3 or >=1.2,<2, or leave it out for every version", "specifier")
    if not _SOURCE.fullmatch(said["source"]):
        raise Malformed("write pypi, conda or an address, or leave it out for any", "source")
    for name in ("model", "scenario"):
        if not is_scope(said[name]):
            raise Malformed(f"name one {name}, or leave it out for every one", name)
    if not said["reason"]:
        raise Malformed("say why the package is needed", "reason")
    of_python = said["source"] in ("", "pypi") and "/" not in said["package"]
    return Wish(**{**said, "package": package_name(said["package"]) if of_python else said["package"]})


def read_until(text: str, now: float, latest: float) -> float:
    """The end of an exception, in seconds since the epoch: ISO 8601 with an offset, or `latest` for "".

    Raises Malformed for anything else, and for a time that is not between `now` and `latest`.
    """
    if not text:
        return latest
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("write the end as ISO 8601, such as 2027-01-31T00:00:00Z", "until") from None
    until = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not now < until <= latest:
        last = datetime.fromtimestamp(latest, UTC).isoformat(timespec="seconds")
        raise Malformed(f"the end must lie ahead, and not after {last}, which is the policy's maximum", "until")
    return until
