"""HTTP for operators: abort, pause, resume and roll back a release."""

import azure.functions as func

from handlers.answers import answer
from shared import people_services

blueprint = func.Blueprint()


def _demand(action: str, req: func.HttpRequest) -> func.HttpResponse:
    model, version = req.route_params["model"], req.route_params["version"]
    return answer(people_services.operators().demand(action, model, version, req.headers, req.get_body()))


@blueprint.route("releases/{model}/{version}/abort", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def abort(req: func.HttpRequest) -> func.HttpResponse:
    """End a release that is not live yet."""
    return _demand("abort", req)


@blueprint.route("releases/{model}/{version}/pause", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def pause(req: func.HttpRequest) -> func.HttpResponse:
    """Hold a release where it is."""
    return _demand("pause", req)


@blueprint.route("releases/{model}/{version}/resume", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def resume(req: func.HttpRequest) -> func.HttpResponse:
    """Let a paused release go on."""
    return _demand("resume", req)


@blueprint.route("releases/{model}/{version}/rollback", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def rollback(req: func.HttpRequest) -> func.HttpResponse:
    """Take a release out of production."""
    return _demand("rollback", req)
