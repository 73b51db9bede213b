"""The quarantine in Azure Blob Storage: each refused payload lies beside a JSON document that says why."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import msgspec
from azure.core import MatchConditions
from azure.storage.blob import ContainerClient

from shared.adapters.blobs import JSON
from shared.adapters.errors import found, reaching
from shared.core.identity import case_id
from shared.ports import Case, Conflict, Impossible, Redrive, Unavailable

TRIES = 5


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The document of a case as it is stored, with times as people read them."""

    id: str
    source: str
    door: str = ""
    reason: str
    at: datetime
    sha256: str
    bytes: int
    redriven: tuple["Again", ...] = ()
    properties: dict[str, str] = {}


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """One sending again, as it is stored."""

    person: str
    name: str
    at: datetime
    properties: dict[str, str] = {}


class BlobQuarantine:
    """Cases in one container: `<id>.body` and `<id>.json`."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    def keep(
        self,
        body: bytes,
        reason: str,
        source: str,
        at: float,
        door: str = "",
        *,
        properties: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Keep `body` with its reason; the case's id, the same for the same body, reason, source and properties."""
        digest = hashlib.sha256(body).hexdigest()
        case = Case(
            id=case_id(digest, reason, source, properties),
            source=source,
            door=door,
            reason=reason,
            at=at,
            sha256=digest,
            size=len(body),
            properties=dict(properties),
        )
        with reaching(f"keeping the body of quarantine case {case.id}"):
            self._container.upload_blob(f"{case.id}.body", body, overwrite=True)
        for _ in range(TRIES):
            known, etag = self._stored(case.id)
            try:
                self._write(replace(case, redriven=known.redriven) if known else case, etag)
            except Conflict:
                continue
            return case.id
        raise Unavailable(f"quarantine case {case.id} changed under {TRIES} tries; deliver it again")

    def newest(self, limit: int) -> Sequence[Case]:
        """At most `limit` cases, the one that came last first; raises Unavailable."""
        with reaching("listing the quarantine"):
            latest = sorted(self._times(), reverse=True)[:limit]
        cases = (self.case(case) for _, case in latest)
        return [case for case in cases if case]

    def _times(self) -> Iterator[tuple[str, str]]:
        for blob in self._container.list_blobs(include=["metadata"]):
            if blob.name.endswith(".json"):
                yield (blob.metadata or {}).get("at", ""), blob.name.removesuffix(".json")

    def case(self, case: str) -> Case | None:
        """The case of that id, or None; raises Unavailable."""
        return self._stored(case)[0]

    def body(self, case: Case, limit: int = 0) -> bytes:
        """The bytes, or the first `limit` of them; raises Impossible when they are not there, Unavailable."""
        part: dict[str, Any] = {"offset": 0, "length": limit} if 0 < limit < case.size else {}
        with reaching(f"reading the body of quarantine case {case.id}"):
            body: bytes = self._container.download_blob(f"{case.id}.body", **part).readall()
        if not part and hashlib.sha256(body).hexdigest() != case.sha256:
            raise Impossible(f"the body of case {case.id} was changed in storage; look who wrote it")
        return body

    def redriven(self, case: str, redrive: Redrive) -> None:
        """Add to the case that it was sent again; raises Conflict, Impossible, Unavailable."""
        known, etag = self._stored(case)
        if known is None:
            raise Impossible(f"there is no quarantine case {case}")
        self._write(replace(known, redriven=(*known.redriven, redrive)), etag)

    def _stored(self, case: str) -> tuple[Case | None, str | None]:
        blob = found(f"reading quarantine case {case}", lambda: self._container.download_blob(f"{case}.json"))
        return (_decoded(blob.readall()), str(blob.properties.etag)) if blob else (None, None)

    def _write(self, case: Case, etag: str | None) -> None:
        condition: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}
        with reaching(f"keeping quarantine case {case.id}"):
            self._container.upload_blob(
                f"{case.id}.json",
                _encoded(case),
                overwrite=bool(etag),
                metadata={"at": _moment(case.at).isoformat()},
                content_settings=JSON,
                **condition,
            )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _encoded(case: Case) -> bytes:
    about = About(
        id=case.id,
        source=case.source,
        door=case.door,
        reason=case.reason,
        at=_moment(case.at),
        sha256=case.sha256,
        bytes=case.size,
        redriven=tuple(_again(each) for each in case.redriven),
        properties=dict(case.properties),
    )
    return msgspec.json.encode(about)


def _again(redrive: Redrive) -> Again:
    return Again(person=redrive.person, name=redrive.name, at=_moment(redrive.at), properties=dict(redrive.properties))


def _redrive(again: Again) -> Redrive:
    return Redrive(person=again.person, name=again.name, at=again.at.timestamp(), properties=again.properties)


def _decoded(body: bytes) -> Case:
    about = msgspec.json.decode(body, type=About)
    return Case(
        id=about.id,
        source=about.source,
        door=about.door,
        reason=about.reason,
        at=about.at.timestamp(),
        sha256=about.sha256,
        size=about.bytes,
        redriven=tuple(_redrive(each) for each in about.redriven),
        properties=about.properties,
    )
