"""HTTP for the watches over live models."""

import azure.functions as func

from handlers.answers import answer
from shared import services

blueprint = func.Blueprint()


@blueprint.route("watches", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def watches(req: func.HttpRequest) -> func.HttpResponse:
    """List every watched model in a line."""
    return answer(services.watches().all())


@blueprint.route("watches/{model}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def watch(req: func.HttpRequest) -> func.HttpResponse:
    """Show what is watched of one model, with the last verdicts, the actions and the ledger."""
    return answer(services.watches().one(req.route_params["model"]))
