"""Whether the app can reach what it needs."""

import json

import azure.functions as func

from shared import services

blueprint = func.Blueprint()


@blueprint.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Answer 200 with `ok` and the last sweep, or 503 with what is wrong."""
    content = services.health()
    healthy = content.get("storage") == "ok"
    return func.HttpResponse(json.dumps(content), status_code=200 if healthy else 503, mimetype="application/json")
