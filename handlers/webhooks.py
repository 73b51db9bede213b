"""HTTP for registries, model registries and Event Grid."""

import azure.functions as func

from handlers.answers import answer
from shared import services

blueprint = func.Blueprint()

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


@blueprint.route("webhooks/{sender}", methods=METHODS, auth_level=func.AuthLevel.ANONYMOUS)
def webhook(req: func.HttpRequest) -> func.HttpResponse:
    """Take one delivery of a sender that proves who it is; other methods are here to be answered with 405."""
    sender = req.route_params["sender"]
    return answer(services.received(sender, req.method, req.headers, req.params, req.get_body()))
