"""HTTP for people and programs: releases, their ledgers, and approvals."""

import azure.functions as func

from handlers.answers import answer
from shared import people_services

blueprint = func.Blueprint()


@blueprint.route("releases", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def releases(req: func.HttpRequest) -> func.HttpResponse:
    """List every release in a line."""
    return answer(people_services.people().releases())


@blueprint.route("releases/{model}/{version}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def release(req: func.HttpRequest) -> func.HttpResponse:
    """Show one release with its verdicts and its ledger."""
    return answer(people_services.people().release(req.route_params["model"], req.route_params["version"]))


@blueprint.route("releases/{model}/{version}/replay", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def replay(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether one release follows from its ledger."""
    return answer(people_services.people().replay(req.route_params["model"], req.route_params["version"]))


@blueprint.route("releases/{model}/{version}/approval", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def approval(req: func.HttpRequest) -> func.HttpResponse:
    """Take a person's yes or no."""
    model, version = req.route_params["model"], req.route_params["version"]
    return answer(people_services.people().approval(model, version, req.headers, req.get_body()))
