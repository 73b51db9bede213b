"""The platform's rules for handing message bodies and their metadata to the worker, as Datums."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from azure_functions_runtime.bindings.datumdef import Datum


class PayloadError(ValueError):
    """The platform cannot hand this body to a function of this data type; the function is not called."""


def payload_of_one(body: bytes, data_type: str | None) -> Any:
    """One body: bytes for `binary`, otherwise text (bytes that are not UTF-8 become U+FFFD)."""
    if data_type == "binary":
        return Datum(body, "bytes")
    return Datum(body.decode("utf-8", "replace"), "string")


def payload_of_many(bodies: Sequence[bytes], data_type: str | None) -> Any:
    """A batch: a collection for `binary` and `string` (which drops empty bodies), else one JSON array.

    Raises PayloadError when the data type is absent and a body is not JSON: the whole batch fails.
    """
    if data_type == "binary":
        return Datum(SimpleNamespace(bytes=list(bodies)), "collection_bytes")
    texts = [body.decode("utf-8", "replace") for body in bodies]
    if data_type == "string":
        return Datum(SimpleNamespace(string=[text for text in texts if text]), "collection_string")
    return Datum(json.dumps([_parsed(text, place) for place, text in enumerate(texts)]), "json")


def _parsed(text: str, place: int) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise PayloadError(
            f"body {place} of the batch is not JSON ({error}), so the whole batch fails: "
            'set data_type="binary" on the trigger.'
        ) from error


def metadata_of_one(values: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata of a single message: strings as they are, all else as JSON; None is left out."""
    return {name: scalar(value) for name, value in values.items() if value is not None}


def metadata_of_many(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Metadata of a batch: each name with `Array` appended, typed as the .NET arrays would be."""
    names = list(dict.fromkeys(name for message in messages for name in message))
    return {f"{name}Array": _array([message.get(name) for message in messages]) for name in names}


def _array(values: list[Any]) -> Any:
    present = [value for value in values if value is not None]
    if all(isinstance(value, str) for value in present):
        # The platform drops null and empty entries, so that these arrays misalign: keep it so.
        return Datum(SimpleNamespace(string=[value for value in present if value]), "collection_string")
    if all(isinstance(value, Long) for value in values):
        return Datum(SimpleNamespace(sint64=[int(value) for value in values]), "collection_sint64")
    return Datum(_json(values), "json")


def overwritten_by_body(metadata: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Let the members of a JSON object in a text body overwrite metadata, ignoring case, as the platform does."""
    try:
        document = json.loads(body)
    except ValueError:
        return metadata
    if not isinstance(document, dict):
        return metadata
    names: dict[str, str] = {name.lower(): name for name in metadata}
    present = {key: value for key, value in document.items() if value is not None}
    return metadata | {names.get(key.lower(), key): scalar(value) for key, value in present.items()}


class Long(int):
    """A .NET long, whose arrays travel as integers; other numbers travel as JSON."""


def scalar(value: Any) -> Any:
    """A Datum of one value: a string as it is, all else as JSON."""
    return Datum(value, "string") if isinstance(value, str) else Datum(_json(value), "json")


def text_of(value: Any) -> Any:
    """AMQP strings arrive from the SDKs as bytes: make them text; anything else passes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def properties_of(values: Mapping[Any, Any] | None) -> dict[str, Any]:
    """Application properties with text for names and for string values."""
    return {str(text_of(name)): text_of(value) for name, value in (values or {}).items()}


def body_of(body: Any) -> bytes:
    """All data sections of an SDK message's body as one; raises PayloadError for AMQP values and sequences."""
    if isinstance(body, bytes):
        return body
    sections = list(body) if isinstance(body, Iterable) and not isinstance(body, str | dict) else [body]
    if not all(isinstance(section, bytes) for section in sections):
        raise PayloadError("the message has an AMQP value or sequence body; send bytes or text.")
    return b"".join(sections)


def _json(value: Any) -> str:
    return json.dumps(value, default=_encode)


def _encode(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)
