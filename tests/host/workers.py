"""The app with which the tests look at queue and hub triggers, and the SDK clients that feed it."""

from concurrent.futures import ThreadPoolExecutor

from azure.eventhub import EventData, EventHubProducerClient
from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
    ServiceBusSender,
    ServiceBusSubQueue,
)

SOURCE = """
@app.service_bus_queue_trigger(arg_name="m", queue_name="%WORDS%", connection="Bus", data_type="binary")
def one(m: func.ServiceBusMessage, context: func.Context) -> None:
    body = m.get_body()
    note(by="one", body=list(body), id=m.message_id, subject=m.subject, correlation=m.correlation_id,
         count=m.delivery_count, properties=m.application_properties, zone=m.enqueued_time_utc.tzinfo,
         type=m.content_type, at=time.monotonic(), invocation=context.invocation_id)
    if body == b"poison":
        raise ValueError("poisoned")
    if body == b"slow":
        time.sleep(0.4)

@app.service_bus_queue_trigger(arg_name="m", queue_name="batches", connection="Bus", cardinality="many")
async def batch(m: List[func.ServiceBusMessage]) -> None:
    note(by="batch", bodies=[json.loads(each.get_body()) for each in m], ids=[each.message_id for each in m],
         counts=[each.delivery_count for each in m])

@app.service_bus_queue_trigger(arg_name="m", queue_name="brief", connection="Bus", data_type="binary")
def longer_than_the_lock(m: func.ServiceBusMessage) -> None:
    time.sleep(1.3)
    note(by="longer", id=m.message_id, count=m.delivery_count)

@app.event_hub_message_trigger(arg_name="e", event_hub_name="ones", connection="Hubs", consumer_group="group",
                               data_type="binary", cardinality="one")
def single(e: func.EventHubEvent) -> None:
    note(by="single", body=list(e.get_body()), sequence=e.sequence_number, offset=e.offset, key=e.partition_key,
         zone=str(e.enqueued_time.tzinfo), properties=e.metadata["Properties"],
         partition=e.metadata["PartitionContext"]["PartitionId"])

@app.event_hub_message_trigger(arg_name="e", event_hub_name="manys", connection="Hubs", consumer_group="group",
                               data_type="binary", cardinality="many")
async def many(e: List[func.EventHubEvent]) -> None:
    note(by="many", bodies=[each.get_body().decode() for each in e], sequences=[each.sequence_number for each in e],
         properties=e[0].metadata["PropertiesArray"])
    if b"fail" in e[0].get_body():
        raise ValueError("this batch is lost")

@app.event_hub_message_trigger(arg_name="e", event_hub_name="mixed", connection="Hubs", consumer_group="group",
                               cardinality="many")
def mixed(e: List[func.EventHubEvent]) -> None:
    note(by="mixed", bodies=[json.loads(each.get_body()) for each in e])

@app.event_hub_message_trigger(arg_name="e", event_hub_name="retried", connection="Hubs", consumer_group="group",
                               data_type="binary", cardinality="many")
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
def retried(e: List[func.EventHubEvent], context: func.Context) -> None:
    note(by="retried", bodies=[each.get_body().decode() for each in e], retry=context.retry_context.retry_count)
    if e[0].get_body() == b"fail":
        raise ValueError("again")
"""


class Bus:
    """Senders and receivers of the real SDK, opened once each: closing a synchronous one takes a second."""

    def __init__(self, connection: str) -> None:
        self._client = ServiceBusClient.from_connection_string(connection)
        self._links: dict[tuple[str, str], ServiceBusSender | ServiceBusReceiver] = {}

    def send(self, queue: str, *messages: ServiceBusMessage) -> None:
        sender = self._links.setdefault(("to", queue), self._client.get_queue_sender(queue))
        sender.send_messages(list(messages))

    def left_in(self, queue: str) -> list[ServiceBusReceivedMessage]:
        receiver = self._links.setdefault(("from", queue), self._client.get_queue_receiver(queue))
        return receiver.peek_messages(max_message_count=10)

    def dead_in(self, queue: str) -> list[ServiceBusReceivedMessage]:
        dead = ServiceBusSubQueue.DEAD_LETTER
        receiver = self._links.setdefault(("dead", queue), self._client.get_queue_receiver(queue, sub_queue=dead))
        return receiver.peek_messages(max_message_count=10)

    def close(self) -> None:
        with ThreadPoolExecutor(len(self._links)) as side_by_side:
            list(side_by_side.map(lambda link: link.close(), self._links.values()))
        self._client.close()


class Hubs:
    """Producers of the real SDK, opened once each: closing a synchronous one takes up to a second."""

    def __init__(self, connection: str) -> None:
        self._connection = connection
        self._producers: dict[str, EventHubProducerClient] = {}

    def send(self, hub: str, *events: EventData | bytes, key: str | None = None) -> None:
        if hub not in self._producers:
            opened = EventHubProducerClient.from_connection_string(self._connection, eventhub_name=hub)
            self._producers[hub] = opened
        batch = self._producers[hub].create_batch(partition_key=key)
        for event in events:
            batch.add(event if isinstance(event, EventData) else EventData(event))
        self._producers[hub].send_batch(batch)

    def close(self) -> None:
        with ThreadPoolExecutor(len(self._producers)) as side_by_side:
            list(side_by_side.map(lambda producer: producer.close(), self._producers.values()))
