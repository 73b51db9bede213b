"""What a host that was killed leaves behind is taken over by the next one."""

from azure.servicebus import ServiceBusMessage

from tests.host.harness import App, eventually
from tests.host.workers import Bus, Hubs


def test_the_host_after_a_killed_one_goes_on_where_it_was(workers: App, bus: Bus, hubs: Hubs) -> None:
    hubs.send("manys", b"before the kill")
    bus.send("brief", ServiceBusMessage(b"x", message_id="half done"))
    eventually(lambda: "before the kill" in bodies(workers))
    workers.child.kill()
    workers.start()
    hubs.send("manys", b"after the kill")
    assert eventually(lambda: "after the kill" in bodies(workers), 12)
    assert eventually(lambda: [entry["count"] for entry in workers.seen if entry.get("id") == "half done"]) == [2]


def bodies(workers: App) -> list[str]:
    return [body for entry in workers.seen if entry["by"] == "many" for body in entry["bodies"]]
