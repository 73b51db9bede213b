"""Write lifecycle.md, events.md, watch.md and a diagram of architecture.md from the code: `python -m docs.generate`."""

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from docs.image_life import architecture_page
from docs.samples import NOW, POLICY, Sample, release_in, samples
from docs.watch_page import tables
from shared.core.facts import (
    DATASET_FACTS,
    EXCEPTION_FACTS,
    IMAGE_FACTS,
    MODEL_FACTS,
    RELEASE_FACTS,
    DatasetFact,
    ExceptionFact,
    Fact,
    ImageFact,
    ModelFact,
    ModelRegistered,
    ReleaseFact,
)
from shared.core.lifecycle import decide
from shared.core.orders import DATA_ORDERS, ORDERS, WATCH_ORDERS, Order
from shared.core.policy import ApprovalPolicy
from shared.core.release import TERMINAL, Stage

FOLDER = Path(__file__).parent
NOTICE = "<!-- Written by `python -m docs.generate`; change the code instead. -->"


@dataclass(frozen=True)
class Row:
    """What one fact, turning out one way, makes of a release in one stage."""

    before: Stage
    fact: str
    how: str
    after: Stage
    orders: tuple[str, ...]
    held: str = ""

    @property
    def moves(self) -> bool:
        """Whether anything follows but a line in the ledger."""
        return self.after is not self.before or bool(self.orders or self.held)

    @property
    def next(self) -> str:
        """The stage after it, and whether it is paused or resumed there, as the table says it."""
        stage = f"**{self.after}**" if self.after is not self.before else "stays"
        return f"{stage}, {self.held}" if self.held else stage


def rows(stage: Stage) -> list[Row]:
    """The answer of the lifecycle to every fact in `stage`; raises AssertionError where it has none."""
    return [_row(stage, sample) for sample in samples(stage)]


def _row(stage: Stage, sample: Sample) -> Row:
    release = release_in(stage, **sample.given)
    decision = decide(release, sample.fact, None, NOW)
    assert decision is not None, f"{type(sample.fact).__name__} has no answer in {stage}"
    orders = tuple(_ordered(order) for order in decision.orders)
    after = decision.record
    held = "" if release.paused == after.paused else "paused" if after.paused else "resumed"
    return Row(stage, type(sample.fact).__name__, sample.how, after.stage, orders, held)


def _ordered(order: Order) -> str:
    detail = getattr(order, "weight", None) or getattr(order, "news", None)
    later = " (later)" if order.not_before else ""
    return type(order).__name__ + (f" {detail}" if detail else "") + later


def lifecycle_page() -> str:
    """The state diagram and, stage by stage, what every fact means there."""
    every = {stage: rows(stage) for stage in Stage}
    lines = [NOTICE, "", "# What every fact means in every stage", "", *_diagram(every), "", *_beginning()]
    for stage in Stage:
        if any(row.moves for row in every[stage]):
            lines += ["", f"## {stage}", "", *_section(every[stage])]
    return "\n".join([*lines, "", "## The end", "", *_end(every), ""])


def _diagram(every: dict[Stage, list[Row]]) -> Iterator[str]:
    yield from ("```mermaid", "stateDiagram-v2")
    yield from (f'    state "{stage}" as {stage.name}' for stage in Stage)
    yield from (f"    [*] --> {_born(start).name}: ModelRegistered{_asked(start)}" for start in (False, True))
    for stage, answers in every.items():
        for after in Stage:
            moving = dict.fromkeys(row.fact for row in answers if row.after is after is not stage)
            if moving:
                yield f"    {stage.name} --> {after.name}: {', '.join(moving)}"
    yield from (f"    {stage.name} --> [*]" for stage in Stage if stage in TERMINAL)
    yield "```"


def _born(start: bool) -> Stage:
    policy = replace(POLICY, approval=ApprovalPolicy(start=start))
    decision = decide(None, ModelRegistered(id="", at=NOW, model="m", version="1"), policy, NOW)
    assert decision is not None
    return decision.record.stage


def _asked(start: bool) -> str:
    return " (a person must start it)" if start else ""


def _beginning() -> list[str]:
    return [
        "A release begins with ModelRegistered; any other fact about an unknown release goes to quarantine.",
        "A fact turns out one way or another, in *italics*. *Later* means that the order is sent with a due time;",
        "WatchDeadline is the clock of a stage, and is dropped with it.",
    ]


