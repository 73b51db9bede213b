"""Names and versions of packages as Python's packaging rules read them."""

import re
from functools import lru_cache

_SEPARATORS = re.compile(r"[-_.]+")
_LONGEST = 256
_CHANNELS = "https://conda.anaconda.org/"


def normal(name: str) -> str:
    """The name as PyPI compares it: lower case, with one dash for every run of dashes, dots and underscores."""
    return _SEPARATORS.sub("-", name).lower()


def foreign(name: str, source: str) -> str:
    """Why PyPI and Conda hold no such name: letters of other alphabets make it look like another; "" if they can."""
    if source in ("pypi", "conda") and not name.isascii():
        return f"{name!a} has letters that only look like others; no package of this source is called so"
    return ""


def channel_of(name: str) -> str:
    """A channel of Conda by its short name, where it is given as an address of the public server."""
    return name.removeprefix(_CHANNELS).split("/", 1)[0] if name.startswith(_CHANNELS) else name


@lru_cache(maxsize=4096)
def holds(specifier: str, version: str) -> bool:
    """Whether `version` is inside `specifier` ("" holds every one); False for what is no version or specifier.

    A specifier `==` or `===` of exactly the same text holds a version that Python's rules do not know.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    if specifier in ("", "*") or specifier.lstrip("=") == version:
        return True
    if len(specifier) > _LONGEST or len(version) > _LONGEST:
        return False
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion, ValueError):
        return False


def is_specifier(text: str) -> bool:
    """Whether Python's rules read `text` as a specifier; "" is one."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except (InvalidSpecifier, ValueError):
        return False
    return len(text) <= _LONGEST
