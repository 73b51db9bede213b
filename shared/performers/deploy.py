"""Make deployments, test them and take them away; each change is only started here and looked at again later."""

from shared.core import traffic
from shared.core.facts import DeploymentFailed, DeploymentReady, DeploymentRemoved, SmokeTested
from shared.core.identity import staging_endpoint
from shared.core.orders import DeployToProduction, DeployToStaging, Order, RemoveDeployment, SmokeTest
from shared.core.release import Release
from shared.performers.outcomes import Done, Later, Outcome
from shared.performers.world import World, finished, told, wait_after
from shared.ports import DeploymentSpec

READY, FAILED = "Succeeded", frozenset({"Failed", "Canceled"})
MAXIMUM_SAMPLE_BYTES = 1_048_576
TRAFFIC_PATIENCE = 6
LATE_SECONDS = 60.0


def deploy_to_staging(order: DeployToStaging, release: Release, world: World, attempt: int) -> Outcome:
    """Bring the release up on the staging endpoint; tell DeploymentReady or DeploymentFailed."""
    return _deployed(order, release, world, attempt, staging=True)


def deploy_to_production(order: DeployToProduction, release: Release, world: World, attempt: int) -> Outcome:
    """Bring the release up on its production endpoint, without traffic; tell DeploymentReady or DeploymentFailed."""
    return _deployed(order, release, world, attempt, staging=False)


def _deployed(order: Order, release: Release, world: World, attempt: int, *, staging: bool) -> Outcome:
    place = "staging" if staging else "production"
    endpoint = staging_endpoint(release.endpoint) if staging else release.endpoint
    host = world.endpoints.endpoint(endpoint)
    if host is None:
        world.endpoints.create_endpoint(endpoint)
        return Later(wait_after(attempt), f"endpoint {endpoint} is being made")
    if host.state in FAILED:
        reason = f"endpoint {endpoint} is {host.state}; repair or delete it, then register a new version"
        return Done((told(DeploymentFailed, order, release, world, place=place, reason=reason),))
    found = world.endpoints.deployment(endpoint, release.deployment)
    if found is None and host.state == READY:
        spec = _spec(release, endpoint)
        world.images.locate(spec.image)  # another release on the same image may have had it removed meanwhile
        world.endpoints.create_deployment(spec)
        return Later(wait_after(attempt), f"deployment {release.deployment} is being made")
    if found is not None and found.state == READY:
        ready = told(
            DeploymentReady, order, release, world, place=place, endpoint=endpoint, deployment=release.deployment
        )
        return Done((ready,))
    if found is not None and found.state in FAILED:
        reason = found.error or f"deployment {release.deployment} is {found.state}"
        return Done((told(DeploymentFailed, order, release, world, place=place, reason=reason),))
    return Later(
        wait_after(attempt), f"{endpoint} is {host.state}, the deployment {found.state if found else 'not there'}"
    )


def _spec(release: Release, endpoint: str) -> DeploymentSpec:
    deployed = release.trusted or release.image
    assert deployed is not None
    assert release.inspection is not None
    return DeploymentSpec(
        endpoint=endpoint,
        name=release.deployment,
        model=release.model,
        version=release.version,
        environment=release.inspection.environment,
        image=deployed.pinned(),
        instance_type=release.policy.deployment.instance_type,
        instances=release.policy.deployment.instance_count,
    )


def smoke_test(order: SmokeTest, release: Release, world: World, attempt: int) -> Outcome:
    """Send the model's own sample to the staging deployment and tell what it answered."""
    endpoint = world.endpoints.endpoint(staging_endpoint(release.endpoint))
    model = world.models.model(release.model, release.version)
    if endpoint is None or model is None or release.inspection is None:
        return Later(wait_after(attempt), "the staging endpoint or the model can not be found")
    sample = world.models.read(model.path, release.inspection.sample, MAXIMUM_SAMPLE_BYTES)
    answer = world.endpoints.score(endpoint, release.deployment, sample)
    detail = f"staging answered {answer.code or 'nothing'} to {release.inspection.sample}: {answer.detail[:300]}"
    tested = told(
        SmokeTested, order, release, world, code=answer.code, latency_ms=round(answer.latency_ms, 3), detail=detail
    )
    return Done((tested,))


def remove_deployment(order: RemoveDeployment, release: Release, world: World, attempt: int) -> Outcome:
    """Delete the deployment, unless it serves or is live again; no roll-back falls back to it from then on.

    The endpoint's document is read before its traffic and written before the deletion: a roll-back that chooses this
    deployment meanwhile makes that write fail.
    """
    document, etag = world.traffic_of(order.endpoint)
    endpoint = world.endpoints.endpoint(order.endpoint)
    view = world.endpoints.deployment(order.endpoint, order.deployment) if endpoint else None
    if attempt == 0 and endpoint is not None and (view is None or view.state != READY):
        return Later(LATE_SECONDS, f"a creation of {order.deployment} that is under way may still land")
    if endpoint is None or view is None:
        gone = told(DeploymentRemoved, order, release, world, endpoint=order.endpoint, deployment=order.deployment)
        return Done((gone,))
    if share := endpoint.traffic.get(order.deployment, 0):
        if attempt < TRAFFIC_PATIENCE:
            return Later(wait_after(attempt), f"{order.deployment} still serves {share} %")
        return finished(order, release, world, f"{order.deployment} is kept: it serves {share} % of {order.endpoint}")
    if document.live == order.deployment:
        return finished(order, release, world, f"{order.deployment} is kept: it is live on {order.endpoint} again")
    if document.desired.get(order.deployment):
        return Later(wait_after(attempt), f"traffic for {order.deployment} is being written")
    if document.previous == order.deployment and world.clock.now() < document.kept_until:
        return Later(wait_after(attempt), f"{order.deployment} is kept: {order.endpoint} may have to go back to it")
    if document.previous == order.deployment:
        world.keep_traffic(traffic.forgotten(document, order.deployment), etag)
    world.endpoints.delete_deployment(order.endpoint, order.deployment)
    return Later(wait_after(attempt), f"{order.deployment} is being deleted")
