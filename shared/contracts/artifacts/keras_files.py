"""Keras models: what their description would make Keras import or run."""

import re
from collections.abc import Iterator
from typing import Any

from shared.contracts import strict_json
from shared.contracts.artifacts.archives import Archive
from shared.contracts.artifacts.content import CHUNK, Content
from shared.contracts.artifacts.numpy_files import judge_arrays
from shared.contracts.malformed import Malformed

LARGEST_CONFIG = 16 * 1024 * 1024
DEEPEST_CONFIG = 200
_MEMBERS = re.compile(r"config\.json|metadata\.json|model\.weights\.(h5|npz)|assets/[\w/.-]+\.(txt|json)", re.ASCII)
_PARTS = "activations constraints initializers layers losses metrics models optimizers quantizers regularizers"
_MODULE = re.compile(rf"keras(\.src)?(\.({_PARTS.replace(' ', '|')})(\.[a-z0-9_]+)*)?|keras", re.ASCII)
_PLAIN = frozenset({"__tuple__", "__slice__", "__ellipsis__", "__complex__", "__keras_tensor__", "__numpy__"})
_RUNS_CODE = re.compile(r"Lambda|TFSMLayer|TorchModuleWrapper|JaxLayer|FlaxLayer|function|__\w+__", re.ASCII)


def judge_keras(content: Content) -> None:
    """Raises Malformed for a .keras archive that names code of its own, or anything outside of Keras, at any depth."""
    archive = Archive(content)
    strange = [name for name in archive.members if not _MEMBERS.fullmatch(name)]
    if strange or "config.json" not in archive.members:
        raise Malformed(f"no Keras archive: {f'it holds {strange[0][:80]!r}' if strange else 'config.json is missing'}")
    config = archive.read(archive.members["config.json"], LARGEST_CONFIG)
    for table in _tables(strict_json.loads(config, limit=LARGEST_CONFIG, depth=DEEPEST_CONFIG)):
        _judge(table)
    if "model.weights.npz" in archive.members:
        judge_arrays(archive.inside(archive.members["model.weights.npz"]))


def _tables(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _judge(table: dict[str, Any]) -> None:
    """One table of the description; those with a class or a module are what Keras imports."""
    kind, module, registered = table.get("class_name"), table.get("module"), table.get("registered_name")
    if kind is None and "module" not in table:
        return
    if not isinstance(kind, str) or (kind not in _PLAIN and _RUNS_CODE.fullmatch(kind)):
        raise Malformed(f"it has a {kind!s:.40}, which runs code when it is loaded", "config.json")
    if module is not None and not (isinstance(module, str) and _MODULE.fullmatch(module)):
        raise Malformed(f"{kind[:40]} comes from {module!s:.60}, outside of Keras", "config.json")
    if registered not in (None, kind):
        raise Malformed(f"{kind[:40]} is registered as {registered!s:.60}, code of the model's own", "config.json")


def judge_hdf5(content: Content, *, trusted: bool) -> None:
    """Raises Malformed for an HDF5 file unless policy says to take it unread, and then for one that names a Lambda.

    Only its bytes are searched: HDF5 can hide a text in ways that take a library to undo.
    """
    if not trusted:
        raise Malformed(
            "HDF5 cannot be looked into; save the model as .keras, or accept it unread by validation.unread_hdf5"
        )
    before = b""
    for start in range(0, content.size, CHUNK):
        piece = before + content.at(start, min(CHUNK, content.size - start))
        if b"Lambda" in piece or b"\\u00" in piece:
            raise Malformed("it names a Lambda layer or hides a name, which runs code when it is loaded")
        before = piece[-8:]
