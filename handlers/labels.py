"""HTTP for those who label: what they are asked, and their labels."""

import azure.functions as func

from handlers.answers import answer
from shared import people_services

blueprint = func.Blueprint()


@blueprint.route("labels/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def labels(req: func.HttpRequest) -> func.HttpResponse:
    """Show what people are asked to label."""
    return answer(people_services.labels().one(req.route_params["id"]))


@blueprint.route("labels/{id}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def complete_labels(req: func.HttpRequest) -> func.HttpResponse:
    """Take the labels of all items."""
    return answer(people_services.labels().complete(req.route_params["id"], req.headers, req.get_body()))