def _section(answers: list[Row]) -> Iterator[str]:
    yield from ("| Fact | Next stage | Orders |", "| --- | --- | --- |")
    for row in _collapsed(answers):
        if row.moves:
            how = f" *{row.how}*" if row.how else ""
            yield f"| {row.fact}{how} | {row.next} | {', '.join(row.orders)} |"
    yield from ("", f"Only noted: {_joined(_noted(answers))}.")


def _collapsed(answers: list[Row]) -> list[Row]:
    """The rows, but one alone where a fact means the same in several ways, and without the way where it has one."""
    first: dict[tuple[str, str, tuple[str, ...]], Row] = {}
    for row in answers:
        first.setdefault((row.fact, row.next, row.orders), row)
    single = [fact for fact, count in Counter(row.fact for row in first.values()).items() if count == 1]
    return [replace(row, how="") if row.fact in single else row for row in first.values()]


def _noted(answers: list[Row]) -> Iterator[str]:
    """The facts that change nothing: by name alone, unless the same fact does something when it turns out otherwise."""
    moving = {row.fact for row in answers if row.moves}
    for row in answers:
        if not row.moves:
            yield f"{row.fact} *{row.how}*" if row.fact in moving and row.how else row.fact


def _end(every: dict[Stage, list[Row]]) -> Iterator[str]:
    ended = [str(stage) for stage, answers in every.items() if not any(row.moves for row in answers)]
    yield f"A release that is {_joined(ended, ' or ')} has ended."
    yield "Every later fact is noted in its ledger, scans and approvals included, and nothing follows from it."


def _joined(names: Iterable[str], last: str = ", ") -> str:
    *first, final = dict.fromkeys(names)
    return ", ".join(first) + last + final if first else final


def events_page() -> str:
    """Every fact and every order with its sentence, its lane and its fields."""
    lines = [
        NOTICE,
        "# Facts and orders",
        "",
        "A fact happened; an order shall be done. Both travel as JSON: a fact as",
    ]
    lines += ["its fields and `kind`, an order as `{attempt, order}`. Times are in seconds since the epoch, UTC.", ""]
    lines += ["## Facts", "", "All come on the queue `facts`, and all have:", "", *_common(Fact), ""]
    for title, base, kinds in SUBJECTS:
        lines += [f"### About {title}", "", f"Each names it by {_codes(_own(base, Fact))}.", ""]
        lines += ["| Fact | What happened | Fields |", "| --- | --- | --- |"]
        lines += [f"| `{kind.__name__}` | {_told(kind)} | {_codes(_own(kind, base))} |" for kind in kinds]
        lines.append("")
    lines += ["## Orders", "", "Each goes to the queue of its lane, and all have:", "", *_common(Order), ""]
    lines += ["| Order | Lane | What to do | Fields | Survives a change of stage |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| `{kind.__name__}` | `{kind.lane}` | {_told(kind)} | {_codes(_own(kind, Order))} "
        f"| {'yes' if kind.lasting else 'no'} |"
        for kind in (*ORDERS, *WATCH_ORDERS, *DATA_ORDERS)
    ]
    return "\n".join([*lines, ""])


def _common(kind: type) -> list[str]:
    return [_codes(_own(kind, object)), "", _told(kind)]


def _told(kind: type) -> str:
    return " ".join((inspect.getdoc(kind) or "").split()).replace("|", "\\|")


def _own(kind: type, base: type) -> list[str]:
    inherited = {each.name for each in fields(base)} if base is not object else set()
    return [each.name for each in fields(kind) if each.name not in inherited]


def _codes(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def watch_page() -> str:
    """What harm leads to, and what every fact means for a watch."""
    return f"{NOTICE}\n\n{tables()}"


SUBJECTS: tuple[tuple[str, type[Fact], tuple[type[Fact], ...]], ...] = (
    ("a release", ReleaseFact, RELEASE_FACTS),
    ("an image", ImageFact, IMAGE_FACTS),
    ("an exception for a package", ExceptionFact, EXCEPTION_FACTS),
    ("what is watched of a model", ModelFact, MODEL_FACTS),
    ("a dataset", DatasetFact, DATASET_FACTS),
)
PAGES = {
    "lifecycle.md": lifecycle_page,
    "events.md": events_page,
    "architecture.md": architecture_page,
    "watch.md": watch_page,
}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
