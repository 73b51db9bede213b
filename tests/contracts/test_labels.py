"""Labels are read strictly, one line for one item, and every refusal names its line."""

import pytest

from shared.contracts.labels import MAXIMUM_BODY, decode_items, encode_items, encode_labels, parse_labels
from shared.contracts.malformed import Malformed
from shared.core.labelling import Doubt, Item

REFUSED = {
    "a lone value": (b"7", "line 1"),
    "an item without a name": (b'{"label": "x"}', "line 1"),
    "a name that is no text": (b'\n{"item": 7, "label": "x"}', "line 2"),
    "more than was asked": (b'{"item": "a", "label": "x", "by": "me"}', "line 1"),
    "a key twice": (b'{"item": "a", "item": "b", "label": "x"}', "line 1"),
    "no number": (b'{"item": "a", "label": NaN}', "line 1"),
    "text in another encoding": (b'{"item": "a", "label": "\xff"}', "line 1"),
    "half a line": (b'{"item": "a", "label": "x"}\n{"item": "b"', "line 2"),
    "an item twice": (b'{"item": "a", "label": 1}\n{"item": "a", "label": 1}', "line 2"),
    "a label without end": (b'{"item": "a", "label": ' + b"[" * 99 + b"]" * 99 + b"}", "line 1"),
    "a line without end": (b'{"item": "a", "label": "' + b"x" * 70_000 + b'"}', "line 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_line_that_is_no_label_is_refused_with_its_number(name: str) -> None:
    body, where = REFUSED[name]
    with pytest.raises(Malformed) as refused:
        parse_labels(body)
    assert refused.value.where == where


def test_a_body_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(Malformed, match="more than the"):
        parse_labels(b"x" * (MAXIMUM_BODY + 1))


def test_a_label_may_be_any_value_and_null_says_that_nobody_can_tell() -> None:
    body = b'{"item": "a", "label": "cat"}\r\n\n{"item": "b", "label": [1, {"x": 2}]}\n{"label": null, "item": "c"}'
    assert parse_labels(body) == {"a": "cat", "b": [1, {"x": 2}], "c": None}


def test_items_are_written_one_a_line_and_read_back() -> None:
    items = [
        Item(item="ä\n#0", doubt=Doubt.WRONG, prediction="cat", probability=0.9, known="dog"),
        Item(item="b#0", doubt=Doubt.UNKNOWN),
    ]
    assert encode_items(items).count(b"\n") == 2
    assert decode_items(encode_items(items)) == items


def test_labels_are_written_in_the_order_of_the_items_without_those_that_nobody_could_tell() -> None:
    items = [Item(item=name, doubt=Doubt.UNCERTAIN, prediction="p") for name in "abc"]
    written = encode_labels({"c": 1, "a": 2, "b": None}, items)
    assert written == b'{"item":"a","prediction":"p","label":2}\n{"item":"c","prediction":"p","label":1}\n'
