"""The $cbs node: checks the tokens that clients put before they touch an entity."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qs

from local.messaging import SAS_KEY
from local.messaging.clock import Clock
from local.messaging.requests import Request, Response

_SAS_PREFIX = "SharedAccessSignature "


def put_token(request: Request, clock: Clock) -> Response:
    """Accept a token: any JSON Web Token, and shared access signatures made with the well-known key and not expired.

    A token that is refused is answered with 401 and the reason, without an error condition: the SDKs drop the reason
    when there is one.
    """
    token = str(request.body or "")
    reason = _fault(token.removeprefix(_SAS_PREFIX), clock) if token.startswith(_SAS_PREFIX) else None
    if reason is not None:
        return Response(code=401, description=f"Put-token failed: {reason}.")
    return Response(code=202, description="Accepted")


def _fault(token: str, clock: Clock) -> str | None:
    fields = dict(part.partition("=")[::2] for part in token.split("&"))
    scope, expires = fields.get("sr", ""), fields.get("se", "")
    signature = parse_qs(token).get("sig", [""])[0]
    digest = hmac.new(SAS_KEY.encode(), f"{scope}\n{expires}".encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(digest), signature.encode()):
        return f"the signature is wrong; the emulator's SharedAccessKey is {SAS_KEY}"
    if not expires.isdecimal() or int(expires) * 1000 <= clock():
        return f"the token expired at {expires!r} (seconds since 1970)"
    return None
