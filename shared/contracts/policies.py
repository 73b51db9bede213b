"""Policy files: a default, an override over it, and nothing in them that the policy does not know."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from shared.contracts.artifacts import FORMATS
from shared.contracts.malformed import Malformed
from shared.contracts.packages.versions import is_specifier
from shared.contracts.tables import Where, built, nowhere, places, table_of
from shared.core.facts import Action
from shared.core.policy import Policy
from shared.core.watch_policy import JobTemplate

COMPONENT = re.compile(r"[A-Za-z0-9_.-]{1,255}:[A-Za-z0-9_.-]{1,30}")


def parse_policy(default: bytes | None = None, override: bytes | None = None) -> Policy:
    """The policy of the YAML files `default` and `override`, either of which may be left out.

    Keys of the override win, tables merge key by key, lists are replaced, and null takes an entry out of a table by
    name (a metric, a severity). Keys in neither file have the defaults of the policy's own classes. Raises Malformed
    with the line and the file for unknown keys, wrong types, and limits that make no sense.
    """
    values = _defaults()
    where: Where = nowhere
    for name, body in (("default", default), ("override", override)):
        if body is not None:
            document = table_of(body, name)
            where = places(document, name, where)
            values = _merged(values, document.value)
    policy = cast(Policy, built(Policy, values, (), where))
    _refuse_unknown_formats(policy, where)
    _refuse_unreadable_versions(policy, where)
    _refuse_unnamed_jobs(policy, where)
    return policy


def _defaults() -> dict[str, Any]:
    table = asdict(Policy(name="", scenario=""))
    del table["name"], table["scenario"]
    return table


def _merged(below: Any, above: Any) -> Any:
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}


def _refuse_unreadable_versions(policy: Policy, where: Where) -> None:
    for name, versions in policy.packages.denied.items():
        if versions != "*" and not (versions and is_specifier(versions)):
            reason = f"{versions[:40]!r} names no versions; write <2, ==1.2.3 or * for every one"
            raise Malformed(reason, where(("packages", "denied", name)))


def _refuse_unnamed_jobs(policy: Policy, where: Where) -> None:
    for action in Action:
        template: JobTemplate | None = getattr(policy.watch, action, None)
        if template and template.job and not COMPONENT.fullmatch(template.job.removeprefix("azureml:")):
            reason = f"{template.job[:80]!r} is no component; write name:version, such as retrain_wine:3"
            raise Malformed(reason, where(("watch", action, "job")))


def _refuse_unknown_formats(policy: Policy, where: Where) -> None:
    for key in ("formats", "preferred_formats"):
        for index, name in enumerate(getattr(policy.validation, key)):
            if name not in FORMATS:
                reason = f"the format {name[:40]!r} is not one Gatehouse can tell; known are {', '.join(FORMATS)}"
                raise Malformed(reason, where(("validation", key, index)))
