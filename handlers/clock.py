"""Timers: the sweep that sends again what is overdue."""

import logging

import azure.functions as func

from shared import services

blueprint = func.Blueprint()

SWEEP_SECONDS = 300.0


@blueprint.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
def sweep(timer: func.TimerRequest) -> None:
    """Repair what a crash left unsent; in a healthy system it finds nothing."""
    repaired = services.engine().sweep(SWEEP_SECONDS)
    logging.getLogger("gatehouse.sweep").info("sweep repaired %d order(s)", repaired)
