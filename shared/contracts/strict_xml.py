"""The one door for XML from outside: bounded, without document type and entities, and every refusal has its line."""

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from shared.contracts.malformed import Malformed
from shared.contracts.strict_json import within

MOST_ELEMENTS = 1_000_000
MOST_ATTRIBUTES = 64
_BREAK = " "
_UTF_8 = ("utf-8", "utf8", "us-ascii")


@dataclass(slots=True)
class Element:
    """One element: its local name and namespace ("" for none), attributes without namespace, children and text."""

    name: str
    namespace: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def first(self, name: str) -> "Element | None":
        """The first child of that name, or None."""
        return next((child for child in self.children if child.name == name), None)

    def every(self, name: str) -> list["Element"]:
        """The children of that name, in their order."""
        return [child for child in self.children if child.name == name]

    def said(self, name: str) -> str:
        """The text of the first child of that name without space around it, "" when there is none."""
        child = self.first(name)
        return child.text.strip() if child else ""


def loads(body: bytes, *, limit: int = 10 * 1024 * 1024, depth: int = 64) -> Element:
    """The outermost element of `body`, UTF-8 of at most `limit` bytes and `depth` levels.

    Raises Malformed with the line for everything larger or deeper, a document type or entity declaration, processing
    instructions, text that is not UTF-8 or says that it is something else, and syntax errors.
    """
    within(body, limit)
    if b"\0" in body:
        raise Malformed("the text is not UTF-8; encode it so", "line 1")
    return _Reader(depth).read(body)


class _Reader:
    """Builds the tree from the events of expat, which expands nothing because nothing may be declared."""

    def __init__(self, depth: int) -> None:
        self._depth, self._count = depth, 0
        self._open: list[tuple[Element, list[str]]] = []
        self._outermost: Element | None = None
        self._parser = expat.ParserCreate(encoding="utf-8", namespace_separator=_BREAK)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refused("a document type (DOCTYPE)")
        self._parser.EntityDeclHandler = self._refused("an entity declaration")
        self._parser.ProcessingInstructionHandler = self._refused("a processing instruction")
        self._parser.XmlDeclHandler = self._declared

    def read(self, body: bytes) -> Element:
        try:
            body.decode()
            self._parser.Parse(body, True)
        except expat.ExpatError as error:
            reason = f"not XML: {expat.ErrorString(error.code)}; write it as UTF-8"
            raise Malformed(reason, f"line {error.lineno}") from None
        except UnicodeDecodeError as error:
            where = f"line {body.count(b'\n', 0, error.start) + 1}"
            raise Malformed("the text is not UTF-8; encode it so", where) from None
        assert self._outermost is not None
        return self._outermost

    def _line(self) -> str:
        return f"line {self._parser.CurrentLineNumber}"

    def _refused(self, what: str) -> Any:
        def handler(*_: object) -> None:
            raise Malformed(f"{what} is not allowed; take it out", self._line())

        return handler

    def _declared(self, version: str, encoding: str | None, _standalone: int) -> None:
        """Readers that believe another encoding or version would see other text in the same bytes."""
        if version != "1.0":
            raise Malformed(f"it says that it is XML {version[:10]}; write XML 1.0", self._line())
        if encoding is not None and encoding.lower() not in _UTF_8:
            raise Malformed(f"it says that it is {encoding[:40]}; say UTF-8, and write it so", self._line())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= self._depth:
            raise Malformed(f"nested deeper than {self._depth} levels; flatten it", self._line())
        if self._count > MOST_ELEMENTS or len(attributes) > MOST_ATTRIBUTES:
            raise Malformed("there are too many elements or attributes; send a smaller document", self._line())
        namespace, _, local = name.rpartition(_BREAK)
        own = {key: value for key, value in attributes.items() if _BREAK not in key}
        element = Element(name=local, namespace=namespace, attributes=own)
        if self._open:
            self._open[-1][0].children.append(element)
        else:
            self._outermost = element
        self._open.append((element, []))

    def _end(self, _name: str) -> None:
        element, texts = self._open.pop()
        element.text = "".join(texts)

    def _characters(self, text: str) -> None:
        self._open[-1][1].append(text)
