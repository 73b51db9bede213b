"""Names and keys that are hashes of their cause, so that the same cause always finds the same thing."""

import hashlib
import json
from typing import Any


def digest_of(value: Any) -> str:
    """SHA-256 (64 hex characters) of the canonical JSON of `value`; raises ValueError for NaN or infinity."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def fact_id(*cause: str) -> str:
    """The id (64 hex characters) of the fact that `cause` (its source and the source's own event id) gave."""
    return digest_of(["fact", *cause])


def case_id(body: str, reason: str, source: str) -> str:
    """The id (32 hex characters) of the quarantine case of the body with the SHA-256 `body`."""
    return digest_of(["case", body, reason, source])[:32]


def release_key(model: str, version: str) -> str:
    """Where the release of `model` in `version` is kept; a hash, because names of the outside are never a path."""
    return f"releases/{digest_of([model, version])[:40]}"


def image_key(digest: str) -> str:
    """Where the image `sha256:…` is kept."""
    return f"images/{digest.removeprefix('sha256:')}"


def model_key(model: str) -> str:
    """Where the champion of `model` is kept."""
    return f"models/{digest_of([model])[:40]}"


def endpoint_key(endpoint: str) -> str:
    """Where the traffic of `endpoint` is kept."""
    return f"endpoints/{digest_of([endpoint])[:40]}"


def traffic_prefix(endpoint: str) -> str:
    """The folder of the telemetry windows of `endpoint`, one document per Event Hubs partition."""
    return f"traffic/{digest_of([endpoint])[:40]}/"


def deployment_name(model: str, version: str) -> str:
    """The one deployment name of a release: unique, deterministic and never used for another release."""
    return f"r-{digest_of(['deployment', model, version])[:20]}"


def staging_endpoint(endpoint: str) -> str:
    """The endpoint on which releases of `endpoint` (at most 28 characters) are staged."""
    return f"{endpoint}-stg"
