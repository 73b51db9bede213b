"""Test what a live version served; the numeric libraries are loaded with the first test."""

from shared.core.orders import TestDrift
from shared.core.watch import Watch
from shared.performers.outcomes import Outcome
from shared.performers.world import World


def run_test(order: TestDrift, watch: Watch, world: World, _attempt: int) -> Outcome:
    """Tell DriftTested: what the contract, the change and the harm of the windows since the last test come to."""
    from shared.performers import drift_testing

    return drift_testing.tested(order, watch, world)
