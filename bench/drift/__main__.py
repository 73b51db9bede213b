"""The benchmarks of drift: `python -m bench.drift speed`, `alarms`, `power` or `harm`; see README.md."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.drift import alarms, harm, power, speed


def main() -> int:
    """Run one benchmark and print what it found as JSON lines; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.drift", description=__doc__)
    parser.add_argument("what", choices=["speed", "alarms", "power", "harm"])
    parser.add_argument("--data", type=Path, help="a folder of NannyML's data sets, see bench/drift/README.md")
    parser.add_argument("--splits", type=int, default=30, help="how often references are drawn (alarms)")
    parser.add_argument("--peers", type=Path, help="an interpreter with alibi-detect, see bench/drift/README.md")
    arguments = parser.parse_args()
    if arguments.what == "harm" and arguments.data is None:
        parser.error("harm needs --data")
    if arguments.what == "power" and arguments.peers is None:
        parser.error("power needs --peers")
    found: Iterable[dict[str, Any]]
    if arguments.what == "speed":
        found = speed.measure(arguments.peers)
    elif arguments.what == "power":
        found = power.measure(arguments.peers)
    elif arguments.what == "alarms":
        found = alarms.measure(arguments.data, arguments.splits)
    else:
        found = harm.measure(arguments.data)
    passed = True
    for line in found:
        print(json.dumps(line), flush=True)
        passed &= line.get("passed", True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
