"""What the demonstration shows: every move of a release in a sentence, and a table at the end."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from local.demo.story import Ended, Finding

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
        """Tell what happened to the releases that moved since the last time."""
        for line in releases:
            version = line["version"]
            if self._stages.get(version) == line["stage"] and line["stage"] in ENDED:
                continue
            self._stages[version] = line["stage"]
            sentences = history(version)
            for sentence in sentences[self._told.get(version, 0) :]:
                self._tell(line["model"], version, sentence)
            self._told[version] = len(sentences)

    def _tell(self, model: str, version: str, sentence: str) -> None:
        moment, _, rest = sentence.partition(" ")
        stage = next((stage for stage in STYLES if rest.endswith(f"→ {stage}]")), "")
        style = STYLES.get(stage, "white")
        self._console.print(f"  [dim]{moment[11:19]}[/dim] {model}:{version} [{style}]{escape(rest)}[/{style}]")

    def summary(
        self, ended: Sequence["Ended"], claims: Sequence["Finding"], history: Sequence[str], good: bool, seconds: float
    ) -> None:
        """The table of releases, the claims, and one ledger in sentences."""
        table = Table(title="Releases", title_justify="left")
        for column in ("release", "what it was", "ended", "why"):
            table.add_column(column)
        for each in ended:
            style = STYLES.get(each.stage, "white")
            mark = "" if each.stage == each.expected else f" (expected {each.expected})"
            table.add_row(
                f"{each.model}:{each.version}", each.title, f"[{style}]{each.stage}{mark}[/]", escape(each.reason)
            )
        self._console.print("\n[bold]The ledger of the good release[/bold]")
        for sentence in history:
            self._console.print(f"  {escape(sentence)}", soft_wrap=True)
        self._console.print()
        self._console.print(table)
        for claim in claims:
            self._console.print(f"{'[green]✓[/]' if claim.holds else '[red]✗[/]'} {escape(claim.claim)}")
        verdict = "[bold green]all as expected[/]" if good else "[bold red]not as expected[/]"
        self._console.print(f"{verdict} in {seconds:.0f} s")
