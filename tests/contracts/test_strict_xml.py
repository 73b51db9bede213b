"""XML is read within bounds, and what could make it mean more than it says is refused with its line."""

import pytest

from shared.contracts.malformed import Malformed
from shared.contracts.strict_xml import loads

LAUGHS = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>\n<a>&c;</a>'

REFUSED: dict[str, tuple[bytes, str]] = {
    "entities that multiply": (LAUGHS, "line 1: a document type (DOCTYPE) is not allowed"),
    "a file from outside": (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "a document type (DOCTYPE)"),
    "an entity that nobody declared": (b"<a>\n&x;</a>", "line 2: not XML: undefined entity"),
    "a processing instruction": (b"<?xml-stylesheet href='x'?><a/>", "a processing instruction is not allowed"),
    "depth": (b"<a>" * 65 + b"</a>" * 65, "nested deeper than 64 levels"),
    "another encoding": ("<a>é</a>".encode("latin-1"), "line 1: the text is not UTF-8"),
    "UTF-16": ("<a/>".encode("utf-16"), "the text is not UTF-8"),
    "UTF-16 without its mark": ("<a/>".encode("utf-16-le"), "the text is not UTF-8"),
    "an encoding that it is not in": ('<?xml version="1.0" encoding="latin-1"?><a>é</a>'.encode(), "line 1: it says"),
    "UTF-7 by its word": (b'<?xml version="1.0" encoding="utf-7"?><a>+ADw-b+AD4-</a>', "it says that it is utf-7"),
    "XML 1.1": (b'<?xml version="1.1"?><a/>', "line 1: it says that it is XML 1.1"),
    "entities of a parameter": (b'<!DOCTYPE a [<!ENTITY % x "y">%x;]><a/>', "a document type (DOCTYPE)"),
    "entities from outside": (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://x">%x;]><a/>', "a document type (DOCTYPE)"),
    "attributes that nobody wrote": (b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>', "a document type (DOCTYPE)"),
    "half a character": (b"<a>&#xD800;</a>", "not XML: reference to invalid character number"),
    "no character": (b"<a>&#0;</a>", "not XML: reference to invalid character number"),
    "a control character": (b"<a>\x01</a>", "not XML: "),
    "an attribute twice": (b'<a b="1" b="2"/>', "not XML: duplicate attribute"),
    "an attribute twice by its namespace": (
        b'<a xmlns:x="urn:u" xmlns:y="urn:u" x:b="1" y:b="2"/>',
        "not XML: duplicate attribute",
    ),
    "3,000 open elements": (b"<a>" * 3000, "nested deeper than 64 levels"),
    "two documents": (b"<a/><b/>", "not XML: junk after document element"),
    "nothing": (b"", "not XML: no element found"),
    "an open element": (b"<a><b></a>", "not XML: mismatched tag"),
    "a prefix that nobody declared": (b"<x:a/>", "not XML: unbound prefix"),
    "many attributes": (b"<a " + b" ".join(b'a%d="1"' % n for n in range(65)) + b"/>", "too many elements"),
    "size": (b"<a>" + b"x" * 200 + b"</a>", "more than the 100 allowed"),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_could_mean_more_than_it_says_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        loads(body, limit=100 if "100" in reason else 10_000)
    assert reason in str(refused.value)


def test_an_element_has_its_name_text_attributes_and_children() -> None:
    root = loads(b'<a xmlns="urn:x" xmlns:y="urn:y" n="1" y:m="2">t<b>one</b>u<c/><b> two </b><y:d/></a>')
    assert (root.name, root.namespace, root.attributes, root.text) == ("a", "urn:x", {"n": "1"}, "tu")
    assert [child.name for child in root.children] == ["b", "c", "b", "d"]
    assert [child.text for child in root.every("b")] == ["one", " two "]
    assert (root.said("b"), root.said("c"), root.said("missing")) == ("one", "", "")
    assert root.children[3].namespace == "urn:y"


def test_known_entities_comments_and_cdata_are_text_or_nothing() -> None:
    assert loads(b"<a>&lt;&#65;<!-- no --><![CDATA[<b>]]></a>").text == "<A<b>"


@pytest.mark.parametrize("said", ["utf-8", "UTF-8", "utf8", "US-ASCII"])
def test_an_encoding_that_is_utf_8_may_be_said(said: str) -> None:
    assert loads(f'<?xml version="1.0" encoding="{said}" standalone="yes"?><a>x</a>'.encode()).text == "x"


def test_many_pieces_of_text_take_time_in_proportion() -> None:
    body = b"<a>" + b"x<b/>" * 100_000 + b"</a>"
    assert len(loads(body, limit=len(body)).text) == 100_000
