"""Who is asking, from the header that App Service authentication sets and strips from everybody else."""

import base64
import binascii
from dataclasses import dataclass

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed

HEADER = "x-ms-client-principal"
MAXIMUM_HEADER = 16_384
OBJECT_ID = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "oid")
TENANT_ID = ("http://schemas.microsoft.com/identity/claims/tenantid", "tid")
APPLICATION = ("azp", "appid")
NAME = ("name", "preferred_username", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name")
ROLES = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A signed-in person: directory object id and tenant, the name to show, and the app roles."""

    id: str
    tenant: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program with a token of the directory: its application id, its tenant and the app roles it was given."""

    id: str
    tenant: str
    roles: tuple[str, ...]


def parse(header: str) -> Principal:
    """The person behind the header's value; raises Malformed for anything but one signed-in directory user."""
    return _person(_content(header))


def program(header: str) -> Program:
    """The program behind the header's value; raises Malformed for anything but one application of the directory."""
    claims = _content(header)
    application, tenant = _one(claims, APPLICATION), _one(claims, TENANT_ID)
    if not application or not tenant:
        raise Malformed("the claims name no application or tenant", HEADER)
    return Program(id=application, tenant=tenant, roles=_roles(claims))


def _content(header: str) -> dict[str, list[str]]:
    """The claims of the directory in the header's value, by their kind; raises Malformed."""
    if not header:
        raise Malformed("nobody is signed in", HEADER)
    if len(header) > MAXIMUM_HEADER or "," in header:
        raise Malformed("the header is too long or was sent twice", HEADER)
    try:
        raw = base64.b64decode(header.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Malformed("the header is not base64", HEADER) from None
    content = strict_json.loads(raw, limit=MAXIMUM_HEADER, depth=8)
    if not isinstance(content, dict) or content.get("auth_typ") != "aad":
        raise Malformed("only people of the directory count (auth_typ aad)", HEADER)
    return _claims(content.get("claims"))


def _claims(listed: strict_json.JSON) -> dict[str, list[str]]:
    claims: dict[str, list[str]] = {}
    for claim in listed if isinstance(listed, list) else []:
        if isinstance(claim, dict) and isinstance(kind := claim.get("typ"), str) and isinstance(claim.get("val"), str):
            claims.setdefault(kind, []).append(str(claim["val"]))
    return claims


def _person(claims: dict[str, list[str]]) -> Principal:
    if claims.get("idtyp") == ["app"]:
        raise Malformed("an application can not answer for a person", HEADER)
    person, tenant = _one(claims, OBJECT_ID), _one(claims, TENANT_ID)
    if not person or not tenant:
        raise Malformed("the claims name no object id or tenant", HEADER)
    return Principal(id=person, tenant=tenant, name=_one(claims, NAME) or person, roles=_roles(claims))


def _roles(claims: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(role for kind in ROLES for role in claims.get(kind, []))


def _one(claims: dict[str, list[str]], kinds: tuple[str, ...]) -> str:
    return next((claims[kind][0] for kind in kinds if len(claims.get(kind, [])) == 1), "")
