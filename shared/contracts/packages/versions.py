"""Names and versions of packages as Python's packaging rules read them."""

import re
from functools import lru_cache

_SEPARATORS = re.compile(r"[-_.]+")
_LONGEST = 256


def normal(name: str) -> str:
    """The name as PyPI compares it: lower case, with one dash for every run of dashes, dots and underscores."""
    return _SEPARATORS.sub("-", name).lower()


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
