"""The requests that endpoints would have served while the clock moved on, as Event Hubs brings them."""

import itertools
from datetime import UTC, datetime

import msgspec

from shared.doors.serving import Arrived, Serving
from tests.simulated.endpoints import SimulatedEndpoints

LONGEST_STRETCH = 60.0


class Load:
    """People who use the endpoints: `per_advance` requests at each advance of the clock, split as the traffic is.

    `failing` is the share (0–1) of errors by deployment, `latency_ms` how long a deployment takes; both by name.
    """

    def __init__(self, endpoints: SimulatedEndpoints, serving: Serving) -> None:
        self._endpoints, self._serving = endpoints, serving
        self._sequence = itertools.count()
        self.per_advance = 1000
        self.failing: dict[str, float] = {}
        self.latency_ms: dict[str, float] = {}

    def between(self, start: float, end: float) -> None:
        """Serve what came in the last minute of `start` to `end` (seconds since the epoch)."""
        start = max(start, end - LONGEST_STRETCH)
        for endpoint in self._endpoints.names():
            records = [
                self._record(endpoint, deployment, start + (end - start) * n / count, failed=n < count * share)
                for deployment, weight in self._endpoints.serving(endpoint).items()
                for count, share in [(self.per_advance * weight // 100, self.failing.get(deployment, 0.0))]
                for n in range(count)
            ]
            if records:
                body = msgspec.json.encode({"records": records})
                self._serving.count("0", [Arrived(next(self._sequence), body)])

    def _record(self, endpoint: str, deployment: str, at: float, *, failed: bool) -> dict[str, object]:
        time = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
        properties = {
            "EndpointName": endpoint,
            "DeploymentName": deployment,
            "ResponseCode": 500 if failed else 200,
            "TotalDurationMs": self.latency_ms.get(deployment, 20.0),
        }
        return {"category": "AmlOnlineEndpointTrafficLog", "time": time, "properties": properties}
