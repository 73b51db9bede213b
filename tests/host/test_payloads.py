"""How bodies and metadata travel to the worker, through the platform's own converters where they matter."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.functions.servicebus import ServiceBusMessageInConverter

from local.host.payloads import (
    Long,
    PayloadError,
    body_of,
    metadata_of_many,
    metadata_of_one,
    overwritten_by_body,
    payload_of_many,
    payload_of_one,
    properties_of,
)


def decoded(body: bytes, data_type: str | None, **values: Any) -> Any:
    metadata = metadata_of_one({"UserProperties": {}, **values})
    if data_type != "binary":
        metadata = overwritten_by_body(metadata, body)
    return ServiceBusMessageInConverter.decode(payload_of_one(body, data_type), trigger_metadata=metadata)


def test_a_binary_body_arrives_as_it_was() -> None:
    assert decoded(b"\xff{}", "binary").get_body() == b"\xff{}"


def test_bytes_that_are_not_text_are_replaced_without_data_type_binary() -> None:
    assert decoded(b"\xff", "string").get_body() == "\ufffd".encode()


@pytest.mark.parametrize("data_type", [None, "string"])
def test_a_body_member_overwrites_metadata_ignoring_case(data_type: str | None) -> None:
    assert decoded(b'{"messageId": "forged"}', data_type, MessageId="real").message_id == "forged"


def test_a_binary_body_overwrites_nothing() -> None:
    assert decoded(b'{"messageId": "forged"}', "binary", MessageId="real").message_id == "real"


def test_a_body_member_of_the_wrong_type_fails_before_the_function() -> None:
    with pytest.raises(ValueError, match="DeliveryCount"):
        decoded(b'{"deliveryCount": "abc"}', "string", DeliveryCount=1)


def test_a_text_batch_drops_empty_bodies() -> None:
    assert payload_of_many([b"a", b"", b"c"], "string").value.string == ["a", "c"]


def test_a_binary_batch_keeps_empty_bodies() -> None:
    assert payload_of_many([b"a", b"", b"c"], "binary").value.bytes == [b"a", b"", b"c"]


def test_a_batch_without_data_type_is_parsed_again() -> None:
    assert json.loads(payload_of_many([b'{"a":1}', b"[ 2 ]"], None).value) == [{"a": 1}, [2]]


def test_one_body_that_is_not_json_fails_a_batch_without_data_type() -> None:
    with pytest.raises(PayloadError, match="body 1 of the batch"):
        payload_of_many([b"{}", b"poison"], None)


def test_array_metadata_is_typed_by_its_entries() -> None:
    arrays = metadata_of_many([{"SequenceNumber": Long(1), "MessageId": "a", "DeliveryCount": 1}])
    assert {name: datum.type for name, datum in arrays.items()} == {
        "SequenceNumberArray": "collection_sint64",
        "MessageIdArray": "collection_string",
        "DeliveryCountArray": "json",
    }


def test_absent_entries_are_dropped_from_text_arrays_so_that_they_misalign() -> None:
    arrays = metadata_of_many([{"Subject": None}, {"Subject": "b"}, {"Subject": ""}])
    assert arrays["SubjectArray"].value.string == ["b"]


def test_absent_metadata_is_left_out_and_all_but_text_is_json() -> None:
    metadata = metadata_of_one({"To": None, "Subject": "s", "At": datetime(2026, 1, 2, tzinfo=UTC), "Count": 3})
    assert {name: (datum.type, datum.value) for name, datum in metadata.items()} == {
        "Subject": ("string", "s"),
        "At": ("json", '"2026-01-02T00:00:00+00:00"'),
        "Count": ("json", "3"),
    }


def test_properties_become_text() -> None:
    assert properties_of({b"name": b"value", "n": 1}) == {"name": "value", "n": 1}


def test_a_body_of_many_sections_is_one() -> None:
    assert body_of(iter([b"a", b"b"])) == b"ab"


def test_a_body_that_is_an_amqp_value_is_refused() -> None:
    with pytest.raises(PayloadError, match="AMQP value"):
        body_of({"a": 1})
