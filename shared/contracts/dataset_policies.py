"""Policies of datasets: one strict YAML file each, and which of them a blob is an arrival for."""

import re
from dataclasses import dataclass
from functools import cache
from typing import cast

from shared.contracts.malformed import Malformed
from shared.contracts.names import MODEL
from shared.contracts.tables import built, nowhere, places, table_of
from shared.core.dataset_policy import ArrivalRule, DatasetPolicy
from shared.core.facts import BlobVersion


def parse_dataset_policy(body: bytes, name: str = "dataset policy") -> DatasetPolicy:
    """The policy in `body`, a file called `name`; raises Malformed with the line for anything that it does not know."""
    document = table_of(body, name)
    where = places(document, name, nowhere)
    policy = cast(DatasetPolicy, built(DatasetPolicy, document.value, (), where))
    if not MODEL.fullmatch(policy.name):
        raise Malformed(f"{policy.name[:60]!r} is no name of a dataset; use letters, digits, - and _", where(("name",)))
    return policy


def is_arrival(rule: ArrivalRule, blob: BlobVersion) -> bool:
    """Whether the blob lies where the rule says that data arrives."""
    return blob.container == rule.container and glob(rule.path).fullmatch(blob.path) is not None


@cache
def glob(pattern: str) -> re.Pattern[str]:
    """The expression of a glob: * and ? stay inside a folder, ** goes through any; everything else is itself.

    What stands before the next wildcard of the same kind is taken where it comes first, which loses no match, and keeps
    a path that was made to hurt from being tried in millions of ways.
    """
    before, *between = re.split(r"(?:(?<=/)|^)\*\*/", pattern)
    found = _piece(before)
    for number, text in enumerate(between, 1):
        inner = _piece(text)
        found += f"(?:[^/]+/)*{inner}" if number == len(between) else f"(?>(?:[^/]+/)*?{inner})"
    return re.compile(found, re.DOTALL)


def _piece(text: str) -> str:
    """The expression of a part of a glob in which no ** stands for whole folders."""
    tokens = re.split(r"(\*\*|\*)", text)
    texts = [re.escape(token).replace(r"\?", "[^/]") for token in tokens[::2]]
    found, wild = texts[0], [*tokens[1::2], ""]
    for this, following, after in zip(wild, wild[1:], texts[1:], strict=False):
        any_text = ".*" if this == "**" else "[^/]*"
        found += f"(?>{any_text}?{after})" if this == following else f"{any_text}{after}"
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """One policy file as it lies on the shelf: its bytes, and the policy in it or why there is none."""

    file: str
    body: bytes
    policy: DatasetPolicy | Malformed


def shelved(file: str, body: bytes) -> Shelved:
    """The file `file` (name.yaml) on the shelf; a policy must have the name of its file, so that each is there once."""
    try:
        policy = parse_dataset_policy(body, file)
    except Malformed as problem:
        return Shelved(file=file, body=body, policy=problem)
    if f"{policy.name}.yaml" != file:
        misnamed = Malformed(f"the policy is named {policy.name!r}; give its file that name", f"datasets/{file}")
        return Shelved(file=file, body=body, policy=misnamed)
    return Shelved(file=file, body=body, policy=policy)


def concerns(policy: DatasetPolicy, blob: BlobVersion) -> bool:
    """Whether the blob lies where data of the dataset arrives, or where its accepted versions lie."""
    accepted = blob.container == policy.accepted.container and blob.path.startswith(f"{policy.accepted.path}/")
    return accepted or is_arrival(policy.arrives, blob)
