"""Who may call the registry: the challenge, and the exchange of a cloud token for a registry token."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from local.cloud.identity import Identity
from local.cloud.refusals import RegistryRefusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CLOUD, REFRESH, ACCESS = "https://", "acr-refresh", "acr-access"  # audiences of the three tokens, in order


class RegistryAccess:
    """Trades an identity's token for a refresh token, that for an access token, and asks calls for the last."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def routes(self) -> list[web.RouteDef]:
        """Where tokens are traded."""
        return [web.post("/oauth2/exchange", self._exchange), web.post("/oauth2/token", self._token)]

    def guarded(self, handler: Handler) -> Handler:
        """`handler`, but calls without an access token are challenged."""

        async def guard(request: web.Request) -> web.StreamResponse:
            if self._identity.admits(request.headers.get("Authorization"), ACCESS):
                return await handler(request)
            await request.read()  # an unread body would break the connection the client is about to use again
            return _challenge(request)

        return guard

    async def _exchange(self, request: web.Request) -> web.Response:
        await self._check(request, "access_token", CLOUD)
        return web.json_response({"refresh_token": self._identity.issue(REFRESH)[0]})

    async def _token(self, request: web.Request) -> web.Response:
        await self._check(request, "refresh_token", REFRESH)
        return web.json_response({"access_token": self._identity.issue(ACCESS)[0]})

    async def _check(self, request: web.Request, field: str, audience: str) -> None:
        token = (await request.post()).get(field)
        if not self._identity.admits(f"Bearer {token!s}", audience):
            message = f"The form's {field} was not issued here, or has expired: follow the challenge again."
            raise RegistryRefusal(401, "UNAUTHORIZED", message)


def _challenge(request: web.Request) -> web.Response:
    scope = f"repository:{request.match_info.get('repository', '*')}:pull,push,delete,metadata_read,metadata_write"
    realm = f"https://{request.host}/oauth2/token"
    challenge = f'Bearer realm="{realm}",service="{request.host}",scope="{scope}"'
    refusal = RegistryRefusal(401, "UNAUTHORIZED", "Authentication is required: follow the challenge.")
    return web.json_response(refusal.body(), status=401, headers={"WWW-Authenticate": challenge})
