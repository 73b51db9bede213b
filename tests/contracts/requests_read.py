"""The requests alone of a body of telemetry, with what of it was refused."""

from shared.contracts.malformed import Malformed
from shared.contracts.telemetry import Request, parse_telemetry


def parse_requests(body: bytes, *, limit: int = 1_048_576) -> tuple[list[Request], list[Malformed]]:
    """What a body of at most `limit` bytes holds, records of a data collector left out."""
    told = parse_telemetry(body, limit=limit)
    return list(told.requests), list(told.refused)
