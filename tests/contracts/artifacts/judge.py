"""How the tests ask: what speaks against a file of these bytes under this name."""

from shared.contracts.artifacts import format_of
from shared.contracts.artifacts.content import Content
from shared.contracts.artifacts.judging import Surroundings, refusal_of
from shared.core.policy import ValidationPolicy


def refusal(path: str, body: bytes, *files: str, policy: ValidationPolicy | None = None) -> str:
    """The refusal, "" for none; `files` are the other files of the model."""
    around = Surroundings(policy or ValidationPolicy(), frozenset((path, *files)))
    return refusal_of(path, format_of(path, body[:64]), Content.of(body), around)
