"""Package URLs: where a part comes from, in one line."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

_PURL = re.compile(
    r"pkg:/{0,2}(?P<type>[A-Za-z][A-Za-z0-9.+-]*)/(?:(?P<namespace>[^@?#]*)/)?(?P<name>[^/@?#]+)"
    r"(?:@(?P<version>[^?#]*))?(?:\?(?P<qualifiers>[^#]*))?(?:#.*)?"
)
LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Purl:
    """A package URL in its parts, each decoded; `version` is "" when it has none."""

    type: str
    namespace: str
    name: str
    version: str
    qualifiers: dict[str, str] = field(default_factory=dict)


def parse_purl(text: str) -> Purl | None:
    """The parts of `text`, or None when it is no package URL."""
    match = _PURL.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        return None
    said = {name: unquote(value or "") for name, value in match.groupdict().items() if name != "qualifiers"}
    return Purl(
        type=said["type"].lower(),
        namespace=said["namespace"],
        name=said["name"],
        version=said["version"],
        qualifiers=dict(parse_qsl(match["qualifiers"] or "", max_num_fields=None)),
    )
