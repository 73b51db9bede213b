"""Names and keys that are hashes of their cause, so that the same cause always finds the same thing."""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

_SEPARATORS = re.compile(r"[-_.]+")


def digest_of(value: Any) -> str:
    """SHA-256 (64 hex characters) of the canonical JSON of `value`; raises ValueError for NaN or infinity."""
    return hashlib.sha256(_CANONICAL.encode(value).encode()).hexdigest()


@lru_cache(1024)
def _short(*names: str) -> str:
    """40 hex characters that stand for `names`; the same few are asked for again and again."""
    return digest_of(names)[:40]


def fact_id(*cause: str) -> str:
    """The id (64 hex characters) of the fact that `cause` (its source and the source's own event id) gave."""
    return digest_of(["fact", *cause])


def case_id(body: str, reason: str, source: str, properties: Mapping[str, str]) -> str:
    """The id (32 hex characters) of the quarantine case of the body with the SHA-256 `body`."""
    told = [[name, properties[name]] for name in sorted(properties)]
    return digest_of(["case", body, reason, source, *told])[:32]


def release_key(model: str, version: str) -> str:
    """Where the release of `model` in `version` is kept; a hash, because names of the outside are never a path."""
    return f"releases/{_short(model, version)}"


def image_key(digest: str) -> str:
    """Where the image `sha256:…` is kept."""
    return f"images/{digest.removeprefix('sha256:')}"


def tag_key(name: str) -> str:
    """Where it is kept which image the tag `name` (registry/repository:tag) names."""
    return f"tags/{digest_of([name])[:40]}"


def package_name(name: str) -> str:
    """The name of a package as PyPI compares it: lower case, one dash for each run of dashes, dots and underscores."""
    return _SEPARATORS.sub("-", name).lower()


def exception_key(exception: str) -> str:
    """Where the exception for a package is kept."""
    return f"exceptions/{exception}"


def watch_key(model: str) -> str:
    """Where it is kept what is watched of `model`."""
    return f"watches/{_short(model)}"


def label_queue_key(queue: str) -> str:
    """Where it is kept which items people are asked to label."""
    return f"labelling/{queue}"


def dataset_key(dataset: str) -> str:
    """Where the dataset is kept: its versions, and what waits to be one."""
    return f"datasets/{_short(dataset)}"


def model_key(model: str) -> str:
    """Where the champion of `model` is kept."""
    return f"models/{_short(model)}"


def endpoint_key(endpoint: str) -> str:
    """Where the traffic of `endpoint` is kept."""
    return f"endpoints/{_short(endpoint)}"


def traffic_prefix(endpoint: str) -> str:
    """The folder of the telemetry windows of `endpoint`, one document per Event Hubs partition."""
    return f"traffic/{_short(endpoint)}/"


def deployment_name(model: str, version: str) -> str:
    """The one deployment name of a release: unique, deterministic and never used for another release."""
    return f"r-{_short('deployment', model, version)[:20]}"


def staging_endpoint(endpoint: str) -> str:
    """The endpoint on which releases of `endpoint` (at most 28 characters) are staged."""
    return f"{endpoint}-stg"
