"""One hunt, in a process of its own: plants a bug, then runs schedules until one of them finds it."""

import json
import sys

from tests.simulation.mutants import MUTANTS
from tests.simulation.planting import plant


def main(name: str, limit: int) -> None:
    """Print as JSON after how many schedules the bug `name` was found (0: not within `limit`), and how it showed."""
    plant(MUTANTS[name])
    from tests.simulation.campaign import campaign, hunted

    total = campaign(hunted(limit), 1, stop_at=1)
    problem = total.failed[0][1] if total.failed else ""
    print(json.dumps({"name": name, "schedules": total.schedules, "found": bool(problem), "problem": problem}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
