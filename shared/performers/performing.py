"""Perform one order: drop it when it is stale, find who carries it out, and sort what goes wrong."""

import logging
from collections.abc import Callable
from typing import Any

from shared.contracts import wire
from shared.core import orders as do
from shared.core.datasets import Dataset
from shared.core.facts import DatasetOrderAbandoned, OrderAbandoned, WatchOrderAbandoned
from shared.core.orders import Order
from shared.core.record import Record
from shared.core.release import Release
from shared.core.traffic import Illegal
from shared.core.watch import Watch
from shared.performers import (
    actions,
    champion,
    data,
    deploy,
    drift,
    labelling,
    maintain,
    notify,
    packages,
    quarantine,
    rollout,
    supersede,
    tags,
    validate,
)
from shared.performers.outcomes import Done, Later, Never, Outcome
from shared.performers.world import World, data_told, finished, told, wait_after, watch_told
from shared.ports import Conflict, Impossible, Unavailable

log = logging.getLogger("gatehouse.performers")

type Performer = Callable[[Any, Any, World, int], Outcome]

PERFORMERS: dict[type[Order], Performer] = {
    do.InspectModel: validate.inspect_model,
    do.IdentifyImage: quarantine.identify_image,
    do.AwaitScan: quarantine.await_scan,
    do.TellRelease: quarantine.tell_release,
    do.TellDismissals: quarantine.tell_dismissals,
    do.PromoteImage: quarantine.promote_image,
    do.SuspectImage: quarantine.suspect_image,
    do.FollowTag: tags.follow_tag,
    do.DiscardImage: quarantine.discard_image,
    do.DeployToStaging: deploy.deploy_to_staging,
    do.SmokeTest: deploy.smoke_test,
    do.DeployToProduction: deploy.deploy_to_production,
    do.RemoveDeployment: deploy.remove_deployment,
    do.ShiftTraffic: rollout.shift_traffic,
    do.MeasureCanary: rollout.measure_canary,
    do.RollBack: rollout.roll_back,
    do.Promote: champion.promote,
    do.SupersedeOlder: supersede.supersede_older,
    do.WatchDeadline: maintain.watch_deadline,
    do.QuarantineBody: maintain.quarantine_body,
    do.BringSbom: packages.bring_sbom,
    do.JudgePackages: packages.judge_packages,
    do.Notify: notify.notify,
    do.TestDrift: drift.run_test,
    do.Retrain: actions.retrain,
    do.Reindex: actions.reindex,
    do.Reevaluate: actions.reevaluate,
    do.LookAtJob: actions.look_at_job,
    do.QueueForLabels: labelling.queue_for_labels,
    do.JudgeData: data.judge_data,
    do.PromoteData: data.promote_data,
    do.QuarantineData: data.quarantine_data,
    do.RegisterDataAsset: data.register_data_asset,
}


def perform(order: Order, attempt: int, world: World) -> Done | Later:
    """Carry out `order` on its document as it is now; raises Malformed when that can not be read.

    Whatever can not be reached is tried later; what can not be done at all is told as OrderAbandoned, except a
    roll-back, which is never given up.
    """
    try:
        stored = world.documents.read(order.document)
        record = wire.decode_record(order.document, stored.data) if stored else None
        if record is None or not record.waits_for(order.key):
            log.info("dropped %s: nothing waits for it any more", order.key)
            return Done()
        if (early := order.not_before - world.clock.now()) > 0:
            return Later(early, "it is not due yet")
        outcome = _carried_out(order, record, attempt, world)
    except (Unavailable, Conflict) as trouble:
        return Later(wait_after(attempt), str(trouble))
    if isinstance(outcome, Never):
        return _abandoned(order, record, outcome.reason, world)
    return outcome


def _carried_out(order: Order, record: Record, attempt: int, world: World) -> Outcome:
    try:
        return PERFORMERS[type(order)](order, record, world, attempt)
    except (Impossible, Illegal) as refusal:
        if isinstance(order, do.RollBack):
            log.error("a roll-back was refused and will be tried again: %s", refusal)
            return Later(wait_after(attempt), str(refusal))
        return Never(str(refusal))


def _abandoned(order: Order, record: Record, reason: str, world: World) -> Done:
    kind = type(order).__name__
    if isinstance(record, Release):
        return Done((told(OrderAbandoned, order, record, world, order=kind, reason=reason),))
    if isinstance(record, Watch):
        return Done((watch_told(WatchOrderAbandoned, order, record, world, order=kind, reason=reason),))
    if isinstance(record, Dataset):
        return Done((data_told(DatasetOrderAbandoned, order, record, world, order=kind, reason=reason),))
    return finished(order, record, world, f"{kind} can not be carried out: {reason}")
