"""Events about models from any registry, told apart by their type."""

from shared.contracts import azureml, databricks, mlflow
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.core.facts import ModelRegistered

type Told = ModelRegistered | Malformed | Ignored


def model_facts(body: bytes) -> list[Told]:
    """One answer per event of the delivery, in its order; raises Malformed when the body as a whole is no delivery."""
    return [event if isinstance(event, Malformed) else model_fact(event) for event in parse_events(body)]


def model_fact(event: Event) -> Told:
    """What one event says about a model, by the registry that its type names; Azure ML's is taken for granted."""
    try:
        if event.type.startswith(mlflow.PREFIX):
            return mlflow.model_fact(event)
        if event.type.startswith(databricks.PREFIX):
            return databricks.model_fact(event)
    except Malformed as refused:
        return refused
    return azureml.model_fact(event)


def owns(event: Event) -> bool:
    """Whether the event is of Azure ML, which Event Grid may bring by HTTP, too."""
    return event.type.startswith(azureml.PREFIX)
