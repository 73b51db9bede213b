"""The witness: what really happened in this cloud, in order, independent of what any client believes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web


class Witness:
    """Keeps every effect in memory and, when `log` is given, appends it there as one JSON line."""

    def __init__(self, log: Path | None) -> None:
        self.effects: list[dict[str, Any]] = []
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log.open("a", encoding="utf-8", buffering=1) if log else None

    def saw(self, effect: str, **details: Any) -> None:
        """Records `effect` (such as `traffic-written`) with its details and the UTC time."""
        entry = {"time": datetime.now(UTC).isoformat(), "effect": effect, **details}
        self.effects.append(entry)
        if self._log is not None:
            self._log.write(json.dumps(entry) + "\n")

    def close(self) -> None:
        """Closes the log file."""
        if self._log is not None:
            self._log.close()

    def routes(self) -> list[web.RouteDef]:
        """`GET /witness`: all effects so far, oldest first."""
        return [web.get("/witness", self._answer)]

    async def _answer(self, _request: web.Request) -> web.Response:
        return web.json_response(self.effects)
