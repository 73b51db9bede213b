"""HTTP for images: their stories, and waivers of what was found in them."""

import azure.functions as func

from handlers.answers import answer
from shared import people_services

blueprint = func.Blueprint()


@blueprint.route("images", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def images(req: func.HttpRequest) -> func.HttpResponse:
    """List every image in a line."""
    return answer(people_services.image_stories().all())


@blueprint.route("images/{digest}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def image(req: func.HttpRequest) -> func.HttpResponse:
    """Show one image with its scans, verdicts and ledger."""
    return answer(people_services.image_stories().one(req.route_params["digest"]))


@blueprint.route("images/{digest}/waivers", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def waive(req: func.HttpRequest) -> func.HttpResponse:
    """Take a waiver of what was found in an image."""
    return answer(people_services.waivers().grant(req.route_params["digest"], req.headers, req.get_body()))


@blueprint.route("images/{digest}/waivers/{waiver}/revoke", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def revoke_waiver(req: func.HttpRequest) -> func.HttpResponse:
    """Take a waiver back."""
    digest, waiver = req.route_params["digest"], req.route_params["waiver"]
    return answer(people_services.waivers().revoke(digest, waiver, req.headers, req.get_body()))
