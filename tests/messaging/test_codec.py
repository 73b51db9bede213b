"""Claims about the AMQP codec and the message envelope."""

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.messaging import encode, performatives
from local.messaging.decode import decode, skip
from local.messaging.errors import AmqpError, DecodeError
from local.messaging.message import parse, with_application_properties
from local.messaging.performatives import REJECTED

type Encoded = tuple[object, bytes]


def pair(encoder: object, values: st.SearchStrategy[object]) -> st.SearchStrategy[Encoded]:
    return values.map(lambda value: (value, encoder(value)))  # type: ignore[operator]


simple = st.one_of(
    st.just((None, encode.NULL)),
    pair(encode.boolean, st.booleans()),
    pair(encode.ubyte, st.integers(0, 255)),
    pair(encode.ushort, st.integers(0, 2**16 - 1)),
    pair(encode.uint, st.integers(0, 2**32 - 1)),
    pair(encode.ulong, st.integers(0, 2**64 - 1)),
    pair(encode.int32, st.integers(-(2**31), 2**31 - 1)),
    pair(encode.int64, st.integers(-(2**63), 2**63 - 1)),
    pair(encode.timestamp, st.integers(-(2**63), 2**63 - 1)),
    pair(encode.uuid, st.uuids()),
    pair(encode.string, st.text(max_size=300)),
    pair(encode.binary, st.binary(max_size=300)),
)
values = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5).map(lambda items: ([v for v, _ in items], encode.list_of([e for _, e in items]))),
        st.dictionaries(st.text(max_size=5), inner, max_size=5).map(
            lambda items: (
                {key: value for key, (value, _) in items.items()},
                encode.map_of([encode.string(key) + coded for key, (_, coded) in items.items()]),
            )
        ),
    ),
    max_leaves=10,
)


@given(values)
def test_what_is_encoded_decodes_to_itself_and_skip_finds_its_end(item: Encoded) -> None:
    value, coded = item
    assert decode(coded + b"rest") == (value, len(coded))
    assert skip(coded + b"rest") == len(coded)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_amqp_raise_nothing_but_a_decode_error(noise: bytes) -> None:
    for reader in (decode, parse):
        with suppress(DecodeError):
            reader(noise)


@given(values)
def test_a_truncated_value_is_never_mistaken_for_a_whole_one(item: Encoded) -> None:
    _, coded = item
    with pytest.raises(DecodeError):
        skip(coded[:-1])


def test_deep_nesting_is_refused_before_it_exhausts_the_stack() -> None:
    bomb = b"\x40"
    for _ in range(70):
        bomb = encode.list_of([bomb])
    with pytest.raises(DecodeError, match="deeper than 64"):
        decode(bomb)


def test_a_huge_claimed_array_is_refused_before_it_is_built() -> None:
    with pytest.raises(DecodeError, match="claims"):
        decode(b"\xf0\x00\x00\x00\x05\xff\xff\xff\xff\x41")


def test_an_array_refuses_items_of_another_constructor() -> None:
    with pytest.raises(ValueError, match="0x81"):
        encode.array_of([encode.int64(1), encode.int32(1)], 0x81)
    assert decode(encode.array_of([encode.int64(1), encode.int64(-2)], 0x81))[0] == [1, -2]


def test_every_performative_writes_all_its_fields() -> None:
    refusal = AmqpError("amqp:not-found", "no")
    written = {
        10: performatives.open_("c", 65_536, 10),
        8: performatives.begin(1),
        11: performatives.flow((0, 0), 0, 0, 1),
        6: performatives.disposition(True, 1, performatives.ACCEPTED_OUTCOME),
        3: performatives.detach(0, refusal),
        1: performatives.close(),
    }
    assert {count: len(decode(body)[0].value) for count, body in written.items()} == {n: n for n in written}
    assert len(decode(performatives.transfer(0, 1, b"t", False, False))[0].value) == 11


def test_a_rejection_carries_condition_description_and_info() -> None:
    outcome = decode(performatives.rejected(AmqpError("amqp:not-found", "no")))[0]
    assert (outcome.descriptor, outcome.value[0].value) == (REJECTED, ["amqp:not-found", "no", {}])


def section(code: int, value: bytes) -> bytes:
    return encode.described(code, value)


def test_a_message_keeps_its_bare_bytes_and_the_senders_own_annotations() -> None:
    own = encode.symbol("x-tenant") + encode.string("a")
    brokers = encode.symbol("x-opt-sequence-number") + encode.int64(7)
    bare = section(0x73, encode.list_of([encode.uuid(UUID(int=5))])) + section(0x75, encode.binary(b"body"))
    parsed = parse(
        section(0x70, encode.list_of([encode.boolean(True)])) + section(0x72, encode.map_of([own, brokers])) + bare
    )
    assert (parsed.bare, parsed.annotations, parsed.durable) == (bare, (own,), True)
    assert parsed.message_id == str(UUID(int=5))


def test_added_application_properties_replace_those_of_the_same_name() -> None:
    old = encode.map_of([encode.string(name) + encode.string("old") for name in ("keep", "change")])
    message = parse(section(0x74, old) + section(0x75, encode.binary(b"body")))
    changed = with_application_properties(message, {"change": "new", "absent": None}).bare
    assert decode(changed, 3)[0] == {"keep": "old", "change": "new"}
    assert changed.endswith(section(0x75, encode.binary(b"body")))
