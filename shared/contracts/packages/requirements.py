"""Requirements as pip writes them, of a whole file or of a pip section, each line understood or kept as it stands."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.contracts.malformed import Malformed
from shared.contracts.strict_json import within
from shared.core.identity import package_name

FORMAT = "requirements-txt"
MOST_LINES = 20_000
LONGEST_LINE = 4096
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OF_A_LINE = re.compile(r"\s--(?:hash|config-settings?|global-option|install-option)[= ].*$")
_TEMPLATE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*={2,3}\s*(\{\{[^{}]*\}\})\s*(?:;.*)?")
_OPTION = re.compile(r"(--?[A-Za-z][A-Za-z-]*)(?:[=\s]\s*(.*))?")
_SHORT_OPTION = re.compile(r"(-[reicf])=?([^\s=].*)")
_VCS = re.compile(r"(?:git|hg|svn|bzr)\+", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|file:|\.{1,2}[/\\]|[/\\]|\.$|\S+\.(?:whl|zip|tar\.gz|tgz)$")
_EXACT = re.compile(r"={2,3}[^*]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One package that is asked for; `url` and `marker` are "" when there is none."""

    name: str
    as_written: str
    extras: tuple[str, ...]
    specifiers: tuple[str, ...]
    url: str
    marker: str

    @property
    def version(self) -> str:
        """The one version that can be meant, "" when it is open."""
        exact = len(self.specifiers) == 1 and _EXACT.fullmatch(self.specifiers[0])
        return self.specifiers[0].lstrip("=").strip() if exact else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """The lines of a file by what they are: options and templates (name and value), `vcs` and `urls` as written.

    A template is a requirement whose version is a placeholder that something else fills; `invalid` is what pip itself
    would refuse.
    """

    requirements: tuple[Requirement, ...]
    options: tuple[tuple[str, str], ...] = ()
    vcs: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    templates: tuple[tuple[str, str], ...] = ()
    invalid: tuple[str, ...] = ()

    @property
    def understood(self) -> bool:
        """Whether any line names a package or is an option of pip."""
        return bool(self.requirements or self.options or self.vcs or self.urls or self.templates)

    @property
    def duplicates(self) -> tuple[str, ...]:
        """The names that are there more than once, in alphabetical order."""
        names = Counter(requirement.name for requirement in self.requirements)
        return tuple(sorted(name for name, times in names.items() if times > 1))


def parse_requirements(body: bytes, limit: int = 1_048_576) -> Requirements:
    """The requirements in a text of at most `limit` bytes and 20,000 lines.

    Raises Malformed when it is larger, not UTF-8, or when no line of it is a requirement or an option of pip.
    """
    within(body, limit)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        where = f"line {body.count(b'\n', 0, error.start) + 1}"
        raise Malformed("the text is not UTF-8; save the requirements as UTF-8", where) from None
    found = parse_lines(_logical(text))
    if not found.understood:
        first = f"; the first line is {found.invalid[0][:60]!r}" if found.invalid else ""
        raise Malformed(f"no line is a requirement of pip{first}; write one a line, as name==version")
    return found


def _logical(text: str) -> Iterator[str]:
    """The lines of a file with continuation lines joined."""
    begun = ""
    for line in text.splitlines():
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            begun += line[:-1]
            continue
        yield begun + line
        begun = ""
    if begun:
        yield begun


def parse_lines(lines: Iterable[str]) -> Requirements:
    """Every line by what it is; raises Malformed for more than 20,000 of them."""
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in ("option", "vcs", "url", "template", "invalid")}
    requirements: list[Requirement] = []
    for number, line in enumerate(lines):
        if number >= MOST_LINES:
            raise Malformed(f"there are more than {MOST_LINES:,} lines; split the file", f"line {number + 1}")
        text = _COMMENT.sub("", line).strip()
        if not text:
            continue
        sorted_line = _line(text)
        if isinstance(sorted_line, Requirement):
            requirements.append(sorted_line)
            continue
        kind, *rest = sorted_line
        found[kind].append((rest[0], rest[1]))
    return Requirements(
        requirements=tuple(requirements),
        options=tuple(found["option"]),
        vcs=tuple(value for _, value in found["vcs"]),
        urls=tuple(value for _, value in found["url"]),
        templates=tuple(found["template"]),
        invalid=tuple(value for _, value in found["invalid"]),
    )


def _line(text: str) -> Requirement | tuple[str, str, str]:
    """The requirement, or the kind of line with its name and value."""
    if len(text) > LONGEST_LINE:
        return "invalid", "", text[:200]
    if text.startswith("-"):
        return _option(text)
    if template := _TEMPLATE.fullmatch(text):
        return "template", package_name(template[1]), template[2]
    if _VCS.match(text):
        return "vcs", "", text
    if _ADDRESS.match(text):
        return "url", "", text
    return _requirement(_OF_A_LINE.sub("", text).strip()) or ("invalid", "", text[:200])


def _option(text: str) -> tuple[str, str, str]:
    option = _SHORT_OPTION.fullmatch(text) or _OPTION.fullmatch(text)
    if option is None:
        return "invalid", "", text[:200]
    name, value = option[1], (option[2] or "").strip()
    return ("vcs", "", value) if name in ("-e", "--editable") and _VCS.match(value) else ("option", name, value)


def _requirement(text: str) -> Requirement | None:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        parsed = Parsed(text)
    except (InvalidRequirement, ValueError, RecursionError):
        return None
    return Requirement(
        name=package_name(parsed.name),
        as_written=parsed.name,
        extras=tuple(sorted(parsed.extras)),
        specifiers=tuple(sorted(map(str, parsed.specifier))),
        url=parsed.url or "",
        marker=str(parsed.marker or ""),
    )
