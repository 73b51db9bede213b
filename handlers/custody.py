"""HTTP for the quarantine: what lies there, why, and sending it again."""

import azure.functions as func

from handlers.answers import answer
from shared import people_services

blueprint = func.Blueprint()


@blueprint.route("quarantine", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def quarantine_cases(req: func.HttpRequest) -> func.HttpResponse:
    """List the newest cases."""
    return answer(people_services.custody().cases())


@blueprint.route("quarantine/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def quarantine_case(req: func.HttpRequest) -> func.HttpResponse:
    """Show one case with the beginning of its body."""
    return answer(people_services.custody().case(req.route_params["id"]))


@blueprint.route("quarantine/{id}/redrive", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def redrive(req: func.HttpRequest) -> func.HttpResponse:
    """Send a case again through its door."""
    return answer(people_services.custody().redrive(req.route_params["id"], req.headers, req.get_body()))
