"""Every authentic event of storage is read exactly as expected, and only what is complete is an arrival."""

import random
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.contracts import strict_json
from shared.contracts.data_events import Arrival, MalwareFound, data_news, names_of
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from tests.corpus.expectations import matching, needs_corpus, sample

pytestmark = needs_corpus

SAID = {
    "api": "api",
    "url": "url",
    "blob_type": "blobType",
    "source_url": "sourceUrl",
    "destination_url": "destinationUrl",
    "identity": "identity",
    "client_request_id": "clientRequestId",
    "content_length": "contentLength",
    "file_url": "fileUrl",
    "blob_uri": "blobUri",
    "verdict": "scanResultType",
}


def told(event: Event) -> dict[str, Any]:
    """What the event says, in the words of the expectations; what only a complete blob has comes from the reader."""
    news = data_news(event)
    time = str(event.element.get("time", event.element.get("eventTime")))
    assert abs(event.time - datetime.fromisoformat(time).timestamp()) < 1e-3
    words: dict[str, Any] = {"id": event.id, "type": event.type, "subject": event.subject, "time": time}
    words |= {word: event.data.get(key) for word, key in SAID.items()}
    words |= {"is_committed": isinstance(news, Arrival), "is_data": isinstance(news, Arrival)}
    words |= _named(event)
    return words | _about(news)


def _named(event: Event) -> dict[str, Any]:
    """What the subject and the address name, each on its own."""
    parts = event.subject.partition("/containers/")[2].partition("/blobs/")
    words = {"container_from_subject": parts[0], "blob_path": parts[2]}
    if event.data.get("url"):
        words["container_from_url"] = names_of(event.data["url"], "data.url")[1]
    return words


def _about(news: Any) -> dict[str, Any]:
    if isinstance(news, MalwareFound):
        return {"verdict": "Malicious", "malware": list(news.malware), "etag": news.blob.etag}
    if not isinstance(news, Arrival):
        return {}
    blob = news.blob
    words: dict[str, Any] = {"container_from_subject": blob.container, "blob_path": blob.path, "api": news.api}
    words |= {"etag": f'"{blob.etag}"', "content_length": blob.size}
    if news.captured:
        captured = news.captured
        words |= {"size": blob.size, "event_count_in_file": captured.events, "partition_id": captured.partition}
        words |= {"first_seq": captured.first, "last_seq": captured.last}
    return words


@matching("data-arrival/*")
def test_an_event_of_storage_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    events = [event for event in parse_events(body) if isinstance(event, Event)]
    assert {
        "envelope": events[0].envelope,
        "top_level": "array" if isinstance(strict_json.loads(body), list) else "object",
        "event_count": len(events),
        "events": [
            {word: value for word, value in told(event).items() if word in wanted}
            for event, wanted in zip(events, expected["events"], strict=True)
        ],
    } == {key: value for key, value in expected.items() if key != "trap"}


@matching("data-arrival/*")
def test_a_blob_is_named_by_its_subject_and_never_by_an_address(expectation: Path) -> None:
    body, _ = sample(expectation)
    for event in parse_events(body):
        assert isinstance(event, Event)
        news = data_news(event)
        assert isinstance(news, Arrival | MalwareFound | Ignored), news
        if isinstance(news, Arrival) and not news.captured:
            assert event.subject.endswith(f"/containers/{news.blob.container}/blobs/{news.blob.path}")


@matching("data-arrival/*")
def test_a_damaged_event_is_understood_or_refused(expectation: Path) -> None:
    body, _ = sample(expectation)
    chance = random.Random(expectation.name)
    for _ in range(30):
        damaged = bytearray(body)
        for _ in range(chance.randrange(1, 12)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'{}[]",:0e-\\\n/. \xff')
        try:
            events = parse_events(bytes(damaged))
        except Malformed:
            continue
        assert all(data_news(event) for event in events if isinstance(event, Event))
