"""The life of an image as a diagram, from the code that decides it."""

from collections.abc import Iterator
from pathlib import Path

from docs.samples import CLEAN, DIGEST, NOW, SBOM, WAIVER
from shared.core import facts
from shared.core.evidence import VexStatement
from shared.core.images import Image, ImageStage, decide

PAGE = Path(__file__).parent / "architecture.md"
BEGIN = "<!-- The life of an image, written by `python -m docs.generate`; change the code instead. -->"
END = "<!-- The end of what is written. -->"
HOME, COPY = "churn", "trusted/churn"
UNASKED = frozenset({ImageStage.UNKNOWN, ImageStage.PUSHED})  # no release has asked, so none judges


def _fact[F: facts.ImageFact](kind: type[F], **content: object) -> F:
    return kind(**({"id": kind.__name__, "at": NOW, "digest": DIGEST} | content))  # type: ignore[arg-type]


_WORD = {"model": "churn", "version": "7", "policy": "usual", "reason": "?"}
_STATEMENT = VexStatement(id="CVE-2026-1", status="not_affected", justification="", at=NOW)
OUTSIDE: tuple[facts.ImageFact, ...] = (
    _fact(facts.ImagePushed, registry="registry.example", repository=HOME, tag="1"),
    _fact(facts.ScanAwaited, model="churn", version="7", repository=HOME),
    _fact(facts.ImageScanned, scan=CLEAN),
    _fact(facts.SbomReported, sbom=SBOM),
    _fact(facts.VexStated, statements=(_STATEMENT,), author="vendor", report="9" * 64),
    _fact(facts.WaiverGranted, waiver=WAIVER),
    _fact(facts.WaiverRevoked, waiver=WAIVER.id, person="olga", tenant="t", name="Olga"),
    _fact(facts.ImageDeleted, repository=HOME),
    _fact(facts.ImageRemoved, reason="?"),
)
JUDGED: tuple[facts.ImageFact, ...] = (
    _fact(facts.ImageCleared, trusted=f"registry.example/{COPY}@{DIGEST}", **_WORD),
    _fact(facts.ImageRefused, **_WORD),
    _fact(facts.ImageSuspected, **_WORD),
)


def moves(stage: ImageStage) -> dict[ImageStage, list[str]]:
    """The stages that follow `stage`, each with the facts that lead there, for an image that lies in one repository."""
    image = None if stage is ImageStage.UNKNOWN else Image(digest=DIGEST, stage=stage, repositories=(HOME,))
    found: dict[ImageStage, list[str]] = {}
    for fact in (*OUTSIDE, *(() if stage in UNASKED else JUDGED)):
        after = decide(image, fact, NOW).record.stage
        if after is not stage:
            found.setdefault(after, []).append(type(fact).__name__)
    return found


def diagram() -> Iterator[str]:
    """The lines of the state diagram."""
    yield from ("```mermaid", "stateDiagram-v2")
    for stage in ImageStage:
        before = "[*]" if stage is ImageStage.UNKNOWN else stage
        yield from (f"    {before} --> {after}: {', '.join(names)}" for after, names in moves(stage).items())
    yield "```"


def architecture_page() -> str:
    """docs/architecture.md as it is, with the diagram as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return "\n".join([f"{before}{BEGIN}", *diagram(), f"{END}{after}"])
