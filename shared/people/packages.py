"""What people ask about packages: which of those in a document are allowed."""

from collections.abc import Mapping
from typing import Any

from shared.asking import PolicyFor, Refused, Reply, known, policy_of, said, understood
from shared.contracts.packages.listing import LIMIT, parse_listing
from shared.contracts.packages.versions import holds
from shared.core.packages import Judgement, Listing, Rules, Ruling, judge
from shared.core.policy import Policy
from shared.granted import grants
from shared.ports import Clock, Documents


class Packages:
    """Judges documents that name packages."""

    def __init__(self, documents: Documents, clock: Clock, policy_for: PolicyFor, *, authenticated: bool) -> None:
        self._documents, self._clock, self._policy_for = documents, clock, policy_for
        self._authenticated = authenticated

    def check(self, headers: Mapping[str, str], model: str, scenario: str, body: bytes) -> Reply:
        """Judge every package that `body` names, under the policy of `model` and `scenario` ("" for the usual ones).

        401 without a person, 413 for a body of more than 10 MB, 400 for one that is not understood or an unknown
        scenario. Nothing is kept. Raises Unavailable.
        """
        try:
            known(headers, authenticated=self._authenticated)
            listing = _listing(headers, body)
            policy = policy_of(self._policy_for, model, scenario, self._clock.now())
        except Refused as refusal:
            return said(refusal)
        excepted = grants(self._documents, model, policy.scenario, self._clock.now())
        rules = Rules(policy=policy.packages, holds=holds, grants=excepted)
        return Reply(200, _answer(listing, judge(rules, listing.packages), policy))


def _listing(headers: Mapping[str, str], body: bytes) -> Listing:
    if len(body) > LIMIT:
        raise Refused(413, f"the document has {len(body)} bytes, more than the {LIMIT} allowed; split it")
    return understood(parse_listing, body, headers.get("content-type", ""))


def _answer(listing: Listing, judgements: tuple[Judgement, ...], policy: Policy) -> dict[str, Any]:
    counts = {ruling.value: sum(each.ruling is ruling for each in judgements) for ruling in Ruling}
    return {
        "format": listing.format,
        "allowed": counts[Ruling.ALLOWED] == len(judgements) and not listing.unseen,
        "counts": counts,
        "packages": [_line(each) for each in judgements],
        "unseen": [{"part": part, "how": "it points elsewhere; send that file, too"} for part in listing.unseen],
        "policy": {"name": policy.name, "digest": policy.digest()},
    }


def _line(each: Judgement) -> dict[str, Any]:
    package = each.package
    return {
        "name": package.name,
        "version": package.version or None,
        "specifier": package.specifier or None,
        "source": package.location or package.source or None,
        "ruling": each.ruling,
        "reasons": list(each.reasons),
        "how": each.how or None,
        "exception": each.exception or None,
    }
