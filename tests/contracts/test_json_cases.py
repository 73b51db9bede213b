"""Case by case: what stands in the standard of JSON is understood as it says, and nothing beside it is."""

from typing import Any

import msgspec
import pytest

from shared.contracts import shapes, strict_json
from shared.contracts.malformed import Malformed
from tests.contracts.json_cases import REFUSED, UNDERSTOOD

ANYTHING = msgspec.json.Decoder(Any)
# What the typed decoders alone would take: their callers look for repeated keys beside them, and what a type does not
# bound, such as the size of a number, is nobody's number then.
AUDITED = [name for name in REFUSED if "a repeated" in name]


@pytest.mark.parametrize(("body", "value"), UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_the_standard_allows_is_understood(body: bytes, value: object) -> None:
    found = strict_json.loads(body)
    assert found == value or (value is None and body.startswith(b"["))
    assert type(found) is type(value) or body.startswith(b"[")


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_readers_could_understand_differently_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        strict_json.loads(body)
    assert refused.value.reason


@pytest.mark.parametrize("body", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_typed_decoders_understand_the_same(body: tuple[bytes, object]) -> None:
    assert shapes.decode(body[0], ANYTHING) == strict_json.loads(body[0])


@pytest.mark.parametrize("name", AUDITED)
def test_what_typed_decoders_let_pass_the_audit_beside_them_refuses(name: str) -> None:
    with pytest.raises(Malformed, match="more than once"):
        strict_json.audit(REFUSED[name])
