"""The whole cloud put together: one TLS port for everything, one plain port for managed identity."""

import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from local.cloud import environment
from local.cloud.arm import only_with_token, refusals_as_json
from local.cloud.asset_routes import AssetRoutes
from local.cloud.assets import Assets
from local.cloud.certificates import prepare
from local.cloud.endpoint_routes import EndpointRoutes
from local.cloud.endpoints import Endpoints
from local.cloud.events import ModelEvents
from local.cloud.identity import Identity
from local.cloud.inputs import Inputs
from local.cloud.job_routes import JobRoutes
from local.cloud.jobs import Jobs
from local.cloud.operations import Operations
from local.cloud.provisioning import Provisioning
from local.cloud.registry import Registry
from local.cloud.registry_imports import RegistryImports
from local.cloud.registry_routes import RegistryRoutes
from local.cloud.scoring import Scoring
from local.cloud.serving import ModelStore
from local.cloud.telemetry import Telemetry
from local.cloud.witness import Witness

MAX_BODY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Connections:
    """Connection strings of what the cloud talks to; an empty one turns that part off."""

    model_storage: str = ""
    service_bus: str = ""
    event_hub: str = ""

    @classmethod
    def named_in(cls, environment: Mapping[str, str]) -> "Connections":
        """Reads `ModelStorage`, `ServiceBusConnection` and `EventHubConnection`."""
        names = ("ModelStorage", "ServiceBusConnection", "EventHubConnection")
        return cls(*(environment.get(name, "") for name in names))


@dataclass(frozen=True)
class Options:
    """How to run: `port` 0 takes a free one, `provisioning_seconds` is how long creating a deployment takes."""

    host: str = "127.0.0.1"
    port: int = 0
    certificates: Path = Path(".local/certificates")
    container: str = "models"
    provisioning_seconds: float = 0.3
    seed: int = 1
    log: Path | None = None
    events: bool = True


@asynccontextmanager
async def serve(options: Options, connections: Connections) -> AsyncIterator[dict[str, Any]]:
    """Runs the cloud while the block runs and yields its `port`, `identity_port` and `bundle`.

    Raises OSError when the port is taken or the certificates cannot be written.
    """
    context, bundle = prepare(options.certificates)
    main, plain = _listen(options.host, options.port), _listen(options.host, 0)
    port, identity_port = main.getsockname()[1], plain.getsockname()[1]
    identity = Identity()
    async with AsyncExitStack() as stack:
        found = {"port": port, "identity_port": identity_port, "bundle": str(bundle)}
        routes = _assemble(options, connections, found, identity, stack)
        await _start(web.Application(middlewares=[refusals_as_json]), identity.routes(), plain, None, stack)
        app = web.Application(middlewares=[refusals_as_json, only_with_token(identity)], client_max_size=MAX_BODY_BYTES)
        await _start(app, routes, main, context, stack)
        yield found


def _assemble(
    options: Options, connections: Connections, found: dict[str, Any], identity: Identity, stack: AsyncExitStack
) -> list[web.RouteDef]:
    port, witness = found["port"], Witness(options.log)
    stack.callback(witness.close)
    events = ModelEvents(connections.service_bus if options.events else "")
    stack.push_async_callback(events.close)
    telemetry = Telemetry(connections.event_hub)
    stack.push_async_callback(telemetry.close)
    endpoints, registry, operations = Endpoints(), Registry(), Operations()
    stack.push_async_callback(operations.close)
    scoring = Scoring(endpoints, identity, telemetry, options.seed)
    stack.callback(scoring.close)
    assets = {kind: Assets(kind) for kind in ("models", "environments", "data", "components")}
    store = ModelStore(connections.model_storage, options.container)
    jobs = Jobs(Inputs(connections.model_storage, options.container, assets), environment(found), witness)
    stack.push_async_callback(jobs.close)
    provisioning = Provisioning(
        endpoints=endpoints,
        assets=assets,
        registry=registry,
        login_servers=frozenset({f"localhost:{port}", f"127.0.0.1:{port}"}),
        store=store,
        witness=witness,
        seconds=options.provisioning_seconds,
    )
    return [
        *AssetRoutes(assets, options.container, events, witness).routes(),
        *EndpointRoutes(endpoints, provisioning, operations, identity).routes(),
        *JobRoutes(jobs, operations).routes(),
        *operations.routes(),
        *RegistryRoutes(registry, identity, witness).routes(),
        *RegistryImports(registry, operations, witness).routes(),
        *scoring.routes(),
        *witness.routes(),
    ]


def _listen(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port))


async def _start(
    app: web.Application,
    routes: Iterable[web.RouteDef],
    listener: socket.socket,
    context: ssl.SSLContext | None,
    stack: AsyncExitStack,
) -> None:
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listener, ssl_context=context).start()
