"""Start the job of an action, once, and look at it until it ended; what it makes enters like anything else."""

from shared.contracts import wire
from shared.core.datasets import Dataset
from shared.core.facts import Action, ActionBegun, ActionEnded, Ending
from shared.core.identity import dataset_key, fact_id
from shared.core.orders import LookAtJob, Reevaluate, RegisterDataAsset, Reindex, Retrain, WatchOrder
from shared.core.watch import Watch
from shared.core.watch_policy import HOUR, JobTemplate
from shared.performers.outcomes import Done, Later, Outcome
from shared.performers.world import World, wait_after, watch_told
from shared.ports import Impossible, JobSpec, JobState, JobView, Unavailable

DATASET = "dataset:"
UNSEEN_PATIENCE = 6
CANCELLING_SECONDS = HOUR

ENDINGS = {JobState.SUCCEEDED: Ending.SUCCEEDED, JobState.FAILED: Ending.FAILED, JobState.CANCELLED: Ending.CANCELLED}


def retrain(order: Retrain, watch: Watch, world: World, _attempt: int) -> Outcome:
    """Start the job that trains the model anew; tell ActionBegun."""
    return _started(order, watch, world, Action.RETRAIN, watch.policy.retrain)


def reindex(order: Reindex, watch: Watch, world: World, _attempt: int) -> Outcome:
    """Start the job that builds the index anew; tell ActionBegun."""
    return _started(order, watch, world, Action.REINDEX, watch.policy.reindex)


def reevaluate(order: Reevaluate, watch: Watch, world: World, _attempt: int) -> Outcome:
    """Start the job that evaluates the model again; tell ActionBegun."""
    return _started(order, watch, world, Action.REEVALUATE, watch.policy.reevaluate)


def _started(order: WatchOrder, watch: Watch, world: World, action: Action, template: JobTemplate) -> Outcome:
    """Start the job under the order's own name, or find it started; not for a version that is no longer live."""
    name = job_name(order, action)
    if world.jobs.look(name) is None:
        if watch.version != order.version:
            detail = f"version {order.version} left production"
            return _ended(order, watch, world, action=action, reference="", outcome=Ending.CANCELLED, detail=detail)
        world.jobs.submit(_spec(order, watch, world, action, template))
    return Done((watch_told(ActionBegun, order, watch, world, action=action, reference=name),))


def job_name(order: WatchOrder, action: Action) -> str:
    """The one name of the order's job, however often the order comes."""
    return f"gatehouse-{action}-{fact_id(order.document, order.key)[:24]}"


def _spec(order: WatchOrder, watch: Watch, world: World, action: Action, template: JobTemplate) -> JobSpec:
    """The template's job about the live version; a component takes of what is offered what it has inputs for."""
    return JobSpec(
        name=job_name(order, action),
        template=template.job,
        compute=template.compute,
        parameters={key: _resolved(value, world) for key, value in template.parameters.items()},
        offered={
            "model": f"azureml:{watch.model}:{order.version}",
            "model_name": watch.model,
            "parent_version": order.version,
            "endpoint": watch.endpoint,
            "reason": order.why,
        },
        tags={"model": watch.model, "version": order.version, "action": action, "by": "gatehouse"},
    )


def _resolved(value: str, world: World) -> str:
    """The parameter, `dataset:name` being the accepted version of that dataset; raises Impossible, Unavailable."""
    if not value.startswith(DATASET):
        return value
    name = value.removeprefix(DATASET)
    stored = world.documents.read(dataset_key(name))
    dataset = wire.decode_record(dataset_key(name), stored.data) if stored else None
    current = dataset.version(dataset.current) if isinstance(dataset, Dataset) else None
    if not isinstance(dataset, Dataset) or current is None:
        raise Impossible(f"dataset {name} has no accepted version; let data arrive for it, or name another one")
    if not current.asset and any(isinstance(each, RegisterDataAsset) for each in dataset.outstanding):
        raise Unavailable(f"version {current.version} of dataset {name} is still being registered as a data asset")
    if not current.asset:
        raise Impossible(f"version {current.version} of dataset {name} is no data asset; give its policy an asset")
    return f"azureml:{current.asset}"


def look_at_job(order: LookAtJob, watch: Watch, world: World, attempt: int) -> Outcome:
    """Tell ActionEnded once the job ended; one that is late is cancelled, and given up when it can not be."""
    view = world.jobs.look(order.reference)
    if view is None:
        if attempt < UNSEEN_PATIENCE:
            return Later(wait_after(attempt), f"job {order.reference} is not to be seen yet")
        detail = f"job {order.reference} is not there; somebody deleted it"
        return _looked(order, watch, world, Ending.FAILED, detail)
    late = world.clock.now() - order.deadline
    if view.state is JobState.RUNNING:
        return _still_runs(order, watch, world, attempt, late)
    detail = _said(view, watch, order.action, late)
    return _looked(order, watch, world, ENDINGS[view.state], detail)


def _looked(order: LookAtJob, watch: Watch, world: World, outcome: Ending, detail: str) -> Outcome:
    return _ended(order, watch, world, action=order.action, reference=order.reference, outcome=outcome, detail=detail)


def _still_runs(order: LookAtJob, watch: Watch, world: World, attempt: int, late: float) -> Outcome:
    if late < 0:
        return Later(wait_after(attempt), f"job {order.reference} runs")
    world.jobs.cancel(order.reference)
    if late < CANCELLING_SECONDS:
        return Later(wait_after(attempt), f"job {order.reference} is {late:.0f} s late, and is being cancelled")
    detail = f"job {order.reference} is {late / HOUR:.1f} h late and could not be cancelled; end it by hand"
    return _looked(order, watch, world, Ending.FAILED, detail)


def _said(view: JobView, watch: Watch, action: Action, late: float) -> str:
    if view.state is JobState.SUCCEEDED:
        new = "; a version that it registered is released like any other" if action is Action.RETRAIN else ""
        return f"job {view.name} is {view.word}{new}"
    if view.state is JobState.CANCELLED and late >= 0:
        return f"job {view.name} took longer than {watch.policy.action_hours:g} h and was cancelled"
    return f"job {view.name} is {view.word}; its logs are in Azure ML"


def _ended(order: WatchOrder, watch: Watch, world: World, **news: object) -> Outcome:
    return Done((watch_told(ActionEnded, order, watch, world, **news),))
