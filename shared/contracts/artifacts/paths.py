"""Where one file of a model names another."""

from pathlib import PurePosixPath

from shared.contracts.malformed import Malformed


def beside(path: str, named: str) -> str:
    """The path inside the model of what `path` names relative to its folder.

    Raises Malformed for a path that is absolute, goes up, or means another thing on another system.
    """
    parts = named.split("/")
    if not named or "\\" in named or ":" in named or "\0" in named or any(part in ("", "..") for part in parts):
        raise Malformed(f"it names {named[:80]!r}, which leads out of the model")
    return str(PurePosixPath(path).parent / PurePosixPath(named))
