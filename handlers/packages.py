"""HTTP for people about packages: what is allowed, and exceptions for what is not."""

import azure.functions as func

from handlers.answers import answer
from shared import people_services

blueprint = func.Blueprint()


@blueprint.route("packages/check", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def packages_check(req: func.HttpRequest) -> func.HttpResponse:
    """Judge every package that a document names."""
    model, scenario = req.params.get("model", ""), req.params.get("scenario", "")
    return answer(people_services.packages().check(req.headers, model, scenario, req.get_body()))


@blueprint.route("packages/exceptions", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def package_exceptions(req: func.HttpRequest) -> func.HttpResponse:
    """List every exception with its state."""
    return answer(people_services.exceptions().every(req.headers))


@blueprint.route("packages/exceptions", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def ask_for_package(req: func.HttpRequest) -> func.HttpResponse:
    """Take a request for an exception."""
    return answer(people_services.exceptions().ask(req.headers, req.get_body()))


@blueprint.route("packages/exceptions/{id}/review", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def review_package(req: func.HttpRequest) -> func.HttpResponse:
    """Take a reviewer's yes or no."""
    return answer(people_services.exceptions().review(req.route_params["id"], req.headers, req.get_body()))
