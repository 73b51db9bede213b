"""What a contract understands and Gatehouse does not act on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that is understood and about nothing Gatehouse acts on; `where` is its place in the delivery."""

    reason: str
    where: str = ""
