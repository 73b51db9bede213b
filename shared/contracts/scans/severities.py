"""The severity words of all scanners, brought to the five that policies limit."""

from functools import lru_cache

from shared.core.policy import SEVERITIES

NEGLIGIBLE = "NEGLIGIBLE"

_SYNONYMS = {
    "DEFCON1": "CRITICAL",
    "IMPORTANT": "HIGH",
    "MODERATE": "MEDIUM",
    "NONE": NEGLIGIBLE,
    "INFO": NEGLIGIBLE,
    "INFORMATIONAL": NEGLIGIBLE,
}
_RANK = {severity: place for place, severity in enumerate((*SEVERITIES, NEGLIGIBLE))}


@lru_cache(1024)
def severity_of(word: str) -> str:
    """One of SEVERITIES, or NEGLIGIBLE; a word that nobody knows is UNKNOWN, so that no row vanishes."""
    word = word.strip().upper()
    word = _SYNONYMS.get(word, word)
    return word if word in _RANK else "UNKNOWN"


@lru_cache(1024)
def is_severity(word: str) -> bool:
    """Whether `word` is a severity in some scanner's language, so that UNKNOWN for it would be meant."""
    return word.strip().upper() in _SYNONYMS or word.strip().upper() in _RANK


def rank(severity: str) -> int:
    """The place of what `severity_of` gave, 0 for the worst."""
    return _RANK[severity]
