"""Proofs that a sender knows a secret of ours: compared as bytes, in constant time, against every valid secret."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence

WINDOW_SECONDS = 300
MOST_TRIED = 4
SHORTEST_SECRET = 32
_UNRESOLVED = re.compile(r"@Microsoft\.(KeyVault|AppConfiguration)\(")
_SCHEME = re.compile(r"(?i)bearer +")
_SECONDS = re.compile(r"[0-9]{1,12}")
_BETWEEN = re.compile(r"[\s,]+")


class Unusable(ValueError):
    """Secrets of ours that prove nothing; the message says what is wrong with the setting, never its value."""


def secrets_of(text: str) -> tuple[bytes, ...]:
    """The secrets in a setting, separated by white space: while one is replaced, the old and the new.

    Raises Unusable when there is none, one has fewer than 32 bytes, or the platform left a reference unresolved.
    """
    if _UNRESOLVED.match(text):
        raise Unusable("the reference to its secret was not resolved; check the vault and the app's access to it")
    secrets = tuple(part.encode() for part in text.split())
    if not secrets:
        raise Unusable("no secret is set, so nobody can be known; set one of at least 32 bytes")
    if min(map(len, secrets)) < SHORTEST_SECRET:
        raise Unusable(f"a secret has fewer than {SHORTEST_SECRET} bytes; set one that cannot be guessed")
    return secrets


def carries(given: str, secrets: Sequence[bytes]) -> bool:
    """Whether `given`, with or without `Bearer` before it, is one of the secrets."""
    return _any_equal([_SCHEME.sub("", given, count=1)], secrets)


def signed_by_github(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes]) -> bool:
    """Whether `X-Hub-Signature-256` is `sha256=` and the hex HMAC-SHA256 of the body."""
    given = _tried(headers.get("x-hub-signature-256", ""))
    return _any_equal(given, (b"sha256=" + _hex(secret, body) for secret in secrets))


def signed_by_databricks(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes]) -> bool:
    """Whether `X-Databricks-Signature` is the hex HMAC-SHA256 of the body; it covers no time, so it never expires."""
    given = _tried(headers.get("x-databricks-signature", ""))
    return _any_equal(given, (_hex(secret, body) for secret in secrets))


def signed_by_mlflow(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes], now: float) -> bool:
    """Whether `X-MLflow-Signature` is `v1,` and the base64 HMAC-SHA256 of delivery id, timestamp and body.

    The timestamp may be at most 300 s from `now` (seconds since the epoch).
    """
    delivery, moment = headers.get("x-mlflow-delivery-id", ""), headers.get("x-mlflow-timestamp", "")
    if not delivery or not _SECONDS.fullmatch(moment) or abs(now - int(moment)) > WINDOW_SECONDS:
        return False
    signed = b".".join((_bytes(delivery), moment.encode(), body))
    given = re.findall(r"(?:^|[\s,])v1,([^\s,]+)", headers.get("x-mlflow-signature", ""))[:MOST_TRIED]
    return _any_equal(given, (base64.b64encode(_hmac(secret, signed)) for secret in secrets))


def _any_equal(given: Sequence[str], wanted: Iterable[bytes]) -> bool:
    """Whether one of `given` is one of `wanted`; every pair is compared, so that time tells nothing."""
    return any([hmac.compare_digest(_bytes(one), other) for other in wanted for one in given])


def _tried(header: str) -> list[str]:
    """The values of a header that may have been sent more than once, of which only the first few are looked at."""
    return _BETWEEN.split(header.strip())[:MOST_TRIED]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _hmac(secret: bytes, signed: bytes) -> bytes:
    return hmac.digest(secret, signed, hashlib.sha256)


def _hex(secret: bytes, signed: bytes) -> bytes:
    return _hmac(secret, signed).hex().encode()
