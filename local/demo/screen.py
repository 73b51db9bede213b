"""What the demonstration shows: every move of a release in a sentence, and a table at the end."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from local.demo.ending import Claim, Ended

STYLES = {
    "live": "bold green",
    "superseded": "green",
    "rejected": "red",
    "rolled back": "red",
    "rolling back": "yellow",
    "canary": "cyan",
    "awaiting approval": "magenta",
}
ENDED = frozenset({"superseded", "rejected", "rolled back", "recalled", "expired", "aborted"})
UNTOLD = "OrderDone:"
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


class Screen:
    """Prints for people, or nothing when `quiet`."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Console(quiet=quiet, highlight=False)
        self._told: dict[str, int] = {}
        self._stages: dict[str, str] = {}

    def say(self, sentence: str) -> None:
        """One remark."""
        self._console.print(f"[dim]{escape(sentence)}[/dim]")

    def act(self, title: str) -> None:
        """The beginning of an act."""
        self._console.print(f"\n[bold]{escape(title)}[/bold]")

    def show(self, releases: Sequence[dict[str, Any]], history: Callable[[str], list[str]]) -> None:
        """Tell what happened to the releases that moved since the last time, the oldest first."""
        news = sorted((line for release in releases for line in self._new(release, history)), key=_moment)
        if news:
            self._console.print(_lines(news))

    def _new(self, release: dict[str, Any], history: Callable[[str], list[str]]) -> Iterator[tuple[str, str]]:
        """The release's name with each sentence that was not told yet; answers to orders move nothing."""
        version, stage = release["version"], release["stage"]
        if self._stages.get(version) == stage and stage in ENDED:
            return
        self._stages[version] = stage
        sentences = history(version)
        for sentence in sentences[self._told.get(version, 0) :]:
            if not sentence.partition(" ")[2].startswith(UNTOLD):
                yield f"{release['model']}:{version}", sentence
        self._told[version] = len(sentences)

    def summary(
        self, ended: Sequence["Ended"], claims: Sequence["Claim"], history: Sequence[str], good: bool, seconds: float
    ) -> None:
        """The table of releases, the claims, and one ledger in sentences."""
        self._console.print("\n[bold]The ledger of the good release[/bold]")
        self._console.print(_lines([("", sentence) for sentence in history]))
        self._console.print()
        self._console.print(_endings(ended))
        for claim in claims:
            self._console.print(f"{'[green]✓[/]' if claim.holds else '[red]✗[/]'} {escape(claim.claim)}")
        verdict = "[bold green]all as expected[/]" if good else "[bold red]not as expected[/]"
        self._console.print(f"{verdict} in {seconds:.0f} s")


def _moment(line: tuple[str, str]) -> str:
    return line[1].partition(" ")[0]


def _lines(told: Sequence[tuple[str, str]]) -> Table:
    """Sentences of ledgers one below the other, so that a long one goes on below itself."""
    grid = Table.grid(padding=(0, 1))
    for _ in ("", "time", "release"):
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for release, sentence in told:
        moment, _, rest = sentence.partition(" ")
        stage = next((stage for stage in STYLES if rest.endswith(f"→ {stage}]")), "")
        shown = Text(_DIGEST.sub(r"\1…", rest), style=STYLES.get(stage, "white"))
        grid.add_row("", Text(moment[11:19], style="dim"), release, shown)
    return grid


def _endings(ended: Sequence["Ended"]) -> Table:
    table = Table(title="Releases", title_justify="left")
    table.add_column("release", no_wrap=True)
    for column in ("what it was", "ended", "why"):
        table.add_column(column)
    for each in ended:
        mark = "" if each.stage == each.expected else f" (expected {each.expected})"
        stage = Text(f"{each.stage}{mark}", style=STYLES.get(each.stage, "white"))
        table.add_row(f"{each.model}:{each.version}", each.title, stage, Text(each.reason))
    return table
