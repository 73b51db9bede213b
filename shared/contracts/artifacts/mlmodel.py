"""`MLmodel`, the file by which MLflow chooses the code that loads a model."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from shared.contracts import strict_yaml
from shared.contracts.artifacts.content import Content
from shared.contracts.malformed import Malformed
from shared.contracts.strict_yaml import Document, Path

LARGEST = 256 * 1024
_CODE = ("code", "code_path", "code_paths", "python_model", "model_code_path")
_UNPICKLED = ("pickled_model",)
_PLAIN_PICKLES = (".pkl", ".pickle")


def judge_mlmodel(content: Content, loaders: tuple[str, ...], code_paths: tuple[str, ...]) -> None:
    """Raises Malformed, with the line, for a loader or a path of code that is not on the lists of the policy.

    And for a pickle under a name by which it would not be judged as one that plain pickle loads.
    """
    if content.size > LARGEST:
        raise Malformed(f"the MLmodel has {content.size} bytes, more than the {LARGEST} that are read")
    document = strict_yaml.loads(content.at(0, content.size), limit=LARGEST)
    for path, value in _entries(document.value, ()):
        reason = _refused(str(path[-1]), value, loaders, code_paths)
        if reason:
            raise Malformed(reason, f"line {document.line(path)}")
    _need_loader(document)


def _entries(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every key of every table with its value."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*path, key), value
            yield from _entries(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _entries(value, (*path, index))


def _refused(key: str, value: Any, loaders: tuple[str, ...], code_paths: tuple[str, ...]) -> str:
    if key == "loader_module" and value not in loaders:
        return f"loader_module {_shown(value)} is not on the list {', '.join(loaders)}"
    if key in _CODE and not _named(value) <= set(code_paths):
        return f"{key} {_shown(value)} brings code of its own, and is not on the list validation.code_paths"
    if key in _UNPICKLED and PurePosixPath(str(value)).suffix not in _PLAIN_PICKLES:
        return f"{key} {_shown(value)} does not end with .pkl; it would not be judged as what loads it reads it"
    return ""


def _named(value: Any) -> set[str]:
    """The paths that a value names; what is no text and no list of texts names itself."""
    values = value if isinstance(value, list) else [value]
    return {str(one) for one in values if one is not None}


def _shown(value: Any) -> str:
    return repr(value)[:80] if isinstance(value, (str, int, float, type(None))) else "of several values"


def _need_loader(document: Document) -> None:
    table = document.value if isinstance(document.value, dict) else {}
    flavors = table.get("flavors")
    if not isinstance(flavors, dict) or not all(isinstance(flavor, dict) for flavor in flavors.values()):
        raise Malformed("the MLmodel has no table of flavors", f"line {document.line(('flavors',))}")
