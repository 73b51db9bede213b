"""The cold start of the app against that of azure.functions alone: `python -m bench [--json]`."""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
ROUNDS = 15
LIMIT = 1.5
APP, PEER = "import function_app", "import azure.functions"


@dataclass(frozen=True)
class ColdStart:
    """Median CPU time, user and system, in milliseconds of a fresh process that imports one thing and ends."""

    app_ms: float
    peer_ms: float
    ratio: float
    limit: float
    rounds: int

    @property
    def passed(self) -> bool:
        """Whether the app costs at most `limit` times what the library alone costs."""
        return self.ratio <= self.limit


def cpu_ms(statement: str) -> float:
    """The CPU time in milliseconds of a fresh interpreter that runs `statement`; raises CalledProcessError."""
    process = subprocess.Popen([sys.executable, "-c", statement], cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return (usage.ru_utime + usage.ru_stime) * 1000


def measure(rounds: int = ROUNDS) -> ColdStart:
    """Import both in turn, so that whatever else the machine does falls on both; the first round warms the caches."""
    pairs = [(cpu_ms(APP), cpu_ms(PEER)) for _ in range(rounds + 1)][1:]
    app, peer = (median(times) for times in zip(*pairs, strict=True))
    ratio = median(one / other for one, other in pairs)
    return ColdStart(round(app, 1), round(peer, 1), round(ratio, 3), LIMIT, rounds)


def show(found: ColdStart) -> None:
    """Print the measurement as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Cold start: CPU time of a fresh process", title_justify="left")
    for title in ("what is imported", "median ms", "ratio", "limit"):
        table.add_column(title, justify="left" if title.startswith("what") else "right")
    table.add_row("azure.functions", f"{found.peer_ms:.1f}", "1.00", "")
    verdict = "[green]" if found.passed else "[red]"
    table.add_row("function_app", f"{found.app_ms:.1f}", f"{verdict}{found.ratio:.2f}", f"{found.limit:.2f}")
    Console().print(table)


def main() -> int:
    """Measure and show; 1 when the app is over its limit."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the measurement as JSON")
    arguments, found = parser.parse_args(), measure()
    if arguments.json:
        print(json.dumps(asdict(found) | {"passed": found.passed}))
    else:
        show(found)
    return 0 if found.passed else 1


if __name__ == "__main__":
    sys.exit(main())
