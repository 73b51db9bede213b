"""What people asked and said about packages that the rules do not allow."""

from dataclasses import dataclass

from shared.core.facts.fact import Fact
from shared.core.identity import exception_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFact(Fact):
    """A fact about one exception for a package."""

    exception: str

    @property
    def document(self) -> str:
        return exception_key(self.exception)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageExceptionRequested(ExceptionFact):
    """A person asked for a package that the rules do not allow at once; "" stands for any in the last four fields."""

    person: str
    tenant: str
    name: str
    reason: str
    package: str
    specifier: str = ""
    source: str = ""
    model: str = ""
    scenario: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionAnswer(ExceptionFact):
    """What a reviewer said: who, by directory object id, tenant and name, and why."""

    person: str
    tenant: str
    name: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageExceptionGranted(ExceptionAnswer):
    """A reviewer let the package in until `until`, in seconds since the epoch."""

    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageExceptionRefused(ExceptionAnswer):
    """A reviewer did not let the package in."""


EXCEPTION_FACTS: tuple[type[ExceptionFact], ...] = (
    PackageExceptionRequested,
    PackageExceptionGranted,
    PackageExceptionRefused,
)
