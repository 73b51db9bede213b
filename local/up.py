"""Runs the embedded platform and the app until Ctrl-C, and tells other shells how to reach them."""

import os
import secrets
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from local.platform import Platform
from local.principal import LOCAL_APPROVER, LOCAL_LABELLER, LOCAL_REVIEWER, LOCAL_SECURITY, principal
from local.processes import ChildError

_CHECK_SECONDS = 1.0
# What the app needs and the platform cannot know; the environment overrides it.
_DEFAULTS = {"SWEEP_SCHEDULE": "0 */5 * * * *"}


def run(root: Path = Path(".local"), app: Path = Path(__file__).parent.parent) -> int:
    """Start everything, print where it is, and stop it at Ctrl-C or SIGTERM.

    Returns the exit code: 0 after being asked to stop, 1 when a part does not start or ends by itself.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt_once)
    defaults = {**_DEFAULTS, "ACR_WEBHOOK_SECRETS": secrets.token_hex()}
    settings = {name: os.environ.get(name, value) for name, value in defaults.items()}
    try:
        with Platform(settings, root=root, app=app) as platform, _environment_file(platform) as file:
            _show(platform, file)
            _watch(platform)
    except ChildError as error:
        print(f"up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _interrupt_once(*_: object) -> None:
    """End the start or the watch; later signals must not disturb the orderly stop that follows."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _watch(platform: Platform) -> NoReturn:
    while True:
        platform.check()
        time.sleep(_CHECK_SECONDS)


def environment(platform: Platform) -> dict[str, str]:
    """What a shell needs to be a client: of the platform, and as those who approve, review, waive and label."""
    approver = principal("Ada Local", LOCAL_APPROVER, ["Gatehouse.Approver", "Gatehouse.Operator"])
    reviewer = principal("Ben Local", LOCAL_REVIEWER, ["Gatehouse.PackageReviewer"])
    security = principal("Sela Local", LOCAL_SECURITY, ["Gatehouse.Security"])
    labeller = principal("Lea Local", LOCAL_LABELLER, ["Gatehouse.Labeller"])
    people = {
        "GATEHOUSE_PRINCIPAL": approver,
        "GATEHOUSE_REVIEWER": reviewer,
        "GATEHOUSE_SECURITY": security,
        "GATEHOUSE_LABELLER": labeller,
    }
    return platform.env | {"GATEHOUSE_URL": platform.url, **people}


def exports(variables: Mapping[str, str]) -> str:
    """Shell lines that export the variables, quoted."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))


@contextmanager
def _environment_file(platform: Platform) -> Iterator[Path]:
    """`.local/env`, there as long as the platform runs."""
    file = platform.root / "env"
    file.touch(mode=0o600)
    file.write_text(exports(environment(platform)))
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _show(platform: Platform, file: Path) -> None:
    from rich.console import Console
    from rich.panel import Panel
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for name, value in _places(platform, file).items():
        table.add_row(f"[bold]{name}[/bold]", value)
    Console().print(Panel(table, title="Gatehouse", subtitle="Ctrl-C stops everything", expand=False))


def _places(platform: Platform, file: Path) -> dict[str, str]:
    return {
        "App": platform.url,
        "Azure ML and identity": platform.env.get("AZUREML_DEV_URL_MFE", ""),
        "Container registry": platform.env.get("CONTAINER_REGISTRY", ""),
        "Logs": str(_relative(platform.logs)),
        "In another shell": f"source {_relative(file)}",
    }


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
