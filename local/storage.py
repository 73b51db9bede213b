"""Azurite as the embedded platform's blob storage; `python -m local.storage` runs it, and ends it with its parent."""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_AZURITE = _ROOT / "node_modules" / ".bin" / "azurite-blob"
_OPTIONS = ("--skipApiVersionCheck", "--disableTelemetry", "--silent", "--inMemoryPersistence", "--loose")
# Azurite's own development key, published in its documentation.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl
_READY_SECONDS = 20.0
CONTAINERS = (
    "state",
    "ledgers",
    "claims",
    "quarantine",
    "policies",
    "models",
    "landing",
    "bronze",
    "data-quarantine",
    "labelling",
)


def storage_connection_string(port: int) -> str:
    """The connection string of Azurite's development account on that port of 127.0.0.1."""
    endpoint = f"http://127.0.0.1:{port}/devstoreaccount1"
    return f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={_KEY};BlobEndpoint={endpoint};"


def create_containers(connection_string: str) -> None:
    """Create the blob containers the app expects to find; those that exist are left alone."""
    from azure.core.exceptions import ResourceExistsError
    from azure.storage.blob import BlobServiceClient

    with BlobServiceClient.from_connection_string(connection_string) as service:
        for name in CONTAINERS:
            with contextlib.suppress(ResourceExistsError):
                service.create_container(name)


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Serve blobs from memory on a free port, announced as one line of JSON, until stdin ends or SIGTERM or SIGINT.

    Returns 0, or 1 when Azurite is not installed, does not start, or ends by itself.
    """
    if not _AZURITE.exists():
        print(f"local.storage: {_AZURITE} is not there: run `npm ci` in {_ROOT}.", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    port = free_port()
    command = [str(_AZURITE), "--blobHost", "127.0.0.1", "--blobPort", str(port), *_OPTIONS]
    azurite = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 — this process has one thread
    )
    try:
        return _serve(azurite, port)
    finally:
        # It holds nothing that must be kept, and waits for clients when it is asked nicely.
        azurite.kill()
        azurite.wait()


def _die_with_parent() -> None:
    # Node does not watch its stdin: without this it would outlive a killed parent. Linux only.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _serve(azurite: subprocess.Popen[bytes], port: int) -> int:
    if not _listens(azurite, port):
        print(f"local.storage: Azurite did not listen on port {port}.", file=sys.stderr)
        return 1
    print(json.dumps({"ready": True, "port": port}), flush=True)
    return _await_end(azurite)


def _listens(azurite: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _READY_SECONDS
    while azurite.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.05)
    return False


def _await_end(azurite: subprocess.Popen[bytes]) -> int:
    """Wait for the end of stdin (0) or of Azurite (1), passing on what Azurite says."""
    assert azurite.stdout is not None
    output = azurite.stdout.fileno()
    while True:
        readable, _, _ = select.select([0, output], [], [])
        if 0 in readable and not os.read(0, 4096):
            return 0
        if output in readable:
            said = os.read(output, 65536)
            if not said:
                print("local.storage: Azurite ended by itself.", file=sys.stderr)
                return 1
            os.write(2, said)


if __name__ == "__main__":
    sys.exit(main())
