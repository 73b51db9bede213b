"""Timers: the export of ledgers, the sweep that sends again what is overdue, old scans, and live models."""

import logging

import azure.functions as func

from shared import services

blueprint = func.Blueprint()

SWEEP_SECONDS = 300.0


@blueprint.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
def export_ledgers(timer: func.TimerRequest) -> None:
    """Copy what is new in every ledger to where nothing can be changed."""
    exported = services.export_ledgers()
    logging.getLogger("gatehouse.ledgers").info("exported %d ledger entries", exported)


@blueprint.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
def sweep(timer: func.TimerRequest) -> None:
    """Repair what a crash left unsent; in a healthy system it finds only what is slow."""
    repaired = services.sweeping().run(SWEEP_SECONDS)
    logging.getLogger("gatehouse.sweep").info("sweep repaired %d order(s)", repaired)


@blueprint.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
def watch_scans(timer: func.TimerRequest) -> None:
    """Say which images in production must be scanned again."""
    due = services.rescans().run()
    logging.getLogger("gatehouse.images").info("%d image(s) in production are due for a scan", due)


@blueprint.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
def watch_models(timer: func.TimerRequest) -> None:
    """Say which live models are due for a test, an update, or a word about them."""
    due = services.watches().run()
    logging.getLogger("gatehouse.watches").info("something is due of %d live model(s)", due)
