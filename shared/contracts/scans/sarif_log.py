"""The fields of a SARIF 2.1.0 log that are read; msgspec skips all others without keeping them."""

from typing import Any, Literal

import msgspec

from shared.contracts.shapes import Instant, decode

Level = Literal["none", "note", "warning", "error"]
Kind = Literal["notApplicable", "pass", "fail", "review", "open", "informational"]


class Text(msgspec.Struct, frozen=True, gc=False):
    """A message; only plain text is read."""

    text: str = ""


class Configuration(msgspec.Struct, frozen=True, gc=False):
    """How loud a rule is unless its result says otherwise."""

    level: Level = "warning"


class RuleProperties(msgspec.Struct, frozen=True, gc=False):
    """What tools put beside a rule; `severity` is a word, never a score."""

    tags: tuple[str, ...] | None = None
    fixed_version: str | None = None


class Rule(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What a result is an instance of; its texts, the bulk of a log, are decoded only when asked for."""

    id: str = ""
    name: str = ""
    short_description: msgspec.Raw = msgspec.Raw(b"{}")
    help: msgspec.Raw = msgspec.Raw(b"{}")
    default_configuration: Configuration | None = None
    properties: RuleProperties | None = None

    def helping(self) -> str:
        """The help text; raises Malformed when it is no message."""
        return decode(self.help, _TEXT).text

    def described(self) -> str:
        """The short description; raises Malformed when it is no message."""
        return decode(self.short_description, _TEXT).text


_TEXT = msgspec.json.Decoder(Text)


class Component(msgspec.Struct, frozen=True, gc=False):
    """A tool's driver, or an extension of it."""

    name: str = ""
    version: str | None = None
    rules: list[Rule] | None = None


class Tool(msgspec.Struct, frozen=True, gc=False):
    """Who made the run."""

    driver: Component
    extensions: list[Component] | None = None


class ComponentReference(msgspec.Struct, frozen=True, gc=False):
    """Which extension a rule is of; without an index, the driver."""

    index: int = -1


class RuleReference(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """The rule of a result, by id or by place."""

    id: str = ""
    index: int = -1
    tool_component: ComponentReference = ComponentReference()


class Suppression(msgspec.Struct, frozen=True, gc=False):
    """Somebody's wish not to see a result; one that is under review or rejected suppresses nothing."""

    status: Literal["accepted", "underReview", "rejected"] = "accepted"


class Result(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One finding; `kind` other than fail means that it is none."""

    rule_id: str = ""
    rule_index: int = -1
    rule: RuleReference | None = None
    level: Level | None = None
    kind: Kind = "fail"
    message: Text = Text()
    suppressions: list[Suppression] | None = None
    baseline_state: str = ""


class Invocation(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One run of the tool's program."""

    execution_successful: bool = True
    start_time_utc: Instant | None = None
    end_time_utc: Instant | None = None


class Run(msgspec.Struct, frozen=True, gc=False):
    """What one tool found; `results` is None when it did not look."""

    tool: Tool
    results: list[Result] | None = None
    invocations: list[Invocation] | None = None
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class Log(msgspec.Struct, frozen=True, gc=False):
    """The outermost object."""

    version: str
    runs: list[Run]
