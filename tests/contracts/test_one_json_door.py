"""JSON from outside comes in by the strict door, or by typed decoders behind the few modules that answer for them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DECODES = re.compile(
    r"\borjson\.loads|(?<!strict_)json\.loads|json\.decode\(|\.decode_lines\b|_[A-Z]+\.decode\b|literal_eval"
)
# Why each may: what is asked there must hold for a new one, and tests/fuzz must read it.
ANSWER = {
    "shared/contracts/strict_json.py": "the door itself",
    "shared/contracts/shapes.py": "typed decoders, for callers that look for repeated keys with strict_json.audit",
    "shared/contracts/sniff.py": "the outermost keys alone, each of them once",
    "shared/contracts/wire.py": "what Gatehouse wrote itself",
    "shared/contracts/telemetry.py": "one reader only, and a slow strict look at whatever the fast one refuses",
    "shared/contracts/collector.py": "the same for the data collector's records",
    "shared/contracts/labels.py": "what Gatehouse wrote itself; what people send comes in by the door",
    "shared/contracts/artifacts/numpy_files.py": "a header of NumPy is no JSON; nothing in it is run",
}


def test_nothing_else_decodes_what_comes_from_outside() -> None:
    read = [*(ROOT / "handlers").rglob("*.py"), *(ROOT / "shared" / "contracts").rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix() for path in read if DECODES.search(path.read_text())}
    assert found - ANSWER.keys() == set(), "read it with strict_json.loads, or say here why this one need not"
