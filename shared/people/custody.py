"""What lies in quarantine: listed, looked at, and sent again through the door it came by."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from shared import telemetry
from shared.asking import Refused, Reply, entitled, known, said, texts
from shared.contracts.names import IMAGE
from shared.core.identity import digest_of
from shared.core.policy import OperatorPolicy
from shared.doors.intake import READ
from shared.ports import Bus, Case, Clock, Conflict, Impossible, Message, Quarantine, Redrive
from shared.views import iso

CASE_ID = re.compile(r"[0-9a-f]{32}")
LISTED = 100
SHOWN_BYTES = 4096
TRIES = 5

log = logging.getLogger("gatehouse.custody")


class Custody:
    """The HTTP side of the quarantine, without HTTP."""

    def __init__(self, quarantine: Quarantine, bus: Bus, clock: Clock, *, authenticated: bool) -> None:
        self._quarantine, self._bus, self._clock = quarantine, bus, clock
        self._authenticated = authenticated

    def cases(self) -> Reply:
        """The newest 100 cases without their bodies, and whether there are `more`; raises Unavailable."""
        newest = self._quarantine.newest(LISTED + 1)
        return Reply(200, {"cases": [_line(case) for case in newest[:LISTED]], "more": len(newest) > LISTED})

    def case(self, case: str) -> Reply:
        """One case with the first 4 KB of its body as text; 404 for an unknown one, 409 for one without its body.

        Raises Unavailable.
        """
        try:
            found = self._found(case)
            start = self._body(found, SHOWN_BYTES)
        except Refused as refusal:
            return said(refusal)
        text = start.decode("utf-8", "replace")
        return Reply(200, {**_line(found), "text": text, "truncated": found.size > len(start)})

    def redrive(self, case: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send the body again through its door; 202 means that it is there, and that the case says so.

        What came beside it is sent again, too; `body` may give it instead: `{"image": "sha256:…"}`. 400 for anything
        else, 401 without a person, 403 without the role of the shipped policy, 404 for an unknown case, 409 for one
        that came by no queue or whose body was changed. Sent before it is marked: a crash between the two sends it
        twice, and facts and orders that come twice count once. Raises Unavailable.
        """
        try:
            person = known(headers, authenticated=self._authenticated)
            entitled(person, OperatorPolicy().roles)
            found = self._found(case)
            given = _given(found, body)
            self._send(found, given)
        except Refused as refusal:
            return said(refusal)
        self._mark(found, Redrive(person=person.id, name=person.name, at=self._clock.now(), properties=given))
        telemetry.count(telemetry.REDRIVES, door=found.door)
        return Reply(202, {"redriven": f"sent to {found.door} by {person.name}", "case": found.id})

    def _found(self, case: str) -> Case:
        found = self._quarantine.case(case) if CASE_ID.fullmatch(case) else None
        if found is None:
            raise Refused(404, "there is no such case in quarantine; an id has 32 characters, 0-9 and a-f")
        return found

    def _send(self, case: Case, given: Mapping[str, str]) -> None:
        if not case.door:
            raise Refused(409, f"case {case.id} came from {case.source}, by no queue; whoever sent it must send anew")
        body, name = self._body(case), digest_of(["redrive", case.id, self._clock.now()])
        self._bus.send(case.door, [Message(body=body, id=name, properties={**case.properties, **given})])

    def _body(self, case: Case, limit: int = 0) -> bytes:
        try:
            return self._quarantine.body(case, limit)
        except Impossible as problem:
            raise Refused(409, str(problem)) from problem

    def _mark(self, case: Case, redrive: Redrive) -> None:
        """Write down who sent it; after a lost race it is written over what won."""
        for _ in range(TRIES):
            try:
                self._quarantine.redriven(case.id, redrive)
            except Conflict:
                continue
            return
        log.error("case %s was sent again, but that could not be written down: it changed under every try", case.id)


def _given(case: Case, body: bytes) -> dict[str, str]:
    """The properties that a person gives; raises Refused with 400 for those that the door of the case does not read."""
    given = {name: text for name, text in texts(body, ("image",)).items() if text} if body.strip() else {}
    if unread := given.keys() - set(READ.get(case.door, ())):
        raise Refused(400, f"what comes by {case.door or 'no queue'} has no {', '.join(unread)}; leave it out")
    if "image" in given and not IMAGE.fullmatch(given["image"]):
        raise Refused(400, "image must be sha256:… with 64 hex digits, or repository@sha256:…")
    return given


def _line(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "at": iso(case.at),
        "source": case.source,
        "door": case.door or None,
        "reason": case.reason,
        "bytes": case.size,
        "properties": dict(case.properties),
        "redriven": [
            {"at": iso(each.at), "name": each.name, "person": each.person, "properties": dict(each.properties)}
            for each in case.redriven
        ],
    }
