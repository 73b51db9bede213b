"""Importing the app loads no SDK, reads no environment and opens nothing: all of that waits for its first use."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "azure.ai.ml",
    "azure.identity",
    "azure.servicebus",
    "azure.eventhub",
    "azure.storage",
    "azure.containerregistry",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "pydantic",
    "onnxruntime",
    "requests",
    "msgspec",
    "yaml",
)

WATCHED_IMPORT = """
import json, os, sys
import azure.functions
known = set(sys.modules)
seen = []
def hook(event, arguments):
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc", ".so")):
        seen.append(f"open {arguments[0]}")
    elif event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.putenv")):
        seen.append(event)
class Watched(dict):
    def __getitem__(self, name):
        seen.append(f"environment {name}")
        return super().__getitem__(name)
    def get(self, name, default=None):
        seen.append(f"environment {name}")
        return super().get(name, default)
os.environ = Watched(os.environ)
sys.addaudithook(hook)
import function_app
print(json.dumps({"seen": seen, "loaded": sorted(set(sys.modules) - known)}))
"""


@pytest.fixture(scope="module")
def cold() -> dict[str, list[str]]:
    """What one cold start loaded beyond azure.functions, and what it did: files opened, sockets, settings read."""
    command = [sys.executable, "-c", WATCHED_IMPORT]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    content: dict[str, list[str]] = json.loads(run.stdout)
    return content


@pytest.mark.parametrize("package", HEAVY)
def test_no_heavy_package_is_loaded(cold: dict[str, list[str]], package: str) -> None:
    assert [name for name in cold["loaded"] if name == package or name.startswith(f"{package}.")] == []


def test_nothing_is_read_from_the_environment_and_nothing_is_opened(cold: dict[str, list[str]]) -> None:
    assert "function_app" in cold["loaded"]
    assert cold["seen"] == []


@pytest.mark.parametrize("file", sorted((ROOT / "handlers").glob("*.py")), ids=lambda file: file.name)
def test_handlers_know_nothing_of_azure_but_the_functions_library(file: Path) -> None:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    assert {name for name in names if name.split(".", 1)[0] == "azure"} <= {"azure.functions"}
