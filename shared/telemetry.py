"""Counters as structured log records, which Application Insights turns into queries and alerts."""

import logging

log = logging.getLogger("gatehouse.telemetry")

REPAIRS = "gatehouse.sweep.repairs"
CASES = "gatehouse.quarantine.cases"
REDRIVES = "gatehouse.quarantine.redrives"
CLEARED_AFTER = "gatehouse.images.seconds_to_clear"
DEAD_LETTERS = "gatehouse.dead_letters"
STALE = "gatehouse.images.stale"
DISTANCE = "gatehouse.data.distance_to_bar"
ACCEPTED = "gatehouse.webhooks.accepted"
REFUSED = "gatehouse.webhooks.refused"


def count(name: str, value: int = 1, **about: str) -> None:
    """Say that `name` happened `value` times, 0 included, so that a silent counter differs from a quiet one.

    The record carries one extra, `gatehouse`, that JSON can hold. `about` are names of ours with few values, such as a
    queue; never anything that a sender wrote.
    """
    log.info("%s %d", name, value, extra={"gatehouse": {"metric": name, "value": value, **about}})
