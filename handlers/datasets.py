"""HTTP for datasets: their stories and profiles, and the way back to an earlier version."""

import azure.functions as func

from handlers.answers import answer
from shared import people_services

blueprint = func.Blueprint()


@blueprint.route("datasets", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def datasets(req: func.HttpRequest) -> func.HttpResponse:
    """List every dataset in a line."""
    return answer(people_services.dataset_stories().all())


@blueprint.route("datasets/{name}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def dataset(req: func.HttpRequest) -> func.HttpResponse:
    """Show one dataset with its versions, its distance to the quality bar and its ledger."""
    return answer(people_services.dataset_stories().one(req.route_params["name"]))


@blueprint.route("datasets/{name}/versions/{version}/profile", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def dataset_profile(req: func.HttpRequest) -> func.HttpResponse:
    """Show the profile of one version."""
    return answer(people_services.dataset_stories().profile(req.route_params["name"], req.route_params["version"]))


@blueprint.route("datasets/{name}/revert", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def revert_dataset(req: func.HttpRequest) -> func.HttpResponse:
    """Make an earlier version the current one."""
    return answer(people_services.dataset_stories().revert(req.route_params["name"], req.headers, req.get_body()))
