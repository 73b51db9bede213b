"""Managed identity: tokens for whoever runs on this machine, and the proof that a token was issued here."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from aiohttp import web

from local.cloud import IDENTITY_SECRET
from local.cloud.refusals import Refusal

LIFETIME_SECONDS = 24 * 3600
MANAGEMENT = "https://management."
SCORING = "https://ml.azure.com"


class Identity:
    """Issues and checks JSON Web Tokens (HS256, a secret of this process)."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def issue(self, audience: str) -> tuple[str, int]:
        """A token for `audience` and the time it expires (Unix seconds)."""
        expires = int(time.time()) + LIFETIME_SECONDS
        claims = {"aud": audience, "exp": expires, "oid": "gatehouse-local", "tid": "local"}
        unsigned = _encoded({"alg": "HS256", "typ": "JWT"}) + b"." + _encoded(claims)
        return (unsigned + b"." + self._signature(unsigned)).decode(), expires

    def admits(self, authorization: str | None, audience: str) -> bool:
        """Whether an Authorization header carries a live token whose audience starts with `audience`."""
        scheme, _, token = (authorization or "").partition(" ")
        unsigned, _, signature = token.encode(errors="surrogateescape").rpartition(b".")
        if scheme.lower() != "bearer" or not hmac.compare_digest(signature, self._signature(unsigned)):
            return False
        claims = json.loads(_decoded(unsigned.partition(b".")[2]))
        return str(claims["aud"]).startswith(audience) and claims["exp"] > time.time()

    def _signature(self, unsigned: bytes) -> bytes:
        return _base64(hmac.digest(self._secret, unsigned, hashlib.sha256))

    def routes(self) -> list[web.RouteDef]:
        """The App Service shaped endpoint that azure-identity asks, `GET /msi/token?resource=…`."""
        return [web.get("/msi/token", self._token)]

    async def _token(self, request: web.Request) -> web.Response:
        if request.headers.get("X-IDENTITY-HEADER") != IDENTITY_SECRET:
            raise Refusal(401, "Unauthorized", "The X-IDENTITY-HEADER header is wrong: set IDENTITY_HEADER.")
        resource = request.query.get("resource")
        if not resource:
            raise Refusal(400, "BadArgument", "The query has no resource: name what the token is for.")
        token, expires = self.issue(resource)
        answer = {"access_token": token, "expires_on": str(expires), "resource": resource, "token_type": "Bearer"}
        return web.json_response(answer)


def _encoded(part: dict[str, Any]) -> bytes:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decoded(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
