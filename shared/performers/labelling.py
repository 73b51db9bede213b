"""Lay out for people what a model does badly on: the items as a file, a page that says what to do, and the queue."""

from shared.contracts.labels import encode_items, encode_queue
from shared.core.facts import Action, ActionBegun, ActionEnded, Ending
from shared.core.identity import fact_id, label_queue_key
from shared.core.labelling import Doubt, Item, LabelQueue, worst_first
from shared.core.orders import QueueForLabels
from shared.core.watch import Watch
from shared.core.watch_policy import DAY, HOUR
from shared.inference import InferenceData
from shared.performers.outcomes import Done, Outcome
from shared.performers.world import World, watch_told

CONTAINER = "labelling"
LOOK_BACK = 7 * DAY
MEANINGS = {
    Doubt.WRONG: "answered wrongly, by a label or score that came",
    Doubt.UNCERTAIN: "answered, least sure first",
    Doubt.UNKNOWN: "answered without a probability",
}


def queue_for_labels(order: QueueForLabels, watch: Watch, world: World, _attempt: int) -> Outcome:
    """Write items.jsonl and review.md, keep the queue, and tell ActionBegun; ActionEnded where nothing can be asked."""
    name = queue_name(order)
    if world.documents.read(label_queue_key(name)) is None:
        if watch.version != order.version:
            return _nothing(order, watch, world, Ending.CANCELLED, f"version {order.version} left production")
        items = _items(watch, world)
        if not items:
            said = f"nothing that version {order.version} answered was collected; switch its data collector on"
            return _nothing(order, watch, world, Ending.FAILED, said)
        _lay_out(name, order, watch, items, world)
    return Done((watch_told(ActionBegun, order, watch, world, action=Action.LABEL, reference=name),))


def queue_name(order: QueueForLabels) -> str:
    """The one name (32 hex characters) of the order's queue, however often the order comes."""
    return fact_id(order.document, order.key)[:32]


def _nothing(order: QueueForLabels, watch: Watch, world: World, outcome: Ending, detail: str) -> Done:
    told = watch_told(
        ActionEnded, order, watch, world, action=Action.LABEL, reference="", outcome=outcome, detail=detail
    )
    return Done((told,))


def _items(watch: Watch, world: World) -> tuple[Item, ...]:
    """The worst and most uncertain of what the live version answered in the last seven days."""
    data, now = InferenceData(world.documents, world.bodies), world.clock.now()
    since = max(watch.since, now - LOOK_BACK)
    answers = data.answers(watch.endpoint, watch.deployment, since, now)
    windows = data.windows(watch.endpoint, watch.deployment, since, now + HOUR)
    labels = {key: label for window in windows for key, label in window.labels.items()}
    scores = {key: score for window in windows for key, score in window.scores.items()}
    return worst_first(answers, labels, scores, watch.policy.label_items)


def _lay_out(name: str, order: QueueForLabels, watch: Watch, items: tuple[Item, ...], world: World) -> None:
    """Write the files, and last the document that says they are there; what was begun before is written over."""
    body, place = encode_items(items), f"{name}/items.jsonl"
    queue = LabelQueue(
        id=name,
        model=watch.model,
        version=order.version,
        endpoint=watch.endpoint,
        deployment=watch.deployment,
        items=len(items),
        body=world.bodies.keep(body),
        place=f"{CONTAINER}/{place}",
        why=order.why,
        at=world.clock.now(),
    )
    world.data.write(CONTAINER, place, body)
    world.data.write(CONTAINER, f"{name}/review.md", review(queue, items, watch.policy.label_hours).encode())
    world.documents.write(queue.key, encode_queue(queue), None, {"model": watch.model})


def review(queue: LabelQueue, items: tuple[Item, ...], hours: float) -> str:
    """The page for those who label: what this is about, what lies here, and how the labels come back."""
    counts = {doubt: sum(item.doubt is doubt for item in items) for doubt in Doubt}
    lines = [
        f"# Labels wanted: {queue.model}, version {queue.version}",
        "",
        f"Why: {queue.why}.",
        "",
        f"`items.jsonl` holds {queue.items} item(s) of the endpoint {queue.endpoint}, deployment {queue.deployment}:",
        "",
        *(f"- {count} {MEANINGS[doubt]}" for doubt, count in counts.items() if count),
        "",
        "An item is the id of a request and the number of its row; the data collector keeps the request's inputs",
        "under that id. Look at each, and send one line for every item, `null` where nobody can tell:",
        "",
        '    {"item": "…", "label": …}',
        "",
        f"Send all lines as the body of `POST /api/labels/{queue.id}` within {hours:g} hours. They become a file",
        "beside this page; no model is trained by that: a person decides.",
        "",
    ]
    return "\n".join(lines)
