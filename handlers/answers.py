"""Answers to people, as HTTP carries them."""

import json
from typing import TYPE_CHECKING

import azure.functions as func

if TYPE_CHECKING:
    from shared.asking import Reply

HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def answer(reply: "Reply") -> func.HttpResponse:
    """The reply as JSON that no browser guesses about or keeps."""
    content = json.dumps(reply.content, ensure_ascii=False)
    headers = {**HEADERS, **reply.headers}
    return func.HttpResponse(content, status_code=reply.code, mimetype="application/json", headers=headers)
