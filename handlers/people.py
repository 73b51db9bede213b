"""HTTP for people and programs: releases, their ledgers, and approvals."""

import json
from typing import TYPE_CHECKING

import azure.functions as func

from shared import services

if TYPE_CHECKING:
    from shared.people import Reply

blueprint = func.Blueprint()

HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def _answer(reply: "Reply") -> func.HttpResponse:
    content = json.dumps(reply.content, ensure_ascii=False)
    return func.HttpResponse(content, status_code=reply.code, mimetype="application/json", headers=HEADERS)


@blueprint.route("releases", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def releases(req: func.HttpRequest) -> func.HttpResponse:
    """List every release in a line."""
    return _answer(services.people().releases())


@blueprint.route("releases/{model}/{version}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def release(req: func.HttpRequest) -> func.HttpResponse:
    """Show one release with its verdicts and its ledger."""
    return _answer(services.people().release(req.route_params["model"], req.route_params["version"]))


@blueprint.route("releases/{model}/{version}/approval", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def approval(req: func.HttpRequest) -> func.HttpResponse:
    """Take a person's yes or no."""
    model, version = req.route_params["model"], req.route_params["version"]
    return _answer(services.people().approval(model, version, req.headers, req.get_body()))
