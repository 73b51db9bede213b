"""What the SDKs raise, sorted into the three errors that the ports know."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)

from shared.ports import Conflict, Impossible, Unavailable

REFUSED_IDENTITY, PASSING = frozenset({401, 403}), frozenset({408, 429})


@contextmanager
def reaching(what: str) -> Iterator[None]:
    """Turn SDK errors into Conflict (409, 412), Impossible (a final no) or Unavailable (all else).

    A refused identity counts as Unavailable: roles arrive late and are ours to repair.
    """
    try:
        yield
    except (ResourceExistsError, ResourceModifiedError) as error:
        raise Conflict(f"{what}: {error.message}") from error
    except ClientAuthenticationError as error:
        raise _refused(error, what) from error
    except HttpResponseError as error:
        raise _sorted(error, what) from error
    except AzureError as error:
        raise Unavailable(f"{what}: {error.message}") from error


def found[T](what: str, call: Callable[[], T]) -> T | None:
    """What `call` gives, or None where the service says that it is not there; raises as `reaching` does."""
    try:
        with reaching(what):
            return call()
    except Impossible as problem:
        if isinstance(problem.__cause__, ResourceNotFoundError):
            return None
        raise


def _sorted(error: HttpResponseError, what: str) -> Exception:
    code = error.status_code or 0
    if code in (409, 412):
        return Conflict(f"{what}: {error.message}")
    if code in REFUSED_IDENTITY:
        return _refused(error, what)
    if 400 <= code < 500 and code not in PASSING:
        return Impossible(f"{what}: {error.message}")
    return Unavailable(f"{what}: {error.message}")


def _refused(error: HttpResponseError, what: str) -> Unavailable:
    return Unavailable(f"{what}: {error.message}; check the roles of the app's identity")
