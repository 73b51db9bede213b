"""What torch saves: an archive with one pickle that names storages, and the storages' bytes beside it."""

import re

from shared.contracts.artifacts.allowed import TORCH
from shared.contracts.artifacts.archives import Archive
from shared.contracts.artifacts.content import Content
from shared.contracts.artifacts.pickles import judge_pickle
from shared.contracts.malformed import Malformed

_PICKLE = re.compile(r"[^/]+/data\.pkl")
_BESIDE = re.compile(
    r"[^/]+/(data/\d+|version|byteorder|\.data/serialization_id|\.format_version|\.storage_alignment)",
    re.ASCII,
)


def judge_torch(content: Content) -> None:
    """Raises Malformed unless the archive holds tensors alone: a state dictionary, no classes and no TorchScript."""
    archive = Archive(content)
    pickles = [member for name, member in archive.members.items() if _PICKLE.fullmatch(name)]
    others = [name for name in archive.members if not _PICKLE.fullmatch(name) and not _BESIDE.fullmatch(name)]
    if len(pickles) != 1 or others:
        seen = f"it holds {others[0][:80]!r}" if others else "it holds no data.pkl"
        raise Malformed(f"no archive of tensors as torch saves them: {seen}; save the state dictionary as safetensors")
    inside = archive.inside(pickles[0])
    try:
        judge_pickle(inside.stream(), inside.size, TORCH, by_joblib=False)
    except Malformed as refused:
        raise Malformed(refused.reason, f"{pickles[0].name[:80]} {refused.where}") from None
